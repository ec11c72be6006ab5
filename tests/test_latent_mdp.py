"""Latent MDPs: Bayes' rule by counting histories, plans against all policies there are, values against games played."""

import itertools

import numpy as np
import pytest
from tiny import one_sentence

from mbrl_lite.agents.latent_mdp import Counts, learn, play
from mbrl_lite.claims.catalogue import latent_mdp_horizon_free
from mbrl_lite.envs.latent import LatentMDP, doors, reversed_steering
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning.beliefs import BeliefGrid, belief_update, evaluate, largest_variance, plan, solve


def random_world(seed, M=2, S=2, A=2, H=3, sure=0.3) -> LatentMDP:
    """Random contexts; some next states are impossible in some contexts, so that beliefs reach certainty too."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(S), size=(M, S, A)) * (rng.random((M, S, A, S)) > sure)
    P += 1e-300 * (P.sum(-1, keepdims=True) == 0)  # a row without any next state: all alike
    return LatentMDP(P / P.sum(-1, keepdims=True), rng.random((M, S, A)) / H, rng.dirichlet(np.ones(M)), H)


def histories(S, A, H):
    """All (s_1, a_1, ..., s_H) that start in state 0, as lists of states and of actions."""
    for states in itertools.product(range(S), repeat=H - 1):
        for actions in itertools.product(range(A), repeat=H - 1):
            yield [0, *states], list(actions)


def likelihood(world, m, states, actions):
    return np.prod([world.P[m, s, a, x] for s, a, x in zip(states, actions, states[1:])])


def returns(world) -> list[np.ndarray]:
    """Mean and mean square of the total reward under every deterministic policy there is, of the whole history."""

    def follow(m, policy, states, paid):
        # The states seen say which actions were taken, for the policy is deterministic.
        s, a = states[-1], policy.get(states, 0)
        paid = paid + world.R[m, s, a]
        if len(states) == world.H:
            return np.array([paid, paid**2])
        nexts = np.flatnonzero(world.P[m, s, a])
        return sum(world.P[m, s, a, x] * follow(m, policy, (*states, int(x)), paid) for x in nexts)

    possible = (world.P > 0).any((0, 2))  # (S, S)
    nodes = [(0, *rest) for h in range(world.H) for rest in itertools.product(range(world.S), repeat=h)]
    nodes = [node for node in nodes if all(possible[s, x] for s, x in itertools.pairwise(node))]
    nodes = [
        node
        for node in nodes
        if np.ptp(world.P[:, node[-1]], axis=1).any() or np.ptp(world.R[:, node[-1]], axis=1).any()
    ]
    assert len(nodes) <= 10
    policies = (dict(zip(nodes, acts)) for acts in itertools.product(range(world.A), repeat=len(nodes)))
    return [sum(world.w[m] * follow(m, policy, (0,), 0.0) for m in range(world.M)) for policy in policies]


# --- beliefs ---


@pytest.mark.parametrize("M", [2, 3])
def test_the_belief_after_a_history_is_its_share_of_all_days_with_that_history(M):
    world = random_world(0, M=M, S=3, H=4)
    for states, actions in histories(3, 2, 4):
        joint = np.array([world.w[m] * likelihood(world, m, states, actions) for m in range(M)])
        if joint.sum() == 0:
            continue
        b = world.w
        for s, a, x in zip(states, actions, states[1:]):
            b = belief_update(b, world.P, s, a, x)
        assert np.allclose(b, joint / joint.sum())


def test_a_step_that_no_context_allows_leaves_the_belief_and_many_beliefs_move_at_once():
    P = np.array([[[[1.0, 0.0]], [[0.5, 0.5]]], [[[1.0, 0.0]], [[0.2, 0.8]]]])
    assert belief_update(np.array([0.3, 0.7]), P, 0, 0, 1).tolist() == [0.3, 0.7]
    b = np.random.default_rng(0).dirichlet([1, 1], size=(4, 5))
    one_by_one = [[belief_update(x, P, 1, 0, 1) for x in row] for row in b]
    assert np.array_equal(belief_update(b, P, 1, 0, 1), one_by_one)


@pytest.mark.parametrize("M", [1, 2, 3, 4])
def test_a_belief_is_the_mean_of_the_points_around_it(M):
    grid = BeliefGrid(M, 5)
    b = np.concatenate([np.random.default_rng(M).dirichlet(np.full(M, 0.4), size=500), grid.points])  # (N, M)
    number, share = grid.spread(b)
    assert np.allclose(grid.points.sum(-1), 1) and (grid.points >= 0).all()
    assert (share >= 0).all() and np.allclose(share.sum(-1), 1)
    assert np.abs((share[..., None] * grid.points[number]).sum(-2) - b).max() < 1e-10
    itself = number[-len(grid.points) :][share[-len(grid.points) :] > 0.5]
    assert itself.tolist() == list(range(len(grid.points)))  # a point of the grid needs no other


# --- plans ---


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("M", [2, 3])
def test_planning_stands_between_all_policies_and_what_it_gets_and_meets_the_best_one(seed, M):
    world = random_world(seed, M=M)
    best = max(found[0] for found in returns(world))
    for cells in (2, 24):
        made = solve(world, cells)
        got = evaluate(world, made)
        assert got <= best + 1e-12 <= made.promise + 2e-12
    assert made.promise - got < 5e-3


def test_a_finer_grid_of_the_same_points_and_more_promises_no_more():
    world = reversed_steering(8, S=4)
    promises = [solve(world, cells).promise for cells in (2, 4, 8, 16, 32)]  # each grid holds the one before
    assert np.all(np.diff(promises) <= 1e-12)


@pytest.mark.parametrize("world", [random_world(3, M=1, S=4, A=3, H=6), reversed_steering(6)])
def test_a_known_context_is_ordinary_value_iteration(world):
    for m in range(world.M):
        V = np.zeros(world.S)
        for _ in range(world.H):
            V = (world.R[m] + world.P[m] @ V).max(-1)  # (S,)
        made = solve(world, 4)
        sure = np.flatnonzero(made.grid.points[:, m] == 1)[0]
        assert np.allclose(made.value[:, sure], V)


@pytest.mark.parametrize("world", [reversed_steering(8, S=3), doors(6, 0.3, M=3), random_world(1, M=3, S=4, H=5)])
def test_the_exact_value_of_a_plan_is_the_mean_of_what_it_pays_even_with_a_wrong_model(world):
    N, rng = 20000, np.random.default_rng(0)
    wrong = 0.7 * world.P + 0.3 / world.S
    made = plan(wrong, world.R, np.full(world.M, 1 / world.M), world.H, BeliefGrid(world.M, 4))
    context = rng.choice(world.M, size=N, p=world.w)
    s, a, _ = play(world, made, context, rng.random((N, 2 * world.H + 1)))
    paid = world.R[context[:, None], s, a].sum(1)
    assert abs(paid.mean() - evaluate(world, made)) < 4.5 * paid.std() / np.sqrt(N)


@pytest.mark.parametrize("spread", [0.2, 0.35, 0.5])
def test_no_policy_has_more_variance_than_var_star_and_a_mix_of_two_has_as_much(spread):
    world = doors(3, spread)
    world = LatentMDP(world.P[:, :, [0, 2]], world.R[:, :, [0, 2]], world.w, 3, world.end)  # open left, or listen
    found = np.array(returns(world))  # (policies, 2)
    star = largest_variance(world, cells=64)
    # On average over coins the pair (mean, mean square) may be any mean of the pairs found.
    coin = np.linspace(0, 1, 101)[:, None, None, None]
    mean, square = np.moveaxis(coin * found[:, None] + (1 - coin) * found[None], -1, 0)  # (101, policies, policies)
    assert abs((square - mean**2).max() - star) < 1e-3


# --- learning ---


@pytest.mark.parametrize("bonus", ["bernstein", "hoeffding", "none"])
@pytest.mark.parametrize("hindsight", [True, False])
def test_nobody_beats_the_optimum(bonus, hindsight):
    for world in [reversed_steering(6, S=3), doors(5, 0.5)]:
        run = learn(world, 150, 0, cells=8, bonus=bonus, hindsight=hindsight)
        assert (run.value <= solve(world, 64).promise + 1e-12).all()
        assert run.paid.shape == run.value.shape == (150,)


def test_with_hindsight_the_regret_dies_out_and_blindness_costs():
    world = reversed_steering(12, S=3, slip=0.1)
    best = solve(world, 64).promise
    seeing, blind = (learn(world, 400, 7, hindsight=told).value[-50:].mean() for told in (True, False))
    assert best - seeing < 0.01 < 0.1 < best - blind


def test_a_run_is_its_seed_and_its_first_episodes_do_not_know_how_many_follow():
    world = doors(5, 0.4)
    a, b, c = learn(world, 130, 3), learn(world, 130, 3), learn(world, 130, 4)
    assert np.array_equal(a.paid, b.paid) and not np.array_equal(a.paid, c.paid)
    plain, longer = (learn(world, K, 3, bonus="none").value[:90] for K in (90, 130))
    assert np.array_equal(plain, longer)  # without a bonus, where log K comes in


def test_it_plans_again_exactly_when_a_count_has_doubled():
    world = reversed_steering(6, S=3)
    run = learn(world, 200, 0, cells=8)
    u = np.random.default_rng(0).random((200, 14))
    context = np.searchsorted(world.w.cumsum()[:-1], u[:, 0], side="right")
    n, planned = np.zeros((2, 3, 2)), np.zeros((2, 3, 2))
    begins = [k for k, _ in run.plans]
    for k in range(200):
        doubled = bool((n >= np.maximum(2 * planned, 1)).any())
        assert doubled == (k in begins) or k == 0
        if k in begins:
            planned, now = n.copy(), dict(run.plans)[k]
        s, a, _ = play(world, now, context[k : k + 1], u[k : k + 1, 1:])
        np.add.at(n, (context[k], s[0], a[0]), 1)
    assert len(begins) > 5


def test_counts_end_with_the_episode_and_the_model_never_says_never():
    world = doors(4, 0.5)
    counts = Counts(world, 2)
    s, a, s2 = np.array([[0, 2, 4, 4]]), np.array([[0, 0, 1, 1]]), np.array([[2, 4, 4, 4]])
    assert counts.add(np.array([1]), s, a, s2, np.full(counts.visits.shape, np.inf)) == 1
    assert counts.visits.sum() == 2 and counts.visits[1, 0, 0] == counts.visits[1, 2, 0] == 1
    P, w = counts.model()
    assert np.allclose(P.sum(-1), 1) and (P[:, :4] > 0).all() and np.allclose(w, [1 / 3, 2 / 3])
    assert np.isclose(P[1, 0, 0, 2], (1 + 0.2) / 2)
    variance = np.full((5, 3, 1, 2), 0.04)
    small, large = counts.bonus("bernstein", 0.5, 9.0)(variance), counts.bonus("hoeffding", 0.5, 9.0)(variance)
    assert np.isclose(small[0, 0, 0, 1], 0.5 * np.sqrt(0.04 * 9)) and np.isclose(
        large[0, 0, 0, 1], 0.5 * np.sqrt(9 / 4)
    )
    assert (small <= large).all() and small[4].max() == large[4].max() == 0


@pytest.mark.parametrize("u", [0.0, np.nextafter(1.0, 0.0)])
def test_not_even_the_edge_of_luck_draws_what_cannot_be(u):
    world = random_world(5, M=2, S=4, H=4)
    made, context = solve(world, 4), np.array([0, 1])
    s, a, s2 = play(world, made, context, np.full((2, 9), u))
    assert (world.P[context[:, None], s, a, s2] > 0).all()


def test_a_latent_world_keeps_its_own_copy():
    given = {name: np.array(value) for name, value in GOOD.items() if name != "H"} | {"end": np.zeros(2, bool)}
    world = LatentMDP(**given, H=2)
    for name, array in given.items():
        before = getattr(world, name).copy()
        array[...] = 1
        assert np.array_equal(getattr(world, name), before)
        with pytest.raises(ValueError, match="read-only"):
            getattr(world, name)[...] = 1
    assert world == world and world != LatentMDP(**GOOD)  # two worlds are compared by identity, not cell by cell


def test_the_claims_experiment_gives_every_number_its_parts_need():
    claim = latent_mdp_horizon_free.CLAIM
    small = claim.settings | {"K": 40, "cells": {"learn": 4, "optimum": 16, "three_doors": 3}}
    found, other = (latent_mdp_horizon_free.measure(small, seed) for seed in (100, 101))
    wanted = {name for part in claim.parts for name in (part.treatment, part.baseline) if name}
    assert wanted | set(claim.beside) <= set(found)
    assert np.isfinite(list(found.values())).all() and found != other
    assert all(found[name] > 0 for name in found if ".regret." in name)  # counted against more than the optimum


# --- what comes in ---

GOOD = {"P": np.full((2, 2, 1, 2), 0.5), "R": np.zeros((2, 2, 1)), "w": np.array([0.5, 0.5]), "H": 2}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"P": np.full((2, 2, 1, 2), 0.4)}, "sums to 0.8"),
        ({"P": np.array([[[[1.5, -0.5]]] * 2] * 2).reshape(2, 2, 1, 2)}, "holds -0.5"),
        ({"P": np.full((2, 1, 2), 0.5)}, "shape"),
        ({"R": np.zeros((2, 2))}, "R came as"),
        ({"w": np.array([0.5, 0.6])}, "row of w"),
        ({"w": np.array([1.0])}, "w as"),
        ({"H": 0}, "whole number"),
        ({"H": 2.5}, "whole number"),
        ({"R": np.full((2, 2, 1), 0.6)}, "between 0 and 1"),
        ({"R": np.full((2, 2, 1), -0.1)}, "between 0 and 1"),
        ({"R": np.full((2, 2, 1), np.nan)}, "between 0 and 1"),
        ({"end": np.zeros(3)}, "end"),
    ],
)
def test_bad_worlds_are_one_sentence(change, words):
    LatentMDP(**GOOD)
    with pytest.raises(MbrlError, match=words) as error:
        LatentMDP(**GOOD | change)
    one_sentence(error.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: learn(reversed_steering(4), 5, 0, bonus="ucb"), "bernstein"),
        (lambda: learn(reversed_steering(4), 0, 0), "at least one episode"),
        (lambda: BeliefGrid(2, 0), "at least one cell"),
        (lambda: solve(reversed_steering(4), -1), "at least one cell"),
        (lambda: evaluate(reversed_steering(5), solve(reversed_steering(4), 2)), "plan for this world"),
        (lambda: plan(GOOD["P"], GOOD["R"], GOOD["w"], 2, BeliefGrid(3, 2)), "make another"),
        (lambda: largest_variance(reversed_steering(4)), "pay once"),
        (lambda: doors(4, 0.1, gap=0.2), "gap"),
        (lambda: doors(4, 0.3, M=1), "M = 1"),
        (lambda: doors(4, 0.3, hearing=1.2), "holds -0.2"),
    ],
)
def test_bad_calls_are_one_sentence(call, words):
    with pytest.raises(MbrlError, match=words) as error:
        call()
    one_sentence(error.value)
