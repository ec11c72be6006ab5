"""Answers to exercise 01.9, the Bernstein bonus, by someone who had not seen the checks."""

import math

import numpy as np

from . import right, wrong


@right("01.9")
def second_moment_minus_square(p_hat, v, n, iota, H):
    var = np.clip(p_hat @ v**2 - (p_hat @ v) ** 2, 0, None)
    bonus = np.full(n.shape, np.inf)
    been = n > 0
    bonus[been] = np.sqrt(2 * var[been] * iota / n[been]) + 7 * H * iota / (3 * n[been])
    return bonus


@right("01.9")
def pair_by_pair_in_plain_python(p_hat, v, n, iota, H):
    S, A = n.shape
    bonus = [[float("inf")] * A for _ in range(S)]
    for s in range(S):
        for a in range(A):
            if n[s, a] == 0:
                continue
            mean = sum(p * x for p, x in zip(p_hat[s, a], v))
            var = sum(p * (x - mean) ** 2 for p, x in zip(p_hat[s, a], v))
            bonus[s][a] = math.sqrt(2 * var * iota / n[s, a]) + 7 * H * iota / (3 * n[s, a])
    return bonus


@right("01.9")
def divides_by_zero_and_replaces(p_hat, v, n, iota, H):
    with np.errstate(all="ignore"):
        mean = np.einsum("sat,t->sa", p_hat, v)
        var = np.einsum("sat,sat->sa", p_hat, (v[None, None] - mean[:, :, None]) ** 2)
        return np.nan_to_num(np.sqrt(2 * var * iota / n) + 7 * H * iota / 3 / n, nan=np.inf, posinf=np.inf)


@wrong("01.9", "unweighted")
def variance_of_v_without_the_probabilities(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * v.var() * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "products")
def numpy_variance_of_the_products(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * (p_hat * v).var(-1) * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "times_n")
def divides_by_three_and_multiplies_by_n(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / 3 * m, np.inf)


@wrong("01.9", "untried")
def never_visited_counts_as_once(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    var = p_hat @ v**2 - (p_hat @ v) ** 2
    return np.sqrt(2 * np.maximum(var, 0) * iota / m) + 7 * H * iota / (3 * m)


@wrong("01.9", "untried")
def nothing_over_nothing(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    return np.sqrt(2 * var * iota / n) + 7 * H * iota / (3 * n)


@wrong("01.9", "untried")
def no_bonus_without_visits(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), 0.0)


@wrong("01.9", "no_second")
def only_the_root(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    return np.where(n > 0, np.sqrt(2 * var * iota / np.maximum(n, 1)), np.inf)


@wrong("01.9", "deviation")
def deviation_instead_of_variance(p_hat, v, n, iota, H):
    mean = p_hat @ v
    std = np.sqrt((p_hat * (v - mean[..., None]) ** 2).sum(-1))
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * std * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "second_moment")
def second_moment_for_variance(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * (p_hat @ v**2) * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "no_room")
def mean_without_a_new_axis(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "changed_input")
def lifts_zero_visits_in_place(p_hat, v, n, iota, H):
    never = n == 0
    n[never] = 1
    var = p_hat @ v**2 - (p_hat @ v) ** 2
    bonus = np.sqrt(2 * np.maximum(var, 0) * iota / n) + 7 * H * iota / (3 * n)
    bonus[never] = np.inf
    return bonus
