"""Laws of learning curves: the line is the statistic, a crossing is the first full window's, mistakes are named."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.yardstick import Yardstick, first_reach, trailing_mean
from mbrl_lite.viz import learning_curve, multi_seed_curve

ENV = "MiniGrid-DoorKey-5x5-v0"


def episodes(returns, every=10):
    return [{"kind": "episode", "step": every * (i + 1), "return": float(r)} for i, r in enumerate(returns)]


def yardstick(env_id=ENV):
    steps = np.arange(100, 2001, 100)
    curves = np.stack([np.linspace(0, 1, 20), np.linspace(0, 0.5, 20), np.linspace(0, 0.95, 20)])
    curves[:, 0] = np.nan
    return Yardstick("PPO", env_id, steps, curves, (1800, None, 1900), (1.0, 1.0, 1.0), 0.9, 50, 2000)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def line(figure, label):
    return next(line for line in figure.axes[0].lines if line.get_label() == label)


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.integers(1, 20))
def test_the_trailing_mean_is_the_mean_of_the_last_episodes(returns, window):
    for i, mean in enumerate(trailing_mean(returns, window)):
        last = returns[: i + 1][-window:]
        assert mean == pytest.approx(sum(last) / len(last), abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 120), st.integers(0, 120), st.integers(1, 40))
def test_failures_then_successes_cross_when_nine_tenths_of_a_full_window_are_successes(failures, successes, tens):
    window = 10 * tens
    steps = 7 * np.arange(1, failures + successes + 1)
    expected = max(window, failures + 9 * tens)  # as many episodes are needed
    reach = first_reach(steps, [0.0] * failures + [1.0] * successes, 0.9, window)
    assert reach == (7 * expected if failures + successes >= expected and successes >= 9 * tens else None)


def test_a_window_that_is_not_full_is_no_reach():
    assert first_reach(range(49), [1.0] * 49) is None
    assert first_reach(range(50), [1.0] * 50) == 49


def test_steps_that_go_back_or_are_missing_are_named():
    for steps in ([1, 3, 2], [1, 2]):
        with pytest.raises(MbrlError, match="never-decreasing"):
            first_reach(steps, [0.0, 0.0, 0.0])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=80))
def test_the_line_is_the_statistic_once_the_window_is_full(returns):
    figure = learning_curve(episodes(returns), window=20)
    drawn = line(figure, "mean of the last 20 episodes")
    assert np.allclose(drawn.get_ydata(), trailing_mean(returns, 20)[19:])
    assert np.array_equal(drawn.get_xdata(), 10 * np.arange(20, len(returns) + 1))


def test_the_first_crossing_is_written_at_its_step():
    figure = learning_curve(episodes([0] * 30 + [1] * 80), env_id=ENV)
    assert "0.9 at step 750" in texts(figure) and "first reaches 0.9 at step 750" in figure.alt
    never = learning_curve(episodes([0] * 60), env_id=ENV)
    assert "never reaches 0.9" in never.alt and not [text for text in texts(never) if "at step" in text]


def test_axes_are_labelled_with_units_and_the_return_is_explained_only_where_it_is_true():
    figures = [learning_curve(episodes([0, 1]), env_id=ENV), multi_seed_curve([episodes([0, 1])], env_id=ENV)]
    for figure in figures:
        assert figure.axes[0].get_xlabel() == "environment steps" and figure.axes[0].get_title(loc="left")
        assert figure.axes[0].get_ylabel() == "return (1 = at once, 0 = never)"
    other = learning_curve(episodes([20, 500]), threshold=None, env_id="CartPole-v1")
    assert other.axes[0].get_ylabel() == "return of an episode" and other.axes[0].get_ylim()[1] > 500


def test_the_yardstick_is_drawn_as_its_median_and_each_seed():
    baseline = yardstick()
    axes = learning_curve(episodes([0] * 60), yardstick=baseline, env_id=ENV).axes[0]
    median = next(line for line in axes.lines if line.get_label().startswith("PPO"))
    assert np.allclose(median.get_ydata(), np.median(baseline.curves[:, 1:], axis=0)[: len(median.get_ydata())])
    assert axes.get_xlim() == (0, 2000)  # 1.25 times the median reach is beyond the budget
    with pytest.raises(MbrlError, match="yardstick for CartPole-v1"):
        learning_curve(episodes([0]), yardstick=baseline, env_id="CartPole-v1")


def test_several_seeds_are_told_apart_and_each_says_when_it_arrived():
    runs = [episodes([0] * n + [1] * 60) for n in (10, 20)] + [episodes([0] * 60)]
    figure = multi_seed_curve(runs, yardstick=yardstick(), env_id=ENV)
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert [label for label in labels if label.startswith("seed")] == [
        "seed 0: 0.9 at 550",
        "seed 1: 0.9 at 650",
        "seed 2: never 0.9",
    ]
    colours = {line(figure, label).get_color() for label in labels if label.startswith("seed")}
    assert len(colours) == 3


def test_the_file_is_the_picture_with_its_alt_text(tmp_path):
    path = tmp_path / "new" / "curve.png"
    figure = learning_curve(episodes(range(60)), path, threshold=None)
    with Image.open(path) as image:
        assert image.size == (1400, 700) and image.text["Description"] == figure.alt
    assert [file.name for file in path.parent.iterdir()] == ["curve.png"]


def test_a_notebook_gets_one_image_with_alt_text():
    figure = learning_curve(episodes([0, 1]))
    data, metadata = figure._repr_mimebundle_()
    assert Image.open(io.BytesIO(data["image/png"])).size == (1000, 500)
    assert metadata["image/png"]["alt"] == figure.alt == data["text/plain"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([], "no episode"),
        ([{"step": 1}], "KeyError"),
        (episodes([np.nan]), "not a finite number"),
        ([3], "episode lines"),
    ],
)
def test_wrong_episodes_are_named(wrong, words):
    with pytest.raises(MbrlError) as error:
        learning_curve(wrong)
    assert words in str(error.value)
    with pytest.raises(MbrlError, match="at least one run"):
        multi_seed_curve([])
