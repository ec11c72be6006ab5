"""A sequence model without memory: what is left of an RSSM when only z carries the past (PlaNet's SSM)."""

import torch
from torch import nn

from mbrl_lite.nn import NormLinear


class Feedforward(nn.Module):
    """y_t = f(x_t). Its state is y_t, kept for the interface and never read."""

    def __init__(self, inputs: int, units: int):
        super().__init__()
        self.units = units
        self.net = NormLinear(inputs, units)

    def initial(self, batch: int) -> torch.Tensor:
        return self.net.linear.weight.new_zeros(batch, self.units)

    def forward(self, x, reset, state=None, at=None):
        y = self.net(x)  # (B, T, H)
        return (y, y[:, -1]) if at is None else (y, y[:, -1], y[:, at])

    def step(self, x, reset, state):
        y = self.net(x)
        return y, y
