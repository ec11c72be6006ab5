"""Answers to exercises of chapter 07 that readers gave and that no message named, or that passed."""

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from . import right, wrong

# 07.1 Where will the ball be?


@wrong("07.1", "one_bounce")
def high_then_low(x, v, k, low, high):
    x = x + k * v
    v = np.where(x > high, -v, v)
    x = np.where(x > high, 2 * high - x, x)
    v = np.where(x < low, -v, v)
    return np.where(x < low, 2 * low - x, x), v


@wrong("07.1", "one_bounce")
def low_then_high(x, v, k, low, high):
    x = x + k * v
    under = x < low
    x = np.where(under, 2 * low - x, x)
    over = x > high
    return np.where(over, 2 * high - x, x), np.where(under ^ over, -v, v)


@wrong("07.1", "one_bounce")
def two_folds_and_one_turn(x, v, k, low, high):
    end = x + k * v
    x = low + np.abs(end - low)
    return high - np.abs(high - x), np.where((end < low) | (end > high), -v, v)


@wrong("07.1", "one_wall_a_step")
def both_walls_in_each_step(x, v, k, low, high):
    for _ in range(k):
        x, v = high_then_low(x, v, 1, low, high)
    return x, v


@wrong("07.1", "one_wall_a_step")
def both_walls_in_each_step_low_first(x, v, k, low, high):
    for _ in range(k):
        x, v = low_then_high(x, v, 1, low, high)
    return x, v


# 07.4 Imagine


def _dream(h, z, H, recur, draw):
    hs, zs = [h], [z]
    for _ in range(H):
        h = recur(h, z)
        kept, z = draw(h)
        hs.append(h), zs.append(kept)
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "draws_twice")
def keeps_the_first_draw(h, z, H, recur, prior, sample):
    return _dream(h, z, H, recur, lambda h: (sample(prior(h)), sample(prior(h))))


@wrong("07.4", "draws_twice")
def keeps_the_second_draw(h, z, H, recur, prior, sample):
    return _dream(h, z, H, recur, lambda h: (sample(prior(h)), sample(prior(h)))[::-1])


@wrong("07.4", "draws_twice")
def draws_all_again_at_the_end(h, z, H, recur, prior, sample):
    hs, _ = _dream(h, z, H, recur, lambda h: (sample(prior(h)),) * 2)
    return hs, torch.stack([z, *(sample(prior(hs[:, t])) for t in range(1, H + 1))], 1)


@right("07.4")
def looks_at_a_draw_it_does_not_use(h, z, H, recur, prior, sample):
    sample(prior(h))
    return _dream(h, z, H, recur, lambda h: (sample(prior(h)),) * 2)


# 07.6 The KL of two Gaussians


@wrong("07.6", "std_squared_twice")
def takes_variances_for_deviations(mean_q, std_q, mean_p, std_p):
    return kl_divergence(Normal(mean_q, std_q**2), Normal(mean_p, std_p**2)).sum(-1)


@wrong("07.6", "std_as_variance")
def forgets_the_squares(mean_q, std_q, mean_p, std_p):
    return ((std_p / std_q).log() + (std_q + (mean_q - mean_p) ** 2) / (2 * std_p) - 0.5).sum(-1)


@wrong("07.6", "log_of_variances")
def logarithm_of_squares(mean_q, std_q, mean_p, std_p):
    var_q, var_p = std_q**2, std_p**2
    return ((var_p / var_q).log() + (var_q + (mean_q - mean_p) ** 2) / (2 * var_p) - 0.5).sum(-1)


# 07.7 Straight through


def _hot(probs, index):
    return F.one_hot(index, probs.shape[-1]).to(probs.dtype)


@wrong("07.7", "ratio")
def times_one(probs, index):
    return _hot(probs, index) * probs / probs.detach()


@wrong("07.7", "ratio")
def picks_the_ratio(probs, index):
    picked = probs.gather(-1, index.unsqueeze(-1))
    return _hot(probs, index) * (picked / picked.detach())


# 07.10 Which groups are alive?


@wrong("07.10", "step_sum")
def sum_over_time(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum(-1).sum(1).mean(0)


@wrong("07.10", "step_sum")
def sum_over_sequences(posterior, prior):
    return (posterior * np.log(posterior / prior)).sum(-1).mean(1).sum(0)


# 07.11 What the reward head expects


def _shares(said):
    """Wrong answers that count agreement over all steps: `said(predicted)` claims a reward."""

    @wrong("07.11", "accuracy")
    def agrees(predicted, reward):
        return float((said(predicted, reward) == (reward != 0)).mean())

    @wrong("07.11", "accuracy")
    def agrees_on_pleasant_ones(predicted, reward):
        return float((said(predicted, reward) == (reward > 0)).mean())


_shares(lambda predicted, reward: predicted >= 0.5)
_shares(lambda predicted, reward: np.abs(predicted) >= 0.5)
_shares(lambda predicted, reward: predicted != 0)
_shares(lambda predicted, reward: predicted > 0)


@wrong("07.11", "accuracy")
def same_sign(predicted, reward):
    return float((np.sign(predicted) == np.sign(reward)).mean())


@wrong("07.11", "accuracy")
def near_enough(predicted, reward):
    return float((np.abs(predicted - reward) <= np.abs(reward) / 2).mean())


@wrong("07.11", "accuracy")
def half_of_it_anywhere(predicted, reward):
    return float((predicted >= reward / 2).mean())


@wrong("07.11", "accuracy")
def near_a_half(predicted, reward):
    return float((np.abs(predicted - reward) < 0.5).mean())


# 07.14 The diagnosis


@wrong("07.14", "ratio")
def divides_by_what_h_is_worth(readings):
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] == 0:
        return "posterior collapse"
    if readings["without_z"] / readings["without_h"] < 0.01:
        return "ignores z"
    return "blind to reward" if readings["recall"] < 0.1 else "healthy"


@wrong("07.14", "ratio")
def divides_first_of_all(readings):
    share = readings["without_z"] / readings["without_h"]
    signs = {
        "ignores resets": readings["leak"] > 1e-4,
        "posterior collapse": readings["active"] == 0,
        "ignores z": share < 0.01,
        "blind to reward": readings["recall"] < 0.1,
    }
    return next((name for name, struck in signs.items() if struck), "healthy")


# 07.17 Spread a reward


@wrong("07.17", "lost_turned")
def convolves(reward, f):
    return np.convolve(reward, f, "same")


@wrong("07.17", "lost_turned")
def convolves_and_cuts(reward, f):
    w = len(f) // 2
    return np.convolve(reward, f, "full")[w : w + len(reward)]


@wrong("07.17", "turned")
def convolves_and_stretches(reward, f):
    out = np.convolve(reward, f, "same")
    return out * reward.sum() / out.sum()
