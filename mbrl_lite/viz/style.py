"""One look for all figures: colours that survive colour blindness (Okabe and Ito, 2008), and files written whole."""

import io
import os
from pathlib import Path

from matplotlib.figure import Figure

BLUE = "#0072B2"  # ours: the agent, what it learned
ORANGE = "#E69F00"  # the baseline
GREEN = "#009E73"  # a goal reached
VERMILION = "#D55E00"  # wrong
PURPLE = "#CC79A7"  # dreamt
SKY = "#56B4E9"  # seen
INK = "#222222"
GREY = "#777777"
PALE = "#EDEDED"
RUNS = (BLUE, GREEN, VERMILION, PURPLE, SKY, ORANGE)  # one a seed


class Picture(Figure):
    """A matplotlib figure that shows itself once in a notebook, with its alt text, and needs no pyplot state."""

    def __init__(self, width: float, height: float, alt: str = ""):
        super().__init__(figsize=(width, height), dpi=100, layout="constrained", facecolor="white")
        self.alt = alt

    def png(self, dpi: int = 140) -> bytes:
        """The figure as the bytes of a PNG file whose description is the alt text."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=dpi, metadata={"Description": self.alt, "Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(dpi=100), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def finish(figure: Picture, path: Path | str | None) -> Picture:
    """Save the figure as PNG when a path is given, and return it."""
    if path is not None:
        write_whole(path, figure.png())
    return figure


def plain_axes(axes, title: str, xlabel: str, ylabel: str) -> None:
    """Title at the left, labels, and only the two axes that carry numbers."""
    axes.set_title(title, loc="left", fontsize=13, color=INK)
    axes.set_xlabel(xlabel, color=INK)
    axes.set_ylabel(ylabel, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=PALE, linewidth=1)
    axes.set_axisbelow(True)


def write_whole(path: Path | str, data: bytes) -> Path:
    """Write a file all at once: a reader finds the old one or the new one, never half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
