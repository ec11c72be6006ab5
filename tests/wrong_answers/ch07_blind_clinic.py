"""Answers to exercises 07.10 to 07.14, the failure clinic, by someone who had not seen the checks."""

import math

import numpy as np
import torch

from . import right, wrong


@right("07.10")
def groups_loops(posterior, prior):
    B, T, Z, C = posterior.shape
    out = [0.0] * Z
    for z in range(Z):
        for b in range(B):
            for t in range(T):
                for c in range(C):
                    q, p = float(posterior[b, t, z, c]), float(prior[b, t, z, c])
                    out[z] += q * (math.log(q) - math.log(p)) / (B * T)
    return np.array(out)


@wrong("07.10", "shape")
def groups_wrong_axis(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum(2).mean((0, 1))


@wrong("07.10", "averaged_first")
def groups_of_the_mean(posterior, prior):
    q, p = posterior.mean((0, 1)), prior.mean((0, 1))
    return (q * np.log(q / p)).sum(-1)


@wrong("07.10", "shape")
def groups_total(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum((-2, -1)).mean()


@right("07.11")
def recall_ratio(predicted, reward):
    came = reward != 0
    if not came.any():
        return float("nan")
    return float(np.mean(predicted[came] / reward[came] >= 0.5))


@wrong("07.11", "penalty_turned")
def recall_positive_thinking(predicted, reward):
    came = reward != 0
    return float((predicted[came] >= reward[came] / 2).mean()) if came.any() else float("nan")


@wrong("07.11", "more_than_half")
def recall_strict(predicted, reward):
    came = reward != 0
    return float((predicted[came] / reward[came] > 0.5).mean()) if came.any() else float("nan")


@wrong("07.11", "accuracy")
def recall_all_steps(predicted, reward):
    hit = (reward != 0) & (predicted * reward >= reward**2 / 2)
    return float(hit.mean()) if (reward != 0).any() else float("nan")


@wrong("07.11", "too_much")
def recall_close(predicted, reward):
    came = reward != 0
    return float((abs(predicted - reward)[came] <= abs(reward[came]) / 2).mean()) if came.any() else float("nan")


@wrong("07.11", "precision")
def recall_precision(predicted, reward):
    said = abs(predicted) >= 0.5
    return float((predicted[said] * reward[said] > 0).mean()) if said.any() else float("nan")


@right("07.12")
def shuffle_index(loss, h, z, obs):
    B = z.shape[0]
    other = z[[(i - 1) % B for i in range(B)]]
    with torch.no_grad():
        wrong_, right_ = loss(h, other, obs).double(), loss(h, z, obs).double()
    return float(wrong_.mean()) - float(right_.mean())


@wrong("07.12", "next_sequence")
def shuffle_other_way(loss, h, z, obs):
    return float(loss(h, z.roll(-1, 0), obs).mean() - loss(h, z, obs).mean())


@wrong("07.12", "value")
def shuffle_random(loss, h, z, obs):
    return float(loss(h, z[torch.randperm(len(z))], obs).mean() - loss(h, z, obs).mean())


@wrong("07.12", "within")
def shuffle_flat(loss, h, z, obs):
    return float(loss(h, z.roll(1), obs).mean() - loss(h, z, obs).mean())


@wrong("07.12", "sum")
def shuffle_sum(loss, h, z, obs):
    return float((loss(h, z.roll(1, 0), obs) - loss(h, z, obs)).sum())


@wrong("07.12", "no_wrap")
def shuffle_without_wrap(loss, h, z, obs):
    other = z.clone()
    other[1:] = z[:-1]
    return float(loss(h, other, obs).mean() - loss(h, z, obs).mean())


@right("07.13")
def leak_plain(step, past, obs, action, fresh):
    a = np.asarray(step(past, obs, action.copy(), True), dtype=float).ravel()
    b = np.asarray(step(fresh, obs, np.zeros(action.shape, dtype=action.dtype), True), dtype=float).ravel()
    return max(abs(float(x) - float(y)) for x, y in zip(a, b))


@wrong("07.13", "signed")
def leak_abs_outside(step, past, obs, action, fresh):
    return float(abs((step(past, obs, action, True) - step(fresh, obs, np.zeros_like(action), True)).max()))


@wrong("07.13", "crossed")
def leak_crossed(step, past, obs, action, fresh):
    return float(abs(step(past, obs, np.zeros_like(action), True) - step(fresh, obs, action, True)).max())


@wrong("07.13", "same_past")
def leak_only_action(step, past, obs, action, fresh):
    return float(abs(step(fresh, obs, action, True) - step(fresh, obs, np.zeros_like(action), True)).max())


@wrong("07.13", "action_twice")
def leak_action_to_both(step, past, obs, action, fresh):
    return float(abs(step(past, obs, action, True) - step(fresh, obs, action, True)).max())


@right("07.14")
def diagnose_table(readings):
    table = {
        "ignores resets": lambda r: r["leak"] > 1e-4,
        "posterior collapse": lambda r: r["active"] == 0,
        "ignores z": lambda r: r["without_z"] < 0.01 * r["without_h"],
        "blind to reward": lambda r: r["recall"] < 0.1,
    }
    return next((name for name, sign in table.items() if sign(readings)), "healthy")


@wrong("07.14", "some_alive")
def diagnose_half_dead(readings):
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] < 0.1:
        return "posterior collapse"
    if readings["without_z"] < readings["without_h"] / 100:
        return "ignores z"
    return "blind to reward" if readings["recall"] < 0.1 else "healthy"


@wrong("07.14", "absolute_z")
def diagnose_absolute(readings):
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] == 0:
        return "posterior collapse"
    if readings["without_z"] < 0.01:
        return "ignores z"
    return "blind to reward" if readings["recall"] < 0.1 else "healthy"


@wrong("07.14", "recall_zero")
def diagnose_recall_zero(readings):
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] == 0:
        return "posterior collapse"
    if readings["without_z"] < readings["without_h"] / 100:
        return "ignores z"
    return "blind to reward" if readings["recall"] == 0 else "healthy"


@wrong("07.14", "type")
def diagnose_all(readings):
    found = []
    if readings["leak"] > 1e-4:
        found.append("ignores resets")
    if readings["active"] == 0:
        found.append("posterior collapse")
    if readings["without_z"] < readings["without_h"] / 100:
        found.append("ignores z")
    if readings["recall"] < 0.1:
        found.append("blind to reward")
    return found or "healthy"
