"""Answers to exercise 01.2, a table from transitions, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.2")
def with_add_at(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    if transitions:
        s, a, r, s2 = (np.array(column) for column in zip(*transitions))
        np.add.at(P, (s, a, s2), 1.0)
        np.add.at(R, (s, a), r)
    n = P.sum(-1)
    never = n == 0
    states = np.nonzero(never)[0]
    P[never, states] = 1
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@right("01.2")
def with_a_dictionary_of_lists(transitions, S, A):
    seen = {}
    for s, a, r, s2 in transitions:
        seen.setdefault((s, a), []).append((r, s2))
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            if (s, a) not in seen:
                P[s, a, s] = 1.0
                continue
            for r, s2 in seen[s, a]:
                P[s, a, s2] += 1 / len(seen[s, a])
                R[s, a] += r / len(seen[s, a])
    return P, R


@right("01.2")
def running_means(transitions, S, A):
    P, R, n = torch.eye(S).double()[:, None].repeat(1, A, 1), torch.zeros(S, A).double(), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a] += 1
        P[s, a] += (torch.eye(S)[s2] - P[s, a]) / n[s, a]
        R[s, a] += (r - R[s, a]) / n[s, a]
    return P, R


@wrong("01.2", "nan")
def divides_by_zero_visits(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    return n / n.sum(-1, keepdims=True), total / n.sum(-1)


@wrong("01.2", "empty_row")
def rows_of_zeros_for_the_untried(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = np.maximum(n.sum(-1), 1)
    return n / tried[..., None], total / tried


@wrong("01.2", "uniform")
def anywhere_for_the_untried(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.where(tried[..., None] > 0, n / np.maximum(tried, 1)[..., None], 1 / S)
    return P, total / np.maximum(tried, 1)


@wrong("01.2", "reward_sum")
def rewards_added_up(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P, total


@wrong("01.2", "reward_last")
def the_last_reward_seen(transitions, S, A):
    n, last = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        last[s, a] = r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P, last


@wrong("01.2", "each_once")
def vectorised_with_plus_equals(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    if transitions:
        s, a, r, s2 = (np.array(column) for column in zip(*transitions))
        P[s, a, s2] += 1
        R[s, a] += r
    n = P.sum(-1)
    P[n == 0] = np.repeat(np.eye(S)[:, None], A, axis=1)[n == 0]
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@wrong("01.2", "value")
def starts_counting_with_one_stay(transitions, S, A):
    n, total = np.repeat(np.eye(S)[:, None], A, axis=1), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    return n / n.sum(-1, keepdims=True), total / n.sum(-1)


@wrong("01.2", "joint")
def shares_of_all_transitions(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / len(transitions)
    return P, total / np.maximum(tried, 1)


@wrong("01.2", "raised")
def swaps_reward_and_next_state(transitions, S, A):
    return with_a_dictionary_of_lists([(s, a, s2, int(r)) for s, a, r, s2 in transitions], S, A)


@wrong("01.2", "raised")
def unzips_an_empty_list(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    s, a, r, s2 = (np.array(column) for column in zip(*transitions))
    np.add.at(P, (s, a, s2), 1.0)
    np.add.at(R, (s, a), r)
    n = P.sum(-1)
    P[n == 0] = np.repeat(np.eye(S)[:, None], A, axis=1)[n == 0]
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@wrong("01.2", "unseen")
def untried_pairs_go_to_state_zero(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    n[tried == 0, 0] = 1
    return n / np.maximum(tried, 1)[..., None], total / np.maximum(tried, 1)
