"""Where experience comes from: environments by name, many at once, and probe worlds with known answers."""

from mbrl_lite.envs.make import EVAL_SEED, EnvSpec, make, spec_of
from mbrl_lite.envs.minigrid import one_hot_view
from mbrl_lite.envs.probes import PROBES
from mbrl_lite.envs.vector import Step, VecEnv

__all__ = ["EVAL_SEED", "PROBES", "EnvSpec", "Step", "VecEnv", "make", "one_hot_view", "spec_of"]
