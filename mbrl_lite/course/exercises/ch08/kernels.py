"""Exercises 08.6 and 08.7: the matrix of HiPPO-LegS, and the kernel of S4D."""

from contextlib import contextmanager

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake, pair_of
from mbrl_lite.course.exercises.ch08.kernels_ideas import HINTS, LEGS_IDEAS, S4D_IDEAS
from mbrl_lite.course.values import as_array

# --- 08.6 ------------------------------------------------------------------------------------------------------------


def _projected(N) -> tuple[np.ndarray, np.ndarray]:
    """A and B from what they are for: the derivative of each coefficient of the past, by integrals over polynomials.

    With g_n the normed polynomials on [-1, 1] the derivative of c_n is (f g_n(1) - c_n - <(z + 1) g_n', past>) / t.
    """
    from numpy.polynomial import legendre

    z, weight = legendre.leggauss(2 * N + 2)
    g = [legendre.Legendre.basis(n) * np.sqrt(2 * n + 1) for n in range(N)]
    slopes = [[np.sum(weight * (z + 1) * p.deriv()(z) * q(z)) / 2 for q in g] for p in g]
    return -np.eye(N) - np.array(slopes), np.array([p(1.0) for p in g])


def _legs_mistakes(N) -> dict:
    A, B = _projected(N)
    n = np.arange(N)
    root, off = np.sqrt(2 * n + 1), ~np.eye(N, dtype=bool)
    outer, diagonal = np.outer(root, root), np.diag(np.diag(A))
    below, ones = np.tril(np.ones((N, N)), -1), np.ones(N)
    sides = np.where(below > 0, 1.0, (-1.0) ** np.abs(n[:, None] - n))
    shifted = np.sqrt(2 * (n + 1) + 1)
    return {
        "grows": (-A, B),
        "transposed": (A.T, B),
        "no_roots": (-(below * outer**2) + diagonal, B),
        "no_roots both": (-(below * outer**2) + diagonal, root**2),
        "no_roots one": (-(below * (root**2)[:, None]) + diagonal, B),
        "diagonal_from_zero": (A * off - np.diag(n * 1.0), B),
        "diagonal_like_the_rest": (-np.tril(outer), B),
        "diagonal_twice": (-np.tril(outer) + diagonal, B),
        "diagonal_positive": (A * off - diagonal, B),
        "counted_from_one": (-(below * np.outer(shifted, shifted)) - np.diag(n + 2.0), shifted),
        "not_causal": (-outer * off + diagonal, B),
        "legt": (-outer * sides, B),
        "b_without_root": (A, root**2),
        "b_without_root ones": (A, ones),
    }


@contextmanager
def _in_float64():
    """The notebook makes its tensors in float64, unless told otherwise; so does an answer while it is checked."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _check_legs(answer) -> None:
    import torch

    for N in (4, 7, 1):
        with _in_float64():
            result = answer(N)
        got = pair_of(result, ((N, N), (N,)), answer.called(N), "`(A, B)`")
        name_mistake(got, _projected(N), _legs_mistakes(N), LEGS_IDEAS, f"With N = {N}, ")
        if any(isinstance(part, torch.Tensor) and part.dtype != torch.float64 for part in result):
            came = " and ".join(str(getattr(part, "dtype", "numpy")).removeprefix("torch.") for part in result)
            raise Wrong("float32", f"With N = {N}, A and B came in {came}: {LEGS_IDEAS['float32']}")


# --- 08.7 ------------------------------------------------------------------------------------------------------------


def _ringing(A, C, dt, L) -> np.ndarray:
    """The kernel step by step, each mode and its conjugate twin run apart and added."""
    out = np.zeros(L, dtype=complex)
    for mode, read in zip(A, C, strict=True):
        for a, c in ((mode, read), (np.conj(mode), np.conj(read))):
            h = (np.exp(dt * a) - 1) / a
            for k in range(L):
                out[k] += c * h
                h = np.exp(dt * a) * h
    return out.real


def _s4d_mistakes(A, C, dt, L) -> dict:
    a, k = np.exp(dt * A), np.arange(L)
    hold = (a - 1) / A

    def kernel(C=C, b=hold, a=a, k=k):
        return (C * b * a ** k[:, None]).sum(-1)

    parts = [(C * hold).real * (a ** k[:, None]).real, C.real * (hold * a ** k[:, None]).real]
    return {
        "no_twin": kernel().real,
        "imaginary": 2 * kernel().imag,
        "size": 2 * np.abs(kernel()),
        "size inside": 2 * np.abs(C * hold * a ** k[:, None]).sum(-1),
        "real_too_early": 2 * parts[0].sum(-1),
        "real_too_early reading": 2 * parts[1].sum(-1),
        "real_too_early decay": 2 * (C.real * hold.real * (a ** k[:, None]).real).sum(-1),
        "conjugated": 2 * kernel(np.conj(C)).real,
        "b_euler": 2 * kernel(b=dt).real,
        "b_missing": 2 * kernel(b=1.0).real,
        "euler": 2 * kernel(a=1 + dt * A, b=dt).real,
        "euler hold": 2 * kernel(a=1 + dt * A).real,
        "late": 2 * kernel(k=k + 1).real,
        "no_dt": 2 * kernel(a=np.exp(A), b=(np.exp(A) - 1) / A).real,
        "no_a": 2 * kernel(b=a - 1).real,
        "mean": 2 * kernel().real / len(A),
        "reversed": 2 * kernel().real[::-1],
    }


def _check_s4d(answer) -> None:
    import torch

    for seed, N, dt, L in ((0, 3, 0.1, 5), (1, 2, 0.3, 8), (2, 1, 0.5, 1)):
        rng = np.random.default_rng(seed)
        A = -rng.uniform(0.3, 0.9, N).round(2) + 1j * rng.uniform(1, 6, N).round(2)
        C = rng.normal(size=N).round(2) + 1j * rng.normal(size=N).round(2)
        args = (torch.tensor(A), torch.tensor(C), dt, L)
        result, when = answer(*args), f"With {N} modes, dt = {dt} and L = {L}, "
        if isinstance(result, torch.Tensor) and result.is_complex():
            raise Wrong("still_complex", f"{when}your kernel is complex: {S4D_IDEAS['still_complex']}")
        got = as_array(result, (L,), answer.called(*args))
        mistakes = _s4d_mistakes(A, C, dt, L)
        name_mistake(got, _ringing(A, C, dt, L), mistakes, S4D_IDEAS, when)


EXERCISES = (
    exercise(HINTS, "08.6", "The matrix of HiPPO", "legs", (2, 3, 10), _check_legs, LEGS_IDEAS),
    exercise(HINTS, "08.7", "The kernel of S4D", "s4d_kernel", (3, 4, 12), _check_s4d, S4D_IDEAS),
)
