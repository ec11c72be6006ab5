"""Dreams beside the world: a strip of frames, and moving pictures of the two and of an agent at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.frames import render_obs_batch, wrong_cells
from mbrl_lite.viz.gifs import beside, caption, save_gif
from mbrl_lite.viz.style import GREY, INK, PALE, PURPLE, SKY, VERMILION, Picture, finish

WIDTH = 14.0  # inches; all lengths below are inches too
LEFT, RIGHT = 0.95, 0.05
TITLE, BARS, BETWEEN, SHARE, TICKS = 0.40, 0.50, 0.24, 0.42, 0.30
UNITS = {"grid": "cells\nwrong", "image": "mean error,\n% of range", "vector": "mean error,\n% of range"}


@dataclass(frozen=True)
class _Story:
    """What a strip tells: T pictures of each row, what is wrong in each frame (T, ...), rewards and actions."""

    world: np.ndarray
    dream: np.ndarray
    wrong: np.ndarray
    context: int
    kind: str
    rewards: tuple[Sequence[float] | None, Sequence[float] | None]
    actions: list[str] | None

    @property
    def share(self) -> np.ndarray:
        return self.wrong.reshape(len(self.wrong), -1).mean(-1)  # (T,)


def dream_strip(
    real: np.ndarray,
    dream: np.ndarray,
    context: int = 5,
    kind: str = "grid",
    path: Path | str | None = None,
    actions: Sequence[int] | None = None,
    action_names: Sequence[str] | None = None,
    reward: Sequence[float] | None = None,
    dreamt_reward: Sequence[float] | None = None,
    scale: float = 1.0,
    title: str | None = None,
    columns: int = 10,
) -> Picture:
    """Draw what happened above what was dreamt, T frames each, and below them how much of each frame is wrong.

    `real` and `dream` are T observations of `kind` (T, ...); the model saw the first `context`, the rest it dreamt open
    loop. `actions` (T,) were taken in each frame, `reward` and `dreamt_reward` (T,) arrived with it and are written
    above it when not 0. After `columns` frames the strip goes on below. Raises `MbrlError` if the shapes differ or
    `context` is not between 0 and T.
    """
    check_pair(real, dream, context)
    story = _Story(
        world=render_obs_batch(real, kind, 24, scale),
        dream=render_obs_batch(dream, kind, 24, scale),
        wrong=wrong_cells(real, dream, kind, scale),
        context=context,
        kind=kind,
        rewards=(reward, dreamt_reward),
        actions=None if actions is None else [action_name(action, action_names) for action in actions],
    )
    return finish(_draw_story(story, title or "What happened, and what was dreamt", min(columns, len(real))), path)


def _draw_story(story: _Story, title: str, columns: int) -> Picture:
    side = (WIDTH - LEFT - RIGHT) / columns
    block = BARS + 2 * side + BETWEEN + SHARE + TICKS
    total = len(story.world)
    starts = range(0, total, columns)
    height = TITLE + block * len(starts)
    figure = Picture(WIDTH, height, _alt(title, story))
    figure.set_layout_engine("none")
    figure.text(LEFT / WIDTH, 1 - 0.12 / height, title, fontsize=13, color=INK, va="top")
    if story.kind == "grid":
        right = 1 - RIGHT / WIDTH
        hint = "outlined: cells that differ"
        figure.text(right, 1 - 0.16 / height, hint, fontsize=9, color=VERMILION, ha="right", va="top")
    for number, start in enumerate(starts):
        times = np.arange(start, min(start + columns, total))
        _draw_block(figure, TITLE + number * block + BARS, side, times, story)
    return figure


def dream_frames(
    real: np.ndarray,
    dream: np.ndarray,
    context: int = 5,
    kind: str = "grid",
    tile: int = 32,
    actions: Sequence[int] | None = None,
    action_names: Sequence[str] | None = None,
    scale: float = 1.0,
) -> list[np.ndarray]:
    """The T frames of `dream_gif`, uint8 (H, W, 3): the world at the left, the dream at the right, with captions."""
    check_pair(real, dream, context)
    left, right = (render_obs_batch(frames, kind, tile, scale) for frames in (real, dream))
    wrong = wrong_cells(real, dream, kind, scale)
    frames = []
    for t in range(len(left)):
        seen = t < context
        text = "seen" if seen else f"dreamt, step +{t - context + 1}"
        if kind == "grid" and not seen:
            text += f": {int(wrong[t].sum())} wrong"
        happened = f"step {t}"
        if actions is not None and t > 0:
            happened += f", after {action_name(actions[t - 1], action_names)}"
        frames.append(
            beside(caption(left[t], happened, "world"), caption(right[t], text, "dream", SKY if seen else PURPLE))
        )
    return frames


def dream_gif(real: np.ndarray, dream: np.ndarray, path: Path | str, fps: float = 4, **options) -> Path:
    """Write the frames of `dream_frames`, which takes the `options`, as a GIF resting on the last; returns its path."""
    return save_gif(dream_frames(real, dream, **options), path, fps=fps)


def door_gif(
    frames: Sequence[np.ndarray],
    path: Path | str,
    rewards: Sequence[float] | None = None,
    fps: float = 5,
    scale: int = 2,
) -> Path:
    """Write full renders of an episode, uint8 (H, W, 3) each, as a GIF with step and return so far; returns its path.

    `rewards` (T,) arrived with the frames, the first one's is 0; `scale` enlarges without smoothing. Raises
    `MbrlError` if the lengths differ.
    """
    if rewards is not None and len(rewards) != len(frames):
        raise MbrlError(
            f"expected one reward for each frame, got {len(rewards)} for {len(frames)}: the first frame's reward is 0"
        )
    frames = [np.asarray(frame).repeat(scale, axis=0).repeat(scale, axis=1) for frame in frames]
    total = np.cumsum(np.zeros(len(frames)) if rewards is None else rewards)
    texts = [f"step {t}" if rewards is None else f"step {t}   return {total[t]:.2f}" for t in range(len(frames))]
    return save_gif([caption(frame, text) for frame, text in zip(frames, texts, strict=True)], path, fps=fps)


def check_pair(real: np.ndarray, dream: np.ndarray, context: int) -> None:
    """Raise `MbrlError` unless both hold the same T frames and 0 <= `context` <= T."""
    if np.shape(real) != np.shape(dream) or len(real) == 0:
        raise MbrlError(
            f"expected a dream of the same shape as what happened, at least one frame long, got "
            f"{np.shape(dream)} for {np.shape(real)}: compare the same steps of the same episode"
        )
    if not 0 <= context <= len(real):
        raise MbrlError(
            f"expected a context between 0 and the {len(real)} frames given, got {context}: "
            f"it counts the frames the model saw"
        )


def action_name(action: int, names: Sequence[str] | None) -> str:
    """The action's name where names are given, else "a = 3"."""
    return str(names[action]) if names is not None else f"a = {action}"


def _draw_block(figure: Picture, y: float, side: float, times: np.ndarray, story: _Story) -> None:
    """The frames at `times` in three rows, the first `y` inches below the figure's top."""
    width = len(times) * side
    world = _axes(figure, y, side, width)
    dream = _axes(figure, y + side + BETWEEN, side, width)
    _draw_row(world, times, story.world, story.rewards[0], "what\nhappened")
    _draw_row(dream, times, story.dream, story.rewards[1], "what was\ndreamt")
    _mark_context(world, times, story.context, side)
    if story.actions is not None:
        _name_actions(world, times, story.actions)
    if story.kind == "grid":
        _outline_wrong(dream, times, story.wrong)
    _draw_wrong(_axes(figure, y + 2 * side + BETWEEN, SHARE, width), times, story)


def _axes(figure: Picture, y: float, height: float, width: float):
    """Axes `y` inches below the figure's top, `height` and `width` inches large."""
    full = figure.get_figheight()
    return figure.add_axes((LEFT / WIDTH, 1 - (y + height) / full, width / WIDTH, height / full))


def _draw_row(axes, times: np.ndarray, pictures: np.ndarray, rewards: Sequence[float] | None, name: str) -> None:
    """One row of pictures, frame t around x = t in its own proportions; rewards other than 0 above their frame."""
    for t in times:
        picture = pictures[t]
        half = 0.46 * np.array(picture.shape[:2]) / max(picture.shape[:2])  # (2,) height and width
        extent = (t - half[1], t + half[1], 0.5 - half[0], 0.5 + half[0])
        axes.imshow(picture, extent=extent, interpolation="antialiased", aspect="auto")
        if rewards is not None and abs(rewards[t]) >= 0.005:
            axes.text(t, 1.0, f"r = {rewards[t]:.2f}", ha="center", va="bottom", fontsize=8, color=INK, weight="bold")
    axes.set(xlim=(times[0] - 0.5, times[-1] + 0.5), ylim=(0, 1), xticks=[], yticks=[])
    axes.set_ylabel(name, rotation=0, ha="right", va="center", color=INK, fontsize=10)
    axes.spines[:].set_visible(False)


def _outline_wrong(axes, times: np.ndarray, wrong: np.ndarray) -> None:
    """A thin outline around each wrong cell of a dreamt grid; wrong is (T, V, V), x first."""
    cell = 0.92 / wrong.shape[1]
    for t in times:
        for x, y in np.argwhere(wrong[t]):
            corner = (t - 0.46 + x * cell, 0.96 - (y + 1) * cell)
            axes.add_patch(Rectangle(corner, cell, cell, fill=False, edgecolor=VERMILION, linewidth=1.2))


def _mark_context(axes, times: np.ndarray, context: int, side: float) -> None:
    """Coloured bars above the frames: those the model saw, and those it dreamt without looking."""
    for mine, colour, text in (
        (times[times < context], SKY, "seen"),
        (times[times >= context], PURPLE, "dreamt without looking"),
    ):
        if len(mine):
            left, bottom = mine[0] - 0.46, 1 + 0.19 / side
            axes.add_patch(
                Rectangle((left, bottom), len(mine) - 0.08, 0.05 / side, color=colour, clip_on=False, linewidth=0)
            )
            axes.text(left, bottom + 0.08 / side, text, fontsize=9, color=INK)


def _name_actions(axes, times: np.ndarray, names: list[str]) -> None:
    """Below each frame the action taken in it; the last frame's is a dummy."""
    for t in times[times < len(names) - 1]:
        axes.text(t, -0.01, names[t], fontsize=8, color=GREY, ha="center", va="top")


def _draw_wrong(axes, times: np.ndarray, story: _Story) -> None:
    """Bars of the share that is wrong in each frame, its number, and the step below it."""
    share, context = story.share, story.context
    top = max(0.2, float(share.max()) * 1.15)
    axes.bar(times, share[times], width=0.92, color=VERMILION, linewidth=0)
    for t in times:
        text = f"{int(story.wrong[t].sum())} of {story.wrong[t].size}" if story.kind == "grid" else f"{share[t]:.0%}"
        axes.text(t, share[t] + 0.03 * top, text, ha="center", va="bottom", fontsize=8, color=INK if share[t] else GREY)
    steps = [f"step {t}" if t < context else f"+{t - context + 1}" for t in times]
    axes.set(xlim=(times[0] - 0.5, times[-1] + 0.5), ylim=(0, top * 1.4), yticks=[], xticks=times, xticklabels=steps)
    axes.tick_params(length=0, labelsize=9, colors=INK, pad=2)
    axes.set_ylabel(UNITS[story.kind], rotation=0, ha="right", va="center", color=INK, fontsize=10)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)


def _alt(title: str, story: _Story) -> str:
    share = story.share
    text = f"{title}: {len(share)} frames in two rows; the model saw the first {story.context} and dreamt the rest."
    unit = "of the cells are wrong" if story.kind == "grid" else "of the range is the mean error"
    if story.context < len(share):
        text += f" In the dreamt frames {share[story.context :].mean():.0%} {unit}, in the last one {share[-1]:.0%}."
    return text
