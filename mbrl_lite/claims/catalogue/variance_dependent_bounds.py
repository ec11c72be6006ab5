"""Claim: the regret of a variance-aware bonus (MVP) follows the world's variance, and stops where there is none."""

import numpy as np

from mbrl_lite.agents.optimism import learn
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs.tabular import river_swim, stack

NOISE = [0.0, 0.1, 0.3, 0.5]


def _grows(low: float, high: float) -> Part:
    return Part(
        f"order.{low:g}_{high:g}",
        f"MVP's regret grows with the variance norm: more at noise {high:g} than at noise {low:g}",
        kind="better",
        treatment=f"mvp.regret.{high:g}",
        baseline=f"mvp.regret.{low:g}",
        direction="more",
        scale="ratio",
        target=1.0,
    )


CLAIM = Claim(
    id="variance-dependent-bounds",
    title="What variance costs: MVP against UCBVI on deterministic and stochastic RiverSwim",
    chapter="01",
    section="01c, 1",
    original="With a bonus that looks at the variance, the regret of optimistic value iteration scales with the "
    "environment's variance norms: minimax in stochastic worlds, constant in deterministic ones (Zhou et al., 2023).",
    here="RiverSwim with 4 states at 0, 0.1, 0.3 and 0.5 times its usual noise; 5,000 episodes of 20 steps.",
    kept="optimistic value iteration with the two-term bonus sqrt(Var / n) + H / n, planning anew when visits double",
    replaced="the constants: those of Hoeffding's and the empirical Bernstein inequality, iota = 3 in both, "
    "where the proofs want larger ones; rewards are known after one visit; the order of regrets is judged for MVP "
    "alone, and UCBVI's rises with the noise too",
    chance="the policy that acts at random: its regret is measured beside the two (random.regret)",
    settings={"S": 4, "H": 20, "K": 5000, "iota": 3.0, "noise": NOISE},
    seeds=30,
    core_minutes=6.0,
    beside=("ucbvi.regret.0", "mvp.regret.0", "mvp.regret.0.1", "mvp.regret.0.3", "mvp.regret.0.5", "random.regret"),
    parts=(
        Part(
            "flat",
            "on the deterministic river MVP's regret grows by at most 5 % in the last half of the episodes",
            kind="bound",
            treatment="mvp.growth.0",
            direction="less",
            target=0.05,
        ),
        Part(
            "bonus",
            "on the deterministic river MVP's regret is at least 3 times below that of UCBVI with Hoeffding's bonus",
            kind="better",
            treatment="mvp.regret.0",
            baseline="ucbvi.regret.0",
            direction="less",
            scale="ratio",
            target=3.0,
        ),
        *(_grows(low, high) for low, high in zip(NOISE, NOISE[1:])),
        Part(
            "norm",
            "in every seed the measured variance norm grows with the noise, so that its order is the order of noise",
            kind="bound",
            treatment="norm.step",
            direction="more",
            target=0.0,
            every=True,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Regret of both bonuses at each noise, its growth in the last half, and MVP's variance norm, one seed.

    The norm is Var^Sigma_K / K, an episode's total multi-step conditional variance (Zhou et al., 2023): the mean over
    episodes of sum_h Var(V*_{h+1} | s_h, a_h), in expectation under each episode's policy. norm.step is its smallest
    increase from one noise to the next.
    """
    noise, H, K = settings["noise"], settings["H"], settings["K"]
    algorithms = {"ucbvi": "hoeffding", "mvp": "bernstein"}
    worlds = stack([river_swim(settings["S"], noise=x) for _ in algorithms for x in noise])
    bonuses = [bonus for bonus in algorithms.values() for _ in noise]
    learned = learn(worlds, H, K, [seed] * len(bonuses), bonuses, settings["iota"])
    names = [f"{name}.{{}}.{x:g}" for name in algorithms for x in noise]
    regret, found = learned.regret.cumsum(-1), {}  # (2 noises, K)
    for name, curve in zip(names, regret):
        found[name.format("regret")] = curve[-1]
        found[name.format("growth")] = curve[-1] / curve[K // 2 - 1] - 1
    norm = learned.variance.mean(-1)[len(noise) :]  # (noises,), MVP's
    found |= {f"norm.{x:g}": value for x, value in zip(noise, norm)}
    found["norm.step"] = np.diff(norm).min()
    random = learn(river_swim(settings["S"], noise=noise[0]), H, 1, [seed], "none", epsilon=1.0)
    found["random.regret"] = random.regret[0, 0] * K
    return {name: float(value) for name, value in found.items()}
