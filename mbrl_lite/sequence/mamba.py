"""Mamba: a selective scan, every channel with its own decays (Gu and Dao, 2023)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence.scan import linear_scan
from mbrl_lite.sequence.short_conv import ShortConv
from mbrl_lite.sequence.stack import RMSNorm, Stack, exactly


class MambaLayer(nn.Module):
    """h_t = exp(dt A) h_{t-1} + dt B_t x_t;  y = h C_t + D x, for each channel; dt, B and C depend on x_t. Section 3.

    A is (channels, N): finer than Mamba-2's one decay a head, and so a scan over (B, T, channels, N) that no matrix
    product can do. Out comes W_out (y silu(z)).
    """

    def __init__(self, units: int, state: int = 16, expand: int = 2, conv: int = 4):
        super().__init__()
        self.inner, self.N, self.rank = expand * units, state, math.ceil(units / 16)
        self.input = nn.Linear(units, 2 * self.inner, bias=False)
        self.conv = ShortConv(self.inner, conv)
        self.select = nn.Linear(self.inner, self.rank + 2 * state, bias=False)
        self.dt = nn.Linear(self.rank, self.inner)
        dt = torch.exp(torch.empty(self.inner).uniform_(math.log(0.001), math.log(0.1)))
        self.dt.bias.data = dt + torch.log(-torch.expm1(-dt))  # softplus of it is dt
        self.A_log = nn.Parameter(torch.arange(1.0, state + 1).repeat(self.inner, 1).log())
        self.D = nn.Parameter(torch.ones(self.inner))
        self.output = nn.Linear(self.inner, units, bias=False)
        self.sizes = [(conv - 1) * self.inner, self.inner * state]

    def forward(self, x, reset, parts, at=None):
        B, (tail, h) = len(x), parts
        x, z = self.input(x).chunk(2, -1)
        x, past = self.conv(x, reset, tail.view(B, -1, self.inner))
        x, decay, write, c = self._select(x)
        decay = decay * ~reset[:, :, None, None]
        h = linear_scan(decay, write, h.view(B, self.inner, self.N))  # (B, T, inner, N)
        y = self._out(h, c, x, z)
        last = [self.conv.last_tail(past, reset).flatten(1), h[:, -1].flatten(1)]
        return y, last, None if at is None else [self.conv.tail_at(past, reset, at).flatten(2), h[:, at].flatten(2)]

    def step(self, x, reset, parts):
        B, (tail, h) = len(x), parts
        x, z = self.input(x).chunk(2, -1)
        x, tail = self.conv.step(x, reset, tail.view(B, -1, self.inner))
        x, decay, write, c = self._select(x)
        h = torch.addcmul(write, decay * ~reset[:, None, None], h.view(B, self.inner, self.N))
        y = self._out(h, c, x, z)
        return y, [tail.flatten(1), h.flatten(1)]

    def _select(self, x: torch.Tensor):
        """x (..., inner), decays and what is written (..., inner, N), C (..., N)."""
        x = F.silu(x)
        dt, b, c = self.select(x).split([self.rank, self.N, self.N], -1)
        x, b, c = (part.to(self.D.dtype) for part in (x, b, c))
        dt = F.softplus(self.dt(dt)).to(self.D.dtype).unsqueeze(-1)  # (..., inner, 1)
        return x, (-dt * self.A_log.exp()).exp(), dt * b.unsqueeze(-2) * x.unsqueeze(-1), c

    def _out(self, h: torch.Tensor, c: torch.Tensor, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        with exactly(h):
            y = (h @ c.unsqueeze(-1)).squeeze(-1) + self.D * x  # (..., inner)
        return self.output(y * F.silu(z.to(y.dtype)))


def mamba(inputs: int, units: int, layers: int = 2, **options) -> Stack:
    """The sequence model called "mamba"; options as in `MambaLayer`."""
    return Stack(inputs, units, [MambaLayer(units, **options) for _ in range(layers)], RMSNorm)
