"""S4D: a state-space model a channel, diagonal and the same at all times (Gu et al., 2022)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence.scan import linear_scan
from mbrl_lite.sequence.stack import Stack


class S4DLayer(nn.Module):
    """h' = A h + B u, y = 2 Re(C h) + D u in each channel, held over steps of dt; then gelu, and gates mix channels.

    A_n = -1/2 + i pi n (S4D-Lin), B = 1. Zero-order hold: a = exp(dt A), b = (a - 1) / A. Eq. 4 and 9. The state is
    complex and lies in memory as pairs of real numbers.
    """

    def __init__(self, units: int, state: int = 16):
        super().__init__()
        self.units, self.N = units, state // 2  # of each conjugate pair one is kept
        self.log_dt = nn.Parameter(torch.empty(units).uniform_(math.log(0.001), math.log(0.1)))
        self.log_decay = nn.Parameter(torch.full((units, self.N), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(self.N).float().repeat(units, 1))
        self.C = nn.Parameter(torch.randn(units, self.N, 2) * 0.5**0.5)
        self.D = nn.Parameter(torch.randn(units))
        self.mix = nn.Linear(units, 2 * units)
        self.sizes = [2 * units * self.N]

    def discrete(self) -> tuple[torch.Tensor, torch.Tensor]:
        """a and b of h_t = a h_{t-1} + b u_t, (D, N) complex."""
        A = torch.complex(-self.log_decay.exp(), self.frequency)
        a = (self.log_dt.exp()[:, None] * A).exp()
        return a, (a - 1) / A

    def forward(self, x, reset, parts, at=None):
        x = x.to(self.D.dtype)
        a, b = self.discrete()
        start = torch.view_as_complex(parts[0].reshape(len(x), self.units, self.N, 2))
        h = linear_scan(a * ~reset[:, :, None, None], b * x.unsqueeze(-1), start)  # (B, T, D, N)
        flat = torch.view_as_real(h).flatten(2)  # (B, T, size)
        return self._out(h, x), [flat[:, -1]], None if at is None else [flat[:, at]]

    def step(self, x, reset, parts):
        x = x.to(self.D.dtype)
        a, b = self.discrete()
        h = torch.view_as_complex((parts[0] * ~reset[:, None]).view(len(x), self.units, self.N, 2))
        h = a * h + b * x.unsqueeze(-1)
        return self._out(h, x), [torch.view_as_real(h).flatten(1)]

    def _out(self, h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        y = 2 * (h.real * self.C[..., 0] - h.imag * self.C[..., 1]).sum(-1) + self.D * x  # 2 Re(C h) + D u
        return F.glu(self.mix(F.gelu(y)), dim=-1)


def s4d(inputs: int, units: int, layers: int = 2, **options) -> Stack:
    """The sequence model called "s4d"; options as in `S4DLayer`."""
    return Stack(inputs, units, [S4DLayer(units, **options) for _ in range(layers)])
