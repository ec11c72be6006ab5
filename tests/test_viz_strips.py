"""Laws of dream strips and GIFs: every frame is there, in time and colour; what is wrong is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageSequence

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz import door_gif, dream_frames, dream_gif, dream_strip, save_gif
from mbrl_lite.viz.style import write_whole

NAMES = ["left", "right", "forward", "pick up", "drop", "toggle", "done"]


def story(steps=20, wrong=lambda t: 0):
    """An episode of distinct views, and a dream with `wrong(t)` cells wrong in frame t."""
    rng = np.random.default_rng(0)
    real = rng.integers(0, 3, (steps, 7, 7, 3)).astype(np.uint8)
    dream = real.copy()
    for t in range(steps):
        cells = rng.choice(49, wrong(t), replace=False)
        dream[t].reshape(49, 3)[cells, 0] += 1
    return real, dream


def read(path):
    with Image.open(path) as gif:
        frames = [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(gif)]
        return [frame for frame, _ in frames], [duration for _, duration in frames], gif.info.get("loop")


def words(figure):
    ticks = [label.get_text() for axes in figure.axes for label in axes.get_xticklabels()]
    return [text.get_text() for axes in figure.axes for text in axes.texts] + ticks


@pytest.mark.parametrize("columns", [7, 10, 20])
def test_a_strip_shows_every_frame_of_both_rows_and_says_what_was_seen(columns):
    figure = dream_strip(*story(), context=5, columns=columns)
    assert sum(len(axes.images) for axes in figure.axes) == 40
    shown = words(figure)
    assert "seen" in shown and "dreamt without looking" in shown
    assert [f"step {t}" for t in range(5)] + [f"+{n}" for n in range(1, 16)] == [w for w in shown if w[:1] in "s+"][
        -20:
    ]


def test_a_strip_counts_and_outlines_the_wrong_cells_of_each_frame():
    figure = dream_strip(*story(6, wrong=lambda t: 3 * t), context=2)
    assert [w for w in words(figure) if w.endswith(" of 49")] == [f"{3 * t} of 49" for t in range(6)]
    outlines = [patch for axes in figure.axes for patch in axes.patches if not patch.get_fill()]
    assert len(outlines) == sum(3 * t for t in range(6))


def test_outlines_stand_on_the_cells_that_differ():
    real, dream = story(1)
    dream[0, 2, 5, 1] += 1  # the third column, the sixth row
    (outline,) = (patch for axes in dream_strip(real, dream, 0).axes for patch in axes.patches if not patch.get_fill())
    centre = outline.get_x() + outline.get_width() / 2, outline.get_y() + outline.get_height() / 2
    assert centre == pytest.approx((-0.46 + 0.92 * 2.5 / 7, 0.96 - 0.92 * 5.5 / 7))


def test_a_strip_names_actions_and_rewards_where_there_are_any():
    real, dream = story(4)
    shown = words(dream_strip(real, dream, 2, actions=[0, 5, 2, 6], action_names=NAMES, reward=[0, 0, 0, 0.95]))
    assert [w for w in shown if w in NAMES] == ["left", "toggle", "forward"]  # the last action is a dummy
    assert [w for w in shown if w.startswith("r =")] == ["r = 0.95"]


def test_images_and_vectors_make_strips_too(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 10, 12, 3)).astype(np.uint8)
    vectors = rng.normal(size=(2, 8, 4)).astype(np.float32)
    for kind, pair in (("image", images), ("vector", vectors)):
        figure = dream_strip(*pair, context=3, kind=kind, path=tmp_path / f"{kind}.png")
        assert len([w for w in words(figure) if w.endswith("%")]) == 8
        with Image.open(tmp_path / f"{kind}.png") as image:
            assert image.width == 1960 and image.text["Description"] == figure.alt


def test_the_alt_text_says_how_much_is_wrong():
    figure = dream_strip(*story(10, wrong=lambda t: 49 if t >= 5 else 0), context=5)
    assert "the model saw the first 5" in figure.alt and "100% of the cells are wrong" in figure.alt


def test_a_dream_gif_holds_every_frame_and_rests_on_the_last(tmp_path):
    path = dream_gif(*story(20, wrong=lambda t: t), tmp_path / "dream.gif", context=5, fps=4, actions=[5] * 20)
    frames, durations, loop = read(path)
    assert len(frames) == 20 and durations == [250] * 19 + [1500] and loop == 0
    assert path.stat().st_size < 300_000
    for shown, drawn in zip(frames, dream_frames(*story(20, wrong=lambda t: t), context=5, actions=[5] * 20)):
        assert np.abs(shown.astype(int) - drawn).mean() < 4


def test_a_moving_dream_names_the_action_that_led_to_each_frame():
    before, after = (
        dream_frames(*story(4), context=2, actions=[0, action, 0, 0], action_names=NAMES) for action in (1, 5)
    )
    assert [bool((a != b).any()) for a, b in zip(before, after)] == [False, False, True, False]


def test_a_door_gif_holds_the_renders_enlarged_above_their_captions(tmp_path):
    renders = np.random.default_rng(0).integers(0, 3, (6, 20, 30, 3)).astype(np.uint8) * 100
    path = door_gif(renders, tmp_path / "door.gif", rewards=[0, 0, 0, 0, 0, 0.9], scale=4)
    frames, durations, _ = read(path)
    assert len(frames) == 6 and frames[0].shape[1] == 120 and sum(durations) == 5 * 200 + 1500
    assert np.array_equal(frames[3][:80:4, ::4], renders[3])  # few colours are kept exactly


@settings(max_examples=20, deadline=None)
@given(hnp.arrays(np.uint8, (5, 4, 6, 3)), st.sampled_from([1, 3]))
def test_few_colours_survive_exactly_and_equal_frames_last_longer(tmp_path_factory, frames, scale):
    path = save_gif(frames, tmp_path_factory.mktemp("gif") / "some.gif", fps=10, scale=scale)
    shown, durations, _ = read(path)
    assert sum(durations) == 4 * 100 + 1500
    distinct = [frame for t, frame in enumerate(frames) if t == 0 or (frame != frames[t - 1]).any()]
    assert len(shown) == len(distinct)
    for picture, frame in zip(shown, distinct):
        assert np.array_equal(picture[::scale, ::scale], frame)


def test_mistakes_are_named(tmp_path):
    real, dream = story(6)
    frame = np.zeros((4, 4, 3), np.uint8)
    cases = {
        "same shape": lambda: dream_strip(real, dream[:5]),
        "at least one frame": lambda: dream_frames(real[:0], dream[:0]),
        "context between 0 and the 6": lambda: dream_strip(real, dream, context=7),
        "one reward for each frame": lambda: door_gif([frame], tmp_path / "a.gif", rewards=[0, 1]),
        "got 0 frames": lambda: save_gif([], tmp_path / "a.gif"),
        "frames of one size": lambda: save_gif([frame, frame[:3]], tmp_path / "a.gif"),
        "fps above 0": lambda: save_gif([frame], tmp_path / "a.gif", fps=0),
        "uint8": lambda: save_gif([frame.astype(float)], tmp_path / "a.gif"),
    }
    for words_of_it, mistake in cases.items():
        with pytest.raises(MbrlError) as error:
            mistake()
        assert words_of_it in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "a.gif", b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and [file.name for file in tmp_path.iterdir()] == ["a.gif"]
