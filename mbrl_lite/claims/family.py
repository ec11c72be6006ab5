"""The runs of chapter 10's first figure: four agents that differ in their memory, at a door, in MinAtar, in the dark.

python -m mbrl_lite.claims.family DoorKey Breakout LongRecall  makes those that are not there yet, in
assets/data/curves/. On the door and in Breakout a run ends when it has arrived; claims made some of them.
"""

import argparse
from dataclasses import dataclass

from mbrl_lite.claims.catalogue import r2i
from mbrl_lite.claims.one_configuration import ONE, changed, dreamer_curve, with_memory
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.evaluation.tasks import Task, task

SEEDS, AGENTS = 3, ("dreamer", "drama", "r2i", "storm")


@dataclass(frozen=True)
class Stage:
    """A world of the figure: its task, the steps a run may take, and what is changed there for all agents alike."""

    task: Task
    steps: int
    long: bool = False  # sequences long enough to hold a whole walk


STAGES = {
    "DoorKey": Stage(task("doorkey"), 25_000),
    "Breakout": Stage(task("breakout"), 60_000),
    "LongRecall": Stage(task("recall"), r2i.CLAIM.settings["steps"], long=True),
}


def settings_of(agent: str, stage: Stage) -> dict:
    """The one configuration as this agent of the family, with long sequences where the stage asks for them."""
    settings = ONE if agent == "dreamer" else with_memory(agent)
    return changed(settings | r2i.LONG, r2i.WHOLE) if stage.long else settings


def family_curve(agent: str, world: str, seed: int) -> Curve:
    """One run of the figure, made if it is not there; raises `MbrlError` for a world that is not in it."""
    if world not in STAGES:
        raise MbrlError(f"expected a world out of {', '.join(STAGES)}, got {world!r}: choose one")
    stage = STAGES[world]
    called = "dreamer-long" if agent == "dreamer" and stage.long else agent  # as the claim r2i calls it
    return dreamer_curve(called, settings_of(agent, stage), stage.task, stage.steps, seed)


def main(arguments: list[str] | None = None) -> None:
    """Make the runs of some worlds, one after another, seed by seed."""
    parser = argparse.ArgumentParser(prog="python -m mbrl_lite.claims.family", description=__doc__)
    parser.add_argument("worlds", nargs="+", choices=STAGES)
    parser.add_argument("--agents", nargs="+", choices=AGENTS, default=AGENTS)
    chosen = parser.parse_args(arguments)
    for world in chosen.worlds:
        for seed in range(SEEDS):
            for agent in chosen.agents:
                curve = family_curve(agent, world, seed)
                print(f"{world}: {agent}, seed {seed}: {curve.step[-1]:,} steps, {curve.seconds[-1] / 60:.1f} minutes")


if __name__ == "__main__":
    main()
