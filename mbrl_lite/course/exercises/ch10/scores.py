"""Exercises 10.13 and 10.14: what a faint dot is worth to a decoder, and many games in one number."""

import math
from statistics import fmean, median

import numpy as np

from mbrl_lite.course.exercise import Exercise
from mbrl_lite.course.exercises.ch09.judging import several
from mbrl_lite.course.exercises.ch10.judging import name_parts
from mbrl_lite.course.exercises.ch10.scores_ideas import SCORE_IDEAS, WORTH_IDEAS
from mbrl_lite.course.values import as_number

# --- 10.13 -----------------------------------------------------------------------------------------------------------


def _side(p: float, q: float) -> float:
    """p ln(p / q), 0 where p is 0."""
    return p * math.log(p / q) if p else 0.0


def _coin(field: float, dot: float, mistake: str = "") -> float:
    """Nats of drawing the field's coin where the dot's is true, with one of the mistakes or none."""
    t, f = dot / 255, field / 255
    if mistake.startswith("edge") and t in (0.0, 1.0):
        return 0.0 if mistake == "edge:free" else math.nan
    if mistake == "reversed":
        sides = [(f, t), (1 - f, 1 - t)]
        return sum(math.inf if p and not q else _side(p, q) for p, q in sides)
    if mistake.startswith("half_coin"):
        return _side(1 - t, 1 - f) if mistake.endswith("other") else _side(t, f)
    nats = _side(t, f) + _side(1 - t, 1 - f)
    if mistake == "cross_entropy":
        return -t * math.log(f) - (1 - t) * math.log(1 - f)
    return nats / math.log(2) if mistake == "bits" else nats


def _contrast(field: float, dot: float, nats: float, pixels: int, spread: float, mistake: str = "") -> float:
    """The weighted squared deviation, with one of the mistakes or none."""
    gap = (dot - field) if mistake == "not_scaled" else (dot - field) / 255
    off = abs(gap) / spread
    squares = {"not_squared": off, "not_squared:signed": gap / spread, "spread_once": gap**2 / spread}
    weight = {"no_weight": 1.0, "no_pixels": nats, "weight_upside": pixels / nats, "weight_upside:times": nats * pixels}
    scale = 0.5 if mistake == "half" else 1.0
    return scale * weight.get(mistake, nats / pixels) * squares.get(mistake, off**2)


COIN_WAYS = ("edge", "edge:free", "reversed", "cross_entropy", "half_coin", "half_coin:other", "bits")
CONTRAST_WAYS = ("not_scaled", "not_squared", "not_squared:signed", "no_weight", "weight_upside", "weight_upside:times")
CONTRAST_WAYS += ("no_pixels", "spread_once", "half")


def _check_worth(answer) -> None:
    cases = ((87, 123, 64.0, 1024, 0.015), (40, 200, 16.0, 256, 0.2), (200, 30, 64.0, 400, 0.05))
    for args in (*cases, (87, 87, 64.0, 1024, 0.015), (100, 255, 32.0, 1024, 0.1), (100, 0, 32.0, 1024, 0.1)):
        call = answer.called(*args)
        parts = several(answer(*args), ("coin", "contrast"), call)
        got = {n: np.array(as_number(part, call)) for n, part in zip(("coin", "contrast"), parts, strict=True)}
        right = {"coin": np.array(_coin(*args[:2])), "contrast": np.array(_contrast(*args))}
        mistakes = {way: right | {"coin": np.array(_coin(*args[:2], way))} for way in COIN_WAYS}
        mistakes |= {way: right | {"contrast": np.array(_contrast(*args, way))} for way in CONTRAST_WAYS}
        mistakes["swapped"] = {"coin": right["contrast"], "contrast": right["coin"]}
        field, dot, nats, pixels, spread = args
        when = f"With field {field}, dot {dot}, {nats:g} nats, {pixels} pixels, spread {spread}: "
        name_parts(got, right, mistakes, WORTH_IDEAS, when)


# --- 10.14 -----------------------------------------------------------------------------------------------------------


def _middle(values, mistake: str = "") -> float:
    """The mean of the middle half, with one of the mistakes or none."""
    ordered = list(values) if mistake.startswith("iqm_unsorted") else sorted(values)
    n = len(ordered)
    if mistake == "iqm_middle":
        return float(np.percentile(ordered, [25, 75]).mean())
    if mistake == "iqm_percentile":
        low, high = np.percentile(ordered, [25, 75])
        return fmean(x for x in ordered if low <= x <= high)
    if mistake == "iqm_median":
        return median(ordered)
    share = 0.125 if mistake == "iqm_eighths" else 0.25
    k = {"iqm_rounded": round(share * n), "iqm_rounded:up": math.ceil(share * n)}.get(mistake, int(share * n))
    return fmean(ordered[0 if mistake == "iqm_upper" else k : n if mistake == "iqm_lower" else n - k])


def _aggregated(scores, random, human, mistake: str = "") -> dict[str, np.ndarray]:
    """Mean, median and IQM run by run, with one of the mistakes or none."""
    S, G = scores.shape
    runs = [[(scores[s, g] - random[g]) / (human[g] - random[g]) for g in range(G)] for s in range(S)]
    if mistake.startswith("human_only"):
        low = 0 if mistake.endswith("raw") else 1
        runs = [[(scores[s, g] - low * random[g]) / human[g] for g in range(G)] for s in range(S)]
    if mistake == "not_shifted":
        runs = [[scores[s, g] / (human[g] - random[g]) for g in range(G)] for s in range(S)]
    if mistake.startswith("clipped"):
        low, high = {"clipped_below": (0, 1e9), "clipped_above": (-1e9, 1)}.get(mistake, (0, 1))
        runs = [[min(max(x, low), high) for x in row] for row in runs]
    games, pooled = [fmean(column) for column in zip(*runs, strict=True)], [x for row in runs for x in row]
    if mistake == "iqm_unsorted:by seed":
        pooled = [x for row in runs for x in sorted(row)]
    mean, middle = fmean(games), median(games)
    if mistake == "points_first":
        mean = (scores.mean() - random.mean()) / (human.mean() - random.mean())
    if mistake == "median_of_runs":
        middle = median(pooled)
    if mistake == "median_per_seed":
        middle = fmean(median(row) for row in runs)
    iqm = _middle(pooled, mistake)
    if mistake == "iqm_of_games":
        iqm = _middle(games)
    if mistake == "iqm_order":
        iqm = fmean(_middle(row) for row in runs)
    found = {"mean": mean, "median": middle, "iqm": iqm}
    if mistake == "swapped":
        found["mean"], found["median"] = found["median"], found["mean"]
    return {name: np.array(value) for name, value in found.items()}


SCORE_WAYS = (*SCORE_IDEAS, "human_only:raw", "clipped_below:and above", "iqm_rounded:up", "iqm_unsorted:by seed")


def _check_aggregate(answer) -> None:
    rng = np.random.default_rng(14)
    for S, G in ((5, 5), (2, 5), (3, 5), (5, 7), (1, 6)):  # 25 runs tell k rounded up, 10 percentiles, 15 k rounded
        random = rng.normal(20, 30, G).round()
        human = random + rng.integers(20, 200, G)
        skill = rng.normal(0.4, 0.5, G) * rng.choice([1, 3], G) + rng.normal(0, 0.8, (S, G))
        scores = (random + skill * (human - random)).round(1)
        call = f"`aggregate(scores, random, human)` with {S} seeds of {G} games"
        parts = several(answer(scores, random, human), ("mean", "median", "iqm"), call)
        got = {name: np.array(as_number(x, call)) for name, x in zip(("mean", "median", "iqm"), parts, strict=True)}
        mistakes = {way: _aggregated(scores, random, human, way) for way in SCORE_WAYS}
        name_parts(got, _aggregated(scores, random, human), mistakes, SCORE_IDEAS, f"With {S} seeds of {G} games: ")


EXERCISES = (
    Exercise(
        id="10.13",
        title="What a faint dot is worth",
        function="worth",
        difficulty=2,
        importance=4,
        minutes=12,
        check=_check_worth,
        ideas=tuple(WORTH_IDEAS),
        hints=(
            "Two losses at a single pixel. For each: what does it say if the dot is drawn, and what if the field is "
            "drawn in its place? The difference is what the dot is worth.",
            "Coins: t = dot / 255 is true, f = field / 255 is drawn, and the KL has two terms, one for each side of "
            "the coin. Contrast: deviation in spreads, squared, times nats / pixels.",
            "`t, f = dot / 255, field / 255`; `coin = sum(p * np.log(p / q) for p, q in ((t, f), (1 - t, 1 - f)) if p "
            "> 0)`; `contrast = nats / pixels * ((t - f) / spread) ** 2`.",
        ),
    ),
    Exercise(
        id="10.14",
        title="Many games, one number",
        function="aggregate",
        difficulty=2,
        importance=4,
        minutes=12,
        check=_check_aggregate,
        ideas=tuple(SCORE_IDEAS),
        hints=(
            "Make one table (S, G) of human-normalised scores first. Two of the three numbers are then about its "
            "columns, and one is about all its entries.",
            "`games = x.mean(0)` has a number for each game. The IQM: `flat = np.sort(x.ravel())`, and drop "
            "`int(0.25 * flat.size)` at each end.",
            "`x = (scores - random) / (human - random)`; `k = int(0.25 * x.size)`; `flat = np.sort(x.ravel())`; "
            "`return x.mean(0).mean(), np.median(x.mean(0)), flat[k : x.size - k].mean()`.",
        ),
    ),
)
