"""Tabular worlds: Markov decision processes written out as arrays, many of them in lockstep where one asks for it."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.errors import MbrlError

_TOLERANCE = 1e-6  # by how much a row of probabilities may miss one: what rounding to float32 can do


@dataclass(frozen=True, eq=False)
class MDP:
    """A finite Markov decision process (Sutton and Barto, 2018, section 3.1).

    P (..., S, A, S): probability of s' after taking a in s; each row sums to one, give or take a millionth, and is used
    as it came. R (..., S, A): its reward.
    start (..., S): distribution of the first state, by default state 0. terminal (..., S): entering such a state ends
    the episode, so its own rows become a self-loop without reward. gamma in [0, 1). The leading axes "..." hold
    independent worlds that are stepped and solved together. Raises `MbrlError` naming the row or shape that is wrong.
    """

    P: np.ndarray
    R: np.ndarray
    gamma: float
    start: np.ndarray | None = None
    terminal: np.ndarray | None = None
    name: str = "a tabular world"

    def __post_init__(self):
        check_gamma(self.gamma)
        P, R = np.array(self.P, dtype=float), np.array(self.R, dtype=float)  # copies: the world keeps its own
        check_transitions(P)
        if R.shape != P.shape[:-1]:
            raise MbrlError(
                f"expected rewards R of shape (..., S, A) = {P.shape[:-1]}, got {R.shape}: one for each pair"
            )
        if not np.isfinite(R).all():
            raise MbrlError(
                "expected finite rewards R, but some are infinite or not a number: check how they were made"
            )
        states = P.shape[:-2]  # (..., S)
        terminal = _filled(self.terminal, states, bool, "terminal")
        start = _filled(self.start, states, float, "start")
        if self.start is None:
            start[..., 0] = 1.0
        check_rows(start, "start")
        P[terminal] = np.eye(P.shape[-1])[np.nonzero(terminal)[-1]][:, None, :]  # self-loops
        R[terminal] = 0.0
        for name, array in (("P", P), ("R", R), ("start", start), ("terminal", terminal)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "_cdf", cumulate(P))
        object.__setattr__(self, "_start_cdf", cumulate(start))

    @property
    def S(self) -> int:
        """Number of states."""
        return self.P.shape[-1]

    @property
    def A(self) -> int:
        """Number of actions."""
        return self.P.shape[-2]

    def reset(self, u: np.ndarray) -> np.ndarray:
        """First states, (N,), for u (N,) uniform in [0, 1): by inverse CDF. World n starts entry n."""
        return pick(self._start_cdf, u)  # (N,)

    def step(self, u: np.ndarray, s: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One step of N walkers: (s', r, done), each (N,), for u (N,) uniform in [0, 1), states s and actions a (N,).

        With a leading axis, entry n walks in world n. done: s' is terminal.
        """
        at = (np.arange(len(s)), s, a) if self.P.ndim > 3 else (s, a)
        s2 = pick(self._cdf[at], u)  # (N,)
        ended = self.terminal[(at[0], s2)] if self.P.ndim > 3 else self.terminal[s2]
        return s2, self.R[at], ended


def cumulate(rows: np.ndarray) -> np.ndarray:
    """Distributions (..., n) summed up for `pick`: each ends in exactly 1, from its last possible outcome on."""
    cdf = rows.cumsum(-1)
    return np.where(cdf >= cdf[..., -1:], 1.0, cdf)


def pick(cdf: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Outcomes (...) by inverse CDF, from `cumulate`d rows (..., n) and u (...) uniform in [0, 1).

    The first outcome whose sum exceeds u: one of probability 0 is never drawn, whatever u and rounding.
    """
    return (np.asarray(u)[..., None] >= cdf).sum(-1)


def _filled(given, shape: tuple[int, ...], dtype, name: str) -> np.ndarray:
    if given is None:
        return np.zeros(shape, dtype)
    array = np.array(given, dtype=dtype)
    if array.shape != shape:
        raise MbrlError(f"expected {name} of shape (..., S) = {shape}, got {array.shape}: one value for each state")
    return array


def check_transitions(P: np.ndarray) -> None:
    """Raise `MbrlError` unless P is (..., S, A, S) with rows that are distributions."""
    P = np.asarray(P)
    if P.ndim < 3 or P.shape[-3] != P.shape[-1]:
        raise MbrlError(f"expected a transition table P of shape (..., S, A, S), got {P.shape}: the last axis is s'")
    check_rows(P, "P")


def check_rows(rows: np.ndarray, name: str) -> None:
    """Raise `MbrlError`, naming the first wrong one, unless rows (..., n) are distributions to a millionth."""
    rows = np.asarray(rows, float)
    wrong = ~((np.abs(rows.sum(-1) - 1) < _TOLERANCE) & (rows >= 0).all(-1))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        row = rows[at]
        what = f"sums to {row.sum():.9g}: divide it by its sum"
        if not (row >= 0).all():
            what = f"holds {row[~(row >= 0)][0]:.3g}: probabilities are numbers from 0 to 1, check how they were made"
        place = f"{name}[{', '.join(map(str, at))}]" if at else name
        raise MbrlError(f"expected each row of {name} to be a distribution, but {place} {what}")


def check_gamma(gamma: float) -> None:
    """Raise `MbrlError` unless 0 <= gamma < 1."""
    if not 0 <= gamma < 1:
        raise MbrlError(f"expected a discount gamma with 0 <= gamma < 1, got {gamma}: for long horizons take 0.99")


def check_policy(pi: np.ndarray, S: int, A: int, lead: tuple[int, ...] = ()) -> np.ndarray:
    """A policy as probabilities (..., S, A), given so or as one action for each state (..., S); else `MbrlError`.

    Its leading axes must go with `lead`, those of the worlds. Whole numbers (..., S) are actions. Where S = A, rows of
    one 1 and else 0 could also be probabilities: they are actions if there is a row for each world, and else refused.
    """
    pi = np.asarray(pi)
    if pi.dtype.kind in "iu" and pi.shape[-1:] == (S,):
        unclear = S == A and pi.ndim > 1 and pi.shape[:-1] != lead and np.isin(pi, (0, 1)).all()
        if unclear and (pi.sum(-1) == 1).all():
            raise MbrlError(
                f"expected probabilities or actions, got whole numbers of shape {pi.shape} that could be both: give "
                f"probabilities as floats, pi.astype(float), or actions as np.eye({A})[pi]"
            )
        if pi.min() < 0 or pi.max() >= A:
            raise MbrlError(f"expected actions 0 to {A - 1} in the policy, got {pi.min()} to {pi.max()}: check them")
        pi = np.eye(A)[pi]
    if pi.shape[-2:] != (S, A):
        raise MbrlError(
            f"expected a policy of shape (S, A) = ({S}, {A}) or {S} whole-numbered actions, got shape {pi.shape} "
            f"of {pi.dtype}: one row for each state"
        )
    check_rows(pi, "the policy")
    try:
        np.broadcast_shapes(pi.shape[:-2], lead)
    except ValueError as error:
        raise MbrlError(
            f"expected a policy for each of {lead} worlds, got policies {pi.shape[:-2]}: give one for all, or as many"
        ) from error
    return pi


def stack(worlds: list[MDP]) -> MDP:
    """Worlds of equal size and discount as one MDP with a leading axis."""
    shapes = {(world.P.shape, world.gamma) for world in worlds}
    if len(shapes) != 1:
        raise MbrlError(f"expected worlds of one size and one gamma, got {len(shapes)} kinds: stack equal ones only")
    fields = [np.stack([getattr(world, name) for world in worlds]) for name in ("P", "R", "start", "terminal")]
    return MDP(fields[0], fields[1], worlds[0].gamma, fields[2], fields[3], worlds[0].name)


# --- well-known worlds -----------------------------------------------------------------------------------------------


def garnet(rng: np.random.Generator, S: int, A: int, branching: int, gamma: float) -> MDP:
    """A random world: each pair leads to `branching` states with random weights; a tenth of the states pay N(0, 1).

    Garnet: Archibald, McKinnon and Thomas, 1995; the random weights are the gaps between sorted uniforms.
    """
    if not 1 <= branching <= S:
        raise MbrlError(f"expected a branching between 1 and the {S} states, got {branching}: choose a smaller one")
    P = np.zeros((S, A, S))
    for s in range(S):
        for a in range(A):
            cuts = np.sort(rng.random(branching - 1))
            P[s, a, rng.choice(S, branching, replace=False)] = np.diff(cuts, prepend=0.0, append=1.0)
    R = np.zeros((S, A))
    paying = rng.choice(S, max(1, S // 10), replace=False)
    R[paying] = rng.normal(size=(len(paying), 1))
    return MDP(P / P.sum(-1, keepdims=True), R, gamma, name=f"Garnet({S}, {A}, {branching})")


def river_swim(S: int = 6, gamma: float = 0.99, noise: float = 1.0) -> MDP:
    """RiverSwim (Strehl and Littman, 2008), with the odds of Osband et al. (2013): a chain whose current carries left.

    Action 0 swims left and always arrives. Action 1 swims right: it fails with probability 0.65 * noise, mostly by
    staying, in a thirteenth of those cases by drifting left; noise = 1 is their (0.35, 0.6, 0.05) for right, staying
    and left, noise = 0 is deterministic. The left bank pays 0.005 for action 0, the right bank 1 for action 1 (where
    failing drifts left).
    """
    if not 0 <= noise <= 1:
        raise MbrlError(f"expected noise between 0 (deterministic) and 1 (the original), got {noise}: choose one")
    P, R = np.zeros((S, 2, S)), np.zeros((S, 2))
    stay, back = 0.6 * noise, 0.05 * noise
    for s in range(S):
        P[s, 0, max(s - 1, 0)] = 1.0
        P[s, 1, min(s + 1, S - 1)] += 1 - stay - back
        P[s, 1, s] += stay
        P[s, 1, max(s - 1, 0)] += back
    R[0, 0], R[S - 1, 1] = 0.005, 1.0
    return MDP(P, R, gamma, name=f"RiverSwim({S})")


def deep_sea(N: int, gamma: float = 0.99) -> MDP:
    """DeepSea (Osband et al., 2019): an N x N grid; each step sinks one row, action 1 drifts right for 0.01 / N.

    Only N times right in a row reaches the treasure, which pays 1. State row * N + column; one more state is the end.
    """
    P, R = np.zeros((N * N + 1, 2, N * N + 1)), np.zeros((N * N + 1, 2))
    for row in range(N):
        for column in range(N):
            s = row * N + column
            for a in (0, 1):
                to = min(max(column + 2 * a - 1, 0), N - 1)
                P[s, a, (row + 1) * N + to if row + 1 < N else N * N] = 1.0
            R[s, 1] = -0.01 / N
    P[N * N, :, N * N] = 1.0
    R[N * N - 1, 1] += 1.0
    return MDP(P, R, gamma, terminal=np.arange(N * N + 1) == N * N, name=f"DeepSea({N})")
