"""How much longer does an update take sheeprl's DreamerV3 and r2dreamer than our Dreamer? `make bench`.

Prints ratios of one whole update, world model and behaviour, and writes assets/bench/peers.json. Each side is a process
of its own (tests/bench/peers), all on the same torch; they update in turns, so that a busy moment of the machine meets
all alike. Ratios are of the fastest updates and of the medians, by the clock and by the processor's time. Equal: batch,
length, horizon, a dream from every state, widths, layers, latents, bins; with "conv", kernels, strides and channels of
sheeprl's convolutions too. What cannot be made equal is said by the parameters and by the floating-point operations of
the products and convolutions in one update, which torch counts: for us they are fewer where z's ones are looked up.

To repeat it: make an environment with `pip install sheeprl==0.8.4 tensordict torch==2.13.0` (the CPU build) and a clone
of the repository NM512/r2dreamer, then set MBRL_LITE_SHEEPRL_PYTHON to that environment's python and
MBRL_LITE_R2DREAMER to the clone. `--cases pixels --rounds 5 --threads 1` chooses.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from mbrl_lite.viz.report import machine_class

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "assets" / "bench" / "peers.json"
PYTHON, R2DREAMER = "MBRL_LITE_SHEEPRL_PYTHON", "MBRL_LITE_R2DREAMER"
BASE = {
    "actions": 7,
    "horizon": 15,
    "codec_layers": 2,
    "head_layers": 1,
    "behaviour_layers": 2,
    "codec": "auto",
    "depth": 16,  # channels of the first convolution
    "size": 980,  # of vectors: as many numbers as a MiniGrid view has one-hot
    "share": 0.15,  # of ones among them: 3 of 20
    "bfloat16": False,
    "compile": False,
}
LAPTOP = {"batch": 32, "length": 16, "units": 128, "deter": 128, "groups": 12, "classes": 16, "bins": 41}
MIDDLE = {"batch": 16, "length": 32, "units": 256, "deter": 256, "groups": 16, "classes": 16, "bins": 255}
CASES = {
    "one-hot 7x7, laptop": {"obs": "grid", **LAPTOP},
    "one-hot 7x7, 256 units": {"obs": "grid", **MIDDLE},
    "one-hot 7x7, 32 x 32 latents": {"obs": "grid", **MIDDLE, "groups": 32, "classes": 32},
    "vector of 980, 256 units": {"obs": "vector", **MIDDLE},
    "pixels 64x64x3, convolutions": {"obs": "image", **MIDDLE, "batch": 8, "codec": "conv"},
    "pixels 64x64x3, our patches": {"obs": "image", **MIDDLE, "batch": 8},
}


def bfloat16_is_fast() -> bool:
    """Whether this processor multiplies bfloat16 itself; elsewhere it would only be slow."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def commands() -> dict[str, list[str]]:
    """How each side is started, without the case: ours, and the peers that the environment variables name."""
    found = {"ours": [sys.executable, str(HERE / "peers" / "ours_side.py")]}
    python, checkout = os.environ.get(PYTHON), os.environ.get(R2DREAMER)
    if python:
        found["sheeprl"] = [python, str(HERE / "peers" / "sheeprl_side.py")]
    if python and checkout:
        found["r2dreamer"] = [python, str(HERE / "peers" / "r2dreamer_side.py"), checkout]
    return found


class Side:
    """One agent in its own process."""

    def __init__(self, command: list[str], case: dict):
        command = [*command[:2], json.dumps(case), *command[2:]]
        self.complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process runs
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints, text=True
        )
        self.facts, self.seconds = self._answer(), []

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.complaints.seek(0)
            raise SystemExit(f"{' '.join(self.process.args[:2])} stopped:\n{self.complaints.read()[-2000:]}")
        return json.loads(line)

    def tell(self, command: str) -> None:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def run(self) -> None:
        """One update more."""
        self.tell("run 1")
        self.seconds += self._answer()

    def close(self) -> None:
        self.process.communicate()
        self.complaints.close()


def race(sides: dict[str, Side], threads: int, rounds: int) -> dict[str, dict]:
    """`rounds` updates of each side in turns, after one that is not counted; ratios of each peer to ours."""
    for side in sides.values():
        side.tell(f"threads {threads}")
        side.run()
        side.seconds.clear()
    for _ in range(rounds):
        for side in sides.values():
            side.run()
    ratios = {}
    for number, how in enumerate(("clock", "processor")):  # the second is what remains fair on a busy machine
        for word, middle in (("fastest", min), ("median", statistics.median)):
            ours = middle(pair[number] for pair in sides["ours"].seconds)
            for name, side in sides.items():
                if name != "ours":
                    ratio = middle(pair[number] for pair in side.seconds) / ours
                    ratios.setdefault(name, {})[f"{word}, {how}"] = round(ratio, 2)
    return ratios


def measure(name: str, case: dict, rounds: int, threads: list[int]) -> dict:
    """One case: what the sides are, and with these threads how many times longer than ours each takes."""
    variants = {side: (command, case) for side, command in commands().items()}
    if bfloat16_is_fast():
        variants["ours in bfloat16"] = (variants["ours"][0], {**case, "bfloat16": True})
    sides = {}
    for side, (command, its) in variants.items():
        vector = its["obs"] == "grid" and not side.startswith("ours")  # the same 980 numbers, without their meaning
        sides[side] = Side(command, {**its, "obs": "vector"} if vector else its)
    row = {"case": name, **case, "sides": {side: it.facts for side, it in sides.items()}}
    print(f"{name}:", ", ".join(f"{side} {it.facts['gigaflops']:.1f} GFLOP" for side, it in sides.items()), flush=True)
    for count in threads:
        row[f"times ours, threads {count}"] = ratios = race(sides, count, rounds)
        for side, ratio in ratios.items():
            print(f"  threads {count}: {side} {ratio['fastest, clock']:.2f} times ours, {ratio}", flush=True)
    for side in sides.values():
        side.close()
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", default=[""], help="only cases whose name holds one of these texts")
    parser.add_argument("--rounds", type=int, default=6, help="updates of each side")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    if len(commands()) == 1:
        print(f"no peers to race against: set {PYTHON} and {R2DREAMER}, as {Path(__file__).name} says at its top")
        return
    chosen = {name: {**BASE, **case} for name, case in CASES.items() if any(text in name for text in args.cases)}
    rows = [measure(name, case, args.rounds, args.threads) for name, case in chosen.items()]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
