"""Answers to exercises 08.1 to 08.7, from hold to S4D, by someone who had not seen the checks."""

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong

# 08.1 Hold the input


@right("08.1")
def block_with_identity(A, B, dt):
    n = len(B)
    big = torch.zeros(2 * n, 2 * n, dtype=A.dtype)
    big[:n, :n], big[:n, n:] = A, torch.eye(n, dtype=A.dtype)
    e = torch.linalg.matrix_exp(big * dt)
    return e[:n, :n], e[:n, n:] @ B


@right("08.1")
def halve_and_double(A, B, dt):
    one = torch.eye(len(B), dtype=A.dtype)
    small = A * (dt / 2**20)
    A_bar, held = one + small + small @ small / 2 + small @ small @ small / 6, one.clone()
    held = (dt / 2**20) * (one + small / 2 + small @ small / 6)
    for _ in range(20):
        A_bar, held = A_bar @ A_bar, held + A_bar @ held
    return A_bar, held @ B


@wrong("08.1", "singular")
def pseudo_inverse(A, B, dt):
    """A pseudo-inverse loses what has no spring."""
    A_bar = torch.linalg.matrix_exp(dt * A)
    return A_bar, torch.linalg.pinv(A) @ (A_bar - torch.eye(len(B), dtype=A.dtype)) @ B


@wrong("08.1", "one_everywhere")
def minus_the_number_one(A, B, dt):
    """Subtracts 1 from every entry instead of the identity."""
    A_bar = torch.linalg.matrix_exp(dt * A)
    return A_bar, torch.linalg.pinv(A) @ (A_bar - 1) @ B


@wrong("08.1", "b_lacks_dt")
def b_is_not_scaled(A, B, dt):
    """The extra column is not multiplied by dt."""
    big = torch.zeros(len(B) + 1, len(B) + 1, dtype=A.dtype)
    big[:-1, :-1], big[:-1, -1] = dt * A, B
    e = torch.linalg.matrix_exp(big)
    return e[:-1, :-1], e[:-1, -1]


@wrong("08.1", "value")
def dt_outside(A, B, dt):
    """dt times e^A, not e^(dt A)."""
    big = F.pad(torch.cat([A, B[:, None]], 1), (0, 0, 0, 1))
    e = dt * torch.linalg.matrix_exp(big)
    return e[:-1, :-1], e[:-1, -1]


# 08.2 The kernel of a recurrence


@right("08.2")
def by_eigenvalues(A_bar, B_bar, C, L):
    values, V = torch.linalg.eig(A_bar)
    read, written = C.to(V.dtype) @ V, torch.linalg.solve(V, B_bar.to(V.dtype))
    return (read * written * values ** torch.arange(L)[:, None]).sum(-1).real


@wrong("08.2", "swapped")
def transposed(A_bar, B_bar, C, L):
    """h A instead of A h."""
    h, out = B_bar, []
    for _ in range(L):
        out.append(C @ h)
        h = h @ A_bar
    return torch.stack(out)


@wrong("08.2", "value")
def zero_first(A_bar, B_bar, C, L):
    """The kick comes a step late: K begins with 0."""
    h, kick, out = torch.zeros_like(B_bar), 1.0, []
    for _ in range(L):
        out.append(C @ h)
        h, kick = A_bar @ h + kick * B_bar, 0.0
    return torch.stack(out)


@wrong("08.2", "shape")
def one_too_many(A_bar, B_bar, C, L):
    """K_0 to K_L."""
    return by_eigenvalues(A_bar, B_bar, C, L + 1)


@wrong("08.2", "changed_input")
def writes_over_b(A_bar, B_bar, C, L):
    """h is B_bar itself, and is written over."""
    h, out = B_bar, []
    for _ in range(L):
        out.append(C @ h)
        h[:] = A_bar @ h
    return torch.stack(out)


# 08.3 A convolution that never looks ahead


@right("08.3")
def kernel_cut_then_circle(u, K):
    T = u.shape[1]
    n = 2 * T
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K[:T], n), n)[:, :T]


@right("08.3")
def sequence_by_sequence(u, K):
    return torch.stack([torch.from_numpy(np.convolve(r.numpy(), K.numpy())[: len(r)]) for r in u])


@wrong("08.3", "circular")
def circle_of_twice_t(u, K):
    """2 T is enough for L up to T + 1, and no further."""
    n = 2 * u.shape[1]
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, : u.shape[1]]


@wrong("08.3", "odd_circle")
def back_without_n(u, K):
    """irfft is not told n, and an odd circle comes back one step shorter."""
    n = u.shape[1] + len(K) - 1
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n))[:, : u.shape[1]]


@wrong("08.3", "value")
def rows_in_a_row(u, K):
    """The batch as one long row: a sequence rings on into the next."""
    y = np.convolve(u.flatten().numpy(), K.numpy())[: u.numel()]
    return torch.from_numpy(y).reshape(u.shape)


@wrong("08.3", "raised")
def pad_by_the_difference(u, K):
    """Makes K as long as u and forgets that L may be larger."""
    y, T = torch.zeros_like(u), u.shape[1]
    K = torch.cat([K, K.new_zeros(T - len(K))])
    for t in range(T):
        y[:, t] = u[:, : t + 1] @ K[: t + 1].flip(0)
    return y


# 08.4 Two steps in one


@right("08.4")
def as_matrices(left, right_):
    def matrix(a, b):
        return torch.stack([torch.stack([a, b], -1), torch.stack([0 * a, 1 + 0 * a], -1)], -2)

    both = matrix(*right_) @ matrix(*left)
    return both[..., 0, 0], both[..., 0, 1]


@wrong("08.4", "value")
def b1_decays_twice(left, right_):
    """b1 is multiplied by both factors."""
    a = left[0] * right_[0]
    return a, a * left[1] + right_[1]


# 08.5 Two steps in one, with resets


@right("08.5")
def row_by_row(left, right_):
    (a1, b1, r1), (a2, b2, r2) = left, right_
    a, b, r = a1 * a2, a2 * b1 + b2, r1 | r2
    for i, cleared in enumerate(r2.tolist()):
        if cleared:
            a[i], b[i] = a2[i], b2[i]
    return a, b, r


@wrong("08.5", "value")
def one_of_the_two(left, right_):
    """Exclusive or: two resets cancel."""
    (a1, b1, r1), (a2, b2, r2) = left, right_
    return a1 * a2, a2 * (b1 * ~r2[:, None]) + b2, r1 ^ r2


@wrong("08.5", "not_a_flag")
def numbers_for_flags(left, right_):
    """Takes bool and gives back float: the next pair cannot say `not` to it."""
    (a1, b1, r1), (a2, b2, r2) = left, right_
    return a1 * a2, a2 * b1 * ~r2[:, None] + b2, torch.maximum(r1.to(a1.dtype), r2.to(a1.dtype))


@wrong("08.5", "shape")
def flag_per_number(left, right_):
    """A reset for each number, (B, N)."""
    (a1, b1, r1), (a2, b2, r2) = left, right_
    cut = r2[:, None].expand_as(b1)
    return a1 * a2, torch.where(cut, b2, a2 * b1 + b2), r1[:, None].expand_as(b1) | cut


# 08.6 The matrix of HiPPO


@right("08.6")
def all_then_where(N):
    n = torch.arange(N, dtype=torch.float64)
    B = (2 * n + 1) ** 0.5
    row, column = torch.meshgrid(n, n, indexing="ij")
    below = torch.where(row > column, -B[:, None] * B, 0.0)
    return below - torch.diag_embed(n + 1), B


@right("08.6")
def in_the_default_dtype(N):
    """Right in the notebook, whose default is float64."""
    B = torch.sqrt(2 * torch.arange(N) + 1)
    return -torch.tril(torch.outer(B, B), -1) - torch.diag(torch.arange(N) + 1.0), B


@wrong("08.6", "diagonal_twice")
def diagonal_added_twice(N):
    """tril keeps the diagonal, and n + 1 is added to it."""
    n = torch.arange(N, dtype=torch.float64)
    B = (2 * n + 1) ** 0.5
    return -(torch.tril(torch.outer(B, B)) + torch.diag(n + 1)), B


@wrong("08.6", "value")
def b_negative_too(N):
    """B gets the minus sign as well."""
    A, B = all_then_where(N)
    return A, -B


@wrong("08.6", "float32")
def in_float32(N):
    """float32 by hand."""
    n = torch.arange(N).float()
    B = (2 * n + 1).sqrt()
    return -torch.tril(torch.outer(B, B), -1) - torch.diag(n + 1), B


# 08.7 The kernel of S4D


@right("08.7")
def both_twins(A, C, dt, L):
    A, C = torch.cat([A, A.conj()]), torch.cat([C, C.conj()])
    A_bar = torch.exp(A * dt)
    powers = torch.exp(torch.outer(torch.arange(L).to(A.dtype), dt * A))
    return (powers @ (C * (A_bar - 1) / A)).real


@wrong("08.7", "value")
def no_dt_in_the_powers(A, C, dt, L):
    """e^(k A): the step size is forgotten in the powers."""
    A_bar = torch.exp(dt * A)
    return 2 * ((C * (A_bar - 1) / A)[:, None] * torch.exp(A[:, None] * torch.arange(L))).sum(0).real
