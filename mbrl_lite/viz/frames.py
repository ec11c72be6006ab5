"""One observation as a picture, drawn as the agent sees it: a MiniGrid view, an image or a vector."""

import numpy as np
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT, STATE_TO_IDX
from minigrid.core.grid import Grid

from mbrl_lite.errors import MbrlError

KINDS = ("grid", "image", "vector")
VIEW = 7  # tiles across a picture: MiniGrid's own view; images and vectors are drawn about as large
_LIMITS = (
    np.array([len(IDX_TO_OBJECT), len(IDX_TO_COLOR), len(STATE_TO_IDX)]) - 1
)  # largest legal number of each channel

_PAPER = (247, 247, 247)
_LINE = (150, 150, 150)
_UP = (0, 114, 178)  # positive values, blue
_DOWN = (213, 94, 0)  # negative values, vermilion
_LOST = (190, 190, 190)  # not a number


def render_obs(obs: np.ndarray, kind: str, tile: int = 24, scale: float = 1.0) -> np.ndarray:
    """Draw one observation as the agent sees it: uint8 (H, W, 3), about 7 * `tile` pixels large.

    "grid": MiniGrid's symbolic view (V, V, 3) of small integers, the agent at the bottom centre facing up, unseen cells
    black. "image": uint8 (H, W, 1 or 3), enlarged without smoothing. "vector": floats (n,) as bars from -`scale` to
    `scale`. A dreamt view may hold what no world holds; numbers out of range are clamped. Raises `MbrlError` for a
    wrong kind or shape.
    """
    obs = np.asarray(obs)
    if kind == "grid":
        return _render_grid(obs, tile)
    if kind == "image":
        return _render_image(obs, tile)
    if kind == "vector":
        return _render_vector(obs, tile, scale)
    raise MbrlError(
        f"expected an observation kind out of {', '.join(KINDS)}, got {kind!r}: take it from the environment's spec"
    )


def render_obs_batch(obs: np.ndarray, kind: str, tile: int = 24, scale: float = 1.0) -> np.ndarray:
    """Draw T observations (T, ...) as uint8 (T, H, W, 3); raises `MbrlError` as `render_obs` does, and if T is 0."""
    if len(obs) == 0:
        raise MbrlError("expected at least one observation to draw, got none: pass an array whose first axis is time")
    return np.stack([render_obs(one, kind, tile, scale) for one in obs])  # (T, H, W, 3)


def wrong_cells(real: np.ndarray, dream: np.ndarray, kind: str, scale: float = 1.0) -> np.ndarray:
    """Where a dream differs from the world, float32 in 0..1 for each cell, pixel or entry.

    Grids (T, V, V, 3) to (T, V, V), 1 where any channel differs, x before y as MiniGrid stores it. Images (T, H, W, C)
    to (T, H, W) and vectors (T, n) to (T, n): the absolute error as a share of the range (255, or 2 * `scale`).
    Raises `MbrlError` if the shapes differ.
    """
    real, dream = np.asarray(real), np.asarray(dream)
    if real.shape != dream.shape:
        raise MbrlError(
            f"expected a dream of the same shape as what happened, got {dream.shape} for {real.shape}: "
            f"compare the same steps of the same episode"
        )
    if kind == "grid":
        return (real != dream).any(-1).astype(np.float32)  # (T, V, V)
    error = np.abs(real.astype(np.float32) - dream.astype(np.float32)) / (255.0 if kind == "image" else 2 * scale)
    error = np.clip(np.nan_to_num(error, nan=1.0), 0.0, 1.0)
    return error.mean(-1) if kind == "image" else error


def _render_grid(obs: np.ndarray, tile: int) -> np.ndarray:
    if (
        obs.ndim != 3
        or obs.shape[0] != obs.shape[1]
        or obs.shape[0] < 3
        or obs.shape[2] != 3
        or obs.dtype.kind not in "ui"
    ):
        raise MbrlError(
            f"expected one MiniGrid view of shape (7, 7, 3) of integers, got shape {obs.shape} of {obs.dtype}: "
            f"one-hot views must be turned back into numbers first"
        )
    legal = np.clip(obs, 0, _LIMITS)
    grid, seen = Grid.decode(legal)
    view = obs.shape[0]
    # the carried object stands in the agent's own cell, under the triangle, as in MiniGrid's own pictures
    return grid.render(tile, agent_pos=(view // 2, view - 1), agent_dir=3, highlight_mask=seen)


def _render_image(obs: np.ndarray, tile: int) -> np.ndarray:
    if obs.ndim != 3 or obs.shape[2] not in (1, 3) or 0 in obs.shape or obs.dtype != np.uint8:
        raise MbrlError(
            f"expected one image of shape (H, W, 1 or 3) of uint8, got shape {obs.shape} of {obs.dtype}: "
            f"scale it to 0..255 first"
        )
    times = max(1, VIEW * tile // max(obs.shape[:2]))
    large = obs.repeat(times, axis=0).repeat(times, axis=1)
    return np.broadcast_to(large, (*large.shape[:2], 3)).copy()


def _render_vector(obs: np.ndarray, tile: int, scale: float) -> np.ndarray:
    if obs.ndim != 1 or obs.size == 0 or obs.dtype.kind not in "fui":
        raise MbrlError(
            f"expected one vector of shape (n,) of numbers, got shape {obs.shape} of {obs.dtype}: "
            f"flatten the observation first"
        )
    if not scale > 0:
        raise MbrlError(
            f"expected a scale above 0, the value that fills a bar, got {scale}: use the largest value you expect"
        )
    side = VIEW * tile
    entry = np.arange(side) * obs.size // side  # (side,) which entry each column of pixels shows
    if obs.size <= side // 3:  # room for a gap between bars
        entry[1:][np.diff(entry) > 0] = -1
    value = np.where(entry < 0, 0.0, obs.astype(np.float64)[entry])  # (side,)
    lost = np.isnan(value)
    height = (
        (1.0 - np.clip(np.where(lost, 0.0, value) / scale, -1.0, 1.0)) * (side - 1) / 2
    )  # (side,) row of the bar's end, from the top
    row = np.arange(side)[:, None]  # (side, 1)
    middle = (side - 1) / 2
    picture = np.full((side, side, 3), _PAPER, np.uint8)
    picture[side // 2] = _LINE
    picture[(row >= np.rint(height)) & (row <= middle) & (value > 0)] = _UP
    picture[(row <= np.rint(height)) & (row >= middle) & (value < 0)] = _DOWN
    picture[:, lost] = _LOST
    return picture
