"""Laws of the world of bits, of Pendulum's plan, and of the networks that are fitted to both."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from tiny import one_sentence

from mbrl_lite.claims.catalogue.representation_complexity import CLAIM, measure
from mbrl_lite.envs.bits import BitWorld
from mbrl_lite.envs.pendulum import pendulum_obs, pendulum_step, wrapped
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.fit_curves import Budget, Fit, Networks, fit_curve, train
from mbrl_lite.planning.pendulum import PendulumPlan
from mbrl_lite.planning.value_iteration import value_iteration

QUICK = Budget(steps=60, batch=32)


def every_state(n: int):
    """All states of a small world of bits: bits (S, n), position (S,), accumulator (S,)."""
    number = np.arange(2**n * n * 2)
    bits = number[:, None] // (2 * n) >> np.arange(n) & 1
    return bits, number // 2 % n, number % 2


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_q_star_by_dynamic_programming_is_the_parity(n):
    world, gamma = BitWorld(n), 0.9
    states = every_state(n)
    S, home = len(states[1]), {row: i for i, row in enumerate(zip(map(tuple, states[0]), *map(tuple, states[1:])))}
    P, R = np.zeros((S + 1, 2, S + 1)), np.zeros((S + 1, 2))  # the last state is the end
    P[S, :, S] = 1
    for a in (0, 1):
        bits, position, accumulator, reward, done = world.step(*states, np.full(S, a))
        for s in range(S):
            after = S if done[s] else home[tuple(bits[s]), position[s], accumulator[s]]
            P[s, a, after], R[s, a] = 1, reward[s]
    _, Q = value_iteration(MDP(P, R, gamma, terminal=np.arange(S + 1) == S))
    for a in (0, 1):
        np.testing.assert_allclose(Q[:S, a], world.q_star(*states, np.full(S, a), gamma), atol=1e-8)


def test_the_value_of_a_bet_is_the_return_of_the_walk():
    world, rng = BitWorld(9), np.random.default_rng(0)
    bits, _, accumulator, action = world.sample(rng, 200)
    state, total = (bits, np.zeros(200, int), accumulator), 0.0
    q = world.q_star(*state, action, 0.95)
    for t in range(9):
        *state, reward, done = world.step(*state, action if t == 0 else rng.integers(2, size=200))
        total += 0.95**t * reward
    assert done.all()
    np.testing.assert_allclose(q, total)


def test_turning_one_unread_bit_turns_the_value_over():
    world, rng = BitWorld(8), np.random.default_rng(1)
    bits, position, accumulator, action = world.sample(rng, 500)
    before = world.q_star(bits, position, accumulator, action, 0.9) > 0
    for i in range(8):
        flipped = bits.copy()
        flipped[:, i] ^= 1
        after = world.q_star(flipped, position, accumulator, action, 0.9) > 0
        np.testing.assert_array_equal(before != after, i < 8 - position)


def test_a_network_sees_each_state_and_action_differently():
    world = BitWorld(4)
    states = every_state(4)
    codes = np.concatenate([world.encode(*states, np.full(len(states[1]), a)) for a in (0, 1)])
    assert len(np.unique(codes, axis=0)) == 2 * len(states[1])
    assert codes.shape[1] == world.encode(*states).shape[1] + 1 == 4 + 5 + 2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: BitWorld(0), "1 or more"),
        (lambda: BitWorld(2.5), "whole number"),
        (lambda: BitWorld(3).step([0, 1], 0, 0, 0), r"shape \(\.\.\., 3\)"),
        (lambda: BitWorld(3).step([0, 1, 0], 3, 0, 0), "episode is over"),
        (lambda: BitWorld(3).step([0, 2, 0], 0, 0, 0), "bits to be 0 or 1"),
        (lambda: BitWorld(3).step([0, 1, 0], 0, 0, -1), "action to be 0 or 1"),
        (lambda: BitWorld(3).q_star([0, 1, 0], 0, 0, 0, 1.0), "gamma"),
        (lambda: PendulumPlan(4), "8 cells"),
        (lambda: PendulumPlan(16, gamma=1.0), "gamma"),
        (lambda: Fit(np.zeros((5, 2)), {"y": np.zeros((4, 1))}, 8, 0), "one row a sample"),
        (lambda: Fit(np.zeros((5, 2)), {"y": np.full((5, 1), np.nan)}, 8, 0), "5 entries"),
        (lambda: Fit(np.zeros((5, 2)), {}, 8, 0), "at least one target"),
        (lambda: Fit(np.zeros((5, 2)), {"y": np.zeros((5, 1))}, 0, 0), "width"),
    ],
)
def test_bad_input_is_one_sentence(call, says):
    with pytest.raises(MbrlError, match=says) as error:
        call()
    one_sentence(error.value)


def test_the_step_is_gymnasiums():
    env, rng = gym.make("Pendulum-v1").unwrapped, np.random.default_rng(0)
    env.reset(seed=0)
    theta, omega, torque = rng.uniform(-7, 7, 300), rng.uniform(-8, 8, 300), rng.uniform(-3, 3, 300)
    later, faster, reward = pendulum_step(theta, omega, torque)
    for n in range(300):
        env.state = np.array([theta[n], omega[n]])
        obs, r, *_ = env.step(torque[n : n + 1])
        np.testing.assert_allclose(env.state, [later[n], faster[n]], rtol=1e-12)
        np.testing.assert_allclose([*obs, r], [*pendulum_obs(later[n], faster[n]), reward[n]], rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def plans():
    return [PendulumPlan(cells) for cells in (64, 128, 256)]


def places(count: int):
    rng = np.random.default_rng(0)
    return rng.uniform(-np.pi, np.pi, count), rng.uniform(-8, 8, count)


def test_a_finer_grid_changes_less_and_less(plans):
    values = [plan.value(*places(5000)) for plan in plans]
    changes = [((a - b) ** 2).mean() / b.var() for a, b in zip(values, values[1:])]
    assert changes[1] < changes[0] / 2 and changes[1] < 0.003


def test_bellmans_equation_holds_on_the_grid(plans):
    plan = plans[0]
    theta, omega = np.meshgrid(plan.theta, plan.omega, indexing="ij")
    best = plan.q(theta[..., None], omega[..., None], plan.torque).max(-1)
    np.testing.assert_allclose(best, plan.V, atol=1e-3)
    np.testing.assert_allclose(plan.value(theta, omega), plan.V, atol=1e-9)


def test_left_and_right_are_alike(plans):
    theta, omega = places(2000)
    np.testing.assert_allclose(plans[0].value(theta, omega), plans[0].value(-theta, -omega), atol=1e-2)
    np.testing.assert_allclose(plans[0].value(theta, omega), plans[0].value(theta + 2 * np.pi, omega), atol=1e-9)


def test_the_greedy_policy_swings_up_and_stays(plans):
    theta, omega = np.pi, 0.0
    for _ in range(200):
        torque = plans[2].torque[plans[2].q(theta, omega, plans[2].torque).argmax()]
        theta, omega, _ = pendulum_step(theta, omega, torque)
    assert abs(wrapped(theta)) < 0.3 and abs(omega) < 0.5


def some_samples(count: int):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(count, 5))
    return x, {"line": x @ rng.normal(size=(5, 3)), "noise": rng.normal(size=(count, 1))}


def test_networks_in_a_batch_are_networks_alone():
    (x, ys), seeds = some_samples(100), [4, 9, 4]
    x = torch.tensor(x).expand(3, -1, -1)
    y = torch.full((3, 100, 3), torch.nan, dtype=torch.float64)
    y[0, :, :3], y[1, :, :1], y[2, :, :1] = (torch.tensor(ys[name]) for name in ("line", "noise", "noise"))
    together = train(Networks(seeds, 5, 7, 3, dtype=torch.float64), x, y, seeds, QUICK)(x)
    for k, (seed, outputs) in enumerate(zip(seeds, (3, 1, 1))):
        own = slice(k, k + 1)
        alone = Networks([seed], 5, 7, outputs, dtype=torch.float64)
        alone = train(alone, x[own], y[own, :, :outputs], [seed], QUICK)(x[own])
        torch.testing.assert_close(together[own, :, :outputs], alone, rtol=1e-9, atol=1e-9)
    assert (together[1] - together[2]).abs().max() > 0.1  # other seeds, other networks


def test_weights_share_no_luck_with_data_of_the_same_seed():
    drawn = np.random.default_rng(7).normal(size=(6, 5)).T * np.sqrt(2 / 5)
    weights = Networks([7, 8], 5, 6, 1, dtype=torch.float64).weights[0].detach().numpy()
    assert not np.isclose(weights[0], drawn).any() and not np.isclose(weights[0], weights[1]).any()


def test_targets_do_not_notice_each_other_and_seeds_repeat():
    x, ys = some_samples(200)
    both, line = Fit(x, ys, 16, 0, QUICK)(x), Fit(x, {"line": ys["line"]}, 16, 0, QUICK)(x)
    np.testing.assert_allclose(both["line"], line["line"], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(both["noise"], Fit(x, ys, 16, 0, QUICK)(x)["noise"])


def test_errors_are_relative_to_the_targets_spread():
    x, ys = some_samples(2000)
    ys["same"] = np.full((2000, 1), 7.0)
    learn, test = [(x[part], {k: y[part] for k, y in ys.items()}) for part in (slice(1000), slice(1000, None))]
    fit = Fit(*learn, 32, 0, Budget(steps=600))
    errors = fit.errors(*test)
    assert errors["line"].max() < 0.05 and errors["noise"].min() > 0.9 and errors["same"] == 0
    scaled = {"line": 50 * ys["line"] - 3}  # other units, the same error
    again = Fit(x[:1000], {"line": scaled["line"][:1000]}, 32, 0, Budget(steps=600))
    again = again.errors(x[1000:], {"line": scaled["line"][1000:]})
    np.testing.assert_allclose(again["line"], errors["line"], rtol=0.02)
    curve = fit_curve(learn, test, (8, 32), 0, Budget(steps=600))
    assert curve["line"].shape == (2, 3)
    np.testing.assert_array_equal(curve["line"][1], errors["line"])


def test_the_claim_measures_every_number_its_parts_read():
    small = {"cells": 16, "learn": 64, "test": 64, "steps": 2, "batch": 8}
    found = measure(CLAIM.settings | small, 100)
    assert {n for part in CLAIM.parts for n in (part.treatment, part.baseline) if n} <= set(found)
    assert np.isfinite(list(found.values())).all()
    assert found == measure(CLAIM.settings | small, 100) != measure(CLAIM.settings | small, 101)
