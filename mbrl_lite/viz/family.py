"""The family at play: returns of the agents that have recorded runs, and what their kinds of memory recall."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.evaluation.yardstick import trailing_mean
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, Picture, plain_axes

AGENTS = {"dreamer": (ORANGE, "--"), "drama": (BLUE, "-"), "r2i": (GREEN, "-."), "storm": (VERMILION, ":")}
MEMORIES = {  # what a memory is called, and the look of the agent that has it
    "gru": ("GRU (dreamer)", *AGENTS["dreamer"]),
    "gru-cut": ("GRU, gradients cut", ORANGE, ":"),
    "mamba2": ("Mamba-2 (drama)", *AGENTS["drama"]),
    "s5": ("S5 (r2i)", *AGENTS["r2i"]),
    "s4d": ("S4D", SKY, "-."),
    "transformer": ("Transformer (storm)", *AGENTS["storm"]),
}
FEW = 10  # episodes before which a mean is not drawn: the first to end are the short ones, so the lucky ones


def family_runs(env: str, seeds: Iterable[int] = range(5), folder: Path | None = None) -> dict[str, tuple[Curve, ...]]:
    """The recorded curves of each agent on an environment, as far as they are there; maybe none: {agent: curves}.

    Where an agent has runs without a finish line, called "NAME-whole", it is those.
    """
    runs, seeds = {}, list(seeds)
    for name in AGENTS:
        for called in (f"{name}-whole", name):
            paths = [curve_path(called, env, seed, folder) for seed in seeds]
            runs[name] = runs.get(name) or tuple(load_curve(path) for path in paths if path.exists())
    return runs


def draw_family(
    worlds: Mapping[str, Mapping[str, Sequence[Curve]]],
    recall: Mapping[str, Mapping[int, float]],
    source: str,
    chance: float = 1 / 8,
    window: int = 50,
) -> Picture:
    """A panel of returns for each world {agent: curves}, and one of recall {memory: {length: share}}.

    Lines are medians over seeds of the mean return of the last `window` episodes, bands hold all seeds. A run that has
    ended keeps its last mean. Raises `MbrlError` for a memory without a look.
    """
    unknown = [name for name in recall if name not in MEMORIES]
    if unknown:
        raise MbrlError(f"expected memories out of {', '.join(MEMORIES)}, got {unknown[0]!r}: give it a look here")
    picture = Picture(4.3 * (len(worlds) + 1) + 2, 4)
    *panels, last = picture.subplots(1, len(worlds) + 1, squeeze=False)[0]
    for axes, (world, runs) in zip(panels, worlds.items(), strict=True):
        _draw_world(axes, world, {name: curves for name, curves in runs.items() if curves}, window)
    _draw_recall(last, recall, source, chance)
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
    if runs:
        axes.legend(frameon=False, loc="lower right")


def _mean_at(curve: Curve, steps: np.ndarray, window: int) -> np.ndarray:
    means = np.asarray(trailing_mean(curve.returns, window))
    return means[np.maximum(np.searchsorted(curve.step, steps, side="right") - 1, 0)]


def _draw_recall(axes, recall: Mapping, source: str, chance: float) -> None:
    lengths = sorted({length for curve in recall.values() for length in curve})
    for name, curve in recall.items():
        label, colour, line = MEMORIES[name]
        axes.plot(list(curve), list(curve.values()), line, marker="o", color=colour, label=label)
    axes.axhline(chance, color=GREY, linewidth=1, label="chance")
    axes.set(xscale="log", ylim=(0, 1.05), xticks=lengths, xticklabels=lengths)
    axes.minorticks_off()
    plain_axes(axes, f"Recall ({source})", "noise between cue and question (steps)", "share of cues recalled")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
