"""Claim: one configuration of a small Dreamer needs fewer environment steps than tuned model-free agents.

A first series of runs, before any record, was thrown away: with an entropy weight of 0.003 and vectors told with a
deviation of 1, CartPole failed on seed 0 (DoorKey, seeds 0 to 4: median 7,358 steps). Both were mended on seeds from
100 on, and all runs made anew.
"""

from mbrl_lite.claims.one_configuration import ONE, arrival, dreamer_curve, rival_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task

RIVALS = {
    "cartpole": ("ppo", "dqn"),
    "pendulum": ("ppo", "sac"),
    "empty": ("ppo", "dqn"),
    "doorkey": ("ppo", "dqn"),
    "breakout": ("ppo", "dqn"),
    "catch": ("ppo", "dqn"),
}
STEPS = {
    "cartpole": 25_000,
    "pendulum": 25_000,
    "empty": 25_000,
    "doorkey": 25_000,
    "breakout": 60_000,
    "catch": 40_000,
}
CLAIM = Claim(
    id="dreamerv3",
    title="One configuration, six tasks: Dreamer against tuned model-free agents",
    chapter="09",
    section="09c, 4",
    original="one set of hyperparameters learns over 150 tasks, with fewer steps than tuned experts (games, control, "
    "DMLab, Minecraft; up to 400M parameters)",
    here="six unmodified tasks: CartPole, Pendulum, MiniGrid Empty-8x8 and DoorKey-5x5, MinAtar Breakout, and Catch in "
    "32 x 32 pixels of our own; under 1M parameters, one thread",
    kept="categorical latents, KL balance, symexp two-hot, unimix, percentile returns, slow critic; one configuration",
    replaced="size; a quarter of the replayed sequences contain a reward; 8 environments, an update every 4 steps; "
    "rivals are stable-baselines3 with published settings for each task or its nearest kin",
    chance="random play reaches none of the finish lines",
    settings={
        "dreamer": ONE,
        "steps": STEPS,
        "rivals": RIVALS,
        "tasks": {name: [task(name).env, task(name).threshold, task(name).window] for name in STEPS},
        "rival_budgets": {name: task(name).budget for name in STEPS},
    },
    seeds=5,
    core_minutes=260.0,
    parts=(
        Part(
            "tasks",
            "fewer steps to the finish line than the better rival of the same seed: on at least 4 of the 6 tasks",
            kind="bound",
            treatment="fewer",
            direction="more",
            target=4.0,
        ),
        Part(
            "halves",
            "at most half as many steps: on at least 2 of the 6 tasks",
            kind="bound",
            treatment="half",
            direction="more",
            target=2.0,
        ),
    ),
    beside=tuple(f"{name}.{what}" for name in STEPS for what in ("steps", "rival", "minutes", "rival_minutes")),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes of each side on each task, and on how many the Dreamer needed fewer, or half as many."""
    values: dict[str, float] = {}
    for name, steps in settings["steps"].items():
        goal = task(name)
        ours = arrival(dreamer_curve("dreamer", settings["dreamer"], goal, steps, seed), goal, late=goal.budget)
        rivals = [arrival(rival_curve(agent, goal, seed), goal) for agent in settings["rivals"][name]]
        best = min(rivals, key=lambda rival: rival["steps"])
        values |= {f"{name}.{key}": value for key, value in ours.items()}
        values |= {f"{name}.rival": best["steps"], f"{name}.rival_minutes": best["minutes"]}
    pairs = [(values[f"{name}.steps"], values[f"{name}.rival"]) for name in settings["steps"]]
    counts = {"fewer": sum(a < b for a, b in pairs), "half": sum(2 * a <= b for a, b in pairs)}
    return values | {name: float(count) for name, count in counts.items()}
