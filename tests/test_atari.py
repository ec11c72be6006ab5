"""Atari: the protocol of the 100k benchmark, checked against the emulator itself."""

import ale_py
import gymnasium as gym
import numpy as np
import pytest
from tiny import complaint

from mbrl_lite.envs import human_normalised, make, spec_of
from mbrl_lite.envs.atari import SCORES


@pytest.mark.parametrize("size, channels", [(64, 3), (32, 1)])
def test_what_an_agent_sees(size, channels):
    env = make(f"mbrl_lite/Atari{size}-Pong-v0")
    spec = spec_of(env)
    assert (spec.kind, spec.shape, spec.actions) == ("image", (size, size, channels), 6)
    obs, _ = env.reset(seed=0)
    assert obs.shape == spec.shape and obs.dtype == np.uint8 and obs.std() > 0


def test_a_step_is_four_frames_with_no_sticky_actions_and_no_end_at_a_lost_life():
    env = make("mbrl_lite/Atari64-Breakout-v0")
    ale = env.unwrapped.ale
    env.reset(seed=0)
    before, lives = ale.getEpisodeFrameNumber(), ale.lives()
    assert before <= 30 + 1
    env.step(1)
    assert ale.getEpisodeFrameNumber() == before + 4
    assert ale.getFloat("repeat_action_probability") == 0
    over = False
    while ale.lives() == lives and not over:
        _, _, over, _, _ = env.step(1)
    assert ale.lives() == lives - 1 and not over


def test_the_same_seed_gives_the_same_game():
    def play(seed):
        env, rng = make("mbrl_lite/Atari32-Boxing-v0"), np.random.default_rng(0)
        frames = [env.reset(seed=seed)[0]] + [env.step(int(rng.integers(18)))[0] for _ in range(30)]
        return np.array(frames)

    assert np.array_equal(play(3), play(3)) and not np.array_equal(play(3), play(4))


@pytest.mark.parametrize("game", SCORES)
def test_every_game_of_the_benchmark_is_there(game):
    gym.register_envs(ale_py)
    assert f"ALE/{game}-v5" in gym.registry and f"mbrl_lite/Atari32-{game}-v0" in gym.registry
    random, human = SCORES[game]
    assert human_normalised(game, [random, human]).tolist() == [0, 1]


def test_an_unknown_game_is_refused():
    assert "26 games" in complaint(lambda: human_normalised("Pang", 0))
    assert "did you mean" in complaint(lambda: make("mbrl_lite/Atari64-Pang-v0"))
