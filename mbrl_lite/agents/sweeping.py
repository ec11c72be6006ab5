"""Prioritised sweeping: plan where the values are off, and then in the states that lead there."""

import numpy as np


class Priorities:
    """One priority for each pair of each seed of a Dyna agent (Moore & Atkeson, 1993; Sutton & Barto, section 8.4).

    A pair's priority is the size of the change that an update would make, or what it was before, whichever is larger;
    a change of at most theta takes the pair out of the line. The model is a `TableModel`, and an update is the expected
    one over its outcomes.
    """

    def __init__(self, agent):
        self.agent = agent
        self.P = np.zeros((agent.N, agent.S * agent.A))  # (N, S*A)

    def sweep(self, s: np.ndarray, a: np.ndarray, rows: np.ndarray) -> None:
        """Put the pairs just tried (n,) in line, then update the first in line, `planning` times."""
        agent = self.agent
        self._put(rows, s * agent.A + a)
        for _ in range(agent.config.planning):
            pair = self.P[rows].argmax(1)  # (n,)
            waiting = self.P[rows, pair] > 0
            rows, pair = rows[waiting], pair[waiting]
            if not len(rows):
                return
            self.P[rows, pair] = 0.0
            agent.Q[rows, pair // agent.A, pair % agent.A] += agent.config.alpha * self._error(rows, pair)
            agent.updates[rows] += 1
            i, before = agent.experience.predecessors(pair // agent.A, rows)
            self._put(rows[i], before)

    def _error(self, rows, pair) -> np.ndarray:
        """sum_s' p(s' | s, a) (r + gamma max_a' Q(s', a')) - Q(s, a), (n,)."""
        agent = self.agent
        p, r, s2, done = agent.experience.outcomes(pair, rows)  # (n, K) each
        future = np.where(done, 0.0, agent.Q[rows[:, None], s2].max(2))
        # Summed one after another, and not by `sum`, whose order would depend on the slots that other seeds need.
        expected = (p * (r + agent.gamma * future)).cumsum(1)[:, -1]
        return expected - agent.Q[rows, pair // agent.A, pair % agent.A]

    def _put(self, rows, pair) -> None:
        error = np.abs(self._error(rows, pair))
        self.P[rows, pair] = np.where(error > self.agent.config.theta, np.maximum(error, self.P[rows, pair]), 0.0)
