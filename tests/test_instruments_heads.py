"""Instruments that read heads, the critic and the clock: recall, calibration, values beside returns, time by phase."""

import time

import numpy as np
import pytest
import torch
from tiny import AGENT, MODEL, SPECS, Counter, complaint, play, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.data import Uniform
from mbrl_lite.envs import EnvSpec
from mbrl_lite.evaluation import (
    Episode,
    calibration,
    discounted_returns,
    matrix_products,
    predictions,
    product_share,
    record_episode,
    reward_recall,
    update_breakdown,
    value_report,
)
from mbrl_lite.evaluation.update_time import Stopwatch, products_seconds
from mbrl_lite.models import WorldModel

# Rewards -----------------------------------------------------------------------------------------


def rare_rewards(B: int = 20, T: int = 50) -> np.ndarray:
    """One reward a row, of 0.5 to 1, at steps 5 to T - 5."""
    rng, reward = np.random.default_rng(0), np.zeros((B, T))
    reward[np.arange(B), rng.integers(5, T - 5, B)] = rng.uniform(0.5, 1, B)
    return reward


def test_a_blind_head_recalls_nothing_and_claims_nothing():
    reward = rare_rewards()
    blind = reward_recall(0 * reward, reward)
    assert blind.recall == 0 and np.isnan(blind.precision) and (blind.rewarded, blind.claimed) == (20, 0)


def test_a_perfect_head_recalls_all_and_a_boastful_one_is_not_believed():
    reward = rare_rewards()
    assert reward_recall(reward, reward) == (1, 1, 20, 20)
    assert reward_recall(reward / 2, reward).recall == 1 and reward_recall(reward * 0.49, reward).recall == 0
    boast = reward_recall(np.ones_like(reward), reward)
    assert boast.recall == 1 and boast.precision == pytest.approx(20 / reward.size)
    assert reward_recall(-reward, -reward).recall == 1 and reward_recall(reward, -reward).recall == 0
    assert np.isnan(reward_recall(reward, 0 * reward).recall) and reward_recall(reward, 0 * reward).claimed == 0


def test_a_window_forgives_the_step_but_not_the_reward():
    reward = rare_rewards()
    late, smeared = np.roll(reward, 2, 1), sum(np.roll(reward, s, 1) for s in (-1, 0, 1)) / 3
    assert reward_recall(late, reward).recall == 0 and reward_recall(late, reward, window=3).recall == 1
    assert reward_recall(smeared, reward).recall == 0
    forgiven = reward_recall(smeared, reward, window=3)
    assert forgiven.recall == 1 and forgiven.precision > 0.8  # what it says one step too far is not forgiven
    assert reward_recall(np.roll(reward, 4, 1), reward, window=3).recall == 0
    assert reward_recall(0 * reward, reward, window=3).recall == 0


def test_a_window_does_not_look_into_the_next_episode():
    reward, guess, first = np.zeros((1, 8)), np.zeros((1, 8)), np.zeros((1, 8), bool)
    reward[0, 3], guess[0, 4], first[0, 4] = 1, 1, True
    assert reward_recall(guess, reward, 3).recall == 1 and reward_recall(guess, reward, 3, first).recall == 0
    assert "got (8,)" in complaint(lambda: reward_recall(guess[0], reward[0]))
    assert "is_first of shape (1, 8)" in complaint(lambda: reward_recall(guess, reward, 3, first[:, 1:]))
    assert "one shape" in complaint(lambda: reward_recall(guess[:, 1:], reward))


def test_predictions_are_those_of_the_posterior():
    model, batch = WorldModel(SPECS["grid"], MODEL), random_batch(SPECS["grid"])
    before = torch.get_rng_state()
    reward, cont = predictions(model, batch)
    assert torch.equal(before, torch.get_rng_state()) and reward.shape == cont.shape == (3, 7)
    assert (reward == 0).all() and (cont > 0).all() and (cont < 1).all()  # the head begins with no opinion
    assert np.array_equal(cont, predictions(model, batch)[1])


# Calibration -------------------------------------------------------------------------------------


def test_a_head_that_means_what_it_says_is_calibrated():
    rng = np.random.default_rng(0)
    p = rng.random((200, 500))
    happened = rng.random(p.shape) < p
    good = calibration(p, happened)
    error = 5 * np.sqrt(0.25 / good.count)  # five standard errors of a frequency
    assert (abs(good.confidence - good.frequency) < error).all() and good.ece < 0.01 and good.count.sum() == p.size
    assert good.brier == pytest.approx(1 / 6, abs=0.003)  # the mean of p (1 - p)
    sure = calibration((p > 0.5) * 1.0, happened)
    assert sure.ece == pytest.approx(0.25, abs=0.01) and sure.confidence.tolist() == [
        0,
        1,
    ]  # errs at a quarter


def test_calibration_by_hand():
    result = calibration([0.05, 0.05, 0.95, 1.0], [0, 1, 1, 1])
    assert result.count.tolist() == [2, 2] and result.frequency.tolist() == [0.5, 1]
    assert result.ece == pytest.approx((0.45 * 2 + 0.025 * 2) / 4)
    assert result.brier == pytest.approx((0.0025 + 0.9025 + 0.0025) / 4)
    assert "probabilities from 0 to 1" in complaint(lambda: calibration([1.5], [1]))
    assert "outcomes 0 or 1" in complaint(lambda: calibration([0.5], [0.5]))
    assert "one shape" in complaint(lambda: calibration([0.5], [0, 1]))


# Values ------------------------------------------------------------------------------------------


def test_discounted_returns_by_hand():
    assert discounted_returns([1, 0, 2], 0.5).tolist() == [1.5, 1, 2]
    assert discounted_returns([1, 0, 2], 0.5, last_value=8).tolist() == [2.5, 3, 6]
    assert discounted_returns([], 0.9).shape == (0,)
    assert "discount from 0 to 1" in complaint(lambda: discounted_returns([1], 2))


def critic(value) -> Dreamer:
    """An agent whose critic says `value(obs)`: its belief is the observation."""
    agent = Dreamer(EnvSpec("vector", (1,), 2), AGENT)
    agent.model.filter = lambda obs, *_: agent.model.rssm.initial(len(obs))._replace(h=obs.expand(-1, 16))
    agent.behaviour.value = lambda feat: value(feat[:, 0])
    return agent


def test_a_critic_that_knows_is_right_and_one_that_flatters_is_found_out():
    """Counter pays t + 1 for the action taken in step t, for 5 actions."""
    gamma = AGENT.behaviour.gamma
    truth = torch.tensor([*discounted_returns(np.arange(1, 6), gamma), 0.0])
    knows = critic(lambda t: truth[t.long()])
    episodes = [record_episode(knows, Counter(5), seed) for seed in (1, 2)]
    report = value_report(knows, episodes)
    assert report.value.shape == (10,) and report.correlation == pytest.approx(1)
    assert report.bias == pytest.approx(0, abs=1e-5) == report.rmse and report.bootstrapped == 0
    flatters = value_report(critic(lambda t: truth[t.long()] + 3), episodes)
    assert flatters.bias == pytest.approx(3, abs=1e-5) and flatters.correlation == pytest.approx(1)
    assert np.isnan(value_report(critic(lambda t: t * 0), episodes).correlation)


def test_a_time_limit_is_bridged_by_the_critic_and_a_true_end_is_not():
    agent = critic(lambda t: t * 0 + 10)
    limit, end = (record_episode(agent, Counter(3, terminates=t)) for t in (False, True))
    assert end.terminated and not limit.terminated
    report = value_report(agent, [limit, end], gamma=0.5)
    after = [10 / 8, 10 / 4, 10 / 2]
    assert report.returns == pytest.approx(np.array([*np.add(report.returns[3:], after), *report.returns[3:]]))
    assert report.returns[3:].tolist() == [1 + 1 + 3 / 4, 2 + 3 / 2, 3] and report.bootstrapped == 0.5
    assert "at least 1 recorded episode" in complaint(lambda: value_report(agent, []))
    assert Episode([], limit.obs, limit.actions, limit.rewards).terminated  # as they were recorded before


# Time --------------------------------------------------------------------------------------------


def test_phases_inside_phases_add_up(monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    clock = Stopwatch()  # 0
    with clock.phase("outer"), clock.phase("inner"), clock.phase("outer"):  # 1, 2, 3
        pass  # 4, 5, 6
    assert clock.seconds == {"outer": 1 + 1 + 1, "inner": 1 + 1}


def test_a_watched_method_is_given_back():
    class Thing:
        def double(self, x):
            return 2 * x

    thing, clock = Thing(), Stopwatch()
    with clock.watch(thing, "double", "work"), pytest.raises(TypeError):
        assert thing.double(4) == 8
        thing.double()
    assert "double" not in vars(thing) and thing.double(4) == 8 and clock.seconds["work"] > 0


@pytest.fixture(scope="module")
def learner():
    replay = play("CartPole-v1", 2, 60)
    return Dreamer(EnvSpec("vector", (4,), 2), AGENT), replay


def test_an_updates_phases_are_all_there_and_nothing_stays_behind(learner):
    agent, replay = learner
    backward = torch.Tensor.backward
    parts = update_breakdown(agent, replay, Uniform(0), trials=2)
    names = ["sample", "encode", "recur", "decode", "heads", "imagine", "behaviour", "backward", "optimise", "other"]
    assert list(parts) == names and all(parts[name] > 0 for name in names)
    assert torch.Tensor.backward is backward and "imagine" not in vars(agent.model) and "sample" not in vars(replay)
    assert "at least 1 trial" in complaint(lambda: update_breakdown(agent, replay, Uniform(0), trials=0))


def test_products_are_counted_by_shape(learner):
    x, w = torch.randn(5, 3, requires_grad=True), torch.randn(3, 4)
    assert matrix_products(lambda: (x @ w).sum().backward()) == {((5, 3), (3, 4)): 1, ((5, 4), (4, 3)): 1}
    assert matrix_products(lambda: torch.nn.functional.linear(x, w.T, torch.zeros(4))) == {((5, 3), (3, 4)): 1}
    assert products_seconds(matrix_products(lambda: x @ w), trials=2) > 0
    agent, replay = learner
    share = product_share(agent, replay, Uniform(0), trials=2)
    assert share.products > 50 and share.share == share.alone / share.update > 0
