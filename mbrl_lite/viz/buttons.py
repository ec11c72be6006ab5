"""Button mazes as pictures: walls, buttons dark and lit, and the walker."""

import numpy as np

from mbrl_lite.envs.buttons import ButtonMaze
from mbrl_lite.viz.style import GREY, INK, ORANGE, VERMILION


def draw_maze(axes, maze: ButtonMaze, cell: int | None = None, bits=None, title: str = "") -> None:
    """Draw the maze into Matplotlib axes; bits (K,) says which buttons are lit, cell where the walker is, if anywhere.

    A lit button is full and orange, a dark one an empty ring: the shape tells it without the colour.
    """
    side, bits = maze.side, np.zeros(maze.K, int) if bits is None else np.asarray(bits)
    for c in range(maze.cells):
        row, column = divmod(c, side)
        corners = ((0, 0, 1, 0), (1, 0, 1, 1), (0, 1, 1, 1), (0, 0, 0, 1))  # up, right, down, left: x, y to x, y
        for x, y, x2, y2 in (corners[a] for a in range(4) if not maze.opening[c, a]):
            axes.plot([column + x, column + x2], [row + y, row + y2], color=INK, linewidth=2.5, solid_capstyle="round")
    for k, c in enumerate(maze.button):
        row, column = divmod(int(c), side)
        fill = ORANGE if bits[k] else "white"
        axes.plot(column + 0.5, row + 0.5, "o", markersize=15, color=fill, markeredgecolor=GREY, markeredgewidth=2)
        axes.text(column + 0.5, row + 0.5, str(k), ha="center", va="center", color=INK, fontsize=9)
    if cell is not None:
        row, column = divmod(int(cell), side)
        axes.plot(column + 0.78, row + 0.26, "s", markersize=8, color=VERMILION)
    axes.set(xlim=(-0.1, side + 0.1), ylim=(side + 0.1, -0.1), aspect="equal")
    axes.axis("off")
    axes.set_title(title, fontsize=11, color=INK)
