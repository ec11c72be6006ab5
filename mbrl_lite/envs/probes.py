"""Probe worlds: tiny environments whose right answer is known in closed form, one for each classic way to be wrong."""

from abc import ABC, abstractmethod

import gymnasium as gym
import numpy as np
from gymnasium import spaces


def _geometric(gamma: float, n: int) -> float:
    """1 + gamma + ... + gamma^(n - 1)."""
    return float(n) if gamma == 1 else (1 - gamma**n) / (1 - gamma)


class Probe(gym.Env, ABC):
    """What all probes share: one number in [-1, 1] as observation, actions 0 and 1, rewards in [0, 1].

    `best_return` is the highest expected return of an episode, as it is measured. `value(gamma)` is the expected
    discounted return from the first step under the best policy, as a critic should believe it.
    """

    metadata = {"render_modes": []}
    best_return: float

    def __init__(self):
        self.observation_space = spaces.Box(-1, 1, (1,), np.float32)
        self.action_space = spaces.Discrete(2)
        self.t = 0  # actions so far in this episode

    @abstractmethod
    def value(self, gamma: float) -> float:
        """V(s_0) of the best policy under the discount `gamma`."""

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=seed)
        self.t = 0
        return self._obs(self._begin()), {}

    def step(self, action: int):
        self.t += 1
        obs, reward, terminated, truncated = self._go(int(action))
        return self._obs(obs), float(reward), terminated, truncated, {}

    @abstractmethod
    def _begin(self) -> float:
        """The first observation of an episode."""

    @abstractmethod
    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        """Observation, reward, terminated and truncated after one action."""

    def _coin(self) -> int:
        """-1 or 1, equally likely."""
        return 2 * int(self.np_random.integers(2)) - 1

    @staticmethod
    def _obs(number: float) -> np.ndarray:
        return np.array([number], np.float32)


class ProbeCredit(Probe):
    """Reward credit: each observation is a coin, -1 or 1; action 0 answers -1, action 1 answers 1.

    A right answer is paid 1, *with the next observation*: r_{t+1} = [a_t answers o_t]. Shifted by one step, rewards
    look like coin flips and nothing can be learnt. A time limit cuts it after n steps: the best return is n, but
    V(s_t) = 1 / (1 - gamma) at every t.
    """

    def __init__(self, steps: int = 8):
        super().__init__()
        self.steps, self.best_return = steps, float(steps)

    def value(self, gamma: float) -> float:
        return 1 / (1 - gamma)

    def _begin(self) -> float:
        self.coin = self._coin()
        return self.coin

    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        right, self.coin = action == (self.coin > 0), self._coin()
        return self.coin, right, False, self.t >= self.steps


class ProbeRecall(Probe):
    """Memory within an episode: the first observation is a coin, all others are 0; the last of n actions answers it.

    With memory the best return is 1 and V(s_0) = gamma^(n - 1); without, or if the state is cleared too often, half
    of both.
    """

    def __init__(self, steps: int = 2):
        super().__init__()
        self.steps, self.best_return = steps, 1.0

    def value(self, gamma: float) -> float:
        return gamma ** (self.steps - 1)

    def _begin(self) -> float:
        self.coin = self._coin()
        return self.coin

    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        over = self.t >= self.steps
        return 0.0, over and action == (self.coin > 0), over, False


class ProbeForget(Probe):
    """Resets at `is_first`: one action answers the coin that *ended the episode before*, then a new coin is shown.

    Nothing in an episode tells the answer, so V(s_0) = 1/2 and the best return is 1/2, whatever the agent does. More
    than that means that a state was carried over a reset. This coin outlives its episode, which an honest environment
    never lets happen: only here is a resumed run not bitwise equal.
    """

    best_return = 0.5

    def __init__(self):
        super().__init__()
        self.coin: int | None = None

    def value(self, gamma: float) -> float:
        return 0.5

    def _begin(self) -> float:
        self.coin = self._coin() if self.coin is None else self.coin
        return 0.0

    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        right, self.coin = action == (self.coin > 0), self._coin()
        return self.coin, right, True, False


class ProbeSteady(Probe):
    """Time limits against terminations: reward 1 a step, nothing to see; only a flag tells what the end is.

    With `ends` it terminates: V(s_t) = (1 - gamma^(n - t)) / (1 - gamma). Without, a time limit cuts what would go on
    for ever: V(s_t) = 1 / (1 - gamma) at every t, the last included. The return is n in both.
    """

    def __init__(self, steps: int = 4, ends: bool = True):
        super().__init__()
        self.steps, self.ends, self.best_return = steps, ends, float(steps)

    def value(self, gamma: float, t: int = 0) -> float:
        """V(s_t) under any policy; `gamma` below 1 if it never ends."""
        return _geometric(gamma, self.steps - t) if self.ends else 1 / (1 - gamma)

    def _begin(self) -> float:
        return 1.0

    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        over = self.t >= self.steps
        return 1.0, 1.0, over and self.ends, over and not self.ends


class ProbePatience(Probe):
    """Discounting: the first action takes a small reward and ends (1), or waits for a reward of 1 after n steps (0).

    What is chosen later changes nothing. V(s_0) = max(small, gamma^(n - 1)): wait where gamma^(n - 1) > small.
    """

    def __init__(self, steps: int = 4, small: float = 0.5):
        super().__init__()
        self.steps, self.small, self.best_return = steps, small, 1.0

    def value(self, gamma: float) -> float:
        return max(self.small, gamma ** (self.steps - 1))

    def _begin(self) -> float:
        return 0.0

    def _go(self, action: int) -> tuple[float, float, bool, bool]:
        if self.t == 1 and action == 1:
            return 0.0, self.small, True, False
        over = self.t >= self.steps
        return self.t / self.steps, over, over, False


PROBES = {
    "mbrl_lite/ProbeCredit-v0": (ProbeCredit, {}),
    "mbrl_lite/ProbeRecall-v0": (ProbeRecall, {}),
    "mbrl_lite/ProbeForget-v0": (ProbeForget, {}),
    "mbrl_lite/ProbeEnds-v0": (ProbeSteady, {"steps": 4, "ends": True}),
    "mbrl_lite/ProbeForever-v0": (ProbeSteady, {"steps": 32, "ends": False}),
    "mbrl_lite/ProbePatience-v0": (ProbePatience, {}),
}

for _id, (_world, _options) in PROBES.items():
    if _id not in gym.registry:  # a module that is reloaded registers once
        gym.register(_id, entry_point=_world, kwargs=_options)
