"""Latent MDPs: several worlds that look alike; one is drawn for each episode, hidden, and named when it is over."""

from dataclasses import dataclass, field

import numpy as np

from mbrl_lite.envs.tabular import check_rows
from mbrl_lite.errors import MbrlError


@dataclass(frozen=True, eq=False)
class LatentMDP:
    """M contexts that share S states and A actions; an episode has H steps, starts in state 0 and pays at most 1.

    P (M, S, A, S) transitions, rows sum to 1; R (M, S, A) rewards, known, and not shown before the episode is over (a
    reward seen on the way would be one more observation); w (M,) how often each context is drawn; end (S,) states in
    which the episode is over: nothing is paid and nothing is to be learnt there. Raises MbrlError for tables of the
    wrong shape, rows that do not sum to 1, or an episode that could pay less than 0 or more than 1.
    Zhou, Wang and Du, Horizon-free and variance-dependent RL for latent MDPs (2023), Section 3.
    """

    P: np.ndarray
    R: np.ndarray
    w: np.ndarray
    H: int
    end: np.ndarray | None = None
    name: str = ""
    M: int = field(init=False)
    S: int = field(init=False)
    A: int = field(init=False)

    def __post_init__(self):
        P, R, w = (np.array(x, dtype=float) for x in (self.P, self.R, self.w))  # copies: the world keeps its own
        if P.ndim != 4 or P.shape[1] != P.shape[3]:
            raise MbrlError(f"P should have the shape (M, S, A, S) and came as {P.shape}: give one table a context")
        M, S, A, _ = P.shape
        if R.shape != (M, S, A) or w.shape != (M,):
            came = f"R came as {R.shape} and w as {w.shape}"
            raise MbrlError(
                f"beside P of shape {P.shape}, R should be {(M, S, A)} and w {(M,)}, but {came}: reshape them"
            )
        end = np.zeros(S, dtype=bool) if self.end is None else np.array(self.end, dtype=bool)
        if end.shape != (S,):
            raise MbrlError(
                f"end should say for each of {S} states whether it ends the episode, and came as {end.shape}: "
                "give one flag a state"
            )
        check_rows(P, "P")
        check_rows(w, "w")
        if not isinstance(self.H, int | np.integer) or self.H < 1:
            raise MbrlError(f"H should be a whole number of steps, 1 or more, and {self.H!r} came: choose one")
        P[:, end] = np.eye(S)[end][:, None]
        R[:, end] = 0.0
        for name, array in {"P": P, "R": R, "w": w, "end": end}.items():
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name, size in {"M": M, "S": S, "A": A}.items():
            object.__setattr__(self, name, size)
        low, high = -self._most_paid(-R), self._most_paid(R)
        if not (low >= -1e-9 and high <= 1 + 1e-9):
            raise MbrlError(
                f"an episode should pay between 0 and 1 in all, and here it can pay from {low:.3g} to {high:.3g}: "
                "scale the rewards R"
            )

    def _most_paid(self, R: np.ndarray) -> float:
        V = np.zeros((self.M, self.S))
        for _ in range(self.H):  # the luckiest next state counts: a bound for every single episode
            V = (R + np.where(self.P > 0, V[:, None, None], -np.inf).max(-1)).max(-1)  # (M, S)
        return float(V[:, 0].max())


def reversed_steering(H: int, S: int = 5, slip: float = 0.25) -> LatentMDP:
    """A boat on S places in a row; on half of the days its rudder is mounted the wrong way round.

    Action 0 steers left and action 1 right; in context 1 it is the other way. With probability `slip` the boat goes
    the way it was not steered; at an end of the row it stays. Each step taken at the last place pays 1 / H.
    """
    P = np.zeros((2, S, 2, S))
    for m in range(2):
        for s in range(S):
            for a in range(2):
                way = 1 if a != m else -1  # where the boat is meant to go
                P[m, s, a, np.clip(s + way, 0, S - 1)] += 1 - slip
                P[m, s, a, np.clip(s - way, 0, S - 1)] += slip
    R = np.zeros((2, S, 2))
    R[:, -1] = 1 / H
    return LatentMDP(P, R, np.full(2, 0.5), H, name=f"reversed steering, {H} steps, slip {slip:g}")


def doors(H: int, spread: float, gap: float = 0.2, hearing: float = 0.7, M: int = 2) -> LatentMDP:
    """M doors with a lottery behind each, one of them better: listen as often as you like, then open one, once.

    States: 0 to M - 1 in front of the doors, numbered by the last sound, then won, lost, and the end. Actions: 0 to
    M - 1 open that door, and M listens: it names the better door with probability `hearing`, else one of the others.
    Winning pays 0.5 + spread and losing 0.5 - spread, with odds such that the better door pays 0.5 + gap on average
    and the others 0.5 - gap: with spread = gap nothing is left to luck. Context: which door is better. Raises
    MbrlError unless 0 < gap <= spread <= 0.5 and there are two doors or more.
    """
    if not isinstance(M, int | np.integer) or M < 2:
        raise MbrlError(
            f"expected a whole number of doors, 2 or more, got M = {M!r}: one alone leaves nothing to choose"
        )
    if not 0 < gap <= spread <= 0.5:
        raise MbrlError(f"the doors need 0 < gap <= spread <= 0.5, and gap {gap} and spread {spread} came: change them")
    S, won, lost, end = M + 3, M, M + 1, M + 2
    P = np.zeros((M, S, M + 1, S))
    for m in range(M):
        for a in range(M):
            win = 0.5 + (gap if a == m else -gap) / (2 * spread)
            P[m, :M, a, won], P[m, :M, a, lost] = win, 1 - win
        P[m, :M, M, :M] = (1 - hearing) / (M - 1)
        P[m, :M, M, m] = hearing
    P[:, M:, :, end] = 1.0
    R = np.zeros((M, S, M + 1))
    R[:, won], R[:, lost] = 0.5 + spread, 0.5 - spread
    name = f"{M} doors, {H} steps, spread {spread:g}"
    return LatentMDP(P, R, np.full(M, 1 / M), H, end=np.arange(S) == end, name=name)
