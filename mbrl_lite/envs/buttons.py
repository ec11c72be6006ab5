"""Button mazes: light all buttons of a random maze. A state is a flat number, and also a cell and a row of bits."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mbrl_lite.envs.mazes import MOVES
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError

PRESS = 4  # the fifth action, after the four moves
ACTIONS = 5


def flat_state(cell, bits) -> np.ndarray:
    """The state's number s (...), from the cell (...) and the bits (..., K): cell * 2^K + the bits read as binary."""
    bits = np.asarray(bits).astype(int)
    K = bits.shape[-1]
    return np.asarray(cell) * 2**K + (bits << np.arange(K)).sum(-1)


def factored_state(s, K: int) -> tuple[np.ndarray, np.ndarray]:
    """The cell (...) and the bits (..., K), 1 where button k is lit, of states s (...): undoes `flat_state`."""
    s = np.asarray(s)
    return s >> K, (s[..., None] >> np.arange(K)) & 1


@dataclass(frozen=True, eq=False)
class ButtonMaze:
    """A grid of `side` x `side` cells with walls between them, and one button in each of K cells.

    opening (side * side, 4): whether move a leaves the cell. button (K,): the cell of each button. `slip` is the
    probability that an action goes astray: a move slips to each side with slip / 2, and stays put at a wall; a press in
    a button's cell lights it, and fails with probability slip. Each step costs 1. The episode starts in any cell with
    any buttons lit but not all, and ends when all are. Raises `MbrlError` for a maze that cannot be.
    """

    side: int
    opening: np.ndarray
    button: np.ndarray
    slip: float
    gamma: float

    def __post_init__(self):
        if not 0 <= self.slip < 1:
            raise MbrlError(f"expected a slip with 0 <= slip < 1, got {self.slip}: 0.1 makes one move in ten go astray")
        opening, button = np.asarray(self.opening), np.asarray(self.button)
        if opening.shape != (self.cells, 4) or opening.dtype != bool:
            raise MbrlError(
                f"expected opening as flags of shape (side^2, 4) = ({self.cells}, 4), got {opening.shape} of "
                f"{opening.dtype}: say for each cell which of the four moves leave it"
            )
        over = np.argwhere(opening & ~_on_board(self.side))  # (n, 2)
        if len(over):
            raise MbrlError(f"expected walls around the board, but cell {over[0, 0]} opens over its border: close them")
        if button.ndim != 1 or button.dtype.kind not in "iu" or ((button < 0) | (button >= self.cells)).any():
            raise MbrlError(
                f"expected buttons in cells 0 to {self.cells - 1}, got {button.tolist()}: give a cell for each"
            )
        if not 1 <= len(set(button.tolist())) == len(button) <= self.cells:
            raise MbrlError(
                f"expected 1 to {self.cells} buttons in cells of their own, got cells {self.button.tolist()}: "
                f"take fewer buttons or a larger maze"
            )

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.side**2

    @property
    def K(self) -> int:
        """Number of buttons."""
        return len(self.button)

    def neighbour(self, cell: np.ndarray, a: int) -> np.ndarray:
        """Where move a leads from each cell (...) if it does not slip."""
        rows, columns = MOVES[a]
        return np.where(self.opening[cell, a], cell + rows * self.side + columns, cell)

    @cached_property
    def moves(self) -> np.ndarray:
        """The local rule of the moves: probability of each cell after move a in a cell, (cells, 4, cells)."""
        here, P = np.arange(self.cells), np.zeros((self.cells, 4, self.cells))
        for a in range(4):
            for turn, p in ((0, 1 - self.slip), (1, self.slip / 2), (-1, self.slip / 2)):
                np.add.at(P, (here, a, self.neighbour(here, (a + turn) % 4)), p)
        return P

    @cached_property
    def mdp(self) -> MDP:
        """The same maze as a flat `MDP` with S = cells * 2^K states and five actions."""
        codes = 2**self.K
        S = self.cells * codes
        P = np.zeros((self.cells, codes, ACTIONS, self.cells, codes))
        every = np.arange(codes)
        P[:, every, :4, :, every] = self.moves  # a move leaves all bits alone
        for cell in range(self.cells):
            lit = every.copy()
            for k in np.flatnonzero(self.button == cell):
                lit |= 1 << k
            P[cell, every, PRESS, cell, lit] += 1 - self.slip
            P[cell, every, PRESS, cell, every] += self.slip
        all_lit = np.arange(S) % codes == codes - 1
        start = np.where(all_lit, 0.0, 1.0) / (~all_lit).sum()
        return MDP(
            P.reshape(S, ACTIONS, S), np.full((S, ACTIONS), -1.0), self.gamma, start, all_lit, name="a button maze"
        )


def button_maze(
    rng: np.random.Generator, side: int = 5, K: int = 3, slip: float = 0.1, doors: float = 0.2, gamma: float = 0.97
) -> ButtonMaze:
    """A random maze: a spanning tree of corridors grown at random, then each wall left is opened with p = `doors`.

    K buttons stand in cells drawn without replacement. Raises `MbrlError` for sizes that cannot be.
    """
    if side < 2 or not 1 <= K <= side**2:
        raise MbrlError(f"expected side >= 2 and 1 to side^2 buttons, got side {side} and {K} buttons: try 5 and 3")
    if not 0 <= doors <= 1:
        raise MbrlError(f"expected a probability doors between 0 and 1, got {doors}: 0.2 opens one wall in five")
    opening = np.zeros((side**2, 4), bool)
    neighbours = [[] for _ in range(side**2)]  # of each cell: the moves that stay on the board, and where each leads
    for cell, a in np.argwhere(_on_board(side)).tolist():
        neighbours[cell].append((a, cell + MOVES[a][0] * side + MOVES[a][1]))
    path, reached = [int(rng.integers(side**2))], np.zeros(side**2, bool)
    reached[path] = True
    while path:  # depth first: dig into a neighbour not reached yet, or step back
        ways = [(a, to) for a, to in neighbours[path[-1]] if not reached[to]]
        if not ways:
            path.pop()
            continue
        a, to = ways[rng.integers(len(ways))]
        opening[path[-1], a] = opening[to, (a + 2) % 4] = reached[to] = True
        path.append(to)
    for cell in range(side**2):
        for a, to in neighbours[cell]:
            if a in (1, 2) and rng.random() < doors:
                opening[cell, a] = opening[to, (a + 2) % 4] = True
    button = rng.choice(side**2, K, replace=False)
    return ButtonMaze(side, opening, button, slip, gamma)


def _on_board(side: int) -> np.ndarray:
    """Which moves stay on the board, (side * side, 4)."""
    there = np.stack(np.divmod(np.arange(side**2), side), -1)[:, None] + np.array(MOVES)  # (cells, 4, 2)
    return ((there >= 0) & (there < side)).all(-1)
