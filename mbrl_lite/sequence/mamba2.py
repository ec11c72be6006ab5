"""Mamba-2: selection by one decay a head, computed in chunks of matrix products (Dao and Gu, 2024)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.errors import MbrlError
from mbrl_lite.sequence.short_conv import ShortConv
from mbrl_lite.sequence.ssd import ssd, ssd_step
from mbrl_lite.sequence.stack import RMSNorm, Stack, exactly


class Mamba2Layer(nn.Module):
    """z, x, B, C, dt = W u;  x, B, C = silu(conv(.));  h_t = exp(-dt A) h_{t-1} + dt x_t B_t';  y = h C + D x.

    Out comes W_out norm(y silu(z)). B, C and dt depend on the input: the layer *selects* what to keep. Section 7.
    The step sizes and decays stay in float32, whatever autocast does: exp of a rounded number is a wrong number.
    """

    def __init__(self, units: int, state: int = 16, expand: int = 2, head: int = 32, conv: int = 4, chunk: int = 32):
        super().__init__()
        self.inner, self.N, self.P, self.chunk = expand * units, state, head, chunk
        self.H = self.inner // head
        if self.H * head != self.inner:
            raise MbrlError(f"expected {self.inner} channels that make heads of {head}, got a rest: try head=16")
        self.widths = [self.inner, self.inner + 2 * state, self.H]  # z; x, B, C; dt
        self.input = nn.Linear(units, sum(self.widths), bias=False)
        self.conv = ShortConv(self.inner + 2 * state, conv)
        dt = torch.exp(torch.empty(self.H).uniform_(math.log(0.001), math.log(0.1)))
        self.dt_bias = nn.Parameter(dt + torch.log(-torch.expm1(-dt)))  # softplus of it is dt
        self.A_log = nn.Parameter(torch.empty(self.H).uniform_(1, 16).log())
        self.D = nn.Parameter(torch.ones(self.H))
        self.norm = RMSNorm(self.inner)
        self.output = nn.Linear(self.inner, units, bias=False)
        self.sizes = [(conv - 1) * self.conv.channels, self.inner * state]

    def forward(self, x, reset, parts, at=None):
        B, (tail, h) = len(x), parts
        z, xbc, dt = self.input(x).split(self.widths, -1)
        xbc, past = self.conv(xbc, reset, tail.view(B, -1, self.conv.channels))
        x, b, c, log_decay, write = self._select(xbc, dt)
        with exactly(x):
            y, h, chosen = ssd(write, log_decay, b, c, reset, h.view(B, self.H, self.P, self.N), self.chunk, at)
        y = self._out(y, x, z)
        last = [self.conv.last_tail(past, reset).flatten(1), h.flatten(1)]
        return y, last, None if at is None else [self.conv.tail_at(past, reset, at).flatten(2), chosen.flatten(2)]

    def step(self, x, reset, parts):
        B, (tail, h) = len(x), parts
        z, xbc, dt = self.input(x).split(self.widths, -1)
        xbc, tail = self.conv.step(xbc, reset, tail.view(B, -1, self.conv.channels))
        x, b, c, log_decay, write = self._select(xbc, dt)
        with exactly(x):
            y, h = ssd_step(write, log_decay, b, c, reset, h.view(B, self.H, self.P, self.N))
        return self._out(y, x, z), [tail.flatten(1), h.flatten(1)]

    def _select(self, xbc: torch.Tensor, dt: torch.Tensor):
        """x (..., H, P), B and C (..., N), log decays (..., H), and what is written, dt x (..., H, P)."""
        x, b, c = F.silu(xbc).split([self.inner, self.N, self.N], -1)
        dt = F.softplus(dt.to(self.dt_bias.dtype) + self.dt_bias)
        x = x.unflatten(-1, (self.H, self.P)).to(dt.dtype)
        return x, b.to(dt.dtype), c.to(dt.dtype), -dt * self.A_log.exp(), x * dt.unsqueeze(-1)

    def _out(self, y: torch.Tensor, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        y = (y + self.D.unsqueeze(-1) * x).flatten(-2)
        return self.output(self.norm(y * F.silu(z.to(y.dtype))))


def mamba2(inputs: int, units: int, layers: int = 2, **options) -> Stack:
    """The sequence model called "mamba2"; options as in `Mamba2Layer`."""
    return Stack(inputs, units, [Mamba2Layer(units, **options) for _ in range(layers)], RMSNorm)
