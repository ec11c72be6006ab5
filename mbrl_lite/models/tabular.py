"""What planning draws from in a tabular world: a replay of transitions, or a table of counts. N seeds in lockstep."""

from typing import Protocol

import numpy as np

from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError

Transitions = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # s, a, r, s2, done: (n,) each


class Experience(Protocol):
    """What a planner draws from. Entry i of every array belongs to seed `rows[i]`; without `rows`, to seed i."""

    def add(self, s, a, r, s2, done, rows=None) -> None:
        """Take in one real transition a seed; every argument is (n,)."""

    def draw(self, u: np.ndarray, rows=None) -> Transitions:
        """One transition a seed, from uniforms u (n, 2) in [0, 1)."""


class Replay:
    """The last `capacity` transitions of each seed, drawn uniformly: a model without parameters (Lin, 1992)."""

    def __init__(self, N: int, capacity: int):
        check_sizes(N=N, capacity=capacity)
        self.N, self.capacity = N, capacity
        self.s, self.a, self.s2 = (np.zeros((N, capacity), int) for _ in range(3))
        self.r, self.done = np.zeros((N, capacity)), np.zeros((N, capacity), bool)
        self.added = np.zeros(N, int)
        self._all = np.arange(N)

    def add(self, s, a, r, s2, done, rows=None) -> None:
        """Write one transition a seed, over the oldest one when full; every argument is (n,)."""
        rows = one_each(self._all if rows is None else rows, s, a, r, s2, done)
        at = rows, self.added[rows] % self.capacity
        self.s[at], self.a[at], self.r[at], self.s2[at], self.done[at] = s, a, r, s2, done
        self.added[rows] += 1

    def draw(self, u: np.ndarray, rows=None) -> Transitions:
        """One stored transition a seed, uniformly, from u (n, 2) in [0, 1); a pair tried often is drawn often."""
        rows = self._all if rows is None else rows
        size = drawable(np.minimum(self.added[rows], self.capacity))
        at = rows, (u[:, 0] * size).astype(int)
        return self.s[at], self.a[at], self.r[at], self.s2[at], self.done[at]


class TableModel:
    """Counts of what followed each pair (s, a): p(s2 | s, a) = n(s, a, s2) / n(s, a), mean reward of each outcome.

    `draw` takes a known pair uniformly, then its outcome by the counts. With `last` a pair remembers only its last
    outcome, which is the textbook's model (Sutton & Barto, section 8.2). With `untried` every action of a state that
    was visited counts as known, and one never tried is taken to stay and pay nothing (section 8.3, Dyna-Q+).
    """

    def __init__(self, N: int, S: int, A: int, last: bool = False, untried: bool = False):
        check_sizes(N=N, S=S, A=A)
        self.N, self.S, self.A, self.last, self.untried = N, S, A, last, untried
        # Outcome k of pair s * A + a. The richest pair decides how many slots k there are: never a table S x A x S.
        self.next = np.repeat(np.arange(S), A)[None, :, None].repeat(N, axis=0)  # (N, S*A, K)
        self.count = np.zeros((N, S * A, 1), int)  # (N, S*A, K)
        self.reward = np.zeros((N, S * A, 1))  # (N, S*A, K) mean reward
        self.ends = np.zeros((N, S * A, 1), bool)  # (N, S*A, K)
        self.known = np.zeros((N, S * A), int)  # the known pairs, in the order in which they became known
        self.is_known = np.zeros((N, S * A), bool)
        self.size = np.zeros(N, int)
        self._all = np.arange(N)

    def add(self, s, a, r, s2, done, rows=None) -> None:
        """Count one transition a seed; every argument is (n,)."""
        rows = one_each(self._all if rows is None else rows, s, a, r, s2, done)
        check_range(self, s, a, s2)
        pair = s * self.A + a
        slot = 0 if self.last else self._slot(rows, pair, s2)
        at = rows, pair, slot
        self.next[at], self.ends[at] = s2, done
        self.count[at] = 1 if self.last else self.count[at] + 1
        self.reward[at] = r if self.last else self.reward[at] + (r - self.reward[at]) / self.count[at]  # running mean
        if not self.untried:
            self._learn_of(rows, pair)
            return
        for action in range(self.A):
            self._learn_of(rows, s * self.A + action)

    def draw(self, u: np.ndarray, rows=None) -> Transitions:
        """A known pair uniformly, then its outcome by the counts, from u (n, 2) in [0, 1)."""
        rows = self._all if rows is None else rows
        size = drawable(self.size[rows])
        pair = self.known[rows, (u[:, 0] * size).astype(int)]  # (n,)
        return self.outcome(pair, u[:, 1], rows)

    def outcome(self, pair, u: np.ndarray, rows=None) -> Transitions:
        """What follows the pairs s * A + a (n,), drawn by the counts from u (n,) in [0, 1)."""
        rows = self._all if rows is None else rows
        slot = 0
        if self.next.shape[2] > 1:
            below = self.count[rows, pair].cumsum(1)  # (n, K)
            slot = (below <= (u * below[:, -1])[:, None]).sum(1)  # inverse of the cumulated counts
            slot = np.where(below[:, -1] > 0, slot, 0)
        at = (rows * self.S * self.A + pair) * self.next.shape[2] + slot  # (n,) flat: taking by one index is faster
        r, s2, done = self.reward.take(at), self.next.take(at), self.ends.take(at)
        return pair // self.A, pair % self.A, r, s2, done

    def outcomes(self, pair, rows=None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All that may follow the pairs (n,): probability, mean reward, s2 and done, (n, K) each."""
        rows = self._all if rows is None else rows
        count = self.count[rows, pair]  # (n, K)
        p = count / np.maximum(count.sum(-1, keepdims=True), 1)
        p[..., 0] += ~count.any(-1)  # an untried pair stays where it is, as in `draw`
        return p, self.reward[rows, pair], self.next[rows, pair], self.ends[rows, pair]

    def predecessors(self, s2, rows=None) -> tuple[np.ndarray, np.ndarray]:
        """The known pairs that may lead to s2 (n,): indices i of entries of s2 and pairs, (m,) each."""
        rows = self._all if rows is None else rows
        leads = ((self.next[rows] == np.asarray(s2)[:, None, None]) & (self.count[rows] > 0)).any(2)  # (n, S*A)
        return leads.nonzero()

    def to_mdp(self, gamma: float, unseen: float = 0.0) -> MDP:
        """The worlds that the counts describe, P (N, S, A, S): solve it and act on it, which is certainty equivalence.

        A pair never tried stays where it is and pays `unseen` at each step: 0 makes it worthless, the largest reward
        makes it the best there is (R-max: Brafman & Tennenholtz, 2002). A state is terminal if entering it was an end.
        """
        N, S, A = self.N, self.S, self.A
        p, r, s2, done = self.outcomes(np.arange(S * A), np.arange(N)[:, None])  # (N, S*A, K)
        P, i, pair = np.zeros((N, S * A, S)), np.arange(N)[:, None, None], np.arange(S * A)[:, None]
        np.add.at(P, (i, pair, s2), p)  # free slots add nothing
        R = np.where(self.count.any(2), (p * r).cumsum(2)[..., -1], unseen)  # (N, S*A), summed in the slots' order
        terminal = np.zeros((N, S), bool)
        np.logical_or.at(terminal, (i, s2), done)
        return MDP(P.reshape(N, S, A, S), R.reshape(N, S, A), gamma, terminal=terminal, name="counted worlds")

    def _slot(self, rows, pair, s2) -> np.ndarray:
        """Where the outcome s2 of a pair is counted, (n,): its own slot, or else the first free one."""
        free = self.count[rows, pair] == 0  # (n, K)
        match = (self.next[rows, pair] == np.asarray(s2)[:, None]) & ~free
        if not (match | free).any(1).all():  # a new outcome, and no room for it
            self.next = np.concatenate([self.next, np.zeros_like(self.next)], axis=2)
            self.count = np.concatenate([self.count, np.zeros_like(self.count)], axis=2)
            self.reward = np.concatenate([self.reward, np.zeros_like(self.reward)], axis=2)
            self.ends = np.concatenate([self.ends, np.zeros_like(self.ends)], axis=2)
            return self._slot(rows, pair, s2)
        return np.where(match.any(1), match.argmax(1), free.argmax(1))

    def _learn_of(self, rows, pair) -> None:
        """Append the pairs that were not known yet to the list that `draw` chooses from."""
        new = ~self.is_known[rows, pair]
        rows, pair = rows[new], pair[new]
        self.known[rows, self.size[rows]] = pair
        self.is_known[rows, pair] = True
        self.size[rows] += 1


def check_range(model, s, a, s2) -> None:
    """Raise `MbrlError` for a state or an action that the model has no place for."""
    for name, index, stop in (("state s", s, model.S), ("action a", a, model.A), ("state s2", s2, model.S)):
        if len(index) and (index.min() < 0 or index.max() >= stop):
            raise MbrlError(
                f"{name} must lie in 0..{stop - 1} and {index.min()}..{index.max()} came: "
                f"make the {type(model).__name__} as large as the world"
            )


def check_sizes(**sizes: int) -> None:
    """Raise `MbrlError` unless each is a whole number of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or size < 1:
            raise MbrlError(f"{name} must be a whole number of at least 1 and {size!r} came: give a larger one")


def one_each(rows: np.ndarray, *arrays) -> np.ndarray:
    """The `rows`, once it is seen that each array has one entry for each of them; else `MbrlError`."""
    for array in arrays:
        if np.shape(array) != rows.shape:
            raise MbrlError(
                f"one transition a seed was expected, arrays of shape {rows.shape}, and shape {np.shape(array)} came: "
                f"give s, a, r, s2 and done as arrays with one entry a seed"
            )
    return rows


def drawable(size: np.ndarray) -> np.ndarray:
    """The numbers of transitions to draw from, once it is seen that none is 0; else `MbrlError`."""
    if not (size > 0).all():
        raise MbrlError(
            f"a seed needs a transition to draw from and {int((size == 0).sum())} of {len(size)} seeds have none: "
            f"add one to each before planning"
        )
    return size
