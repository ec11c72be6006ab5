"""Dreams against the world: the same actions, once lived and once imagined."""

from collections.abc import Callable
from typing import NamedTuple

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EVAL_SEED
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import Latent


class OpenLoop(NamedTuple):
    """n sequences of `context` seen steps and `horizon` dreamt ones, T = context + horizon."""

    real: np.ndarray  # (n, T, ...) what happened
    dream: np.ndarray  # (n, T, ...) what was decoded: from the posterior while it sees, from the prior after
    action: np.ndarray  # (n, T) the action taken *in* step t, by both
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
        """(n, T): for whole numbers the share of entries that differ, for others the root mean squared difference."""
        axes = tuple(range(2, self.real.ndim))
        if self.real.dtype == np.uint8 and self.real.shape[2:] == (7, 7, 3):
            return (self.real != self.dream).any(-1).mean(axes[:-1])  # cells of a grid that are wrong in any channel
        return np.sqrt(((self.real.astype(float) - self.dream.astype(float)) ** 2).mean(axes))


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
            action = rng.integers(agent.spec.actions, size=1)
        state = (latent, torch.from_numpy(action))  # the model must hear what was really done
        o, reward, terminated, truncated, _ = env.step(action[0] + env.action_space.start)
        obs.append(o), actions.append(action[0]), rewards.append(reward)
        over = terminated or truncated
    return Played(np.stack(obs), np.array(actions, np.int64), np.array(rewards, np.float32))


@torch.no_grad()
def open_loop(agent: Dreamer, episodes: list[Played], context: int = 5, seed: int = 0) -> OpenLoop:
    """Let the model see `context` steps of each episode, then dream on with the same actions and closed eyes."""
    obs = torch.from_numpy(np.stack([e.obs for e in episodes]))  # (n, T, ...)
    action = torch.from_numpy(np.stack([np.append(e.actions, 0) for e in episodes]))  # (n, T), the last a dummy
    model, states = agent.model, []
    with own_randomness(seed):
        for t in range(obs.shape[1]):
            if t < context:
                previous = action[:, t - 1] if t else torch.zeros(len(obs), dtype=torch.int64)
                state = model.filter(obs[:, t], previous, torch.full((len(obs),), t == 0), states[-1] if t else None)
            else:
                state = model.rssm.dream_step(states[-1], model.one_hot(action[:, t - 1]))
            states.append(state)
    feat = torch.stack([s.feat for s in states], 1)  # (n, T, F)
    reward, cont = model.predict(feat)
    real_reward = np.stack([e.rewards for e in episodes])
    dream = model.decoder.mode(feat).numpy()
    return OpenLoop(obs.numpy(), dream, action.numpy(), real_reward, reward.numpy(), cont.numpy(), context)


@torch.no_grad()
def start_states(agent: Dreamer, episodes: list[Played], at: int) -> Latent:
    """The agent's belief after step `at` of each episode: (n, ...) states to dream from."""
    state = None
    with own_randomness(0):
        for t in range(at + 1):
            obs = torch.from_numpy(np.stack([e.obs[t] for e in episodes]))
            previous = torch.tensor([int(e.actions[t - 1]) if t else 0 for e in episodes])
            state = agent.model.filter(obs, previous, torch.full((len(episodes),), t == 0), state)
    return state
