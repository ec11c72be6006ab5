"""Our Dreamer for the race: its whole `update`, reading from replay included, with the sizes of the case."""

import functools
import importlib.metadata

import numpy as np
from serve import parameters, serve

from mbrl_lite.agents import BehaviourConfig, Dreamer, DreamerConfig
from mbrl_lite.data import Replay, Uniform
from mbrl_lite.envs import EnvSpec, Step
from mbrl_lite.envs.minigrid import GRID_CLASSES
from mbrl_lite.models import ModelConfig

SPECS = {
    "grid": lambda case: EnvSpec("grid", (7, 7, 3), case["actions"]),
    "vector": lambda case: EnvSpec("vector", (case["size"],), case["actions"]),
    "image": lambda case: EnvSpec("image", (64, 64, 3), case["actions"]),
}


def observation(case: dict, rng: np.random.Generator) -> np.ndarray:
    """One tick of all sequences, (B, ...), random."""
    B = case["batch"]
    if case["obs"] == "grid":
        return np.stack([rng.integers(n, size=(B, 7, 7)) for n in GRID_CLASSES], -1).astype(np.uint8)
    if case["obs"] == "vector":
        return (rng.random((B, case["size"])) < case["share"]).astype(np.float32)
    return rng.integers(0, 256, (B, 64, 64, 3)).astype(np.uint8)


def build(case: dict):
    """Every state is a start, as it is for the others."""
    c = case
    same = {name: c[name] for name in ("units", "deter", "groups", "classes", "bins", "codec")}
    model = ModelConfig(**same)
    behaviour = BehaviourConfig(units=c["units"], layers=c["behaviour_layers"], bins=c["bins"])
    spec, B, T = SPECS[c["obs"]](c), c["batch"], c["length"]
    precision = "bfloat16" if c["bfloat16"] else "float32"
    settings = DreamerConfig(
        model, behaviour, batch=B, length=T, horizon=c["horizon"], starts=B * T, precision=precision
    )
    agent, replay, rng = Dreamer(spec, settings), Replay(spec, B, 4 * T, chunk=4 * T), np.random.default_rng(0)
    for tick in range(4 * T):
        none = np.zeros(B, bool)
        reward = np.full(B, float(tick == 2 * T), np.float32)
        replay.add(Step(observation(c, rng), reward, none, none, none), rng.integers(c["actions"], size=B))
    return functools.partial(agent.update, replay, Uniform(0)), {
        "version": importlib.metadata.version("mbrl_lite"),
        "parameters": parameters(agent.model, agent.behaviour),
    }


if __name__ == "__main__":
    serve(build)
