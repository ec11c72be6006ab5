"""Exercises 07.1 to 07.5: physics of a ball, a linear probe, resets, imagination, and a bug in the score of dreams."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.ball_hints import HINTS
from mbrl_lite.course.exercises.ch07.ball_ideas import (
    BEGIN_IDEAS,
    BOUNCE_IDEAS,
    IMAGINE_IDEAS,
    PROBE_IDEAS,
    SCORE_IDEAS,
)
from mbrl_lite.course.exercises.ch07.judging import alike, as_parts, exercise, name_mistake, pair_of
from mbrl_lite.course.values import as_array, shown

# --- 07.1 ------------------------------------------------------------------------------------------------------------


def _flown(x, v, k, low, high) -> tuple[np.ndarray, np.ndarray]:
    """Step by step and ball by ball, bouncing whenever a wall is met."""
    flat = []
    for position, velocity in zip(np.ravel(x), np.ravel(v), strict=True):
        for _ in range(k):
            position = position + velocity
            while not low <= position <= high:
                position = 2 * (low if position < low else high) - position
                velocity = -velocity
        flat.append((position, velocity))
    ends = np.array(flat).reshape(*np.shape(x), 2)
    return ends[..., 0], ends[..., 1]


def _folded_once_a_step(x, v, k, low, high) -> tuple[np.ndarray, np.ndarray]:
    """A common mistake: after each step at most one wall is thought of."""
    for _ in range(k):
        x = x + v
        inside = (low <= x) & (x <= high)
        x, v = np.where(inside, x, 2 * np.where(x < low, low, high) - x), np.where(inside, v, -v)
    return x, v


def _folded_at_both(x, v, k, walls) -> tuple[np.ndarray, np.ndarray]:
    """Another one: after each step both walls are thought of, once, in this order: (wall, 1 if it is the upper)."""
    for _ in range(k):
        x = x + v
        for wall, side in walls:
            beyond = side * (x - wall) > 0
            x, v = np.where(beyond, 2 * wall - x, x), np.where(beyond, -v, v)
    return x, v


def _bounce_mistakes(x, v, k, low, high) -> dict:
    right, length, straight = _flown(x, v, k, low, high), high - low, x + k * v
    mirrored = np.where(straight > high, 2 * high - straight, np.where(straight < low, 2 * low - straight, straight))
    inside = (straight >= low) & (straight <= high)
    u, rest = (x + k * v) % (2 * length), np.fmod(straight - low, 2 * length)
    wrapped = low + (straight - low) % length
    mistakes = {
        "one_step": _flown(x, v, min(k, 1), low, high),
        "no_low": (np.where(u > length, 2 * length - u, u), np.where(u > length, -v, v)),
        "same_velocity": (right[0], v),
        "always_turned": (right[0], -v),
        "one_wall_a_step": _folded_once_a_step(x, v, k, low, high),
        "negative_rest": (low + np.where(rest > length, 2 * length - rest, rest), np.where(rest > length, -v, v)),
    }
    for walls in ([(high, 1), (low, -1)], [(low, -1), (high, 1)]):
        mistakes[f"one_wall_a_step {walls}"] = _folded_at_both(x, v, k, walls)
        end, turned = _folded_at_both(x, k * v, 1, walls)
        for velocity in (turned / k, np.where(inside, v, -v), v, right[1]):
            mistakes[f"one_bounce {len(mistakes)}"] = (end, velocity)
    for turned in (np.where(inside, v, -v), v, right[1]):
        mistakes |= {f"clips {len(mistakes)}": (np.clip(straight, low, high), turned)}
        mistakes |= {f"wraps {len(mistakes)}": (wrapped, turned)}
        mistakes |= {f"one_bounce {len(mistakes)}": (mirrored, turned)}
    return mistakes


def _check_bounce(answer) -> None:
    for v, k in (([1.5, -3.0, 0.25], 3), ([9.25, -13.0, 0.5], 4), ([29.0, -30.0, 49.0], 2)):
        x = [4.0, 9.0, 6.0]
        args = (np.array(x), np.array(v), k, 2.0, 10.0)
        got = pair_of(answer(*args), ((3,), (3,)), answer.called(*args), "`(x_k, v_k)`")
        mistakes = _bounce_mistakes(*args)
        when = f"After k = {k} steps from x = {x} with v = {v}, walls at 2 and 10, "
        name_mistake(got, _flown(*args), mistakes, BOUNCE_IDEAS, when)
    rng = np.random.default_rng(0)
    for k in (0, 1, 7, 30):
        args = (rng.uniform(-1, 2, (4, 2)), rng.normal(size=(4, 2)), k, -1.0, 2.0)
        got = pair_of(answer(*args), ((4, 2), (4, 2)), answer.called(*args), "`(x_k, v_k)`")
        name_mistake(
            got, _flown(*args), {}, BOUNCE_IDEAS, f"After k = {k} steps of random balls between -1 and 2, ", 1e-6
        )


# --- 07.2 ------------------------------------------------------------------------------------------------------------


def _scored(X, Y, X_new, Y_new, l2, mistake="") -> np.ndarray:
    """R^2 by the normal equations of a design with a column of ones, unpenalised; or with one of the mistakes, (K,)."""
    if mistake == "fits_on_new":
        X, Y = X_new, Y_new
    if mistake == "scores_on_old":
        X_new, Y_new = X, Y
    if mistake.startswith("own_means"):
        X_new = X_new - X_new.mean(0) + X.mean(0)
    ones = 0 if mistake == "no_centre" else 1
    design, new = (np.c_[Z, np.ones((len(Z), ones))] for Z in (X, X_new))
    penalty = np.diag(
        [0.0 if mistake == "no_penalty" else l2] * X.shape[1] + [l2 if mistake == "penalised_constant" else 0.0] * ones
    )
    size = 1 if mistake == "penalty_too_weak" else len(X)
    guess = new @ np.linalg.solve(design.T @ design / size + penalty, design.T @ Y / size)
    guess = guess + {"mean_not_added": -Y.mean(0), "own_means both": Y_new.mean(0) - Y.mean(0)}.get(mistake, 0)
    if mistake == "squared_correlation":
        return np.array([np.corrcoef(g, y)[0, 1] ** 2 for g, y in zip(guess.T, Y_new.T, strict=True)])
    middle = Y.mean(0) if mistake == "old_mean" else Y_new.mean(0)
    left, total = ((Y_new - guess) ** 2).sum(0), ((Y_new - middle) ** 2).sum(0)
    if mistake == "pooled":
        return np.full(Y.shape[1], 1 - left.sum() / total.sum())
    if mistake == "clipped":
        return np.maximum(0, 1 - left / total)
    return left / total if mistake == "ratio" else 1 - left / total


def _check_probe(answer) -> None:
    for seed, features, targets in ((0, 3, 2), (1, 5, 4), (2, 2, 1), (3, 2, 2)):
        rng = np.random.default_rng(seed)
        X, X_new = rng.normal(1.0, 1.0, (40, features)), rng.normal(0.8, 1.2, (25, features))
        W = rng.normal(size=(features, targets))
        Y, Y_new = (Z @ W + 3 + 0.7 * rng.normal(size=(len(Z), targets)) for Z in (X, X_new))
        if seed == 3:
            Y_new = rng.permutation(Y_new)  # nothing that could be read off
        args = (X, Y, X_new, Y_new, 0.3)
        got = as_array(answer(*args), (targets,), answer.called(*args))
        mistakes = {key: _scored(*args, mistake=key) for key in (*PROBE_IDEAS, "own_means both")}
        when = f"With {features} features, {targets} targets and l2 = 0.3, "
        name_mistake(got, _scored(*args), mistakes, PROBE_IDEAS, when, 1e-4)


# --- 07.3 ------------------------------------------------------------------------------------------------------------


def _begun(h, z, a, reset, mistake="") -> tuple[np.ndarray, np.ndarray]:
    """Row by row: what is kept and what is emptied, or with one of the mistakes."""
    new_h, new_x = [], []
    for i, begins in enumerate(reset):
        if mistake == "inverted":
            begins = not begins
        if mistake == "whole_batch":
            begins = any(reset)
        if mistake == "nothing":
            begins = False
        keep_z = not begins or mistake in ("input_leaks", "z_leaks")
        keep_a = not begins or mistake in ("input_leaks", "action_leaks")
        parts = [z[i] * keep_z, a[i] * keep_a]
        new_x.append(np.concatenate(parts[::-1] if mistake == "order" else parts))
        new_h.append(h[i] * (not begins or mistake == "memory_leaks"))
    return np.array(new_h), np.array(new_x)


def _check_begin(answer) -> None:
    import torch

    for seed, (B, D, Z, A), reset in (
        (0, (3, 2, 3, 2), [False, True, False]),
        (1, (4, 5, 2, 0), [True, True, False, False]),
        (2, (2, 2, 1, 3), [False, False]),
    ):
        rng = np.random.default_rng(seed)
        arrays = [rng.normal(size=(B, n)).round(2) for n in (D, Z, A)]
        args = (*map(torch.tensor, arrays), torch.tensor(reset))
        got = pair_of(answer(*args), ((B, D), (B, Z + A)), answer.called(*args), "`(h, x)`")
        mistakes = {key: _begun(*arrays, reset, key) for key in BEGIN_IDEAS}
        when = f"With reset = {reset} and {A} actions, "
        name_mistake(got, _begun(*arrays, reset), mistakes, BEGIN_IDEAS, when)
    leaves = [torch.ones(2, n, dtype=torch.float64, requires_grad=True) for n in (3, 2, 1)]
    args = (*(leaf * 1.0 for leaf in leaves), torch.tensor([True, False]))
    with torch.enable_grad():
        parts = [part for part in answer(*args) if isinstance(part, torch.Tensor) and part.requires_grad]
        grads = torch.autograd.grad(sum(part.sum() for part in parts), leaves, allow_unused=True) if parts else (None,)
    sizes = tuple(0.0 if grad is None else float(grad[1].mean()) for grad in (grads * 3)[:3])
    if not alike(as_parts(sizes), as_parts((1.0, 1.0, 1.0)), 1e-6):
        when = f"With reset = [True, False], h, z and a of row 1 get gradients of {shown(sizes)} times what comes back"
        raise Wrong("no_gradient", f"{when}: {BEGIN_IDEAS['no_gradient']}")


# --- 07.4 ------------------------------------------------------------------------------------------------------------


def _dreamt(h, z, H, mistake="") -> tuple[np.ndarray, np.ndarray]:
    """The dream of the toy model below, state by state in plain numbers, or with one of the mistakes."""
    hs, zs, first = [h], [z], (h, z)
    for _ in range(H + {"one_too_many": 1, "one_too_few": -1, "no_start longer": 1}.get(mistake, 0)):
        taken = first[1] if mistake == "frozen_z" else 3 * h + 2 if mistake == "z_first" else z
        new = 2 * (first[0] if mistake == "frozen_h" else h) + taken
        z = 3 * (h if mistake == "old_memory" else new) + 2 * (mistake != "no_sample")
        if mistake == "z_first":
            z = taken
        h = new
        hs.append(h), zs.append(z)
    if mistake.startswith("no_start"):
        hs, zs = hs[1:], zs[1:]
    return (np.stack(hs, 1), np.stack(zs, 1)) if hs else (np.zeros((2, 0, 1)),) * 2


def _check_imagine(answer) -> None:
    import torch

    h, z = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.5], [-1.0]])
    called = f"`{answer.exercise.function}(h, z, H, recur, prior, sample)`"
    for H in (3, 0):
        # A prior as sharp as a needle, so that what its own `sample()` gives is known too.
        narrow, two_more = lambda h: torch.distributions.Normal(3 * h, 1e-9), lambda p: p.mean + 2
        result = answer(h, z, H, lambda h, z: 2 * h + z, narrow, two_more)
        expected = _dreamt(h.numpy(), z.numpy(), H)
        keys = [*(key for key in IMAGINE_IDEAS if key != "draws_twice"), "no_start longer"]
        mistakes = {key: _dreamt(h.numpy(), z.numpy(), H, key) for key in keys}
        if isinstance(result, (tuple, list)) and len(result) == 2 and result[0] is not None:
            _name_length(result[0], H)
        got = pair_of(result, ((2, H + 1, 1),) * 2, called, "`(hs, zs)`", "B and time")
        when = f"With recur 2 h + z, prior at 3 h, sample its mean + 2, and H = {H}, "
        name_mistake(got, expected, mistakes, IMAGINE_IDEAS, when)
    _name_other_draws(answer, h, z, called)


def _name_other_draws(answer, h, z, called: str) -> None:
    """Raise `Wrong` where a z that came back is not the one that was fed back. Here no draw is like another."""
    drawn = []

    def sample(p):
        drawn.append(p)
        return p + len(drawn)

    result = answer(h, z, 4, lambda h, z: h / 2 + z, lambda h: h, sample)
    hs, zs = pair_of(result, ((2, 5, 1),) * 2, called, "`(hs, zs)`", "B and time")
    if not np.allclose(hs[:, 1:], hs[:, :-1] / 2 + zs[:, :-1]):
        when = f"In a dream of 4 steps `sample` was called {len(drawn)} times"
        raise Wrong("draws_twice", f"{when}: {IMAGINE_IDEAS['draws_twice']}")


def _name_length(hs, H: int) -> None:
    """Raise `Wrong` for a dream of the wrong length."""
    length = hs.shape[1] if getattr(hs, "ndim", 0) == 3 else H + 1
    first = float(hs[0, 0, 0]) if length and getattr(hs, "ndim", 0) == 3 else 1.0
    if length == H and (first != 1.0 or H == 0):
        raise Wrong("no_start", f"With H = {H} the dream has {length} states: {IMAGINE_IDEAS['no_start']}")
    if length == H:
        raise Wrong("one_too_few", f"With H = {H} the dream has {length} states: {IMAGINE_IDEAS['one_too_few']}")
    if length == H + 2:
        raise Wrong("one_too_many", f"With H = {H} the dream has {length} states: {IMAGINE_IDEAS['one_too_many']}")


# --- 07.5 ------------------------------------------------------------------------------------------------------------


def _score(frames, dream, context, mistake="") -> np.ndarray:
    """Step by step: the mean of the squares between a dreamt frame and the true one, (H,)."""
    H = dream.shape[1]
    first = {"early": context - 1, "late": context + 1, "from_start": 0, "last": frames.shape[1] - H}
    scores = []
    for k in range(H):
        gap = np.abs(dream[:, k] - frames[:, first.get(mistake, context) + k])
        power = gap if mistake == "absolute" else gap**2
        scores.append(power.reshape(len(gap), -1).sum(1).mean() if mistake == "summed" else power.mean())
    if mistake == "cumulated":
        return np.cumsum(scores) / np.arange(1, H + 1)
    return np.sqrt(scores) if mistake == "root" else np.array(scores)


def _check_score(answer) -> None:
    sizes = ((2, 12, 4, 5), (3, 2)), ((3, 9, 1, 6), (4,)), ((1, 20, 7, 1), (2, 2, 1))
    for seed, ((B, T, H, C), frame) in enumerate(sizes):
        rng = np.random.default_rng(seed)
        frames, dream = rng.random((B, T, *frame)).round(2), rng.random((B, H, *frame)).round(2)
        got = as_array(answer(frames, dream, C), (H,), answer.called(frames, dream, C))
        mistakes = {key: _score(frames, dream, C, key) for key in SCORE_IDEAS}
        when = f"With {T} frames, context {C} and {H} dreamt, "
        name_mistake(got, _score(frames, dream, C), mistakes, SCORE_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "07.1", "Where will the ball be?", "bounce", (2, 3, 8), _check_bounce, BOUNCE_IDEAS),
    exercise(HINTS, "07.2", "A linear probe", "probe_r2", (2, 4, 12), _check_probe, PROBE_IDEAS),
    exercise(HINTS, "07.3", "Where a new life begins", "begin", (2, 5, 8), _check_begin, BEGIN_IDEAS),
    exercise(HINTS, "07.4", "Imagine", "imagine", (3, 5, 12), _check_imagine, IMAGINE_IDEAS),
    exercise(HINTS, "07.5", "Find the bug: the score of a dream", "dream_error", (2, 5, 8), _check_score, SCORE_IDEAS),
)
