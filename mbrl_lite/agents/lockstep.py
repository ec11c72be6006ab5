"""One loop for tabular agents: N seeds walk through a world in lockstep, each with its own random numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mbrl_lite.envs.mazes import Changing
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError


class Streams:
    """A row of uniforms in [0, 1) for each seed at each step, drawn from `np.random.default_rng(seed)` in blocks."""

    def __init__(self, seeds, width: int):
        self.rngs, self.width, self.at = [np.random.default_rng(seed) for seed in seeds], width, 0
        self.block = np.empty((len(self.rngs), 0, width))  # (N, steps, width)

    def row(self) -> np.ndarray:
        """The next uniforms, (N, width). The size of a block changes nothing: a stream is one long row of numbers."""
        if self.at == self.block.shape[1]:
            steps = max(1, 4096 // max(self.width, 1))
            self.block, self.at = np.stack([rng.random((steps, self.width)) for rng in self.rngs]), 0
        self.at += 1
        return self.block[:, self.at - 1]


@dataclass(frozen=True, eq=False)
class Walk:
    """What happened: T real steps of N seeds. A seed that was finished stands still, `walked` False."""

    reward: np.ndarray  # (N, T)
    done: np.ndarray  # (N, T) an episode ended with this step
    walked: np.ndarray  # (N, T)
    updates: np.ndarray  # (N, T) backups so far

    @property
    def collected(self) -> np.ndarray:
        """Reward so far, (N, T)."""
        return self.reward.cumsum(1)

    @property
    def steps(self) -> np.ndarray:
        """Real steps that each seed took, (N,)."""
        return self.walked.sum(1)

    def lengths(self, episodes: int) -> np.ndarray:
        """Steps of the first `episodes` episodes, (N, episodes); raises `MbrlError` if a seed finished fewer."""
        fewest = int(self.done.sum(1).min())
        if fewest < episodes:
            raise MbrlError(f"expected {episodes} finished episodes a seed, but one has {fewest}: walk for more steps")
        ends = np.stack([done.nonzero()[0][:episodes] for done in self.done])  # (N, episodes)
        return np.diff(ends, prepend=-1, axis=1)


def run(
    world: MDP | Changing,
    agent,
    seeds,
    steps: int | None = None,
    episodes: int | None = None,
    until: Callable | None = None,
    limit: int | None = None,
) -> Walk:
    """Let agent (of N = len(seeds) seeds) live in the world; a seed stops by itself, whatever the others do.

    It stops after `steps` real steps, after `episodes` episodes, or when `until(agent, rows)` (n,) says so; at the
    latest after `limit` steps, or 100,000 if neither `steps` nor `limit` is given. The law: N seeds together give, bit
    for bit, what each gives alone. Planning has random numbers of its own, from `default_rng([seed, 1])`: whoever plans
    more or less meets the same luck. Raises `MbrlError` for a walk without end or step, other seeds, stacked worlds.
    """
    longest = _longest(world, agent, seeds, until, steps=steps, episodes=episodes, limit=limit)
    real, dreams = Streams(seeds, 4), Streams([[seed, 1] for seed in seeds], agent.uniforms - 2)
    rows = np.arange(agent.N)
    s, fresh = np.zeros(agent.N, int), np.ones(agent.N, bool)
    left = np.full(agent.N, np.inf if episodes is None else episodes)
    log: list[tuple] = []
    for t in range(longest):
        # (n, 2 + uniforms): one for the world, one for the next start, two for the action, the others for planning
        u = np.concatenate([real.row()[rows], dreams.row()[rows]], axis=1)
        mdp = world.now(t) if isinstance(world, Changing) else world
        here = np.where(fresh[rows], mdp.reset(u[:, 1]), s[rows])  # (n,)
        a = agent.act(here, u[:, 2:], rows)
        s2, r, done = mdp.step(u[:, 0], here, a)
        agent.learn(here, a, r, s2, done, u[:, 2:], rows)
        s[rows], fresh[rows] = s2, done
        left[rows] -= done
        log.append(_entry(agent, rows, r, done))
        stops = left[rows] <= 0
        if until is not None:
            stops = stops | until(agent, rows)
        rows = rows[~stops]
        if not len(rows):
            break
    return Walk(*(np.stack(column, axis=1) for column in zip(*log)))


def solved(world: MDP, within: int, every: int = 1) -> Callable:
    """For `run(until=...)`: the greedy path from the likeliest start ends the episode in at most `within` steps.

    The path takes each step's likeliest outcome and the first of equal actions. It is looked at each `every` steps.
    """
    likely, first = world.P.argmax(-1), int(world.start.argmax())  # (S, A)

    def until(agent, rows) -> np.ndarray:
        if agent.t % every:
            return np.zeros(len(rows), bool)
        s, best = np.full(len(rows), first), agent.Q.argmax(-1)  # (n,) and (N, S)
        for _ in range(within):
            s = likely[s, best[rows, s]]  # a terminal state leads to itself
        return world.terminal[s]

    return until


def _entry(agent, rows, r, done) -> tuple[np.ndarray, ...]:
    """One step of the log, (N,) each: reward, done, walked, updates."""
    reward, ended, walked = np.zeros(agent.N), np.zeros(agent.N, bool), np.zeros(agent.N, bool)
    reward[rows], ended[rows], walked[rows] = r, done, True
    return reward, ended, walked, agent.updates.copy()


def _longest(world, agent, seeds, until, **ends) -> int:
    """After how many steps the walk ends at the latest, once it is seen that it can begin; `ends`: numbers or None."""
    if len(seeds) != agent.N:
        raise MbrlError(f"the agent has {agent.N} seeds and {len(seeds)} came: make both alike")
    if ends["steps"] is None and ends["episodes"] is None and until is None:
        raise MbrlError("a walk needs an end and none was given: set steps, episodes or until")
    for name, end in ends.items():
        if end is not None and (not isinstance(end, int | np.integer) or end < 1):
            raise MbrlError(
                f"expected {name} to be a whole number, 1 or more, got {end!r}: a walk has at least one step"
            )
    worlds = (world.before, world.after) if isinstance(world, Changing) else (world,)
    if any(mdp.P.ndim > 3 for mdp in worlds):
        raise MbrlError(
            f"expected one world for all seeds, got a stack of them, P {worlds[0].P.shape}: walk in each by itself"
        )
    made, there = (agent.S, agent.A, agent.gamma), (worlds[0].S, worlds[0].A, worlds[0].gamma)
    if made != there:
        raise MbrlError(
            f"the agent was made for (states, actions, gamma) = {made}, this world has {there}: make it anew"
        )
    return min((ends[name] for name in ("steps", "limit") if ends[name] is not None), default=100_000)
