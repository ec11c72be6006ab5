"""S5: one state-space model that takes in and gives out all channels at once (Smith et al., 2023)."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence.scan import linear_scan
from mbrl_lite.sequence.stack import Stack, exactly


class S5Layer(nn.Module):
    """h' = A h + B u, y = 2 Re(C h) + D u with vectors u, y (D) and one diagonal complex state (P); gelu and a gate.

    A_p = -1/2 + i pi p as in `S4DLayer`, a time scale dt for each p; zero-order hold. Eq. 3 to 6.
    """

    def __init__(self, units: int, state: int = 128):
        super().__init__()
        self.units, self.P = units, state // 2  # of each conjugate pair one is kept
        self.log_dt = nn.Parameter(torch.empty(self.P).uniform_(math.log(0.001), math.log(0.1)))
        self.log_decay = nn.Parameter(torch.full((self.P,), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(self.P).float())
        self.B = nn.Parameter(torch.randn(2, units, self.P) * (2 * units) ** -0.5)
        self.C = nn.Parameter(torch.randn(2, self.P, units) * (2 * self.P) ** -0.5)
        self.D = nn.Parameter(torch.randn(units))
        self.gate = nn.Linear(units, units)
        self.sizes = [2 * self.P]

    def forward(self, x, reset, parts, at=None):
        a, write = self._drive(x)
        start = torch.view_as_complex(parts[0].reshape(len(x), self.P, 2))
        h = linear_scan(a * ~reset.unsqueeze(-1), write, start)  # (B, T, P)
        flat = torch.view_as_real(h).flatten(2)
        return self._out(h, x), [flat[:, -1]], None if at is None else [flat[:, at]]

    def step(self, x, reset, parts):
        a, write = self._drive(x)
        h = torch.view_as_complex((parts[0] * ~reset[:, None]).view(len(x), self.P, 2))
        h = a * h + write
        return self._out(h, x), [torch.view_as_real(h).flatten(1)]

    def _drive(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """a (P,) and what is written, b B u (..., P), both complex."""
        A = torch.complex(-self.log_decay.exp(), self.frequency)
        a = (self.log_dt.exp() * A).exp()
        with exactly(x):
            x = x.to(self.D.dtype)
            u = torch.complex(x @ self.B[0], x @ self.B[1])
        return a, (a - 1) / A * u

    def _out(self, h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        with exactly(x):
            y = 2 * (h.real @ self.C[0] - h.imag @ self.C[1]) + self.D * x
        y = F.gelu(y)
        return y * torch.sigmoid(self.gate(y))


def s5(inputs: int, units: int, layers: int = 2, **options) -> Stack:
    """The sequence model called "s5"; options as in `S5Layer`."""
    return Stack(inputs, units, [S5Layer(units, **options) for _ in range(layers)])
