"""Does a new episode begin afresh? The state after a reset must not depend on what came before it."""

import torch

from mbrl_lite.data import Batch
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.drift import filtered, sequences
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import Latent, WorldModel


@torch.no_grad()
def reset_leak(model: WorldModel, batch: Batch, seed: int = 0) -> float:
    """The largest difference that the past makes to h or z in the first step of an episode; 0 if `is_first` is obeyed.

    The past is the batch (B, T), T of 3 or more. Both ways in are tested: `filter`, with which an agent acts, and
    `observe`, from which it learns (there h alone, which is free of chance).
    """
    _, T = sequences(model, batch)
    if T < 3:
        raise MbrlError(f"expected sequences of 3 or more steps, got {T}: a past needs some length")
    return max(_filter_leak(model, batch, seed), _observe_leak(model, batch, seed))


def _filter_leak(model: WorldModel, batch: Batch, seed: int) -> float:
    with own_randomness(seed):
        past = filtered(model, batch)[-1]
    obs, action, first = batch.obs[:, 0], batch.action[:, -1], torch.ones_like(batch.is_first[:, 0])

    def begin(state: Latent | None) -> Latent:
        with own_randomness(seed):  # the same draws with any past
            return model.filter(obs, action if state is not None else torch.zeros_like(action), first, state)

    return _apart(begin(past), begin(None))


def _observe_leak(model: WorldModel, batch: Batch, seed: int) -> float:
    middle = batch.is_first.shape[1] // 2
    first = batch.is_first.clone()
    first[:, 0] = first[:, middle] = True
    with own_randomness(seed):
        h = model.observe(batch._replace(is_first=first)).states.h
    return float((h[:, middle] - h[:, 0]).abs().max())


def _apart(one: Latent, two: Latent) -> float:
    return max(float((a - b).abs().max()) for a, b in ((one.h, two.h), (one.z, two.z)))
