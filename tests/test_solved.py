"""A tiny Dreamer solves the probe worlds end to end: credit, memory, discounting, and time limits that are no ends."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import train_config

from mbrl_lite.agents import BehaviourConfig, DreamerConfig
from mbrl_lite.envs import VecEnv
from mbrl_lite.evaluation import evaluate
from mbrl_lite.models import ModelConfig
from mbrl_lite.training import Run, train


def solve(name: str, folder, gamma: float, steps: int, target: float | None = None, entropy: float = 3e-3) -> Run:
    """A run in a probe world, finished after `steps` or once 60 episodes return `target`; 10 ms an update."""
    behaviour = BehaviourConfig(units=32, layers=1, gamma=gamma, entropy=entropy, slow=0.2)
    model = ModelConfig(units=32, deter=32, groups=2, classes=4)
    sizes = {"batch": 8, "length": 8, "horizon": 6, "starts": 32, "lr_model": 5e-3, "lr_behaviour": 6e-3}
    config = train_config(env=f"mbrl_lite/Probe{name}-v0", steps=steps, target=target, window=60, envs=4, prefill=128)
    config = replace(config, every=4, save_every=steps, agent=DreamerConfig(model, behaviour, **sizes))
    run = Run(config, folder)
    run.begin()
    return train(run)


def world(run: Run):
    return run.vec.envs[0].unwrapped


def mean_return(run: Run) -> float:
    return evaluate(run.agent, run.make_env, 50, greedy=True).returns.mean()


def values(run: Run, ticks: int) -> np.ndarray:
    """What the critic expects along greedy episodes, mean over 16 of them: (ticks,)."""
    vec, carry, found = VecEnv(run.make_env, 16, 1), None, []
    step = vec.step(np.zeros(16))
    for _ in range(ticks):
        action, carry = run.agent.act(step.obs, step.is_first, carry, greedy=True)
        with torch.no_grad():
            found.append(run.agent.behaviour.value(carry[0].feat).mean().item())
        step = vec.step(action)
    return np.array(found)


def test_credit_is_solved_and_its_time_limit_is_no_end(tmp_path):
    run = solve("Credit", tmp_path, 0.8, 1200)
    assert mean_return(run) > 0.85 * world(run).best_return
    assert values(run, 9) == pytest.approx(np.full(9, world(run).value(0.8)), rel=0.25)


def test_memory_is_found(tmp_path):
    run = solve("Recall", tmp_path, 0.9, 5000, target=0.9)
    assert run.env_steps < 5000 and mean_return(run) > 0.9


def test_waiting_is_learnt_where_the_discount_is_high(tmp_path):
    run = solve("Patience", tmp_path, 0.9, 5000, target=0.97, entropy=3e-2)
    assert run.env_steps < 5000 and mean_return(run) > 0.9


def test_the_small_reward_is_taken_where_the_discount_is_low(tmp_path):
    run = solve("Patience", tmp_path, 0.5, 800, entropy=3e-2)
    assert mean_return(run) == 0.5
    assert values(run, 1)[0] == pytest.approx(world(run).value(0.5), rel=0.2)


def test_a_world_that_is_cut_is_worth_more_than_one_that_ends(tmp_path):
    ends, forever = (solve(name, tmp_path / name, 0.7, 1000) for name in ("Ends", "Forever"))
    assert values(ends, 4) == pytest.approx([world(ends).value(0.7, t) for t in range(4)], rel=0.2)
    assert values(forever, 33) == pytest.approx(np.full(33, world(forever).value(0.7)), rel=0.05)
