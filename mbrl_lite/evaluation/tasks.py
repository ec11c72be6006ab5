"""The tasks that one configuration is to solve, and what it means to have solved them."""

from dataclasses import dataclass

from mbrl_lite.errors import MbrlError


@dataclass(frozen=True)
class Task:
    """An unmodified environment and its finish line: mean return of the last `window` training episodes >= `threshold`.

    `budget`: environment steps after which a model-free run is stopped; one that has not arrived counts as the budget.
    `random`: measured mean return of uniformly random actions. `perfect`: mean return of the best play (MiniGrid:
    shortest paths of 300 worlds by breadth-first search; Pendulum: dynamic programming on a grid); None: no bound.
    """

    name: str
    env: str
    threshold: float
    window: int
    budget: int
    random: float
    perfect: float | None


_TASKS = (
    Task("cartpole", "CartPole-v1", 475.0, 10, 100_000, 22.1, 500.0),
    Task("pendulum", "Pendulum-v1", -200.0, 10, 100_000, -1228.7, -139.6),
    Task("empty", "MiniGrid-Empty-8x8-v0", 0.9, 50, 100_000, 0.09, 0.961),
    Task("doorkey", "MiniGrid-DoorKey-5x5-v0", 0.9, 50, 100_000, 0.04, 0.964),
    Task("breakout", "MinAtar/Breakout-v1", 5.0, 50, 200_000, 0.42, None),
    Task("catch", "mbrl_lite/Catch-v0", 0.8, 50, 100_000, -0.55, 1.0),
    Task("doorkey6", "MiniGrid-DoorKey-6x6-v0", 0.9, 50, 200_000, 0.016, 0.969),
    Task("doorkey8", "MiniGrid-DoorKey-8x8-v0", 0.9, 50, 600_000, 0.01, 0.977),
    Task("recall", "mbrl_lite/LongRecall-v0", 7.6, 50, 100_000, 4.0, 8.0),
    Task("goals", "mbrl_lite/HiddenGoalS3-v0", 6.0, 50, 400_000, 1.21, 12.0),
)
TASKS = {task.name: task for task in _TASKS}
SIX = ("cartpole", "pendulum", "empty", "doorkey", "breakout", "catch")  # those of the one-configuration claim


def task(name: str) -> Task:
    """A task by its name; raises `MbrlError` that lists the names."""
    if name not in TASKS:
        raise MbrlError(f"expected the name of a task, got {name!r}: choose one of {', '.join(TASKS)}")
    return TASKS[name]
