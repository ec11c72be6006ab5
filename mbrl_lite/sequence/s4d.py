"""S4D: a state-space model a channel, diagonal and the same at all times (Gu et al., 2022)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence.invariant import invariant
from mbrl_lite.sequence.stack import Stack, exactly


class S4DLayer(nn.Module):
    """h' = A h + B u, y = 2 Re(C h) + D u in each channel, held over steps of dt; then gelu, and gates mix channels.

    A_n = -1/2 + i pi n (S4D-Lin), B = 1. Zero-order hold: a = exp(dt A), b = (a - 1) / A. Eq. 4 and 9. The state is
    complex and lies in memory as pairs of real numbers.
    """

    def __init__(self, units: int, state: int = 16, chunk: int = 16):
        super().__init__()
        self.units, self.chunk, self.N = units, chunk, state // 2  # of each conjugate pair one is kept
        self.log_dt = nn.Parameter(torch.empty(units).uniform_(math.log(0.001), math.log(0.1)))
        self.log_decay = nn.Parameter(torch.full((units, self.N), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(self.N).float().repeat(units, 1))
        self.C = nn.Parameter(torch.randn(units, self.N, 2) * 0.5**0.5)
        self.D = nn.Parameter(torch.randn(units))
        self.mix = nn.Linear(units, 2 * units)
        self.sizes = [2 * units * self.N]

    def discrete(self) -> tuple[torch.Tensor, torch.Tensor]:
        """ln a and b of h_t = a h_{t-1} + b u_t, (D, N) complex."""
        A = torch.complex(-self.log_decay.exp(), self.frequency)
        log_a = self.log_dt.exp()[:, None] * A
        return log_a, (log_a.exp() - 1) / A

    def forward(self, x, reset, parts, at=None):
        x = x.to(self.D.dtype)
        log_a, b = self.discrete()
        start = torch.view_as_complex(parts[0].reshape(len(x), self.units, self.N, 2))
        last = torch.tensor([x.shape[1] - 1], device=x.device)
        times = last if at is None else torch.cat([at, last])
        with exactly(x):
            y, h = invariant(x, log_a, b, torch.view_as_complex(self.C), reset, start, times, self.chunk)
        flat = torch.view_as_real(h).flatten(2)  # (B, n + 1, size)
        return self._out(y, x), [flat[:, -1]], None if at is None else [flat[:, :-1]]

    def step(self, x, reset, parts):
        x = x.to(self.D.dtype)
        log_a, b = self.discrete()
        h = torch.view_as_complex((parts[0] * ~reset[:, None]).view(len(x), self.units, self.N, 2))
        h = log_a.exp() * h + b * x.unsqueeze(-1)
        y = 2 * (h.real * self.C[..., 0] - h.imag * self.C[..., 1]).sum(-1)  # 2 Re(C h)
        return self._out(y, x), [torch.view_as_real(h).flatten(1)]

    def _out(self, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return F.glu(self.mix(F.gelu(y + self.D * x)), dim=-1)


def s4d(inputs: int, units: int, layers: int = 2, **options) -> Stack:
    """The sequence model called "s4d"; options as in `S4DLayer`."""
    return Stack(inputs, units, [S4DLayer(units, **options) for _ in range(layers)])
