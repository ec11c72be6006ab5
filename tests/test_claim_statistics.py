"""The statistics of claims, on data whose answer is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import LESS, LIMIT, MORE, claim_of, paired
from tiny import one_sentence

from mbrl_lite.claims import Part
from mbrl_lite.claims.statistics import WORST_FIRST, interval, judge, share_interval, status_of
from mbrl_lite.errors import MbrlError


@pytest.mark.parametrize("n", [5, 12, 29, 30, 60])
@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_without_an_effect_few_claims_succeed(n, draw):
    rng = np.random.default_rng(n)
    trials = 4000 if n < 30 else 400  # a bootstrap costs more
    found = [judge(MORE, paired(*getattr(rng, draw)(size=(2, n)))).status for _ in range(trials)]
    wrongly = np.mean([status in ("effect", "direction") for status in found])
    assert wrongly <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)  # one side of a 90 % interval errs in one of twenty
    assert np.mean([status == "opposite" for status in found]) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert "none" in found


@pytest.mark.parametrize("n, most", [(5, 0.18), (29, 0.12), (30, 0.14)])
def test_how_often_skewed_numbers_break_a_bound_on_their_mean(n, most):
    rng = np.random.default_rng(n)
    trials = 4000 if n < 30 else 600
    at_the_limit = [[{"gap": value} for value in rng.exponential(size=n)] for _ in range(trials)]
    held = np.mean([judge(LIMIT, runs).status == "holds" for runs in at_the_limit])
    assert 0.05 < held <= most  # more than one in twenty: the docstring of `interval` says so


@pytest.mark.parametrize("n", [5, 29, 30, 100])
def test_intervals_hold_the_truth_nine_times_in_ten(n):
    rng = np.random.default_rng(1)
    trials = 3000 if n < 30 else 300
    held = [low <= 3.0 <= high for low, high in (interval(rng.normal(3.0, 2.0, n)) for _ in range(trials))]
    assert abs(np.mean(held) - 0.9) <= 4 * math.sqrt(0.9 * 0.1 / trials) + (0.02 if n == 30 else 0)


@pytest.mark.parametrize("n", [5, 20])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_the_interval_of_a_share_stays_a_share_and_holds_the_truth_nine_times_in_ten_or_more(n, share):
    chance = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]  # of k ones
    ends = [share_interval([1.0] * k + [0.0] * (n - k)) for k in range(n + 1)]
    assert all(0 <= low <= high <= 1 for low, high in ends)
    assert sum(p for p, (low, high) in zip(chance, ends, strict=True) if low <= share <= high) >= 0.9


def test_zeros_and_ones_are_judged_as_a_share():
    verdict = judge(replace(LIMIT, target=0.6, direction="more"), [{"gap": x} for x in (1.0, 1.0, 1.0, 0.0, 0.0)])
    assert (verdict.low, verdict.high) == share_interval([1.0, 1.0, 1.0, 0.0, 0.0]) and verdict.status == "none"


@pytest.mark.parametrize("value", [0.0, 0.3, 2.0])
def test_a_measure_that_never_moves_is_no_share(value):
    verdict = judge(replace(LIMIT, target=value), [{"gap": value}] * 5)
    assert (verdict.low, verdict.high, verdict.status) == (value, value, "holds")


def test_five_of_five_promise_less_than_all():
    verdict = judge(replace(LIMIT, direction="more", target=0.6), [{"gap": 1.0}] * 5)
    assert verdict.low == share_interval([1.0] * 5)[0] < 0.6 and verdict.status == "none"


def test_a_large_effect_is_found_and_a_small_one_is_only_a_direction():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 40)
    assert judge(MORE, paired(1.3 + noise, np.ones(40))).status == "effect"
    assert judge(MORE, paired(1.05 + noise, np.ones(40))).status == "direction"
    assert judge(MORE, paired(0.7 + noise, np.ones(40))).status == "opposite"


def test_a_ratio_is_read_as_so_many_times_better():
    verdict = judge(LESS, paired([10.0] * 6, [30.0] * 6))
    assert verdict.status == "effect" and verdict.estimate == pytest.approx(3.0) and verdict.low == pytest.approx(3.0)
    assert judge(LESS, paired([20.0] * 6, [30.0] * 6)).status == "direction"
    assert judge(replace(LESS, direction="more"), paired([30.0] * 6, [10.0] * 6)).estimate == pytest.approx(3.0)


def test_pairs_are_compared_and_not_groups():
    easy_and_hard = np.array([1.0, 10, 100, 1000, 10_000, 100_000])  # seeds differ more than the two arms do
    assert judge(LESS, paired(easy_and_hard / 2.5, easy_and_hard)).status == "effect"


@pytest.mark.parametrize(
    "ours, status",
    [(0.99, "holds"), (0.5, "opposite"), (1.5, "holds")],
)
def test_not_worse_allows_the_margin(ours, status):
    rng = np.random.default_rng(0)
    runs = paired(ours + rng.normal(0, 0.01, 8), np.ones(8))
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.9, "theirs", "ratio"), runs).status == status
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.1, "theirs"), runs).status == status


def test_not_worse_needs_evidence_and_not_its_absence():
    wide = paired([0.2, 1.9, 0.4, 1.5, 1.1], np.ones(5))
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.1, "theirs"), wide).status == "none"


def test_bounds_on_the_mean_and_on_each_seed():
    def gaps(values):
        return [{"gap": value} for value in values]

    assert judge(LIMIT, gaps([0.5, 0.6, 0.7, 0.5, 0.6])).status == "holds"
    assert judge(LIMIT, gaps([0.2, 1.9, 0.4, 1.5, 0.9])).status == "none"
    assert judge(LIMIT, gaps([1.5, 1.6, 1.7, 1.5, 1.6])).status == "opposite"
    each = replace(LIMIT, every=True)
    assert judge(each, gaps([0.1, 0.2, 1.0, 0.3, 0.4])).status == "holds"
    assert judge(each, gaps([0.1, 0.1, 1.1, 0.1, 0.1])).status == "opposite"
    above = replace(LIMIT, direction="more")
    assert judge(above, gaps([1.5, 1.6, 1.7, 1.5, 1.6])).status == "holds"
    assert judge(above, gaps([0.5, 0.6, 0.7, 0.5, 0.6])).status == "opposite"


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=40), st.floats(-10, 10))
def test_turning_the_sign_turns_the_verdict(values, shift):
    runs = paired(np.array(values) + shift, np.zeros(len(values)))
    mirrored = paired(np.zeros(len(values)), np.array(values) + shift)
    part = replace(MORE, target=0.0)
    swapped = {"effect": "opposite", "direction": "opposite", "none": "none", "opposite": "effect"}
    status, other = judge(part, runs).status, judge(part, mirrored).status
    if len(values) < 30:  # the bootstrap's two ends are samples, equal only nearly
        assert other == swapped[status]
    else:
        assert (status, other) != ("effect", "effect") and (status, other) != ("opposite", "opposite")


def test_few_units_decide_nothing_and_nobody_peeks():
    runs = paired([1.0] * 6, [10.0] * 6)
    claim = claim_of(LESS)
    assert status_of(claim, [judge(LESS, [])]) == "planned"
    assert status_of(claim, [judge(LESS, runs[:4])]) == "runs"
    assert status_of(claim, [judge(LESS, runs[:5])]) == "runs"  # one seed of six is missing
    assert status_of(claim, [judge(LESS, runs)]) == "effect"
    assert status_of(claim_of(LESS, seeds=3), [judge(LESS, runs[:3])]) == "runs"


def test_a_claim_has_the_status_of_its_worst_part():
    verdict = judge(LESS, paired([1.0] * 6, [10.0] * 6))
    statuses = {(a, b): status_of(claim_of(LESS), [replace(verdict, status=a), replace(verdict, status=b)])
                for a in WORST_FIRST for b in WORST_FIRST}  # fmt: skip
    for (a, b), both in statuses.items():
        if {a, b} == {"effect", "holds"}:
            assert both == "effect"
        else:
            assert both == min(a, b, key=WORST_FIRST.index)


@pytest.mark.parametrize(
    "part, runs, words",
    [
        (LESS, [{"ours": 1.0}] * 6, ["theirs", "ours"]),
        (LESS, paired([0.0] * 6, [1.0] * 6), ["ratio", "above 0"]),
        (MORE, paired([math.nan] * 6, [1.0] * 6), ["ours", "not finite"]),
    ],
)
def test_numbers_that_cannot_be_judged(part, runs, words):
    with pytest.raises(MbrlError) as error:
        judge(part, runs)
    assert all(word in one_sentence(str(error.value)) for word in words)
