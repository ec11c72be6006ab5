"""Answers to exercise 01.8, tilt a distribution, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.8")
def row_by_row_over_the_support(p_hat, phi, lam):
    rows = np.zeros(p_hat.shape)
    for n in range(len(p_hat)):
        there = p_hat[n] > 0
        exponents = sum(lam[n, i] * phi[i, there] for i in range(len(phi)))
        weights = p_hat[n, there] * np.exp(exponents - exponents.max())
        rows[n, there] = weights / weights.sum()
    return rows


@right("01.8")
def softmax_of_log_probabilities(p_hat, phi, lam):
    p_hat, phi, lam = (torch.as_tensor(x, dtype=torch.float64) for x in (p_hat, phi, lam))
    return torch.softmax(p_hat.log() + lam @ phi, dim=-1)


@wrong("01.8", "overflow")
def the_formula_as_it_stands(p_hat, phi, lam):
    weights = p_hat * np.exp(lam @ phi)
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "unreachable_maximum")
def takes_off_the_largest_of_all_states(p_hat, phi, lam):
    exponents = lam @ phi
    weights = p_hat * np.exp(exponents - exponents.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "one_maximum")
def takes_off_one_number_for_all_rows(p_hat, phi, lam):
    exponents = lam @ phi
    weights = p_hat * np.exp(exponents - exponents.max())
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "clipped")
def clips_the_exponents(p_hat, phi, lam):
    weights = p_hat * np.exp(np.clip(lam @ phi, -50, 50))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "invents")
def a_little_probability_everywhere(p_hat, phi, lam):
    logits = np.log(p_hat + 1e-8) + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "not_normalised")
def forgets_to_normalise(p_hat, phi, lam):
    exponents = lam @ phi
    return p_hat * np.exp(exponents - exponents.max(-1, keepdims=True))


@wrong("01.8", "all_at_once")
def normalises_by_the_sum_of_all_rows(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum()


@wrong("01.8", "no_model")
def softmax_of_the_tilt_alone(p_hat, phi, lam):
    exponents = np.where(p_hat > 0, lam @ phi, -np.inf)
    weights = np.exp(exponents - exponents.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "backwards")
def tilts_the_other_way(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) - lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "value")
def probabilities_into_the_exponent(p_hat, phi, lam):
    logits = p_hat + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)
