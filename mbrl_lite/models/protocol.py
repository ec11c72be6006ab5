"""The words every latent world model uses: a state, what was observed, what was dreamt."""

from collections.abc import Callable
from typing import NamedTuple

import torch

Policy = Callable[[torch.Tensor], torch.Tensor]  # feat (B, F) to action (B,) int64


class Latent(NamedTuple):
    """State of a latent world model: deterministic h and stochastic z, any leading shape."""

    h: torch.Tensor  # (..., H)
    z: torch.Tensor  # (..., Z * C), one-hot groups laid flat

    @property
    def feat(self) -> torch.Tensor:
        """feat_t = [h_t, z_t], all that heads and policies read: (..., F)."""
        return torch.cat(self, dim=-1)

    def map(self, function) -> "Latent":
        """The same function on both parts."""
        return Latent(*(function(part) for part in self))


class Observed(NamedTuple):
    """What `observe` returns: the posterior's states and both distributions as probabilities."""

    states: Latent  # (B, T, ...)
    posterior: torch.Tensor  # (B, T, Z, C)
    prior: torch.Tensor  # (B, T, Z, C)


class Dream(NamedTuple):
    """H imagined steps: H + 1 feats, H actions; rewards and conts arrive at feats 1..H."""

    feat: torch.Tensor  # (B, H + 1, F)
    action: torch.Tensor  # (B, H) int64
    reward: torch.Tensor  # (B, H)
    cont: torch.Tensor  # (B, H), probability that the episode goes on
