"""Replay: what comes out is exactly what went in, and no sequence crosses the write head."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import one_sentence

from mbrl_lite.data import Replay, Rewarded, Uniform
from mbrl_lite.envs import EnvSpec, Step
from mbrl_lite.errors import MbrlError

SPEC = EnvSpec("vector", (2,), 4)
CHUNK = 4


def step(tick: int, num_envs: int, rewarded=()) -> tuple[Step, np.ndarray]:
    """A tick in which every number tells its tick and its environment; `rewarded` holds pairs (tick, env)."""
    env = np.arange(num_envs)
    obs = np.stack([np.full(num_envs, tick), env], 1).astype(np.float32)
    reward = np.array([float((tick, e) in rewarded) for e in env], np.float32)
    flags = [(tick * 7 + env * 3) % n == 0 for n in (2, 3, 5)]
    return Step(obs, reward, *flags), (tick + env) % 4


def filled(num_envs: int, chunks: int, ticks: int, rewarded=()) -> Replay:
    replay = Replay(SPEC, num_envs, chunks * CHUNK, CHUNK)
    for tick in range(ticks):
        replay.add(*step(tick, num_envs, rewarded))
    return replay


sizes = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 40))


@given(sizes, st.integers(1, 9), st.integers(0, 2**16))
def test_sequences_are_what_was_added_each_environment_its_own_stream(size, length, seed):
    num_envs, chunks, ticks = size
    replay = filled(num_envs, chunks, ticks)
    if length > min(ticks, chunks * CHUNK):
        with pytest.raises(MbrlError, match=f"at least {length} ticks"):
            replay.sample(Uniform(seed), 8, length)
        return
    batch = replay.sample(Uniform(seed), 8, length)
    assert batch.obs.shape == (8, length, 2) and batch.action.shape == (8, length)
    for b in range(8):
        first, env = int(batch.obs[b, 0, 0]), int(batch.obs[b, 0, 1])
        assert max(0, ticks - chunks * CHUNK) <= first and first + length <= ticks  # neither tail nor head is crossed
        for t in range(length):
            expected, action = step(first + t, num_envs)
            assert batch.action[b, t] == action[env]
            for name in Step._fields:
                assert np.array_equal(getattr(batch, name)[b, t].numpy(), getattr(expected, name)[env])


@given(sizes)
def test_length_counts_the_steps_held(size):
    num_envs, chunks, ticks = size
    replay = filled(num_envs, chunks, ticks)
    assert replay.head == ticks and replay.tail == max(0, ticks - chunks * CHUNK)
    assert len(replay) == num_envs * min(ticks, chunks * CHUNK)


@given(st.integers(1, 40), st.sets(st.tuples(st.integers(0, 39), st.integers(0, 1))))
def test_rewarded_finds_every_reward_held_and_no_other(ticks, rewarded):
    replay = filled(2, 3, ticks, rewarded)
    found = list(zip(*(part.tolist() for part in replay.rewarded()), strict=True))
    assert found == sorted((t, e) for t, e in rewarded if replay.tail <= t < replay.head)


def test_a_negative_reward_is_a_reward():
    replay = Replay(SPEC, 1, 4, 4)
    tick, action = step(0, 1)
    replay.add(tick._replace(reward=np.array([-1.0])), action)
    assert [part.tolist() for part in replay.rewarded()] == [[0], [0]]


@pytest.mark.parametrize("ticks", [9, 12, 30])
def test_uniform_reaches_every_start_that_fits_and_only_those_alike(ticks):
    replay, length, count = filled(2, 3, ticks), 5, 20_000
    env, start = Uniform(0).starts(replay, count, length)
    pairs, counts = np.unique(np.stack([start, env]), axis=1, return_counts=True)
    expected = [(t, e) for t in range(replay.tail, replay.head - length + 1) for e in (0, 1)]
    assert sorted(zip(*pairs.tolist(), strict=True)) == expected
    mean = count / len(expected)
    assert abs(counts - mean).max() < 5 * np.sqrt(mean)  # five standard deviations


@given(st.integers(5, 40), st.integers(1, 5), st.sets(st.tuples(st.integers(0, 39), st.integers(0, 1)), min_size=1))
def test_the_rewarded_share_holds_a_reward(ticks, length, rewarded):
    replay = filled(2, 3, ticks, rewarded)
    batch = replay.sample(Rewarded(0, share=1.0), 32, length)
    if len(replay.rewarded()[0]):
        assert (batch.reward != 0).any(1).all()


def test_a_reward_may_stand_anywhere_in_its_sequence():
    batch = filled(1, 8, 32, {(16, 0)}).sample(Rewarded(0, share=1.0), 200, 5)
    assert set(batch.reward.argmax(1).tolist()) == {0, 1, 2, 3, 4}


def test_the_share_is_the_share():
    replay = filled(1, 200, 800, {(400, 0)})
    drawn = [Rewarded(seed, share=0.25).starts(replay, 400, 4)[1] for seed in range(10)]
    share = np.mean([(start <= 400) & (start > 396) for start in drawn])
    assert share == pytest.approx(0.25 + 0.75 * 4 / 797, abs=0.03)  # 4000 draws: five standard deviations are 0.034


def test_without_any_reward_rewarded_is_uniform():
    replay = filled(2, 3, 12)
    mine, plain = Rewarded(3).starts(replay, 50, 4), Uniform(3).starts(replay, 50, 4)
    assert all(np.array_equal(a, b) for a, b in zip(mine, plain, strict=True))


@pytest.mark.parametrize("sampler", [Uniform, Rewarded])
@given(st.integers(0, 2**16), st.integers(0, 5))
def test_a_sampler_continues_from_its_state(sampler, seed, before):
    replay, first, second = filled(2, 3, 12, {(8, 1)}), sampler(seed), sampler(seed + 1)
    for _ in range(before):
        first.starts(replay, 4, 3)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    for _ in range(3):
        pairs = zip(first.starts(replay, 9, 3), second.starts(replay, 9, 3), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)


@given(sizes)
def test_chunks_put_back_give_the_same_replay(size):
    num_envs, chunks, ticks = size
    replay, copy = filled(num_envs, chunks, ticks), Replay(SPEC, num_envs, chunks * CHUNK, CHUNK)
    for start in range(replay.tail // CHUNK * CHUNK, ticks, CHUNK):  # the oldest chunk may reach below the tail
        copy.put(start, replay.ticks(start, min(start + CHUNK, ticks)))
    assert (copy.head, copy.tail) == (replay.head, replay.tail)
    held = range(replay.tail, replay.head)
    for name, ring in replay.ticks(held.start, held.stop).items():
        assert np.array_equal(ring, copy.ticks(held.start, held.stop)[name])


def test_mistakes_are_sentences():
    with pytest.raises(MbrlError, match="multiple of the chunk of 4 ticks, got 10") as error:
        Replay(SPEC, 1, 10, CHUNK)
    one_sentence(error.value)
    replay, env = filled(2, 2, 20), np.array([0])
    for start in (11, 18):  # it holds ticks 12 to 19
        with pytest.raises(MbrlError, match="holds ticks 12 to 19") as error:
            replay.gather(env, np.array([start]), 3)
        one_sentence(error.value)
    assert replay.gather(env, np.array([17]), 3).obs[0, :, 0].tolist() == [17, 18, 19]
