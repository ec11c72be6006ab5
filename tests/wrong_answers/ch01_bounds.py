"""Answers to exercises 01.7 and 01.8."""

import numpy as np
import torch

from . import right, wrong

# 01.7 How wrong a plan may be


def tv(P, P_hat):
    return 0.5 * np.abs(P - P_hat).sum(-1)


@right("01.7")
def pair_by_pair(P, P_hat, R, gamma):
    eps = 0.0
    for s in range(len(P)):
        for a in range(P.shape[1]):
            eps = max(eps, sum(abs(p - q) for p, q in zip(P[s, a], P_hat[s, a])) / 2)
    horizon = 1 / (1 - gamma)
    return gamma * (R.max() - R.min()) * eps * horizon * horizon


@right("01.7")
def what_is_missing(P, P_hat, R, gamma):
    missing = np.maximum(P - P_hat, 0).sum(axis=2)
    return gamma * missing.max() * np.ptp(R) / (1 - gamma) ** 2


@right("01.7")
def bound_in_torch(P, P_hat, R, gamma):
    P, P_hat, R = (torch.as_tensor(x) for x in (P, P_hat, R))
    eps = (P - P_hat).abs().sum(-1).amax() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "l1")
def forgets_the_half(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * np.abs(P - P_hat).sum(-1).max() / (1 - gamma) ** 2


@wrong("01.7", "largest_entry")
def largest_difference(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * np.abs(P - P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "mean")
def average_pair(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * tv(P, P_hat).mean() / (1 - gamma) ** 2


@wrong("01.7", "sum")
def adds_all_pairs(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * np.abs(P - P_hat).sum() / 2 / (1 - gamma) ** 2


@wrong("01.7", "signed")
def forgets_the_absolute_value(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * (P - P_hat).sum(-1).max() / 2 / (1 - gamma) ** 2


@wrong("01.7", "one_horizon")
def forgets_the_square(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * tv(P, P_hat).max() / (1 - gamma)


@wrong("01.7", "three_horizons")
def cubes(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * tv(P, P_hat).max() / (1 - gamma) ** 3


@wrong("01.7", "no_gamma")
def without_the_first_gamma(P, P_hat, R, gamma):
    return np.ptp(R) * tv(P, P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "max_reward")
def largest_reward(P, P_hat, R, gamma):
    return gamma * R.max() * tv(P, P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "max_reward")
def largest_size_of_a_reward(P, P_hat, R, gamma):
    return gamma * np.abs(R).max() * tv(P, P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "no_reward")
def pays_nothing(P, P_hat, R, gamma):
    return gamma * tv(P, P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "signs")
def range_of_the_sizes(P, P_hat, R, gamma):
    return gamma * max(R.max() - max(R.min(), 0), 0) * tv(P, P_hat).max() / (1 - gamma) ** 2 + (R.max() < 0)


@wrong("01.7", "signs")
def sizes_apart(P, P_hat, R, gamma):
    return gamma * (np.abs(R.max()) - np.abs(R.min())) * tv(P, P_hat).max() / (1 - gamma) ** 2


@wrong("01.7", "shape")
def a_bound_a_pair(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * tv(P, P_hat) / (1 - gamma) ** 2


@wrong("01.7", "gamma_squared")
def squares_the_wrong_part(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * tv(P, P_hat).max() / (1 - gamma**2)


# 01.8 Tilt a distribution


@right("01.8")
def in_logs(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) + lam @ phi
    return np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))


@right("01.8")
def row_by_row(p_hat, phi, lam):
    out = np.zeros(p_hat.shape)
    for n in range(len(p_hat)):
        able = p_hat[n] > 0
        tilts = (phi.T @ lam[n])[able]
        weights = p_hat[n, able] * np.exp(tilts - tilts.max())
        out[n, able] = weights / weights.sum()
    return out


@right("01.8")
def tilt_in_torch(p_hat, phi, lam):
    p_hat, phi, lam = (torch.as_tensor(x) for x in (p_hat, phi, lam))
    return torch.softmax(p_hat.log() + lam @ phi, dim=-1)


@wrong("01.8", "no_model")
def softmax_of_the_tilts(p_hat, phi, lam):
    e = np.exp(lam @ phi - (lam @ phi).max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "backwards")
def minus(p_hat, phi, lam):
    e = p_hat * np.exp(-(lam @ phi))
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "not_normalised")
def forgets_to_divide(p_hat, phi, lam):
    return p_hat * np.exp(lam @ phi)


@wrong("01.8", "columns")
def first_axis(p_hat, phi, lam):
    e = p_hat * np.exp(lam @ phi)
    return e / e.sum(axis=0)


@wrong("01.8", "all_at_once")
def one_sum(p_hat, phi, lam):
    e = p_hat * np.exp(lam @ phi)
    return e / e.sum()


@wrong("01.8", "no_exponential")
def first_order(p_hat, phi, lam):
    e = p_hat * (1 + lam @ phi)
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "untouched")
def gives_it_back(p_hat, phi, lam):
    return p_hat.copy()


@wrong("01.8", "one_function")
def only_the_first(p_hat, phi, lam):
    e = p_hat * np.exp(lam[:, :1] * phi[0])
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "log_of_zero")
def takes_off_minus_infinity(p_hat, phi, lam):
    logits = np.log(p_hat) + lam @ phi
    e = np.exp(logits - logits.max(-1, keepdims=True)) * p_hat / p_hat
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "invents")
def a_little_for_everyone(p_hat, phi, lam):
    logits = np.log(p_hat + 1e-8) + lam @ phi
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "overflow")
def as_the_formula_says(p_hat, phi, lam):
    e = p_hat * np.exp(lam @ phi)
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "one_maximum")
def maximum_of_the_table(p_hat, phi, lam):
    logits = np.log(p_hat) + lam @ phi
    e = np.exp(logits - logits.max())
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "unreachable_maximum")
def maximum_of_the_tilts(p_hat, phi, lam):
    tilts = lam @ phi
    e = p_hat * np.exp(tilts - tilts.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "clipped")
def cuts_exponents_off(p_hat, phi, lam):
    e = p_hat * np.exp(np.clip(lam @ phi, -500, 500))
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "raised")
def other_way_round(p_hat, phi, lam):
    return p_hat * np.exp(phi @ lam)


@wrong("01.8", "value")
def half_the_tilt(p_hat, phi, lam):
    e = p_hat * np.exp(lam @ phi / 2)
    return e / e.sum(-1, keepdims=True)


@wrong("01.8", "changed_input")
def into_the_model(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        np.log(p_hat, out=p_hat)
    p_hat += lam @ phi
    p_hat -= p_hat.max(-1, keepdims=True)
    np.exp(p_hat, out=p_hat)
    p_hat /= p_hat.sum(-1, keepdims=True)
    return p_hat
