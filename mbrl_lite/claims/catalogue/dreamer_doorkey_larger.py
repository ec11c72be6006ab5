"""Claim: the one configuration opens the door of 5x5 rooms within 10,000 steps, of 6x6 rooms within 30,000."""

from mbrl_lite.claims.one_configuration import ONE, arrival, dreamer_curve, rival_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task

WITHIN = {"doorkey": 10_000, "doorkey6": 30_000}
STEPS = {"doorkey": 25_000, "doorkey6": 60_000}
CLAIM = Claim(
    id="dreamer-doorkey-larger",
    title="How many steps a door takes: DoorKey in two sizes",
    chapter="09",
    section="09c, 4",
    original="a target of this course, not of a paper; stable-baselines3's PPO needs some 30,000 steps for 5x5 rooms",
    here="MiniGrid-DoorKey-5x5-v0 and 6x6, unmodified, the one configuration, one thread",
    kept="everything of the one configuration, the ratio of updates to steps included",
    replaced="nothing was replaced",
    chance="a player at random reaches the goal of 5x5 rooms about once in 3,000 steps",
    settings={"dreamer": ONE, "steps": STEPS, "within": WITHIN, "rival": "ppo"},
    seeds=5,
    core_minutes=80.0,
    parts=tuple(
        Part(
            name,
            f"{task(name).env}: a mean return of 0.9 within {most:,} steps, in at least 3 of 5 seeds",
            kind="bound",
            treatment=f"{name}.within",
            direction="more",
            target=0.6,
        )
        for name, most in WITHIN.items()
    ),
    beside=tuple(f"{name}.{what}" for name in WITHIN for what in ("steps", "minutes", "rival", "rival_minutes")),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes of the Dreamer and of PPO on each task, and whether the Dreamer was there in time (0 or 1)."""
    values = {}
    for name, steps in settings["steps"].items():
        goal = task(name)
        ours = arrival(dreamer_curve("dreamer", settings["dreamer"], goal, steps, seed), goal)
        theirs = arrival(rival_curve(settings["rival"], goal, seed), goal)
        values |= {f"{name}.{key}": value for key, value in ours.items()}
        values |= {f"{name}.rival": theirs["steps"], f"{name}.rival_minutes": theirs["minutes"]}
        values[f"{name}.within"] = float(ours["steps"] <= settings["within"][name])
    return values
