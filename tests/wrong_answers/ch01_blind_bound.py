"""Answers to exercise 01.7, how wrong a plan may be, by someone who had not seen the checks."""

import numpy as np

from . import right, wrong


@right("01.7")
def by_loops(P, P_hat, R, gamma):
    S, A = R.shape
    worst = 0.0
    for s in range(S):
        for a in range(A):
            worst = max(worst, 0.5 * sum(abs(P[s, a, t] - P_hat[s, a, t]) for t in range(S)))
    return gamma * worst * (np.max(R) - np.min(R)) / (1 - gamma) / (1 - gamma)


@right("01.7")
def probability_that_went_missing(P, P_hat, R, gamma):
    eps = np.clip(P - P_hat, 0, None).sum(axis=2).max()  # what is missing equals what is too much
    return eps * np.ptp(R) * gamma * (1 - gamma) ** -2


@wrong("01.7", "l1")
def counts_each_error_twice(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "mean")
def average_pair(P, P_hat, R, gamma):
    eps = (np.abs(P - P_hat).sum(-1) / 2).mean()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "value")
def largest_single_entry(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "largest_entry")
def largest_single_entry_unhalved(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).max()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "one_horizon")
def horizon_once(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma)


@wrong("01.7", "max_reward")
def largest_reward_for_the_range(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * R.max() * eps / (1 - gamma) ** 2


@wrong("01.7", "max_reward")
def largest_absolute_reward(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * np.abs(R).max() * eps / (1 - gamma) ** 2


@wrong("01.7", "signed")
def signed_differences(P, P_hat, R, gamma):
    eps = (P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "sum")
def sums_over_everything(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "no_gamma")
def no_gamma_in_front(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "gamma_squared")
def squares_gamma_only(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma**2)


@wrong("01.7", "shape")
def one_for_each_pair(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * np.abs(P - P_hat).sum(-1) / 2 / (1 - gamma) ** 2
