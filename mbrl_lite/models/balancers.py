"""Loss balancers: how the terms of a world model's loss are weighed against each other."""

from collections.abc import Callable

import torch
from torch import nn

from mbrl_lite.errors import MbrlError


class Fixed(nn.Module):
    """Each term times a weight written down beforehand; a term that is not named has weight 1. DreamerV3, Eq. 4."""

    def __init__(self, weights: dict[str, float]):
        super().__init__()
        self.weights = weights

    def forward(self, terms: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Named terms, scalars each, to terms that are ready to be summed."""
        return {name: term * self.weights.get(name, 1.0) for name, term in terms.items()}


BALANCERS: dict[str, Callable[[dict[str, float]], nn.Module]] = {"fixed": Fixed}


def register_balancer(name: str, factory: Callable[[dict[str, float]], nn.Module]) -> None:
    """Let configurations name another balancer; the factory is given the weights of `ModelConfig`."""
    BALANCERS[name] = factory


def make_balancer(name: str, weights: dict[str, float]) -> nn.Module:
    """The balancer called `name`; raises `MbrlError` for a name that is none."""
    if name not in BALANCERS:
        raise MbrlError(f"expected a balancer out of {', '.join(BALANCERS)}, got {name!r}: choose one of these")
    return BALANCERS[name](weights)
