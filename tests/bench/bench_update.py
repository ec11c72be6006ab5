"""How much of an update is its own matrix products? Prints ratios and writes assets/bench/update.json. `make bench`."""

import json
from pathlib import Path

import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.data import Replay, Uniform
from mbrl_lite.envs import VecEnv, make
from mbrl_lite.evaluation.update_time import product_share
from mbrl_lite.training import preset
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "update.json"


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
    share = product_share(agent, replay, sampler)
    row = {"precision": precision, "threads": threads, "products": share.products}
    return row | {"share_of_products": round(share.share, 2), "_update": share.update}


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
