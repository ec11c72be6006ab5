"""DreamSmooth: kernels that sum to 1, sums of episodes that stay, and a replay whose windows agree with the stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import assert_same_run, complaint, train_config

from mbrl_lite.data import Replay, Rewarded, Smoothing, Uniform
from mbrl_lite.data.smoothing import KERNELS
from mbrl_lite.envs import EnvSpec, Step
from mbrl_lite.training import Run, train

SPEC = EnvSpec("vector", (1,), 2)
kernels, widths = st.sampled_from(KERNELS), st.just(0.0) | st.floats(0.01, 5)


def stream(seed: int, ticks: int, ends: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Rewards (T,), 0 at first steps, and is_first (T,)."""
    rng = np.random.default_rng(seed)
    first = rng.random(ticks) < ends
    first[0] = True
    return (np.where(first, 0, rng.normal(size=ticks) * (rng.random(ticks) < 0.3))).astype(np.float32), first


def filled(reward: np.ndarray, first: np.ndarray, capacity: int, smooth: Smoothing | None) -> Replay:
    """A replay of two environments; the second has the first one's stream, backwards in sign."""
    replay = Replay(SPEC, 2, capacity, 4, smooth)
    for r, f in zip(reward, first, strict=True):
        flags = [np.array([f, f]), np.array([False, False]), np.array([False, False])]
        replay.add(Step(np.zeros((2, 1), np.float32), np.array([r, -r], np.float32), *flags), np.zeros(2, int))
    return replay


@given(kernels, widths)
def test_a_kernel_sums_to_one_and_is_never_negative(kernel, width):
    f = Smoothing(width, kernel).weights
    assert f.sum() == pytest.approx(1) and (f >= 0).all() and len(f) % 2 == 1 and f[len(f) // 2] > 0


def test_kernels_are_what_they_are_called():
    assert np.allclose(Smoothing(1, "uniform").weights, 1 / 3)
    f = Smoothing(2.0).weights
    assert np.allclose(f, f[::-1]) and f[8] / f[10] == pytest.approx(np.exp(0.5))
    assert (f * np.arange(-8, 9) ** 2).sum() == pytest.approx(4, rel=0.02), "the variance is the width squared"
    impulse, first = np.zeros((1, 40)), np.zeros((1, 40), bool)
    impulse[0, 5] = 1
    average, a = [0.0], 2 / 3
    for r in impulse[0]:
        average.append((1 - a) * r + a * average[-1])
    assert np.allclose(Smoothing(2, "ema")(impulse, first)[0], average[1:], atol=0.04)


@given(st.integers(0, 999), st.integers(1, 60), kernels, widths)
def test_every_episode_keeps_its_sum_and_its_first_step(seed, ticks, kernel, width):
    reward, first = stream(seed, ticks)
    smooth = Smoothing(width, kernel)(reward, first)
    episode = np.cumsum(first)
    for number in range(1, episode[-1] + 1):
        here = episode == number
        assert smooth[here].sum() == pytest.approx(reward[here].sum(), abs=1e-5)
    assert (smooth[first] == 0).all(), "no action leads to a first step"


@given(st.integers(0, 999), kernels)
def test_width_zero_changes_nothing(seed, kernel):
    reward, first = stream(seed, 30)
    assert np.array_equal(Smoothing(0, kernel)(reward, first), reward)


def test_far_from_the_ends_it_is_the_convolution_of_the_paper():
    reward, first = np.zeros(41), np.zeros(41, bool)
    reward[20] = 3.0
    f = Smoothing(2.0).weights
    assert np.allclose(Smoothing(2.0)(reward, first)[12:29], 3 * f[::-1])


def test_the_average_of_the_past_cannot_move_a_reward_that_ends_its_episode():
    reward, first = np.zeros(20), np.zeros(20, bool)
    reward[9], first[10] = 1, True
    assert np.array_equal(Smoothing(2, "ema")(reward, first), reward)


@given(st.integers(0, 999), st.integers(6, 40), kernels, st.floats(0.1, 3))
def test_a_window_of_replay_is_that_window_of_the_smoothed_stream(seed, ticks, kernel, width):
    reward, first = stream(seed, ticks)
    smooth = Smoothing(width, kernel)
    replay = filled(reward, first, 16, smooth)
    held = slice(replay.tail, replay.head)
    whole = smooth(np.stack([reward[held], -reward[held]]), np.stack([first[held]] * 2))  # (2, ticks held)
    env, start = Uniform(seed).starts(replay, 12, 5)
    batch = replay.gather(env, start, 5)
    for b in range(12):
        at = start[b] - replay.tail
        assert np.allclose(batch.reward[b].numpy(), whole[env[b], at : at + 5], atol=1e-6)


@given(st.integers(0, 999), st.integers(6, 40))
def test_what_is_stored_and_who_is_drawn_do_not_change(seed, ticks):
    reward, first = stream(seed, ticks)
    plain, smooth = (filled(reward, first, 16, kind) for kind in (None, Smoothing(2.0)))
    for name, ring in plain.ticks(plain.tail, plain.head).items():
        assert np.array_equal(ring, smooth.ticks(plain.tail, plain.head)[name]), "chunk files hold what arrived"
    drawn = [Rewarded(seed, 0.5).starts(replay, 20, 4) for replay in (plain, smooth)]
    assert all(np.array_equal(a, b) for a, b in zip(*drawn, strict=True))


def test_a_run_with_smoothed_rewards_continues_bitwise(tmp_path):
    for name, until in (("whole", 100), ("parts", 67)):
        run = Run(train_config(steps=until, smooth=2.0, smooth_kernel="uniform"), tmp_path / name)
        run.begin()
        train(run)
    train(Run.resume(tmp_path / "parts", steps=100))
    assert_same_run(tmp_path / "parts", tmp_path / "whole")
    assert run.replay.smooth == Smoothing(2.0, "uniform") and Run(train_config(), tmp_path / "c").replay.smooth is None


def test_mistakes_are_sentences():
    assert "width" in complaint(lambda: train_config(smooth=-1.0))
    assert "gaussian" in complaint(lambda: Smoothing(1.0, "triangle"))
    assert "width" in complaint(lambda: Smoothing(-1.0))
