"""Answers to exercises 01.3 to 01.5."""

import numpy as np
import torch

from . import right, wrong

# 01.3 Q-learning


@right("01.3")
def step_towards_the_target(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    target = r if done else r + gamma * Q[s2].max()
    new[s, a] += alpha * (target - Q[s, a])
    return new


@right("01.3")
def weighted_mean(Q, s, a, r, s2, done, alpha, gamma):
    new = np.array(Q)
    new[s][a] = (1 - alpha) * new[s][a] + alpha * (r + gamma * (1 - done) * np.max(new[s2]))
    return new


@right("01.3")
def by_a_mask(Q, s, a, r, s2, done, alpha, gamma):
    here = np.zeros_like(Q)
    here[s, a] = alpha
    return Q + here * (r + (not done) * gamma * max(Q[s2]) - Q)


@right("01.3")
def in_torch(Q, s, a, r, s2, done, alpha, gamma):
    Q = torch.from_numpy(Q).clone()
    future = 0.0 if done else Q[s2].max()
    Q[s, a] = torch.lerp(Q[s, a], torch.as_tensor(r + gamma * future, dtype=Q.dtype), alpha)
    return Q


def _answer(key, target, id="01.3"):
    """A wrong answer that puts `target(Q, s, a, r, s2, done, alpha, gamma)` into the pair's place."""

    def fn(Q, s, a, r, s2, done, alpha, gamma):
        new = Q.copy()
        new[s, a] = target(Q, s, a, r, s2, done, alpha, gamma)
        return new

    fn.__name__ = key
    return wrong(id, key)(fn)


_answer("overwrites", lambda Q, s, a, r, s2, done, alpha, gamma: r + gamma * (not done) * Q[s2].max())
_answer(
    "adds_target", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * (not done) * Q[s2].max())
)
_answer(
    "no_gamma", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + (not done) * Q[s2].max() - Q[s, a])
)
_answer("same_action", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * Q[s2, a] - Q[s, a]))
_answer("from_here", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * Q[s].max() - Q[s, a]))
_answer("mean", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * Q[s2].mean() - Q[s, a]))
_answer("argmax", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * Q[s2].argmax() - Q[s, a]))
_answer("backwards", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] - alpha * (r + gamma * Q[s2].max() - Q[s, a]))
_answer("done_ignored", lambda Q, s, a, r, s2, done, alpha, gamma: Q[s, a] + alpha * (r + gamma * max(Q[s2]) - Q[s, a]))


@wrong("01.3", "whole_row")
def updates_the_state(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    new[s] += alpha * (r + (not done) * gamma * Q[s2].max() - Q[s])
    return new


@wrong("01.3", "whole_row")
def adds_the_error_to_the_state(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    new[s] += alpha * (r + (not done) * gamma * Q[s2].max() - Q[s, a])
    return new


@wrong("01.3", "unchanged")
def changes_another_copy(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    new.copy()[s, a] += alpha * (r + (not done) * gamma * Q[s2].max() - Q[s, a])
    return new


@wrong("01.3", "reward_lost")
def cuts_the_whole_target(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    new[s, a] += alpha * ((r + gamma * Q[s2].max()) * (1 - done) - Q[s, a])
    return new


@wrong("01.3", "end_skipped")
def learns_only_on_the_way(Q, s, a, r, s2, done, alpha, gamma):
    new = Q.copy()
    if not done:
        new[s, a] += alpha * (r + gamma * Q[s2].max() - Q[s, a])
    return new


@wrong("01.3", "changed_input")
def in_place(Q, s, a, r, s2, done, alpha, gamma):
    Q[s, a] += alpha * (r + (not done) * gamma * Q[s2].max() - Q[s, a])
    return Q


@wrong("01.3", "shape")
def only_the_new_value(Q, s, a, r, s2, done, alpha, gamma):
    return Q[s, a] + alpha * (r + (not done) * gamma * Q[s2].max() - Q[s, a])


# 01.4 Find the bug: Dyna-Q+


@right("01.4")
def without_the_line(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        bonus = kappa * np.sqrt(t - tried[s, a])
        Q[s, a] += alpha * (reward[s, a] + bonus + gamma * Q[following[s, a]].max() - Q[s, a])
    return Q


@right("01.4")
def all_bonuses_first(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    sweet, Q = reward + kappa * (t - tried) ** 0.5, np.array(Q)
    for s, a in pairs:
        Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (sweet[s, a] + gamma * np.amax(Q, axis=1)[following[s, a]])
    return Q


@right("01.4")
def in_torch_too(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q, reward, age = torch.tensor(Q), torch.tensor(reward), torch.tensor(t - tried).double()
    for s, a in pairs:
        Q[s, a] += alpha * (reward[s, a] + kappa * age[s, a].sqrt() + gamma * Q[following[s, a]].amax() - Q[s, a])
    return Q


def _plus(key, bonus):
    def fn(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
        Q = Q.copy()
        for s, a in pairs:
            paid = reward[s, a] + bonus(tried, s, a, t, kappa)
            Q[s, a] += alpha * (paid + gamma * Q[following[s, a]].max() - Q[s, a])
        return Q

    fn.__name__ = key
    return wrong("01.4", key)(fn)


_plus("clock_only", lambda tried, s, a, t, kappa: kappa * np.sqrt(t))
_plus("backwards_clock", lambda tried, s, a, t, kappa: kappa * np.sqrt(tried[s, a]))
_plus("state_clock", lambda tried, s, a, t, kappa: kappa * np.sqrt(t - tried[s].max()))
_plus("no_root", lambda tried, s, a, t, kappa: kappa * (t - tried[s, a]))
_plus("no_bonus", lambda tried, s, a, t, kappa: 0.0)
_plus("kappa_inside", lambda tried, s, a, t, kappa: np.sqrt(kappa * (t - tried[s, a])))
_plus("inverse", lambda tried, s, a, t, kappa: kappa / np.sqrt(max(t - tried[s, a], 1)))
_plus("punishes", lambda tried, s, a, t, kappa: -kappa * np.sqrt(t - tried[s, a]))


@wrong("01.4", "resets_the_clock")
def the_buggy_one(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        tried[s, a] = t
        paid = reward[s, a] + kappa * np.sqrt(tau)
        Q[s, a] += alpha * (paid + gamma * Q[following[s, a]].max() - Q[s, a])
    return Q


@wrong("01.4", "resets_the_clock")
def the_bug_on_a_copy(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    return the_buggy_one(Q, reward, following, tried.copy(), t, pairs, alpha, gamma, kappa)


@wrong("01.4", "in_the_model")
def writes_the_bonus_down(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        reward[s, a] += kappa * np.sqrt(t - tried[s, a])
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
    return Q


@wrong("01.4", "outside_target")
def adds_the_bonus_to_the_value(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        Q[s, a] += kappa * np.sqrt(t - tried[s, a])
    return Q


# 01.5 Find the bug: prioritised sweeping


def _sweeping(key="", error=abs, take=np.argmax, clear=True, wake="before", floor=None, stop=True, old=False):
    """Prioritised sweeping with places to go wrong."""

    def fn(Q, reward, following, priority, n, alpha, gamma, theta):
        Q, priority = Q.copy(), priority.copy()
        for _ in range(n):
            s, a = np.unravel_index(take(priority), priority.shape)
            if stop and priority.max() == 0:
                break
            if clear:
                priority[s, a] = 0
            last = Q.copy()
            Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
            values = last if old else Q
            near = {"before": np.argwhere(following == s), "nobody": []}.get(wake)
            for p, b in [(following[s, a], c) for c in range(Q.shape[1])] if near is None else near:
                size = error(reward[p, b] + gamma * values[following[p, b]].max() - values[p, b])
                if size > (theta if floor is None else floor):
                    priority[p, b] = max(priority[p, b], size)
        return Q

    fn.__name__ = key or "mended"
    return fn


right("01.5")(_sweeping())


@right("01.5")
def with_a_list_for_a_line(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, line = Q.copy(), {(int(s), int(a)): priority[s, a] for s, a in np.argwhere(priority > 0)}
    for _ in range(n):
        if not line:
            return Q
        s, a = min(line, key=lambda pair: (-line[pair], pair))
        del line[s, a]
        Q[s, a] = Q[s, a] * (1 - alpha) + alpha * (reward[s, a] + gamma * Q[following[s, a]].max())
        for p in range(len(Q)):
            for b in range(Q.shape[1]):
                size = np.abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
                if following[p, b] == s and size > theta:
                    line[p, b] = max(size, line.get((p, b), 0))
    return Q


@right("01.5")
def all_errors_at_once(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = torch.tensor(Q), torch.tensor(priority)
    reward, following = torch.tensor(reward), torch.tensor(following)
    for _ in range(n):
        first = int(priority.argmax())
        s, a = first // Q.shape[1], first % Q.shape[1]
        if priority[s, a] == 0:
            break
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        size = (reward + gamma * Q.amax(1)[following] - Q).abs()
        wakes = (following == s) & (size > theta)
        priority = torch.where(wakes, torch.maximum(priority, size), priority)
    return Q


wrong("01.5", "good_news")(_sweeping("the_buggy_sweep", error=lambda x: x))
wrong("01.5", "successors")(_sweeping("wakes_the_next", wake="after"))
wrong("01.5", "alone")(_sweeping("wakes_nobody", wake="nobody"))
wrong("01.5", "stays")(_sweeping("stays_in_line", clear=False))
wrong("01.5", "smallest")(_sweeping("takes_the_smallest", take=lambda p: np.where(p > 0, p, np.inf).argmin()))
wrong("01.5", "no_theta")(_sweeping("ignores_theta", floor=0.0))
wrong("01.5", "too_early")(_sweeping("looks_before_the_update", old=True))
wrong("01.5", "empty")(_sweeping("never_stops", stop=False))
