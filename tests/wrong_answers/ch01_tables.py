"""Answers to exercises 01.1 and 01.2: the Bellman backup, and a table learnt from transitions."""

from collections import defaultdict

import numpy as np
import torch

from . import right, wrong

# 01.1 The Bellman backup


@right("01.1")
def in_loops(P, R, V, gamma):
    Q = np.zeros(R.shape)
    for s in range(R.shape[0]):
        for a in range(R.shape[1]):
            Q[s, a] = R[s, a] + gamma * sum(p * v for p, v in zip(P[s, a], V))
    return Q


@right("01.1")
def by_einsum(P, R, V, gamma):
    return R + gamma * np.einsum("sat,t->sa", P, V)


@right("01.1")
def in_torch(P, R, V, gamma):
    return torch.tensor(R) + gamma * (torch.tensor(P) * torch.tensor(V)).sum(-1)


@wrong("01.1", "no_gamma")
def forgets_gamma(P, R, V, gamma):
    return R + P @ V


@wrong("01.1", "all_discounted")
def discounts_the_reward(P, R, V, gamma):
    return gamma * (R + P @ V)


@wrong("01.1", "own_value")
def value_of_the_state_left(P, R, V, gamma):
    return R + gamma * V[:, None]


@wrong("01.1", "own_value")
def value_of_the_state_left_with_weights(P, R, V, gamma):
    return R + gamma * (P * V[:, None, None]).sum(-1)


@wrong("01.1", "no_reward")
def forgets_the_reward(P, R, V, gamma):
    return gamma * P @ V


@wrong("01.1", "no_future")
def only_now(P, R, V, gamma):
    return R.copy()


@wrong("01.1", "best_next")
def hopes_for_the_best(P, R, V, gamma):
    return R + gamma * np.array([[max(V[row > 0]) for row in rows] for rows in P])


@wrong("01.1", "likeliest")
def takes_the_likeliest(P, R, V, gamma):
    return R + gamma * V[P.argmax(axis=-1)]


@wrong("01.1", "transposed")
def sums_over_where_from(P, R, V, gamma):
    return R + gamma * np.einsum("sat,s->ta", P, V)


@wrong("01.1", "minus")
def subtracts(P, R, V, gamma):
    return R - gamma * P @ V


@wrong("01.1", "shape")
def returns_the_best(P, R, V, gamma):
    return (R + gamma * P @ V).max(axis=1)


@wrong("01.1", "value")
def knows_only_three_states(P, R, V, gamma):
    n = min(3, len(V))
    Q = R.copy()
    Q[:n] = R[:n] + gamma * P[:n, :, :n] @ V[:n]
    return Q


# 01.2 A table from transitions


@right("01.2")
def counts_then_divides(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.where(tried[..., None] > 0, n / np.maximum(tried, 1)[..., None], np.eye(S)[:, None])
    return P, total / np.maximum(tried, 1)


@right("01.2")
def with_dictionaries(transitions, S, A):
    after = defaultdict(list)
    for s, a, r, s2 in transitions:
        after[s, a].append((r, s2))
    P, R = np.repeat(np.eye(S)[:, None], A, axis=1), np.zeros((S, A))
    for (s, a), outcomes in after.items():
        P[s, a] = np.bincount([s2 for _, s2 in outcomes], minlength=S) / len(outcomes)
        R[s, a] = np.mean([r for r, _ in outcomes])
    return P, R


@right("01.2")
def with_running_means(transitions, S, A):
    P, R, tried = np.repeat(np.eye(S)[:, None], A, axis=1), np.zeros((S, A)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        tried[s, a] += 1
        P[s, a] += (np.eye(S)[s2] - P[s, a]) / tried[s, a]
        R[s, a] += (r - R[s, a]) / tried[s, a]
    return P, R


def _fit(transitions, S, A, count=lambda n, s, a, s2: n[s, a, s2] + 1, prior=0.0):
    n, total = np.full((S, A, S), prior), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] = count(n, s, a, s2)
        total[s, a] += r
    return n, total


def _whole(n, total, divisor, R=None):
    tried = np.maximum(n.sum(-1), 1)
    P = np.where(n.sum(-1, keepdims=True) > 0, n / divisor, np.eye(n.shape[0])[:, None])
    return P, total / tried if R is None else R


@wrong("01.2", "counts")
def never_divides(transitions, S, A):
    n, total = _fit(transitions, S, A)
    return _whole(n, total, 1)


@wrong("01.2", "joint")
def divides_by_all(transitions, S, A):
    n, total = _fit(transitions, S, A)
    return _whole(n, total, max(n.sum(), 1))


@wrong("01.2", "per_state")
def divides_by_the_state(transitions, S, A):
    n, total = _fit(transitions, S, A)
    return _whole(n, total, np.maximum(n.sum((1, 2), keepdims=True), 1))


@wrong("01.2", "last")
def keeps_the_last(transitions, S, A):
    P, R = np.repeat(np.eye(S)[:, None], A, axis=1), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        P[s, a], R[s, a] = np.eye(S)[s2], r
    return P, R


@wrong("01.2", "each_once")
def sets_instead_of_adding(transitions, S, A):
    n, total = _fit(transitions, S, A, lambda n, s, a, s2: 1)
    return _whole(n, total, np.maximum(n.sum(-1, keepdims=True), 1))


@wrong("01.2", "smoothed")
def begins_at_one(transitions, S, A):
    n, total = _fit(transitions, S, A, prior=1.0)
    return n / n.sum(-1, keepdims=True), total / np.maximum(n.sum(-1) - S, 1)


@wrong("01.2", "nan")
def divides_by_zero(transitions, S, A):
    n, total = _fit(transitions, S, A)
    with np.errstate(all="ignore"):
        return n / n.sum(-1, keepdims=True), total / n.sum(-1)


@wrong("01.2", "nan")
def forgets_the_rewards_of_unseen_pairs(transitions, S, A):
    n, total = _fit(transitions, S, A)
    P, _ = counts_then_divides(transitions, S, A)
    with np.errstate(all="ignore"):
        return P, total / n.sum(-1)


@wrong("01.2", "empty_row")
def leaves_rows_empty(transitions, S, A):
    n, total = _fit(transitions, S, A)
    tried = np.maximum(n.sum(-1), 1)
    return n / tried[..., None], total / tried


@wrong("01.2", "uniform")
def goes_anywhere(transitions, S, A):
    n, total = _fit(transitions, S, A)
    P, R = counts_then_divides(transitions, S, A)
    P[n.sum(-1) == 0] = 1 / S
    return P, R


@wrong("01.2", "unseen")
def unseen_pairs_go_to_state_zero(transitions, S, A):
    n, total = _fit(transitions, S, A)
    P, R = counts_then_divides(transitions, S, A)
    P[n.sum(-1) == 0] = np.eye(S)[0]
    return P, R


@wrong("01.2", "reward_sum")
def adds_rewards_up(transitions, S, A):
    n, total = _fit(transitions, S, A)
    return counts_then_divides(transitions, S, A)[0], total


@wrong("01.2", "reward_last")
def keeps_the_last_reward(transitions, S, A):
    R = np.zeros((S, A))
    for s, a, r, _ in transitions:
        R[s, a] = r
    return counts_then_divides(transitions, S, A)[0], R


@wrong("01.2", "reward_outcomes")
def averages_different_rewards(transitions, S, A):
    R, seen = np.zeros((S, A)), defaultdict(set)
    for s, a, r, _ in transitions:
        seen[s, a].add(r)
        R[s, a] = sum(seen[s, a]) / len(seen[s, a])
    return counts_then_divides(transitions, S, A)[0], R


@wrong("01.2", "type")
def returns_only_the_table(transitions, S, A):
    return counts_then_divides(transitions, S, A)[0]
