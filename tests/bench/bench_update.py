"""How much of an update is its own matrix products? Prints ratios and writes assets/bench/update.json. `make bench`."""

import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mbrl_lite.agents import Dreamer
from mbrl_lite.data import Replay, Uniform
from mbrl_lite.envs import VecEnv, make
from mbrl_lite.training import preset
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "update.json"
PRODUCTS = {torch.ops.aten.mm.default: (0, 1), torch.ops.aten.addmm.default: (1, 2), torch.ops.aten.bmm.default: (0, 1)}


class Shapes(TorchDispatchMode):
    """Counts the matrix products that run inside, by their shapes."""

    def __init__(self):
        super().__init__()
        self.seen: Counter = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in PRODUCTS:
            left, right = (args[i] for i in PRODUCTS[func])
            self.seen[left.shape, right.shape] += 1
        return func(*args, **(kwargs or {}))


def fastest(function, trials: int) -> float:
    """Seconds of the fastest of several calls, after one that is not counted."""
    times = []
    for _ in range(trials + 1):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def measure(precision: str, threads: int) -> dict:
    """One update of the laptop preset against its matrix products alone, at their shapes, one after another."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    config = preset("laptop", precision=precision)
    vec = VecEnv(lambda: make(config.env), config.envs, 0)
    agent, replay, sampler = Dreamer(vec.spec, config.agent), Replay(vec.spec, config.envs, 512), Uniform(0)
    step, carry = vec.step(np.zeros(config.envs)), None
    for _ in range(100):
        action, carry = agent.act(step.obs, step.is_first, carry)
        replay.add(step, action)
        step = vec.step(action)
    replay.fields["reward"][50] = 1.0  # or behaviour would wait for a first reward
    with Shapes() as shapes:
        agent.update(replay, sampler)
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    pairs = [(torch.randn(a, dtype=dtype), torch.randn(b, dtype=dtype), n) for (a, b), n in shapes.seen.items()]

    def products():
        for left, right, count in pairs:
            for _ in range(count):
                left @ right

    update, alone = fastest(lambda: agent.update(replay, sampler), 15), fastest(products, 15)
    row = {"precision": precision, "threads": threads, "products": sum(shapes.seen.values())}
    return row | {"share_of_products": round(alone / update, 2), "_update": update}


def main() -> None:
    rows = [measure(precision, threads) for precision in ("float32", "bfloat16") for threads in (1, 2)]
    base = rows[0]["_update"]
    for row in rows:
        row["speed_against_first"] = round(base / row.pop("_update"), 2)
        print(", ".join(f"{name} {value}" for name, value in row.items()))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
