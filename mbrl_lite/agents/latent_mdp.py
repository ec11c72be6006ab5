"""Learning a latent MDP: counts for each context, told in hindsight, optimistic plans over beliefs, few of them."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.envs.latent import LatentMDP
from mbrl_lite.envs.tabular import cumulate, pick
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning.beliefs import BeliefGrid, Bonus, Plan, evaluate, plan

BONUSES = ("bernstein", "hoeffding", "none")


class Counts:
    """What was seen in each context: an empirical model, and a bonus for what was seen too rarely."""

    def __init__(self, world: LatentMDP, contexts: int):
        self.end = world.end  # (S,)
        self.n = np.zeros((contexts, world.S, world.A, world.S))
        self.episodes = np.zeros(contexts)

    @property
    def visits(self) -> np.ndarray:
        """How often each action was taken in each state of each context, (M, S, A)."""
        return self.n.sum(-1)

    def model(self) -> tuple[np.ndarray, np.ndarray]:
        """P (M, S, A, S) and w (M,): frequencies, with one imagined visit that is spread evenly over all next states.

        Without it a step never seen would be impossible, and one surprise would make a belief certain for good.
        """
        P = (self.n + 1 / len(self.end)) / (self.visits[..., None] + 1)
        P[:, self.end] = np.eye(len(self.end))[self.end][:, None]
        return P, (self.episodes + 1) / (self.episodes + 1).sum()

    def bonus(self, kind: str, scale: float, log: float) -> Bonus | None:
        """The bonus for `plan`: scale * sqrt(variance * log / N). Hoeffding puts 1/4, the most it can be.

        Zhou et al. add a term log / N, against a variance that is 0 by luck; the imagined visit keeps it above 0.
        """
        per_visit = log / np.moveaxis(self.visits, 0, -1).clip(1)[:, :, None]  # (S, A, 1, M)
        per_visit[self.end] = 0.0
        if kind == "none":
            return None
        if kind == "hoeffding":
            return lambda variance: scale * np.sqrt(per_visit / 4)
        return lambda variance: scale * np.sqrt(per_visit * variance.clip(0))

    def add(self, m: np.ndarray, s: np.ndarray, a: np.ndarray, s2: np.ndarray, full: np.ndarray) -> int:
        """Count episodes, contexts m (B,) and steps (B, H), up to the first that fills a cell of `full` (M, S, A).

        Returns how many were counted. The steps after an episode's end are no steps.
        """
        n = np.zeros((len(m), *self.n.shape))
        np.add.at(n, (np.arange(len(m))[:, None], m[:, None], s, a, s2), ~self.end[s])
        filled = (self.visits + n.sum(-1).cumsum(0) >= full).any((1, 2, 3))  # (B,)
        used = int(filled.argmax()) + 1 if filled.any() else len(m)
        self.n += n[:used].sum(0)
        self.episodes += np.bincount(m[:used], minlength=len(self.episodes))
        return used


@dataclass(frozen=True, eq=False)
class LearnedPlans:
    """What came of learning: the exact `value` of each episode's policy and what it `paid`, (K,), and all plans."""

    value: np.ndarray
    paid: np.ndarray
    plans: tuple[tuple[int, Plan], ...]  # each with the episode from which it was played


def learn(
    world: LatentMDP,
    K: int,
    seed: int,
    cells: int = 32,
    bonus: str = "bernstein",
    scale: float = 1.0,
    hindsight: bool = True,
) -> LearnedPlans:
    """Learn for K episodes: plan optimistically, play, count; plan again when some count has doubled.

    With `hindsight` the context is told after each episode, and each has counts of its own. Without, all episodes go
    into one table: an ordinary tabular learner. Zhou, Wang and Du (2023), Algorithm 1. Raises MbrlError for an unknown
    bonus or K < 1.
    """
    if bonus not in BONUSES:
        raise MbrlError(f"expected a bonus out of {', '.join(BONUSES)}, got {bonus!r}: choose one")
    if K < 1:
        raise MbrlError(f"learning takes at least one episode, and K = {K} came: choose 1 or more")
    # Drawn beforehand: an episode's luck is the same whatever was played before it.
    u = np.random.default_rng(seed).random((K, 2 * world.H + 2))
    context = pick(cumulate(world.w), u[:, 0])  # (K,)
    label = context if hindsight else np.zeros(K, dtype=int)
    R = world.R if hindsight else np.einsum("m,msa->sa", world.w, world.R)[None]
    counts = Counts(world, len(R))
    grid, log = BeliefGrid(len(R), cells), np.log(R.size * world.H * K)
    value, paid, plans, k = np.zeros(K), np.zeros(K), [], 0
    while k < K:
        P, w = counts.model()
        now = plan(P, R, w, world.H, grid, counts.bonus(bonus, scale, log))
        plans.append((k, now))
        full, worth = np.maximum(2 * counts.visits, 1), evaluate(world, now)
        while k < K and (counts.visits < full).all():
            some = slice(k, k + 64)  # played together; those after a doubling are thrown away and played again
            s, a, s2 = play(world, now, context[some], u[some, 1:])
            k += counts.add(label[some], s, a, s2, full)
            done = slice(some.start, k)
            value[done] = worth
            paid[done] = world.R[context[done, None], s[: k - done.start], a[: k - done.start]].sum(1)
    return LearnedPlans(value, paid, tuple(plans))


def play(world: LatentMDP, plan: Plan, context: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Play episodes in contexts (B,) with luck u (B, 2 H + 1) in [0, 1): s, a and s2 of each step, (3, B, H)."""
    next_state, share = cumulate(world.P), cumulate(plan.share)
    s = np.zeros(len(context), dtype=int)
    g = plan.start[0][pick(cumulate(plan.start[1]), u[:, -1])]  # (B,) the grid point remembered
    path = np.zeros((3, len(context), world.H), dtype=int)
    for h in range(world.H):
        a = plan.policy[h, s, g]
        s2 = pick(next_state[context, s, a], u[:, 2 * h])
        corner = pick(share[s, a, s2, g], u[:, 2 * h + 1])
        path[:, :, h] = s, a, s2
        g, s = plan.number[s, a, s2, g, corner], s2
    return path
