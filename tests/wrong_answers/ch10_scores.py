"""Answers to exercises 10.13 and 10.14."""

import math

import numpy as np

from . import right, wrong

# 10.13 What a faint dot is worth


@right("10.13")
def with_xlogy(field, dot, nats, pixels, spread):
    from scipy.special import rel_entr

    t, f = np.array([dot, 255 - dot]) / 255, np.array([field, 255 - field]) / 255
    return rel_entr(t, f).sum(), nats * (dot - field) ** 2 / (pixels * (255 * spread) ** 2)


@right("10.13")
def by_torch(field, dot, nats, pixels, spread):
    import torch
    from torch.distributions import Bernoulli, kl_divergence

    true, drawn = (Bernoulli(torch.tensor(grey / 255, dtype=torch.float64)) for grey in (dot, field))
    off = torch.tensor((dot - field) / 255 / spread)
    return kl_divergence(true, drawn), off.square() * nats / pixels


def _coin(t, f):
    return sum(p * math.log(p / q) for p, q in ((t, f), (1 - t, 1 - f)) if p > 0)


def _worth(field, dot, nats, pixels, spread, coin=_coin, contrast=None):
    contrast = contrast or (lambda off: nats / pixels * off**2)
    return coin(dot / 255, field / 255), contrast((dot - field) / 255 / spread)


@wrong("10.13", "reversed")
def drawn_first(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, coin=lambda t, f: _coin(f, t))


@wrong("10.13", "cross_entropy")
def as_a_loss_has_it(field, dot, nats, pixels, spread):
    entropy = lambda t, f: -t * math.log(f) - (1 - t) * math.log(1 - f)  # noqa: E731
    return _worth(field, dot, nats, pixels, spread, coin=entropy)


@wrong("10.13", "half_coin")
def one_side(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, coin=lambda t, f: t * math.log(t / f) if t else 0.0)


@wrong("10.13", "bits")
def base_two(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, coin=lambda t, f: _coin(t, f) / math.log(2))


@wrong("10.13", "edge")
def numpy_nan(field, dot, nats, pixels, spread):
    def coin(t, f):
        t = np.float64(t)
        return t * np.log(t / f) + (1 - t) * np.log((1 - t) / (1 - f))

    return _worth(field, dot, nats, pixels, spread, coin=coin)


@wrong("10.13", "not_scaled")
def grey_values(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread)[0], nats / pixels * ((dot - field) / spread) ** 2


@wrong("10.13", "not_squared")
def absolute(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: nats / pixels * abs(off))


@wrong("10.13", "not_squared")
def signed(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: nats / pixels * off)


@wrong("10.13", "no_weight")
def unweighted(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: off**2)


@wrong("10.13", "weight_upside")
def pixels_over_nats(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: pixels / nats * off**2)


@wrong("10.13", "weight_upside")
def all_pixels_at_once(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: nats * pixels * off**2)


@wrong("10.13", "spread_once")
def squares_too_soon(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: nats / pixels * off**2 * spread)


@wrong("10.13", "half")
def gaussian(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread, contrast=lambda off: nats / pixels * off**2 / 2)


@wrong("10.13", "swapped")
def contrast_first(field, dot, nats, pixels, spread):
    return _worth(field, dot, nats, pixels, spread)[::-1]


# 10.14 Many games, one number


@right("10.14")
def with_scipy(scores, random, human):
    from scipy.stats import trim_mean

    x = (scores - random) / (human - random)
    return x.mean(), np.median(x.mean(axis=0)), trim_mean(x, 0.25, axis=None)


@right("10.14")
def by_hand(scores, random, human):
    table = [[(s - r) / (h - r) for s, r, h in zip(row, random, human, strict=True)] for row in scores.tolist()]
    games = sorted(sum(column) / len(table) for column in zip(*table, strict=True))
    half = len(games) // 2
    runs = sorted(x for row in table for x in row)
    kept = runs[len(runs) // 4 : len(runs) - len(runs) // 4]
    median = games[half] if len(games) % 2 else (games[half - 1] + games[half]) / 2
    return sum(games) / len(games), median, sum(kept) / len(kept)


def _table(scores, random, human):
    return (scores - random) / (human - random)


def _iqm(x):
    x, k = np.sort(np.ravel(x)), int(0.25 * np.size(x))
    return x[k : x.size - k].mean()


def _told(x, median=None, iqm=_iqm):
    return x.mean(), np.median(x.mean(0)) if median is None else median(x), iqm(x)


@wrong("10.14", "human_only")
def over_the_human(scores, random, human):
    return _told((scores - random) / human)


@wrong("10.14", "human_only")
def share_of_the_human(scores, random, human):
    return _told(scores / human)


@wrong("10.14", "not_shifted")
def not_from_random(scores, random, human):
    return _told(scores / (human - random))


@wrong("10.14", "clipped_below")
def never_negative(scores, random, human):
    return _told(np.maximum(0, _table(scores, random, human)))


@wrong("10.14", "clipped_below")
def between_nothing_and_human(scores, random, human):
    return _told(np.clip(_table(scores, random, human), 0, 1))


@wrong("10.14", "clipped_above")
def at_most_human(scores, random, human):
    return _told(np.minimum(1, _table(scores, random, human)))


@wrong("10.14", "median_of_runs")
def median_of_all(scores, random, human):
    return _told(_table(scores, random, human), median=np.median)


@wrong("10.14", "median_per_seed")
def median_of_each_seed(scores, random, human):
    return _told(_table(scores, random, human), median=lambda x: np.median(x, axis=1).mean())


@wrong("10.14", "iqm_of_games")
def middle_games(scores, random, human):
    return _told(_table(scores, random, human), iqm=lambda x: _iqm(x.mean(0)))


@wrong("10.14", "iqm_middle")
def half_way_between_quartiles(scores, random, human):
    return _told(_table(scores, random, human), iqm=lambda x: np.percentile(x, [25, 75]).mean())


@wrong("10.14", "iqm_percentile")
def between_quartiles(scores, random, human):
    def iqm(x):
        low, high = np.percentile(x, [25, 75])
        return x[(x >= low) & (x <= high)].mean()

    return _told(_table(scores, random, human), iqm=iqm)


def _cut(k_of, ends=(1, 1)):
    def iqm(x):
        x, k = np.sort(x.ravel()), k_of(x.size)
        return x[k * ends[0] : x.size - k * ends[1]].mean()

    return iqm


@wrong("10.14", "iqm_eighths")
def a_quarter_in_all(scores, random, human):
    return _told(_table(scores, random, human), iqm=_cut(lambda n: n // 8))


@wrong("10.14", "iqm_lower")
def without_the_worst(scores, random, human):
    return _told(_table(scores, random, human), iqm=_cut(lambda n: n // 4, (1, 0)))


@wrong("10.14", "iqm_upper")
def without_the_best(scores, random, human):
    return _told(_table(scores, random, human), iqm=_cut(lambda n: n // 4, (0, 1)))


@wrong("10.14", "iqm_unsorted")
def as_they_come(scores, random, human):
    def iqm(x):
        x, k = x.ravel(), x.size // 4
        return x[k : x.size - k].mean()

    return _told(_table(scores, random, human), iqm=iqm)


@wrong("10.14", "iqm_rounded")
def rounded(scores, random, human):
    return _told(_table(scores, random, human), iqm=_cut(lambda n: round(0.25 * n)))


@wrong("10.14", "iqm_rounded")
def rounded_up(scores, random, human):
    return _told(_table(scores, random, human), iqm=_cut(lambda n: math.ceil(0.25 * n)))


@wrong("10.14", "iqm_median")
def the_very_middle(scores, random, human):
    return _told(_table(scores, random, human), iqm=np.median)


@wrong("10.14", "iqm_order")
def seed_by_seed(scores, random, human):
    return _told(_table(scores, random, human), iqm=lambda x: np.mean([_iqm(row) for row in x]))


@wrong("10.14", "swapped")
def median_first(scores, random, human):
    mean, median, iqm = _told(_table(scores, random, human))
    return median, mean, iqm
