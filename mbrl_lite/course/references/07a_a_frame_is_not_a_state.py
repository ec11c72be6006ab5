"""References of chapter 07a_a_frame_is_not_a_state, cut from its solution: do not edit, run  make chapters."""

from collections.abc import Callable

import numpy as np
import torch


def bounce(x: np.ndarray, v: np.ndarray, k: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Position and velocity after k steps between elastic walls."""
    # Fly straight on, then fold. np.where chooses between the two cases.
    length = high - low
    u = (x - low + k * v) % (2 * length)
    back = u > length
    return low + np.where(back, 2 * length - u, u), np.where(back, -v, v)


def probe_r2(X: np.ndarray, Y: np.ndarray, X_new: np.ndarray, Y_new: np.ndarray, l2: float) -> np.ndarray:
    """R² of a ridge regression, fitted on (X, Y) and scored on (X_new, Y_new): (K,)."""
    # Centre, solve for W with np.linalg.solve, predict Y_new, compare.
    centre, mean = X.mean(0), Y.mean(0)
    A, B = X - centre, Y - mean
    W = np.linalg.solve(A.T @ A / len(A) + l2 * np.eye(A.shape[1]), A.T @ B / len(A))  # (F, K)
    guess = (X_new - centre) @ W + mean  # (M, K)
    return 1 - ((Y_new - guess) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0)


def begin(h: torch.Tensor, z: torch.Tensor, a: torch.Tensor, reset: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Memory (B, D) and input (B, Z + A) of a step, emptied where a new episode begins."""
    # A mask of shape (B, 1) multiplies whole rows.
    keep = ~reset[:, None]  # (B, 1)
    return h * keep, torch.cat([z, a], dim=-1) * keep


def imagine(h: torch.Tensor, z: torch.Tensor, H: int, recur: Callable, prior: Callable, sample: Callable) -> tuple:
    """A dream of H steps: hs (B, H + 1, D) and zs (B, H + 1, Z), the start included."""
    # Which h does the prior read, the old one or the new one? Which z does the next step take in?
    hs, zs = [h], [z]
    for _ in range(H):
        h = recur(h, z)
        z = sample(prior(h))
        hs.append(h), zs.append(z)
    return torch.stack(hs, dim=1), torch.stack(zs, dim=1)


def dream_error(frames: np.ndarray, dream: np.ndarray, context: int) -> np.ndarray:
    """Mean squared error after 1 to H dreamt steps, (H,)."""
    # Which frame does dream[:, 0] show?
    H = dream.shape[1]
    truth = frames[:, context : context + H]
    squares = (dream - truth) ** 2
    return squares.reshape(len(dream), H, -1).mean(axis=2).mean(axis=0)


REFERENCES = {
    "07.1": bounce,
    "07.2": probe_r2,
    "07.3": begin,
    "07.4": imagine,
    "07.5": dream_error,
}
