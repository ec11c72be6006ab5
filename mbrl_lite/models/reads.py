"""Heads that read a part of the state only: the decoder z, reward and end h, as in STORM and Drama."""

import torch
from torch import nn

from mbrl_lite.nn import Ones


class Reads(nn.Module):
    """A network made for `size` numbers that is given feat = [h, z] and reads numbers `start` to `start + size`."""

    def __init__(self, net: nn.Module, start: int, size: int):
        super().__init__()
        self.net, self.start, self.size = net, start, size

    def part(self, feat: torch.Tensor) -> torch.Tensor:
        """(..., F) to (..., size)."""
        return feat.narrow(-1, self.start, self.size)

    def forward(self, feat: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        return self.net(self.part(feat), ones if ones and self.start + self.size == feat.shape[-1] else None)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """A decoder's loss."""
        return self.net.loss(self.part(feat), obs)

    def mode(self, feat: torch.Tensor, *more) -> torch.Tensor:
        """A decoder's best guess."""
        return self.net.mode(self.part(feat), *more)
