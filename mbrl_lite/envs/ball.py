"""A bouncing ball in 16x16 grey pixels: elastic walls, physics in closed form, a velocity no single frame shows."""

import gymnasium as gym
import numpy as np

from mbrl_lite.envs.frames import PixelWorld
from mbrl_lite.errors import MbrlError

SIZE = 16  # pixels a side; pixel i covers [i, i + 1)
RADIUS = 2.5  # pixels: the ball touches a wall when its centre is this far from it
LOW, HIGH = RADIUS, SIZE - RADIUS  # where its centre can be
SPEEDS = (0.5, 1.5)  # pixels a step
PUSH = 0.25  # what one action adds to vx, pixels a step
BAND = 1.5  # the middle: |x - 8| up to this many pixels is paid
STEPS = 50  # the time limit of `Ball`

RANDOM_RETURN = STEPS * 2 * BAND / (HIGH - LOW)  # 13.6: x stays uniform between the turning points
GOOD_RETURN = 47.0  # of a player who is told the state and brakes in time


def ball_frames(position: np.ndarray) -> np.ndarray:
    """The ball at positions (..., 2) as frames (..., 16, 16, 1) uint8: x counts columns, y rows, both in pixels.

    The ball is a product of two quadratic B-splines stretched to twice their width. Sampled at the pixels' middles
    they reproduce straight lines, so the frame's centroid *is* the position, up to rounding to whole grey levels.
    """
    middle = np.arange(SIZE) + 0.5
    far = np.abs(np.asarray(position)[..., None] - middle) / 2  # (..., 2, 16)
    profile = np.where(far < 0.5, 0.75 - far**2, 0.5 * np.clip(1.5 - far, 0, None) ** 2) / 0.75
    column, row = profile[..., 0, :], profile[..., 1, :]  # (..., 16) each
    return np.rint(255 * row[..., :, None] * column[..., None, :]).astype(np.uint8)[..., None]


def ball_step(state: np.ndarray) -> np.ndarray:
    """One step of free flight, (..., 4) to (..., 4): state is x, y (pixels), vx, vy (pixels a step).

    Each axis is a triangle wave: unfold the walls, move straight on, fold back. A fold turns the velocity round.
    """
    position, velocity = state[..., :2], state[..., 2:]
    length = HIGH - LOW
    unfolded = (position - LOW + velocity) % (2 * length)
    back = unfolded > length
    folded = np.where(back, 2 * length - unfolded, unfolded) + LOW
    return np.concatenate([folded, np.where(back, -velocity, velocity)], axis=-1)


def ball_velocity(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random velocities (count, 2), pixels a step: any direction, a speed from `SPEEDS`."""
    speed, angle = rng.uniform(*SPEEDS, count), rng.uniform(0, 2 * np.pi, count)
    return np.stack([speed * np.cos(angle), speed * np.sin(angle)], axis=-1)


def ball_start(rng: np.random.Generator, count: int) -> np.ndarray:
    """Random states (count, 4): anywhere in the box, at a velocity of `ball_velocity`."""
    return np.concatenate([rng.uniform(LOW, HIGH, (count, 2)), ball_velocity(rng, count)], axis=-1)


def ball_kick(rng: np.random.Generator, state: np.ndarray, noise: float) -> np.ndarray:
    """States (B, 4) of which each, with probability `noise`, has its velocity drawn anew."""
    kicked = rng.random(len(state)) < noise
    velocity = np.where(kicked[:, None], ball_velocity(rng, len(state)), state[:, 2:])
    return np.concatenate([state[:, :2], velocity], axis=-1)


def ball_sequences(count: int, length: int, seed: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Balls that nobody pushes: frames (B, T, 16, 16, 1) uint8 and states (B, T, 4) float32, B = count, T = length.

    state_t is x, y (pixels), vx, vy (pixels a step), and frame_t shows its x, y. With `noise` = 0 the next state is
    `ball_step` of this one. With noise > 0 it is so with probability 1 - noise a step; else the velocity is drawn anew
    first, which no past tells: one guess at the future must then be a blur. Raises `MbrlError` for impossible sizes.
    """
    _check_noise(noise)
    if count < 1 or length < 1:
        raise MbrlError(f"expected 1 sequence of 1 step or more, got {count} of {length}: ask for more")
    rng = np.random.default_rng(seed)
    state, states = ball_start(rng, count), np.empty((count, length, 4))
    for t in range(length):
        states[:, t] = state
        state = ball_step(ball_kick(rng, state, noise) if noise else state)
    return ball_frames(states[..., :2]), states.astype(np.float32)


def _check_noise(noise: float) -> None:
    if not 0 <= noise <= 1:
        raise MbrlError(f"expected noise as a probability from 0 to 1, got {noise!r}: 0.1 kicks one step in ten")


class Ball(PixelWorld):
    """Hold the ball in the middle: actions 0, 1, 2 add -0.25, 0, 0.25 pixels a step to vx; then it flies one step.

    The reward is 1 for each step that ends with |x - 8| <= 1.5 and 0 otherwise; y is only to be watched. vx stays
    within 1.5. Braking in time needs the velocity, and that takes two frames to see. `noise` kicks as in
    `ball_sequences`. The time limit of 50 steps is a truncation. Random actions get 13.6, a player who is told the
    velocity and brakes in time 47.
    """

    RANDOM_RETURN, GOOD_RETURN = RANDOM_RETURN, GOOD_RETURN

    def __init__(self, noise: float = 0.0, steps: int = STEPS, render_mode: str | None = None):
        _check_noise(noise)
        super().__init__((SIZE, SIZE, 1), 3, steps, render_mode)
        self.noise = noise

    def _begin(self) -> None:
        self.state = ball_start(self.np_random, 1)[0]  # x, y, vx, vy

    def _go(self, action: int) -> tuple[float, bool]:
        if self.noise:
            self.state = ball_kick(self.np_random, self.state[None], self.noise)[0]
        self.state[2] = np.clip(self.state[2] + PUSH * (action - 1), -SPEEDS[1], SPEEDS[1])
        self.state = ball_step(self.state)
        return abs(self.state[0] - SIZE / 2) <= BAND, False

    def _frame(self) -> np.ndarray:
        return ball_frames(self.state[:2])

    def _info(self) -> dict:
        return {"state": self.state.astype(np.float32)}


if "mbrl_lite/Ball-v0" not in gym.registry:  # a module that is reloaded registers once
    gym.register("mbrl_lite/Ball-v0", entry_point=Ball)
