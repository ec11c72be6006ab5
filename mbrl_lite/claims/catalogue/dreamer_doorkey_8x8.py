"""Claim: the one configuration opens the door of 8x8 rooms within 150,000 steps, long before PPO."""

from mbrl_lite.claims.one_configuration import ONE, arrival, dreamer_curve, rival_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task

STEPS = 150_000
RIVALS = ("ppo", "ppo-entropy")
CLAIM = Claim(
    id="dreamer-doorkey-8x8",
    title="A door that is hard to find: DoorKey-8x8",
    chapter="09",
    section="09c, 4",
    original="a target of this course, not of a paper: as few steps as possible, 150,000 at most",
    here="MiniGrid-DoorKey-8x8-v0, unmodified, the one configuration, one thread, 3 seeds",
    kept="everything of the one configuration, the ratio of updates to steps included",
    replaced="nothing was replaced; PPO is stable-baselines3's, without and with an entropy bonus of 0.01",
    chance="a player at random has a mean return of 0.01: one episode in about fifty",
    settings={"dreamer": ONE, "steps": STEPS, "rivals": RIVALS, "rival_budget": task("doorkey8").budget},
    seeds=3,
    core_minutes=170.0,
    parts=(
        Part(
            "within",
            f"a mean return of 0.9 within {STEPS:,} steps, in at least 2 of 3 seeds",
            kind="bound",
            treatment="within",
            direction="more",
            target=0.6,
        ),
        Part(
            "steps",
            "environment steps until 0.9: at least 2 times fewer than the better PPO of the same seed",
            kind="better",
            treatment="dreamer.steps",
            baseline="rival.steps",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
    ),
    beside=("dreamer.minutes", *(f"{agent}.{what}" for agent in RIVALS for what in ("steps", "minutes"))),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes of each agent until 0.9; who never arrives counts as PPO's budget, the larger one."""
    goal, values = task("doorkey8"), {}
    curve = dreamer_curve("dreamer", settings["dreamer"], goal, settings["steps"], seed)
    sides = {"dreamer": curve} | {agent: rival_curve(agent, goal, seed) for agent in settings["rivals"]}
    for agent, its in sides.items():
        ends = arrival(its, goal, late=settings["rival_budget"])
        values |= {f"{agent}.{key}": float(value) for key, value in ends.items()}
    values["rival.steps"] = min(values[f"{agent}.steps"] for agent in settings["rivals"])
    return values | {"within": float(values["dreamer.steps"] <= settings["steps"])}
