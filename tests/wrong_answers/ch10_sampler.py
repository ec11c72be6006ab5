"""Answers to exercises 10.6 to 10.8."""

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


# 10.8 Find the bug: counters that forget, and counters that do not


@right("10.8")
def by_bincount(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    kept = np.ones(len(trained))
    kept[overwritten] = 0.0
    N = trained * kept + np.bincount(train_starts, minlength=len(trained))
    return N, dreamt * kept + rate * np.bincount(dream_starts, minlength=len(dreamt))


@right("10.8")
def one_after_another(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = list(trained), list(dreamt)
    for i in overwritten:
        N[i] = M[i] = 0.0
    for i in train_starts:
        N[i] += 1
    for i in dream_starts:
        M[i] += rate
    return np.array(N), np.array(M)


@wrong("10.8", "untouched")
def as_the_counters_were(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    N[train_starts] += 1
    M[dream_starts] += rate
    return N, M


@wrong("10.8", "repeats")
def only_forgets(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    N[overwritten] = M[overwritten] = 0
    N[train_starts] += 1
    M[dream_starts] += rate
    return N, M


@wrong("10.8", "remembers")
def only_counts(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    return by_bincount(trained, dreamt, train_starts, dream_starts, overwritten[:0], rate)


@wrong("10.8", "forgets_n")
def clears_n(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    N[overwritten] = 0
    np.add.at(N, train_starts, 1)
    np.add.at(M, dream_starts, rate)
    return N, M


@wrong("10.8", "forgets_m")
def clears_m(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    M[overwritten] = 0
    np.add.at(N, train_starts, 1)
    np.add.at(M, dream_starts, rate)
    return N, M


@wrong("10.8", "forgets_last")
def clears_at_the_end(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    np.add.at(N, train_starts, 1)
    np.add.at(M, dream_starts, rate)
    N[overwritten], M[overwritten] = 0, 0
    return N, M


@wrong("10.8", "no_rate")
def dreams_count_one(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    return by_bincount(trained, dreamt, train_starts, dream_starts, overwritten, 1.0)


@wrong("10.8", "rate_on_both")
def rate_everywhere(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    N[overwritten] = M[overwritten] = 0
    np.add.at(N, train_starts, rate)
    np.add.at(M, dream_starts, rate)
    return N, M


@wrong("10.8", "divides")
def one_over_rate(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    return by_bincount(trained, dreamt, train_starts, dream_starts, overwritten, 1 / rate)


@wrong("10.8", "swapped")
def lists_changed_places(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    return by_bincount(trained, dreamt, dream_starts, train_starts, overwritten, rate)


@wrong("10.8", "changed_input")
def in_place(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    trained[overwritten] = dreamt[overwritten] = 0
    np.add.at(trained, train_starts, 1)
    np.add.at(dreamt, dream_starts, rate)
    return trained, dreamt
