"""Agents: from a model to a policy."""

from mbrl_lite.agents.behaviour import Behaviour, BehaviourConfig, lambda_return
from mbrl_lite.agents.dreamer import Dreamer, DreamerConfig, usable_device
from mbrl_lite.agents.explore import Disagreement, ExploreConfig
from mbrl_lite.agents.files import Saved, load_agent, load_into, load_weights, same_spec, save_agent

__all__ = [
    "Behaviour",
    "BehaviourConfig",
    "Disagreement",
    "Dreamer",
    "DreamerConfig",
    "ExploreConfig",
    "Saved",
    "lambda_return",
    "load_agent",
    "load_into",
    "load_weights",
    "same_spec",
    "save_agent",
    "usable_device",
]
