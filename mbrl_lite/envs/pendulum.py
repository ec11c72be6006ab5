"""Gymnasium's Pendulum-v1 as plain array functions: its step for millions of states at once, without an object."""

import numpy as np

MAX_SPEED, MAX_TORQUE = 8.0, 2.0  # rad/s, N m
_G, _M, _L, _DT = 10.0, 1.0, 1.0, 0.05  # gravity m/s^2, mass kg, length m, time step s


def pendulum_step(theta, omega, torque):
    """One step of Pendulum-v1: (theta', omega', reward) from angle (rad, 0 is up), speed (rad/s) and torque (N m).

    The torque is clipped to 2 N m; the angle runs on and is not wrapped. Source: gymnasium, PendulumEnv.step.
    """
    u = np.clip(torque, -MAX_TORQUE, MAX_TORQUE)
    reward = -(wrapped(theta) ** 2 + 0.1 * omega**2 + 0.001 * u**2)
    pull = 3 * _G / (2 * _L) * np.sin(theta) + 3 / (_M * _L**2) * u  # rad/s^2
    faster = np.clip(omega + _DT * pull, -MAX_SPEED, MAX_SPEED)
    return theta + _DT * faster, faster, reward


def wrapped(theta):
    """The angle in [-pi, pi)."""
    return (theta + np.pi) % (2 * np.pi) - np.pi


def pendulum_obs(theta, omega) -> np.ndarray:
    """What Pendulum-v1 shows: (cos theta, sin theta, omega), (..., 3)."""
    return np.stack([np.cos(theta), np.sin(theta), omega], -1)
