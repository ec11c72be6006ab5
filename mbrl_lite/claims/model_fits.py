"""World models fitted to recorded sequences: what claims about a part of a world model train and compare."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from mbrl_lite.config import from_dict
from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models.world_model import ModelConfig, WorldModel


def to_batch(data: dict[str, np.ndarray]) -> Batch:
    """Recorded sequences, arrays (B, T, ...) by name, as one batch; what is not in a batch is left out."""
    return Batch(**{name: torch.from_numpy(data[name]) for name in Batch._fields})


def draw(batch: Batch, rng: np.random.Generator, count: int, length: int, rewarded: float = 0.0) -> Batch:
    """`count` windows of `length` steps out of a batch (B, T), uniformly; a share `rewarded` contains a reward."""
    B, T = batch.reward.shape
    row, start = rng.integers(B, size=count), rng.integers(T - length + 1, size=count)
    rows, steps = np.nonzero(batch.reward.numpy())
    many = int(rewarded * count) if len(rows) else 0
    pick = rng.integers(len(rows), size=many) if many else np.zeros(0, int)
    row[:many] = rows[pick]
    start[:many] = np.clip(steps[pick] - rng.integers(length, size=many), 0, T - length)
    at = torch.from_numpy(start[:, None] + np.arange(length))
    return Batch(*(field[torch.from_numpy(row)[:, None], at] for field in batch))


def fit_model(
    settings: dict,
    spec: EnvSpec,
    batch: Batch,
    seed: int,
    watch: Callable[[int, WorldModel, Batch], None] | None = None,
    **changes,
) -> WorldModel:
    """A world model of settings["model"] with `changes`, after settings["updates"] steps of Adam on windows of `batch`.

    The same seed draws the same windows whatever the model. `watch` is called with number, model and windows before
    each step.
    """
    torch.manual_seed(seed)
    model = WorldModel(spec, from_dict(ModelConfig, settings["model"] | changes))
    optimiser = torch.optim.Adam(model.parameters(), settings["lr"], fused=True)
    rng = np.random.default_rng(seed)
    for number in range(settings["updates"]):
        part = draw(batch, rng, settings["batch"], settings["length"], settings.get("rewarded", 0.0))
        if watch is not None:
            watch(number, model, part)
        losses, _ = model.loss(part)
        optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100.0)
        optimiser.step()
    return model
