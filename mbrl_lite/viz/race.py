"""The race: learning curves of several agents on several tasks, against environment steps and against seconds."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.evaluation.tasks import Task, task
from mbrl_lite.evaluation.yardstick import trailing_mean
from mbrl_lite.viz.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, Picture, plain_axes

MODEL = "dreamer"
LOOKS = {
    MODEL: ("Dreamer", BLUE, "-"),
    "ppo": ("PPO", ORANGE, "--"),
    "dqn": ("DQN", GREEN, "-."),
    "sac": ("SAC", PURPLE, ":"),
}
POINTS = 240  # of a drawn line


class Lane(NamedTuple):
    """One task and the runs that there are of each agent on it, one curve a seed; an agent without runs is missing."""

    task: Task
    runs: dict[str, tuple[Curve, ...]]


class Arrival(NamedTuple):
    """How some seeds of one agent got to the finish line; one that never did counts as its budget."""

    steps: float  # median environment steps
    seconds: float  # median seconds of training
    arrived: int  # seeds that got there
    seeds: int


class Row(NamedTuple):
    """One task in the table: the model-based agent and the best of the others by each clock, None without runs."""

    task: Task
    model: Arrival | None
    rival: str  # fewest steps
    free: Arrival | None
    fastest: str  # fewest seconds
    fast: Arrival | None

    @property
    def ratio(self) -> float | None:
        """How many times more steps the best model-free agent needs; None where one of the two is missing."""
        return self.free.steps / self.model.steps if self.model and self.free else None


def lane(name: str, agents: Iterable[str] = LOOKS, seeds: Iterable[int] = range(5), folder: Path | None = None) -> Lane:
    """The task called `name` with the recorded curves of these agents and seeds, as far as they are there."""
    goal, runs = task(name), {}
    for agent in agents:
        paths = [curve_path(agent, goal.env, seed, folder) for seed in seeds]
        found = tuple(load_curve(path) for path in paths if path.exists())
        if found:
            runs[agent] = found
    return Lane(goal, runs)


def arrival(curves: Sequence[Curve], goal: Task) -> Arrival:
    """Medians over seeds until the mean of the last `goal.window` episodes is `goal.threshold`."""
    reach = [curve.reach(goal.threshold, goal.window) for curve in curves]
    steps = [curve.budget if step is None else step for curve, step in zip(curves, reach, strict=True)]
    spent = [curve.reach_seconds(goal.threshold, goal.window) for curve in curves]
    ends = [curve.seconds[-1] if curve.seconds else 0.0 for curve in curves]
    seconds = [end if second is None else second for second, end in zip(spent, ends, strict=True)]
    arrived = sum(step is not None for step in reach)
    return Arrival(float(np.median(steps)), float(np.median(seconds)), arrived, len(curves))


def row(lane: Lane) -> Row:
    """The task's line in the table of the one configuration; rivals are those with the fewest median steps and seconds.

    One of which most seeds never arrive can be fast only where all are like it.
    """
    ends = {agent: arrival(curves, lane.task) for agent, curves in lane.runs.items()}
    free = {agent: end for agent, end in ends.items() if agent != MODEL}
    rival = min(free, key=lambda agent: free[agent].steps) if free else ""
    late = {agent: (2 * end.arrived <= end.seeds, end.seconds) for agent, end in free.items()}
    fastest = min(late, key=late.get, default="")
    return Row(lane.task, ends.get(MODEL), rival, free.get(rival), fastest, free.get(fastest))


def draw_race(lanes: Sequence[Lane]) -> Picture:
    """A column a task: return against environment steps above, against seconds of training on one thread below.

    Lines are medians over seeds of the mean return of the last `window` episodes, bands hold all seeds, dots mark the
    median arrival. A run that has arrived stops, and its last mean is carried on; others end where their budget did.
    Raises `MbrlError` if there is no run to draw.
    """
    lanes = [lane for lane in lanes if lane.runs]
    if not lanes:
        raise MbrlError("expected runs of at least one agent on one task, got none: record curves, then draw them")
    figure = Picture(3.3 * len(lanes) + 0.6, 6.2, _alt(lanes))
    grid = figure.subplots(2, len(lanes), squeeze=False)
    for column, lane in zip(grid.T, lanes, strict=True):
        for axes, clock, label in zip(column, ("step", "seconds"), ("environment steps", "seconds"), strict=True):
            _panel(axes, lane, clock, label)
        column[0].set_title(lane.task.env.split("/")[-1].rsplit("-v", 1)[0], loc="left", fontsize=12, pad=20)
        column[0].text(0, 1.03, _seeds(lane), transform=column[0].transAxes, fontsize=8, color=GREY)
    for axes in grid[:, 0]:
        axes.set_ylabel("return of an episode", color=INK)
    handles = {line.get_label(): line for axes in grid.flat for line in axes.lines if line.get_label()[0] != "_"}
    order = [name for name, _, _ in LOOKS.values() if name in handles] + ["finish line"]
    figure.legend([handles[name] for name in order], order, loc="outside lower center", ncols=5, frameon=False)
    return figure


def _panel(axes, lane: Lane, clock: str, label: str) -> None:
    goal = lane.task
    for agent, curves in lane.runs.items():
        name, colour, line = LOOKS[agent]
        x, values = _on_a_grid(curves, goal, clock)
        axes.plot(x, np.median(values, 0), line, color=colour, linewidth=2, label=name)
        if len(curves) > 1:
            axes.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.15, linewidth=0)
        end = arrival(curves, goal)
        if 2 * end.arrived > end.seeds:
            at = end.steps if clock == "step" else end.seconds
            axes.plot(max(at, x[0]), goal.threshold, "o", color=colour, markeredgecolor="white", markersize=8, zorder=5)
    axes.axhline(goal.threshold, color=GREY, linewidth=1, linestyle=(0, (6, 3)), label="finish line")
    plain_axes(axes, "", label + " (log scale)", "")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1000:g}k" if x >= 1000 else f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _on_a_grid(curves: Sequence[Curve], goal: Task, clock: str) -> tuple[np.ndarray, np.ndarray]:
    """Moments (n,) at which every seed has a value, and the values (seeds, n)."""
    when = [np.maximum(getattr(curve, clock), 0.1) for curve in curves]  # a logarithm knows no 0
    means = [trailing_mean(curve.returns, goal.window) for curve in curves]
    first = max(times[0] for times in when)
    open_ends = [t[-1] for t, c in zip(when, curves, strict=True) if c.reach(goal.threshold, goal.window) is None]
    last = min(open_ends, default=max(times[-1] for times in when))
    x = np.geomspace(first, max(last, first), POINTS)
    x[-1] = max(last, first)  # a power may fall short of its end by a digit
    rows = [mean[np.maximum(np.searchsorted(t, x, side="right") - 1, 0)] for t, mean in zip(when, means, strict=True)]
    return x, np.stack(rows)


def _seeds(lane: Lane) -> str:
    return "seeds: " + ", ".join(f"{LOOKS[agent][0]} {len(curves)}" for agent, curves in lane.runs.items())


def _alt(lanes: Sequence[Lane]) -> str:
    told = []
    for lane in lanes:
        ends = {LOOKS[agent][0]: arrival(curves, lane.task) for agent, curves in lane.runs.items()}
        parts = [f"{name} {_told(end)}" for name, end in ends.items()]
        told.append(f"{lane.task.env}, finish line {lane.task.threshold:g}: {'; '.join(parts)}.")
    return "Return against environment steps and against seconds of training. " + " ".join(told)


def _told(end: Arrival) -> str:
    seeds = f"({end.arrived} of {end.seeds} seeds arrive)"
    if 2 * end.arrived <= end.seeds:
        return f"mostly does not arrive {seeds}"
    return f"arrives after {end.steps:,.0f} steps and {end.seconds:,.0f} seconds in the median {seeds}"
