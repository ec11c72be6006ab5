"""Actors: a policy over discrete actions, or over numbers in [-1, 1]."""

import math

import torch
from torch import nn

from mbrl_lite.envs import EnvSpec
from mbrl_lite.nn import MLP, Ones, categorical_entropy, one_hot_sample, sample_index, straight_through, unimix


class DiscreteActor(nn.Module):
    """pi(a | feat) as probabilities (..., A), a share of them uniform: no action is ever impossible."""

    def __init__(self, feat: int, actions: int, units: int, layers: int, mix: float):
        super().__init__()
        self.net, self.mix = MLP(feat, units, layers, actions, zero=True), mix

    def forward(self, feat: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        return unimix(self.net(feat, ones), self.mix)

    def sample(self, pi: torch.Tensor) -> torch.Tensor:
        """Actions (...) int64."""
        return sample_index(pi)

    def rsample(self, pi: torch.Tensor) -> torch.Tensor:
        """One-hot actions (..., A) that let gradients through to the probabilities."""
        return straight_through(one_hot_sample(pi), pi)

    def mode(self, pi: torch.Tensor) -> torch.Tensor:
        return pi.argmax(-1)

    def log_prob(self, pi: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        """ln pi(a) of actions (...) int64."""
        return pi.gather(-1, action.unsqueeze(-1)).squeeze(-1).log()

    def entropy(self, pi: torch.Tensor) -> torch.Tensor:
        """In nats: (...)."""
        return categorical_entropy(pi)


class ContinuousActor(nn.Module):
    """Independent normal variables, means in [-1, 1], deviations of 0.1 to 1: (..., A, 2). DreamerV3, 'bounded normal'.

    What is drawn may lie outside [-1, 1]; model and world cut it, the likelihood is that of the number drawn.
    """

    least, most = 0.1, 1.0

    def __init__(self, feat: int, actions: int, units: int, layers: int, mix: float = 0.0):
        super().__init__()
        self.net = MLP(feat, units, layers, 2 * actions, zero=True)

    def forward(self, feat: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        mean, spread = self.net(feat, ones).float().chunk(2, -1)
        return torch.stack([torch.tanh(mean), self.least + (self.most - self.least) * torch.sigmoid(spread + 2)], -1)

    def rsample(self, pi: torch.Tensor) -> torch.Tensor:
        """Actions (..., A) that let gradients through to mean and deviation."""
        return pi[..., 0] + pi[..., 1] * torch.randn_like(pi[..., 0])

    def sample(self, pi: torch.Tensor) -> torch.Tensor:
        """Actions (..., A), no gradient."""
        return self.rsample(pi.detach())

    def mode(self, pi: torch.Tensor) -> torch.Tensor:
        return pi[..., 0]

    def log_prob(self, pi: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        """ln of the density at actions (..., A), summed over A: (...)."""
        mean, std = pi.unbind(-1)
        return (-0.5 * ((action - mean) / std).square() - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)

    def entropy(self, pi: torch.Tensor) -> torch.Tensor:
        """In nats, summed over A: (...)."""
        return (pi[..., 1].log() + 0.5 * math.log(2 * math.pi * math.e)).sum(-1)


def make_actor(spec: EnvSpec, feat: int, units: int, layers: int, mix: float) -> nn.Module:
    """The actor for the environment's kind of actions."""
    kind = ContinuousActor if spec.continuous else DiscreteActor
    return kind(feat, spec.actions, units, layers, mix)
