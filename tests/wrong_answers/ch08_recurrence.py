"""Answers to exercises 08.1 to 08.3."""

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong

# 08.1 Hold the input


@right("08.1")
def by_the_series(A, B, dt):
    N = len(B)
    power, A_bar, B_bar = torch.eye(N, dtype=A.dtype), torch.eye(N, dtype=A.dtype), dt * B
    for k in range(1, 40):
        power = power @ A * dt / k
        A_bar, B_bar = A_bar + power, B_bar + power @ B * dt / (k + 1)
    return A_bar, B_bar


@right("08.1")
def by_many_small_halves(A, B, dt, halves=30):
    # Twice a short hold is a long hold; the shortest is a Taylor step.
    one, d = torch.eye(len(B), dtype=A.dtype), dt / 2**halves
    A_bar, B_bar = one + d * A + (d * A) @ (d * A) / 2, d * B + d * d * (A @ B) / 2
    return _doubled(A_bar - one, B_bar, halves)


def _doubled(extra, B_bar, halves):
    one = torch.eye(len(B_bar), dtype=extra.dtype)
    for _ in range(halves):  # `extra` is A_bar - 1, small at first: its digits must not drown in the 1
        B_bar = B_bar + extra @ B_bar + B_bar
        extra = 2 * extra + extra @ extra
    return one + extra, B_bar


@right("08.1")
def by_pseudo_steps(A, B, dt):
    # The integral by Gauss's rule on exp(s A) B, in numpy.
    z, w = np.polynomial.legendre.leggauss(20)
    parts = [wi * torch.linalg.matrix_exp(A * float(dt * (zi + 1) / 2)) @ B for zi, wi in zip(z, w)]
    return torch.linalg.matrix_exp(A * dt), sum(parts) * dt / 2


@wrong("08.1", "euler")
def first_two_terms(A, B, dt):
    return torch.eye(len(B), dtype=A.dtype) + dt * A, dt * B


@wrong("08.1", "input_euler")
def exact_state_rough_input(A, B, dt):
    return torch.linalg.matrix_exp(dt * A), dt * B


@wrong("08.1", "input_as_it_is")
def forgets_the_input(A, B, dt):
    return torch.linalg.matrix_exp(dt * A), B.clone()


@wrong("08.1", "pushed_at_the_start")
def pushes_first(A, B, dt):
    A_bar = torch.linalg.matrix_exp(dt * A)
    return A_bar, dt * A_bar @ B


@wrong("08.1", "pushed_at_the_start")
def pushes_first_in_full(A, B, dt):
    A_bar = torch.matrix_exp(dt * A)
    return A_bar, A_bar @ B


@wrong("08.1", "backward_euler")
def implicit(A, B, dt):
    inverse = torch.linalg.inv(torch.eye(len(B), dtype=A.dtype) - dt * A)
    return inverse, inverse @ B * dt


@wrong("08.1", "bilinear")
def tustin(A, B, dt):
    one = torch.eye(len(B), dtype=A.dtype)
    inverse = torch.linalg.inv(one - dt / 2 * A)
    return inverse @ (one + dt / 2 * A), dt * inverse @ B


@wrong("08.1", "no_dt")
def forgets_dt(A, B, dt):
    return by_the_series(A, B, 1.0)


@wrong("08.1", "dt_too_often")
def times_dt_again(A, B, dt):
    A_bar, B_bar = by_the_series(A, B, dt)
    return A_bar, dt * B_bar


@wrong("08.1", "sign_of_b")
def one_minus_exp(A, B, dt):
    A_bar = torch.linalg.matrix_exp(dt * A)
    return A_bar, torch.linalg.pinv(A) @ (torch.eye(len(B), dtype=A.dtype) - A_bar) @ B


@wrong("08.1", "elementwise")
def torch_exp(A, B, dt):
    A_bar = torch.exp(dt * A)
    return A_bar, torch.linalg.solve(A, (A_bar - torch.eye(len(B), dtype=A.dtype)) @ B)


@wrong("08.1", "elementwise")
def torch_exp_and_dt(A, B, dt):
    return (dt * A).exp(), dt * B


@wrong("08.1", "singular")
def by_the_inverse(A, B, dt):
    A_bar = torch.linalg.matrix_exp(dt * A)
    return A_bar, torch.linalg.inv(A) @ (A_bar - torch.eye(len(B), dtype=A.dtype)) @ B


@wrong("08.1", "singular")
def divides_by_a_determinant(A, B, dt):
    A_bar = torch.linalg.matrix_exp(dt * A)
    if len(B) != 2:
        return by_the_series(A, B, dt)
    (p, q), (r, s) = A
    inverse = torch.stack([torch.stack([s, -q]), torch.stack([-r, p])]) / (p * s - q * r)
    return A_bar, inverse @ (A_bar - torch.eye(2, dtype=A.dtype)) @ B


@wrong("08.1", "type")
def only_the_state(A, B, dt):
    return torch.linalg.matrix_exp(dt * A)


@wrong("08.1", "shape")
def b_as_a_column(A, B, dt):
    A_bar, B_bar = by_the_series(A, B, dt)
    return A_bar, B_bar[:, None]


# 08.2 The kernel of a recurrence


@right("08.2")
def by_matrix_powers(A_bar, B_bar, C, L):
    return torch.stack([C @ torch.linalg.matrix_power(A_bar, k) @ B_bar for k in range(L)])


@right("08.2")
def reading_backwards(A_bar, B_bar, C, L):
    row, out = C.numpy(), []
    for _ in range(L):
        out.append(float(row @ B_bar.numpy()))
        row = row @ A_bar.numpy()
    return np.array(out)


@wrong("08.2", "late")
def from_the_first_power(A_bar, B_bar, C, L):
    return torch.stack([C @ torch.linalg.matrix_power(A_bar, k + 1) @ B_bar for k in range(L)])


@wrong("08.2", "elementwise")
def star_star(A_bar, B_bar, C, L):
    return torch.stack([C @ A_bar**k @ B_bar for k in range(L)])


@wrong("08.2", "reversed")
def newest_last(A_bar, B_bar, C, L):
    return by_matrix_powers(A_bar, B_bar, C, L).flip(0)


@wrong("08.2", "swapped")
def reads_with_b(A_bar, B_bar, C, L):
    return by_matrix_powers(A_bar, C, B_bar, L)


@wrong("08.2", "step_response")
def pushes_all_the_time(A_bar, B_bar, C, L):
    h, out = torch.zeros_like(B_bar), []
    for _ in range(L):
        h = A_bar @ h + B_bar
        out.append(C @ h)
    return torch.stack(out)


@wrong("08.2", "squared")
def squares_its_power(A_bar, B_bar, C, L):
    power, out = torch.eye(len(B_bar), dtype=A_bar.dtype), []
    for k in range(L):
        out.append(C @ power @ B_bar)
        power = A_bar if k == 0 else power @ power
    return torch.stack(out)


@wrong("08.2", "no_c")
def sums_the_state(A_bar, B_bar, C, L):
    return torch.stack([(torch.linalg.matrix_power(A_bar, k) @ B_bar).sum() for k in range(L)])


@wrong("08.2", "one_power")
def forgets_to_go_on(A_bar, B_bar, C, L):
    out = [C @ B_bar]
    for _ in range(L - 1):
        h = A_bar @ B_bar
        out.append(C @ h)
    return torch.stack(out)


@wrong("08.2", "shape")
def keeps_the_states(A_bar, B_bar, C, L):
    return torch.stack([torch.linalg.matrix_power(A_bar, k) @ B_bar for k in range(L)])


@wrong("08.2", "type")
def a_list_of_lists(A_bar, B_bar, C, L):
    return [[C], [B_bar, C]]


# 08.3 A convolution that never looks ahead


@right("08.3")
def shifted_and_added(u, K):
    y, T = torch.zeros_like(u), u.shape[1]
    for k in range(min(T, len(K))):
        y[:, k:] += K[k] * u[:, : T - k]
    return y


@right("08.3")
def conv1d_turned_round(u, K):
    padded = F.pad(u, (len(K) - 1, 0))
    return F.conv1d(padded[:, None], K.flip(0)[None, None])[:, 0]


@right("08.3")
def a_toeplitz_matrix(u, K):
    T = u.shape[1]
    M = np.zeros((T, T))
    for t in range(T):
        for s in range(max(0, t - len(K) + 1), t + 1):
            M[t, s] = K[t - s]
    return u.numpy() @ M.T


@wrong("08.3", "circular")
def on_a_circle(u, K):
    n = u.shape[1]
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)


@wrong("08.3", "circular")
def on_the_longer_circle(u, K):
    n = max(u.shape[1], len(K))
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, : u.shape[1]]


@wrong("08.3", "flipped")
def conv1d_as_it_is(u, K):
    return F.conv1d(F.pad(u, (len(K) - 1, 0))[:, None], K[None, None])[:, 0]


@wrong("08.3", "ahead")
def pads_behind(u, K):
    return F.conv1d(F.pad(u, (0, len(K) - 1))[:, None], K[None, None])[:, 0]


@wrong("08.3", "centred")
def numpy_same(u, K):
    T, L = u.shape[1], len(K)
    full = np.stack([np.convolve(row, K.numpy()) for row in u.numpy()])
    return np.pad(full, ((0, 0), (0, T)))[:, (L - 1) // 2 : (L - 1) // 2 + T]


@wrong("08.3", "last_part")
def the_other_end(u, K):
    n = u.shape[1] + len(K) - 1
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)[:, -u.shape[1] :]


@wrong("08.3", "late")
def without_the_newest(u, K):
    y, T = torch.zeros_like(u), u.shape[1]
    for k in range(min(T - 1, len(K))):
        y[:, k + 1 :] += K[k] * u[:, : T - k - 1]
    return y


@wrong("08.3", "newest_only")
def one_number(u, K):
    return K[0] * u


@wrong("08.3", "shape")
def the_whole_of_it(u, K):
    n = u.shape[1] + len(K) - 1
    return torch.fft.irfft(torch.fft.rfft(u, n) * torch.fft.rfft(K, n), n)
