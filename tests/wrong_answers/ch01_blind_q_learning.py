"""Answers to exercise 01.3, Q-learning, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("01.3")
def a_weighted_mean_of_old_and_new(Q, s, a, r, s2, done, alpha, gamma):
    Q = np.array(Q)
    Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (r + gamma * (1 - done) * max(Q[s2]))
    return Q


@right("01.3")
def a_table_of_changes_in_torch(Q, s, a, r, s2, done, alpha, gamma):
    Q = torch.as_tensor(Q)
    change = torch.zeros_like(Q)
    change[s, a] = r - Q[s, a]
    if not done:
        change[s, a] += gamma * Q[s2].amax()
    return Q + alpha * change


@wrong("01.3", "done_ignored")
def never_looks_at_done(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * Q[s2].max() - Q[s, a])
    return Q


@wrong("01.3", "no_future")
def done_the_wrong_way_round(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + done * gamma * Q[s2].max() - Q[s, a])
    return Q


@wrong("01.3", "end_skipped")
def nothing_is_learnt_at_the_end(Q, s, a, r, s2, done, alpha, gamma):
    if done:
        return Q
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * Q[s2].max() - Q[s, a])
    return Q


@wrong("01.3", "reward_lost")
def the_target_at_the_end_is_zero(Q, s, a, r, s2, done, alpha, gamma):
    target = 0.0 if done else r + gamma * Q[s2].max()
    Q = Q.copy()
    Q[s, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.3", "overwrites")
def jumps_to_the_target(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] = r + gamma * (not done) * Q[s2].max()
    return Q


@wrong("01.3", "adds_target")
def adds_the_target_itself(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q[s2].max())
    return Q


@wrong("01.3", "same_action")
def the_same_action_next_time(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q[s2, a] - Q[s, a])
    return Q


@wrong("01.3", "mean")
def the_mean_of_what_comes_next(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q[s2].mean() - Q[s, a])
    return Q


@wrong("01.3", "argmax")
def the_best_action_s_number(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q[s2].argmax() - Q[s, a])
    return Q


@wrong("01.3", "largest_anywhere")
def the_largest_of_the_whole_table(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q.max() - Q[s, a])
    return Q


@wrong("01.3", "from_here")
def the_value_of_where_it_was(Q, s, a, r, s2, done, alpha, gamma):
    Q = Q.copy()
    Q[s, a] += alpha * (r + gamma * (not done) * Q[s].max() - Q[s, a])
    return Q


@wrong("01.3", "value")
def writes_to_the_next_state(Q, s, a, r, s2, done, alpha, gamma):
    target = r + gamma * (not done) * Q[s2].max()
    Q = Q.copy()
    Q[s2, a] += alpha * (target - Q[s, a])
    return Q


@wrong("01.3", "changed_input")
def another_name_is_no_copy(Q, s, a, r, s2, done, alpha, gamma):
    new = Q
    new[s, a] += alpha * (r + gamma * (not done) * Q[s2].max() - Q[s, a])
    return new


@wrong("01.3", "shape")
def only_the_new_number(Q, s, a, r, s2, done, alpha, gamma):
    return Q[s, a] + alpha * (r + gamma * (not done) * Q[s2].max() - Q[s, a])
