"""Answers to exercises 07.15 and 07.16, harmony, by someone who had not seen the checks."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong


@right("07.15")
def harmony_by_roots(loss):
    return np.array([1 / max(np.roots([1.0, -L, -L]).real) for L in np.asarray(loss, dtype=float)])


@right("07.15")
def harmony_in_weights(loss):
    L = np.asarray(loss, dtype=np.float64)
    return (np.sqrt(1 + 4 / L) - 1) / 2


@right("07.15")
def harmony_newton(loss):
    s = 0.5 * np.log(loss) + 0 * loss  # sigma = e^s; root of 2 s = log L + log(1 + e^s)
    for _ in range(100):
        s = s - (2 * s - np.log(loss) - np.logaddexp(0, s)) / (2 - 1 / (1 + np.exp(-s)))
    return np.exp(-s)


@wrong("07.15", "normalised")
def harmony_normalised(loss):
    w = harmony_in_weights(loss)
    return w / w.sum()


@wrong("07.15", "small_only")
def harmony_root(loss):
    return 1 / np.sqrt(loss)


@wrong("07.15", "value")
def harmony_sign(loss):
    return 2 / (loss + np.sqrt(np.abs(loss**2 - 4 * loss)))


@wrong("07.15", "value")
def harmony_descent(loss):
    s = np.zeros(len(loss))
    for _ in range(1000):
        s -= 0.1 * np.clip(-loss * np.exp(-s) + 1 / (1 + np.exp(-s)), -1, 1)
    return np.exp(-s)


@right("07.16")
def harmonised_softplus(losses, log_sigma):
    return (losses * torch.exp(-log_sigma) + F.softplus(log_sigma)).sum()


@right("07.16")
def harmonised_loop(losses, log_sigma):
    total = 0.0
    for loss, s in zip(losses, log_sigma):
        total = total + loss / torch.exp(s) + torch.log(1 + torch.exp(s))
    return total


@wrong("07.16", "charged_only")
def harmonised_weight_detached(losses, log_sigma):
    sigma = log_sigma.exp()
    return (losses / sigma.detach() + sigma.log1p()).sum()


@wrong("07.16", "no_exp")
def harmonised_forgets_exp(losses, log_sigma):
    return (losses / log_sigma + log_sigma.log1p()).sum()


@wrong("07.16", "no_gradient")
def harmonised_item(losses, log_sigma):
    return torch.tensor(
        sum((a / math.exp(s) + math.log1p(math.exp(s))) for a, s in zip(losses.tolist(), log_sigma.tolist()))
    )


@wrong("07.16", "squared")
def harmonised_squared(losses, log_sigma):
    sigma = log_sigma.exp()
    return (losses / sigma**2 + (sigma**2).log1p()).sum()
