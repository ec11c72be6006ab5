"""Samplers: which sequences the model trains on."""

import numpy as np

from mbrl_lite.data.replay import Replay


class Uniform:
    """Every sequence that fits is as likely as any other."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)

    def starts(self, replay: Replay, count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        return self.rng.integers(replay.num_envs, size=count), self.rng.integers(
            replay.tail, replay.head - length + 1, size=count
        )

    def state_dict(self) -> dict:
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: dict) -> None:
        self.rng.bit_generator.state = state["rng"]


class Rewarded(Uniform):
    """A share of the sequences contains a reward, somewhere; the others are uniform.

    Where reward is sparse, uniform samples hardly ever show it, and a reward head that never sees the goal learns to
    expect nothing.
    """

    def __init__(self, seed: int, share: float = 0.25):
        super().__init__(seed)
        self.share = share

    def starts(self, replay: Replay, count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        env, start = super().starts(replay, count, length)
        ticks, envs = replay.rewarded()
        if len(ticks):
            many = self.rng.binomial(count, self.share)
            pick = self.rng.integers(len(ticks), size=many)
            offset = self.rng.integers(length, size=many)  # where in the sequence the reward stands
            env[:many] = envs[pick]
            start[:many] = np.clip(ticks[pick] - offset, replay.tail, replay.head - length)
        return env, start
