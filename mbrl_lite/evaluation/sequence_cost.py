"""What a sequence model costs: the time of a training pass over (B, T), and how many numbers a dream carries along."""

import math
import time
from collections.abc import Sequence

import torch

from mbrl_lite.sequence import make_sequence


def one_layer(name: str, T: int, units: int = 64):
    """One layer of a sequence model, as wide out as in; a Transformer sees all T steps."""
    options = {"gru": {}, "feedforward": {}, "transformer": {"layers": 1, "window": max(2, T)}}.get(name, {"layers": 1})
    return make_sequence(name, units, units, **options)


def pass_milliseconds(model, B: int, T: int, units: int = 64, rounds: int = 4) -> float:
    """The fastest of a few forward and backward passes: what others do on the machine only adds to a time."""
    x, reset = torch.randn(B, T, units), torch.zeros(B, T, dtype=torch.bool)
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        y, _ = model.forward(x, reset)
        y.backward(torch.ones_like(y))  # of a sum would be a single number, seen many times
        spent.append(1e3 * (time.perf_counter() - start))
    return min(spent)


def cost_map(
    names: Sequence[str], batches: Sequence[int], lengths: Sequence[int], units: int = 64, rounds: int = 4
) -> list[dict]:
    """A row for each B and T: {"B", "T", and for each name the milliseconds of a training pass through one layer}."""
    rows = []
    for B in batches:
        for T in lengths:
            torch.manual_seed(0)
            costs = {name: pass_milliseconds(one_layer(name, T, units), B, T, units, rounds) for name in names}
            rows.append({"B": B, "T": T} | costs)
    return rows


def crossing(lengths: Sequence[int], dear: Sequence[float], cheap: Sequence[float]) -> float | None:
    """The length from which on `cheap` costs less than `dear`, straight between points of a log-log plot.

    The first length if it is cheaper at all of them; None if it is not cheaper at the last.
    """
    gap = [math.log(b) - math.log(a) for a, b in zip(dear, cheap, strict=True)]
    if gap[-1] >= 0:
        return None
    last = max((i for i, value in enumerate(gap) if value >= 0), default=None)
    if last is None:
        return float(lengths[0])
    share = gap[last] / (gap[last] - gap[last + 1])
    return float(lengths[last] * (lengths[last + 1] / lengths[last]) ** share)
