"""Answers to exercises 08.6 and 08.7."""

import numpy as np
import torch

from . import right, wrong

# 08.6 The matrix of HiPPO


@right("08.6")
def entry_by_entry(N):
    A = torch.zeros(N, N, dtype=torch.float64)
    for n in range(N):
        for k in range(n):
            A[n, k] = -((2 * n + 1) ** 0.5) * (2 * k + 1) ** 0.5
        A[n, n] = -(n + 1)
    return A, torch.tensor([(2 * n + 1) ** 0.5 for n in range(N)], dtype=torch.float64)


@right("08.6")
def from_a_scaled_triangle(N):
    # R (strictly lower ones + something on the diagonal) R, in numpy.
    n = np.arange(N)
    R = np.diag(np.sqrt(2 * n + 1))
    inner = np.tril(np.ones((N, N)), -1) + np.diag((n + 1) / (2 * n + 1))
    return -R @ inner @ R, R @ np.ones(N)


def _legs(key, change):
    def fn(N):
        n = torch.arange(N, dtype=torch.float64)
        return change(n, torch.sqrt(2 * n + 1))

    fn.__name__ = f"{key}_{change.__code__.co_firstlineno}"
    return wrong("08.6", key)(fn)


def _below(r):
    return torch.tril(torch.outer(r, r), -1)


_legs("grows", lambda n, r: (_below(r) + torch.diag(n + 1), r))
_legs("transposed", lambda n, r: ((-_below(r) - torch.diag(n + 1)).T, r))
_legs("no_roots", lambda n, r: (-_below(r**2) - torch.diag(n + 1), r))
_legs("no_roots", lambda n, r: (-_below(r**2) - torch.diag(n + 1), r**2))
_legs("diagonal_from_zero", lambda n, r: (-_below(r) - torch.diag(n), r))
_legs("diagonal_like_the_rest", lambda n, r: (-torch.tril(torch.outer(r, r)), r))
_legs("diagonal_positive", lambda n, r: (-_below(r) + torch.diag(n + 1), r))
_legs(
    "counted_from_one",
    lambda n, r: (-_below(torch.sqrt(2 * n + 3)) - torch.diag(n + 2), torch.sqrt(2 * n + 3)),
)
_legs("not_causal", lambda n, r: (-torch.outer(r, r) + torch.diag(r**2) - torch.diag(n + 1), r))
_legs(
    "legt",
    lambda n, r: (-torch.outer(r, r) * torch.where(n[:, None] >= n, 1.0, (-1.0) ** (n[:, None] - n)), r),
)
_legs("b_without_root", lambda n, r: (-_below(r) - torch.diag(n + 1), r**2))
_legs("b_without_root", lambda n, r: (-_below(r) - torch.diag(n + 1), torch.ones_like(r)))


@wrong("08.6", "shape")
def b_as_a_column(N):
    A, B = entry_by_entry(N)
    return A, B[:, None]


@wrong("08.6", "type")
def without_b(N):
    return entry_by_entry(N)[0]


# 08.7 The kernel of S4D


@right("08.7")
def by_a_loop_of_modes(A, C, dt, L):
    K = torch.zeros(L, dtype=torch.float64)
    for a, c in zip(A, C):
        h = torch.expm1(dt * a) / a if not a.is_complex() else (torch.exp(dt * a) - 1) / a
        for k in range(L):
            K[k] += 2 * (c * h).real
            h = h * torch.exp(dt * a)
    return K


@right("08.7")
def by_a_vandermonde_matrix(A, C, dt, L):
    a = np.exp(dt * A.numpy())
    V = np.vander(a, L, increasing=True)
    w = C.numpy() * (a - 1) / A.numpy()
    return w @ V + np.conj(w) @ np.conj(V)


@right("08.7")
def by_sines_and_cosines(A, C, dt, L):
    k = torch.arange(L)
    w = C * (torch.exp(dt * A) - 1) / A
    size, turn = torch.exp(dt * A.real[:, None] * k), dt * A.imag[:, None] * k
    return 2 * (size * (w.real[:, None] * turn.cos() - w.imag[:, None] * turn.sin())).sum(0)


def _s4d(key, change):
    def fn(A, C, dt, L):
        a = torch.exp(dt * A)
        return change(A, C, dt, L, a, a[:, None] ** torch.arange(L), (a - 1) / A)

    fn.__name__ = f"{key}_{change.__code__.co_firstlineno}"
    return wrong("08.7", key)(fn)


_s4d("no_twin", lambda A, C, dt, L, a, V, b: ((C * b) @ V).real)
_s4d("still_complex", lambda A, C, dt, L, a, V, b: (C * b) @ V)
_s4d("imaginary", lambda A, C, dt, L, a, V, b: 2 * ((C * b) @ V).imag)
_s4d("size", lambda A, C, dt, L, a, V, b: 2 * ((C * b) @ V).abs())
_s4d("real_too_early", lambda A, C, dt, L, a, V, b: 2 * (C * b).real @ V.real)
_s4d("real_too_early", lambda A, C, dt, L, a, V, b: 2 * C.real @ (b[:, None] * V).real)
_s4d("conjugated", lambda A, C, dt, L, a, V, b: 2 * ((C.conj() * b) @ V).real)
_s4d("b_euler", lambda A, C, dt, L, a, V, b: 2 * ((C * dt) @ V).real)
_s4d("b_missing", lambda A, C, dt, L, a, V, b: 2 * (C @ V).real)
_s4d("euler", lambda A, C, dt, L, a, V, b: 2 * ((C * dt) @ (1 + dt * A)[:, None] ** torch.arange(L)).real)
_s4d("late", lambda A, C, dt, L, a, V, b: 2 * ((C * b * a) @ V).real)
_s4d("no_a", lambda A, C, dt, L, a, V, b: 2 * ((C * (a - 1)) @ V).real)
_s4d("mean", lambda A, C, dt, L, a, V, b: 2 * ((C * b)[:, None] * V).mean(0).real)
_s4d("reversed", lambda A, C, dt, L, a, V, b: 2 * ((C * b) @ V).real.flip(0))


@wrong("08.7", "no_dt")
def forgets_dt(A, C, dt, L):
    return by_a_loop_of_modes(A, C, 1.0, L)


@wrong("08.7", "shape")
def a_kernel_a_mode(A, C, dt, L):
    a = torch.exp(dt * A)
    return 2 * ((C * (a - 1) / A)[:, None] * a[:, None] ** torch.arange(L)).real
