"""Several environments side by side, one tick at a time, that can say exactly where they are and return there."""

from collections.abc import Callable
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from mbrl_lite.envs.make import EVAL_SEED, native_action, spec_of
from mbrl_lite.envs.minigrid import GRID_CLASSES
from mbrl_lite.errors import MbrlError


class Step(NamedTuple):
    """What N environments show at one tick. Reward and flags arrived *with* obs."""

    obs: np.ndarray  # (N, ...)
    reward: np.ndarray  # (N,) float32
    is_first: np.ndarray  # (N,) bool: the first step of an episode
    is_last: np.ndarray  # (N,) bool: nothing follows, whatever the reason
    is_terminal: np.ndarray  # (N,) bool: nothing *can* follow; a time limit is is_last without is_terminal


class VecEnv:
    """N copies of an environment in step. The tick after a last step resets: its action is a dummy and is not counted.

    Every episode starts from an explicit seed drawn from `rng`, so the pair (seed, actions since) is an environment's
    whole state.
    """

    def __init__(self, make_env: Callable[[], gym.Env], num: int, seed: int):
        self.envs = [make_env() for _ in range(num)]
        self.spec = spec_of(self.envs[0])
        self.rng = np.random.default_rng(seed)
        self.seeds = [0] * num
        self.actions: list[list] = [[] for _ in range(num)]
        self.over = np.ones(num, bool)  # before its first episode an environment is "over", so the first tick resets

    def __len__(self) -> int:
        return len(self.envs)

    def step(self, action: np.ndarray) -> Step:
        """Take one action in each environment, (N,) ints or (N, A) floats, or reset those whose episode is over."""
        rows = [self._step_one(i, a) for i, a in enumerate(action)]
        obs, reward, first, last, terminal = zip(*rows, strict=True)
        self.over = np.array(last, bool)
        return Step(
            np.stack(obs).astype(self.spec.dtype, copy=False),
            np.array(reward, np.float32),
            np.array(first, bool),
            self.over.copy(),
            np.array(terminal, bool),
        )

    def _step_one(self, i: int, action: np.ndarray) -> tuple:
        if self.over[i]:
            self.seeds[i], self.actions[i] = int(self.rng.integers(EVAL_SEED)), []
            obs, _ = self.envs[i].reset(seed=self.seeds[i])
            self._check(i, obs, 0.0)
            return obs, 0.0, True, False, False
        self.actions[i].append(action.tolist())  # plain numbers, which a file keeps to the last digit
        obs, reward, terminated, truncated, _ = self.envs[i].step(native_action(self.envs[i], action))
        self._check(i, obs, reward)
        return obs, reward, False, terminated or truncated, terminated

    def _check(self, i: int, obs, reward) -> None:
        for name, value in (("reward", reward), ("observation", obs)):
            if not np.all(np.isfinite(value)):
                raise MbrlError(
                    f"the environment returned a {name} that is not finite ({np.asarray(value).ravel()[:4]}) at step "
                    f"{len(self.actions[i])} of the episode with seed {self.seeds[i]}: mend the environment, then "
                    f"continue from the last checkpoint with  mbrl-lite train --resume"
                )
        if self.spec.kind == "grid" and (obs >= np.array(GRID_CLASSES)).any():
            raise MbrlError(
                f"a uint8 observation of shape (7, 7, 3) is taken for MiniGrid's view, whose cells hold numbers below "
                f"{GRID_CLASSES}, but {obs.max((0, 1))} came: for pictures use another size, for other numbers float32"
            )

    def state_dict(self) -> dict:
        """Generator, and each environment's episode seed and actions since: plain data for JSON."""
        return {
            "rng": self.rng.bit_generator.state,
            "seeds": list(self.seeds),
            "actions": [list(a) for a in self.actions],
            "over": self.over.tolist(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Return to where `state_dict` was taken, by replaying each open episode."""
        self.rng.bit_generator.state = state["rng"]
        self.seeds, self.over = list(state["seeds"]), np.array(state["over"], bool)
        self.actions = [list(a) for a in state["actions"]]
        for i, env in enumerate(self.envs):
            if not self.over[i]:
                env.reset(seed=self.seeds[i])
                for action in self.actions[i]:
                    env.step(native_action(env, np.asarray(action, self.spec.no_action(1).dtype)))

    def close(self) -> None:
        for env in self.envs:
            env.close()
