"""The figure of costs and recall: a panel for each batch, a line for each model, a mark where lines cross."""

import pytest

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.backbones import draw_backbones, legible

ROWS = [{"B": B, "T": T, "gru": 3.0 * T, "mamba2": 10.0 + T} for B in (2, 16) for T in (4, 16, 64)]
RECALL = {"gru, window of 8": {4: 1.0, 16: 0.2}, "mamba2": {4: 1.0, 16: 0.9}}


def test_there_is_a_panel_for_each_batch_and_one_for_recall():
    picture = draw_backbones(ROWS, RECALL, {(2, "gru"): 5.0}, "costs")
    left, right, recall = picture.axes
    assert [axes.get_title(loc="left") for axes in picture.axes] == [
        "Training, batch of 2",
        "Training, batch of 16",
        "Recall, trained at one length",
    ]
    assert [line.get_label() for line in recall.lines] == ["GRU, window of 8", "Mamba-2", "chance"]
    assert list(left.lines[0].get_ydata()) == [12.0, 48.0, 192.0]
    assert len(left.lines) == 3 and len(right.lines) == 2  # the crossing belongs to the batch of 2 alone
    assert "than GRU" in left.texts[0].get_text() and not right.texts
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in picture.axes)


def test_models_trained_at_each_length_have_a_panel_of_their_own():
    panels = draw_backbones(ROWS, RECALL, {}, "costs", logged={"gru": {64: 0.25}}).axes
    assert panels[-1].get_title(loc="left") == "Recall, a model for each length"
    assert [line.get_label() for line in panels[-1].lines] == ["GRU", "chance"]
    assert [line.get_label() for line in panels[-2].lines] == ["GRU, window of 8", "Mamba-2", "chance"]


def test_a_model_has_one_colour_in_all_panels():
    left, right, recall = draw_backbones(ROWS, RECALL, {}, "costs").axes
    assert left.lines[0].get_color() == right.lines[0].get_color() == recall.lines[0].get_color()
    assert left.lines[0].get_color() != left.lines[1].get_color()


@pytest.mark.parametrize(
    ("rows", "recall", "words"),
    [([], RECALL, "expected at least one row"), (ROWS, {"lstm": {4: 1.0}}, "begins with one of gru")],
)
def test_what_cannot_be_drawn_is_one_sentence(rows, recall, words):
    with pytest.raises(MbrlError, match=words):
        draw_backbones(rows, recall, {}, "costs")


def test_names_of_lengths_do_not_run_into_each_other():
    assert legible([6, 12, 16, 24, 48, 64, 96, 256, 1024]) == [6, 12, 24, 48, 96, 256, 1024]
    assert legible([16, 64, 256]) == [16, 64, 256] and legible([]) == []
