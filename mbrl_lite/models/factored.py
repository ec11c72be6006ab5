"""A model made of small local rules, learned from counts: it answers where nobody has been. N seeds in lockstep."""

import numpy as np

from mbrl_lite.envs.buttons import factored_state, flat_state
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.tabular import TableModel, Transitions, check_range, check_sizes, drawable, one_each

_BELOW_ONE = np.nextafter(1.0, 0.0)


class FactoredModel:
    """Counts of the local rules of a world of cells and K bits, s = (cell, bits). An `Experience`, as `TableModel` is.

    p(s'|s, a) = p(cell'|cell, a) * prod_k p(bit_k'|cell, a, bit_k); the reward is the mean of (cell, a); whether the
    episode ends is read off bits', as seen before (bits' never seen: it goes on). The structure is given, each number
    is a count. A pair (s, a) is known once all its local questions have an answer, even if nobody was ever in s. A
    factored MDP (Boutilier, Dearden and Goldszmidt, 2000) fitted by counting (Young et al., 2023).
    """

    def __init__(self, N: int, cells: int, K: int, A: int):
        check_sizes(N=N, cells=cells, K=K, A=A)
        self.N, self.cells, self.K, self.S, self.A = N, cells, K, cells * 2**K, A
        self.moved = np.zeros((N, cells, A, cells), int)  # how often a in a cell led to each cell
        self.turned = np.zeros((N, cells, A, K, 2, 2), int)  # how often it turned bit k from i to j
        self.paid = np.zeros((N, cells, A))  # sum of rewards
        self.arrived = np.zeros((N, 2**K, 2), int)  # how often the world went on, or ended, with bits'
        self.known = np.zeros((N, self.S * A), int)  # the known pairs, in the order in which they became known
        self.is_known = np.zeros((N, self.S * A), bool)
        self.size = np.zeros(N, int)
        self._all, self._k = np.arange(N), np.arange(K)
        self._patterns = factored_state(np.arange(2**K), K)[1]  # (2^K, K)

    def add(self, s, a, r, s2, done, rows=None) -> None:
        """Count one transition a seed in each of its local rules; every argument is (n,)."""
        rows = one_each(self._all if rows is None else rows, s, a, r, s2, done)
        check_range(self, s, a, s2)
        (cell, bits), (cell2, bits2) = factored_state(s, self.K), factored_state(s2, self.K)
        self.moved[rows, cell, a, cell2] += 1
        self.turned[rows[:, None], cell[:, None], a[:, None], self._k, bits, bits2] += 1
        self.paid[rows, cell, a] += r
        self.arrived[rows, s2 % 2**self.K, np.asarray(done).astype(int)] += 1
        self._learn_of(rows, cell, a)

    def draw(self, u: np.ndarray, rows=None) -> Transitions:
        """A known pair uniformly, then its outcome by the counts, from u (n, 2) in [0, 1)."""
        rows = self._all if rows is None else rows
        pair = self.known[rows, (u[:, 0] * drawable(self.size[rows])).astype(int)]  # (n,)
        return self.outcome(pair, u[:, 1], rows)

    def outcome(self, pair, u: np.ndarray, rows=None) -> Transitions:
        """What follows the known pairs s * A + a (n,): each local rule draws its part by its counts, from u (n,).

        One uniform is enough: what the draw of one part leaves of it is uniform again.
        """
        rows = self._all if rows is None else rows
        s, a = np.divmod(pair, self.A)
        cell, bits = factored_state(s, self.K)
        moved = self.moved[rows, cell, a]  # (n, cells)
        r = self.paid[rows, cell, a] / moved.sum(1)
        cell2, u = _pick(moved, u)
        bits2 = np.empty_like(bits)  # (n, K)
        turned = self.turned[rows[:, None], cell[:, None], a[:, None], self._k, bits]  # (n, K, 2)
        for k in range(self.K):
            bits2[:, k], u = _pick(turned[:, k], u)
        s2 = flat_state(cell2, bits2)
        went_on, ended = self.arrived[rows, s2 % 2**self.K].T  # (n,) each
        return s, a, r, s2, ended > went_on

    def table(self, row: int = 0) -> np.ndarray:
        """p(s'|s, a) of one seed as a table (S, A, S); the rows of pairs that are not known are zero."""
        moved, turned = self.moved[row], self.turned[row]  # (cells, A, cells), (cells, A, K, 2, 2)
        P = (moved / np.maximum(moved.sum(-1, keepdims=True), 1))[:, None, :, :, None]  # (cells, 1, A, cells, 1)
        turned = turned / np.maximum(turned.sum(-1, keepdims=True), 1)
        for k in range(self.K):
            bit = self._patterns[:, k]  # (2^K,)
            p = turned[:, :, k][:, :, bit[:, None], bit[None]]  # (cells, A, 2^K, 2^K)
            P = P * p.transpose(0, 2, 1, 3)[:, :, :, None]  # (cells, 2^K, A, cells, 2^K)
        return P.reshape(self.S, self.A, self.S)

    def _learn_of(self, rows, cell, a) -> None:
        """Append the pairs that a new transition at (cell, a) made answerable to the list that `draw` chooses from."""
        seen = self.turned[rows, cell, a].sum(-1) > 0  # (n, K, 2)
        answered = seen[:, self._k, self._patterns].all(-1)  # (n, 2^K)
        pair = (cell[:, None] * 2**self.K + np.arange(2**self.K)) * self.A + a[:, None]  # (n, 2^K)
        new = answered & ~self.is_known[rows[:, None], pair]
        place = self.size[rows][:, None] + new.cumsum(1) - 1
        entry, code = new.nonzero()
        self.known[rows[entry], place[entry, code]] = pair[entry, code]
        self.is_known[rows[entry], pair[entry, code]] = True
        self.size[rows] += new.sum(1)


class MixedQuestions:
    """An `Experience` around a model: what life asked, mixed, is asked again, and the model answers.

    A question is a pair (s, a): the cell and the action of one past step with the bits of another. Where the model does
    not know that pair, the question is the first step's own. With `mix` False it always is: then planning asks only
    what was really tried, as often as it was tried, as `Replay` does. The model is a `TableModel` or a `FactoredModel`.
    """

    def __init__(self, model: TableModel | FactoredModel, K: int, capacity: int, mix: bool = True):
        check_sizes(K=K, capacity=capacity)
        if model.S % 2**K:
            raise MbrlError(f"expected {model.S} states made of cells and K bits, got K = {K}: give this world's K")
        self.model, self.K, self.mix = model, K, mix
        self.s, self.a = (np.zeros((model.N, capacity), int) for _ in range(2))  # what life asked
        self.added = np.zeros(model.N, int)
        self._all = np.arange(model.N)

    def add(self, s, a, r, s2, done, rows=None) -> None:
        """Let the model learn from one transition a seed, and remember its pair; every argument is (n,)."""
        rows = self._all if rows is None else rows
        self.model.add(s, a, r, s2, done, rows)
        at = rows, self.added[rows] % self.s.shape[1]
        self.s[at], self.a[at] = s, a
        self.added[rows] += 1

    def draw(self, u: np.ndarray, rows=None) -> Transitions:
        """One question a seed and the model's answer, from u (n, 2) in [0, 1)."""
        rows = self._all if rows is None else rows
        size = drawable(np.minimum(self.added[rows], self.s.shape[1]))
        first, rest = np.divmod(u[:, 0] * size, 1.0)  # what choosing a step leaves of u is uniform again
        s, a = self.s[rows, first.astype(int)], self.a[rows, first.astype(int)]  # (n,)
        if self.mix:
            bits = self.s[rows, (rest * size).astype(int)] % 2**self.K
            mixed = (s >> self.K << self.K) + bits
            s = np.where(self.model.is_known[rows, mixed * self.model.A + a], mixed, s)
        return self.model.outcome(s * self.model.A + a, u[:, 1], rows)


def _pick(count: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An index by the counts (n, m), from u (n,), and what is left of u: the place within its share, uniform again."""
    below = count.cumsum(1)  # (n, m)
    mark = u * below[:, -1]
    index = (below <= mark[:, None]).sum(1)
    here = np.arange(len(count)), index
    left = (mark - below[here]) / count[here] + 1.0
    return index, np.clip(left, 0.0, _BELOW_ONE)
