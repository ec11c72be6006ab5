"""What a gradient of a whole world model costs over B and T, for RSSM, GRU, Transformer, S4D and Mamba-2. `make bench`.

Writes assets/bench/model_map.json: milliseconds, forward and backward, at the laptop preset's sizes (128 units) on
MiniGrid's views; encoder, decoder and heads included. The Transformer sees all T steps.
"""

import json
from pathlib import Path

import torch

from mbrl_lite.envs import make, spec_of
from mbrl_lite.evaluation.sequence_cost import WORLD_MODELS, update_map
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "model_map.json"
BATCHES = (2, 16)
LENGTHS = (16, 64, 256, 1024)


def main() -> None:
    torch.set_num_threads(2)
    spec, rows = spec_of(make("MiniGrid-DoorKey-5x5-v0")), []
    for B in BATCHES:
        for T in LENGTHS:
            rows += update_map(spec, [B], [T], rounds=5)
            print(
                f"B {B:2d} T {T:4d}: ", "  ".join(f"{name} {rows[-1][name]:.1f}" for name in WORLD_MODELS), flush=True
            )
    rows = [{key: round(value, 2) for key, value in row.items()} for row in rows]
    OUT.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
