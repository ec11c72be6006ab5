"""References of chapter 07c_doors_and_diseases, cut from its solution: do not edit, run  make chapters."""

import numpy as np
import torch


def kl_per_group(posterior: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Mean KL(posterior || prior) of each group, in nats: (Z,)."""
    # One axis is summed over, two are averaged.
    return (posterior * np.log(posterior / prior)).sum(-1).mean((0, 1))


def recall(predicted: np.ndarray, reward: np.ndarray) -> float:
    """Share of the rewards of which at least half was expected; nan if there was none."""
    # Which steps count? What does "half" mean for a penalty of -2?
    rewarded = reward != 0
    if not rewarded.any():
        return float("nan")
    toward = predicted * np.sign(reward)
    return float((toward >= np.abs(reward) / 2)[rewarded].mean())


def shuffle_cost(loss, h: torch.Tensor, z: torch.Tensor, obs: torch.Tensor) -> float:
    """How much the decoder's mean loss rises when z belongs to another sequence."""
    # torch.Tensor.roll moves whole rows round.
    return float(loss(h, z.roll(1, 0), obs).mean() - loss(h, z, obs).mean())


def reset_leak(step, past, obs, action: np.ndarray, fresh) -> float:
    """The largest difference that an old life makes to the first memory of a new one."""
    # A test is worth something only if it can fail.
    begun = step(past, obs, action, True)
    anew = step(fresh, obs, np.zeros_like(action), True)
    return float(np.abs(begun - anew).max())


def diagnose(readings: dict[str, float]) -> str:
    """The first disease whose sign is there, or "healthy"."""
    # Causes first, symptoms later.
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] == 0:
        return "posterior collapse"
    if readings["without_z"] < 0.01 * readings["without_h"]:
        return "ignores z"
    if readings["recall"] < 0.1:  # never true of nan
        return "blind to reward"
    return "healthy"


REFERENCES = {
    "07.10": kl_per_group,
    "07.11": recall,
    "07.12": shuffle_cost,
    "07.13": reset_leak,
    "07.14": diagnose,
}
