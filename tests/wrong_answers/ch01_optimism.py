"""Answers to exercise 01.9, the Bernstein bonus."""

import numpy as np
import torch

from . import right, wrong


@right("01.9")
def pair_by_pair(p_hat, v, n, iota, H):
    S, A = n.shape
    bonus = np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            if n[s, a] == 0:
                bonus[s, a] = float("inf")
                continue
            mean = np.average(v, weights=p_hat[s, a])
            var = np.average((v - mean) ** 2, weights=p_hat[s, a])
            bonus[s, a] = np.sqrt(2 * var * iota / n[s, a]) + 7 * H * iota / (3 * n[s, a])
    return bonus


@right("01.9")
def cut_at_zero(p_hat, v, n, iota, H):
    var = np.maximum(p_hat @ v**2 - (p_hat @ v) ** 2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bonus = np.sqrt(2 * var * iota / n) + 7 / 3 * H * iota / n
    bonus[n == 0] = np.inf
    return bonus


@right("01.9")
def in_torch(p_hat, v, n, iota, H):
    p_hat, v, n = (torch.as_tensor(x, dtype=torch.float64) for x in (p_hat, v, n))
    mean = torch.einsum("sat,t->sa", p_hat, v)
    var = torch.einsum("sat,sat->sa", p_hat, (v - mean[:, :, None]) ** 2)
    return torch.where(n > 0, (2 * var * iota / n).sqrt() + 7 * H * iota / (3 * n), torch.inf)


def _spread(p_hat, v):
    return (p_hat * (v - (p_hat @ v)[..., None]) ** 2).sum(-1)


def _finish(first, n, iota, H):
    return np.where(n > 0, first + 7 * H * iota / (3 * np.maximum(n, 1)), np.inf)


@wrong("01.9", "no_second")
def only_the_variance(p_hat, v, n, iota, H):
    return np.where(n > 0, np.sqrt(2 * _spread(p_hat, v) * iota / np.maximum(n, 1)), np.inf)


@wrong("01.9", "no_variance")
def only_the_correction(p_hat, v, n, iota, H):
    return _finish(0.0, n, iota, H)


@wrong("01.9", "no_root")
def forgets_the_root(p_hat, v, n, iota, H):
    return _finish(2 * _spread(p_hat, v) * iota / np.maximum(n, 1), n, iota, H)


@wrong("01.9", "n_outside")
def divides_after_the_root(p_hat, v, n, iota, H):
    return _finish(np.sqrt(2 * _spread(p_hat, v) * iota) / np.maximum(n, 1), n, iota, H)


@wrong("01.9", "second_root")
def both_terms_with_a_root(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    bonus = np.sqrt(2 * _spread(p_hat, v) * iota / m) + 7 * H * iota / (3 * np.sqrt(m))
    return np.where(n > 0, bonus, np.inf)


@wrong("01.9", "second_moment")
def mean_of_squares(p_hat, v, n, iota, H):
    return _finish(np.sqrt(2 * (p_hat @ v**2) * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "unweighted")
def variance_of_v(p_hat, v, n, iota, H):
    return _finish(np.sqrt(2 * v.var() * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "no_room")
def lines_up_states_with_actions(p_hat, v, n, iota, H):
    var = (p_hat * (v - p_hat @ v) ** 2).sum(-1)
    return _finish(np.sqrt(2 * var * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "products")
def variance_of_products(p_hat, v, n, iota, H):
    return _finish(np.sqrt(2 * np.var(p_hat * v, axis=-1) * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "hoeffding")
def visits_alone(p_hat, v, n, iota, H):
    return np.where(n > 0, H * np.sqrt(iota / (2 * np.maximum(n, 1))), np.inf)


@wrong("01.9", "untried")
def at_least_one_visit(p_hat, v, n, iota, H):
    n = np.maximum(n, 1)
    return np.sqrt(2 * _spread(p_hat, v) * iota / n) + 7 * H * iota / (3 * n)


@wrong("01.9", "untried")
def divides_by_zero(p_hat, v, n, iota, H):
    with np.errstate(all="ignore"):
        return np.sqrt(2 * _spread(p_hat, v) * iota / n * (n > 0)) + 7 * H * iota / (3 * n)


@wrong("01.9", "untried")
def nothing_for_the_unknown(p_hat, v, n, iota, H):
    return np.where(n > 0, _finish(np.sqrt(2 * _spread(p_hat, v) * iota / np.maximum(n, 1)), n, iota, H), 0.0)


@wrong("01.9", "rounding")
def square_minus_square(p_hat, v, n, iota, H):
    with np.errstate(invalid="ignore"):
        var = p_hat @ v**2 - (p_hat @ v) ** 2
        return _finish(np.sqrt(2 * var * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "value")
def half_the_constant(p_hat, v, n, iota, H):
    return _finish(np.sqrt(_spread(p_hat, v) * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "value")
def the_wrong_axis_of_a_square(p_hat, v, n, iota, H):
    spread = _spread(p_hat, v)
    if p_hat.shape[0] > 2:
        spread = spread[::-1]
    return _finish(np.sqrt(2 * spread * iota / np.maximum(n, 1)), n, iota, H)


@wrong("01.9", "shape")
def one_bonus_a_state(p_hat, v, n, iota, H):
    return _finish(np.sqrt(2 * _spread(p_hat, v) * iota / np.maximum(n, 1)), n, iota, H).max(-1)


@wrong("01.9", "raised")
def asks_numpy_for_weights(p_hat, v, n, iota, H):
    return np.sqrt(2 * np.var(v, weights=p_hat) * iota / n) + 7 * H * iota / (3 * n)


@wrong("01.9", "changed_input")
def mends_n_in_place(p_hat, v, n, iota, H):
    new = n == 0
    n[new] = 1
    return np.where(new, np.inf, np.sqrt(2 * _spread(p_hat, v) * iota / n) + 7 * H * iota / (3 * n))


@wrong("01.9", "none")
def forgets_to_return(p_hat, v, n, iota, H):
    _finish(np.sqrt(2 * _spread(p_hat, v) * iota / np.maximum(n, 1)), n, iota, H)
