"""Catch: what its frames show, how it ends, and what random and perfect play are paid."""

import numpy as np
import pytest

from mbrl_lite.envs import VecEnv, make, spec_of
from mbrl_lite.envs.catch import DRIFTS, GROUND, PERFECT_RETURN, RANDOM_RETURN, STARTS
from mbrl_lite.errors import MbrlError

ENV = "mbrl_lite/Catch-v0"
PLACES, COLUMNS = 27, 31  # of a 6 pixel paddle and a 2 pixel ball in 32 pixels


def seen(frame: np.ndarray) -> tuple[int, int, int]:
    """Left column of paddle and ball and the ball's upper row, read off a frame."""
    row, column = np.argwhere(frame[..., 0] == 255).min(0)
    paddle = np.argwhere(frame[..., 0] == 160)[:, 1].min()
    return int(paddle), int(column), int(row)


def follow(obs: np.ndarray) -> int:
    """Move towards the ball: what one frame tells is enough."""
    paddle, column, _ = seen(obs)
    away = (column + 1) - (paddle + 3)  # middles
    return 1 + int(np.sign(away)) * (abs(away) > 1)


def episode(env, seed: int, policy) -> tuple[list[np.ndarray], float, bool]:
    obs, _ = env.reset(seed=seed)
    frames, terminated = [obs], False
    while not terminated:
        obs, reward, terminated, truncated, _ = env.step(policy(obs))
        assert not truncated and (terminated or reward == 0)
        frames.append(obs)
    return frames, reward


def test_an_agent_sees_an_image():
    spec = spec_of(make(ENV))
    assert (spec.kind, spec.shape, spec.actions) == ("image", (32, 32, 1), 3)


def test_following_the_ball_always_catches_it():
    env = make(ENV)
    played = [episode(env, seed, follow) for seed in range(500)]
    assert {reward for _, reward in played} == {PERFECT_RETURN}
    assert {len(frames) - 1 for frames, _ in played} == {GROUND - start for start in STARTS}
    assert min(STARTS) == 0 and 15 <= GROUND - max(STARTS) < GROUND - min(STARTS) <= 30


def test_perfect_play_is_possible_from_every_start():
    env = make(ENV).unwrapped
    for paddle in (0, 1, 13, PLACES - 1):
        for ball in range(COLUMNS):
            for drift in DRIFTS:
                env.reset(seed=0)
                env.paddle, env.ball, env.drift, env.row = paddle, ball, drift, max(STARTS)  # the shortest fall
                obs, terminated = env._frame(), False
                while not terminated:
                    obs, reward, terminated, _, _ = env.step(follow(obs))
                assert reward == 1, (paddle, ball, drift)


def lands(ball: int, drift: int, steps: int) -> int:
    """Where the ball comes down: a triangle wave over the columns 0 to 30."""
    unfolded = (ball + drift * steps) % 60
    return min(unfolded, 60 - unfolded)


def test_the_random_return_is_that_of_a_random_walk():
    walk = np.zeros((PLACES, PLACES))
    for place in range(PLACES):
        for move in (-2, 0, 2):
            walk[place, min(max(place + move, 0), PLACES - 1)] += 1 / 3
    caught = []
    for start in STARTS:
        steps = GROUND - start
        chance = np.full(PLACES, 1 / PLACES) @ np.linalg.matrix_power(walk, steps)
        for ball in range(COLUMNS):
            for drift in DRIFTS:
                at = lands(ball, drift, steps)
                caught.append(chance[max(at - 5, 0) : at + 2].sum())  # some pixel column in common
    assert 2 * np.mean(caught) - 1 == pytest.approx(RANDOM_RETURN, abs=0.005)


def test_random_play_gets_the_random_return():
    env, rng = make(ENV), np.random.default_rng(0)
    got = np.array([episode(env, seed, lambda obs: rng.integers(3))[1] for seed in range(1000)])
    assert got.mean() == pytest.approx(RANDOM_RETURN, abs=5 * got.std() / 1000**0.5)


def test_frames_show_the_state():
    env = make(ENV)
    obs, info = env.reset(seed=4)
    for t in range(15):
        assert seen(obs) == tuple(info["state"][:3])
        assert (obs > 0).sum() == 2 * 2 + 2 * 6
        obs, *_, info = env.step(t % 3)


def test_the_ball_falls_and_drifts_evenly_and_turns_at_the_sides():
    env, turned = make(ENV), 0
    for seed in range(100):
        frames, _ = episode(env, seed, lambda obs: 1)
        at = np.array([seen(frame) for frame in frames])
        assert (np.diff(at[:, 2]) == 1).all() and (np.diff(at[:, 0]) == 0).all()
        drift = np.diff(at[:, 1])
        assert len(set(np.abs(drift))) == 1 and np.abs(drift).max() <= 1
        turned += len(set(drift)) == 2
    assert turned > 10


def test_a_seed_with_actions_is_its_whole_state():
    vec = VecEnv(lambda: make(ENV), 3, 0)
    steps = [vec.step(np.array([t % 3, 0, 2])) for t in range(70)]
    assert any(step.is_terminal.any() for step in steps)
    assert all(np.array_equal(step.is_terminal, step.is_last) for step in steps)
    again = VecEnv(lambda: make(ENV), 3, 1)
    again.load_state_dict(vec.state_dict())
    for t in range(40):
        one, other = vec.step(np.array([2, t % 2, 0])), again.step(np.array([2, t % 2, 0]))
        assert all(np.array_equal(a, b) for a, b in zip(one, other))


def test_pictures_are_drawn_and_wrong_actions_refused():
    env = make(ENV, render_mode="rgb_array")
    obs, _ = env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (512, 512, 3) and np.array_equal(picture[::16, ::16, 0], obs[..., 0])
    with pytest.raises(MbrlError, match="from 0 to 2"):
        env.unwrapped.step(3)
