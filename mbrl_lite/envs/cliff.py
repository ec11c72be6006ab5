"""The cliff walk: a short way along an edge, a slippery floor, and a goal at the other end."""

import numpy as np

from mbrl_lite.envs.mazes import MOVES
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError


def cliff_walk(rows: int = 5, columns: int = 6, slip: float = 0.1, gamma: float = 0.95) -> MDP:
    """Sutton and Barto's cliff (2018, Example 6.6), slippery: state row * columns + column, actions up right down left.

    The walk starts at the lower left; the lower right is the goal, and the cells between are the cliff. Both end the
    episode. The walker drifts to each side of where it meant to go with probability `slip`, so it goes astray with
    2 slip; a wall holds it where it is. R is the expected reward, 1 for entering the goal and -1 for falling. Raises
    `MbrlError` for a grid that is too small or a slip outside [0, 0.5].
    """
    if rows < 2 or columns < 3 or not 0 <= slip <= 0.5:
        raise MbrlError(
            f"expected at least 2 x 3 cells and a slip from 0 to 0.5, got {rows} x {columns} and {slip}: the cliff "
            "needs a cell between start and goal"
        )
    S = rows * columns
    P = np.zeros((S, 4, S))
    for s in range(S):
        row, column = divmod(s, columns)
        for a in range(4):
            for way, chance in ((a, 1 - 2 * slip), ((a + 1) % 4, slip), ((a - 1) % 4, slip)):
                to = min(max(row + MOVES[way][0], 0), rows - 1), min(max(column + MOVES[way][1], 0), columns - 1)
                P[s, a, to[0] * columns + to[1]] += chance
    pays = np.zeros(S)
    pays[(rows - 1) * columns + 1 :] = -1.0
    pays[-1] = 1.0
    start = np.eye(S)[(rows - 1) * columns]
    return MDP(P, P @ pays, gamma, start, pays != 0, name=f"CliffWalk({rows}, {columns})")
