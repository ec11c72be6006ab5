"""Answers to exercises 10.13 and 10.14, by someone who had not seen the checks."""

import itertools
import math

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong

# 10.13 What a faint dot is worth


@right("10.13")
def worth_plain(field, dot, nats, pixels, spread):
    t, f = float(dot) / 255, float(field) / 255

    def side(a, b):
        return a * math.log(a / b) if a > 0 else 0.0

    return side(t, f) + side(1 - t, 1 - f), nats / pixels * ((t - f) / spread) ** 2


@right("10.13")
def worth_torch(field, dot, nats, pixels, spread):
    t, f = (torch.tensor(float(grey), dtype=torch.float64) / 255 for grey in (dot, field))
    entropy = torch.special.entr(t) + torch.special.entr(1 - t)
    coin = F.binary_cross_entropy(f, t) - entropy
    contrast = F.mse_loss(f / spread, t / spread) * nats / pixels
    return coin.item(), contrast.item()


@wrong("10.13", "reversed")
def worth_other_way_round(field, dot, nats, pixels, spread):
    """Takes KL(f || t): the mean over the drawn coin instead of the true one (infinite for a dot of 0 or 255)."""
    t, f = float(dot) / 255, float(field) / 255
    if t in (0.0, 1.0):
        coin = math.inf
    else:
        coin = f * math.log(f / t) + (1 - f) * math.log((1 - f) / (1 - t))
    return coin, nats / pixels * ((t - f) / spread) ** 2


@wrong("10.13", "cross_entropy")
def worth_entropy_kept(field, dot, nats, pixels, spread):
    """The cross-entropy alone: what the true picture costs is not taken off."""
    t, f = float(dot) / 255, float(field) / 255
    return -t * math.log(f) - (1 - t) * math.log(1 - f), nats / pixels * ((t - f) / spread) ** 2


@wrong("10.13", "edge")
def worth_free_at_the_ends(field, dot, nats, pixels, spread):
    """For a dot of 0 or 255 the whole KL counts as 0, and not only its term 0 ln 0."""
    t, f = np.float64(dot) / 255, np.float64(field) / 255
    with np.errstate(all="ignore"):
        coin = t * np.log(t / f) + (1 - t) * np.log((1 - t) / (1 - f))
    return float(np.nan_to_num(coin)), float(nats / pixels * ((t - f) / spread) ** 2)


@wrong("10.13", "spread_once")
def worth_spread_not_squared(field, dot, nats, pixels, spread):
    """Divides the squared deviation by the spread, and not by its square."""
    t, f = float(dot) / 255, float(field) / 255
    coin = sum(a * math.log(a / b) for a, b in ((t, f), (1 - t, 1 - f)) if a > 0)
    return coin, nats / pixels * (t - f) ** 2 / spread


@wrong("10.13", "no_pixels")
def worth_one_pixel_has_all(field, dot, nats, pixels, spread):
    """Gives all the nats to the one pixel, for only one is wrong: no division by the number of pixels."""
    t, f = float(dot) / 255, float(field) / 255
    coin = sum(a * math.log(a / b) for a, b in ((t, f), (1 - t, 1 - f)) if a > 0)
    return coin, nats * ((t - f) / spread) ** 2


# 10.14 Many games, one number


@right("10.14")
def aggregate_numpy(scores, random, human):
    hns = (scores - random) / (human - random)
    games = hns.mean(axis=0)
    runs = np.sort(hns, axis=None)
    cut = int(0.25 * runs.size)
    return float(games.mean()), float(np.median(games)), float(runs[cut : runs.size - cut].mean())


@right("10.14")
def aggregate_loops(scores, random, human):
    runs, games = [], []
    for column, low, high in zip(np.asarray(scores, dtype=float).T, random, human):
        of_game = [(float(points) - float(low)) / (float(high) - float(low)) for points in column]
        games.append(math.fsum(of_game) / len(of_game))
        runs.extend(of_game)
    games.sort()
    runs.sort()
    G, n = len(games), len(runs)
    cut = int(0.25 * n)
    middle = list(itertools.islice(runs, cut, n - cut))
    return math.fsum(games) / G, (games[(G - 1) // 2] + games[G // 2]) / 2, math.fsum(middle) / len(middle)


@wrong("10.14", "median_of_runs")
def aggregate_median_of_runs(scores, random, human):
    """The median over all S x G runs, and not over the games' means."""
    hns = (scores - random) / (human - random)
    runs = np.sort(hns, axis=None)
    cut = int(0.25 * runs.size)
    return float(hns.mean()), float(np.median(hns)), float(runs[cut : runs.size - cut].mean())


@wrong("10.14", "iqm_of_games")
def aggregate_iqm_of_games(scores, random, human):
    """Trims the games' means instead of all runs."""
    games = np.sort(((scores - random) / (human - random)).mean(axis=0))
    cut = int(0.25 * games.size)
    return float(games.mean()), float(np.median(games)), float(games[cut : games.size - cut].mean())


@wrong("10.14", "iqm_percentile")
def aggregate_between_quartiles(scores, random, human):
    """Keeps what lies between the quartiles, which are interpolated: too few runs where n is no multiple of 4."""
    hns = (scores - random) / (human - random)
    games = hns.mean(axis=0)
    low, high = np.percentile(hns, [25, 75])
    return float(games.mean()), float(np.median(games)), float(hns[(hns >= low) & (hns <= high)].mean())


@wrong("10.14", "points_first")
def aggregate_points_averaged_first(scores, random, human):
    """The mean is taken over the games' points, and normalised afterwards: games with many points outweigh all."""
    hns = (scores - random) / (human - random)
    runs = np.sort(hns, axis=None)
    cut = int(0.25 * runs.size)
    mean = (scores.mean() - random.mean()) / (human.mean() - random.mean())
    return float(mean), float(np.median(hns.mean(axis=0))), float(runs[cut : runs.size - cut].mean())


@wrong("10.14", "iqm_unsorted")
def aggregate_sorted_by_seed(scores, random, human):
    """Sorts each seed's row for itself before all are strung together, so the cut hits the first and last seeds."""
    hns = (scores - random) / (human - random)
    games = hns.mean(axis=0)
    runs = np.sort(hns).ravel()
    cut = int(0.25 * runs.size)
    return float(games.mean()), float(np.median(games)), float(runs[cut : runs.size - cut].mean())
