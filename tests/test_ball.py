"""The bouncing ball: its physics in closed form, what its frames show and what they hide, and the game made of it."""

import gymnasium as gym
import numpy as np
import pytest

from mbrl_lite.envs import VecEnv, ball_sequences, make
from mbrl_lite.envs.ball import GOOD_RETURN, HIGH, LOW, PUSH, RANDOM_RETURN, SPEEDS, ball_frames, ball_step
from mbrl_lite.errors import MbrlError

ENV = "mbrl_lite/Ball-v0"


def triangle(start: np.ndarray, velocity: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Where a ball between two elastic walls is after t steps: a triangle wave, written with arcsine."""
    length = HIGH - LOW
    phase = (start - LOW + velocity * t) / length  # walls unfolded, in box lengths
    return LOW + length * (0.5 - np.arcsin(np.cos(np.pi * phase)) / np.pi)


def centroid(frames: np.ndarray) -> np.ndarray:
    """Column and row of the middle of the light, (..., 2), in pixels."""
    light, middle = frames[..., 0].astype(float), np.arange(frames.shape[-2]) + 0.5
    total = light.sum((-1, -2))
    return np.stack([(light.sum(-2) * middle).sum(-1) / total, (light.sum(-1) * middle).sum(-1) / total], -1)


# The physics -------------------------------------------------------------------------------------


def test_shapes_and_types():
    frames, states = ball_sequences(3, 7, 0)
    assert frames.shape == (3, 7, 16, 16, 1) and frames.dtype == np.uint8
    assert states.shape == (3, 7, 4) and states.dtype == np.float32


def test_energy_is_conserved_without_noise():
    states = ball_sequences(50, 200, 1)[1]
    speed = np.hypot(states[..., 2], states[..., 3])
    assert np.ptp(speed, axis=1).max() < 1e-6
    assert SPEEDS[0] <= speed.min() < speed.max() <= SPEEDS[1]


def test_walls_reflect_as_the_closed_form_says():
    states = ball_sequences(50, 200, 2)[1].astype(float)
    t = np.arange(200)[:, None]
    expected = triangle(states[:, :1, :2], states[:, :1, 2:], t)
    assert np.abs(states[..., :2] - expected).max() < 1e-3  # float32 velocities, 200 steps
    turned = np.sign(states[:, 1:, 2:]) != np.sign(states[:, :-1, 2:])
    assert turned.any() and not turned.all()


def test_flight_run_backwards_returns():
    states = ball_sequences(20, 40, 3)[1].astype(float)
    back = states[:, -1] * [1, 1, -1, -1]
    for t in range(2, 41):
        back = ball_step(back)
        assert np.allclose(back[:, :2], states[:, -t, :2], atol=1e-3)


def test_the_ball_stays_between_its_walls():
    states = ball_sequences(50, 200, 4, noise=0.3)[1]
    assert states[..., :2].min() >= LOW and states[..., :2].max() <= HIGH


# What a frame shows ------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_centroid_of_a_frame_is_the_position(noise):
    frames, states = ball_sequences(50, 60, 5, noise)
    assert np.abs(centroid(frames) - states[..., :2]).max() < 0.03  # grey levels are whole numbers


def test_the_light_of_a_frame_is_the_same_everywhere():
    light = ball_sequences(50, 60, 5)[0].astype(float).sum((-1, -2, -3))
    assert np.ptp(light) / light.mean() < 0.01


def test_one_frame_does_not_tell_the_velocity_and_two_do():
    position = np.array([8.0, 8.0])
    one, other = np.array([*position, 1.0, 0.5]), np.array([*position, -0.3, 1.2])
    assert np.array_equal(ball_frames(one[:2]), ball_frames(other[:2]))
    assert not np.array_equal(ball_frames(ball_step(one)[:2]), ball_frames(ball_step(other)[:2]))
    frames, states = ball_sequences(50, 60, 6)
    free = (np.sign(states[:, 1:, 2:]) == np.sign(states[:, :-1, 2:])).all(-1)  # no wall between the two frames
    seen = np.diff(centroid(frames), axis=1)[free]
    assert np.abs(seen - states[:, 1:, 2:][free]).max() < 0.06


# Noise and seeds ---------------------------------------------------------------------------------


def kicked(noise: float) -> np.ndarray:
    """Which steps of 100 x 100 changed the speed."""
    states = ball_sequences(100, 100, 7, noise)[1]
    return np.abs(np.diff(np.hypot(states[..., 2], states[..., 3]), axis=1)) > 1e-5


@pytest.mark.parametrize("noise", [0.0, 0.1, 1.0])
def test_noise_is_how_often_a_step_kicks(noise):
    assert kicked(noise).mean() == pytest.approx(noise, abs=5 * (noise * (1 - noise)) ** 0.5 / 100 + 1e-3)


def test_a_kick_shows_only_in_what_follows():
    states = ball_sequences(200, 50, 8, noise=0.2)[1].astype(float)
    again = ball_step(states[:, :-1])
    as_told = np.abs(again - states[:, 1:]).max(-1) < 1e-4
    assert as_told.mean() == pytest.approx(0.8, abs=0.02)


def test_seeds_reproduce():
    one, same, other = (ball_sequences(4, 20, seed, noise=0.3) for seed in (9, 9, 10))
    assert all(np.array_equal(a, b) for a, b in zip(one, same))
    assert not np.array_equal(one[1], other[1])


@pytest.mark.parametrize("arguments", [(0, 5, 0), (5, 0, 0), (5, 5, 0, 1.5), (5, 5, 0, -0.1)])
def test_impossible_sequences_are_refused(arguments):
    with pytest.raises(MbrlError, match="expected"):
        ball_sequences(*arguments)


# The game ----------------------------------------------------------------------------------------


def play(policy, episodes: int, seed: int = 0) -> np.ndarray:
    """Returns of a policy that is told the state."""
    env, totals, rng = make(ENV), [], np.random.default_rng(seed)
    for episode in range(episodes):
        _, info = env.reset(seed=episode)
        total, over = 0.0, False
        while not over:
            _, reward, terminated, over, info = env.step(policy(info["state"], rng))
            assert not terminated and reward == (abs(info["state"][0] - 8) <= 1.5)
            total += reward
        totals.append(total)
    return np.array(totals)


def brake(state: np.ndarray, rng) -> int:
    """Choose the push after which the ball would be nearest to the middle two steps on."""
    after = np.clip(state[2] + PUSH * np.array([-1, 0, 1]), -SPEEDS[1], SPEEDS[1])
    return int(np.abs(state[0] + 2 * after - 8).argmin())


def test_random_and_good_returns_are_as_stated():
    random, good = play(lambda state, rng: rng.integers(3), 400), play(brake, 100)
    assert random.mean() == pytest.approx(RANDOM_RETURN, abs=5 * random.std() / 20)
    assert good.mean() == pytest.approx(GOOD_RETURN, abs=5 * good.std() / 10)


def test_a_push_changes_vx_and_nothing_else():
    for action in range(3):
        env = make(ENV)
        _, info = env.reset(seed=3)
        before = info["state"].astype(float)
        before[2] = np.clip(before[2] + 0.25 * (action - 1), -1.5, 1.5)
        obs, *_, info = env.step(action)
        assert np.allclose(info["state"], ball_step(before), atol=1e-5)
        assert np.allclose(centroid(obs), info["state"][:2], atol=0.03)


def test_the_game_is_cut_at_its_time_limit_and_a_seed_with_actions_is_its_whole_state():
    vec = VecEnv(lambda: make(ENV, noise=0.3), 2, 0)
    steps = [vec.step(np.array([t % 3, 1])) for t in range(60)]
    assert [t for t, step in enumerate(steps) if step.is_last.any()] == [50]
    assert not any(step.is_terminal.any() for step in steps)
    again = VecEnv(lambda: make(ENV, noise=0.3), 2, 1)
    again.load_state_dict(vec.state_dict())
    for t in range(30):
        one, other = vec.step(np.array([2, t % 2])), again.step(np.array([2, t % 2]))
        assert all(np.array_equal(a, b) for a, b in zip(one, other))


def test_bad_input_is_refused_and_pictures_are_drawn():
    env = gym.make(ENV, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (256, 256, 3) and picture.dtype == np.uint8 and picture.max() > 200
    for wrong in (3, -1):
        with pytest.raises(MbrlError, match="from 0 to 2"):
            env.step(wrong)
    for options in ({"noise": 2.0}, {"steps": 0}):
        with pytest.raises(MbrlError, match="expected"):
            make(ENV, **options)
