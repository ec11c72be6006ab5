"""Answers to exercises 10.6 to 10.10, sampler and acting, by someone who had not seen the checks."""

from collections import Counter

import numpy as np
import torch

from . import right, wrong

# 10.6 Find the bug: a sampler that dies of old age


@right("10.6")
def by_torch(N, tau):
    return torch.softmax(torch.from_numpy(-N.astype(np.float64) / tau), 0).numpy()


@wrong("10.6", "underflow")
def in_64_bits(N, tau):
    """float64 puts it off until N = 7,450."""
    e = np.exp(-N.astype(np.float64) / tau)
    return e / e.sum()


@wrong("10.6", "epsilon")
def epsilon_for_all(N, tau):
    """An epsilon for each: old counters become all alike."""
    e = np.exp(-N.astype(float) / tau) + 1e-8
    return e / e.sum()


@wrong("10.6", "wrong_end")
def from_the_mean(N, tau):
    """The mean is taken off."""
    e = np.exp(-(N - N.mean()) / tau)
    return e / e.sum()


@wrong("10.6", "clipped")
def clipped(N, tau):
    """Counters are clipped."""
    e = np.exp(-np.minimum(N, 500.0) / tau)
    return e / e.sum()


@wrong("10.6", "changed_input")
def counters_changed(N, tau):
    """Takes the minimum off the counters themselves."""
    N -= N.min()
    e = np.exp(-N / tau)
    return e / e.sum()


# 10.7 Where dreams may start


@right("10.7")
def in_logarithms(N, M, tau, alpha, beta):
    score = (N - alpha * M - beta * (N - M).clip(0)) / tau
    return np.exp(score - np.logaddexp.reduce(score))


def soft(score):
    """A softmax that survives."""
    e = np.exp(score - score.max())
    return e / e.sum()


@wrong("10.7", "no_beta")
def largest_of_all(N, M, tau, alpha, beta):
    """np.max(N - M, 0) takes the largest along axis 0."""
    return soft((N - alpha * M - beta * np.max(N - M, 0)) / tau)


@wrong("10.7", "wrong_end")
def from_the_least_as_in_training(N, M, tau, alpha, beta):
    """The smallest score is taken off, as the smallest N was in 10.6."""
    score = N - alpha * M - beta * np.maximum(0, N - M)
    e = np.exp((score - score.min()) / tau)
    return e / e.sum()


@wrong("10.7", "wrong_end")
def from_the_mean_score(N, M, tau, alpha, beta):
    """The mean score is taken off."""
    score = N - alpha * M - beta * np.maximum(0, N - M)
    e = np.exp((score - score.mean()) / tau)
    return e / e.sum()


@wrong("10.7", "value")
def smaller_instead(N, M, tau, alpha, beta):
    """min(0, N - M) for max."""
    return soft((N - alpha * M - beta * np.minimum(0, N - M)) / tau)


@wrong("10.7", "value")
def whole_dreams(N, M, tau, alpha, beta):
    """M is cut to whole numbers."""
    M = M.astype(int)
    return soft((N - alpha * M - beta * np.maximum(0, N - M)) / tau)


@wrong("10.7", "value")
def least_of_each(N, M, tau, alpha, beta):
    """The least is taken off N and off M, which changes who is ahead."""
    N, M = N - N.min(), M - M.min()
    return soft((N - alpha * M - beta * np.maximum(0, N - M)) / tau)


# 10.8 Find the bug: counters that forget, and counters that do not


@right("10.8")
def one_draw_at_a_time(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = np.array(trained, float), np.array(dreamt, float)
    for i in overwritten:
        N[i] = M[i] = 0
    for i in train_starts:
        N[i] += 1
    for i, times in Counter(dream_starts.tolist()).items():
        M[i] += times * rate
    return N, M


@wrong("10.8", "value")
def all_of_m_scaled(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    """Counts dreams as 1 and multiplies all of M by rate."""
    N, M = one_draw_at_a_time(trained, dreamt, train_starts, dream_starts, overwritten, 1.0)
    return N, M * rate


@wrong("10.8", "raised")
def as_many_as_seen(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    """bincount without minlength: as long as the largest index."""
    N, M = trained.copy(), dreamt.copy()
    N[overwritten] = M[overwritten] = 0
    return N + np.bincount(train_starts), M + rate * np.bincount(dream_starts)


# 10.9 Find the bug: an agent that lives in a window


@right("10.9")
def look_first(obs, is_first, state, encode, recur, prior, policy):
    z = encode(obs)
    keep = (~is_first)[:, None].to(state[0].dtype)
    last = torch.hstack([state[1] * keep, state[2] * keep])
    h = recur(state[0] * keep, last)
    a = policy(torch.hstack([h, z]))
    return (a, (h, z, a))


def masked(state, is_first, which=(0, 1, 2)):
    """The state, cleared at a first step."""
    return [s * ~is_first[:, None] if i in which else s for i, s in enumerate(state)]


def lived(state, obs, encode, recur, policy):
    """A right step from here on."""
    h, z, a = state
    h, z = recur(h, torch.cat([z, a], -1)), encode(obs)
    a = policy(torch.cat([h, z], -1))
    return a, (h, z, a)


@wrong("10.9", "whole_batch")
def one_resets_all(obs, is_first, state, encode, recur, prior, policy):
    """If any world begins anew, all are cleared."""
    if is_first.any():
        state = [torch.zeros_like(s) for s in state]
    return lived(state, obs, encode, recur, policy)


@wrong("10.9", "emptied_after")
def cleared_after_recur(obs, is_first, state, encode, recur, prior, policy):
    """h is set to zero after the step, so that recur of a first step is lost."""
    h, z, a = masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1)) * ~is_first[:, None]
    z = encode(obs)
    a = policy(torch.cat([h, z], -1))
    return a, (h, z, a)


@wrong("10.9", "new_z_in")
def new_z_into_the_memory(obs, is_first, state, encode, recur, prior, policy):
    """The memory takes in the z of this step, with the action of the last."""
    h, _, a = masked(state, is_first)
    z = encode(obs)
    h = recur(h, torch.cat([z, a], -1))
    a = policy(torch.cat([h, z], -1))
    return a, (h, z, a)


@wrong("10.9", "keeps_h")
def old_memory_returned(obs, is_first, state, encode, recur, prior, policy):
    """Hands on the h it got."""
    h, z, a = masked(state, is_first)
    action, (_, z_new, _) = lived((h, z, a), obs, encode, recur, policy)
    return action, (h, z_new, action)


@wrong("10.9", "keeps_a")
def old_action_returned(obs, is_first, state, encode, recur, prior, policy):
    """Hands on the last action."""
    h, z, a = masked(state, is_first)
    action, (h, z, _) = lived((h, z, a), obs, encode, recur, policy)
    return action, (h, z, a)


# 10.10 Find the bug: the frame that stays


@right("10.10")
def for_so_many_steps(env, policy, steps):
    rows, done, action = [], True, 0
    for _ in range(steps):
        begins = done
        if begins:
            frame, paid, died, done = env.reset(), 0.0, False, False
        else:
            frame, paid, died, late = env.step(action)
            done = bool(died or late)
        action = policy(frame) if not done else 0
        rows.append((frame, action, float(paid), begins, done, died))
    return rows


def collected(env, policy, steps, last_action=lambda policy, obs: 0, tell=lambda died, late: (died or late, died)):
    """A right loop, but for what is handed to it."""
    rows, done, action = [], True, 0
    while len(rows) < steps:
        first = done
        if first:
            obs, reward, done, terminal = env.reset(), 0.0, False, False
        else:
            obs, reward, died, late = env.step(action)
            done, terminal = tell(died, late)
        action = last_action(policy, obs) if done else policy(obs)
        rows.append((obs, action, reward, first, done, terminal))
    return rows


@wrong("10.10", "limit_forgotten")
def time_limit_is_not_last(env, policy, steps):
    """A time limit is not noticed."""
    return collected(env, policy, steps, tell=lambda died, late: (died, died))


@wrong("10.10", "paid_early")
def reward_of_the_action(env, policy, steps):
    """The reward is stored with the action that earned it, a step early."""
    rows = collected(env, policy, steps + 1)
    return [(o, a, 0.0 if l else n[2], f, l, d) for (o, a, r, f, l, d), n in zip(rows, rows[1:])]


@wrong("10.10", "value")
def resets_twice(env, policy, steps):
    """Resets, and resets again to get the frame."""
    stored, obs = [], env.reset()
    reward, first, last, terminal = 0.0, True, False, False
    while len(stored) < steps:
        action = 0 if last else policy(obs)
        stored.append((obs, action, reward, first, last, terminal))
        if last:
            env.reset()
            obs, reward, first, last, terminal = env.reset(), 0.0, True, False, False
        else:
            obs, reward, terminal, truncated = env.step(action)
            first, last = False, terminal or truncated
    return stored
