"""Where experience comes from: environments by name, many at once, probe worlds with known answers, pixel worlds."""

from mbrl_lite.envs.atari import human_normalised
from mbrl_lite.envs.ball import ball_sequences
from mbrl_lite.envs.catch import Catch
from mbrl_lite.envs.make import EVAL_SEED, EnvSpec, make, spec_of
from mbrl_lite.envs.memory import MEMORY
from mbrl_lite.envs.minigrid import one_hot_view
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.envs.probes import PROBES
from mbrl_lite.envs.vector import Step, VecEnv

__all__ = [
    "EVAL_SEED",
    "MEMORY",
    "PROBES",
    "Catch",
    "EnvSpec",
    "Step",
    "VecEnv",
    "ball_sequences",
    "human_normalised",
    "make",
    "one_hot_view",
    "pixel_sequences",
    "spec_of",
]
