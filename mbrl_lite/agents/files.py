"""An agent as one small file: weights, configuration, its environment's name and a few states to dream from."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import torch

from mbrl_lite.agents.dreamer import Dreamer, DreamerConfig
from mbrl_lite.config import differences, from_dict, to_dict
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Latent
from mbrl_lite.storage import load_tensors, save_tensors

KIND = "mbrl_lite agent 1"


class Saved(NamedTuple):
    """What an agent's file holds."""

    agent: Dreamer
    env: str  # Gymnasium id it was trained on
    starts: Latent  # (n, ...) states met in the environment, n may be 0
    info: dict  # whatever the writer added: steps, seed, scores


def save_agent(path: Path, agent: Dreamer, env: str, starts: Latent | None = None, **info) -> None:
    """Write an agent's file, whole or not at all."""
    starts = agent.model.rssm.initial(0) if starts is None else starts
    tensors = {f"agent.{name}": value for name, value in agent.state_dict().items()}
    tensors |= starts.tensors("starts")
    save_tensors(
        path, KIND, tensors, {"config": to_dict(agent.config), "spec": asdict(agent.spec), "env": env, "info": info}
    )


def load_agent(path: Path, device: str = "cpu") -> Saved:
    """Read an agent's file, to compute on `device` wherever it was trained.

    Raises `MbrlError` naming a file that is missing, damaged or foreign.
    """
    tensors, info = load_tensors(path, KIND)
    config = replace(from_dict(DreamerConfig, info["config"]), device=device)
    agent = Dreamer(from_dict(EnvSpec, info["spec"]), config)
    load_weights(agent, tensors, path)
    return Saved(agent.requires_grad_(False), info["env"], Latent.from_tensors("starts", tensors), info["info"])


def load_into(agent: Dreamer, path: Path) -> dict:
    """Give an agent the weights in a file; returns the file's info.

    Raises `MbrlError` naming the fields that differ if the file's agent has another configuration or environment.
    """
    tensors, info = load_tensors(path, KIND)
    config = replace(from_dict(DreamerConfig, info["config"]), device=agent.config.device)  # no part of what it is
    apart = differences(to_dict(config), to_dict(agent.config)) + differences(info["spec"], _plain(agent.spec))
    if apart:
        raise MbrlError(
            f"the agent in {path} was made with another configuration ({'; '.join(apart)}): "
            f"make yours the same, or take the file's own with load_agent"
        )
    load_weights(agent, tensors, path)
    return info["info"]


def _plain(spec: EnvSpec) -> dict:
    """A specification as a file has it: JSON knows no tuples."""
    return json.loads(json.dumps(asdict(spec)))


def load_weights(agent: Dreamer, tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Give the agent the tensors named "agent.*"; raises `MbrlError` naming the file if they are not the agent's."""
    try:
        agent.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("agent.")})
    except RuntimeError as error:
        raise MbrlError(
            f"the weights in {path} do not fit its own configuration: "
            f"another version of mbrl_lite wrote it, use that version or train anew"
        ) from error


def same_spec(agent: Dreamer, spec: EnvSpec, name: str) -> None:
    """Raise `MbrlError` unless the agent was made for such observations and actions."""
    if agent.spec != spec:
        raise MbrlError(
            f"the agent was trained on {agent.spec}, but {name} is {spec}: "
            f"evaluate it on the environment it was trained on"
        )
