"""Lives: what an agent earns in the first and in the second half of a task, with its memory and without it."""

from collections.abc import Callable

import gymnasium as gym
import numpy as np

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EVAL_SEED
from mbrl_lite.envs.make import native_action
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.returns import own_randomness


def halves(
    agent: Dreamer,
    make_env: Callable[[], gym.Env],
    length: int,
    lives: int = 100,
    seed: int = EVAL_SEED,
    forget: bool = False,
    greedy: bool = False,
) -> tuple[float, float]:
    """Mean rewards of the two halves of `lives` lives of `length` steps each, with seeds seed, seed + 1, ...

    All are played side by side. With `forget` the agent's memory is emptied between the halves; the world goes on.
    `greedy`: always the likeliest action.
    """
    if length < 2 or length % 2:
        raise MbrlError(f"expected lives of an even number of steps, 2 or more, got {length}: try 60")
    envs = [make_env() for _ in range(lives)]
    obs = np.stack([env.reset(seed=seed + i)[0] for i, env in enumerate(envs)])
    rewards, state = np.zeros((length, lives)), None
    with own_randomness(seed):
        for t in range(length):
            fresh = np.full(lives, t == 0 or (forget and t == length // 2))
            action, state = agent.act(obs, fresh, state, greedy)
            for i, env in enumerate(envs):
                obs[i], rewards[t, i], terminated, truncated, _ = env.step(native_action(env, action[i]))
                over = terminated or truncated
                if over != (t == length - 1):
                    does = "ends" if over else "goes on"
                    raise MbrlError(f"expected lives of {length} steps, one {does} after {t + 1}: give their length")
    for env in envs:
        env.close()
    return tuple(rewards.reshape(2, length // 2, lives).sum(1).mean(1).tolist())
