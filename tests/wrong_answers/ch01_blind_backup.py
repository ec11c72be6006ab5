"""Answers to exercise 01.1, the Bellman backup, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.1")
def three_loops(P, R, V, gamma):
    S, A = R.shape
    Q = np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            Q[s, a] = R[s, a] + gamma * sum(P[s, a, s2] * V[s2] for s2 in range(S))
    return Q


@right("01.1")
def multiplied_out_in_torch(P, R, V, gamma):
    P, R, V = (torch.as_tensor(x) for x in (P, R, V))
    return R + gamma * (P * V[None, None, :]).sum(dim=2)


@wrong("01.1", "no_gamma")
def forgets_gamma(P, R, V, gamma):
    return R + P @ V


@wrong("01.1", "shape")
def takes_the_max_already(P, R, V, gamma):
    return (R + gamma * P @ V).max(axis=1)


@wrong("01.1", "all_discounted")
def discounts_the_reward_too(P, R, V, gamma):
    return gamma * (R + P @ V)


@wrong("01.1", "own_value")
def value_of_the_state_itself(P, R, V, gamma):
    return R + gamma * V[:, None]


@wrong("01.1", "transposed")
def sums_over_where_it_came_from(P, R, V, gamma):
    return R + gamma * np.einsum("tas,t->sa", P, V)


@wrong("01.1", "likeliest")
def goes_to_the_likeliest_place(P, R, V, gamma):
    return R + gamma * V[P.argmax(-1)]


@wrong("01.1", "best_next")
def goes_to_the_best_place_possible(P, R, V, gamma):
    return R + gamma * np.where(P > 0, V, -np.inf).max(-1)


@wrong("01.1", "value")
def mean_over_the_next_states(P, R, V, gamma):
    return R + gamma * (P * V).mean(axis=-1)


@wrong("01.1", "shape")
def forgets_the_sum(P, R, V, gamma):
    return R[..., None] + gamma * P * V


@wrong("01.1", "no_reward")
def only_the_future(P, R, V, gamma):
    return gamma * P @ V


@wrong("01.1", "changed_input")
def adds_up_in_place(P, R, V, gamma):
    R += gamma * P @ V
    return R
