"""Laws of the open-loop figure: every frame and every number it was given is in it, and nothing else."""

import numpy as np
import pytest

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.open_loop import FLOOR, draw_open_loop

RNG = np.random.default_rng(0)
TRUTH, DREAM = RNG.random((5, 4, 6)), RNG.random((5, 4, 6))
CURVES = {"both": [1.0, 0.8, 0.2], "one frame": [0.0]}


def test_the_strip_holds_truth_above_dream_frame_by_frame():
    top = draw_open_loop(TRUTH, DREAM, CURVES, "A title").axes[0]
    sheet = np.asarray(top.images[0].get_array())
    for k in range(5):
        assert np.array_equal(sheet[:4, 7 * k : 7 * k + 6], TRUTH[k])
        assert np.array_equal(sheet[5:9, 7 * k : 7 * k + 6], DREAM[k])
    assert [label.get_text() for label in top.get_xticklabels()] == ["+1", "+2", "+3", "+4", "+5"]
    assert [label.get_text() for label in top.get_yticklabels()] == ["truth", "dream"]


def test_each_curve_begins_at_open_eyes_and_a_single_number_is_a_mark():
    bottom = draw_open_loop(TRUTH, DREAM, CURVES, "A title", pale={"both": [1.0, 0.9], "other": [0.5]}).axes[1]
    drawn = [(line.get_label(), list(line.get_xdata()), list(line.get_ydata())) for line in bottom.lines]
    assert drawn[0] == ("both", [0, 1, 2], [1.0, 0.8, 0.2])
    assert drawn[1][1:] == ([0, 1], [1.0, 0.9])  # the other run, under the same name and colour
    assert bottom.lines[0].get_color() == bottom.lines[1].get_color()
    assert bottom.lines[1].get_alpha() < 1
    assert drawn[2] == ("one frame", [0], [0.0]) and bottom.lines[2].get_marker() == "o"
    assert [text.get_text() for text in bottom.get_legend().get_texts()] == ["both", "one frame"]
    assert bottom.get_ylim()[0] == FLOOR and bottom.get_xlabel() and bottom.get_ylabel()


def test_the_words_say_the_numbers():
    alt = draw_open_loop(TRUTH, DREAM, CURVES, "A title").alt
    assert "A title" in alt and "5 true frames" in alt and "both 1.00 at first and 0.20 at the end" in alt


@pytest.mark.parametrize(
    "truth, dream, curves, words",
    [
        (TRUTH, DREAM[:4], CURVES, "one shape"),
        (TRUTH[..., None], DREAM[..., None], CURVES, "without the channel"),
        (TRUTH[:0], DREAM[:0], CURVES, "one shape"),
        (TRUTH, DREAM, {}, "at least one curve"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(truth, dream, curves, words):
    with pytest.raises(MbrlError, match=words):
        draw_open_loop(truth, dream, curves, "A title")
