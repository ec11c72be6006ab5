"""Returns on episodes that training never saw."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EVAL_SEED
from mbrl_lite.envs.make import native_action
from mbrl_lite.errors import MbrlError


class Evaluation(NamedTuple):
    """One entry an episode."""

    returns: np.ndarray  # (n,)
    lengths: np.ndarray  # (n,) actions
    seeds: np.ndarray  # (n,)


@contextmanager
def own_randomness(seed: int):
    """Torch's random numbers from `seed`, and afterwards as if nothing had happened."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def evaluate(
    agent: Dreamer, make_env: Callable[[], gym.Env], episodes: int = 100, seed: int = EVAL_SEED, greedy: bool = False
) -> Evaluation:
    """Play `episodes` whole episodes with seeds seed, seed + 1, ..., 25 side by side; the agent learns nothing."""
    if episodes < 1:
        raise MbrlError(f"expected at least 1 episode to evaluate, got {episodes}: ask for more")
    with own_randomness(seed):
        parts = [
            _play(agent, make_env, range(s, min(s + 25, seed + episodes)), greedy)
            for s in range(seed, seed + episodes, 25)
        ]
    return Evaluation(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _play(agent: Dreamer, make_env: Callable[[], gym.Env], seeds: range, greedy: bool) -> tuple:
    envs = [make_env() for _ in seeds]
    obs = np.stack([env.reset(seed=s)[0] for env, s in zip(envs, seeds, strict=True)])
    first, alive, state = np.ones(len(envs), bool), np.ones(len(envs), bool), None
    returns, lengths = np.zeros(len(envs)), np.zeros(len(envs), np.int64)
    while alive.any():
        action, state = agent.act(obs, first, state, greedy)
        first[:] = False
        for i in np.flatnonzero(alive):
            obs[i], reward, terminated, truncated, _ = envs[i].step(native_action(envs[i], action[i]))
            returns[i] += reward
            lengths[i] += 1
            alive[i] = not (terminated or truncated)
    for env in envs:
        env.close()
    return returns, lengths, np.array(seeds)


class Episode(NamedTuple):
    """One recorded episode of n actions."""

    frames: list[np.ndarray]  # n + 1 pictures of the whole world, (H, W, 3) uint8, or empty if it draws none
    obs: np.ndarray  # (n + 1, ...)
    actions: np.ndarray  # (n,), or (n, A) if continuous
    rewards: np.ndarray  # (n,) that followed each action
    terminated: bool = True  # a true end, not a time limit


def record_episode(agent: Dreamer, env: gym.Env, seed: int = EVAL_SEED, greedy: bool = False) -> Episode:
    """Play one episode and keep everything. Pictures are kept if the environment renders them ("rgb_array")."""
    obs, frames, actions, rewards, state, over = [env.reset(seed=seed)[0]], [], [], [], None, False
    draws = env.render_mode == "rgb_array"
    with own_randomness(seed):
        frames += [env.render()] if draws else []
        while not over:
            action, state = agent.act(obs[-1][None], np.array([not actions]), state, greedy)
            o, reward, terminated, truncated, _ = env.step(native_action(env, action[0]))
            obs.append(o), actions.append(action[0]), rewards.append(reward)
            frames += [env.render()] if draws else []
            over = terminated or truncated
    return Episode(frames, np.stack(obs), np.array(actions), np.array(rewards), bool(terminated))
