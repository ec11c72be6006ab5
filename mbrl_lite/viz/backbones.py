"""The signature figure of sequence models: what a training pass costs at each length, and what is still recalled."""

import math
from collections.abc import Mapping, Sequence

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.style import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Picture, plain_axes

LOOKS = {  # colour, mark and line of each, the same in both halves
    "gru": (ORANGE, "s", "--"),
    "transformer": (VERMILION, "D", ":"),
    "s4d": (GREEN, "^", "-."),
    "mamba2": (BLUE, "o", "-"),
}
NAMES = {"gru": "GRU", "transformer": "Transformer", "s4d": "S4D", "mamba2": "Mamba-2"}


def draw_backbones(
    rows: Sequence[Mapping],
    recall: Mapping[str, Mapping[int, float]],
    crossings: Mapping[tuple[int, str], float],
    title: str,
    chance: float = 1 / 8,
    logged: Mapping[str, Mapping[int, float]] | None = None,
) -> Picture:
    """Cost against length, a panel for each batch size, and recall against length at the right.

    The recall panel has models that were trained at one length; `logged` are recall curves of models trained anew at
    each length, in a panel of their own.

    `rows` are those of `evaluation.sequence_cost.cost_map`; `recall` has a curve {length: share} for each name;
    `crossings` name the length from which on Mamba-2 is cheaper than another, by (B, name). Names begin with the
    sequence model's, as in "gru, gradients of 8 steps". Raises `MbrlError` for a name without a look, or no rows.
    """
    batches = sorted({row["B"] for row in rows})
    if not batches:
        raise MbrlError("expected at least one row of the cost map, got none: measure a batch size and a length")
    asked = {"Recall, trained at one length": recall} | ({"Recall, a model for each length": logged} if logged else {})
    picture = Picture(4.0 * (len(batches) + len(asked)), 4.0)
    panels = picture.subplots(1, len(batches) + len(asked))
    for axes, B in zip(panels, batches, strict=False):
        _draw_costs(axes, [row for row in rows if row["B"] == B], {n: T for (b, n), T in crossings.items() if b == B})
        plain_axes(axes, f"Training, batch of {B}", "length of the sequences (steps)", "milliseconds a layer")
    for axes, (name, curves) in zip(panels[len(batches) :], asked.items(), strict=True):
        _draw_recall(axes, curves, chance)
        plain_axes(axes, name, "noise between cue and question (steps)", "share of cues recalled")
    picture.suptitle(title, x=0.01, ha="left", fontsize=13, color=INK)
    return picture


def _look(name: str) -> tuple[str, str, str]:
    first = name.split(",")[0]
    if first not in LOOKS:
        raise MbrlError(f"expected a name that begins with one of {', '.join(LOOKS)}, got {name!r}")
    return LOOKS[first]


def _label(name: str) -> str:
    first, comma, rest = name.partition(",")
    return NAMES[first] + comma + rest


def _draw_costs(axes, rows: list, crossings: Mapping[str, float]) -> None:
    lengths = [row["T"] for row in rows]
    for name in rows[0]:
        if name not in ("B", "T"):
            colour, mark, line = _look(name)
            axes.plot(lengths, [row[name] for row in rows], line, marker=mark, color=colour, label=_label(name))
    axes.set(xscale="log", yscale="log", xticks=lengths, xticklabels=lengths)
    axes.minorticks_off()
    costs = [row[name] for row in rows for name in row if name not in ("B", "T")]
    axes.set_ylim(bottom=min(costs) * (min(costs) / max(costs)) ** 0.5)  # the lowest third is for words
    for place, (name, T) in enumerate(crossings.items()):
        axes.axvline(T, color=_look(name)[0], linewidth=1)
        side = "left" if math.sqrt(lengths[0] * lengths[-1]) > T else "right"  # the half with more room
        words = f" Mamba-2 cheaper \n than {_label(name)} "
        axes.text(T, 0.02 + 0.13 * place, words, transform=axes.get_xaxis_transform(), fontsize=8, color=INK, ha=side)
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _draw_recall(axes, recall: Mapping, chance: float) -> None:
    lengths = sorted({length for curve in recall.values() for length in curve})
    for name, curve in recall.items():
        colour, mark, line = _look(name)
        axes.plot(list(curve), list(curve.values()), line, marker=mark, color=colour, label=_label(name))
    axes.axhline(chance, color=GREY, linewidth=1, label="chance")
    ticks = legible(lengths)
    axes.set(xscale="log", ylim=(0, 1.5), xticks=ticks, xticklabels=ticks, yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8, loc="upper left")  # the highest third is for names


def legible(lengths: Sequence[int], ratio: float = 1.6) -> list[int]:
    """Those of the rising lengths whose names do not run into each other on a logarithmic axis."""
    kept: list[int] = []
    for length in lengths:
        if not kept or length >= ratio * kept[-1]:
            kept.append(length)
    return kept
