"""The critic against the world: values of visited states beside the discounted returns that really followed."""

from typing import NamedTuple

import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.returns import Episode, own_randomness


def discounted_returns(rewards, gamma: float, last_value: float = 0.0) -> np.ndarray:
    """G_0..G_{n-1} of n rewards, (n,): rewards[t] followed the action taken in step t, and G_t begins with it.

    `last_value` stands for all that would have come after the last reward: 0 after a true end.
    """
    rewards = np.asarray(rewards, float)
    if rewards.ndim != 1 or not 0 <= gamma <= 1:
        raise MbrlError(
            f"expected rewards (n,) and a discount from 0 to 1, got {rewards.shape} and {gamma}: one episode at a time"
        )
    returns, last = np.zeros(len(rewards)), float(last_value)
    for t in reversed(range(len(rewards))):
        returns[t] = last = rewards[t] + gamma * last
    return returns


class ValueReport(NamedTuple):
    """N visited states, in which an action was taken."""

    value: np.ndarray  # (N,) what the critic expected
    returns: np.ndarray  # (N,) discounted, what followed
    bootstrapped: float  # share of episodes cut by a time limit: there the critic itself stands for what was cut

    @property
    def correlation(self) -> float:
        """Pearson's; NaN if one of them does not vary."""
        if min(self.value.std(), self.returns.std()) == 0:
            return float("nan")
        return float(np.corrcoef(self.value, self.returns)[0, 1])

    @property
    def bias(self) -> float:
        """Mean of value less return: above 0 the critic promises too much."""
        return float((self.value - self.returns).mean())

    @property
    def rmse(self) -> float:
        return float(np.sqrt(((self.value - self.returns) ** 2).mean()))


@torch.no_grad()
def value_report(agent: Dreamer, episodes: list[Episode], gamma: float | None = None, seed: int = 0) -> ValueReport:
    """Replay recorded episodes through the agent's model, and compare its critic with what followed.

    gamma is the agent's own unless given. An episode that a time limit cut goes on with the critic's value of its last
    state; one that ended truly goes on with 0.
    """
    if not episodes:
        raise MbrlError("expected at least 1 recorded episode, got none: record some with record_episode")
    gamma = agent.config.behaviour.gamma if gamma is None else gamma
    values, returns = [], []
    for episode in episodes:
        value = _values(agent, episode, seed)  # (n + 1,)
        last = 0.0 if episode.terminated else float(value[-1])
        values.append(value[:-1])
        returns.append(discounted_returns(episode.rewards, gamma, last))
    cut = float(np.mean([not episode.terminated for episode in episodes]))
    return ValueReport(np.concatenate(values), np.concatenate(returns), cut)


def _values(agent: Dreamer, episode: Episode, seed: int) -> np.ndarray:
    """The critic's values along one episode, (n + 1,)."""
    obs = torch.from_numpy(np.asarray(episode.obs))
    action = torch.from_numpy(np.asarray(episode.actions))
    state, values = None, []
    with own_randomness(seed):
        for t in range(len(obs)):
            previous = action[t - 1 : t] if t else torch.zeros_like(action[:1])
            state = agent.model.filter(obs[t : t + 1], previous, torch.tensor([t == 0]), state)
            values.append(agent.behaviour.value(state.feat).item())
    return np.array(values)
