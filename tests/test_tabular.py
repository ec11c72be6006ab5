"""Tabular worlds and dynamic programming: rows are distributions, walks follow them, values obey Bellman."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import complaint

from mbrl_lite.envs.tabular import MDP, check_policy, cumulate, deep_sea, garnet, pick, river_swim, stack
from mbrl_lite.planning import backup, evaluate_policy, greedy, policy_value, value_iteration


def world(seed: int, S: int = 6, A: int = 3, gamma: float = 0.9) -> MDP:
    return garnet(np.random.default_rng(seed), S, A, branching=3, gamma=gamma)


def refused(call, *words: str) -> None:
    text = complaint(call)
    assert all(word in text for word in words), text


# --- worlds ----------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 1000), S=st.integers(1, 8), A=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_walks_follow_the_table(seed, S, A):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(S), (S, A)) * (rng.random((S, A, S)) < 0.7) + 1e-12
    mdp = MDP(P / P.sum(-1, keepdims=True), rng.normal(size=(S, A)), 0.9)
    s, a = int(rng.integers(S)), int(rng.integers(A))
    u = (np.arange(20_000) + 0.5) / 20_000  # evenly spread, so that shares are exact up to one part in 20,000
    s2, r, done = mdp.step(u, np.full(20_000, s), np.full(20_000, a))
    assert np.abs(np.bincount(s2, minlength=S) / 20_000 - mdp.P[s, a]).max() <= 1.01 / 20_000
    assert (r == mdp.R[s, a]).all() and not done.any()


def test_an_impossible_outcome_never_comes():
    P = np.zeros((3, 1, 3))
    P[:, 0, 0], P[:, 0, 1] = 0.1 + 0.2, 0.7  # sums to one only nearly
    mdp = MDP(P / P.sum(-1, keepdims=True), np.zeros((3, 1)), 0.5)
    u = np.array([0.0, 0.3, np.nextafter(1.0, 0.0)])
    assert (mdp.step(u, np.zeros(3, int), np.zeros(3, int))[0] < 2).all()


@given(seed=st.integers(0, 1000), n=st.integers(1, 6))
def test_outcomes_are_picked_by_their_share_and_never_out_of_nothing(seed, n):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(n), 3) * (rng.random((3, n)) < 0.5) + 1e-300
    p = np.where(p > 1e-200, p, 0.0)
    p[p.sum(-1) == 0, 0] = 1.0
    p /= p.sum(-1, keepdims=True)
    u = np.concatenate([(np.arange(3000) + 0.5) / 3000, [0.0, np.nextafter(1.0, 0.0)]])
    for row, cdf in zip(p, cumulate(p), strict=True):
        drawn = pick(cdf, u)
        assert (row[drawn] > 0).all()
        assert np.abs(np.bincount(drawn, minlength=n) / len(u) - row).max() < 2e-3


def test_stacked_worlds_walk_as_each_alone():
    worlds = [world(seed) for seed in range(4)]
    rng = np.random.default_rng(0)
    u, s, a = rng.random(4), rng.integers(6, size=4), rng.integers(3, size=4)
    together = stack(worlds).step(u, s, a)
    for n, alone in enumerate(worlds):
        for mine, all_of_them in zip(alone.step(u[n : n + 1], s[n : n + 1], a[n : n + 1]), together, strict=True):
            assert mine[0] == all_of_them[n]


def test_an_end_is_entered_once_and_pays_nothing_after():
    mdp = MDP(np.full((3, 2, 3), 1 / 3), np.ones((3, 2)), 0.9, terminal=np.array([False, False, True]))
    assert (mdp.P[2] == np.eye(3)[2]).all() and (mdp.R[2] == 0).all()
    s2, r, done = mdp.step(np.array([0.1, 0.9]), np.zeros(2, int), np.zeros(2, int))
    assert s2.tolist() == [0, 2] and done.tolist() == [False, True] and r.tolist() == [1.0, 1.0]
    assert value_iteration(mdp)[0][2] == 0


def test_first_states_follow_the_start():
    mdp = MDP(np.full((2, 1, 2), 0.5), np.zeros((2, 1)), 0.5, start=np.array([0.25, 0.75]))
    assert mdp.reset(np.array([0.0, 0.2, 0.25, 0.99])).tolist() == [0, 0, 1, 1]
    assert world(0).reset(np.array([0.5])).tolist() == [0]


def test_a_world_keeps_its_own_copy():
    P, R = np.full((2, 1, 2), 0.5), np.zeros((2, 1))
    mdp = MDP(P, R, 0.5)
    P[0, 0], R[0] = [1.0, 0.0], 5.0
    assert mdp.P[0, 0].tolist() == [0.5, 0.5] and mdp.R[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        mdp.P[0, 0, 0] = 1.0


@pytest.mark.parametrize("noise", [0.0, 0.3, 1.0])
def test_the_river_carries_left(noise):
    river = river_swim(6, noise=noise)
    assert river.P[2, 1].tolist() == pytest.approx([0, 0.05 * noise, 0.6 * noise, 1 - 0.65 * noise, 0, 0])
    assert river.P[3, 0, 2] == 1 and river.R[0, 0] == 0.005 and river.R[5, 1] == 1
    assert greedy(value_iteration(river)[1]).tolist() == [1] * 6


@pytest.mark.parametrize("N", [2, 3, 6])
def test_only_always_right_finds_the_treasure(N):
    sea = deep_sea(N, gamma=0.99)
    found = evaluate_policy(sea, np.ones(sea.S, int))[0]
    right = 0.99 ** (N - 1) - sum(0.01 / N * 0.99**k for k in range(N))
    assert found == pytest.approx(right)
    lefts = np.ones(sea.S, int)
    lefts[0] = 0
    assert evaluate_policy(sea, lefts)[0] < 0.0
    assert value_iteration(sea)[0][0] == pytest.approx(right)


def test_garnets_branch_as_asked():
    assert (np.count_nonzero(world(3).P, axis=-1) == 3).all()


# --- dynamic programming ---------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 1000), gamma=st.sampled_from([0.0, 0.5, 0.9, 0.99]))
@settings(max_examples=20, deadline=None)
def test_value_iteration_finds_the_fixed_point_and_no_policy_is_better(seed, gamma):
    mdp = world(seed, gamma=gamma)
    V, Q = value_iteration(mdp, tol=1e-9)
    assert np.abs(backup(mdp.P, mdp.R, V, gamma).max(-1) - V).max() < 1e-8
    assert np.abs(evaluate_policy(mdp, greedy(Q)) - V).max() < 1e-8
    pi = np.random.default_rng(seed).dirichlet(np.ones(3), 6)
    assert (evaluate_policy(mdp, pi) <= V + 1e-8).all()


def test_a_policy_s_value_is_the_limit_of_its_backups():
    mdp, pi = world(1), np.random.default_rng(0).dirichlet(np.ones(3), 6)
    V = np.zeros(6)
    for _ in range(400):
        V = (pi * backup(mdp.P, mdp.R, V, mdp.gamma)).sum(-1)
    assert np.allclose(evaluate_policy(mdp, pi), V)


def test_many_worlds_are_solved_as_each_alone():
    worlds = [world(seed) for seed in range(3)]
    V, Q = value_iteration(stack(worlds))
    for n, alone in enumerate(worlds):
        assert np.allclose(V[n], value_iteration(alone)[0]) and np.allclose(Q[n], value_iteration(alone)[1])
        assert np.allclose(evaluate_policy(stack(worlds), greedy(Q))[n], evaluate_policy(alone, greedy(Q[n])))


# --- bad input -------------------------------------------------------------------------------------------------------


def test_wrong_tables_get_a_sentence():
    P, R = np.full((2, 2, 2), 0.5), np.zeros((2, 2))
    bad = P.copy()
    bad[1, 0] = [0.5, 0.6]
    refused(lambda: MDP(bad, R, 0.9), "P[1, 0]", "sums to 1.1")
    refused(lambda: MDP(np.array([[[1.5, -0.5]], [[0.5, 0.5]]]), np.zeros((2, 1)), 0.9), "P[0, 0]", "-0.5")
    refused(lambda: MDP(np.full((2, 2, 2), np.nan), R, 0.9), "P[0, 0]", "nan")
    near = P.copy()
    near[1, 1] = [0.5, 0.500002]
    refused(lambda: MDP(near, R, 0.9), "P[1, 1]", "sums to 1.000002")
    refused(lambda: MDP(P[0], R, 0.9), "S, A, S)", "(2, 2)")
    refused(lambda: MDP(P, R[0], 0.9), "rewards R", "(2,)")
    refused(lambda: MDP(P, R + np.inf, 0.9), "finite rewards")
    refused(lambda: MDP(P, R, 0.9, start=np.array([0.5, 0.4])), "start", "0.9")
    refused(lambda: MDP(P, R, 0.9, terminal=np.array([True])), "terminal", "(1,)")
    refused(lambda: stack([world(0), world(0, S=7)]), "one size")
    refused(lambda: garnet(np.random.default_rng(0), 4, 2, 5, 0.9), "branching", "5")
    refused(lambda: river_swim(noise=1.5), "noise", "1.5")


@pytest.mark.parametrize("gamma", [1.0, 1.5, -0.1, float("nan")])
def test_gamma_lies_below_one(gamma):
    refused(lambda: MDP(np.ones((1, 1, 1)), np.zeros((1, 1)), gamma), "gamma", str(gamma))
    refused(lambda: policy_value(np.ones((1, 1, 1)), np.zeros((1, 1)), np.zeros(1, int), gamma), "gamma")


def test_wrong_policies_get_a_sentence():
    mdp = world(0)
    refused(lambda: evaluate_policy(mdp, np.ones((3, 6)) / 6), "(6, 3)", "(3, 6)")
    refused(lambda: evaluate_policy(mdp, np.ones((6, 3))), "the policy[0]", "sums to 3")
    refused(lambda: evaluate_policy(mdp, np.full(6, 3)), "actions 0 to 2", "3 to 3")
    refused(lambda: evaluate_policy(mdp, np.zeros(6)), "whole-numbered")
    assert (check_policy(np.array([0, 1]), 2, 2) == np.eye(2)).all()
    six = np.full((6, 3), 1 / 3)
    refused(lambda: evaluate_policy(stack([mdp] * 2), np.stack([six] * 3)), "(2,)", "(3,)", "policy for each")
    refused(lambda: evaluate_policy(stack([mdp] * 2), np.zeros((3, 6), int)), "(2,)", "(3,)")
    assert evaluate_policy(stack([mdp] * 2), six).shape == (2, 6) == evaluate_policy(mdp, np.stack([six] * 2)).shape


def test_whole_numbers_are_actions_unless_they_could_be_probabilities_too():
    swap = np.array([[0, 1], [1, 0]])  # one-hot rows of one policy, or actions of two
    refused(lambda: check_policy(swap, 2, 2), "could be both", "astype(float)")
    assert (check_policy(swap.astype(float), 2, 2) == swap).all()
    assert (check_policy(swap, 2, 2, lead=(2,)) == np.eye(2)[swap]).all()
    both = np.array([[1, 1], [1, 0]])  # no distribution in row 0, so these are actions
    assert (check_policy(both, 2, 2) == np.eye(2)[both]).all()
    refused(lambda: check_policy(np.eye(3, dtype=int)[None, [0, 1, 0]], 3, 3), "could be both")


def test_rounding_to_float32_is_no_mistake():
    P = np.random.default_rng(0).dirichlet(np.ones(50), (50, 2)).astype(np.float32)
    assert np.abs(P.astype(float).sum(-1) - 1).max() > 1e-8
    assert np.array_equal(MDP(P, np.zeros((50, 2)), 0.9).P, P)


def test_backups_without_end_are_stopped():
    refused(lambda: value_iteration(world(0, gamma=0.99), limit=3), "more than 3 backups")
