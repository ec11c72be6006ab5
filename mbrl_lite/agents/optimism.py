"""Optimistic value iteration in finite horizon (UCBVI, MVP): plan in the learned table, and pay for what is unknown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mbrl_lite.envs.tabular import MDP, cumulate, pick
from mbrl_lite.errors import MbrlError

_BLOCK = 100  # episodes of random numbers drawn at a time


def expect(P: np.ndarray, V: np.ndarray) -> np.ndarray:
    """E[V(s') | s, a], (..., S, A), from P (..., S, A, S) and V (..., S). Summed row by row, so lockstep is exact."""
    return (P * V[..., None, None, :]).sum(-1)


def variance(P: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Var[V(s') | s, a], (..., S, A), from P (..., S, A, S) and V (..., S): what one step's luck does to the value."""
    return (P * (V[..., None, None, :] - expect(P, V)[..., None]) ** 2).sum(-1)


def hoeffding(P_hat: np.ndarray, V: np.ndarray, n: np.ndarray, iota: float, H: int) -> np.ndarray:
    """Bonus H sqrt(iota / 2n), (..., S, A): Hoeffding's inequality, as in UCBVI-CH (Azar et al., 2017, Algorithm 3).

    It looks at the visits n (..., S, A) alone. iota = ln(1 / probability of failing); infinite where n is 0.
    """
    return _unless_new(n, H * np.sqrt(iota / (2 * np.maximum(n, 1))))


def bernstein(P_hat: np.ndarray, V: np.ndarray, n: np.ndarray, iota: float, H: int) -> np.ndarray:
    """Bonus sqrt(2 Var iota / n) + 7 H iota / 3n, (..., S, A): MVP's form (Zhang et al., 2021, Algorithm 1).

    Var is the variance of V (..., S) under P_hat (..., S, A, S). The constants are those of the empirical Bernstein
    inequality (Maurer and Pontil, 2009, Theorem 4), as H sqrt(iota / 2n) has Hoeffding's. Infinite where n is 0.
    """
    many = np.maximum(n, 1)
    return _unless_new(n, np.sqrt(2 * variance(P_hat, V) * iota / many) + 7 * H * iota / (3 * many))


def no_bonus(P_hat: np.ndarray, V: np.ndarray, n: np.ndarray, iota: float, H: int) -> np.ndarray:
    """Zero, (..., S, A): certainty equivalence. What was never tried is worth nothing."""
    return np.zeros(np.shape(n))


def _unless_new(n: np.ndarray, bonus: np.ndarray) -> np.ndarray:
    return np.where(n > 0, bonus, np.inf)


BONUSES = {"hoeffding": hoeffding, "bernstein": bernstein, "none": no_bonus}


def optimistic_values(
    P: np.ndarray,
    R: np.ndarray,
    H: int,
    n: np.ndarray | None = None,
    bonus: Callable = no_bonus,
    iota: float = 0.0,
    terminal: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Q (..., H, S, A) and V (..., H + 1, S) by backward induction, Q_h = min(H - h, R + P V_{h+1} + bonus).

    P (..., S, A, S), R (..., S, A) at most 1 a step, visits n (..., S, A), iota >= 0; terminal (..., S) is worth 0.
    Without n it is plain backward induction: exact, no bonus and no clipping (Azar et al., 2017, Algorithms 1 and 2).
    """
    Q = np.zeros((*R.shape[:-2], H, *R.shape[-2:]))  # (..., H, S, A)
    V = np.zeros((*R.shape[:-2], H + 1, R.shape[-2]))  # (..., H + 1, S)
    for h in reversed(range(H)):
        Q[..., h, :, :] = R + expect(P, V[..., h + 1, :])
        if n is not None:
            Q[..., h, :, :] = np.minimum(Q[..., h, :, :] + bonus(P, V[..., h + 1, :], n, iota, H), H - h)
        if terminal is not None:
            Q[..., h, :, :][terminal] = 0.0
        V[..., h, :] = Q[..., h, :, :].max(-1)
    return Q, V


def finite_horizon_value(P: np.ndarray, R: np.ndarray, pi: np.ndarray) -> np.ndarray:
    """V^pi (..., H + 1, S), exactly, for pi (..., H, S, A), P (..., S, A, S) and R (..., H or 1, S, A).

    Raises `MbrlError` where their shapes do not fit together.
    """
    fits = pi.ndim > 2 and R.ndim > 2 and pi.shape[-2:] == R.shape[-2:] == P.shape[-3:-1] and P.shape[-1] == P.shape[-3]
    if not fits or R.shape[-3] not in (1, pi.shape[-3]):
        raise MbrlError(
            f"expected P (..., S, A, S), R (..., H or 1, S, A) and pi (..., H, S, A), got {P.shape}, {R.shape} and "
            f"{pi.shape}: for a reward that is the same in each step give R[None]"
        )
    H, S = pi.shape[-3], pi.shape[-2]
    V = np.zeros((*pi.shape[:-3], H + 1, S))  # (..., H + 1, S)
    for h in reversed(range(H)):
        Q = R[..., min(h, R.shape[-3] - 1), :, :] + expect(P, V[..., h + 1, :])  # (..., S, A)
        V[..., h, :] = (pi[..., h, :, :] * Q).sum(-1)
    return V


def greedy_policy(Q: np.ndarray, epsilon: float = 0.0) -> np.ndarray:
    """The epsilon-greedy policy (..., A) of Q (..., A); equally good actions share the probability."""
    behind = Q.max(-1, keepdims=True) - Q  # (..., A)
    best = behind == 0
    return (1 - epsilon) * best / best.sum(-1, keepdims=True) + epsilon / Q.shape[-1]


@dataclass(frozen=True, eq=False)
class Learned:
    """What N learners did in K episodes. Regret and variance are expectations under each episode's policy, exact."""

    regret: np.ndarray  # (N, K), V*(start) - V^pi(start) of each episode's policy, in units of reward
    variance: np.ndarray  # (N, K), E_pi[sum_h Var(V*_{h+1} | s_h, a_h)]: an episode's part of the paper's Var^Sigma_K
    returns: np.ndarray  # (N, K), the reward collected
    n: np.ndarray  # (N, S, A), visits
    Q: np.ndarray  # (N, H, S, A), the last plan


class _Learner:
    """N tables and their plans. Only those learners plan anew of whose pairs one has doubled its visits."""

    def __init__(self, mdp: MDP, N: int, H: int, bonuses: list[str], iota: float, epsilon: float):
        S, A = mdp.S, mdp.A
        self.mdp, self.H, self.iota, self.epsilon = mdp, H, iota, epsilon
        self.bonuses = np.array(bonuses)  # (N,) names
        self.P, self.R, self.start, self.terminal = (
            np.broadcast_to(x, (N, *x.shape[-rank:]))
            for x, rank in ((mdp.P, 3), (mdp.R, 2), (mdp.start, 1), (mdp.terminal, 1))
        )
        self.n, self.used, self.seen = np.zeros((N, S, A)), np.zeros((N, S, A)), np.zeros((N, S, A, S))
        self.P_hat, self.R_hat = np.zeros((N, S, A, S)), np.zeros((N, S, A))
        Q_star, V_star = optimistic_values(self.P, self.R, H)  # (N, H, S, A), (N, H + 1, S)
        self.best = (V_star[:, 0] * self.start).sum(-1)  # (N,)
        self.spread = np.stack([variance(self.P, V_star[:, h + 1]) for h in range(H)], 1)  # (N, H, S, A)
        self.Q, self.cdf = np.zeros_like(Q_star), np.zeros_like(Q_star)  # (N, H, S, A)
        self.regret, self.variance = np.zeros(N), np.zeros(N)
        self.plan(np.arange(N))

    def add(self, who: np.ndarray, s: np.ndarray, a: np.ndarray, r: np.ndarray, s2: np.ndarray) -> None:
        """One transition for each learner in `who`. A reward is a function of (s, a) here: once seen, it is known."""
        self.n[who, s, a] += 1
        self.seen[who, s, a, s2] += 1
        self.R_hat[who, s, a] = r

    def update(self) -> None:
        """Renew the estimates of the pairs whose visits have doubled, and the plans that rest on them."""
        due = self.n >= 2 * np.maximum(self.used, 0.5)  # (N, S, A)
        if due.any():
            self.used[due] = self.n[due]
            self.P_hat[due] = self.seen[due] / self.n[due][:, None]
            self.plan(np.flatnonzero(due.any((1, 2))))

    def plan(self, who: np.ndarray) -> None:
        """Optimistic plans of the learners in `who` (M,), and exactly what their policies are worth."""
        for name in set(self.bonuses[who]):
            m = who[self.bonuses[who] == name]
            tables = self.P_hat[m], self.R_hat[m], self.H, self.used[m]
            self.Q[m], _ = optimistic_values(*tables, BONUSES[name], self.iota, self.terminal[m])
        pi = greedy_policy(self.Q[who], self.epsilon)  # (M, H, S, A)
        self.cdf[who] = cumulate(pi)
        value = finite_horizon_value(self.P[who], self.R[who][:, None], pi)[:, 0]  # (M, S)
        spread = finite_horizon_value(self.P[who], self.spread[who], pi)[:, 0]  # (M, S)
        self.regret[who] = self.best[who] - (value * self.start[who]).sum(-1)
        self.variance[who] = (spread * self.start[who]).sum(-1)


def confidence(S: int, A: int, H: int, K: int, delta: float = 0.1) -> float:
    """iota = ln(2 S A H K / delta): with it all S A H K inequalities hold together with probability 1 - delta."""
    return float(np.log(2 * S * A * H * K / delta))


def learn(
    mdp: MDP, H: int, K: int, seeds, bonus="bernstein", iota: float | None = None, epsilon: float = 0.0
) -> Learned:
    """K episodes of H steps for each of N seeds in lockstep: act greedily on an optimistic plan, count, plan anew.

    `mdp` may have a leading axis (N,): then seed n learns in world n; its gamma is not used. bonus, one name or one
    for each seed: "hoeffding" is UCBVI-CH, "bernstein" is MVP, "none" with an epsilon > 0 is epsilon-greedy certainty
    equivalence. iota: `confidence` unless given. Raises `MbrlError` for what cannot be run.
    """
    seeds = list(seeds)
    bonuses = [bonus] * len(seeds) if isinstance(bonus, str) else list(bonus)
    _check(mdp, H, K, seeds, bonuses, iota, epsilon)
    N = len(seeds)
    iota = confidence(mdp.S, mdp.A, H, K) if iota is None else iota
    learner = _Learner(mdp, N, H, bonuses, iota, epsilon)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    regret, spread, returns = np.zeros((N, K)), np.zeros((N, K)), np.zeros((N, K))
    for k in range(K):
        if k % _BLOCK == 0:
            block = np.stack([rng.random((_BLOCK, H + 1, 2)) for rng in rngs])  # (N, block, H + 1, 2)
        regret[:, k], spread[:, k] = learner.regret, learner.variance
        returns[:, k] = _episode(learner, block[:, k % _BLOCK])
        learner.update()
    return Learned(regret, spread, returns, learner.n, learner.Q)


def _episode(learner: _Learner, u: np.ndarray) -> np.ndarray:
    """One episode of every learner: the rewards collected, (N,). u (N, H + 1, 2): a step's luck and its choice."""
    everyone = np.arange(len(u))
    s, total, alive = learner.mdp.reset(u[:, -1, 0]), np.zeros(len(u)), np.ones(len(u), bool)
    for h in range(learner.H):
        a = pick(learner.cdf[everyone, h, s], u[:, h, 1])  # (N,)
        s2, r, done = learner.mdp.step(u[:, h, 0], s, a)
        who = everyone[alive] if not alive.all() else everyone
        learner.add(who, s[who], a[who], r[who], s2[who])
        total[who] += r[who]
        s, alive = s2, alive & ~done
        if not alive.any():
            break
    return total


def _check(mdp, H, K, seeds, bonuses, iota, epsilon) -> None:
    unknown = [name for name in bonuses if name not in BONUSES]
    if unknown:
        raise MbrlError(f"expected a bonus out of {', '.join(BONUSES)}, got {unknown[0]!r}: choose one")
    if len(bonuses) != len(seeds):
        raise MbrlError(f"expected one bonus or one for each of {len(seeds)} seeds, got {len(bonuses)}: name as many")
    for name, value in (("horizon H", H), ("number of episodes K", K), ("number of seeds", len(seeds))):
        if not isinstance(value, int | np.integer) or value < 1:
            raise MbrlError(f"expected a {name} of 1 or more, got {value!r}: give a whole number")
    if iota is not None and not 0 < iota < np.inf:
        raise MbrlError(f"expected a confidence iota above 0, got {iota}: leave it out for ln(2 S A H K / 0.1)")
    if not 0 <= epsilon <= 1:
        raise MbrlError(f"expected a share of random actions epsilon from 0 to 1, got {epsilon}: 0.1 is usual")
    if mdp.R.max() > 1:
        raise MbrlError(f"expected rewards of at most 1 a step, got {mdp.R.max():g}: divide R by its largest entry")
    if mdp.P.ndim > 3 and mdp.P.shape[:-3] != (len(seeds),):
        raise MbrlError(
            f"expected one world or one for each of the {len(seeds)} seeds, got a leading axis {mdp.P.shape[:-3]}: "
            f"stack as many worlds as seeds"
        )
