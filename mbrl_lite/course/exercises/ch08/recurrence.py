"""Exercises 08.1 to 08.3: a held input, the kernel of a recurrence, and a convolution that never looks ahead."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake, pair_of
from mbrl_lite.course.exercises.ch08.recurrence_ideas import CONV_IDEAS, HINTS, HOLD_IDEAS, KERNEL_IDEAS
from mbrl_lite.course.values import as_array

# --- 08.1 ------------------------------------------------------------------------------------------------------------


def _flow(A, B, h, u, dt, steps=400) -> np.ndarray:
    """The end of h' = A h + B u after dt by many small Runge-Kutta steps, u held."""
    slope, d = lambda h: A @ h + B * u, dt / steps
    for _ in range(steps):
        k1 = slope(h)
        k2 = slope(h + d / 2 * k1)
        k3 = slope(h + d / 2 * k2)
        h = h + d / 6 * (k1 + 2 * k2 + 2 * k3 + slope(h + d * k3))
    return h


def _held(A, B, dt) -> tuple[np.ndarray, np.ndarray]:
    """A_bar column by column, from each unit state without input; B_bar from rest, with input 1."""
    unit = np.eye(len(A))
    return np.stack([_flow(A, B, e, 0.0, dt) for e in unit], 1), _flow(A, B, 0 * B, 1.0, dt)


def _hold_mistakes(A, B, dt) -> dict:
    (right, held), one = _held(A, B, dt), np.eye(len(A))
    back, half = np.linalg.inv(one - dt * A), np.linalg.inv(one - dt / 2 * A)
    mistakes = {
        "euler": (one + dt * A, dt * B),
        "input_euler": (right, dt * B),
        "input_as_it_is": (right, B),
        "pushed_at_the_start": (right, right @ B * dt),
        "pushed_at_the_start whole": (right, right @ B),
        "backward_euler": (back, back @ B * dt),
        "bilinear": (half @ (one + dt / 2 * A), half @ B * dt),
        "no_dt": _held(A, B, 1.0),
        "dt_too_often": (right, held * dt),
        "b_lacks_dt": (right, held / dt),
        "sign_of_b": (right, -held),
    }
    wrong_exp = np.exp(dt * A)
    inputs = [held, dt * B, B, wrong_exp @ B, wrong_exp @ B * dt]
    if abs(np.linalg.det(A)) > 1e-9:
        inputs.append(np.linalg.solve(A, (wrong_exp - one) @ B))
        mistakes["one_everywhere"] = (right, np.linalg.solve(A, (right - 1) @ B))
    return mistakes | {f"elementwise {i}": (wrong_exp, b) for i, b in enumerate(inputs)}


def _check_hold(answer) -> None:
    import torch

    for A, B, dt in (
        ([[-0.5, 1.0], [-2.0, -0.25]], [0.75, 1.5], 0.5),
        ([[0.0, 1.0], [-4.0, -0.5]], [0.0, 1.0], 0.25),
        ([[-1.0, 0.5, 0.0], [0.25, -0.5, 1.0], [0.0, -1.5, -0.75]], [1.0, 0.0, -0.5], 0.8),
    ):
        A, B = np.array(A), np.array(B)
        args = (torch.tensor(A), torch.tensor(B), dt)
        N = len(B)
        got = pair_of(answer(*args), ((N, N), (N,)), answer.called(*args), "`(A_bar, B_bar)`")
        when = f"With N = {N} and dt = {dt}, A[0] = {A[0].tolist()}, B = {B.tolist()}: "
        name_mistake(got, _held(A, B, dt), _hold_mistakes(A, B, dt), HOLD_IDEAS, when)
    A, B = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([0.0, 0.5])
    args = (torch.tensor(A), torch.tensor(B), 2.0)
    when = "For a mass without spring and damper, A = [[0, 1], [0, 0]] and dt = 2, "
    try:
        got = pair_of(answer(*args), ((2, 2), (2,)), answer.called(*args), "`(A_bar, B_bar)`")
    except Wrong as wrong:
        if wrong.key != "raised":
            raise
        raise Wrong("singular", f"{when}your function failed: {HOLD_IDEAS['singular']} ({wrong})") from None
    if not all(np.isfinite(part).all() for part in got):
        raise Wrong("singular", f"{when}your result is not finite: {HOLD_IDEAS['singular']}")
    name_mistake(got, _held(A, B, 2.0), {"singular": got}, HOLD_IDEAS, when)  # all else was right: it is the inverse


# --- 08.2 ------------------------------------------------------------------------------------------------------------


def _impulse(A, B, C, L) -> np.ndarray:
    """What comes out of the recurrence, step by step, when 1 goes in at step 0 and nothing later."""
    h, out = np.zeros(len(B)), []
    for t in range(L):
        h = A @ h + B * (t == 0)
        out.append(C @ h)
    return np.array(out)


def _kernel_mistakes(A, B, C, L) -> dict:
    powers = [np.linalg.matrix_power(A, k) for k in range(L + 1)]
    right, squares, square = _impulse(A, B, C, L), [], np.eye(len(A))
    for k in range(L):
        squares.append(C @ square @ B)
        square = A if k == 0 else square @ square
    return {
        "late": np.array([C @ powers[k + 1] @ B for k in range(L)]),
        "elementwise": np.array([C @ A**k @ B for k in range(L)]),
        "elementwise first right": np.array([C @ B] + [C @ A**k @ B for k in range(1, L)]),
        "reversed": right[::-1],
        "swapped": np.array([B @ powers[k] @ C for k in range(L)]),
        "step_response": np.cumsum(right),
        "squared": np.array(squares),
        "no_c": np.array([(powers[k] @ B).sum() for k in range(L)]),
        "one_power": np.array([C @ B] + [C @ A @ B] * (L - 1)),
    }


def _check_kernel(answer) -> None:
    import torch

    for seed, N, L in ((0, 2, 4), (1, 3, 7), (2, 3, 1)):
        rng = np.random.default_rng(seed)
        A, B, C = (rng.uniform(-0.9, 0.9, shape).round(2) for shape in ((N, N), (N,), (N,)))
        args = (*map(torch.tensor, (A, B, C)), L)
        got = as_array(answer(*args), (L,), answer.called(*args))
        when = f"With {N} states and L = {L}, C B = {C @ B:.4g}: "
        name_mistake(got, _impulse(A, B, C, L), _kernel_mistakes(A, B, C, L), KERNEL_IDEAS, when)


# --- 08.3 ------------------------------------------------------------------------------------------------------------


def _convolved(u, K) -> np.ndarray:
    """y_t as the sum over k of K_k u_{t - k}, term by term."""
    y = np.zeros_like(u)
    for t in range(u.shape[1]):
        for k in range(min(t + 1, len(K))):
            y[:, t] += K[k] * u[:, t - k]
    return y


def _around(u, K, n, back=None) -> np.ndarray:
    """The convolution on a circle of n steps, as much of it as there are inputs; `back` is what `irfft` is told."""
    whole = np.fft.irfft(np.fft.rfft(u, n) * np.fft.rfft(K, n), n if back is None else back)
    return whole[:, : u.shape[1]]


def _conv_mistakes(u, K) -> dict:
    T, L = u.shape[1], len(K)
    full = np.stack([np.convolve(row, K) for row in u])
    side = np.pad(full, ((0, 0), (0, T)))
    mistakes = {
        "flipped": _convolved(u, K[::-1]),
        "ahead": _convolved(u[:, ::-1], K)[:, ::-1],
        "centred": side[:, (L - 1) // 2 : (L - 1) // 2 + T],
        "centred half": side[:, L // 2 : L // 2 + T],
        "last_part": full[:, -T:],
        "late": np.pad(_convolved(u, K), ((0, 0), (1, 0)))[:, :T],
        "newest_only": u * K[0],
    }
    circles = {f"circular {n}": _around(u, K, n) for n in {T, max(T, L), 2 * T}}
    if T != L:
        circles["circular kernel cut"] = _around(u, K[:T], T)
    odd = {f"odd_circle {n}": _around(u, K, n, n - 1) for n in (T + L - 1, T + L) if n % 2 and n > T}
    return mistakes | circles | odd


def _check_conv(answer) -> None:
    import torch

    for seed, B, T, L in ((0, 2, 8, 8), (1, 1, 9, 3), (2, 3, 4, 7), (3, 2, 1, 1)):
        rng = np.random.default_rng(seed)
        u, K = rng.normal(size=(B, T)).round(2), rng.normal(size=L).round(2)
        args = (torch.tensor(u), torch.tensor(K))
        got = as_array(answer(*args), (B, T), answer.called(*args), "B and time")
        when = f"With {T} inputs and a kernel of {L}, "
        name_mistake(got, _convolved(u, K), _conv_mistakes(u, K), CONV_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "08.1", "Hold the input", "discretise", (3, 4, 12), _check_hold, HOLD_IDEAS),
    exercise(HINTS, "08.2", "The kernel of a recurrence", "ssm_kernel", (2, 4, 8), _check_kernel, KERNEL_IDEAS),
    exercise(HINTS, "08.3", "A convolution that never looks ahead", "causal_conv", (3, 4, 12), _check_conv, CONV_IDEAS),
)
