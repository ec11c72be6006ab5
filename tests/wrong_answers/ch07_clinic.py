"""Answers to exercises 07.10 to 07.14."""

import math

import numpy as np
import torch

from . import right, wrong

# 07.10 Which groups are alive?


@right("07.10")
def ratio_of_logs(posterior, prior):
    return (posterior * (np.log(posterior) - np.log(prior))).sum(axis=3).mean(axis=1).mean(axis=0)


@right("07.10")
def by_torch(posterior, prior):
    p, q = (torch.distributions.Categorical(probs=torch.from_numpy(x)) for x in (posterior, prior))
    return torch.distributions.kl_divergence(p, q).mean((0, 1))


@wrong("07.10", "reversed")
def prior_first(posterior, prior):
    return (prior * np.log(prior / posterior)).sum(-1).mean((0, 1))


@wrong("07.10", "averaged_first")
def averages_the_distributions(posterior, prior):
    p, q = posterior.mean((0, 1)), prior.mean((0, 1))
    return (p * np.log(p / q)).sum(-1)


@wrong("07.10", "class_mean")
def mean_over_all_but_groups(posterior, prior):
    return (posterior * np.log(posterior / prior)).mean((0, 1, 3))


@wrong("07.10", "step_sum")
def sum_over_all_but_groups(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum((0, 1, 3))


@wrong("07.10", "bits")
def in_bits(posterior, prior):
    return (posterior * np.log2(posterior / prior)).sum(-1).mean((0, 1))


@wrong("07.10", "cross_entropy")
def without_the_entropy(posterior, prior):
    return -(posterior * np.log(prior)).sum(-1).mean((0, 1))


@wrong("07.10", "absolute")
def afraid_of_minus(posterior, prior):
    return np.abs(posterior * np.log(posterior / prior)).sum(-1).mean((0, 1))


@wrong("07.10", "shape")
def one_number(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum(-1).mean()


# 07.11 What the reward head expects


@right("07.11")
def with_a_mask(predicted, reward):
    here = reward != 0
    if not here.any():
        return math.nan
    return np.mean(predicted[here] / reward[here] >= 0.5)


@right("07.11")
def one_by_one(predicted, reward):
    hits = [p * np.sign(r) >= abs(r) / 2 for p, r in zip(predicted.flat, reward.flat) if r]
    return sum(hits) / len(hits) if hits else float("nan")


@wrong("07.11", "precision")
def of_the_claims(predicted, reward):
    claimed = np.abs(predicted) >= np.abs(reward[reward != 0]).min(initial=1.0) / 2
    return (reward[claimed] != 0).mean()


@wrong("07.11", "accuracy")
def of_all_steps(predicted, reward):
    return (predicted * np.sign(reward) >= np.abs(reward) / 2).mean()


@wrong("07.11", "fixed_half")
def above_one_half(predicted, reward):
    here = reward != 0
    return (predicted[here] >= 0.5).mean()


@wrong("07.11", "size_only")
def by_size(predicted, reward):
    here = reward != 0
    return (np.abs(predicted) >= np.abs(reward) / 2)[here].mean()


@wrong("07.11", "pleasant_only")
def only_good_news(predicted, reward):
    here = reward > 0
    return (predicted[here] >= reward[here] / 2).mean()


@wrong("07.11", "all_of_it")
def wants_all(predicted, reward):
    here = reward != 0
    return (predicted * np.sign(reward) >= np.abs(reward))[here].mean()


@wrong("07.11", "zero_for_none")
def never_nan(predicted, reward):
    here = reward != 0
    hits = (predicted * np.sign(reward) >= np.abs(reward) / 2) & here
    return hits.sum() / max(here.sum(), 1)


@wrong("07.11", "none")
def forgets_to_return(predicted, reward):
    (predicted * np.sign(reward) >= np.abs(reward) / 2)[reward != 0].mean()


# 07.12 Swap the latents


@right("07.12")
def by_index(loss, h, z, obs):
    other = [len(z) - 1, *range(len(z) - 1)]
    return (loss(h, z[other], obs) - loss(h, z, obs)).mean().item()


@right("07.12")
def by_cat(loss, h, z, obs):
    swapped = torch.cat([z[-1:], z[:-1]])
    return loss(h, swapped, obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "time")
def other_step(loss, h, z, obs):
    return loss(h, z.roll(1, 1), obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "both")
def whole_state(loss, h, z, obs):
    return loss(h.roll(1, 0), z.roll(1, 0), obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "h")
def other_part(loss, h, z, obs):
    return loss(h.roll(1, 0), z, obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "no_baseline")
def only_swapped(loss, h, z, obs):
    return loss(h, z.roll(1, 0), obs).mean()


@wrong("07.12", "sign")
def turned_round(loss, h, z, obs):
    return loss(h, z, obs).mean() - loss(h, z.roll(1, 0), obs).mean()


@wrong("07.12", "ratio")
def as_a_ratio(loss, h, z, obs):
    return loss(h, z.roll(1, 0), obs).mean() / loss(h, z, obs).mean()


@wrong("07.12", "zeros")
def nothing_instead(loss, h, z, obs):
    return loss(h, torch.zeros_like(z), obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "within")
def inside_z(loss, h, z, obs):
    return loss(h, z.roll(1, 2), obs).mean() - loss(h, z, obs).mean()


@wrong("07.12", "shape")
def each_step(loss, h, z, obs):
    return loss(h, z.roll(1, 0), obs) - loss(h, z, obs)


@wrong("07.12", "value")
def any_permutation(loss, h, z, obs):
    return loss(h, z.flip(0), obs).mean() - loss(h, z, obs).mean()


# 07.13 Find the bug: a test that cannot fail


@right("07.13")
def both_mended(step, past, obs, action, fresh):
    begun, anew = step(past, obs, action, True), step(fresh, obs, 0 * action, True)
    return np.abs(begun - anew).max()


@right("07.13")
def by_a_norm(step, past, obs, action, fresh):
    difference = step(past, obs, action, True) - step(fresh, obs, np.zeros(action.shape), True)
    return float(np.linalg.norm(difference.ravel(), ord=np.inf))


def _leak(key, old_state="past", old=True, new=False, first=True, how=lambda d: float(np.abs(d).max())):
    """A wrong test: which action comes in on both sides, which state on the second, and how differences are told."""

    def fn(step, past, obs, action, fresh):
        none = np.zeros_like(action)
        begun = step(past, obs, action if old else none, first)
        anew = step(past if old_state == "same" else fresh, obs, action if new else none, first)
        return how(begun - anew)

    fn.__name__ = f"leak_{key}"
    return wrong("07.13", key)(fn)


_leak("unchanged", old=False, how=lambda d: float(abs(d.mean())))
_leak("no_action", old=False)
_leak("cancels", how=lambda d: float(abs(d.mean())))
_leak("mean_size", how=lambda d: float(np.abs(d).mean()))
_leak("same_past", old_state="same")
_leak("action_twice", new=True)
_leak("not_first", first=False)
_leak("signed", how=lambda d: float(d.max()))


# 07.14 The diagnosis


@right("07.14")
def one_after_another(readings):
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] <= 0:
        return "posterior collapse"
    if 100 * readings["without_z"] < readings["without_h"]:
        return "ignores z"
    return "blind to reward" if readings["recall"] < 0.1 else "healthy"


@right("07.14")
def from_a_table(readings):
    signs = {
        "ignores resets": readings["leak"] > 1e-4,
        "posterior collapse": readings["active"] == 0,
        "ignores z": readings["without_z"] < 0.01 * readings["without_h"],
        "blind to reward": readings["recall"] < 0.1,
        "healthy": True,
    }
    return next(name for name, struck in signs.items() if struck)


def _signs(readings):
    return {
        "ignores resets": readings["leak"] > 1e-4,
        "posterior collapse": readings["active"] == 0,
        "ignores z": readings["without_z"] < 0.01 * readings["without_h"],
        "blind to reward": readings["recall"] < 0.1,
    }


def _in_order(key, *order, **other):
    """A wrong doctor who looks in this order, or with other conditions, each a function of the readings."""

    def fn(readings):
        struck = _signs(readings) | {name.replace("_", " "): test(readings) for name, test in other.items()}
        return next((name for name in order if struck[name]), "healthy")

    fn.__name__ = f"doctor_{key}"
    return wrong("07.14", key)(fn)


_RESETS, _COLLAPSE, _Z, _REWARD = "ignores resets", "posterior collapse", "ignores z", "blind to reward"
_in_order("symptom_first", _RESETS, _Z, _COLLAPSE, _REWARD)
_in_order("leak_late", _COLLAPSE, _Z, _REWARD, _RESETS)
_in_order("recall_first", _RESETS, _COLLAPSE, _REWARD, _Z)
_in_order("absolute_z", _RESETS, _COLLAPSE, _Z, _REWARD, ignores_z=lambda r: r["without_z"] < 0.1)
_in_order("nan", _RESETS, _COLLAPSE, _Z, _REWARD, blind_to_reward=lambda r: not r["recall"] >= 0.1)
_in_order("turned", _RESETS, _COLLAPSE, _Z, _REWARD, posterior_collapse=lambda r: r["active"] > 0)
_in_order("any_leak", _RESETS, _COLLAPSE, _Z, _REWARD, ignores_resets=lambda r: r["leak"] > 0)


@wrong("07.14", "type")
def other_words(readings):
    return "ill" if any(_signs(readings).values()) else "healthy"


@wrong("07.14", "none")
def says_nothing_of_the_healthy(readings):
    for name, struck in _signs(readings).items():
        if struck:
            return name
