"""MinAtar (Young and Tian, 2019) under its own ids, made reproducible: what its authors' wrapper leaves open."""

import gymnasium as gym
from gymnasium.envs.registration import WrapperSpec

from mbrl_lite.errors import require


class Reproducible(gym.Wrapper):
    """MinAtar, so that (seed, actions) is its whole state and a time limit is a truncation. The game is unchanged.

    Two things are mended. The sticky action, "repeat the last action with probability 0.1", reached back into the
    episode before, as a reset kept it: here it is action 0, no-op, as in a new game. And Freeway ends only because its
    2501 steps are over, which it reports as a termination.
    """

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        self.env.unwrapped.game.last_action = 0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: int):
        obs, reward, terminated, truncated, info = self.env.step(action)
        if self.env.unwrapped.game.game_name() == "freeway":
            terminated, truncated = False, terminated or truncated
        return obs, float(reward), bool(terminated), bool(truncated), info


def register() -> None:
    """Register MinAtar/Breakout-v1 (minimal actions), MinAtar/Breakout-v0 (all six) and the other four games, once."""
    suite = require("minatar.gym", "minatar")
    if "MinAtar/Breakout-v1" not in gym.registry:
        suite.register_envs()
    honest = WrapperSpec("Reproducible", f"{__name__}:{Reproducible.__name__}", {})
    for env_id, spec in gym.registry.items():
        if env_id.startswith("MinAtar/") and honest not in spec.additional_wrappers:
            spec.additional_wrappers = (*spec.additional_wrappers, honest)
