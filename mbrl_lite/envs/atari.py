"""Atari as the 100k benchmark plays it, in two sizes, and the scores that returns are measured against."""

import gymnasium as gym
import numpy as np

from mbrl_lite.errors import MbrlError, require

# Mean scores of random play and of a human tester, (random, human), for the 26 games of the benchmark: Mnih et al.,
# 2015, Extended Data Table 2, as completed by Wang et al., 2016, Table 2; the choice of games is Kaiser et al.'s, 2020.
SCORES = {
    "Alien": (227.8, 7127.7),
    "Amidar": (5.8, 1719.5),
    "Assault": (222.4, 742.0),
    "Asterix": (210.0, 8503.3),
    "BankHeist": (14.2, 753.1),
    "BattleZone": (2360.0, 37187.5),
    "Boxing": (0.1, 12.1),
    "Breakout": (1.7, 30.5),
    "ChopperCommand": (811.0, 7387.8),
    "CrazyClimber": (10780.5, 35829.4),
    "DemonAttack": (152.1, 1971.0),
    "Freeway": (0.0, 29.6),
    "Frostbite": (65.2, 4334.7),
    "Gopher": (257.6, 2412.5),
    "Hero": (1027.0, 30826.4),
    "Jamesbond": (29.0, 302.8),
    "Kangaroo": (52.0, 3035.0),
    "Krull": (1598.0, 2665.5),
    "KungFuMaster": (258.5, 22736.3),
    "MsPacman": (307.3, 6951.6),
    "Pong": (-20.7, 14.6),
    "PrivateEye": (24.9, 69571.3),
    "Qbert": (163.9, 13455.0),
    "RoadRunner": (11.5, 7845.0),
    "Seaquest": (68.4, 42054.7),
    "UpNDown": (533.4, 11693.2),
}
STEPS_100K, SKIP, NOOPS = 100_000, 4, 30
SIZES = {64: False, 32: True}  # pixels a side, and whether grey: as Drama sees it, and what a laptop can bear
PREFIX = "mbrl_lite/Atari"


def human_normalised(game: str, score) -> np.ndarray:
    """(score - random) / (human - random), any shape: 0 is random play, 1 a human tester."""
    if game not in SCORES:
        raise MbrlError(f"expected one of the 26 games of Atari 100k, got {game!r}: {', '.join(SCORES)}")
    random, human = SCORES[game]
    return (np.asarray(score, dtype=float) - random) / (human - random)


def atari(game: str, size: int, render_mode: str | None = None) -> gym.Env:
    """One game: every 4th frame, the larger of its last two, `size` x `size` pixels; 0 to 30 idle frames at the start.

    No sticky actions, the game's own minimal set of actions, no end at a lost life, scores as they are, at most 108,000
    frames: the protocol of Atari 100k (Kaiser et al., 2020). 64 pixels come in colour, 32 in grey.
    """
    gym.register_envs(require("ale_py", "atari"))
    require("cv2", "atari")
    env = gym.make(
        f"ALE/{game}-v5", frameskip=1, repeat_action_probability=0.0, full_action_space=False, render_mode=render_mode
    )
    return gym.wrappers.AtariPreprocessing(
        env, NOOPS, SKIP, size, grayscale_obs=SIZES[size], grayscale_newaxis=SIZES[size]
    )


def register() -> None:
    """Make the names mbrl_lite/Atari64-Pong-v0, mbrl_lite/Atari32-Pong-v0, ... known."""
    for size in SIZES:
        for game in SCORES:
            if f"{PREFIX}{size}-{game}-v0" not in gym.registry:
                kwargs = {"game": game, "size": size}
                gym.register(f"{PREFIX}{size}-{game}-v0", entry_point=atari, kwargs=kwargs)


register()
