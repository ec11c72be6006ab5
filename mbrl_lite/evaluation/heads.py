"""Do the heads tell the truth? Recall of rewards, and calibration of the probability that an episode goes on."""

from typing import NamedTuple

import numpy as np
import torch

from mbrl_lite.data import Batch
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.drift import sequences
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import WorldModel


@torch.no_grad()
def predictions(model: WorldModel, batch: Batch, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Reward and probability of going on that the model expects with open eyes at each step of a batch: (B, T) each."""
    sequences(model, batch)
    with own_randomness(seed):
        reward, cont = model.predict(model.observe(batch).states.feat)
    return reward.numpy(), cont.numpy()


class Recall(NamedTuple):
    """How many of the rewards are expected, and how many of the expected ones come."""

    recall: float  # NaN if there was no reward
    precision: float  # NaN if the head claimed none
    rewarded: int  # steps that were rewarded
    claimed: int  # steps at which the head claims a reward


def reward_recall(predicted, reward, window: int = 0, is_first=None) -> Recall:
    """Share of rewarded steps where at least half of the reward is expected, and share of claims that are rewarded.

    predicted and reward (B, T). A claim is a prediction of at least half the smallest reward met, in size. With
    `window` w, predictions and rewards are summed over t - w .. t + w first, within an episode (`is_first` (B, T)):
    with w = 3 DreamSmooth's lenience (Lee et al., 2024) towards a head that knows the reward but not its step.
    """
    predicted, reward = _same(predicted, reward)
    if reward.ndim != 2 or window < 0:
        raise MbrlError(
            f"expected rewards (B, T) and a window of 0 or more, got {reward.shape} and {window}: "
            f"give one row a sequence"
        )
    first = np.zeros(reward.shape, bool) if is_first is None else np.asarray(is_first)
    if first.shape != reward.shape:
        raise MbrlError(f"expected is_first of shape {reward.shape}, got {first.shape}: give one a step")
    near, true = (_windowed(x, window, first) for x in (predicted, reward))
    rewarded = (reward != 0) & (true != 0)
    least = np.abs(reward[rewarded]).min(initial=np.inf) / 2
    claimed = np.abs(near) >= least
    hit = near * np.sign(true) >= np.abs(true) / 2
    around = _windowed(rewarded.astype(float), window, first) > 0
    recall = float(hit[rewarded].mean()) if rewarded.any() else float("nan")
    precision = float(around[claimed].mean()) if claimed.any() else float("nan")
    return Recall(recall, precision, int(rewarded.sum()), int(claimed.sum()))


def _windowed(x: np.ndarray, window: int, is_first: np.ndarray) -> np.ndarray:
    """Sums over t - window .. t + window, within the episode of step t: (B, T)."""
    B, T = x.shape
    episode = np.pad(np.cumsum(is_first, 1), ((0, 0), (window, window)), constant_values=-1)
    padded, total = np.pad(x, ((0, 0), (window, window))), np.zeros(x.shape)
    here = episode[:, window : window + T]
    for shift in range(2 * window + 1):
        total += np.where(episode[:, shift : shift + T] == here, padded[:, shift : shift + T], 0)
    return total


class Calibration(NamedTuple):
    """How often it happens when it is said to happen with probability p."""

    confidence: np.ndarray  # (n,) mean probability in each bin that is not empty
    frequency: np.ndarray  # (n,) how often it happened there
    count: np.ndarray  # (n,)
    ece: float  # expected calibration error: the mean |confidence - frequency|, weighted by count
    brier: float  # mean squared difference of probability and outcome


def calibration(probability, outcome, bins: int = 10) -> Calibration:
    """Reliability of probabilities (any shape) of outcomes of the same shape, 0 or 1, in equal bins of [0, 1].

    Bins: Naeini et al. (2015); the score: Brier (1950).
    """
    p, y = _same(probability, outcome)
    if bins < 1 or not p.size or p.min() < 0 or p.max() > 1 or not np.isin(y, (0, 1)).all():
        raise MbrlError(
            f"expected probabilities from 0 to 1, outcomes 0 or 1 and at least 1 bin, got {p.size} probabilities and "
            f"{bins} bins: pass predicted cont and 1 - is_terminal"
        )
    p, y = p.ravel(), y.ravel()
    where = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(where, minlength=bins)
    full = count > 0
    confidence = np.bincount(where, p, bins)[full] / count[full]
    frequency = np.bincount(where, y, bins)[full] / count[full]
    ece = float((np.abs(confidence - frequency) * count[full]).sum() / p.size)
    return Calibration(confidence, frequency, count[full], ece, float(((p - y) ** 2).mean()))


def _same(one, two) -> tuple[np.ndarray, np.ndarray]:
    one, two = np.asarray(one, float), np.asarray(two, float)
    if one.shape != two.shape:
        raise MbrlError(f"expected two arrays of one shape, got {one.shape} and {two.shape}: compare the same steps")
    return one, two
