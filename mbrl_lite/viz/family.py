"""The family at play: returns of the agents that have recorded runs, a panel for each world."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.evaluation.yardstick import trailing_mean
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

AGENTS = {"dreamer": (ORANGE, "--"), "drama": (BLUE, "-"), "r2i": (GREEN, "-."), "storm": (VERMILION, ":")}
FEW = 10  # episodes before which a mean is not drawn: the first to end are the short ones, so the lucky ones


def family_runs(env: str, seeds: Iterable[int] = range(5), folder: Path | None = None) -> dict[str, tuple[Curve, ...]]:
    """The recorded curves of each agent on an environment, as far as they are there; maybe none: {agent: curves}.

    Where an agent has runs without a finish line, called "NAME-whole", it is those; next come those called by its own
    name, and then those with long sequences, "NAME-long".
    """
    runs, seeds = {}, list(seeds)
    for name in AGENTS:
        for called in (f"{name}-whole", name, f"{name}-long"):
            paths = [curve_path(called, env, seed, folder) for seed in seeds]
            runs[name] = runs.get(name) or tuple(load_curve(path) for path in paths if path.exists())
    return runs


def draw_family(
    worlds: Mapping[str, Mapping[str, Sequence[Curve]]], chance: Mapping[str, float] | None = None, window: int = 50
) -> Picture:
    """A panel of returns for each world {agent: curves}; `chance` has the return of random play for some of them.

    Lines are medians over seeds of the mean return of the last `window` episodes, bands hold all seeds. A run that has
    ended keeps its last mean.
    """
    picture = Picture(5 * len(worlds), 4)
    for axes, (world, runs) in zip(picture.subplots(1, len(worlds), squeeze=False)[0], worlds.items(), strict=True):
        if world in (chance or {}):
            axes.axhline(chance[world], color=GREY, linewidth=1, label="random play")
        _draw_world(axes, world, {name: curves for name, curves in runs.items() if curves}, window)
    return picture


def _draw_world(axes, world: str, runs: Mapping[str, Sequence[Curve]], window: int) -> None:
    last = max((curve.step[-1] for curves in runs.values() for curve in curves), default=1)
    for name, curves in runs.items():
        first = max(curve.step[min(FEW, len(curve.step)) - 1] for curve in curves)
        steps, (colour, line) = np.linspace(first, last, 240), AGENTS[name]
        means = np.array([_mean_at(curve, steps, window) for curve in curves])  # (seeds, 240)
        label = f"{name}, {len(curves)} seed{'s' if len(curves) > 1 else ''}"
        width = 2 if len(curves) > 1 else 1  # a single run weighs less than a median
        axes.plot(steps, np.median(means, 0), line, color=colour, linewidth=width, label=label)
        axes.fill_between(steps, means.min(0), means.max(0), color=colour, alpha=0.15, linewidth=0)
    plain_axes(axes, world, "environment steps", "return of an episode")
    axes.set_xlim(0, last)
    axes.locator_params(axis="x", nbins=5)
    if axes.lines:
        low, high = axes.get_ylim()
        axes.set_yticks([tick for tick in axes.get_yticks() if low <= tick <= high])
        axes.set_ylim(low, high + 0.5 * (high - low))  # the highest third is for names
        axes.legend(frameon=False, loc="upper left", fontsize=9)


def _mean_at(curve: Curve, steps: np.ndarray, window: int) -> np.ndarray:
    means = np.asarray(trailing_mean(curve.returns, window))
    return means[np.maximum(np.searchsorted(curve.step, steps, side="right") - 1, 0)]
