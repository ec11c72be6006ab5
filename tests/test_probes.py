"""Probe worlds: they keep their closed forms, and a world model learns what they hide, or shows that it cannot."""

import numpy as np
import pytest
import torch
from tiny import play

from mbrl_lite.agents import lambda_return
from mbrl_lite.data import Batch, Replay, Uniform
from mbrl_lite.envs import PROBES, EnvSpec, VecEnv, make
from mbrl_lite.models import ModelConfig, WorldModel

SPEC = EnvSpec("vector", (1,), 2)
NAMES = [name.removeprefix("mbrl_lite/Probe").removesuffix("-v0") for name in PROBES]


def world(name: str):
    return make(f"mbrl_lite/Probe{name}-v0")


def returns(name: str, policy, gamma: float = 1.0, episodes: int = 400) -> np.ndarray:
    """Discounted returns of a policy that sees the episode's observations so far."""
    env, found = world(name), []
    for seed in range(episodes):
        seen, total, over = [float(env.reset(seed=seed)[0][0])], 0.0, False
        while not over:
            obs, reward, terminated, truncated, _ = env.step(policy(seen))
            total += gamma ** (len(seen) - 1) * reward
            seen.append(float(obs[0]))
            over = terminated or truncated
        found.append(total)
    return np.array(found)


BEST = {
    "Credit": lambda seen: int(seen[-1] > 0),
    "Recall": lambda seen: int(seen[0] > 0),
    "Forget": lambda seen: 1,
    "Ends": lambda seen: 0,
    "Forever": lambda seen: 0,
    "Patience": lambda seen: 0,
}


# The worlds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_best_policy_gets_the_best_return(name):
    best, got = world(name).unwrapped.best_return, returns(name, BEST[name])
    assert got.mean() == pytest.approx(best, abs=5 * got.std() / 20)


@pytest.mark.parametrize("name", ["Ends", "Recall", "Patience", "Forget"])
def test_the_value_is_the_discounted_return_where_worlds_end(name):
    got = returns(name, BEST[name], gamma=0.9)
    assert got.mean() == pytest.approx(world(name).unwrapped.value(0.9), abs=1e-6 + 5 * got.std() / 20)


def test_patience_pays_only_with_a_high_discount():
    value, steps, small = world("Patience").unwrapped.value, 4, 0.5
    assert value(0.9) == pytest.approx(0.9 ** (steps - 1)) and value(0.5) == small
    assert returns("Patience", lambda seen: 1).mean() == small


def test_memory_is_worth_a_half_in_recall():
    assert returns("Recall", lambda seen: 1).mean() == pytest.approx(0.5, abs=5 * 0.5 / 20)


def test_the_coin_of_the_last_episode_is_worth_a_half_in_forget():
    env, last, right = world("Forget"), 0.0, []
    for seed in range(100):
        env.reset(seed=seed)
        obs, reward, *_ = env.step(int(last > 0))
        right.append(reward)
        last = obs[0]
    assert np.mean(right[1:]) == 1.0


def test_rewards_of_credit_are_a_function_of_the_step_before():
    batch = play("mbrl_lite/ProbeCredit-v0", 2, 200).sample(Uniform(0), 8, 50)
    right = (batch.action[:, :-1] == (batch.obs[:, :-1, 0] > 0)).float()
    goes_on = ~batch.is_first[:, 1:]
    assert torch.equal(batch.reward[:, 1:][goes_on], right[goes_on])
    assert not torch.equal(batch.reward[:, :-1][goes_on], right[goes_on])  # one step earlier it is noise


@pytest.mark.parametrize("name, terminal", [("Ends", True), ("Forever", False)])
def test_one_world_terminates_and_the_other_is_cut(name, terminal):
    vec = VecEnv(lambda: world(name), 2, 0)
    last = [step for step in (vec.step(np.zeros(2)) for _ in range(70)) if step.is_last.any()]
    assert last and all(step.is_last.all() and (step.is_terminal == terminal).all() for step in last)


@pytest.mark.parametrize("lam", [0.0, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("name", ["Ends", "Forever"])
def test_the_lambda_return_of_true_values_is_the_true_value(name, lam):
    env, n = world(name).unwrapped, 4
    values = torch.tensor([[env.value(0.9, t) for t in range(n + 1)]])
    cont = torch.ones(1, n)
    cont[0, -1] = name == "Forever"  # a termination is cont 0, a time limit is not
    assert torch.allclose(lambda_return(torch.ones(1, n), cont, values, 0.9, lam), values[:, :-1])


# What a model makes of them ----------------------------------------------------------------------


def learn(replay: Replay, updates: int, change=lambda batch: batch) -> WorldModel:
    """A small world model after some updates; `change` may spoil its batches first."""
    model = WorldModel(SPEC, ModelConfig(units=32, deter=32, groups=2, classes=4))
    optimiser, sampler = torch.optim.Adam(model.parameters(), 6e-3), Uniform(0)
    for _ in range(updates):
        losses, _ = model.loss(change(replay.sample(sampler, 16, 8)))
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    return model


@torch.no_grad()
def expectations(model: WorldModel, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model expects of each step *before* it sees it: reward and cont from the prior, (B, T)."""
    seen = model.observe(batch)
    z = torch.distributions.OneHotCategorical(probs=seen.prior).sample((32,)).flatten(-2)  # (32, B, T, Z C)
    reward, cont = model.predict(torch.cat([seen.states.h.expand(32, -1, -1, -1), z], -1))
    return reward.mean(0), cont.mean(0)


def explained(expected: torch.Tensor, real: torch.Tensor) -> float:
    """Correlation of what was expected with what came."""
    return torch.corrcoef(torch.stack([expected, real]))[0, 1].item()


def credit(change=lambda batch: batch) -> float:
    replay = play("mbrl_lite/ProbeCredit-v0", 4, 400)
    model, batch = learn(replay, 250, change), change(replay.sample(Uniform(1), 64, 8))
    reward, cont = expectations(model, batch)
    assert cont.min() > 0.8  # its time limit is no end
    inner = ~batch.is_first & (torch.arange(8) > 0)
    return explained(reward[inner], batch.reward[inner])


def test_reward_is_credited_to_the_step_before():
    assert credit() > 0.8


def test_rewards_shifted_by_one_step_cannot_be_foretold():
    assert credit(lambda batch: batch._replace(reward=batch.reward.roll(-1, 1))) < 0.5


def forget(change=lambda batch: batch) -> float:
    replay = play("mbrl_lite/ProbeForget-v0", 4, 400)
    model, batch = learn(replay, 450, change), change(replay.sample(Uniform(1), 64, 8))
    reward, _ = expectations(model, batch)
    asked = batch.is_last & (torch.arange(8) > 2)  # the answer came in the episode before
    return explained(reward[asked], batch.reward[asked])


def test_a_reset_forgets_the_episode_before():
    assert abs(forget()) < 0.3


def test_without_resets_the_episode_before_would_be_known():
    assert forget(lambda batch: batch._replace(is_first=torch.zeros_like(batch.is_first))) > 0.8


def test_an_end_is_expected_where_the_world_ends():
    replay = play("mbrl_lite/ProbeEnds-v0", 4, 200)
    model, batch = learn(replay, 250), replay.sample(Uniform(1), 64, 8)
    _, cont = expectations(model, batch)
    known = batch.is_first.cumsum(1) > 0  # the episode's beginning was seen, so the end can be counted out
    assert cont[known & batch.is_terminal].max() < 0.3 and cont[known & ~batch.is_terminal].min() > 0.7
