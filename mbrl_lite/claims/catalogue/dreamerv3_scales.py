"""Claim: with rewards a thousand times larger, symlog with two-hot and return normalisation are what keeps it going."""

from mbrl_lite.claims.one_configuration import ONE, arrival, changed, dreamer_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task

SCALE = 1000.0
WITHOUT = {
    "full": {},
    "raw": {"agent.model.numbers": "raw", "agent.behaviour.numbers": "raw"},  # no symexp two-hot: squared errors
    "unscaled": {"agent.behaviour.returns": "none"},  # no return normalisation
}
STEPS = {"cartpole": 20_000, "doorkey": 20_000}


def _hurts(name: str, what: str, says: str) -> Part:
    return Part(
        f"{name} {what}",
        f"{name}: {says} costs at least 1.2 times the steps",
        kind="better",
        treatment=f"{name}.full",
        baseline=f"{name}.{what}",
        direction="less",
        scale="ratio",
        target=1.2,
    )


CLAIM = Claim(
    id="dreamerv3-scales",
    title="Rewards times a thousand: what V3's tricks are for",
    chapter="09",
    section="09b, 2",
    original="symlog, two-hot and return normalisation let one configuration bear rewards of any scale (ablations)",
    here="CartPole-v1 and MiniGrid-DoorKey-5x5, all rewards times 1000, both sides alike; budget 20,000 steps",
    kept="the switches, one changed at a time",
    replaced="the size; two tasks instead of seven domains",
    chance="random play reaches neither finish line",
    settings={"dreamer": ONE, "scale": SCALE, "without": WITHOUT, "steps": STEPS},
    seeds=5,
    core_minutes=220.0,
    parts=tuple(
        _hurts(name, what, says)
        for name in STEPS
        for what, says in (("raw", "leaving out symlog and two-hot"), ("unscaled", "leaving out return normalisation"))
    ),
    beside=tuple(f"{name}.{what}" for name in STEPS for what in WITHOUT),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps until the scaled finish line of each variant on each task; the budget where it never comes."""
    values = {}
    for name, steps in settings["steps"].items():
        goal, scale = task(name), settings["scale"]
        for what, changes in settings["without"].items():
            variant = changed(settings["dreamer"], {"reward_scale": scale} | changes)
            curve = dreamer_curve(f"dreamer-x1000-{what}", variant, goal, steps, seed)
            values[f"{name}.{what}"] = float(arrival(curve, goal, scale)["steps"])
    return values
