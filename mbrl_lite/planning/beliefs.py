"""Planning over beliefs in a latent MDP: Bayes' rule, a grid of beliefs, plans that never promise too little."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from mbrl_lite.envs.latent import LatentMDP
from mbrl_lite.errors import MbrlError


def belief_update(b: np.ndarray, P: np.ndarray, s, a, s2) -> np.ndarray:
    """Bayes' rule: the belief (..., M) after s, a -> s2, from b (..., M) and the contexts' transitions P (M, S, A, S).

    If no context of the belief allows the step, the belief stays as it was.
    """
    seen = b * np.moveaxis(P[:, s, a, s2], 0, -1)  # (..., M)  context and next state, jointly
    total = seen.sum(-1, keepdims=True)
    return np.where(total > 0, seen / np.where(total > 0, total, 1.0), b)


class BeliefGrid:
    """Finitely many beliefs over M contexts; every other belief is a mean of M of them that lie around it.

    points (G, M). For M = 2 they are sin^2 of equally spaced angles: dense near certainty, where a small change of
    belief says most. For M = 3 the same levels cut the simplex into triangles (Freudenthal's triangulation, as in
    Lovejoy, Computationally feasible bounds for partially observed MDPs, 1991). Raises MbrlError for cells < 1.
    """

    def __init__(self, M: int, cells: int):
        if cells < 1:
            raise MbrlError(f"a belief grid needs at least one cell, and cells = {cells} came: choose 1 or more")
        self.M, self.cells = M, cells
        self.levels = np.sin(np.linspace(0, np.pi / 2, cells + 1)) ** 2  # (cells + 1,)
        # A belief is read as its tails: tail k is the probability of the contexts from k on, so tails never rise.
        falling = [c for c in np.ndindex(*[cells + 1] * (M - 1)) if list(c) == sorted(c, reverse=True)]
        corners = np.array(falling, dtype=int)  # (G, M - 1)  numbers of levels
        self.points = _differences(self.levels[corners])  # (G, M)
        self._places = (cells + 1) ** np.arange(M - 1)  # a corner's levels, read as the digits of one number
        self._number = np.zeros((cells + 1) ** (M - 1), dtype=int)
        self._number[corners @ self._places] = np.arange(len(corners))

    def spread(self, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The M grid points around each belief b (..., M), as numbers, and their shares: sum of share * point = b."""
        tails = np.cumsum(b[..., :0:-1], -1)[..., ::-1].clip(0, 1)  # (..., M - 1)
        low = np.clip(np.searchsorted(self.levels, tails, side="right") - 1, 0, self.cells - 1)
        inside = (tails - self.levels[low]) / (self.levels[low + 1] - self.levels[low])  # (..., M - 1) in [0, 1]
        inside = inside.round(12)  # tails that are equal up to rounding tie, and the first goes up first
        order = np.argsort(-inside, -1, kind="stable")
        # Corner j goes up in the j tails that lie furthest inside their cell.
        up = np.argsort(order, -1)[..., None, :] < np.arange(self.M)[:, None]  # (..., M, M - 1)
        number = self._number[(low[..., None, :] + up) @ self._places]  # (..., M)
        return number, _differences(np.take_along_axis(inside, order, -1))


def _differences(tails: np.ndarray) -> np.ndarray:
    """1 - t_1, t_1 - t_2, ..., t_{M-1} of falling numbers t (..., M - 1): M shares that sum to 1."""
    one, zero = np.ones((*tails.shape[:-1], 1)), np.zeros((*tails.shape[:-1], 1))
    return -np.diff(np.concatenate([one, tails, zero], -1), axis=-1)  # (..., M)


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do in every state at every belief of the grid, for H steps, and how the belief moves on.

    The player remembers one grid point. After each step it updates it by Bayes' rule and rounds the result by lot to
    one of the M points around it, with the shares: on average nothing is lost, not even the smallest hint.
    """

    grid: BeliefGrid
    policy: np.ndarray  # (H, S, G) actions
    value: np.ndarray  # (S, G) promised at the first step
    number: np.ndarray  # (S, A, S, G, M) the grid points around the updated belief, after s, a -> s2
    share: np.ndarray  # (S, A, S, G, M) their shares
    start: tuple[np.ndarray, np.ndarray]  # the grid points around the first belief, w, and their shares

    @property
    def promise(self) -> float:
        """The total reward promised from state 0 and the first belief."""
        return float(self.value[0, self.start[0]] @ self.start[1])


Bonus = Callable[[np.ndarray], np.ndarray]


def plan(
    P: np.ndarray, R: np.ndarray, w: np.ndarray, H: int, grid: BeliefGrid, bonus: Bonus | None = None, most: float = 1.0
) -> Plan:
    """Plan over beliefs for H steps in contexts P (M, S, A, S), R (M, S, A), w (M,): promises the optimum, or more.

    alpha_m is what is still to come if m is the context; the value at belief b is sum_m b_m alpha_m, convex in b. So a
    mean of the points around b is never less than the value at b: as if a kind stranger told us which of them to
    believe. bonus maps the variance (S, A, G, M) of alpha over next states to what is added to alpha; no alpha exceeds
    `most`. Zhou, Wang and Du (2023), the value-optimistic solver. Raises MbrlError if the grid is for another M.
    """
    M, S, A, _ = P.shape
    if grid.M != M:
        raise MbrlError(
            f"a plan for {M} contexts needs a grid of beliefs over {M}, and one over {grid.M} came: make another"
        )
    s, a, x = np.ogrid[:S, :A, :S]
    after = belief_update(grid.points, P, s[..., None], a[..., None], x[..., None])  # (S, A, X, G, M)
    number, share = grid.spread(after)  # (S, A, X, G, J)  J = M points around
    # The stranger names point j with probability share_j, and in context m with share_j * point_j(m) / after(m).
    safe = np.where(after > 0, after, 1.0)[..., None, :]
    told = np.where(after[..., None, :] > 0, share[..., None] * grid.points[number] / safe, share[..., None])
    policy = np.zeros((H, S, len(grid.points)), dtype=int)
    alpha = np.zeros((S, len(grid.points), M))
    for h in reversed(range(H)):
        ahead = (told * alpha[x[..., None, None], number]).sum(-2)  # (S, A, X, G, M)
        mean = np.einsum("msax,saxgm->sagm", P, ahead)
        q = np.moveaxis(R, 0, -1)[:, :, None] + mean  # (S, A, G, M)
        if bonus is not None:
            q += bonus(np.einsum("msax,saxgm->sagm", P, ahead**2) - mean**2)
        q = np.minimum(q, most)
        policy[h] = (q * grid.points).sum(-1).argmax(1)
        alpha = np.take_along_axis(q, policy[h][:, None, :, None], 1)[:, 0]  # (S, G, M)
    return Plan(grid, policy, (alpha * grid.points).sum(-1), number, share, grid.spread(w))


def solve(world: LatentMDP, cells: int) -> Plan:
    """Plan with the true model: its promise is the optimum, or a little more, the less the finer the grid."""
    return plan(world.P, world.R, world.w, world.H, BeliefGrid(world.M, cells))


def evaluate(world: LatentMDP, plan: Plan) -> float:
    """The exact mean total reward of playing a plan in the true world, whatever model it was made with.

    True context, state and remembered grid point are a Markov chain. Raises MbrlError for a plan of another size.
    """
    if plan.policy.shape[:2] != (world.H, world.S):
        here, came = f"{world.H} steps and {world.S} states", "{} steps and {} states".format(*plan.policy.shape)
        raise MbrlError(f"this world has {here}, and the plan was made for {came}: plan for this world")
    s, g, x = np.ogrid[: world.S, : plan.policy.shape[2], : world.S]
    V = np.zeros((world.M, world.S, plan.policy.shape[2]))
    for act in reversed(plan.policy):  # (S, G)
        number, share = plan.number[s, act[..., None], x, g], plan.share[s, act[..., None], x, g]  # (S, G, X, J)
        ahead = (share * V[:, x[..., None], number]).sum(-1)  # (M, S, G, X)
        V = world.R[:, s[..., 0], act] + (world.P[:, s[..., 0], act] * ahead).sum(-1)  # (M, S, G)
    number, share = plan.start
    return float(world.w @ V[:, 0, number] @ share)


def largest_variance(world: LatentMDP, cells: int = 32) -> float:
    """Var*, the largest variance that the total reward of an episode has under any policy, from above.

    A variance is min_c E[(G - c)^2], so max over policies and min over c trade places. Where an episode pays at most
    once, G^2 is a sum of squared rewards, and each c asks for one plan. Raises MbrlError for other worlds.
    """
    paying = (world.R > 0).any((0, 2))  # (S,)
    if (world.P[:, paying][..., ~world.end] > 0).any():
        raise MbrlError(
            "Var* is computed for worlds that pay once, and here a state that pays is not the last: use others"
        )
    grid = BeliefGrid(world.M, cells)

    def spread_around(c: float) -> float:
        return c**2 + plan(world.P, world.R**2 - 2 * c * world.R, world.w, world.H, grid, most=np.inf).promise

    return float(minimize_scalar(spread_around, bounds=(0, 1), method="bounded").fun)
