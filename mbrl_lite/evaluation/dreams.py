"""Dreams against the world: the same actions, once lived and once imagined."""

from collections.abc import Callable
from typing import NamedTuple

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EVAL_SEED
from mbrl_lite.envs.make import native_action
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.drift import observation_error
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import Latent


class OpenLoop(NamedTuple):
    """n sequences of `context` seen steps and `horizon` dreamt ones, T = context + horizon."""

    real: np.ndarray  # (n, T, ...) what happened
    dream: np.ndarray  # (n, T, ...) what was decoded: from the posterior while it sees, from the prior after
    action: np.ndarray  # (n, T), or (n, T, A) if continuous: the action taken *in* step t, by both
    reward: np.ndarray  # (n, T) that arrived with step t
    dream_reward: np.ndarray  # (n, T) expected by the model
    dream_cont: np.ndarray  # (n, T) expected probability of going on
    context: int

    @property
    def horizon(self) -> int:
        """Steps dreamt with closed eyes."""
        return self.real.shape[1] - self.context

    @property
    def dreamt_error(self) -> float:
        """Mean error of the steps dreamt with closed eyes."""
        return float(self.error[:, self.context :].mean())

    @property
    def error(self) -> np.ndarray:
        """(n, T): the share of a grid's cells that are wrong, for others the root mean squared difference."""
        return observation_error(self.real, self.dream, 2)


class Played(NamedTuple):
    """The first steps of an episode: n + 1 observations and the n actions between them."""

    obs: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray  # (n + 1,), the first is 0


def half_random_episodes(
    agent: Dreamer,
    make_env: Callable[[], gym.Env],
    count: int,
    length: int,
    seed: int = EVAL_SEED,
    random: float = 0.5,
    tries: int = 400,
) -> list[Played]:
    """`count` episodes of at least `length` steps, cut to `length`; each action is random with probability `random`.

    Half-random play visits more than the policy does, and lasts longer. Seeds count up from `seed`; episodes that end
    sooner are passed over; raises `MbrlError` if `tries` episodes do not yield enough.
    """
    rng, found, env = np.random.default_rng(seed), [], make_env()
    with own_randomness(seed):
        for s in range(seed, seed + tries):
            played = _half_random(agent, env, s, length, random, rng)
            found += [played] if len(played.obs) == length else []
            if len(found) == count:
                return found
    raise MbrlError(
        f"expected {count} episodes of {length} or more steps, got {len(found)} in {tries} tries: make dreams shorter"
    )


def _half_random(
    agent: Dreamer, env: gym.Env, seed: int, length: int, random: float, rng: np.random.Generator
) -> Played:
    obs, actions, rewards, state, over = [env.reset(seed=seed)[0]], [], [0.0], None, False
    while not over and len(obs) < length:
        action, (latent, _) = agent.act(obs[-1][None], np.array([not actions]), state)
        if rng.random() < random:
            action = agent.spec.random_action(1, rng)
        state = (latent, torch.from_numpy(action))  # the model must hear what was really done
        o, reward, terminated, truncated, _ = env.step(native_action(env, action[0]))
        obs.append(o), actions.append(action[0]), rewards.append(reward)
        over = terminated or truncated
    return Played(np.stack(obs), np.array(actions, agent.spec.no_action(1).dtype), np.array(rewards, np.float32))


@torch.no_grad()
def open_loop(agent: Dreamer, episodes: list[Played], context: int = 5, seed: int = 0) -> OpenLoop:
    """Let the model see `context` steps of each episode, then dream on with the same actions and closed eyes."""
    obs = torch.from_numpy(np.stack([e.obs for e in episodes]))  # (n, T, ...)
    action = _actions(agent, episodes)  # (n, T, ...)
    model, states = agent.model, []
    with own_randomness(seed):
        for t in range(obs.shape[1]):
            if t < context:
                previous = action[:, t - 1] if t else torch.zeros_like(action[:, 0])
                state = model.filter(obs[:, t], previous, torch.full((len(obs),), t == 0), states[-1] if t else None)
            else:
                state = model.rssm.dream_step(states[-1], model.action_input(action[:, t - 1]))
            states.append(state)
    feat = torch.stack([s.feat for s in states], 1)  # (n, T, F)
    reward, cont = model.predict(feat)
    real_reward = np.stack([e.rewards for e in episodes])
    dream = model.decoder.mode(feat).numpy()
    return OpenLoop(obs.numpy(), dream, action.numpy(), real_reward, reward.numpy(), cont.numpy(), context)


@torch.no_grad()
def start_states(agent: Dreamer, episodes: list[Played], at: int) -> Latent:
    """The agent's belief after step `at` of each episode: (n, ...) states to dream from."""
    state, action = None, _actions(agent, episodes)
    with own_randomness(0):
        for t in range(at + 1):
            obs = torch.from_numpy(np.stack([e.obs[t] for e in episodes]))
            previous = action[:, t - 1] if t else torch.zeros_like(action[:, 0])
            state = agent.model.filter(obs, previous, torch.full((len(episodes),), t == 0), state)
    return state


def _actions(agent: Dreamer, episodes: list[Played]) -> torch.Tensor:
    """The actions taken in every step, (n, T) or (n, T, A), the last a dummy."""
    return torch.from_numpy(np.stack([np.concatenate([e.actions, agent.spec.no_action(1)]) for e in episodes]))
