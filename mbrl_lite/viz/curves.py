"""Learning curves: return against environment steps, with the yardstick drawn in and the first crossing marked."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.yardstick import Yardstick, first_reach, trailing_mean
from mbrl_lite.viz.style import BLUE, GREY, INK, ORANGE, RUNS, Picture, finish, plain_axes

Episodes = Sequence[Mapping]


def learning_curve(
    episodes: Episodes,
    path: Path | str | None = None,
    yardstick: Yardstick | None = None,
    threshold: float | None = 0.9,
    window: int = 50,
    title: str | None = None,
    env_id: str | None = None,
) -> Picture:
    """Draw one run: a faint point an episode, the mean of the last `window` as a line, the yardstick beside it.

    `episodes` are mappings with "step" (environment steps when it ended) and "return", in order, as the episode lines
    of metrics.jsonl. The line is dashed while fewer than `window` episodes have ended; only full windows can cross
    `threshold`. Raises `MbrlError` if there is no episode, a return is not finite or the yardstick is another world's.
    """
    steps, returns = episode_arrays(episodes)
    _same_environment(yardstick, env_id)
    reach = None if threshold is None else first_reach(steps, returns, threshold, window)
    title = title or f"Learning {env_id or 'curve'}"
    figure = Picture(10, 5, _alt(title, reach, threshold, window, yardstick))
    axes = figure.subplots()
    right = _right_end([steps[-1]], yardstick)
    if yardstick is not None:
        _draw_yardstick(axes, yardstick, right)
    axes.scatter(steps, returns, s=9, color=BLUE, alpha=0.25, linewidths=0, label="one episode")
    _draw_run(axes, steps, returns, window, BLUE, f"mean of the last {window} episodes")
    if threshold is not None:
        _draw_threshold(axes, threshold)
    if reach is not None:
        axes.plot([reach], [threshold], "o", color=BLUE, markersize=8, markeredgecolor="white", zorder=5)
        _note(axes, f"{threshold:g} at step {reach:,}", reach, threshold, right)
    _dress(axes, title, env_id, right, window, min(returns.min(), 0.0), max(returns.max(), threshold or 0.0))
    return finish(figure, path)


def multi_seed_curve(
    runs: Sequence[Episodes],
    path: Path | str | None = None,
    yardstick: Yardstick | None = None,
    threshold: float | None = 0.9,
    window: int = 50,
    title: str | None = None,
    env_id: str | None = None,
) -> Picture:
    """Draw several seeds of one agent, a line each with a dot at its first crossing, and the yardstick beside them."""
    if not runs:
        raise MbrlError("expected at least one run to draw, got none: pass a list with the episodes of each seed")
    arrays = [episode_arrays(run) for run in runs]
    _same_environment(yardstick, env_id)
    reaches = [None if threshold is None else first_reach(*run, threshold, window) for run in arrays]
    title = title or f"{len(runs)} seeds on {env_id or 'one environment'}"
    figure = Picture(10, 5, _alt_seeds(title, reaches, threshold, window, yardstick))
    axes = figure.subplots()
    right = _right_end([steps[-1] for steps, _ in arrays], yardstick)
    if yardstick is not None:
        _draw_yardstick(axes, yardstick, right)
    for seed, ((steps, returns), reach) in enumerate(zip(arrays, reaches, strict=True)):
        colour = RUNS[seed % len(RUNS)]
        label = (
            f"seed {seed}"
            if threshold is None
            else f"seed {seed}: {threshold:g} at {_at(reach)}"
            if reach is not None
            else f"seed {seed}: never {threshold:g}"
        )
        _draw_run(axes, steps, returns, window, colour, label)
        if reach is not None:
            axes.plot([reach], [threshold], "o", color=colour, markersize=8, markeredgecolor="white", zorder=5)
    if threshold is not None:
        _draw_threshold(axes, threshold)
    lows, highs = [r.min() for _, r in arrays], [trailing_mean(r, window).max() for _, r in arrays]
    _dress(axes, title, env_id, right, window, min(*lows, 0.0), max(*highs, threshold or 0.0))
    return finish(figure, path)


def episode_arrays(episodes: Episodes) -> tuple[np.ndarray, np.ndarray]:
    """Steps (n,) int64 and returns (n,) float64; raises `MbrlError` if there are none or one lacks a finite number."""
    try:
        steps = np.array([episode["step"] for episode in episodes], dtype=np.int64)  # (n,)
        returns = np.array([episode["return"] for episode in episodes], dtype=np.float64)  # (n,)
    except (KeyError, TypeError, ValueError) as error:
        what = f'expected episodes with a "step" and a "return" each, got {error!r}'
        raise MbrlError(f"{what}: pass the episode lines of metrics.jsonl") from None
    if not len(steps) or not np.isfinite(returns).all():
        state = "no episode" if not len(steps) else "a return that is not a finite number"
        what = f"expected at least one finished episode, and finite returns, got {state}"
        raise MbrlError(f"{what}: train longer or look at the rewards")
    return steps, returns


def _same_environment(yardstick: Yardstick | None, env_id: str | None) -> None:
    if yardstick is not None and env_id is not None and yardstick.env_id != env_id:
        raise MbrlError(
            f"expected a yardstick for {env_id}, got one for {yardstick.env_id}: "
            f"leave it out or run one for this environment"
        )


def _right_end(last_steps: list[int], yardstick: Yardstick | None) -> float:
    """Where the x-axis ends: with our longest run, or a little after the yardstick's median seed has arrived."""
    last = float(max(last_steps))
    return last if yardstick is None else max(last, min(1.25 * yardstick.median_reach, float(yardstick.steps[-1])))


def _draw_yardstick(axes, yardstick: Yardstick, right: float) -> None:
    known = (yardstick.steps <= right) & np.isfinite(yardstick.curves).all(0)  # (m,)
    steps, curves = yardstick.steps[known], yardstick.curves[:, known]
    axes.plot(steps, curves.T, color=ORANGE, linewidth=0.8, alpha=0.7)
    name = f"{yardstick.label}: median of {len(yardstick.reach)} seeds (thin: each seed)"
    axes.plot(steps, np.median(curves, axis=0), color=ORANGE, linewidth=2.5, label=name)


def _draw_run(axes, steps, returns, window: int, colour: str, label: str) -> None:
    mean, full = trailing_mean(returns, window), min(window - 1, len(returns))
    axes.plot(steps[: full + 1], mean[: full + 1], color=colour, linewidth=1, linestyle=(0, (3, 2)))
    axes.plot(steps[full:], mean[full:], color=colour, linewidth=2.5, label=label)


def _draw_threshold(axes, threshold: float) -> None:
    axes.axhline(threshold, color=GREY, linewidth=1, linestyle=(0, (6, 3)), zorder=1)


def _note(axes, text: str, x: float, y: float, right: float) -> None:
    """A label below the point, on the side that has room."""
    side = -1 if x > 0.6 * right else 1
    axes.annotate(
        text,
        (x, y),
        xytext=(side * 14, -30),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        color=INK,
        weight="bold",
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 1},
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        zorder=6,
    )


def _dress(axes, title: str, env_id: str | None, right: float, window: int, low: float, high: float) -> None:
    minigrid = (env_id or "").startswith("MiniGrid")
    plain_axes(
        axes, title, "environment steps", "return (1 = at once, 0 = never)" if minigrid else "return of an episode"
    )
    room = 0.04 * max(high - low, 1e-6)
    axes.set_xlim(0, right)
    axes.set_ylim((-room, 1 + room) if minigrid else (low - room, high + room))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    axes.text(
        1.0,
        1.02,
        f"dashed: fewer than {window} episodes so far",
        transform=axes.transAxes,
        ha="right",
        color=GREY,
        fontsize=9,
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, frameon=False)


def _at(reach: int | None) -> str:
    return "never" if reach is None else f"{reach:,}"


def _alt(title: str, reach: int | None, threshold: float | None, window: int, yardstick: Yardstick | None) -> str:
    text = f"{title}. Return of each episode against environment steps, and the mean of the last {window}."
    if threshold is not None:
        text += f" It {'never reaches' if reach is None else 'first reaches'} {threshold:g}" + (
            "." if reach is None else f" at step {reach:,}."
        )
    return text + _alt_yardstick(yardstick)


def _alt_seeds(title: str, reaches: list, threshold: float | None, window: int, yardstick: Yardstick | None) -> str:
    text = f"{title}. Mean return of the last {window} episodes against environment steps, one line a seed."
    if threshold is not None:
        text += f" They first reach {threshold:g} at steps {', '.join(_at(reach) for reach in reaches)}."
    return text + _alt_yardstick(yardstick)


def _alt_yardstick(yardstick: Yardstick | None) -> str:
    if yardstick is None:
        return ""
    reach = f"which reach {yardstick.threshold:g} at a median of {yardstick.median_reach:,.0f} steps"
    return f" Drawn beside it: {yardstick.label}, {len(yardstick.reach)} seeds, {reach}."
