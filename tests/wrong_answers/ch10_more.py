"""More answers to the exercises of chapter 10: other ways to be right, and slips that come in pairs."""

import re

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong


@right("10.1")
def from_the_split(D, N, expand, P, K):
    widths = [expand * D, expand * D, N, N, expand * D // P]  # z, x, B, C, dt
    convolved = sum(widths[1:4])
    learnt = D * sum(widths) + convolved * K + convolved + 3 * widths[4] + widths[0] + widths[0] * D
    return float(learnt), float(widths[0] * N + convolved * (K - 1))


@right("10.2")
def padded(z, action, is_first, z0, a0):
    x = F.pad(torch.cat([z, action], 2)[:, :-1], (0, 0, 1, 0))
    start = F.pad(torch.cat([z0, a0], 1)[:, None], (0, 0, 0, z.shape[1] - 1))
    return torch.where(is_first[:, :, None], 0.0, x + start)


@wrong("10.2", "value")
def neither_shifted_nor_emptied(z, action, is_first, z0, a0):
    return torch.cat([z, action], -1)


@right("10.3")
def with_relu(post, prior, is_first, free):
    q = post.detach()[:, 1:]
    above = F.relu((q * q.log() - q * prior[:, :-1].log()).flatten(2).sum(-1) - free)
    return free + above.masked_select(is_first[:, 1:].logical_not()).mean()


@wrong("10.3", "value")
def shifted_the_other_way_and_free_at_the_end(post, prior, is_first, free):
    q, p = post[:, :-1].detach(), prior[:, 1:]
    return (q * (q.log() - p.log())).sum((-2, -1)).mean().clamp(min=free)


@right("10.4")
def mixing_samples(logits, mix):
    return torch.stack([torch.softmax(logits, -1), torch.softmax(0 * logits, -1)], -1) @ torch.tensor(
        [1 - mix, mix], dtype=logits.dtype
    )


@right("10.5")
def by_a_pattern(weights, updates, lr, decay):
    own = re.compile(r"(^|\.)(A_log|D|dt_bias)$")
    rate = {name: 0.0 if own.search(name) or len(w.shape) < 2 else decay for name, w in weights.items()}
    return {name: w - lr * (updates[name] + rate[name] * w) for name, w in weights.items()}


@wrong("10.5", "by_letters")
def forgets_that_dense_is_not_d(weights, updates, lr, decay):
    spared = ("A_log", "D", "dt_bias")
    rate = {
        name: 0.0 if w.dim() < 2 or any(own in name for own in spared) else lr * decay for name, w in weights.items()
    }
    return {name: w - lr * updates[name] - rate[name] * w for name, w in weights.items()}


@right("10.6")
def relative_to_the_first_sorted(N, tau):
    weight = np.exp((np.sort(N)[0] - N) / tau)
    return weight / np.sum(weight)


@right("10.7")
def with_minimum(N, M, tau, alpha, beta):
    score = (1 - beta) * N + (beta - alpha) * M + beta * np.minimum(0, N - M)
    weight = np.exp(score / tau - np.max(score / tau))
    return weight / weight.sum()


@right("10.8")
def by_unique(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    counters = []
    for counter, starts, amount in ((trained, train_starts, 1.0), (dreamt, dream_starts, rate)):
        counter = np.where(np.isin(np.arange(len(counter)), overwritten), 0.0, counter)
        index, times = np.unique(starts, return_counts=True)
        counter[index] += amount * times
        counters.append(counter)
    return tuple(counters)


@right("10.9")
def by_index(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = (part.clone() for part in state)
    for part in (h, z, a):
        part[is_first] = 0
    after = recur(h, torch.cat([z, a], dim=1))
    z = encode(obs)
    a = policy(torch.cat([after, z], dim=1))
    return a, (after, z, a)


@wrong("10.9", "keeps_h")
def hands_the_old_state_back(obs, is_first, state, encode, recur, prior, policy):
    action, _ = by_index(obs, is_first, state, encode, recur, prior, policy)
    return action, state


@right("10.10")
def with_one_flag(env, policy, steps):
    stored, fresh = [], True
    while len(stored) < steps:
        if fresh:
            obs, reward, terminated, truncated = env.reset(), 0.0, False, False
        over = bool(terminated or truncated)
        action = policy(obs) if not over else 0
        stored.append((obs, action, reward, fresh, over, bool(terminated)))
        fresh = over
        if not over:
            obs, reward, terminated, truncated = env.step(action)
    return stored
