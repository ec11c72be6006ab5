"""Answers to exercise 01.5, find the bug: prioritised sweeping, by someone who had not seen the checks."""

import numpy as np

from . import right, wrong


@right("01.5")
def both_signs_join(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    while n > 0 and priority.any():
        n -= 1
        s, a = divmod(int(priority.argmax()), Q.shape[1])
        priority[s, a] = 0
        Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (reward[s, a] + gamma * Q[following[s, a]].max())
        error = np.abs(reward + gamma * Q[s].max() - Q)
        priority = np.where((following == s) & (error > theta), np.maximum(priority, error), priority)
    return Q


@right("01.5")
def with_a_dictionary_for_the_line(Q, reward, following, priority, n, alpha, gamma, theta):
    Q = [[float(q) for q in row] for row in Q]
    S, A = len(Q), len(Q[0])
    line = {(s, a): priority[s, a] for s in range(S) for a in range(A) if priority[s, a] > 0}
    for _ in range(n):
        if not line:
            break
        s, a = min(line, key=lambda pair: (-line[pair], pair))
        del line[s, a]
        Q[s][a] += alpha * (reward[s, a] + gamma * max(Q[following[s, a]]) - Q[s][a])
        for p in range(S):
            for b in range(A):
                if following[p, b] == s:
                    error = abs(reward[p, b] + gamma * max(Q[s]) - Q[p][b])
                    if error > theta:
                        line[p, b] = max(line.get((p, b), 0), error)
    return np.array(Q)


@wrong("01.5", "good_news")
def as_the_friend_wrote_this_too(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = reward[p, b] + gamma * Q[s].max() - Q[p, b]
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "no_theta")
def everyone_joins(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "value")
def turns_the_difference_round(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = Q[p, b] - (reward[p, b] + gamma * Q[s].max())
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "good_news")
def minus_in_line(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = reward[p, b] + gamma * Q[s].max() - Q[p, b]
            if abs(error) > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "successors")
def looks_at_where_it_leads(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        p = following[s, a]
        for b in range(Q.shape[1]):
            error = abs(reward[p, b] + gamma * Q[following[p, b]].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "value")
def forgets_the_reward_in_the_error(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "stays")
def nobody_leaves_the_line(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "late_theta")
def theta_for_improvements_only(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() <= theta:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "value")
def clears_the_whole_line(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[:] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = error
    return Q


@wrong("01.5", "changed_input")
def works_in_place(Q, reward, following, priority, n, alpha, gamma, theta):
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


@wrong("01.5", "value")
def the_newest_error_counts(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = error
    return Q
