"""Optimistic value iteration: the bonuses' limits, optimism itself, exact regret, and lockstep that changes nothing."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import one_sentence

from mbrl_lite.agents.optimism import (
    BONUSES,
    bernstein,
    confidence,
    finite_horizon_value,
    greedy_policy,
    hoeffding,
    learn,
    optimistic_values,
    variance,
)
from mbrl_lite.claims.catalogue.variance_dependent_bounds import CLAIM, measure
from mbrl_lite.envs.tabular import MDP, deep_sea, garnet, river_swim, stack
from mbrl_lite.errors import MbrlError

OPTIMISTIC = ["hoeffding", "bernstein"]


def world(seed: int, S: int = 5, A: int = 3) -> MDP:
    """A random world with rewards in [0, 1]."""
    rng = np.random.default_rng(seed)
    return MDP(garnet(rng, S, A, min(S, 3), 0.9).P, rng.random((S, A)), 0.9)


# --- planning ---


def test_backward_induction_is_the_best_of_all_policies():
    mdp, H = world(0, S=2, A=2), 3
    _, V = optimistic_values(mdp.P, mdp.R, H)
    policies = [np.eye(2)[np.reshape(acts, (H, 2))] for acts in itertools.product(range(2), repeat=2 * H)]
    values = finite_horizon_value(mdp.P, mdp.R[None], np.stack(policies))  # (64, H + 1, S)
    assert np.allclose(V, values.max(0))


def test_the_value_of_a_policy_is_what_it_earns():
    mdp, H = world(1), 7
    found = learn(mdp, H, 1, range(4000), "none", epsilon=1.0)
    value = finite_horizon_value(mdp.P, mdp.R[None], np.full((H, mdp.S, mdp.A), 1 / mdp.A))[0, 0]
    assert abs(found.returns.mean() - value) < 4 * found.returns.std() / np.sqrt(4000)


def test_a_policys_own_spread_adds_up_to_the_variance_of_its_return():
    mdp, H = world(2), 6
    Q, V = optimistic_values(mdp.P, mdp.R, H)
    pi = greedy_policy(Q)
    spread = np.stack([variance(mdp.P, V[h + 1]) for h in range(H)])  # (H, S, A)
    square = np.zeros(mdp.S)  # second moment of the return: E[(r + G')^2] = r^2 + 2 r E[G'] + E[G'^2]
    for h in reversed(range(H)):
        later = (pi[h] * (mdp.P @ V[h + 1]) * mdp.R).sum(-1)
        square = (pi[h] * mdp.R**2).sum(-1) + 2 * later + (pi[h] * (mdp.P @ square)).sum(-1)
    assert np.allclose(finite_horizon_value(mdp.P, spread, pi)[0], square - V[0] ** 2)


@given(seed=st.integers(0, 999), name=st.sampled_from(OPTIMISTIC), iota=st.floats(0.01, 20))
@settings(deadline=None, max_examples=40)
def test_with_the_true_model_the_plan_is_never_below_the_truth(seed, name, iota):
    mdp, H = world(seed), 8
    n = np.random.default_rng(seed).integers(0, 200, size=mdp.R.shape)
    Q, V = optimistic_values(mdp.P, mdp.R, H, n, BONUSES[name], iota)
    true_Q, true_V = optimistic_values(mdp.P, mdp.R, H)
    assert (true_Q - 1e-9 <= Q).all() and (true_V - 1e-9 <= V).all()
    assert (H - np.arange(H)[:, None, None] >= Q).all()


@pytest.mark.parametrize("name", BONUSES)
def test_with_endless_visits_optimism_is_backward_induction(name):
    mdp, H = world(3), 8
    Q, _ = optimistic_values(mdp.P, mdp.R, H, np.full(mdp.R.shape, 1e18), BONUSES[name], iota=3.0)
    assert np.allclose(Q, optimistic_values(mdp.P, mdp.R, H)[0], atol=1e-6)


def test_equally_good_actions_share_the_probability():
    pi = greedy_policy(np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]]), epsilon=0.3)
    assert np.allclose(pi, [[0.45, 0.45, 0.1], [0.1, 0.8, 0.1]])


# --- the bonuses ---


def test_without_variance_only_the_second_term_is_left():
    P, n = river_swim(5, noise=0.0).P, np.arange(1, 11).reshape(5, 2)
    V = np.random.default_rng(0).random(5)
    assert np.array_equal(variance(P, V), np.zeros((5, 2)))
    assert np.allclose(bernstein(P, V, n, 2.0, 9), 7 * 9 * 2.0 / (3 * n))
    assert np.allclose(bernstein(world(0).P, np.full(5, 4.0), np.ones((5, 3)), 2.0, 9), 42.0)  # no spread of values


def test_a_fair_coin_has_the_largest_variance_and_both_first_terms_agree():
    P, V, n = np.full((2, 1, 2), 0.5), np.array([0.0, 6.0]), np.full((2, 1), 50)
    second = 7 * 6 * 3.0 / (3 * n)
    assert np.allclose(bernstein(P, V, n, 3.0, 6) - second, hoeffding(P, V, n, 3.0, 6))
    assert np.allclose(hoeffding(P, V, n, 3.0, 6), 6 * np.sqrt(3.0 / 100))


@pytest.mark.parametrize("name", OPTIMISTIC)
def test_a_pair_never_tried_could_be_worth_everything(name):
    mdp, H = world(4), 5
    Q, _ = optimistic_values(mdp.P, mdp.R, H, np.zeros(mdp.R.shape), BONUSES[name], 1.0)
    assert np.array_equal(Q, np.broadcast_to(H - np.arange(H)[:, None, None], Q.shape))


# --- learning ---


@pytest.mark.parametrize("name", OPTIMISTIC)
def test_learnt_plans_are_optimistic_with_the_promised_probability(name):
    mdp, H, K = river_swim(4, noise=0.5), 8, 120
    found = learn(mdp, H, K, range(100, 150), name)  # iota = confidence: one run in ten may fail
    true_Q, _ = optimistic_values(mdp.P, mdp.R, H)
    above = ((true_Q - 1e-9 <= found.Q) | (found.n == 0)[:, None]).all((1, 2, 3))  # (50,)
    assert above.mean() >= 0.9
    greedy = learn(mdp, H, K, range(100, 150), "none", epsilon=0.5)
    assert not ((true_Q - 1e-9 <= greedy.Q) | (greedy.n == 0)[:, None]).all()  # so the test can fail


@pytest.mark.parametrize("name", BONUSES)
@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_regret_is_never_negative_and_a_doubling_moves_it(name, noise):
    H, K, mdp = 9, 300, river_swim(4, noise=noise)
    found = learn(mdp, H, K, range(3), name, iota=0.5, epsilon=0.1)
    assert (found.regret >= -1e-9).all() and (found.variance >= 0).all()
    assert (found.n.sum((1, 2)) == H * K).all()
    changes = (np.diff(found.regret) != 0).sum(-1)
    assert (changes <= mdp.S * mdp.A * (np.log2(H * K) + 1)).all()


@pytest.mark.parametrize("name", OPTIMISTIC)
def test_optimism_ends_at_the_best_policy_of_a_deterministic_river(name):
    found = learn(river_swim(4, noise=0.0), 12, 2000, range(4), name, iota=0.05)
    assert np.abs(found.regret[:, -500:]).max() < 1e-9
    assert found.variance.max() == 0
    assert np.allclose(found.returns[:, -1], 9.0)  # three strokes to the right bank, then a reward a step


@pytest.mark.parametrize("epsilon", [0.0, 0.2])
def test_seeds_together_give_bit_for_bit_what_each_gives_alone(epsilon):
    worlds = [river_swim(4, noise=x) for x in (0.0, 0.4, 1.0)]
    seeds, bonuses = [5, 6, 5], ["bernstein", "hoeffding", "none"]
    together = learn(stack(worlds), 10, 150, seeds, bonuses, iota=0.3, epsilon=epsilon)
    for i, (mdp, seed, bonus) in enumerate(zip(worlds, seeds, bonuses)):
        alone = learn(mdp, 10, 150, [seed], bonus, iota=0.3, epsilon=epsilon)
        for field in ("regret", "variance", "returns", "n", "Q"):
            assert np.array_equal(getattr(together, field)[i], getattr(alone, field)[0]), field


def test_a_longer_run_begins_as_the_shorter_one():
    short, long = (learn(river_swim(4), 6, K, [1], iota=1.0).returns for K in (70, 230))
    assert np.array_equal(short, long[:, :70])


def test_optimism_finds_the_treasure_that_a_coin_does_not():
    N, K = 7, 300
    brave = learn(deep_sea(N), N, K, range(100, 105), "bernstein", iota=0.1)
    timid = learn(deep_sea(N), N, K, range(100, 105), "none", epsilon=0.1)
    assert (brave.returns > 0.5).any(1).all()
    assert (timid.returns > 0.5).any(1).sum() <= 2
    assert (brave.n[:, -1] == 0).all() and (brave.n.sum((1, 2)) == N * K).all()  # nothing is counted after the end


# --- the claim ---


def test_the_claims_measures_are_there_and_its_norm_knows_a_deterministic_world():
    found = measure(CLAIM.settings | {"K": 60, "S": 3, "H": 6}, 100)
    assert {name for part in CLAIM.parts for name in (part.treatment, part.baseline) if name} <= set(found)
    assert np.isfinite(list(found.values())).all()
    assert found["norm.0"] == 0 < found["norm.0.1"]
    assert found["mvp.regret.0"] <= found["random.regret"]


def test_confidence_grows_with_the_number_of_promises():
    assert np.isclose(confidence(4, 2, 20, 5000) - confidence(4, 2, 20, 2500), np.log(2))
    assert np.isclose(confidence(1, 1, 1, 1, delta=0.5), np.log(4))


# --- bad input ---


@pytest.mark.parametrize(
    "change, says",
    [
        ({"bonus": "bayes"}, "bonus"),
        ({"bonus": ["bernstein"]}, "one for each"),
        ({"H": 0}, "horizon"),
        ({"K": 2.5}, "episodes"),
        ({"seeds": []}, "seeds"),
        ({"iota": 0.0}, "iota"),
        ({"iota": float("nan")}, "iota"),
        ({"epsilon": 1.5}, "epsilon"),
        ({"mdp": MDP(np.ones((1, 1, 1)), np.array([[2.0]]), 0.9)}, "at most 1"),
        ({"mdp": stack([river_swim(3)] * 3)}, "leading axis"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(change, says):
    good = {"mdp": river_swim(3), "H": 4, "K": 5, "seeds": [0, 1]}
    with pytest.raises(MbrlError, match=says) as error:
        learn(**good | change)
    one_sentence(error.value)


@pytest.mark.parametrize(
    "shapes", [((3, 2, 3), (1, 3, 2), (3, 2)), ((3, 2, 3), (3, 2), (4, 3, 2)), ((3, 2, 3), (2, 3, 2), (4, 3, 2))]
)
def test_a_policy_of_another_world_or_horizon_is_one_sentence(shapes):
    with pytest.raises(MbrlError, match="R.None.") as error:
        finite_horizon_value(*map(np.ones, shapes))
    one_sentence(error.value)
