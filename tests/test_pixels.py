"""Reaching a target in pixels: what is paid, what the switches add and leave alone, and random play in bulk."""

import numpy as np
import pytest

from mbrl_lite.envs import VecEnv, make, pixel_sequences, spec_of
from mbrl_lite.envs.mazes import MOVES
from mbrl_lite.envs.pixels import BEST_RETURN, KICK, RANDOM_RETURN, background
from mbrl_lite.errors import MbrlError

ENV = "mbrl_lite/PixelReach-v0"
WHITE, GREEN = (255, 255, 255), (0, 255, 0)
EVERYTHING = {"distractors": 3, "context": "textures", "target_size": 2}


def middle(frame: np.ndarray, colour: tuple) -> np.ndarray:
    """Mean row and column of the pixels of one colour."""
    return np.argwhere((frame == colour).all(-1)).mean(0) + 0.5


def walk(state: np.ndarray) -> int:
    """The action that leads to the target: rows first."""
    rows, columns = state[2:4] - state[:2]
    way = (np.sign(rows), 0) if rows else (0, np.sign(columns))
    return MOVES.index(way)


def episode(env, seed: int, policy) -> tuple[int, float]:
    """Number of actions and return."""
    _, info = env.reset(seed=seed)
    total, t, over = 0.0, 0, False
    while not over:
        _, reward, terminated, truncated, info = env.step(policy(info["state"]))
        assert reward == terminated and not (terminated and truncated)
        total, t, over = total + reward, t + 1, terminated or truncated
    return t, total


# The game ----------------------------------------------------------------------------------------


def test_an_agent_sees_an_image():
    spec = spec_of(make(ENV, **EVERYTHING))
    assert (spec.kind, spec.shape, spec.actions) == ("image", (16, 16, 3), 4)


@pytest.mark.parametrize("switches", [{}, EVERYTHING])
def test_the_way_to_the_target_is_always_short_enough(switches):
    env = make(ENV, **switches)
    played = [episode(env, seed, walk) for seed in range(300)]
    assert {total for _, total in played} == {BEST_RETURN} and max(t for t, _ in played) <= 14


def test_the_random_return_is_that_of_a_random_walk():
    P = np.zeros((64, 64))
    for cell in range(64):
        for rows, columns in MOVES:
            to = min(max(cell // 8 + rows, 0), 7) * 8 + min(max(cell % 8 + columns, 0), 7)
            P[cell, to] += 1 / 4
    reached = []
    for target in range(64):
        stops = P.copy()
        stops[target] = np.eye(64)[target]
        start = (np.arange(64) != target) / 63
        reached.append((start @ np.linalg.matrix_power(stops, 40))[target])
    assert np.mean(reached) == pytest.approx(RANDOM_RETURN, abs=5e-4)


def test_random_play_gets_the_random_return():
    env, rng = make(ENV), np.random.default_rng(0)
    got = np.array([episode(env, seed, lambda state: rng.integers(4))[1] for seed in range(300)])
    assert got.mean() == pytest.approx(RANDOM_RETURN, abs=5 * got.std() / 300**0.5)


def test_a_time_limit_is_a_truncation():
    env = make(ENV, steps=5)
    env.reset(seed=1)
    flags = [env.step(t % 2 * 2)[2:4] for t in range(5)]  # up and down again
    assert flags == [(False, False)] * 4 + [(False, True)]


def test_a_seed_with_actions_is_its_whole_state():
    vec, rng = VecEnv(lambda: make(ENV, **EVERYTHING), 3, 0), np.random.default_rng(0)
    for _ in range(100):
        vec.step(rng.integers(4, size=3))
    again = VecEnv(lambda: make(ENV, **EVERYTHING), 3, 1)
    again.load_state_dict(vec.state_dict())
    for _ in range(60):
        action = rng.integers(4, size=3)
        assert all(np.array_equal(a, b) for a, b in zip(vec.step(action), again.step(action)))


@pytest.mark.parametrize(
    "switches", [{"distractors": -1}, {"distractors": 1.5}, {"context": "photos"}, {"target_size": 3}, {"steps": 0}]
)
def test_a_switch_that_is_not_there_is_refused(switches):
    with pytest.raises(MbrlError, match="expected"):
        make(ENV, **switches)
    with pytest.raises(MbrlError, match="expected"):
        pixel_sequences(2, 3, 0, **switches)


# What is seen ------------------------------------------------------------------------------------


@pytest.mark.parametrize("switches", [{}, EVERYTHING, {"target_size": 2}])
def test_agent_and_target_are_seen_where_they_are(switches):
    rolled = pixel_sequences(30, 20, 1, **switches)
    for frame, state, over in zip(rolled["obs"][:, 5], rolled["state"][:, 5], rolled["is_terminal"][:, 5]):
        assert np.array_equal(middle(frame, WHITE), state[:2])
        if not over:  # the agent hides a target it has reached
            shift = 0.0 if switches.get("target_size") == 2 else -0.5
            assert np.array_equal(middle(frame, GREEN), state[2:4] + shift)


@pytest.mark.parametrize("size", [1, 2])
def test_the_target_has_the_size_asked_for(size):
    rolled = pixel_sequences(20, 1, 2, target_size=size)
    assert ((rolled["obs"] == GREEN).all(-1).sum((-1, -2)) == size**2).all()


def test_without_switches_only_agent_and_target_light_up():
    rolled = pixel_sequences(20, 10, 3)
    lit = (rolled["obs"] > 0).any(-1).sum((-1, -2))
    assert np.array_equal(lit, np.where(rolled["is_terminal"], 4, 5)) and not rolled["context"].any()


def test_a_background_belongs_to_its_context_and_stays():
    rolled = pixel_sequences(20, 30, 4, context="textures")
    obs, behind = rolled["obs"], background(rolled["context"])
    assert ((obs == behind[:, None]).all(-1).sum((-1, -2)) >= 16 * 16 - 5).all()
    assert len(np.unique(rolled["context"], axis=0)) == 20 and behind.max() <= 150


def test_each_episode_of_the_game_has_a_context_of_its_own():
    env = make(ENV, context="textures")
    contexts = []
    for seed in range(10):
        obs, info = env.reset(seed=seed)
        contexts.append(info["context"])
        for t in range(5):
            obs, *_, info = env.step(t % 4)
            assert np.array_equal(info["context"], contexts[-1])
            assert (obs == background(info["context"][None])[0]).all(-1).sum() >= 16 * 16 - 5
    assert len(np.unique(contexts, axis=0)) == 10


# What the distractors do -------------------------------------------------------------------------


def moves_of_blobs(rolled: dict) -> np.ndarray:
    """How far each blob went at each step within an episode, (steps, n, 2)."""
    blob = rolled["state"][..., 4:].reshape(*rolled["state"].shape[:2], -1, 2)
    return np.diff(blob, axis=1)[~rolled["is_first"][:, 1:]]


def test_distractors_move_by_a_pixel_and_stay_on_the_board():
    rolled = pixel_sequences(50, 40, 5, distractors=4)
    assert set(np.unique(moves_of_blobs(rolled))) == {-1.0, 0.0, 1.0}
    assert rolled["state"][..., 4:].min() >= 1.5 and rolled["state"][..., 4:].max() <= 14.5


def test_distractors_do_not_heed_the_action():
    rolled = pixel_sequences(300, 40, 6, distractors=4)
    went = moves_of_blobs(rolled).mean(1)  # (steps, 2)
    action = rolled["action"][:, :-1][~rolled["is_first"][:, 1:]]
    agent = np.diff(rolled["state"][..., :2], axis=1)[~rolled["is_first"][:, 1:]]
    for a, way in enumerate(MOVES):
        assert np.abs(went[action == a].mean(0)).max() < 0.06
        assert (agent[action == a] * np.array(way)).sum(-1).mean() > 1.5  # it goes there, but for the border


def test_distractors_turn_elsewhere_now_and_then():
    rolled = pixel_sequences(100, 40, 7, distractors=4)
    blob = rolled["state"][..., 4:].reshape(100, 40, 4, 2)
    inner = ~(rolled["is_first"][:, 1:-1] | rolled["is_first"][:, 2:])
    free = ((blob[:, 1:-1] > 2.5) & (blob[:, 1:-1] < 13.5)).all(-1) & inner[..., None]
    turned = (np.diff(blob, axis=1)[:, 1:] != np.diff(blob, axis=1)[:, :-1]).any(-1)[free]
    assert turned.mean() == pytest.approx(KICK * 7 / 8, abs=0.015)


# Random play in bulk -----------------------------------------------------------------------------


def test_shapes_types_and_seeds():
    rolled = pixel_sequences(4, 9, 8, **EVERYTHING)
    shapes = {name: (value.shape, value.dtype.name) for name, value in rolled.items()}
    flags = dict.fromkeys(("is_first", "is_last", "is_terminal"), ((4, 9), "bool"))
    assert shapes == flags | {
        "obs": ((4, 9, 16, 16, 3), "uint8"),
        "action": ((4, 9), "int64"),
        "reward": ((4, 9), "float32"),
        "state": ((4, 9, 10), "float32"),
        "context": ((4, 6), "float32"),
    }
    again, other = pixel_sequences(4, 9, 8, **EVERYTHING), pixel_sequences(4, 9, 9, **EVERYTHING)
    assert all(np.array_equal(rolled[name], again[name]) for name in rolled)
    assert not np.array_equal(rolled["state"], other["state"])


def test_episodes_follow_one_another_as_in_a_replay():
    rolled = pixel_sequences(200, 100, 10)
    first, last, terminal = rolled["is_first"], rolled["is_last"], rolled["is_terminal"]
    assert first[:, 0].all() and np.array_equal(first[:, 1:], last[:, :-1])
    assert not (terminal & ~last).any() and (last & ~terminal).any() and terminal.any()
    assert np.array_equal(rolled["reward"], terminal.astype(np.float32)) and not terminal[first].any()
    begun = [np.flatnonzero(row) for row in first]
    assert max(np.diff(at).max() for at in begun if len(at) > 1) == 41  # 40 actions are 41 steps
    reached = [terminal[i, : at[1]].any() for i, at in enumerate(begun)]  # in the first episode of each row
    assert np.mean(reached) == pytest.approx(RANDOM_RETURN, abs=5 * 0.44 / 200**0.5)


def test_an_action_moves_the_agent_at_the_next_step():
    rolled = pixel_sequences(50, 40, 11)
    agent, inner = rolled["state"][..., :2], ~rolled["is_first"][:, 1:]
    expected = np.clip(agent[:, :-1] + 2 * np.array(MOVES)[rolled["action"][:, :-1]], 1, 15)
    assert np.array_equal(agent[:, 1:][inner], expected[inner])
