"""The signature figure of open-loop dreams: a strip of truth and dream above what a probe still reads from it."""

from collections.abc import Mapping, Sequence

import numpy as np

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Picture, plain_axes

STYLES = ((BLUE, "-"), (ORANGE, "-."), (VERMILION, ":"), (GREEN, "--"), (PURPLE, (0, (5, 1))))
FLOOR = -0.5  # below it a probe is simply wrong, and how wrong is of no interest


def draw_open_loop(
    truth: np.ndarray,
    dream: np.ndarray,
    curves: Mapping[str, Sequence[float]],
    title: str,
    pale: Mapping[str, Sequence[float]] | None = None,
    asked: str = "velocity",
) -> Picture:
    """Truth above dream, K grey frames (K, H, W) in [0, 1] each, and below them R^2 against steps dreamt.

    `curves` name R^2 after 0, 1, 2, ... dreamt steps; 0 is with open eyes, and a curve of one point is drawn as a
    mark there. `pale` are curves of another run under the same names, drawn behind. R^2 below -0.5 is cut off.
    Raises `MbrlError` where the two rows differ in shape or there is no curve.
    """
    rows = [np.asarray(row, dtype=float) for row in (truth, dream)]
    if rows[0].shape != rows[1].shape or rows[0].ndim != 3 or not len(rows[0]):
        raise MbrlError(
            f"expected two rows of frames (K, H, W) of one shape, got {rows[0].shape} and {rows[1].shape}: "
            f"take the same steps of both, without the channel"
        )
    if not curves:
        raise MbrlError("expected at least one curve, got none: give a name and its R^2 after 0, 1, ... dreamt steps")
    figure = Picture(9.5, 5.2, _alt(title, rows[0], curves))
    top, bottom = figure.subplots(2, 1, height_ratios=[1.1, 2])
    _draw_rows(top, rows, title)
    for (name, curve), (colour, line) in zip(curves.items(), _cycle(len(curves)), strict=True):
        _draw_curve(bottom, curve, colour, line, label=name)
        if pale and name in pale:
            _draw_curve(bottom, pale[name], colour, line, alpha=0.3)
    bottom.axhline(0, color=GREY, linewidth=1)
    plain_axes(bottom, f"What a linear probe still reads of the {asked}", "steps dreamt (0: eyes open)", "R² (1: all)")
    bottom.set_ylim(FLOOR, 1.05)
    bottom.legend(frameon=False, loc="upper right")
    return figure


def _draw_rows(axes, rows: list[np.ndarray], title: str) -> None:
    count, height, width = rows[0].shape
    framed = [np.pad(row, ((0, 0), (0, 1), (0, 1)), constant_values=0.5) for row in rows]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in framed], axis=0)
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks((width + 1) * np.arange(count) + width / 2 - 0.5, [f"+{k}" for k in range(1, count + 1)])
    axes.set_yticks([height / 2, height + 1 + height / 2], ["truth", "dream"])
    axes.tick_params(length=0, colors=INK)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", fontsize=13, color=INK)


def _draw_curve(axes, curve: Sequence[float], colour: str, line, label: str | None = None, alpha: float = 1) -> None:
    mark = "o" if len(curve) == 1 else None
    axes.plot(
        range(len(curve)), curve, color=colour, linestyle=line, marker=mark, linewidth=2, alpha=alpha, label=label
    )


def _cycle(count: int) -> list:
    return [STYLES[i % len(STYLES)] for i in range(count)]


def _alt(title: str, truth: np.ndarray, curves: Mapping[str, Sequence[float]]) -> str:
    told = ", ".join(f"{name} {curve[0]:.2f} at first and {curve[-1]:.2f} at the end" for name, curve in curves.items())
    return f"{title}: {len(truth)} true frames above the dreamt ones, and R² against dreamt steps: {told}."
