"""MiniGrid's 7x7x3 view of small numbers, and the same view as one-hot vectors."""

import numpy as np

GRID_CLASSES = (11, 6, 3)  # object types, colours, states: the three channels of every cell
GRID_SHAPE = (7, 7, 3)


def one_hot_view(obs: np.ndarray) -> np.ndarray:
    """One-hot view: (..., 7, 7, 3) uint8 to (..., 980) float32, 20 numbers a cell.

    A number outside its channel's range is a mistake in the environment and raises `IndexError`.
    """
    channels = [np.eye(n, dtype=np.float32)[obs[..., c]] for c, n in enumerate(GRID_CLASSES)]  # 3 x (..., 7, 7, n)
    return np.concatenate(channels, axis=-1).reshape(*obs.shape[:-3], -1)  # (..., 980)
