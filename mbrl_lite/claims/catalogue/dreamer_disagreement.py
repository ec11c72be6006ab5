"""Claim: a bonus where an ensemble disagrees saves steps where the door is hard to find."""

from mbrl_lite.claims.one_configuration import ONE, arrival, changed, dreamer_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task

STEPS = 60_000
WEIGHT = 0.05
CLAIM = Claim(
    id="dreamer-disagreement",
    title="Curiosity: a bonus for disagreement in DoorKey-6x6",
    chapter="09",
    section="09c, 4",
    original="where members of an ensemble disagree about the next latent there is something to learn: an agent that "
    "dreams of going there explores without any reward (Plan2Explore, Sekar et al., 2020; control from pixels)",
    here="MiniGrid-DoorKey-6x6-v0, unmodified, the one configuration with and without the bonus",
    kept="an ensemble of one-step guesses from latents and actions, its disagreement paid in dreams",
    replaced="the bonus is added to the environment's reward from the first step to the last, not a phase of its own",
    chance="a player at random has a mean return of 0.016",
    settings={"dreamer": ONE, "steps": STEPS, "weight": WEIGHT},
    seeds=5,
    core_minutes=60.0,
    parts=(
        Part(
            "steps",
            "environment steps until a mean return of 0.9: at least 1.2 times fewer with the bonus",
            kind="better",
            treatment="bonus.steps",
            baseline="plain.steps",
            direction="less",
            scale="ratio",
            target=1.2,
        ),
    ),
    beside=("bonus.minutes", "plain.minutes"),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes of both until 0.9; the budget where it never comes."""
    goal, values = task("doorkey6"), {}
    for side, agent, weight in (("plain", "dreamer", 0.0), ("bonus", "dreamer-bonus", settings["weight"])):
        its = changed(settings["dreamer"], {"agent.explore.weight": weight})
        ends = arrival(dreamer_curve(agent, its, goal, settings["steps"], seed), goal)
        values |= {f"{side}.{key}": float(value) for key, value in ends.items()}
    return values
