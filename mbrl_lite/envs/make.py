"""Environments by name: any Gymnasium environment with discrete or bounded continuous actions, four kinds of view."""

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from mbrl_lite.envs import minatar
from mbrl_lite.envs.minigrid import GRID_SHAPE
from mbrl_lite.errors import MbrlError, require

EVAL_SEED = 2**30  # training draws its episode seeds below this number, evaluation counts up from it: they never meet

FUNCTION = "function "  # how the name of an environment begins that was made by a function


@dataclass(frozen=True)
class EnvSpec:
    """What an agent must know of an environment: the kind and shape of an observation, and the actions.

    Kinds: "grid" is MiniGrid's view, uint8 (7, 7, 3); "image" is uint8 (H, W, C); "planes" are MinAtar's, zeros and
    ones (H, W, C); "vector" is float32 (n,). `actions` counts the discrete actions to choose from or, if `continuous`,
    the numbers in an action, each in [-1, 1].
    """

    kind: str
    shape: tuple[int, ...]
    actions: int
    continuous: bool = False

    @property
    def dtype(self) -> type:
        return np.float32 if self.kind == "vector" else np.uint8

    def no_action(self, n: int) -> np.ndarray:
        """The dummy action of n environments: (n,) int64 or (n, A) float32 zeros."""
        return np.zeros((n, self.actions), np.float32) if self.continuous else np.zeros(n, np.int64)

    def random_action(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Uniform actions of n environments: (n,) int64 or (n, A) float32."""
        if self.continuous:
            return rng.uniform(-1, 1, (n, self.actions)).astype(np.float32)
        return rng.integers(self.actions, size=n)


def native_action(env: gym.Env, action):
    """An agent's action as the environment wants it: counted from its first one, or stretched to its bounds."""
    space = env.action_space
    if isinstance(space, spaces.Discrete):
        return int(action) + int(space.start)
    share = (np.clip(action, -1, 1).astype(np.float64) + 1) / 2
    return (space.low + share * (space.high.astype(np.float64) - space.low)).astype(space.dtype)


class ImageOnly(gym.ObservationWrapper):
    """Keep the picture of a dictionary observation: MiniGrid's view without direction and mission."""

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.observation_space = env.observation_space["image"]

    def observation(self, observation):
        return observation["image"]


def _kind(space: spaces.Box) -> str:
    if space.dtype == np.bool_ and len(space.shape) == 3:
        return "planes"
    if space.dtype == np.uint8 and space.shape == GRID_SHAPE:
        return "grid"
    if space.dtype == np.uint8 and len(space.shape) == 3 and space.shape[-1] in (1, 3) and min(space.shape[:2]) >= 8:
        return "image"
    return "vector"


def spec_of(env: gym.Env) -> EnvSpec:
    """The `EnvSpec` of an environment made by `make`."""
    space, actions = env.observation_space, env.action_space
    if isinstance(actions, spaces.Box):
        return EnvSpec(_kind(space), tuple(space.shape), int(actions.shape[0]), continuous=True)
    return EnvSpec(_kind(space), tuple(space.shape), int(actions.n))


def _import_namespace(env_id: str) -> None:
    """MiniGrid and Atari register their environments when imported."""
    if env_id.startswith(("MiniGrid-", "BabyAI-")):
        importlib.import_module("minigrid")
    elif env_id.startswith("MinAtar/"):
        minatar.register()
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


def _check_actions(space: spaces.Space, name: str) -> None:
    """Refuse what no agent here can do."""
    if isinstance(space, spaces.Discrete):
        return
    if not isinstance(space, spaces.Box) or len(space.shape) != 1 or not np.issubdtype(space.dtype, np.floating):
        raise MbrlError(
            f"agents here need a Discrete action space or a Box of one axis, but {name} has {space}: "
            f"choose another environment or wrap yours to offer such actions"
        )
    if not np.isfinite([space.low, space.high]).all():
        raise MbrlError(
            f"continuous actions need bounds, but {name} has {space}: "
            f"wrap it in gymnasium.wrappers.RescaleAction or state finite bounds"
        )


def make(env_id: str | Callable[[], gym.Env], **options) -> gym.Env:
    """Make an environment from its Gymnasium id, or from a function of no arguments that returns one.

    Observations come out as one of the kinds of `EnvSpec`; actions are Discrete or a bounded Box of one axis. The
    environment itself is not changed; `options` go to gymnasium.make.
    Raises `MbrlError` if the id is unknown or a space is of another sort.
    """
    env = env_id() if callable(env_id) else _registered(env_id, **options)
    name = env_id if isinstance(env_id, str) else type(env.unwrapped).__name__
    _check_actions(env.action_space, name)
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
