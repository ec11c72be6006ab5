"""Linear probes: what can be read off a latent with one matrix, with open eyes and after k dreamt steps."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from mbrl_lite.data import Batch
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.drift import look_ahead, sequences
from mbrl_lite.models import WorldModel


class Ridge(NamedTuple):
    """y ~ x W + b, fitted by least squares with a penalty."""

    weight: np.ndarray  # (F, K)
    bias: np.ndarray  # (K,)

    def predict(self, x) -> np.ndarray:
        """x (..., F) to (..., K)."""
        return _float(x) @ self.weight + self.bias

    def r2(self, x, y) -> np.ndarray:
        """1 - squared error / variance, of each target, (K,): 1 is right, 0 is no better than the mean of y (N, K).

        It can be negative. NaN for a target that does not vary.
        """
        x, y = _pair(x, y)
        left, total = ((y - self.predict(x)) ** 2).sum(0), ((y - y.mean(0)) ** 2).sum(0)
        return np.where(total > 0, 1 - left / np.where(total > 0, total, 1), np.nan)


def ridge_probe(x, y, l2: float = 1e-3) -> Ridge:
    """Closed form in float64: W = (X'X / N + l2 I)^-1 X'Y / N with X, Y centred. x (N, F), y (N, K) or (N,).

    Raises `MbrlError` for shapes that do not fit or fewer than two samples.
    """
    x, y = _pair(x, y)
    if l2 < 0:
        raise MbrlError(f"expected a penalty of 0 or more, got {l2}: choose a small positive number")
    centre, mean = x.mean(0), y.mean(0)
    X, Y = x - centre, y - mean
    gram = X.T @ X / len(X) + l2 * np.eye(X.shape[1])
    weight = np.linalg.lstsq(gram, X.T @ Y / len(X), rcond=None)[0]  # (F, K); without l2 there may be no inverse
    return Ridge(weight, mean - centre @ weight)


class Classes(NamedTuple):
    """The class whose indicator a linear probe expects most."""

    ridge: Ridge
    labels: np.ndarray  # (C,)

    def predict(self, x) -> np.ndarray:
        """x (..., F) to labels (...)."""
        return self.labels[self.ridge.predict(x).argmax(-1)]

    def accuracy(self, x, y) -> float:
        """Share of samples whose label y (N,) is found."""
        _pair(x, y)
        return float((self.predict(x) == np.asarray(y)).mean())


def class_probe(x, y, l2: float = 1e-3) -> Classes:
    """Least squares on the indicators of each class: x (N, F), y (N,) whole numbers or truth values."""
    y = np.asarray(y)
    _pair(x, y)
    if y.ndim != 1 or y.dtype.kind not in "biu":
        raise MbrlError(
            f"expected one whole number or truth value a sample, got {y.dtype} of shape {y.shape}: "
            f"use ridge_probe for real numbers"
        )
    labels = np.unique(y)
    return Classes(ridge_probe(x, (y[:, None] == labels).astype(float), l2), labels)


class ProbeCurve(NamedTuple):
    """How well held-out sequences are read by a probe fitted with open eyes, against steps dreamt since."""

    horizons: np.ndarray  # (K,), 0 is with open eyes
    score: np.ndarray  # (K, targets) R^2, or (K,) accuracy for whole numbers and truth values
    chance: np.ndarray | float  # 0 for R^2; for accuracy (K,) the share of the label most frequent in the fit
    count: np.ndarray  # (K,) held-out samples


def probe_latents(
    model: WorldModel,
    batch: Batch,
    target,
    part: str = "feat",
    context: int = 5,
    horizons: Sequence[int] = (0, 1, 5, 15, 30),
    stride: int = 5,
    seed: int = 0,
    l2: float = 1e-3,
) -> ProbeCurve:
    """Can the true state be read off the latent, and for how long into a dream?

    target (B, T, K) real numbers or (B, T) whole numbers or truth values; part "h", "z" or "feat", both. The probe is
    fitted on the open-eyed states of the even sequences, and scored on dreams of the odd ones. Raises `MbrlError` for
    shapes that do not fit, and as `look_ahead`.
    """
    target = np.asarray(target)
    B, T = sequences(model, batch)
    discrete = target.dtype.kind in "biu"
    if target.shape[:2] != (B, T) or target.ndim != (2 if discrete else 3) or B < 2:
        raise MbrlError(
            f"expected a target of shape ({B}, {T}, K) of real numbers or ({B}, {T}) of whole numbers for 2 or more "
            f"sequences, got {target.dtype} {target.shape}: give the true state at each step of the batch"
        )
    if part not in ("feat", "h", "z"):
        raise MbrlError(f"expected a part out of feat, h, z, got {part!r}: choose one of these")
    ahead = look_ahead(model, batch, context, horizons, stride, seed)
    seen, dreamt = (getattr(states, part).numpy() for states in (ahead.posterior, ahead.imagined))
    learn = np.s_[::2, context - 1 :]  # before that nobody has seen enough
    fit = class_probe if discrete else ridge_probe
    probe = fit(_rows(seen[learn], 2), _rows(target[learn], 2), l2)
    truth, scores, chance, counts = ahead.then(target)[1::2], [], [], []
    for k in range(len(ahead.horizons)):
        valid = ahead.valid[1::2, :, k]
        x, y = dreamt[1::2, :, k][valid], truth[:, :, k][valid]
        counts.append(len(x))
        scores.append(_score(probe, x, y, discrete))
        chance.append(_chance(target[learn], y) if discrete else 0.0)
    return ProbeCurve(ahead.horizons, np.array(scores), np.array(chance), np.array(counts))


def _score(probe, x: np.ndarray, y: np.ndarray, discrete: bool):
    if len(x) < 2:
        return np.nan if discrete else np.full(y.shape[-1], np.nan)
    return probe.accuracy(x, y) if discrete else probe.r2(x, y)


def _chance(learn: np.ndarray, y: np.ndarray) -> float:
    labels, counts = np.unique(learn, return_counts=True)
    return float((y == labels[counts.argmax()]).mean()) if len(y) else float("nan")


def _rows(x: np.ndarray, lead: int) -> np.ndarray:
    return x.reshape(-1, *x.shape[lead:])


def _float(x) -> np.ndarray:
    return (x.detach().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)).astype(np.float64)


def _pair(x, y) -> tuple[np.ndarray, np.ndarray]:
    """Both in float64, y (N, K)."""
    x, y = _float(x), _float(y)
    if x.ndim != 2 or y.ndim not in (1, 2) or len(x) != len(y) or len(x) < 2:
        raise MbrlError(
            f"expected latents (N, F) and targets (N,) or (N, K) of the same N of 2 or more, got {x.shape} and "
            f"{y.shape}: lay time and batch flat first"
        )
    return x, y.reshape(len(y), -1)
