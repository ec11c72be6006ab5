"""Catch: a ball falls through 32x32 pixels, a paddle waits below; one reward, when the ball is down."""

import gymnasium as gym
import numpy as np

from mbrl_lite.envs.frames import PixelWorld

SIZE = 32  # pixels a side
BALL, PADDLE = 2, 6  # pixels: the ball is 2 x 2, the paddle 6 wide and 2 high
GROUND = SIZE - 2 - BALL  # the ball's upper row when it lies on the paddle
STARTS = range(0, 11)  # upper rows to fall from: 28 to 18 steps to the ground
DRIFTS = (-1, 0, 1)  # pixels a step sideways, all through an episode; the side walls turn it round
SPEED = 2  # pixels a step: the paddle's
BALL_GREY, PADDLE_GREY = 255, 160

RANDOM_RETURN = -0.55
PERFECT_RETURN = 1.0


def catches(ball: np.ndarray, paddle: np.ndarray) -> np.ndarray:
    """Whether a ball with left column `ball` lands on a paddle with left column `paddle`: they share a column."""
    return (ball + BALL > paddle) & (ball < paddle + PADDLE)


class Catch(PixelWorld):
    """Catch the ball: actions 0, 1, 2 move the paddle 2 pixels left, not at all, 2 pixels right.

    The ball starts in any column of the top third, falls one row a step and drifts sideways by -1, 0 or 1 pixels a
    step; the paddle starts anywhere. After 18 to 28 steps the ball is down and the episode terminates: reward 1 if
    caught, -1 if missed, 0 before. The paddle is twice as fast as any drift and the fall is long enough for the whole
    width, so following the ball always catches it: the perfect return is 1. Random actions get -0.55 (exact, by the
    distribution of the paddle's walk). After bsuite's catch (Osband et al., 2020), in pixels and with a drift.
    `info["state"]` is the left columns and upper row, paddle, ball column, ball row, and the drift: (4,) float32.
    """

    RANDOM_RETURN, PERFECT_RETURN = RANDOM_RETURN, PERFECT_RETURN

    def __init__(self, render_mode: str | None = None):
        super().__init__((SIZE, SIZE, 1), 3, steps=SIZE, render_mode=render_mode)  # no fall lasts that long

    def _begin(self) -> None:
        self.paddle = int(self.np_random.integers(SIZE - PADDLE + 1))
        self.ball = int(self.np_random.integers(SIZE - BALL + 1))
        self.row = int(self.np_random.choice(STARTS))
        self.drift = int(self.np_random.choice(DRIFTS))

    def _go(self, action: int) -> tuple[float, bool]:
        self.paddle = min(max(self.paddle + SPEED * (action - 1), 0), SIZE - PADDLE)
        if not 0 <= self.ball + self.drift <= SIZE - BALL:
            self.drift = -self.drift
        self.ball, self.row = self.ball + self.drift, self.row + 1
        if self.row < GROUND:
            return 0.0, False
        return (1.0 if catches(self.ball, self.paddle) else -1.0), True

    def _frame(self) -> np.ndarray:
        frame = np.zeros((SIZE, SIZE, 1), np.uint8)
        frame[GROUND + BALL :, self.paddle : self.paddle + PADDLE] = PADDLE_GREY
        frame[self.row : self.row + BALL, self.ball : self.ball + BALL] = BALL_GREY
        return frame

    def _info(self) -> dict:
        return {"state": np.array([self.paddle, self.ball, self.row, self.drift], np.float32)}


if "mbrl_lite/Catch-v0" not in gym.registry:  # a module that is reloaded registers once
    gym.register("mbrl_lite/Catch-v0", entry_point=Catch)
