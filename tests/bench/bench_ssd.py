"""SSD in chunks against a loop, nn.GRU, attention and mambapy's parallel scan, forward and backward. `make bench`.

Prints times as ratios to ours, at (B, T, D) with heads of 32 and N = 16, all in turns in one process; then how time and
peak memory grow with T at a fixed B, each length in a process of its own. Writes assets/bench/ssd.json. mambapy is
measured where it is installed (pip install mambapy==1.2.0) and called "not measured" where it is not.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from mbrl_lite.sequence import ssd, ssd_step
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "ssd.json"
SHAPES = ((16, 64, 512), (16, 256, 256), (8, 1024, 256), (2, 4096, 256))
LENGTHS = (256, 512, 1024, 2048, 4096, 8192)
N, P = 16, 32


def inputs(B: int, T: int, D: int) -> dict[str, torch.Tensor]:
    """What a layer of width D gives its core, all of it wanting gradients."""
    torch.manual_seed(0)
    made = {
        "x": torch.randn(B, T, D // P, P),
        "log_decay": -torch.rand(B, T, D // P),
        "b": torch.randn(B, T, N) / N**0.5,
        "c": torch.randn(B, T, N) / N**0.5,
    }
    return {name: part.requires_grad_() for name, part in made.items()}


def ours(x, log_decay, b, c):
    B, T, H, _ = x.shape
    return ssd(x, log_decay, b, c, torch.zeros(B, T, dtype=torch.bool), x.new_zeros(B, H, P, N))[0]


def loop(x, log_decay, b, c):
    B, T, H, _ = x.shape
    state, reset, outputs = x.new_zeros(B, H, P, N), torch.zeros(B, dtype=torch.bool), []
    for t in range(T):
        y, state = ssd_step(x[:, t], log_decay[:, t], b[:, t], c[:, t], reset, state)
        outputs.append(y)
    return torch.stack(outputs, 1)


def attention(x, log_decay, b, c):
    q = x.transpose(1, 2)  # (B, H, T, P)
    return F.scaled_dot_product_attention(q, q, q, is_causal=True)


def make_gru(D: int):
    gru = torch.nn.GRU(D, D, batch_first=True)
    return lambda x, log_decay, b, c: gru(x.flatten(2))[0]


def make_mambapy():
    """mambapy's scan with as many states as ours, a decay for each; None where it is not installed."""
    try:
        from mambapy.pscan import pscan
    except ImportError:
        return None

    def scan(x, log_decay, b, c):
        decay = log_decay.exp().repeat_interleave(P, -1).unsqueeze(-1).expand(-1, -1, -1, N)
        write = x.flatten(2).unsqueeze(-1) * b.unsqueeze(2)  # (B, T, D, N)
        return (pscan(decay.contiguous(), write) @ c.unsqueeze(-1)).squeeze(-1)

    return scan


def once(core, parts: dict) -> float:
    """Seconds of one forward and backward pass, back from a gradient that is laid out like any other."""
    start = time.perf_counter()
    y = core(**parts)
    y.backward(torch.ones(y.shape))  # that of a sum would be a single number, seen many times: no one's fast path
    return time.perf_counter() - start


def compare(B: int, T: int, D: int, rounds: int) -> dict:
    """Median times of the others, as multiples of ours."""
    cores = {"ours": ours, "loop": loop, "nn.GRU": make_gru(D), "attention": attention, "mambapy": make_mambapy()}
    parts, there = inputs(B, T, D), {name: core for name, core in cores.items() if core is not None}
    seconds = {name: [] for name in there}
    for number in range(rounds + 1):
        for name, core in there.items():
            spent = once(core, parts)
            if number:  # the first round warms up
                seconds[name].append(spent)
    base = statistics.median(seconds.pop("ours"))
    ratios = {name: round(statistics.median(spent) / base, 1) for name, spent in seconds.items()}
    return {"B": B, "T": T, "D": D} | {name: ratios.get(name, "not measured") for name in cores if name != "ours"}


def grown(T: int) -> dict:
    """Time and peak memory of one length: the child's side."""
    parts, before = inputs(2, T, 256), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = min(once(ours, parts) for _ in range(5))
    return {"T": T, "seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}


def growth() -> dict:
    """Slopes of time and of peak memory against T, both in logarithms: 1 is linear."""
    rows = []
    for T in LENGTHS:
        done = subprocess.run([sys.executable, __file__, str(T)], capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    log = {name: np.log([row[name] for row in rows]) for name in ("T", "seconds", "memory")}
    slopes = {name: round(float(np.polyfit(log["T"], log[name], 1)[0]), 2) for name in ("seconds", "memory")}
    first = rows[0]
    shown = [{"T": row["T"]} | {k: round(row[k] / first[k], 2) for k in ("seconds", "memory")} for row in rows]
    return {"slope": slopes, "against_the_shortest": shown}


def main() -> None:
    torch.set_num_threads(2)
    slopes = growth()  # first: a child's peak begins with its parent's
    print("growth with T:", slopes["slope"])
    rows = []
    for shape in SHAPES:
        rows.append(compare(*shape, rounds=5))
        print(", ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    OUT.write_text(
        json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows, "growth": slopes}, indent=1) + "\n"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(grown(int(sys.argv[1]))))
    else:
        main()
