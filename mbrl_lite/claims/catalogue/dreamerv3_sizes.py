"""Claim: larger models need fewer environment steps, in three sizes."""

from mbrl_lite.claims.one_configuration import ONE, arrival, changed, dreamer_curve
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.tasks import task


def _size(units: int, groups: int, classes: int) -> dict:
    return {
        "agent.model.units": units,
        "agent.model.deter": units,
        "agent.model.groups": groups,
        "agent.model.classes": classes,
        "agent.behaviour.units": units,
    }


SIZES = {"small": _size(32, 6, 8), "middle": _size(64, 8, 12), "full": {}}
STEPS = {"cartpole": 25_000, "doorkey": 25_000}


def _not_worse(name: str, larger: str, smaller: str) -> Part:
    return Part(
        f"{name} {larger}",
        f"{name}: {larger} needs no more steps than {smaller} (within 10 %)",
        kind="not_worse",
        treatment=f"{name}.{larger}",
        baseline=f"{name}.{smaller}",
        direction="less",
        scale="ratio",
        target=0.9,
    )


CLAIM = Claim(
    id="dreamerv3-sizes",
    title="Three sizes: larger models need fewer steps",
    chapter="09",
    section="09c, 4",
    original="data efficiency grows with the size of the model, from 12M to 400M parameters (Crafter, DMLab)",
    here="CartPole-v1 and MiniGrid-DoorKey-5x5; hidden widths 32, 64 and 128, otherwise the one configuration",
    kept="everything but the sizes",
    replaced="sizes that a laptop trains in minutes",
    chance="random play reaches neither finish line",
    settings={"dreamer": ONE, "sizes": SIZES, "steps": STEPS},
    seeds=5,
    core_minutes=160.0,
    parts=tuple(
        _not_worse(name, larger, smaller)
        for name in STEPS
        for larger, smaller in (("middle", "small"), ("full", "middle"))
    ),
    beside=tuple(f"{name}.{size}" for name in STEPS for size in SIZES),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps until the finish line of each size on each task; the budget where it never comes."""
    values = {}
    for name, steps in settings["steps"].items():
        goal = task(name)
        for size, changes in settings["sizes"].items():
            agent = "dreamer" if size == "full" else f"dreamer-{size}"
            curve = dreamer_curve(agent, changed(settings["dreamer"], changes), goal, steps, seed)
            values[f"{name}.{size}"] = float(arrival(curve, goal)["steps"])
    return values
