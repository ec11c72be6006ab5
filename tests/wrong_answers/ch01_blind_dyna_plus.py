"""Answers to exercise 01.4, find the bug: Dyna-Q+, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.4")
def the_line_is_gone(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        bonus = kappa * (t - tried[s, a]) ** 0.5
        Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (reward[s, a] + bonus + gamma * max(Q[following[s, a]]))
    return Q


@right("01.4")
def all_bonuses_first(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q, paid = torch.as_tensor(Q).clone(), torch.as_tensor(reward + kappa * np.sqrt(t - tried))
    for s, a in pairs:
        Q[s, a] += alpha * (paid[s, a] + gamma * Q[int(following[s, a])].max() - Q[s, a])
    return Q


@wrong("01.4", "resets_the_clock")
def as_the_friend_wrote_it(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        tried[s, a] = t
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "resets_the_clock")
def copies_what_was_tried_and_still_forgets(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q, tried = Q.copy(), tried.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        tried[s, a] = t
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "no_bonus")
def moves_the_line_up(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q, tried = Q.copy(), tried.copy()
    for s, a in pairs:
        tried[s, a] = t
        tau = t - tried[s, a]
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "value")
def counts_time_backwards(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        tau = tried[s, a] - t
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "no_root")
def without_the_root(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        target = reward[s, a] + kappa * (t - tried[s, a]) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "kappa_inside")
def kappa_under_the_root(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        target = reward[s, a] + np.sqrt(kappa * (t - tried[s, a])) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "no_bonus")
def takes_the_bonus_out(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
    return Q


@wrong("01.4", "value")
def all_pairs_at_once(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    s, a = np.array(pairs, dtype=int).reshape(-1, 2).T
    new = Q.copy()
    target = reward[s, a] + kappa * np.sqrt(t - tried[s, a]) + gamma * Q[following[s, a]].max(-1)
    new[s, a] += alpha * (target - Q[s, a])
    return new


@wrong("01.4", "value")
def the_bonus_waits_a_step(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        target = reward[s, a] + gamma * (Q[following[s, a]].max() + kappa * np.sqrt(t - tried[s, a]))
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.4", "outside_target")
def the_bonus_is_added_to_q(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        Q[s, a] += kappa * np.sqrt(t - tried[s, a])
    return Q


@wrong("01.4", "value")
def the_age_of_the_place_it_leads_to(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[following[s, a], a]
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q
