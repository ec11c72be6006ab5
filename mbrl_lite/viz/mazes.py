"""Pictures of grid mazes: walls, start and goal, and what an agent believes about each cell."""

import numpy as np

from mbrl_lite.envs.mazes import MOVES, cells
from mbrl_lite.viz.style import GREEN, INK, VERMILION


def draw_maze(axes, text: str, title: str = "", Q: np.ndarray | None = None, most: float | None = None) -> None:
    """Draw the map `text`; with Q (S, A) shade each free cell by its value and point its best actions as arrows.

    A cell whose values are all equal gets no arrow: there the agent knows nothing yet. `most` is the darkest value.
    """
    letters = cells(text)
    wall, (rows, columns) = letters == "#", letters.shape
    values = np.zeros(letters.shape) if Q is None else Q.max(-1).reshape(letters.shape)
    most = most or max(values[~wall].max(), 1e-9)
    axes.imshow(np.where(wall, np.nan, values), cmap="Blues", vmin=0, vmax=1.6 * most)
    axes.imshow(np.where(wall, 0.35, np.nan), cmap="gray", vmin=0, vmax=1)
    for row, column in np.argwhere(~wall):
        letter = letters[row, column]
        if letter in "SG":
            colour = GREEN if letter == "G" else VERMILION
            axes.text(column, row, letter, ha="center", va="center", color=colour, fontweight="bold")
        elif Q is not None:
            _arrows(axes, row, column, Q[row * columns + column])
    axes.set_xticks(np.arange(columns + 1) - 0.5, [])
    axes.set_yticks(np.arange(rows + 1) - 0.5, [])
    axes.tick_params(length=0)
    axes.grid(color="white", linewidth=1)
    axes.set_title(title, loc="left", fontsize=11, color=INK)


def _arrows(axes, row: int, column: int, q: np.ndarray) -> None:
    best = np.isclose(q, q.max(), rtol=1e-9, atol=0.0)
    for (down, right), is_best in zip(MOVES, best):
        if is_best and not best.all():
            axes.annotate(
                "",
                (column + 0.4 * right, row + 0.4 * down),
                (column - 0.3 * right, row - 0.3 * down),
                arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1},
            )
