"""Grid mazes from an ASCII map, the textbook's three among them, and worlds that change while one walks in them."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # actions 0 to 3: up, right, down, left, as (rows, columns)


@dataclass(frozen=True)
class Changing:
    """A world that is `before` until real step `at`, and `after` from then on; who walks in it is not told."""

    before: MDP
    after: MDP
    at: int

    def __post_init__(self):
        ours, theirs = (self.before.S, self.before.A, self.before.gamma), (self.after.S, self.after.A, self.after.gamma)
        if ours != theirs:
            raise MbrlError(f"a world keeps its (S, A, gamma) = {ours} when it changes, got {theirs}: make both alike")
        if self.at < 0:
            raise MbrlError(f"expected a step 0 or later at which the world changes, got {self.at}: count real steps")

    S = property(lambda self: self.before.S, doc="Number of states.")
    A = property(lambda self: self.before.A, doc="Number of actions.")
    gamma = property(lambda self: self.before.gamma, doc="Discount.")

    def now(self, t: int) -> MDP:
        """The world at real step t."""
        return self.before if t < self.at else self.after


def grid_maze(text: str, gamma: float = 0.95, slip: float = 0.0, name: str = "a maze") -> MDP:
    """A maze from its map: '#' wall, '.' floor, one 'S' start, 'G' goals, which pay 1 and end the episode.

    State row * columns + column, walls included: so a wall may come and go. Actions as in `MOVES`; a move into a wall
    or over the border stays. With probability `slip` a move is one of the four at random, the one meant among them: it
    goes astray with probability 3/4 slip (Sutton & Barto, example 8.1; slips of other worlds are other ones).
    """
    grid = _read(text)  # (rows, columns) of letters
    if not 0 <= slip <= 1:
        raise MbrlError(f"expected a slip between 0 and 1, got {slip}: 0.1 makes one move in ten a random one")
    rows, columns = grid.shape
    S, goal = grid.size, (grid == "G").ravel()
    lands = np.zeros((S, len(MOVES)), int)  # (S, A)
    for s in range(S):
        for a, (down, right) in enumerate(MOVES):
            row, column = s // columns + down, s % columns + right
            free = 0 <= row < rows and 0 <= column < columns and grid[row, column] != "#"
            lands[s, a] = row * columns + column if free else s
    P = np.eye(S)[lands]  # (S, A, S)
    P = (1 - slip) * P + slip * P.mean(1, keepdims=True)
    return MDP(P, P @ goal, gamma, start=(grid == "S").ravel(), terminal=goal, name=name)


def cells(text: str) -> np.ndarray:
    """The map as letters, (rows, columns): what a picture of the maze needs."""
    return _read(text)


def _read(text: str) -> np.ndarray:
    lines = [line.strip() for line in text.strip().splitlines()]
    if not lines:
        raise MbrlError("expected a map of '#', '.', one 'S' and at least one 'G', and an empty text came: draw one")
    if len({len(line) for line in lines}) > 1:
        widths = sorted({len(line) for line in lines})
        raise MbrlError(f"expected a map whose rows are equally long, got rows of {widths} letters: fill with '#'")
    strange = sorted(set("".join(lines)) - set("#.SG"))
    if strange:
        raise MbrlError(f"expected a map of '#', '.', 'S' and 'G', and {strange[0]!r} came: replace it")
    for letter, few, many in (("S", 1, 1), ("G", 1, len(text))):
        count = "".join(lines).count(letter)
        if not few <= count <= many:
            wanted = "exactly one start 'S'" if letter == "S" else "at least one goal 'G'"
            raise MbrlError(f"expected a map with {wanted}, and {count} came: mend the map")
    return np.array([list(line) for line in lines])


# --- the textbook's mazes: Sutton & Barto, 2018, figures 8.2, 8.4 and 8.5 --------------------------------------------

DYNA_MAZE = """
.......#G
..#....#.
S.#....#.
..#......
.....#...
.........
"""

# The two worlds of figures 8.4 and 8.5: a wall with one gap, or two.
GAP_RIGHT = """
........G
.........
.........
########.
.........
...S.....
"""
GAP_LEFT = GAP_RIGHT.replace("########.", ".########")
GAP_BOTH = GAP_RIGHT.replace("########.", ".#######.")


def dyna_maze(gamma: float = 0.95, slip: float = 0.0) -> MDP:
    """The maze of figure 8.2: 47 free cells, 14 steps from start to goal."""
    return grid_maze(DYNA_MAZE, gamma, slip, name="the Dyna maze")


def blocking_maze(gamma: float = 0.95, at: int = 1000) -> Changing:
    """Figure 8.4: after `at` steps the short way (10 steps) is walled up and a longer one (16) opens on the left."""
    return Changing(grid_maze(GAP_RIGHT, gamma, name="before"), grid_maze(GAP_LEFT, gamma, name="after"), at)


def shortcut_maze(gamma: float = 0.95, at: int = 3000) -> Changing:
    """Figure 8.5: after `at` steps a short way (10 steps) opens on the right; the long one (16) stays as it was."""
    return Changing(grid_maze(GAP_LEFT, gamma, name="before"), grid_maze(GAP_BOTH, gamma, name="after"), at)
