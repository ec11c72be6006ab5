"""Q* of Pendulum by dense dynamic programming: value iteration on a grid of angles and speeds, bilinear between."""

from functools import lru_cache

import numpy as np

from mbrl_lite.envs.pendulum import MAX_SPEED, MAX_TORQUE, pendulum_step
from mbrl_lite.envs.tabular import check_gamma
from mbrl_lite.errors import MbrlError


def corners(theta, omega, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """The four grid points around each state and their bilinear weights, both (..., 4).

    The grid has `cells` angles, from -pi and around the circle, and cells + 1 speeds from -8 to 8; points count row by
    row.
    """
    x = (np.asarray(theta) + np.pi) / (2 * np.pi) * cells
    y = (np.asarray(omega) + MAX_SPEED) / (2 * MAX_SPEED) * cells
    i, j = np.floor(x).astype(int), np.clip(np.floor(y).astype(int), 0, cells - 1)
    fx, fy = x - i, y - j
    rows = np.stack([i, i, i + 1, i + 1], -1) % cells  # the angle is a circle
    columns = np.stack([j, j + 1, j, j + 1], -1)
    weights = np.stack([(1 - fx) * (1 - fy), (1 - fx) * fy, fx * (1 - fy), fx * fy], -1)
    return rows * (cells + 1) + columns, weights


class PendulumPlan:
    """V* and Q* of Pendulum-v1 with `torques` equally spaced torques: Bellman's equation solved on the grid.

    V (cells, cells + 1) over `theta` (cells,) rad and `omega` (cells + 1,) rad/s; `torque` (A,) N m. The grid is
    doubled again and again from a coarse one, each solution the first guess of the next.
    """

    def __init__(self, cells: int = 128, torques: int = 5, gamma: float = 0.97, tol: float = 1e-4):
        check_gamma(gamma)
        if cells < 8 or torques < 2:
            raise MbrlError(f"expected at least 8 cells and 2 torques, got {cells} and {torques}: try 128 and 5")
        self.cells, self.gamma = cells, gamma
        self.theta = -np.pi + 2 * np.pi * np.arange(cells) / cells
        self.omega = np.linspace(-MAX_SPEED, MAX_SPEED, cells + 1)
        self.torque = np.linspace(-MAX_TORQUE, MAX_TORQUE, torques)
        states = np.meshgrid(self.theta, self.omega, indexing="ij")  # 2 x (cells, cells + 1)
        if cells >= 32 and cells % 2 == 0:
            self.V = PendulumPlan(cells // 2, torques, gamma, tol).value(*states)
        else:
            self.V = np.zeros((cells, cells + 1))
        self._solve(*(s.reshape(-1, 1) for s in states), tol)

    def _solve(self, theta, omega, tol: float) -> None:
        """Modified policy iteration: a full backup, then twenty of its greedy policy alone, until V stands still."""
        theta, omega, reward = pendulum_step(theta, omega, self.torque)  # each (S, A)
        points, weights = corners(theta, omega, self.cells)  # each (S, A, 4)
        V, every = self.V.ravel(), np.arange(len(reward))
        while True:
            Q = reward + self.gamma * (weights * V[points]).sum(-1)  # (S, A)
            best, old, V = Q.argmax(1), V, Q.max(1)
            if np.abs(V - old).max() < tol:
                break
            r, p, w = reward[every, best], points[every, best], weights[every, best]  # (S,), (S, 4), (S, 4)
            for _ in range(20):
                V = r + self.gamma * (w * V[p]).sum(-1)
        self.V = V.reshape(self.V.shape)

    def value(self, theta, omega) -> np.ndarray:
        """V* between the grid points, (...): theta in rad, any angle, omega in rad/s from -8 to 8."""
        points, weights = corners(theta, omega, self.cells)
        return (weights * self.V.ravel()[points]).sum(-1)

    def q(self, theta, omega, torque) -> np.ndarray:
        """Q*(s, u) = r + gamma V*(s'), (...)."""
        theta, omega, reward = pendulum_step(theta, omega, torque)
        return reward + self.gamma * self.value(theta, omega)


@lru_cache(maxsize=4)
def pendulum_plan(cells: int = 128, torques: int = 5, gamma: float = 0.97) -> PendulumPlan:
    """The plan of these settings, made once in a process."""
    return PendulumPlan(cells, torques, gamma)
