"""Environments by name: any Gymnasium environment with discrete actions, its observations of one of three kinds."""

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mbrl_lite.envs.minigrid import GRID_SHAPE
from mbrl_lite.errors import MbrlError, require

EVAL_SEED = 2**30  # training draws its episode seeds below this number, evaluation counts up from it: they never meet

FUNCTION = "function "  # how the name of an environment begins that was made by a function


@dataclass(frozen=True)
class EnvSpec:
    """What an agent must know of an environment: the kind and shape of an observation, the number of actions.

    Kinds: "grid" is MiniGrid's view, uint8 (7, 7, 3); "image" is uint8 (H, W, C); "vector" is float32 (n,).
    """

    kind: str
    shape: tuple[int, ...]
    actions: int

    @property
    def dtype(self) -> type:
        return np.float32 if self.kind == "vector" else np.uint8


class ImageOnly(gym.ObservationWrapper):
    """Keep the picture of a dictionary observation: MiniGrid's view without direction and mission."""

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.observation_space = env.observation_space["image"]

    def observation(self, observation):
        return observation["image"]


def _kind(space: spaces.Box) -> str:
    if space.dtype == np.uint8 and space.shape == GRID_SHAPE:
        return "grid"
    if space.dtype == np.uint8 and len(space.shape) == 3 and space.shape[-1] in (1, 3) and min(space.shape[:2]) >= 8:
        return "image"
    return "vector"


def spec_of(env: gym.Env) -> EnvSpec:
    """The `EnvSpec` of an environment made by `make`."""
    space = env.observation_space
    return EnvSpec(_kind(space), tuple(space.shape), int(env.action_space.n))


def _import_namespace(env_id: str) -> None:
    """MiniGrid and Atari register their environments when imported."""
    if env_id.startswith(("MiniGrid-", "BabyAI-")):
        importlib.import_module("minigrid")
    elif env_id.startswith("ALE/"):
        gym.register_envs(require("ale_py", "atari"))


def _registered(env_id: str, **options) -> gym.Env:
    if env_id.startswith(FUNCTION):
        raise MbrlError(
            f"this run's environment was made by the {env_id}, which no file can hold: "
            f"give it again from Python, as in  Run.resume(folder, make_env)"
        )
    _import_namespace(env_id)
    try:
        return gym.make(env_id, **options)
    except gym.error.DependencyNotInstalled as error:
        raise MbrlError(
            f"the environment {env_id!r} needs a package that is not installed ({error}): install it and try again"
        ) from None
    except (gym.error.Error, ModuleNotFoundError) as error:
        if isinstance(error, ModuleNotFoundError) and env_id in gym.registry:
            raise MbrlError(
                f"the environment {env_id!r} needs the package {error.name!r}, which is not installed: "
                f"install it and try again"
            ) from None
        near = difflib.get_close_matches(env_id, list(gym.registry), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "gymnasium.pprint_registry() lists those installed"
        raise MbrlError(
            f"expected the id of a Gymnasium environment, got {env_id!r}, which is not known here: {hint}"
        ) from error


def make(env_id: str | Callable[[], gym.Env], **options) -> gym.Env:
    """Make an environment from its Gymnasium id, or from a function of no arguments that returns one.

    Observations come out as one of the three kinds of `EnvSpec`; actions are Discrete. The environment itself is not
    changed; `options` go to gymnasium.make.
    Raises `MbrlError` if the id is unknown or a space is of another sort.
    """
    env = env_id() if callable(env_id) else _registered(env_id, **options)
    name = env_id if isinstance(env_id, str) else type(env.unwrapped).__name__
    if not isinstance(env.action_space, spaces.Discrete):
        raise MbrlError(
            f"this agent needs a Discrete action space, but {name} has {env.action_space}: "
            f"choose an environment with discrete actions or wrap yours to offer a few fixed ones"
        )
    space = env.observation_space
    if isinstance(space, spaces.Dict) and isinstance(space.spaces.get("image"), spaces.Box):
        env = ImageOnly(env)
    elif not isinstance(space, spaces.Box):
        if not space.is_np_flattenable:
            raise MbrlError(
                f"observations must be a Box, Discrete or a Dict of them, but {name} has {space}: wrap it to a Box"
            )
        env = gym.wrappers.FlattenObservation(env)
    if _kind(env.observation_space) == "vector":
        env = gym.wrappers.FlattenObservation(env)
        env = gym.wrappers.DtypeObservation(env, np.float32)
    return env
