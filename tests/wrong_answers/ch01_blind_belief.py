"""Answers to exercise 01.10, belief update, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.10")
def world_by_world(b, P, s, a, s2):
    shares = [float(b[m]) * float(P[m, s, a, s2]) for m in range(len(b))]
    if sum(shares) == 0:
        return list(b)
    return [share / sum(shares) for share in shares]


@right("01.10")
def by_odds_in_torch(b, P, s, a, s2):
    log = torch.log(torch.as_tensor(b)) + torch.log(torch.as_tensor(P)[:, s, a, s2])
    if torch.isneginf(log).all():
        return b
    return torch.softmax(log, dim=0)


@wrong("01.10", "impossible")
def zero_by_zero(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / seen.sum()


@wrong("01.10", "not_normalised")
def days_that_are_left(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen if seen.sum() > 0 else b


@wrong("01.10", "no_prior")
def forgets_what_it_believed(b, P, s, a, s2):
    seen = P[:, s, a, s2]
    return seen / seen.sum() if seen.sum() > 0 else b


@wrong("01.10", "impossible")
def asks_all_worlds_whether_it_can_be(b, P, s, a, s2):
    seen = P[:, s, a, s2]
    if seen.sum() == 0:
        return b
    return b * seen / (b * seen).sum()


@wrong("01.10", "invented")
def starts_afresh_when_lost(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / seen.sum() if seen.sum() > 0 else np.full(len(b), 1 / len(b))


@wrong("01.10", "invented")
def believes_nothing_when_lost(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return seen / max(seen.sum(), 1e-12)


@wrong("01.10", "backwards")
def from_where_it_came(b, P, s, a, s2):
    seen = b * P[:, s2, a, s]
    return seen / seen.sum() if seen.sum() > 0 else b


@wrong("01.10", "index_order")
def action_before_state(b, P, s, a, s2):
    seen = b * P[:, a, s, s2]
    return seen / seen.sum() if seen.sum() > 0 else b


@wrong("01.10", "added")
def adds_instead(b, P, s, a, s2):
    seen = b + P[:, s, a, s2]
    return seen / seen.sum()


@wrong("01.10", "one_hot")
def decides_for_the_likeliest_world(b, P, s, a, s2):
    seen = b * P[:, s, a, s2]
    return np.eye(len(b))[seen.argmax()] if seen.sum() > 0 else b


@wrong("01.10", "value")
def divides_by_the_sum_of_the_worlds(b, P, s, a, s2):
    total = P[:, s, a, s2].sum()
    return b * P[:, s, a, s2] / total if total > 0 else b


@wrong("01.10", "value")
def what_the_worlds_say_on_average(b, P, s, a, s2):
    return b @ P[:, s, a]


@wrong("01.10", "ruled_out")
def leaves_a_little_doubt(b, P, s, a, s2):
    seen = b * P[:, s, a, s2] + 1e-6
    return seen / seen.sum()


@wrong("01.10", "changed_input")
def updates_in_place(b, P, s, a, s2):
    before = b.copy()
    b *= P[:, s, a, s2]
    if b.sum() == 0:
        return before
    b /= b.sum()
    return b
