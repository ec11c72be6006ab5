"""Exercises 07.15 to 07.18: a harmonious weight, smoothed rewards, masked features, and a loss that trains nobody."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake
from mbrl_lite.course.exercises.ch07.variations_ideas import BUG_IDEAS, HINTS, KEEP_IDEAS, SMOOTH_IDEAS, WEIGHT_IDEAS
from mbrl_lite.course.values import as_array, shown

# --- 07.15 -----------------------------------------------------------------------------------------------------------


def _best_weight(loss: np.ndarray) -> np.ndarray:
    """By Newton's method for u = log sigma on the convex function L e^-u + log(1 + e^u): no root is taken."""
    u = np.log(np.maximum(loss, np.sqrt(loss)))
    for _ in range(60):
        slope = -loss * np.exp(-u) + 1 / (1 + np.exp(-u))
        curve = loss * np.exp(-u) + np.exp(-u) / (1 + np.exp(-u)) ** 2
        u = u - slope / curve
    return np.exp(-u)


def _check_weight(answer) -> None:
    for loss in ([0.5, 4.0, 200.0], [1e-6, 1e-2, 1.0, 1e5]):
        loss = np.array(loss)
        right, root = _best_weight(loss), np.sqrt(loss**2 + 4 * loss)
        mistakes = {
            "sigma": 1 / right,
            "log_sigma": 1 / loss,
            "minus_root": 2 / (loss - root),
            "no_half": right / 2,
            "weighted": loss * right,
            "squared": right**2,
            "normalised": right / right.sum(),
            "small_only": 1 / np.sqrt(loss),
        }
        got = as_array(answer(loss), loss.shape, answer.called(loss))
        name_mistake(got, right, mistakes, WEIGHT_IDEAS, f"For the losses {shown(loss)}, ")


# --- 07.17 -----------------------------------------------------------------------------------------------------------


def _smoothed(reward: np.ndarray, f: np.ndarray, mistake: str = "") -> np.ndarray:
    """Matrix of gifts M[t, s] times rewards, with one of the mistakes or none, (T,)."""
    T, w = len(reward), len(f) // 2
    gifts = np.zeros((T, T))
    for s in range(T):
        for i in range(-w, w + 1):
            t = {"turned": s + i, "lost_turned": s + i, "shifted": s - i + w}.get(mistake, s - i)
            if mistake == "wraps":
                t = t % T
            if mistake == "piled":
                t = min(max(t, 0), T - 1)
            if 0 <= t < T:
                gifts[t, s] += f[w + i]
    if mistake == "averaged":
        gifts /= gifts.sum(1, keepdims=True)
    elif mistake in ("", "turned", "twice"):
        gifts /= gifts.sum(0)
    if mistake == "twice":
        spread = np.array(reward)
        for s in range(T):
            given = spread[s]
            spread[s] = 0
            spread = spread + gifts[:, s] * given
        return spread
    spread = gifts @ reward
    return spread * reward.sum() / spread.sum() if mistake == "rescaled" else spread


def _check_smooth(answer) -> None:
    rng = np.random.default_rng(0)
    f = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    trials = [([0, 0, 0, 0, 0, 0, 8, 0], f), ([2, 0, 0, 0, 0, 0, 0, -4], f), ([3, 0, 1], f)]
    trials += [(rng.normal(size=9).round(1), rng.dirichlet(np.ones(7))) for _ in range(3)]
    for number, (reward, kernel) in enumerate(trials):
        reward = np.array(reward, float)
        got = as_array(answer(reward, kernel), reward.shape, answer.called(reward, kernel))
        mistakes = {key: _smoothed(reward, kernel, key) for key in SMOOTH_IDEAS}
        when = f"Rewards {shown(reward)}, kernel {shown(kernel)}: " if number < 3 else "With a random kernel of 7: "
        name_mistake(got, _smoothed(reward, kernel), mistakes, SMOOTH_IDEAS, when)


# --- 07.18 -----------------------------------------------------------------------------------------------------------


def _kept(noise: np.ndarray, share: float, mistake: str = "") -> np.ndarray:
    """Row by row, the K smallest, with one of the mistakes or none, (N, P)."""
    N, P = noise.shape
    K = max(1, round((1 - share) * P))
    if mistake == "share_kept":
        K = round(share * P)
    if mistake == "none_left":
        K = round((1 - share) * P)
    if mistake in ("rounding", "rounding up"):
        K = max(1, int((1 - share) * P) + (mistake == "rounding up"))
    kept = np.zeros((N, P), bool)
    for n in range(N):
        order = sorted(range(P), key=lambda p: noise[0 if mistake == "same_rows" else n, p])
        kept[n, order[-K:] if mistake == "largest" else order[:K]] = True
    if mistake == "whole_batch":
        kept = (noise <= np.sort(noise.ravel())[N * K - 1]).reshape(N, P)
    if mistake == "not_ranks":
        kept = noise.argsort(axis=1) < K
    if mistake == "wrong_axis":
        kept = noise.argsort(axis=0).argsort(axis=0) < K
    return ~kept if mistake == "hidden" else kept


def _check_keep(answer) -> None:
    rng = np.random.default_rng(1)
    for N, P, share in ((3, 8, 0.75), (4, 16, 0.75), (2, 8, 0.7), (3, 9, 0.7), (2, 4, 0.95)):
        noise = rng.random((N, P)).round(3)
        kept = answer(noise, share)
        got = as_array(kept, (N, P), answer.called(noise, share))
        mistakes = {key: _kept(noise, share, key) for key in (*KEEP_IDEAS, "rounding up") if key != "coin"}
        mistakes |= {"coin": noise > share, "coin turned": noise < 1 - share}
        ideas = KEEP_IDEAS | {"coin turned": KEEP_IDEAS["coin"]}
        when = f"With {P} tokens a frame and a share of {share}, "
        try:
            name_mistake(got, _kept(noise, share), mistakes, ideas, when)
        except Wrong as found:
            raise Wrong(found.key.split(" ")[0], str(found)) from None
        if np.asarray(kept).dtype != bool:
            raise Wrong(
                "type", f"{answer.called(noise, share)} should return bools, and {np.asarray(kept).dtype} came."
            )


# --- 07.16 -----------------------------------------------------------------------------------------------------------

_LOSSES, _LOG_SIGMA = [6.0, 0.5, 2.0], [1.0, -0.5, 0.25]


def _harmony(mistake: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, gradient at the losses and gradient at log sigma, by hand, with one of the mistakes or none."""
    loss, sigma = np.array(_LOSSES), np.exp(_LOG_SIGMA)
    last = {"unbounded": 0 * sigma, "log_sigma": np.log(sigma)}.get(mistake, np.log(1 + sigma))
    slope = {"unbounded": 0 * sigma, "log_sigma": np.ones(3)}.get(mistake, sigma / (1 + sigma))
    value, to_loss, to_log = loss / sigma + last, 1 / sigma, -loss / sigma + slope
    if mistake == "multiplied":
        value, to_loss, to_log = loss * sigma + last, sigma, loss * sigma + slope
    if mistake == "squared":
        value, to_loss = loss / sigma**2 + np.log(1 + sigma**2), 1 / sigma**2
        to_log = -2 * loss / sigma**2 + 2 * sigma**2 / (1 + sigma**2)
    if mistake == "no_exp":
        s = np.log(sigma)
        value, to_loss, to_log = loss / s + np.log(1 + s), 1 / s, -loss / s**2 + 1 / (1 + s)
    if mistake in ("detached_loss", "no_gradient"):
        to_loss = 0 * sigma
    if mistake in ("detached_sigma", "no_gradient"):
        to_log = 0 * sigma
    if mistake == "charged_only":
        to_log = slope
    n = 3 if mistake == "mean" else 1
    return value.sum() / n, to_loss / n, to_log / n


def _check_bug(answer) -> None:
    import torch

    loss = torch.tensor(_LOSSES, dtype=torch.float64, requires_grad=True)
    log_sigma = torch.tensor(_LOG_SIGMA, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        result = answer(loss, log_sigma)
    value = as_array(result, (), answer.called(loss, log_sigma))
    leaves, grads = (loss, log_sigma), [None, None]
    if isinstance(result, torch.Tensor) and result.requires_grad:
        grads = torch.autograd.grad(result, leaves, allow_unused=True)
    found = [np.zeros(3) if grad is None else grad.numpy() for grad in grads]
    mistakes = {key: _harmony(key) for key in BUG_IDEAS}
    when = f"Losses {shown(_LOSSES)}, log_sigma {shown(_LOG_SIGMA)} (result 1 is the value, 2 and 3 the gradients): "
    name_mistake((value, *found), _harmony(), mistakes, BUG_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "07.15", "A weight in harmony", "harmony_weight", (3, 3, 8), _check_weight, WEIGHT_IDEAS),
    exercise(HINTS, "07.17", "Spread a reward", "smooth", (3, 3, 10), _check_smooth, SMOOTH_IDEAS),
    exercise(HINTS, "07.18", "What the mask leaves", "keep", (2, 3, 6), _check_keep, KEEP_IDEAS),
    exercise(HINTS, "07.16", "Find the bug: everybody falls", "harmonised", (2, 3, 6), _check_bug, BUG_IDEAS),
)
