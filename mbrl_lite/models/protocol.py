"""The words every latent world model uses: a state, what was observed, what was dreamt."""

from collections.abc import Callable
from typing import NamedTuple

import torch

from mbrl_lite.nn import Ones

# feat (B, F) to action: (B,) int64, (B, A) numbers, or straight-through one-hot (B, A) where gradients shall pass.
Policy = Callable[[torch.Tensor], torch.Tensor]


def time_first(x: torch.Tensor) -> torch.Tensor:
    """(B, T, ...) to (T, B, ...), and back: the same numbers, seen the other way."""
    return x.transpose(0, 1)


class Latent(NamedTuple):
    """State of a latent world model: deterministic h and stochastic z, any leading shape.

    `carry` is what a sequence model remembers beyond its output h, None where h is all.
    """

    h: torch.Tensor  # (..., H)
    z: torch.Tensor  # (..., size of z), one-hot groups laid flat
    carry: torch.Tensor | None = None

    @property
    def feat(self) -> torch.Tensor:
        """feat_t = [h_t, z_t], all that heads and policies read: (..., F)."""
        return torch.cat((self.h, self.z), dim=-1)

    def map(self, function) -> "Latent":
        """The same function on all parts."""
        return Latent(*(None if part is None else function(part) for part in self))

    def tensors(self, prefix: str) -> dict[str, torch.Tensor]:
        """The parts by name, to be saved."""
        return {f"{prefix}.{name}": part for name, part in self._asdict().items() if part is not None}

    @classmethod
    def from_tensors(cls, prefix: str, tensors: dict[str, torch.Tensor]) -> "Latent":
        """The inverse of `tensors`; other names are left alone."""
        return cls(*(tensors.get(f"{prefix}.{name}") for name in cls._fields))


class Observed(NamedTuple):
    """What `observe` returns: the posterior's states and the statistics of both distributions."""

    states: Latent  # (B, T, ...)
    posterior: torch.Tensor  # (B, T, Z, C): probabilities of a categorical, mean and deviation of a Gaussian
    prior: torch.Tensor  # (B, T, Z, C)


class Dream(NamedTuple):
    """H imagined steps: H + 1 feats, H actions; rewards and conts arrive at feats 1..H."""

    feat: torch.Tensor  # (B, H + 1, F)
    action: torch.Tensor  # (B, H) int64, or (B, H, A) numbers
    reward: torch.Tensor  # (B, H)
    cont: torch.Tensor  # (B, H), probability that the episode goes on
    ones: Ones | None = None  # where the ones are in feat, (B, H + 1, Z), if z is made of such
