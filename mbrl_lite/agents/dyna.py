"""Dyna: Q-learning that also learns from transitions its model makes up, N seeds in lockstep."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.agents.sweeping import Priorities
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.tabular import Experience, TableModel

STARTS = ("visited", "on_policy", "prioritised")


@dataclass(frozen=True)
class DynaConfig:
    """The knobs of a Dyna agent (Sutton & Barto, chapter 8; Moerland et al., 2023, section 4)."""

    alpha: float = 0.1  # step size of each update, in (0, 1]
    epsilon: float = 0.1  # share of random actions
    planning: int = 0  # how much: made-up updates after each real step; 0 is Q-learning
    start: str = "visited"  # where planning starts: at visited pairs, where the agent stands, or where values are off
    depth: int = 1  # made-up steps from one start before the next: 1 is all breadth
    when: str = "update"  # what planning changes: "update" the values for good, "decision" only the next action
    kappa: float = 0.0  # Dyna-Q+: planning adds kappa * sqrt(real steps since the pair was tried)
    theta: float = 1e-4  # prioritised: smaller errors are not worth an update

    def __post_init__(self):
        _check(0 < self.alpha <= 1, "alpha", self.alpha, "in 0 < alpha <= 1")
        _check(0 <= self.epsilon <= 1, "epsilon", self.epsilon, "in 0 <= epsilon <= 1")
        _check(_whole(self.planning, 0), "planning", self.planning, "a whole number of updates, 0 or more")
        _check(self.start in STARTS, "start", self.start, f"one of {', '.join(STARTS)}")
        _check(_whole(self.depth, 1), "depth", self.depth, "a whole number of steps, 1 or more")
        _check(self.when in ("update", "decision"), "when", self.when, "update or decision")
        _check(self.kappa >= 0, "kappa", self.kappa, "0 or more")
        _check(self.theta >= 0, "theta", self.theta, "0 or more")
        prioritised = self.start == "prioritised"
        _check(not prioritised or self.depth == 1, "depth", self.depth, "1 where planning is prioritised")
        _check(not prioritised or self.when == "update", "when", self.when, "update where planning is prioritised")
        _check(not prioritised or self.kappa == 0, "kappa", self.kappa, "0 where planning is prioritised")
        _check(not prioritised or self.planning >= 1, "planning", self.planning, "1 or more where it is prioritised")


class Dyna:
    """N independent Dyna agents in lockstep. What they plan with is any `Experience`; by default the textbook's table.

    `Q` (N, S, A) starts at zero. `updates` (N,) counts the updates of Q; what prioritised sweeping evaluates only to
    find a pair's priority is not among them. `world` gives S, A and gamma. Raises `MbrlError` where the experience
    cannot answer what the config asks of it.
    """

    def __init__(self, world, N: int, config: DynaConfig, experience: Experience | None = None):
        self.N, self.S, self.A, self.gamma, self.config = N, world.S, world.A, world.gamma, config
        if experience is None:
            experience = TableModel(N, self.S, self.A, last=True, untried=config.kappa > 0)
        walks = config.start == "on_policy" or config.depth > 1
        asked = ("outcome", "is_known") if walks else ()
        if config.start == "prioritised":  # every update is an expected one, and none needs a random number
            asked = ("outcomes", "predecessors")
        lacking = [name for name in asked if not hasattr(experience, name)]
        if lacking:
            raise MbrlError(
                f"start={config.start!r} with depth={config.depth} asks a model for its {' and '.join(asked)}, and "
                f"{type(experience).__name__} has no {lacking[0]}: plan with a TableModel"
            )
        self.experience, self._walks = experience, walks
        self.priorities = Priorities(self) if config.start == "prioritised" else None
        self.Q = np.zeros((N, self.S, self.A))
        self.tried = np.zeros((N, self.S, self.A), int)  # real step at which a pair was last tried
        self.updates = np.zeros(N, int)
        self.t = 0  # real steps so far

    @property
    def uniforms(self) -> int:
        """Random numbers that each seed needs a real step: two for the action, then for each planning update two.

        Four if planning walks, none if it is prioritised.
        """
        return 2 + self.config.planning * (0 if self.priorities else 4 if self._walks else 2)

    def act(self, s: np.ndarray, u: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Epsilon-greedy actions (n,) of the seeds `rows` in states s (n,); u (n, uniforms) in [0, 1)."""
        Q = self.Q
        if self.config.when == "decision" and self.t > 0:
            Q = Q.copy()  # what is planned for this decision is forgotten after it
            self._plan(Q, s, u[:, 2:], rows)
        return epsilon_greedy(Q[rows, s], u[:, :2], self.config.epsilon)

    def learn(self, s, a, r, s2, done, u: np.ndarray, rows: np.ndarray) -> None:
        """Take in one real transition a seed, (n,) each, and plan."""
        self.t += 1
        self.tried[rows, s, a] = self.t
        self.experience.add(s, a, r, s2, done, rows)
        if self.priorities:
            self.priorities.sweep(s, a, rows)
            return
        q_learning(self.Q, s, a, r, s2, done, self.config.alpha, self.gamma, rows)
        self.updates[rows] += 1
        if self.config.when == "update":
            self._plan(self.Q, s2, u[:, 2:], rows)

    def _plan(self, Q, here, u, rows) -> None:
        """`planning` made-up updates of Q; `here` (n,) is where the agents stand."""
        s2, done = here, np.ones(len(rows), bool)
        for k in range(self.config.planning):
            if self._walks:
                fresh = done | (k % self.config.depth == 0)
                at = np.where(fresh, here, s2)
                s, a, r, s2, done = self._walk(Q, at, fresh, u[:, 4 * k : 4 * k + 4], rows)
            else:
                s, a, r, s2, done = self.experience.draw(u[:, 2 * k : 2 * k + 2], rows)
            if self.config.kappa:
                r = r + self.config.kappa * np.sqrt(self.t - self.tried[rows, s, a])
            q_learning(Q, s, a, r, s2, done, self.config.alpha, self.gamma, rows)
        self.updates[rows] += self.config.planning

    def _walk(self, Q, at, fresh, u, rows):
        """One made-up step from `at` by the agent's own policy; elsewhere a visited pair begins a new walk.

        "Elsewhere": a walk is over and starts at visited pairs, or the model knows nothing about the pair.
        """
        model = self.experience
        s, a, *_ = model.draw(u[:, :2], rows)
        pair = at * self.A + epsilon_greedy(Q[rows, at], u[:, 2:], self.config.epsilon)  # (n,)
        goes_on = model.is_known[rows, pair]
        if self.config.start == "visited":
            goes_on = goes_on & ~fresh
        return model.outcome(np.where(goes_on, pair, s * self.A + a), u[:, 1], rows)


def q_learning(Q, s, a, r, s2, done, alpha: float, gamma: float, rows) -> None:
    """Q(s, a) += alpha (r + gamma max_a' Q(s', a') - Q(s, a)), in place, for seeds `rows` (n,) of Q (N, S, A)."""
    at, q = (rows, s, a), Q[rows, s, a]  # (n,)
    Q[at] = q + alpha * (r + gamma * (Q[rows, s2].max(1) * ~done) - q)


def epsilon_greedy(q: np.ndarray, u: np.ndarray, epsilon: float) -> np.ndarray:
    """Actions (n,) for values q (n, A) from uniforms u (n, 2): random with probability epsilon, else any best one.

    Values that differ by less than a billionth of themselves are equally good: rounding decides nothing.
    """
    most = q.max(1, keepdims=True)
    best = q >= most - 1e-9 * np.abs(most)  # (n, A)
    among = np.where((u[:, 0] < epsilon)[:, None], True, best).cumsum(1)  # (n, A) counts the candidates
    return (among <= (u[:, 1] * among[:, -1])[:, None]).sum(1)


def _whole(number, least: int) -> bool:
    return isinstance(number, int | np.integer) and number >= least


def _check(right: bool, name: str, value, wanted: str) -> None:
    if not right:
        raise MbrlError(f"expected {name} to be {wanted}, got {value!r}: change this field of DynaConfig")
