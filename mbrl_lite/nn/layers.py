"""Layers: linear, norm and SiLU in this order, and a stack of them."""

import torch
from torch import nn
from torch.nn import functional as F


class NormLinear(nn.Module):
    """Linear, LayerNorm, SiLU: the block of which Dreamer's networks are made (DreamerV3, table of hyperparameters)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)
        self.norm = nn.LayerNorm(outputs)
        nn.init.trunc_normal_(self.linear.weight, std=inputs**-0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(self.norm(self.linear(x)))


class MLP(nn.Sequential):
    """`layers` blocks of `units`, then a plain linear to `outputs`. With `zero` it starts at 0: no opinion yet."""

    def __init__(self, inputs: int, units: int, layers: int, outputs: int, zero: bool = False):
        widths = [inputs] + [units] * layers
        blocks = [NormLinear(a, b) for a, b in zip(widths, widths[1:], strict=False)]
        last = nn.Linear(widths[-1], outputs)
        nn.init.zeros_(last.bias)
        if zero:
            nn.init.zeros_(last.weight)
        else:
            nn.init.trunc_normal_(last.weight, std=widths[-1] ** -0.5)
        super().__init__(*blocks, last)
