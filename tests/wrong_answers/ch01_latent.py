"""Answers to exercise 01.10, the belief update."""

import numpy as np
import torch

from . import right, wrong


@right("01.10")
def world_by_world(b, P, s, a, s2):
    joint = [b[m] * P[m, s, a, s2] for m in range(len(b))]
    total = sum(joint)
    return [x / total for x in joint] if total > 0 else list(b)


@right("01.10")
def in_torch(b, P, s, a, s2):
    seen = torch.from_numpy(b) * torch.from_numpy(P)[:, s, a, s2]
    return seen / seen.sum() if seen.sum() > 0 else torch.from_numpy(b)


@right("01.10")
def in_logarithms(b, P, s, a, s2):
    with np.errstate(divide="ignore", invalid="ignore"):
        logits = np.log(b) + np.log(P[:, s, a, s2])
        if np.isneginf(logits).all():
            return b
        weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@right("01.10")
def by_the_total_probability(b, P, s, a, s2):
    total = b @ P[:, s, a, s2]
    return np.divide(b * P[:, s, a, s2], total, out=b.copy(), where=total > 0)


@wrong("01.10", "not_normalised")
def joint_only(b, P, s, a, s2):
    return b * P[:, s, a, s2]


@wrong("01.10", "no_prior")
def likelihood_only(b, P, s, a, s2):
    return P[:, s, a, s2] / P[:, s, a, s2].sum()


@wrong("01.10", "no_evidence")
def rescales_the_prior(b, P, s, a, s2):
    return b / b.sum()


@wrong("01.10", "added")
def adds(b, P, s, a, s2):
    seen = b + P[:, s, a, s2]
    return seen / seen.sum()


@wrong("01.10", "backwards")
def from_s2_to_s(b, P, s, a, s2):
    seen = b * P[:, s2, a, s]
    return seen / seen.sum()


@wrong("01.10", "other_action")
def always_the_first_action(b, P, s, a, s2):
    seen = b * P[:, s, 0, s2]
    return seen / seen.sum()


@wrong("01.10", "index_order")
def state_and_action_swapped(b, P, s, a, s2):
    seen = b * P[:, a, s, s2]
    return seen / seen.sum()


@wrong("01.10", "all_actions")
def sums_over_actions(b, P, s, a, s2):
    seen = b * P[:, s, :, s2].sum(axis=1)
    return seen / seen.sum()


@wrong("01.10", "one_hot")
def the_likeliest_world(b, P, s, a, s2):
    return np.eye(len(b))[np.argmax(b * P[:, s, a, s2])]


@wrong("01.10", "by_largest")
def divides_by_the_largest(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / seen.max()


@wrong("01.10", "squared")
def likelihood_twice(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    seen = seen * P[:, s, a, s2]
    return seen / seen.sum()


@wrong("01.10", "ruled_out")
def never_below_a_percent(b, P, s, a, s2):
    seen = b * np.maximum(P[:, s, a, s2], 0.01)
    return seen / seen.sum()


@wrong("01.10", "impossible")
def divides_by_zero(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / seen.sum()


@wrong("01.10", "invented")
def starts_over(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / seen.sum() if seen.sum() > 0 else np.full(len(b), 1 / len(b))


@wrong("01.10", "invented")
def all_zeros(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / max(seen.sum(), 1e-300)


@wrong("01.10", "changed_input")
def multiplies_in_place(b, P, s, a, s2):
    before = b.copy()
    b *= P[:, s, a, s2]
    return b / b.sum() if b.sum() > 0 else before


@wrong("01.10", "shape")
def only_world_zero(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen[0] / seen.sum()


@wrong("01.10", "value")
def softmax(b, P, s, a, s2):
    weights = np.exp(b * P[:, s, a, s2])
    return weights / weights.sum()
