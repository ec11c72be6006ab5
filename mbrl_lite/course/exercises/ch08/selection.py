"""Exercises 08.8 and 08.9: a step that chooses what it keeps, and a short convolution that stays in its episode."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake, pair_of
from mbrl_lite.course.exercises.ch08.selection_ideas import HINTS, SHORT_IDEAS, STEP_IDEAS
from mbrl_lite.course.values import as_array

# --- 08.8 ------------------------------------------------------------------------------------------------------------


def _selected(h, x, raw, A_log, b, c, mistake="") -> tuple[np.ndarray, np.ndarray]:
    """Row by row, channel by channel, state by state; or with one of the mistakes."""
    new, y = np.zeros_like(h), np.zeros_like(x)
    b, c = (c, b) if mistake == "swapped" else (b, c)
    for i, d, n in np.ndindex(*h.shape):
        r = raw[i, d]
        steps = {"no_softplus": r, "softplus relu": max(r, 0), "softplus exp": np.exp(min(r, 700))}
        dt = (steps | {"softplus sigmoid": 1 / (1 + np.exp(-r))}).get(mistake, np.logaddexp(0, r))
        rate = {"a_log_as_it_is": A_log[d, n], "a_log_as_it_is minus": -A_log[d, n], "grows": np.exp(A_log[d, n])}.get(
            mistake, -np.exp(A_log[d, n])
        )
        decay = np.exp(rate if mistake == "decay_without_dt" else dt * rate)
        decay = 1 + dt * rate if mistake == "decay_euler" else decay
        written = (1 if mistake == "write_without_dt" else dt) * b[i, n] * x[i, d]
        written = (decay - 1) / rate * b[i, n] * x[i, d] if mistake == "exact_hold" else written
        written = decay * written if mistake == "decays_the_input" else written
        new[i, d, n] = decay * h[i, d, n] + written
        y[i, d] += c[i, n] * (h if mistake == "reads_the_old" else new)[i, d, n]
    return y, new


STEP_WAYS = ("softplus relu", "softplus exp", "softplus sigmoid", "a_log_as_it_is minus")


LARGE = 3  # the seed of the case in which exp(raw) is no number


def _check_step(answer) -> None:
    import torch

    for seed, B, D, N in ((0, 2, 3, 4), (1, 1, 2, 1), (2, 3, 3, 3), (LARGE, 2, 2, 2)):
        rng = np.random.default_rng(seed)
        shapes = ((B, D, N), (B, D), (B, D), (D, N), (B, N), (B, N))
        arrays = [rng.normal(size=shape).round(2) for shape in shapes]
        if seed == LARGE:
            arrays[2][0, 0] = 1000.0
        args = tuple(map(torch.tensor, arrays))
        got = pair_of(answer(*args), ((B, D), (B, D, N)), answer.called(*args), "`(y, h)`")
        keys = (*STEP_IDEAS, *STEP_WAYS)
        with np.errstate(over="ignore", invalid="ignore"):  # some mistakes explode, and are meant to
            mistakes = {key: _selected(*arrays, key) for key in keys if key not in ("softplus", "overflows")}
        when = f"With B, D, N = {B}, {D}, {N}, raw[0, 0] = {arrays[2][0, 0]}, A_log[0, 0] = {arrays[3][0, 0]}: "
        if seed == LARGE and not all(np.isfinite(part).all() for part in got):
            raise Wrong("overflows", when + STEP_IDEAS["overflows"])
        name_mistake(got, _selected(*arrays), mistakes, STEP_IDEAS, when)


# --- 08.9 ------------------------------------------------------------------------------------------------------------


def _windowed(x, w, reset, mistake="") -> np.ndarray:
    """y_t from the steps back to its episode's beginning, at most K of them; or with one of the mistakes."""
    (B, T, _), K, y, life = x.shape, w.shape[1], np.zeros_like(x), reset.cumsum(1)
    w = w[:, ::-1] if mistake == "flipped" else w
    x = x * ~reset[..., None] if mistake == "input_lost" else x
    reset = {"inverted": ~reset, "whole_batch": np.broadcast_to(reset.any(0), reset.shape)}.get(mistake, reset)
    for i, t, k in np.ndindex(B, T, K):
        s = {"ahead": t + k, "centred": t + K // 2 - k, "late": t - k - 1, "wraps": (t - k) % T}.get(mistake, t - k)
        if not 0 <= s < T:
            continue
        crossed = {
            "leaks": False,
            "only_at_the_reset": reset[i, t] and k > 0,
            "only_of_the_reset": reset[i, s] and k > 0,  # steps that are resets are hidden from later ones
            "one_step_early": reset[i, s:t].any(),
            "wraps": life[i, s] != life[i, t],
            "ahead": False,
            "centred": False,
        }.get(mistake, reset[i, s + 1 : t + 1].any())
        y[i, t] += w[:, K - 1 - k] * x[i, s] * (not crossed)
    return y


def _check_short(answer) -> None:
    import torch

    for seed, B, T, D, K, share in (
        (0, 2, 9, 2, 4, 0.0),
        (1, 3, 9, 2, 4, 0.25),
        (2, 2, 8, 3, 3, 0.4),
        (3, 1, 5, 2, 1, 0.4),
        (4, 2, 2, 3, 4, 0.4),
    ):
        rng = np.random.default_rng(seed)
        x, w = rng.normal(size=(B, T, D)).round(2), rng.normal(size=(D, K)).round(2)
        reset = rng.random((B, T)) < share
        args = (torch.tensor(x), torch.tensor(w), torch.tensor(reset))
        try:
            got = as_array(answer(*args), (B, T, D), answer.called(*args), "B and time")
        except Wrong as wrong:
            if T >= K or wrong.key not in ("raised", "shape"):
                raise
            raise Wrong("short", f"With {T} steps and a window of {K}, {SHORT_IDEAS['short']} ({wrong})") from None
        mistakes = {key: _windowed(x, w, reset, key) for key in SHORT_IDEAS if key != "short"}
        when = f"With a window of {K} and resets at {np.flatnonzero(reset[0]).tolist()} of row 0, "
        name_mistake(got, _windowed(x, w, reset), mistakes, SHORT_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "08.8", "A step that selects", "selective_step", (3, 5, 12), _check_step, STEP_IDEAS),
    exercise(HINTS, "08.9", "A window that ends at a reset", "short_conv", (3, 4, 12), _check_short, SHORT_IDEAS),
)
