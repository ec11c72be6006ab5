"""Open-loop error and drift: how far a dream has come from the world, and from what the model would have seen."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from mbrl_lite.data import Batch
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import Latent, WorldModel

HORIZONS = (1, 5, 15, 30)
GRID = (7, 7, 3)  # MiniGrid's view


def observation_error(truth: np.ndarray, guess: np.ndarray, lead: int) -> np.ndarray:
    """Error of each guess over its `lead` leading dimensions; truth and guess (..., observation) of one shape.

    MiniGrid's view: the share of cells that are wrong in any channel. Everything else: the root mean squared
    difference in the observation's own units (pictures 0 to 255, planes 0 or 1, vectors as they are).
    """
    truth, guess = np.asarray(truth), np.asarray(guess)
    if truth.shape != guess.shape or not 0 <= lead < truth.ndim:
        raise MbrlError(
            f"expected two arrays of one shape with more than {lead} dimensions, got {truth.shape} and {guess.shape}: "
            f"compare observations at the same steps"
        )
    axes = tuple(range(lead, truth.ndim))
    if truth.dtype == np.uint8 and truth.shape[lead:] == GRID:
        return (truth != guess).any(-1).mean(axes[:-1])
    return np.sqrt(((truth.astype(float) - guess.astype(float)) ** 2).mean(axes))


def sequences(model: WorldModel, batch: Batch, least: int = 1) -> tuple[int, int]:
    """B and T of a batch; raises `MbrlError` unless it is made of sequences of the observations that the model knows.

    `least` is the smallest B allowed.
    """
    lead, known = tuple(batch.is_first.shape), tuple(model.spec.shape)
    if len(lead) != 2 or lead[0] < least or tuple(batch.obs.shape) != (*lead, *known):
        raise MbrlError(
            f"expected {least} or more sequences (B, T) of observations {known}, got flags {lead} and observations "
            f"{tuple(batch.obs.shape)}: take a batch of the world that the model was made for"
        )
    return lead


class Lookahead(NamedTuple):
    """The same sequences with open eyes, and dreamt on from S of their steps with the actions really taken."""

    starts: np.ndarray  # (S,) the last step seen
    horizons: np.ndarray  # (K,) steps dreamt since
    posterior: Latent  # (B, T, ...) with open eyes
    imagined: Latent  # (B, S, K, ...) with closed eyes
    valid: np.ndarray  # (B, S, K) bool: no episode began in between

    def then(self, x):
        """What was the case when the dreams had come so far: x (B, T, ...) to (B, S, K, ...), array or tensor."""
        return x[:, self.starts[:, None] + self.horizons]


@torch.no_grad()
def look_ahead(
    model: WorldModel,
    batch: Batch,
    context: int = 5,
    horizons: Sequence[int] = HORIZONS,
    stride: int = 5,
    seed: int = 0,
) -> Lookahead:
    """Filter a batch (B, T), and dream on from steps context - 1, context - 1 + stride, ... for max(horizons) steps.

    Raises `MbrlError` where the sequences are too short for the context and the longest dream.
    """
    _, T = sequences(model, batch)
    wanted = np.asarray(horizons, dtype=np.int64)
    longest = int(wanted.max(initial=0))
    if context < 1 or stride < 1 or wanted.min(initial=0) < 0 or not wanted.size:
        raise MbrlError(
            f"expected a context and a stride of 1 or more and horizons of 0 or more, got {context}, {stride} and "
            f"{tuple(horizons)}: choose others"
        )
    if context + longest > T:
        raise MbrlError(
            f"expected sequences of at least {context} + {longest} steps for this context and horizon, got {T}: "
            f"take longer ones or shorter horizons"
        )
    starts = np.arange(context - 1, T - longest, stride)
    with own_randomness(seed):
        seen = filtered(model, batch)
        imagined = [_dream(model, batch.action, seen[start], start, wanted) for start in starts.tolist()]
    until = np.cumsum(batch.is_first.numpy(), 1)  # (B, T), number of episodes begun
    valid = until[:, starts[:, None] + wanted] == until[:, starts][..., None]
    return Lookahead(starts, wanted, together(seen), together(imagined), valid)


@torch.no_grad()
def filtered(model: WorldModel, batch: Batch) -> list[Latent]:
    """Beliefs after each of T steps, as an agent forms them; the first step always begins an episode."""
    state, states = None, []
    for t in range(batch.is_first.shape[1]):
        previous = batch.action[:, t - 1] if t else torch.zeros_like(batch.action[:, 0])
        first = batch.is_first[:, t] if t else torch.ones_like(batch.is_first[:, 0])
        state = model.filter(batch.obs[:, t], previous, first, state)
        states.append(state)
    return states


def together(states: list[Latent]) -> Latent:
    """States (B, ...) beside each other, (B, n, ...): to be read, not to be continued, so without `carry`."""
    return Latent(torch.stack([s.h for s in states], 1), torch.stack([s.z for s in states], 1))


def _dream(model: WorldModel, action: torch.Tensor, state: Latent, start: int, horizons: np.ndarray) -> Latent:
    states = [state]
    for t in range(start, start + int(horizons.max())):
        states.append(model.rssm.dream_step(states[-1], model.action_input(action[:, t])))
    return together([states[k] for k in horizons.tolist()])  # (B, K, ...)


class Drift(NamedTuple):
    """Errors after k dreamt steps, each (K,); unit: see `observation_error`. NaN where no dream lasted so long."""

    horizons: np.ndarray  # (K,)
    error: np.ndarray  # the dream against what really happened
    codec: np.ndarray  # what the model decodes with open eyes against what really happened: the codec's own error
    drift: np.ndarray  # the dream against what the model decodes with open eyes
    still: np.ndarray  # repeating the last observation seen, against what really happened: the baseline
    count: np.ndarray  # dreams that were compared


def open_loop_drift(
    model: WorldModel,
    batch: Batch,
    context: int = 5,
    horizons: Sequence[int] = HORIZONS,
    stride: int = 5,
    seed: int = 0,
) -> Drift:
    """How wrong a dream is after k steps, and how much of that is the codec's own error. Raises as `look_ahead`."""
    ahead = look_ahead(model, batch, context, horizons, stride, seed)
    with torch.no_grad():
        dream = model.decoder.mode(ahead.imagined.feat).numpy()  # (B, S, K, ...)
        seen = ahead.then(model.decoder.mode(ahead.posterior.feat).numpy())
    obs = batch.obs.numpy()
    truth = ahead.then(obs)
    last = np.broadcast_to(obs[:, ahead.starts][:, :, None], truth.shape)

    def mean(one, two):
        error = observation_error(one, two, 3)  # (B, S, K)
        total = np.where(ahead.valid, error, 0.0).sum((0, 1))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    count = ahead.valid.sum((0, 1))
    return Drift(ahead.horizons, mean(truth, dream), mean(truth, seen), mean(seen, dream), mean(truth, last), count)
