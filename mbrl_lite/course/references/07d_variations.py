"""References of chapter 07d_variations, cut from its solution: do not edit, run  make chapters."""

import numpy as np
import torch


def harmony_weight(loss: np.ndarray) -> np.ndarray:
    """The weight 1 / sigma of each loss at its best sigma, (K,)."""
    # Set the derivative by sigma to 0. It is a quadratic equation.
    sigma = (loss + np.sqrt(loss**2 + 4 * loss)) / 2
    return 1 / sigma


def harmonised(losses: torch.Tensor, log_sigma: torch.Tensor) -> torch.Tensor:
    """sum_i L_i / sigma_i + log(1 + sigma_i), for gradients of both."""
    # Who is to learn from this loss?
    sigma = log_sigma.exp()
    return (losses / sigma + sigma.log1p()).sum()


def smooth(reward: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Rewards spread by the kernel f, their sum unchanged: (T,)."""
    # What does the reward at step s give, and to whom?
    T, w, spread = len(reward), len(f) // 2, np.zeros(len(reward))
    for s in range(T):
        t = np.arange(max(0, s - w), min(T, s + w + 1))
        gift = f[w + s - t]
        spread[t] += reward[s] * gift / gift.sum()
    return spread


def keep(noise: np.ndarray, share: float) -> np.ndarray:
    """Which tokens are kept, True where they are: (N, P) bool."""
    # The same number in each row: ranks, not a threshold.
    K = max(1, round((1 - share) * noise.shape[1]))
    return noise.argsort(axis=1).argsort(axis=1) < K


REFERENCES = {
    "07.15": harmony_weight,
    "07.16": harmonised,
    "07.17": smooth,
    "07.18": keep,
}
