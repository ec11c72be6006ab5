"""Answers to exercises 10.6 and 10.7."""

import numpy as np

from . import right, wrong

# 10.6 Find the bug: a sampler that dies of old age


@right("10.6")
def by_logarithms(N, tau):
    score = -np.asarray(N) / tau
    return np.exp(score - np.logaddexp.reduce(score))


@right("10.6")
def by_scipy(N, tau):
    from scipy.special import softmax

    return softmax(-N / tau)


@right("10.6")
def by_ratios(N, tau):
    chances = []
    with np.errstate(over="ignore"):
        for n in N:
            chances.append(1 / np.exp((n - N) / tau).sum())  # exp may reach infinity here, and 1 / infinity is 0
    return np.array(chances)


@wrong("10.6", "underflow")
def as_it_was(N, tau):
    weight = np.exp(-N / tau)
    return weight / weight.sum()


@wrong("10.6", "epsilon")
def a_small_number_below(N, tau):
    weight = np.exp(-N / tau)
    return weight / (weight.sum() + 1e-8)


@wrong("10.6", "uniform_instead")
def even_when_lost(N, tau):
    weight = np.exp(-N / tau)
    if weight.sum() == 0:
        weight = np.ones(len(N))
    return weight / weight.sum()


@wrong("10.6", "wrong_end")
def largest_away(N, tau):
    weight = np.exp(-(N - N.max()) / tau)
    return weight / weight.sum()


@wrong("10.6", "clipped")
def cut_off(N, tau):
    weight = np.exp(-np.clip(N / tau, 0, 700))
    return weight / weight.sum()


@wrong("10.6", "normalised")
def relative_to_the_largest(N, tau):
    weight = np.exp(-(N / N.max()) / tau)
    return weight / weight.sum()


@wrong("10.6", "by_share")
def relative_to_the_sum(N, tau):
    weight = np.exp(-(N / N.sum()) / tau)
    return weight / weight.sum()


@wrong("10.6", "inverse")
def one_over_count(N, tau):
    weight = 1 / (N + 1)
    return weight / weight.sum()


@wrong("10.6", "flipped")
def the_most_trained(N, tau):
    weight = np.exp((N - N.max()) / tau)
    return weight / weight.sum()


@wrong("10.6", "no_tau")
def without_temperature(N, tau):
    weight = np.exp(-(N - N.min()))
    return weight / weight.sum()


@wrong("10.6", "times_tau")
def temperature_above(N, tau):
    weight = np.exp(-tau * (N - N.min()))
    return weight / weight.sum()


@wrong("10.6", "unnormalised")
def weights_alone(N, tau):
    return np.exp((N.min() - N) / tau)


@wrong("10.6", "unnormalised")
def raw_weights_alone(N, tau):
    return np.exp(-N / tau)


# 10.7 Where dreams may start


def _softmax(score):
    weight = np.exp(score - score.max())
    return weight / weight.sum()


@right("10.7")
def by_cases(N, M, tau, alpha, beta):
    score = np.where(N > M, N - alpha * M - beta * (N - M), N - alpha * M)
    return _softmax(score / tau)


@right("10.7")
def start_by_start(N, M, tau, alpha, beta):
    from math import exp

    score = [n - alpha * m - beta * max(0.0, n - m) for n, m in zip(N, M, strict=True)]
    weight = [exp((s - max(score)) / tau) for s in score]
    return np.array(weight) / sum(weight)


@wrong("10.7", "no_beta")
def trained_less_dreamt(N, M, tau, alpha, beta):
    return _softmax((N - alpha * M) / tau)


@wrong("10.7", "no_alpha")
def without_alpha(N, M, tau, alpha, beta):
    return _softmax((N - beta * np.maximum(0, N - M)) / tau)


@wrong("10.7", "wrong_side")
def dreamt_more(N, M, tau, alpha, beta):
    return _softmax((N - alpha * M - beta * np.maximum(0, M - N)) / tau)


@wrong("10.7", "signed")
def without_the_maximum(N, M, tau, alpha, beta):
    return _softmax((N - alpha * M - beta * (N - M)) / tau)


@wrong("10.7", "absolute")
def with_an_absolute(N, M, tau, alpha, beta):
    return _softmax((N - alpha * M - beta * np.abs(N - M)) / tau)


@wrong("10.7", "alpha_inside")
def alpha_twice(N, M, tau, alpha, beta):
    gap = N - alpha * M
    return _softmax((gap - beta * np.maximum(0, gap)) / tau)


@wrong("10.7", "fixed")
def for_one_and_one(N, M, tau, alpha, beta):
    return _softmax(np.minimum(0, N - M) / tau)


@wrong("10.7", "swapped_weights")
def beta_first(N, M, tau, alpha, beta):
    return _softmax((N - beta * M - alpha * np.maximum(0, N - M)) / tau)


@wrong("10.7", "least_dreamt")
def least_dreamt_from(N, M, tau, alpha, beta):
    return _softmax(-alpha * M / tau)


@wrong("10.7", "beta_added")
def plus_beta(N, M, tau, alpha, beta):
    return _softmax((N - alpha * M + beta * np.maximum(0, N - M)) / tau)


@wrong("10.7", "flipped")
def minus_score(N, M, tau, alpha, beta):
    return _softmax(-(N - alpha * M - beta * np.maximum(0, N - M)) / tau)


@wrong("10.7", "no_tau")
def cold(N, M, tau, alpha, beta):
    return _softmax(N - alpha * M - beta * np.maximum(0, N - M))


@wrong("10.7", "hard")
def only_where_trained(N, M, tau, alpha, beta):
    allowed = (N >= M).astype(float)
    return allowed / allowed.sum()


@wrong("10.7", "underflow")
def written_out(N, M, tau, alpha, beta):
    weight = np.exp((N - alpha * M - beta * np.maximum(0, N - M)) / tau)
    return weight / weight.sum()


@wrong("10.7", "unnormalised")
def weights_of_dreams(N, M, tau, alpha, beta):
    score = N - alpha * M - beta * np.maximum(0, N - M)
    return np.exp((score - score.max()) / tau)


@wrong("10.7", "unnormalised")
def raw_weights_of_dreams(N, M, tau, alpha, beta):
    return np.exp((N - alpha * M - beta * np.maximum(0, N - M)) / tau)
