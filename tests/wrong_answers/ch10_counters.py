"""Answers to exercise 10.8."""

import numpy as np

from . import right, wrong

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
