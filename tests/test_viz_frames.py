"""Laws of single pictures: total over whatever a model may dream, and MiniGrid's own where the world is real."""

import gymnasium as gym
import minigrid  # noqa: F401 - registers its environments
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.frames import render_obs, render_obs_batch, wrong_cells

VIEWS = hnp.arrays(np.uint8, (7, 7, 3))
LARGEST = np.array([10, 5, 2])  # object types, colours, states


def episode(env_id: str, steps: int = 25):
    env = gym.make(env_id, render_mode="rgb_array").unwrapped
    obs, _ = env.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        yield env, obs["image"]
        obs = env.step(rng.integers(env.action_space.n))[0]


@pytest.mark.parametrize("env_id", ["MiniGrid-DoorKey-5x5-v0", "MiniGrid-Unlock-v0", "MiniGrid-LavaGapS5-v0"])
def test_a_real_view_is_drawn_as_minigrid_draws_it(env_id):
    for env, view in episode(env_id):
        assert np.array_equal(render_obs(view, "grid", tile=12), env.get_pov_render(tile_size=12))


@settings(max_examples=50, deadline=None)
@given(VIEWS, st.integers(4, 20))
def test_every_array_of_bytes_can_be_drawn_and_is_drawn_as_its_nearest_legal_view(view, tile):
    picture = render_obs(view, "grid", tile)
    assert picture.shape == (7 * tile, 7 * tile, 3) and picture.dtype == np.uint8
    assert np.array_equal(picture, render_obs(np.minimum(view, LARGEST).astype(np.uint8), "grid", tile))


def test_drawing_leaves_the_observation_alone():
    view = np.full((7, 7, 3), 255, np.uint8)
    render_obs(view, "grid")
    assert (view == 255).all()


def test_unseen_cells_are_darker_than_any_seen_one():
    cells = [(kind, colour, state) for kind in range(1, 11) for colour in range(6) for state in range(3)]
    unseen = render_obs(np.zeros((7, 7, 3), np.uint8), "grid", 24)[:24, :24]  # the top left cell, far from the agent
    for cell in cells:
        view = np.zeros((7, 7, 3), np.uint8)
        view[0, 0] = cell
        assert render_obs(view, "grid", 24)[:24, :24].mean() > 2 * unseen.mean()


def test_what_is_carried_is_drawn_in_the_agents_own_cell_and_nowhere_else():
    empty = np.zeros((7, 7, 3), np.uint8)
    empty[..., 0] = 1
    carrying = empty.copy()
    carrying[3, 6] = (5, 4, 0)  # a yellow key
    changed = (render_obs(empty, "grid", 24) != render_obs(carrying, "grid", 24)).any(-1)
    assert changed[144:, 72:96].any()
    changed[144:, 72:96] = False
    assert not changed.any()


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 80), st.integers(1, 80), st.sampled_from([1, 3]))))
def test_an_image_is_enlarged_without_a_new_colour(image):
    picture = render_obs(image, "image", tile=10)
    times = max(1, 70 // max(image.shape[:2]))
    assert picture.shape == (image.shape[0] * times, image.shape[1] * times, 3)
    for dy, dx in ((0, 0), (times - 1, times - 1)):
        assert np.array_equal(picture[dy::times, dx::times], np.broadcast_to(image, (*image.shape[:2], 3)))


@settings(max_examples=50, deadline=None)
@given(st.floats(-2, 2), st.floats(0.5, 2))
def test_a_bar_is_as_long_as_its_value(value, scale):
    picture = render_obs(np.array([value]), "vector", tile=20, scale=scale)
    up, down = ((picture == colour).all(-1)[:, 0].sum() for colour in ((0, 114, 178), (213, 94, 0)))
    expected = 70 * min(abs(value) / scale, 1.0)
    assert abs((up if value > 0 else down) - expected) <= 1
    assert (down if value > 0 else up) == 0


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float32, st.integers(1, 300)))
def test_every_vector_can_be_drawn(vector):
    picture = render_obs(vector, "vector", tile=8)
    assert picture.shape == (56, 56, 3) and picture.dtype == np.uint8
    if np.isnan(vector).all():
        assert (picture == 190).all()


def test_a_batch_is_its_frames_one_by_one():
    views = np.random.default_rng(0).integers(0, 11, (4, 7, 7, 3)).astype(np.uint8)
    assert np.array_equal(render_obs_batch(views, "grid", 8)[2], render_obs(views[2], "grid", 8))


@pytest.mark.parametrize(
    ("obs", "kind", "words"),
    [
        (np.zeros((7, 7, 3), np.uint8), "picture", "grid, image, vector"),
        (np.zeros(980, np.float32), "grid", "one-hot"),
        (np.zeros((7, 7, 3), np.float32), "grid", "float32"),
        (np.zeros((8, 8, 3), np.float32), "image", "0..255"),
        (np.zeros((8, 8, 4), np.uint8), "image", "(8, 8, 4)"),
        (np.zeros((2, 2)), "vector", "flatten"),
        (np.array(["a"]), "vector", "flatten"),
    ],
)
def test_a_wrong_observation_is_named(obs, kind, words):
    with pytest.raises(MbrlError) as error:
        render_obs(obs, kind)
    assert words in str(error.value)


def test_no_frames_and_no_scale_are_named():
    with pytest.raises(MbrlError, match="at least one observation"):
        render_obs_batch(np.zeros((0, 7, 7, 3), np.uint8), "grid")
    with pytest.raises(MbrlError, match="scale above 0"):
        render_obs(np.zeros(3), "vector", scale=0.0)


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.uint8, (2, 3, 7, 7, 3), elements=st.integers(0, 3)))
def test_wrong_cells_are_those_that_differ_in_any_channel(pair):
    real, dream = pair
    wrong = wrong_cells(real, dream, "grid")
    assert wrong.shape == (3, 7, 7)
    for index in np.ndindex(3, 7, 7):
        assert wrong[index] == (tuple(real[index]) != tuple(dream[index]))


def test_the_error_of_an_image_or_vector_is_a_share_of_its_range():
    black, white = np.zeros((2, 4, 5, 3), np.uint8), np.full((2, 4, 5, 3), 255, np.uint8)
    assert (wrong_cells(black, white, "image") == 1).all() and (wrong_cells(white, white, "image") == 0).all()
    assert np.allclose(wrong_cells(black, np.full_like(black, 51), "image"), 0.2)
    low, high = np.full((2, 3), -2.0), np.full((2, 3), 2.0)
    assert np.allclose(wrong_cells(low, high, "vector", scale=2.0), 1.0)
    assert np.allclose(wrong_cells(low, np.full((2, 3), np.nan), "vector", scale=2.0), 1.0)
    with pytest.raises(MbrlError, match="same shape"):
        wrong_cells(black, white[:1], "image")
