"""Dyna-Q with many planning updates at a time and a time limit, judged by its exact probability of success."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.agents.dyna import epsilon_greedy, q_learning
from mbrl_lite.agents.lockstep import Streams
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.tabular import Experience


@dataclass(frozen=True)
class PracticeConfig:
    """What all arms of a comparison share: the Q-learner, how it explores, how much it plans, how it is judged."""

    alpha: float = 0.3  # step size of each update
    epsilon: float = 0.1  # share of random actions while it lives
    planning: int = 400  # updates from experience after each real step
    batch: int = 100  # of these, so many look at the same Q at a time; of a pair drawn twice the last counts
    limit: int = 50  # real steps after which an episode is cut; the world goes on, so it is no end
    episodes: int = 300  # the budget, in real episodes
    judged_epsilon: float = 0.05  # share of random actions when it is judged
    threshold: float = 0.8  # a seed stops once its success probability after an episode is this; above 1: never

    def __post_init__(self):
        if min(self.batch, self.limit, self.episodes) < 1 or self.planning < 0 or self.planning % self.batch:
            raise MbrlError(
                f"expected at least one episode and step, and planning in whole batches, got episodes={self.episodes}, "
                f"limit={self.limit}, planning={self.planning}, batch={self.batch}: change these fields"
            )
        for name, least in (("alpha", "above 0"), ("epsilon", "from 0"), ("judged_epsilon", "from 0")):
            value = getattr(self, name)
            if not 0 <= value <= 1 or (value == 0 and least == "above 0"):
                raise MbrlError(f"expected {name} {least} to 1, got {value}: change this field")


def success_probability(P, start, terminal, Q, epsilon: float, limit: int) -> np.ndarray:
    """Probability (N,) that the epsilon-greedy policy of Q (N, S, A) ends an episode within `limit` steps.

    Exact, by carrying the distribution of states forward; P (N, S, A, S), start and terminal (N, S). Among actions that
    are equally good the policy takes the first, always. Raises `MbrlError` for shapes that do not fit together.
    """
    if np.ndim(Q) != 3 or not P.shape == (*Q.shape, Q.shape[1]) or not start.shape == terminal.shape == Q.shape[:2]:
        raise MbrlError(
            f"expected Q (N, S, A), P (N, S, A, S), start and terminal (N, S), got {np.shape(Q)}, {P.shape}, "
            f"{start.shape} and {terminal.shape}: stack one world for each table Q"
        )
    if not 0 <= epsilon <= 1 or limit < 0:
        raise MbrlError(
            f"expected epsilon from 0 to 1 and a limit of 0 or more, got {epsilon} and {limit}: change them"
        )
    n, S = np.arange(len(Q))[:, None], np.arange(Q.shape[1])
    P_pi = (1 - epsilon) * P[n, S, Q.argmax(2)] + epsilon * P.mean(2)  # (N, S, S)
    d = start[:, None, :]  # (N, 1, S)
    for _ in range(limit):
        d = d @ P_pi
    return (d[:, 0] * terminal).sum(1)


def practise(world: MDP, experience: Experience, seeds, config: PracticeConfig) -> tuple[np.ndarray, np.ndarray]:
    """Live in N worlds (one each seed) and plan after every step. Seeds are independent, whatever the others do.

    Returns the real episodes each seed lived, (N,): those it needed, or the budget where it never reached the
    threshold; and its success probability after each episode, (N, episodes + 1), which stays once the seed stopped.
    """
    N = len(world.P)
    if world.P.ndim != 4 or len(seeds) != N:
        raise MbrlError(f"expected a stack of {len(seeds)} worlds for as many seeds, got P {world.P.shape}: see stack")
    P, start = world.P.astype(np.float32), world.start.astype(np.float32)  # half the memory for judging to walk through
    streams, rows = Streams(seeds, 4 + 2 * config.planning), np.arange(N)
    Q, success = np.zeros((N, world.S, world.A)), np.zeros((N, config.episodes + 1))
    s, t, episode, fresh = np.zeros(N, int), np.zeros(N, int), np.zeros(N, int), np.ones(N, bool)
    judged = config.judged_epsilon, config.limit
    success[:] = success_probability(P, start, world.terminal, Q, *judged)[:, None]
    while len(rows):
        u = streams.row()  # (N, width)
        s = np.where(fresh, world.reset(u[:, 1]), s)
        a = epsilon_greedy(Q[np.arange(N), s], u[:, 2:4], config.epsilon)
        s2, r, done = world.step(u[:, 0], s, a)  # a seed that stopped walks on, unseen
        life = s[rows], a[rows], r[rows], s2[rows], done[rows]
        experience.add(*life, rows)
        q_learning(Q, *life, config.alpha, world.gamma, rows)
        _plan(Q, experience, u[rows, 4:], rows, world.gamma, config)
        fresh = done | (t + 1 >= config.limit)
        s, t = s2, np.where(fresh, 0, t + 1)
        over = rows[fresh[rows]]
        if len(over):
            episode[over] += 1
            chance = success_probability(P[over], start[over], world.terminal[over], Q[over], *judged)
            for n, p in zip(over, chance, strict=True):
                success[n, episode[n] :] = p
            stops = (success[:, -1] >= config.threshold) | (episode >= config.episodes)
            rows = rows[~stops[rows]]
    return episode, success


def _plan(Q, experience, u, rows, gamma: float, config: PracticeConfig) -> None:
    """The planning updates after one real step, a batch at a time; u (n, 2 planning)."""
    many = np.repeat(rows, config.batch)  # (n batch,)
    for k in range(0, 2 * config.planning, 2 * config.batch):
        drawn = experience.draw(u[:, k : k + 2 * config.batch].reshape(-1, 2), many)
        q_learning(Q, *drawn, config.alpha, gamma, many)
