"""What a sequence model costs: the time of a training pass over (B, T), and how many numbers a dream carries along."""

import math
import time
from collections.abc import Sequence

import torch

from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models import ModelConfig, WorldModel
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


# World models that differ in their deterministic path alone: its name, its settings, and what the posterior sees.
WORLD_MODELS = {
    "rssm": ("gru", {}, "history"),  # a GRU whose posterior reads h: a loop over time
    "gru": ("gru", {}, "frame"),
    "transformer": ("transformer", {"layers": 2, "heads": 4}, "frame"),  # all T steps in sight
    "s4d": ("s4d", {"layers": 2}, "frame"),
    "mamba2": ("mamba2", {"layers": 2}, "frame"),
}


def world_model(name: str, spec: EnvSpec, T: int, units: int = 128) -> WorldModel:
    """One of `WORLD_MODELS`, about as large as the laptop preset's."""
    sequence, options, posterior = WORLD_MODELS[name]
    options = options | ({"window": max(2, T)} if sequence == "transformer" else {})
    return WorldModel(spec, ModelConfig(units, units, sequence, options, posterior))


def update_milliseconds(model: WorldModel, B: int, T: int, rounds: int = 4) -> float:
    """The fastest of a few gradients of the model's whole loss, over made-up views of a MiniGrid world."""
    made, last, spent = made_up(model.spec, B, T), torch.tensor([T - 1]), []  # states of all steps would fill memory
    for _ in range(rounds):
        start = time.perf_counter()
        sum(model.loss(made, last)[0].values()).backward()
        spent.append(1e3 * (time.perf_counter() - start))
    return min(spent)


def made_up(spec: EnvSpec, B: int, T: int) -> Batch:
    """Sequences that nobody played: dark views, first steps at the beginning only."""
    no, first = torch.zeros(B, T, dtype=torch.bool), torch.zeros(B, T, dtype=torch.bool)
    first[:, 0] = True
    obs, action = torch.zeros(B, T, *spec.shape, dtype=torch.uint8), torch.zeros(B, T, dtype=torch.int64)
    return Batch(obs, action, torch.zeros(B, T), first, no, no)


def update_map(spec: EnvSpec, batches: Sequence[int], lengths: Sequence[int], rounds: int = 4) -> list[dict]:
    """A row for each B and T: {"B", "T", and for each of `WORLD_MODELS` the milliseconds of a gradient of its loss}."""
    rows = []
    for B in batches:
        for T in lengths:
            torch.manual_seed(0)
            costs = {name: update_milliseconds(world_model(name, spec, T), B, T, rounds) for name in WORLD_MODELS}
            rows.append({"B": B, "T": T} | costs)
    return rows
