"""Exercises 09.9 to 09.11: symexp, and numbers as two-hot distributions."""

import math

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import answered, as_value, name_mistake
from mbrl_lite.course.exercises.ch09.tricks_ideas import MEAN_IDEAS, SYMEXP_IDEAS, TWO_HOT_IDEAS
from mbrl_lite.course.values import shown

# --- 09.9 ------------------------------------------------------------------------------------------------------------

_SYMEXP_MISTAKES = {
    "no_sign": lambda y: math.expm1(abs(y)),
    "one_sided": math.expm1,
    "signed_inside": lambda y: math.copysign(math.expm1(y), y) if y > 0 else -math.expm1(y),
    "jumps": lambda y: math.copysign(math.exp(abs(y)), y) if y else 0.0,
    "minus_outside": lambda y: (math.copysign(math.exp(abs(y)), y) if y else 0.0) - 1,
    "forwards": lambda y: math.copysign(math.log1p(abs(y)), y),
    "base": lambda y: math.copysign(10 ** abs(y) - 1, y),
}


def _check_symexp(answer) -> None:
    import torch

    y = torch.tensor([[-7.0, -2.0, -0.5, 0.0], [0.25, 1.0, 3.0, 9.0]])
    got = answered(answer(y), (2, 4), answer.called(y))
    truth = [[math.copysign(math.expm1(abs(v)), v) for v in row] for row in y.tolist()]
    mistakes = {key: as_value([[fn(v) for v in row] for row in y.tolist()]) for key, fn in _SYMEXP_MISTAKES.items()}
    name_mistake(as_value(got), as_value(truth), mistakes, SYMEXP_IDEAS, f"For y = {shown(y.flatten())}: ")
    small = torch.tensor([-3e-6, 1e-5, 2e-4])
    got = answered(answer(small), (3,), answer.called(small))
    for mine, want in zip(got, small.double().expm1().tolist(), strict=True):
        if abs(mine / want - 1) > 1e-3:
            raise Wrong("imprecise", f"symexp({shown(want)}) came out as {shown(mine)}: {SYMEXP_IDEAS['imprecise']}")


# --- 09.10 -----------------------------------------------------------------------------------------------------------


def _encoded(x: float, bins: list[float], mistake: str = "") -> list[float]:
    """Two-hot weights of one number by walking along the bins, with one of the mistakes or none, (K,)."""
    weights = [0.0] * len(bins)
    inside = min(max(x, bins[0]), bins[-1])
    k = max(j for j in range(len(bins) - 1) if bins[j] <= inside or j == 0)
    low, high = bins[k], bins[k + 1]
    if mistake in ("outside_extends", "outside_lost") and inside != x:
        inside = x
    up = (inside - low) / (high - low)
    if mistake == "log_space":
        symlog = [math.copysign(math.log1p(abs(v)), v) for v in (inside, low, high)]
        up = (symlog[0] - symlog[1]) / (symlog[2] - symlog[1])
    if mistake == "even_bins":
        place = (inside - bins[0]) / (bins[-1] - bins[0]) * (len(bins) - 1)
        k = min(int(place), len(bins) - 2)
        up = place - k
    if mistake == "outside_lost" and not 0 <= up <= 1 or mistake == "on_a_bin" and x in bins:
        return weights
    up = {"nearest": round(up), "lower": 0.0 if up < 1 else 1.0, "swapped": 1 - up, "half": 0.5}.get(mistake, up)
    weights[k], weights[k + 1] = 1 - up, up
    return weights


def _check_two_hot(answer) -> None:
    import torch

    bins = [-20.0, -5.0, -1.0, 0.0, 1.0, 5.0, 20.0]
    for x in ([0.25, 2.0, -3.0, 17.0], [0.0, -20.0, 20.0, 5.0], [30.0, -1000.0, 21.0, -20.5]):
        given = torch.tensor(x).reshape(2, 2), torch.tensor(bins)
        got = answered(answer(*given), (2, 2, 7), answer.called(*given)).reshape(4, 7)
        expected = as_value([_encoded(v, bins) for v in x])
        mistakes = {key: as_value([_encoded(v, bins, key) for v in x]) for key in TWO_HOT_IDEAS}
        when = f"With the bins {shown(bins)}, x = {shown(x)} became rows of weights. "
        name_mistake(as_value(got), expected, mistakes, TWO_HOT_IDEAS, when)
    rng = np.random.default_rng(0)
    bins = torch.tensor(np.sort(rng.normal(0, 9, size=40).round(3))).float()
    x = torch.tensor(rng.uniform(bins[0], bins[-1], size=50)).float()
    got = answered(answer(x, bins), (50, 40), answer.called(x, bins))
    off = np.abs(got @ bins.double().numpy() - x.double().numpy()).max()
    if off > 1e-4 or ((got > 1e-6).sum(1) > 2).any() or not np.allclose(got.sum(1), 1):
        raise Wrong("value", f"With 40 uneven bins the mean of your weights misses x by {shown(float(off))}.")


# --- 09.11 -----------------------------------------------------------------------------------------------------------


def _mean(logits: np.ndarray, bins: np.ndarray, mistake: str = "") -> np.ndarray:
    """The predicted number, with one of the mistakes or none, (...)."""
    axis = 0 if mistake == "wrong_axis" else -1
    prob = np.exp(logits) / np.exp(logits).sum(axis, keepdims=True)
    if mistake == "middle_lost":
        inner = np.abs(bins) > np.abs(bins).min()
        return prob[..., inner] @ bins[inner]
    if mistake == "doubled":
        return 2 * prob @ bins
    if mistake == "log_space":
        inner = prob @ (np.sign(bins) * np.log1p(np.abs(bins)))
        return np.sign(inner) * np.expm1(np.abs(inner))
    if mistake == "mode":
        return bins[prob.argmax(-1)]
    return (logits if mistake == "no_softmax" else prob) @ bins


def _check_mean(answer) -> None:
    import torch

    rng = np.random.default_rng(0)
    for bins in ([-100.0, -7.0, -1.0, 0.0, 1.0, 7.0, 100.0], [-30.0, -7.0, -1.0, 1.0, 7.0, 30.0]):
        bins = np.array(bins)
        logits = rng.normal(size=(3, 2, len(bins))).round(1)
        given = torch.tensor(logits), torch.tensor(bins)
        got = as_value(answered(answer(*given), (3, 2), answer.called(*given)))
        mistakes = {key: as_value(_mean(logits, bins, key)) for key in MEAN_IDEAS}
        name_mistake(got, as_value(_mean(logits, bins)), mistakes, MEAN_IDEAS, f"With the bins {shown(bins)}: ")
    for K in (255, 41, 63, 101, 8):  # the library's bins, float32
        line = torch.linspace(-20, 20, K)
        bins = torch.sign(line) * torch.expm1(line.abs())
        bins = (bins - bins.flip(0)) / 2  # exactly odd
        logits = torch.zeros(4, K)
        logits[1], logits[2, 0] = 0.5, 3.0  # all equal, but not 0; and one row that is not equal
        read = answered(answer(logits, bins), (4,), answer.called(logits, bins))
        for row in (0, 1, 3):
            if read[row] != 0:
                told = f"{K} bins out to {shown(float(bins[-1]))}: logits all {shown(float(logits[row, 0]))}"
                raise Wrong("plain_sum", f"{told} read {shown(float(read[row]))}. {MEAN_IDEAS['plain_sum']}")


EXERCISES = (
    Exercise(
        id="09.9",
        title="The way back from symlog",
        function="symexp",
        difficulty=1,
        importance=4,
        minutes=5,
        check=_check_symexp,
        ideas=tuple(SYMEXP_IDEAS),
        hints=(
            "Solve u = ln(x + 1) for x, where x is positive. Then think of the left half as a mirror image.",
            "x = exp(u) - 1. For both halves: sign(y) times that, at |y|.",
            "`torch.sign(y) * torch.expm1(torch.abs(y))`.",
        ),
    ),
    Exercise(
        id="09.10",
        title="Two-hot",
        function="two_hot",
        difficulty=3,
        importance=5,
        minutes=15,
        check=_check_two_hot,
        ideas=tuple(TWO_HOT_IDEAS),
        hints=(
            "Clamp x between the end bins first. Then each x lies between two neighbours, and `torch.searchsorted` "
            "finds them.",
            "With the upper neighbour's index k (at least 1), the share of the upper bin is (x - low) / (high - low), "
            "with low = bins[k - 1] and high = bins[k].",
            "`out = torch.zeros(*x.shape, len(bins))`, then `out.scatter_(-1, k[..., None], up[..., None])` and "
            "`out.scatter_(-1, k[..., None] - 1, 1 - up[..., None])`.",
        ),
    ),
    Exercise(
        id="09.11",
        title="What a two-hot head says",
        function="two_hot_mean",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_mean,
        ideas=tuple(MEAN_IDEAS),
        hints=(
            "It is an expectation: probabilities times bins. Write the plain sum first and look what zeros read.",
            "bins[k] is -bins[K - 1 - k]. If the products of such a pair are added first, equal probabilities cancel "
            "exactly. `flip(-1)` gives each its mirror image.",
            "`parts = torch.softmax(logits, -1) * bins`, then `(parts + parts.flip(-1)).sum(-1) / 2`.",
        ),
    ),
)
