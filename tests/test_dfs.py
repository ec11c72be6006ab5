"""DFS: it counts what it draws, draws what the counters say, and neither underflows nor remembers what is gone."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_data import CHUNK, filled, step
from tiny import complaint

from mbrl_lite.data import DFS

sizes = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(6, 40))


@given(sizes, st.integers(1, 4), st.integers(0, 2**16))
def test_every_draw_fits_and_is_counted_once(size, length, seed):
    num_envs, chunks, ticks = size
    replay, sampler = filled(num_envs, chunks, ticks), DFS(seed, rate=0.5)
    length = min(length, chunks * CHUNK)
    for draw, counter, amount in (("starts", "trained", 1.0), ("dream_starts", "dreamt", 0.5)):
        env, start = getattr(sampler, draw)(replay, 20, length)
        assert (start >= replay.tail).all() and (start + length <= replay.head).all() and (env < num_envs).all()
        want = np.zeros((replay.capacity, num_envs))
        np.add.at(want, (start % replay.capacity, env), amount)
        assert np.array_equal(getattr(sampler, counter), want)
    replay.sample(sampler, 2, length)
    assert sampler.trained.sum() == 22


def shares(sampler, draw, replay, count=20_000):
    """How often each tick is drawn, with the counters as they are: one call draws from one distribution."""
    _, start = getattr(sampler, draw)(replay, count, 1)
    return np.bincount(start - replay.tail, minlength=replay.head - replay.tail) / count


@given(st.integers(0, 99), st.sampled_from([1.0, 10.0]), st.sampled_from([(1.0, 1.0), (0.5, 0.25)]))
def test_the_draws_follow_the_papers_formula(seed, tau, weights):
    alpha, beta = weights
    replay, sampler = filled(1, 2, 8), DFS(seed, tau, alpha, beta)
    sampler.starts(replay, 1, 1)
    N, M = (np.random.default_rng(seed).integers(0, 15, (2, 8, 1))).astype(np.float32)
    for draw, logits in (
        ("starts", -N[:, 0]),
        ("dream_starts", (N - alpha * M - beta * np.maximum(0, N - M))[:, 0]),
    ):
        sampler.trained, sampler.dreamt = N.copy(), M.copy()
        p = np.exp(logits / tau) / np.exp(logits / tau).sum()
        assert np.abs(shares(sampler, draw, replay) - p).max() < 5 * 0.5 / 20_000**0.5


def test_a_step_that_was_never_trained_is_hardly_dreamt_from_and_trained_ones_alike():
    replay, sampler = filled(1, 2, 8), DFS(0, tau=1.0)
    sampler.starts(replay, 1, 1)
    sampler.trained[:, 0], sampler.dreamt[:] = [9, 9, 9, 30, 30, 30, 0, 0], 8.0
    seen = shares(sampler, "dream_starts", replay)
    assert np.abs(seen[:6] - 1 / 6).max() < 0.02 and seen[6:].max() < 0.002


@pytest.mark.parametrize("count", [1e3, 1e6])
def test_large_counters_do_not_underflow(count):
    replay, sampler = filled(2, 2, 8), DFS(0)
    sampler.starts(replay, 1, 1)
    sampler.trained[:], sampler.dreamt[:] = count, 2 * count
    sampler.trained[3, 1] = count - 100  # exp(-count / 10) is 0 in any precision: the difference is what matters
    env, start = sampler.starts(replay, 50, 1)
    assert ((env == 1) & (start == 3)).mean() > 0.9
    assert np.isfinite(shares(sampler, "dream_starts", replay)).all()


def test_a_start_whose_step_was_overwritten_begins_again():
    replay, sampler = filled(1, 2, 8), DFS(0)
    sampler.starts(replay, 1, 1)
    sampler.trained[:], sampler.dreamt[:] = 7, 5
    for tick in (8, 9, 10):
        replay.add(*step(tick, 1))
    sampler.dream_starts(replay, 1, 2)
    assert sampler.trained[:, 0].tolist() == [0, 0, 0, 7, 7, 7, 7, 7]
    assert sampler.dreamt[3:, 0].sum() in (25, 26) and sampler.dreamt[:3].sum() in (0, 1)


def test_it_goes_on_from_its_state():
    replay, one, two = filled(2, 3, 20), DFS(3), DFS(4)
    one.starts(replay, 30, 2), one.dream_starts(replay, 30, 2)
    two.load_state_dict(json.loads(json.dumps(one.state_dict())))
    two.load_arrays(one.arrays())
    for draw in ("starts", "dream_starts"):
        ours, theirs = (getattr(sampler, draw)(replay, 30, 2) for sampler in (one, two))
        assert np.array_equal(ours, theirs)
    assert all(np.array_equal(one.arrays()[name], two.arrays()[name]) for name in one.arrays())


def test_mistakes_are_sentences():
    assert "above 0" in complaint(lambda: DFS(0, tau=0.0))
    sampler = DFS(0)
    sampler.starts(filled(1, 2, 8), 1, 1)
    assert "sampler of its own" in complaint(lambda: sampler.starts(filled(2, 2, 8), 1, 1))
    assert "at least 9 ticks" in complaint(lambda: filled(1, 2, 8).sample(DFS(0), 1, 9))
