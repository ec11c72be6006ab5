"""MemLab: the cue is seen once, the question comes when it should, and the stated returns are the true ones."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from tiny import complaint

from mbrl_lite.envs import MEMORY, VecEnv, make, spec_of
from mbrl_lite.envs.memory import HiddenGoal, MemoryLen, RecallCorridor, TMaze


def episode(env, policy, seed: int):
    """Observations (n + 1, ...) and the return of one episode; the policy sees all observations so far."""
    seen, total, over = [env.reset(seed=seed)[0]], 0.0, False
    while not over:
        obs, reward, terminated, truncated, _ = env.step(policy(seen))
        seen.append(obs)
        total, over = total + reward, terminated or truncated
    return np.array(seen), total


def mean_return(env, policy, episodes: int = 400):
    got = np.array([episode(env, policy, seed)[1] for seed in range(episodes)])
    return got.mean(), 5 * got.std() / episodes**0.5 + 1e-9


def at_random(env):
    rng = np.random.default_rng(0)
    return lambda seen: int(rng.integers(env.action_space.n))


@pytest.mark.parametrize("env_id", MEMORY)
def test_they_are_sound_gymnasium_environments(env_id):
    check_env(gym.make(env_id).unwrapped, skip_render_check=True)
    vec = VecEnv(lambda: make(env_id), 2, 0)
    assert spec_of(make(env_id)).shape == vec.step(vec.spec.no_action(2)).obs.shape[1:]


SMALL = [RecallCorridor(5), TMaze(3), MemoryLen(4, 3), HiddenGoal(30, 5), RecallCorridor(5, shown=3, asked=4)]
SMALL += [HiddenGoal(18, 3, parts=3)]
names = {"ids": lambda env: type(env).__name__}


@pytest.mark.parametrize("env", SMALL, **names)
def test_random_actions_get_the_stated_return(env):
    got, error = mean_return(env, at_random(env), 2000)
    assert got == pytest.approx(env.RANDOM_RETURN, abs=error)


def remember_maze(seen):
    return (2 if seen[0][0] > 0 else 1) if seen[-1][2] else 0


def remember_signs(bits):
    return lambda seen: int(seen[0][2 + max(0, round(seen[-1][1] * bits) - 1)] > 0)


PLAYERS = [
    (RecallCorridor(5), lambda seen: int(seen[0][0] > 0)),
    (RecallCorridor(5, seen=True), lambda seen: int(seen[-1][0] > 0)),
    (RecallCorridor(5, shown=3, asked=4), lambda seen: int(seen[0][0] > 0)),
    (TMaze(3), remember_maze),
    (MemoryLen(4, 3), remember_signs(3)),
]


@pytest.mark.parametrize("env, player", PLAYERS)
def test_who_remembers_is_always_right(env, player):
    assert mean_return(env, player, 100)[0] == env.BEST_RETURN


@pytest.mark.parametrize("env", SMALL[:3], **names)
def test_the_cue_is_seen_once_and_then_never(env):
    signs = slice(2, None) if isinstance(env, MemoryLen) else slice(0, 1)
    seen, _ = episode(env, lambda seen: int(isinstance(env, TMaze) and seen[-1][2]), 0)
    assert seen[0, signs].all() and not seen[1:, signs].any()
    assert len(seen) == env.length + 2  # the question comes `length` steps after the cue, and one answer


def test_a_cue_may_be_seen_for_longer_and_asked_for_more_often():
    seen, _ = episode(RecallCorridor(5, shown=3, asked=2), lambda seen: 0, 0)
    assert seen[:, 0].astype(bool).tolist() == [True] * 3 + [False] * 7  # 5 - 1 dark steps, 2 lit ones and the last
    assert seen[:, 1].tolist() == [0.0] * 7 + [1.0] * 2 + [0.0]


def test_who_knows_the_way_but_not_the_sign_gets_the_blind_return():
    for env in (RecallCorridor(5), TMaze(3)):
        got, error = mean_return(env, lambda seen: int(seen[-1][-1]))
        assert got == pytest.approx(env.BLIND_RETURN, abs=error)


def test_a_hidden_goal_stays_and_sends_back():
    env, goals = HiddenGoal(200, 3), set()
    obs, rng = env.reset(seed=0)[0], np.random.default_rng(0)
    for _ in range(200):
        before, (obs, reward, *_) = obs, env.step(int(rng.integers(4)))
        assert reward == obs[2] and (not reward or (obs[:2] + 1 == env.goal).all())
        start = np.zeros(2) if before[2] else before[:2]  # after the goal: from the middle
        assert np.abs(obs[:2] - start).sum() <= 1
        goals.add(env.goal)
    assert len(goals) == 1 and np.mean([200, 100] * 4) == env.BEST_RETURN


def test_each_part_begins_in_the_middle_and_the_goal_stays():
    env, returns = HiddenGoal(16, 3, parts=2), []
    for seed in range(40):
        env.reset(seed=seed)
        goal, total, over = env.goal, 0.0, False
        while not over:
            down, right = (to - at for to, at in zip(goal, env.at, strict=True))
            away = env.t == 7  # the last step of the first part: whoever walks away is back in the middle all the same
            action = 1 if away else (2 if down > 0 else 0) if down else (1 if right > 0 else 3)
            obs, reward, _, over, _ = env.step(action)
            assert env.goal == goal and (env.t != 8 or not obs.any())  # as in the very beginning, whatever was found
            total += reward
        returns.append(total)
    assert max(returns) == 16 and 2 * np.mean([8, 4] * 4) == env.BEST_RETURN


@pytest.mark.parametrize("size", [7, 9, 11])
def test_the_seen_cue_is_in_the_first_view(size):
    env, theirs = make(f"mbrl_lite/SeenMemoryS{size}-v0"), make(f"MiniGrid-MemoryS{size}-v0")
    left = [[int(room.reset(seed=seed)[0][2, 6, 0]) for seed in range(20)] for room in (env, theirs)]
    cue = {5, 6}  # MiniGrid's numbers of keys and balls
    assert set(left[0]) == cue and not set(left[1]) <= cue


def test_impossible_sizes_are_refused():
    assert "1 step or more" in complaint(lambda: RecallCorridor(0))
    assert "of cue and lamp" in complaint(lambda: RecallCorridor(4, shown=0))
    assert "1 bit or more" in complaint(lambda: MemoryLen(4, 0))
    assert "odd size" in complaint(lambda: HiddenGoal(10, 4))
    assert "equal parts of 10 steps, got 3" in complaint(lambda: HiddenGoal(10, 3, parts=3))
