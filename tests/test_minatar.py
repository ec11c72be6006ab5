"""MinAtar under its own ids: what is seen, how games end, and that a seed with actions is a game's whole state."""

import gymnasium as gym
import numpy as np
import pytest

from mbrl_lite.envs import VecEnv, make, spec_of
from mbrl_lite.envs.minatar import Reproducible, register

GAMES = {"Asterix": (4, 5), "Breakout": (4, 3), "Freeway": (7, 3), "Seaquest": (10, 6), "SpaceInvaders": (6, 4)}


def world(game: str, **options):
    return make(f"MinAtar/{game}-v1", **options)


def rollout(env: gym.Env, seed: int, actions) -> list[tuple]:
    """What is seen and paid and whether it ended, from a reset on."""
    steps = [(env.reset(seed=seed)[0], 0.0, False, False)]
    for action in actions:
        if steps[-1][2] or steps[-1][3]:
            break
        steps.append(env.step(action)[:4])
    return steps


def equal(one: list[tuple], other: list[tuple]) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b) for x, y in zip(one, other) for a, b in zip(x, y))


@pytest.mark.parametrize("game", GAMES)
def test_what_an_agent_sees(game):
    planes, actions = GAMES[game]
    env = world(game)
    spec, original = spec_of(env), env.unwrapped.observation_space
    assert (spec.kind, spec.shape, spec.actions) == ("planes", (10, 10, planes), actions)
    assert original.dtype == bool
    obs, _ = env.reset(seed=0)
    assert set(np.unique(obs)) == {0, 1}


def test_all_six_actions_and_minimal_ones():
    assert spec_of(make("MinAtar/Breakout-v0")).actions == 6 and spec_of(world("Breakout")).actions == 3


def test_the_game_is_the_suites_own():
    env = world("Breakout")
    register()
    env_again = world("Breakout")
    assert type(env.unwrapped).__module__ == "minatar.gym" and env.unwrapped.game.sticky_action_prob == 0.1
    wrappers = []
    while isinstance(env_again, gym.Wrapper):
        wrappers.append(type(env_again))
        env_again = env_again.env
    assert wrappers.count(Reproducible) == 1


@pytest.mark.parametrize("game", GAMES)
def test_a_seed_with_actions_is_a_games_whole_state(game):
    env, actions = world(game), np.random.default_rng(1).integers(3, size=200)
    first = rollout(env, 11, actions)
    rollout(env, 12, actions[::-1])  # whatever was played between
    assert equal(first, rollout(env, 11, actions)) and equal(first, rollout(world(game), 11, actions))
    if game in ("Asterix", "Breakout", "Freeway"):  # their beginnings are random
        others = [rollout(env, seed, actions) for seed in range(5)]
        assert not all(equal(first, other) for other in others)


def first_positions(env: gym.Env, seeds: int = 200) -> set[int]:
    """Where Breakout's paddle stands after the first action, no-op, when the episode before ended on a move."""
    found = set()
    for seed in range(seeds):
        env.reset(seed=seed)
        for _ in range(3):
            env.step(2)
        env.reset(seed=seed)
        env.step(0)
        found.add(env.unwrapped.game.env.pos)
    return found


def test_no_sticky_action_reaches_into_the_episode_before():
    env = world("Breakout")
    assert first_positions(env) == {4}
    assert first_positions(env.unwrapped) == {4, 5}, "as its authors left it, a reset keeps the last action"


def test_actions_stick_as_the_suite_says():
    env, moved = world("Breakout"), 0
    for seed in range(1000):
        env.reset(seed=seed)
        env.step(2)
        before = env.unwrapped.game.env.pos
        env.step(0)
        moved += env.unwrapped.game.env.pos != before
    assert moved / 1000 == pytest.approx(0.9 * 0.1, abs=5 * (0.09 / 1000) ** 0.5)  # the first move may stick at no-op


def test_a_lost_ball_terminates():
    steps = rollout(world("Breakout"), 0, [0] * 200)
    assert steps[-1][2:] == (True, False) and len(steps) < 200


def test_freeways_end_is_a_time_limit():
    steps = rollout(world("Freeway"), 0, [0] * 3000)
    assert steps[-1][2:] == (False, True) and len(steps) == 2502  # a reset and 2501 actions
    assert not any(truncated or terminated for *_, terminated, truncated in steps[:-1])


def test_a_limit_of_our_own_truncates():
    assert rollout(world("Freeway", max_episode_steps=10), 0, [0] * 20)[-1][2:] == (False, True)


def test_many_at_once_return_to_where_they_were():
    vec, rng = VecEnv(lambda: world("Breakout"), 4, 0), np.random.default_rng(0)
    for _ in range(50):
        vec.step(rng.integers(3, size=4))
    again = VecEnv(lambda: world("Breakout"), 4, 1)
    again.load_state_dict(vec.state_dict())
    for _ in range(50):
        action = rng.integers(3, size=4)
        assert all(np.array_equal(a, b) for a, b in zip(vec.step(action), again.step(action)))
