"""What a training pass through one layer of each sequence model costs, for small and large B and T. `make bench`.

Writes assets/bench/sequence_map.json, the left half of the first figure of chapter 08b: milliseconds, forward and
backward, 64 units, one layer; the Transformer sees all T steps.
"""

import json
from pathlib import Path

import torch

from mbrl_lite.evaluation.sequence_cost import cost_map
from mbrl_lite.viz.report import machine_class

OUT = Path(__file__).resolve().parents[2] / "assets" / "bench" / "sequence_map.json"
NAMES = ("gru", "transformer", "s4d", "mamba2")
BATCHES = (2, 16)
LENGTHS = (16, 64, 256, 1024, 2048)


def main() -> None:
    torch.set_num_threads(2)
    rows = []
    for B in BATCHES:  # a batch size at a time, so that one sees it go on
        rows += cost_map(NAMES, [B], LENGTHS, rounds=5)
        for row in rows[-len(LENGTHS) :]:
            print(f"B {B:2d} T {row['T']:4d}: ", "  ".join(f"{name} {row[name]:.1f}" for name in NAMES), flush=True)
    rows = [{key: round(value, 2) for key, value in row.items()} for row in rows]
    OUT.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
