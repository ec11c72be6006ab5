"""What the pixel worlds share: a Gymnasium environment that shows small uint8 frames and is cut by a time limit."""

from abc import ABC, abstractmethod

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mbrl_lite.errors import MbrlError

ZOOM = 16  # screen pixels a pixel of the world, in `render`


def rgb(frame: np.ndarray, zoom: int = ZOOM) -> np.ndarray:
    """A frame (H, W, 1 or 3) enlarged to a picture (zoom H, zoom W, 3) of hard-edged squares, uint8."""
    picture = np.broadcast_to(frame, (*frame.shape[:2], 3))
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


class PixelWorld(gym.Env, ABC):
    """Frames (H, W, C) uint8, discrete actions, `info["state"]` the true state. After `steps` actions it is truncated.

    Everything random is drawn from `np_random`, so the pair (seed, actions) is the whole state. Raises `MbrlError` for
    an action that is not there or fewer than one step.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 12}

    def __init__(self, shape: tuple[int, int, int], actions: int, steps: int, render_mode: str | None = None):
        if steps < 1:
            raise MbrlError(f"expected a time limit of 1 step or more, got steps={steps!r}: choose a larger one")
        self.observation_space = spaces.Box(0, 255, shape, np.uint8)
        self.action_space = spaces.Discrete(actions)
        self.steps, self.render_mode = steps, render_mode
        self.t = 0  # actions so far in this episode

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=seed)
        self.t = 0
        self._begin()
        return self._frame(), self._info()

    def step(self, action: int):
        if not self.action_space.contains(np.int64(action)):
            raise MbrlError(f"expected an action from 0 to {self.action_space.n - 1}, got {action!r}: choose one")
        self.t += 1
        reward, terminated = self._go(int(action))
        truncated = self.t >= self.steps and not terminated
        return self._frame(), float(reward), bool(terminated), truncated, self._info()

    def render(self) -> np.ndarray | None:
        """The frame as a picture, if made with render_mode="rgb_array"."""
        return rgb(self._frame()) if self.render_mode == "rgb_array" else None

    @abstractmethod
    def _begin(self) -> None:
        """Draw the start of an episode."""

    @abstractmethod
    def _go(self, action: int) -> tuple[float, bool]:
        """Take one action: the reward, and whether nothing can follow."""

    @abstractmethod
    def _frame(self) -> np.ndarray:
        """What is seen now, (H, W, C) uint8."""

    @abstractmethod
    def _info(self) -> dict:
        """What is true now: {"state": (k,) float32, ...}."""
