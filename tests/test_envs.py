"""Environments: one kind of observation from anything, the time convention, and returning to any moment."""

import importlib
import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from tiny import Counter, Noise, one_sentence

from mbrl_lite.envs import EVAL_SEED, EnvSpec, VecEnv, make, one_hot_view, spec_of
from mbrl_lite.envs.make import native_action
from mbrl_lite.errors import MbrlError, MissingExtra, require

BOX = spaces.Box(-1, 1, (2,), np.float64)
VIEW = spaces.Box(0, 255, (7, 7, 3), np.uint8)
PICTURE = spaces.Box(0, 255, (16, 24, 3), np.uint8)


@pytest.mark.parametrize(
    "env, spec",
    [
        ("MiniGrid-DoorKey-5x5-v0", EnvSpec("grid", (7, 7, 3), 7)),
        ("CartPole-v1", EnvSpec("vector", (4,), 2)),
        ("FrozenLake-v1", EnvSpec("vector", (16,), 4)),
        (lambda: Noise(PICTURE), EnvSpec("image", (16, 24, 3), 2)),
        (lambda: Noise(spaces.Box(0, 255, (4, 4, 3), np.uint8)), EnvSpec("vector", (48,), 2)),
        (lambda: Noise(spaces.Box(0, 1, (16, 16, 3), np.float32)), EnvSpec("vector", (768,), 2)),
        (lambda: Noise(BOX), EnvSpec("vector", (2,), 2)),
        (lambda: Noise(spaces.Box(0, 1, ())), EnvSpec("vector", (1,), 2)),
        (lambda: Noise(spaces.Discrete(5, start=3)), EnvSpec("vector", (5,), 2)),
        (lambda: Noise(spaces.MultiDiscrete([2, 3])), EnvSpec("vector", (5,), 2)),
        (lambda: Noise(spaces.Dict(a=BOX, b=spaces.Discrete(3))), EnvSpec("vector", (5,), 2)),
        (lambda: Noise(spaces.Dict(image=VIEW, direction=spaces.Discrete(4))), EnvSpec("grid", (7, 7, 3), 2)),
    ],
)
@pytest.mark.filterwarnings("ignore:.*precision lowered")
def test_every_observation_becomes_one_of_three_kinds(env, spec):
    made = make(env)
    assert spec_of(made) == spec
    for obs in (made.reset(seed=0)[0], made.step(made.action_space.start)[0]):
        assert obs.shape == spec.shape and obs.dtype == spec.dtype


def test_make_leaves_what_it_made_alone():
    once = lambda: make("FrozenLake-v1")  # noqa: E731
    assert spec_of(make(once)) == spec_of(once())


@pytest.mark.parametrize(
    "wrong, near", [("CartPole-v99", "CartPole-v1"), ("MiniGrid-DoorKey-5x5-v1", "MiniGrid-DoorKey-5x5-v0")]
)
def test_an_unknown_id_names_its_neighbours(wrong, near):
    with pytest.raises(MbrlError) as error:
        make(wrong)
    assert wrong in one_sentence(error.value) and near in str(error.value)


@pytest.mark.parametrize("wrong", ["", "no such thing", "no_such_module:World-v0", "/"])
def test_an_id_like_no_other_is_a_sentence_too(wrong):
    with pytest.raises(MbrlError, match="not known here"):
        make(wrong)


def test_a_known_id_whose_package_is_missing_names_the_package():
    gym.register("mbrl_lite/Homeless-v0", entry_point="no_such_package.worlds:World")
    try:
        with pytest.raises(MbrlError) as error:
            make("mbrl_lite/Homeless-v0")
    finally:
        del gym.registry["mbrl_lite/Homeless-v0"]
    assert "no_such_package" in one_sentence(error.value) and "not known" not in str(error.value)


def test_bounded_numbers_are_actions_too():
    env = make("Pendulum-v1")
    assert spec_of(env) == EnvSpec("vector", (3,), 1, continuous=True)
    stretched = [native_action(env, np.array([x], np.float32)).item() for x in (-1, 0, 0.5, 1, 7)]
    assert stretched == [-2, 0, 1, 2, 2]


@pytest.mark.parametrize(
    "space, word",
    [
        (spaces.MultiDiscrete([2, 3]), "Discrete"),
        (spaces.Box(-1, 1, (2, 2)), "one axis"),
        (spaces.Box(-np.inf, np.inf, (2,)), "bounds"),
        (spaces.Box(0, 9, (2,), np.int32), "Discrete"),
    ],
)
def test_other_actions_are_refused_by_name(space, word):
    with pytest.raises(MbrlError) as error:
        make(lambda: Noise(BOX, space))
    assert word in one_sentence(error.value) and "Noise" in str(error.value) and str(space) in str(error.value)


def test_a_run_of_continuous_actions_returns_to_exactly_where_it_was():
    vec, rng = VecEnv(lambda: make("Pendulum-v1"), 2, 0), np.random.default_rng(0)
    for _ in range(5):
        vec.step(vec.spec.random_action(2, rng))
    other = VecEnv(lambda: make("Pendulum-v1"), 2, 9)
    other.load_state_dict(json.loads(json.dumps(vec.state_dict())))
    action = vec.spec.random_action(2, rng)
    assert all(np.array_equal(a, b) for a, b in zip(vec.step(action), other.step(action), strict=True))


@pytest.mark.parametrize(
    "space",
    [
        spaces.Graph(BOX, BOX),
        spaces.Sequence(BOX),
        spaces.Dict(a=BOX, g=spaces.Graph(BOX, BOX)),
        spaces.Tuple((spaces.Sequence(BOX),)),
    ],
)
def test_observations_without_a_fixed_size_are_refused(space):
    with pytest.raises(MbrlError) as error:
        make(lambda: Noise(space))
    assert "Box" in one_sentence(error.value) and "Noise" in str(error.value)


def test_a_missing_optional_package_says_how_to_get_it(monkeypatch):
    def no_such(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", no_such)
    with pytest.raises(MissingExtra) as error:
        make("ALE/Pong-v5")
    assert "pip install 'mbrl_lite[atari]'" in one_sentence(error.value) and "ale_py" in str(error.value)


def test_a_broken_package_is_not_called_missing(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("No module named 'its_own_need'", name="its_own_need")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="its_own_need"):
        require("ale_py", "atari")


# The time convention -----------------------------------------------------------------------------


def stream(terminates: bool, ticks: int) -> list[tuple]:
    """(obs, reward, is_first, is_last, is_terminal) of one Counter of two actions, tick by tick."""
    vec = VecEnv(lambda: Counter(2, terminates), 1, seed=0)
    steps = [vec.step(np.array([1])) for _ in range(ticks)]
    return [(s.obs[0, 0], s.reward[0], s.is_first[0], s.is_last[0], s.is_terminal[0]) for s in steps]


@pytest.mark.parametrize("terminates", [True, False])
def test_reward_and_flags_arrive_with_the_observation(terminates):
    episode = [(0, 0, True, False, False), (1, 1, False, False, False), (2, 2, False, True, terminates)]
    assert stream(terminates, 8) == (episode * 3)[:8]


def test_the_action_after_a_last_step_is_a_dummy():
    vec = VecEnv(lambda: Counter(2), 1, seed=0)
    for action in (9, 0, 1, 9, 1, 0, 9):  # every third tick resets: an action that does not exist is never taken
        vec.step(np.array([action]))
    assert vec.envs[0].taken == [0, 1, 1, 0]


def test_actions_may_count_from_elsewhere():
    vec = VecEnv(lambda: Counter(9, start=5), 1, seed=0)
    for action in (0, 0, 1):
        vec.step(np.array([action]))
    assert vec.envs[0].taken == [5, 6]


def run_minigrid(actions, **options):
    vec = VecEnv(lambda: make("MiniGrid-Empty-5x5-v0", **options), 1, seed=0)
    return [vec.step(np.array([a])) for a in [0, *actions]][-1]


def test_minigrid_reports_its_limit_as_truncation_and_its_goal_as_termination():
    limit = run_minigrid([0] * 5, max_steps=5)
    assert limit.is_last[0] and not limit.is_terminal[0] and limit.reward[0] == 0
    goal = run_minigrid([2, 2, 1, 2, 2])  # forward twice, right, forward twice
    assert goal.is_last[0] and goal.is_terminal[0] and goal.reward[0] > 0.9


def test_every_episode_starts_from_a_seed_of_its_own_below_the_evaluation_seeds():
    vec = VecEnv(lambda: Counter(1), 3, seed=0)
    for _ in range(100):
        vec.step(np.zeros(3, np.int64))
    seeds = [seed for env in vec.envs for seed in env.seeds]
    assert len(seeds) == len(set(seeds)) == 150 and all(0 <= seed < EVAL_SEED for seed in seeds)


@pytest.mark.parametrize("what", ["reward", "observation"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_none_names_seed_and_step(what, value):
    vec = VecEnv(lambda: Counter(3, bad=(what, value)), 1, seed=0)
    for _ in range(3):
        vec.step(np.array([0]))
    with pytest.raises(MbrlError) as error:
        vec.step(np.array([0]))
    text = one_sentence(error.value)
    assert what in text and "step 3 " in text and f"seed {vec.envs[0].seeds[-1]}:" in text and str(value) in text


@given(st.sampled_from(["CartPole-v1", "MiniGrid-DoorKey-5x5-v0"]), st.integers(0, 60), st.integers(0, 2**20))
def test_state_dict_returns_to_exactly_this_moment(env_id, before, seed):
    def tick(vec):
        return vec.step(rng.integers(2, size=3))

    rng = np.random.default_rng(seed)
    first = VecEnv(lambda: make(env_id), 3, seed)
    for _ in range(before):
        tick(first)
    saved, mark = json.loads(json.dumps(first.state_dict())), rng.bit_generator.state
    expected = [tick(first) for _ in range(30)]
    rng.bit_generator.state = mark
    second = VecEnv(lambda: make(env_id), 3, seed + 1)
    second.step(np.zeros(3, np.int64))  # wherever it was
    second.load_state_dict(saved)
    for one, two in zip(expected, (tick(second) for _ in range(30)), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_the_one_hot_view_has_one_entry_for_each_channel_of_each_cell():
    obs = make("MiniGrid-DoorKey-5x5-v0").reset(seed=0)[0]
    hot = one_hot_view(obs[None]).reshape(49, 20)
    assert set(np.unique(hot)) == {0.0, 1.0} and (hot.sum(1) == 3).all()
    channels = np.split(hot, [11, 17], axis=1)
    assert np.array_equal(np.stack([c.argmax(1) for c in channels], 1).reshape(7, 7, 3), obs)
    with pytest.raises(IndexError):
        one_hot_view(np.full((7, 7, 3), 200, np.uint8))


class _Seven(gym.Env):
    """Pictures that happen to have the shape of MiniGrid's view."""

    observation_space = gym.spaces.Box(0, 255, (7, 7, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return np.full((7, 7, 3), 200, np.uint8), {}


def test_pictures_of_minigrids_shape_are_told_apart():
    with pytest.raises(MbrlError, match="taken for MiniGrid's view.*200.*another size"):
        VecEnv(lambda: make(_Seven), 1, 0).step(np.zeros(1, np.int64))


def test_an_environment_from_a_function_has_to_be_given_again():
    with pytest.raises(MbrlError, match="make_env"):
        make("function <lambda>")
