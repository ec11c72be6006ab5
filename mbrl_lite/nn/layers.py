"""Layers: linear, norm and SiLU in this order, and a stack of them."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class Ones(NamedTuple):
    """Where the ones are in the last `size` numbers of a row, the others of which are zero."""

    index: torch.Tensor  # (..., Z) int64, from 0 to size - 1
    size: int

    def map(self, function) -> "Ones":
        """The same function on the places."""
        return Ones(function(self.index), self.size)


def _look_up(x: torch.Tensor, index: torch.Tensor, weight: torch.Tensor, size: int) -> torch.Tensor:
    """x W^T for x (N, F), index (N, Z), weight (U, F): (N, U)."""
    dense = x.shape[-1] - size
    rows = F.embedding_bag(index, weight[:, dense:].t().contiguous(), mode="sum")
    return torch.addmm(rows, x[:, :dense], weight[:, :dense].t()) if dense else rows


class _OneHotLinear(torch.autograd.Function):
    """Forward by looking rows up; backward as if by the product of matrices."""

    @staticmethod
    def forward(ctx, x, index, weight, size):
        ctx.save_for_backward(x, weight)
        return _look_up(x, index, weight, size)

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        need_x, _, need_weight, _ = ctx.needs_input_grad
        return grad @ weight if need_x else None, None, grad.t() @ x if need_weight else None, None


def one_hot_linear(x: torch.Tensor, ones: Ones, weight: torch.Tensor) -> torch.Tensor:
    """x W^T, (..., U), for x (..., F): the rows that the ones choose are looked up, not multiplied by ones and zeros.

    Looking up is 5 to 9 times faster than the product. In bfloat16 it is not worth the conversions.
    """
    if torch.is_autocast_enabled(x.device.type):
        return F.linear(x, weight)
    apply = _OneHotLinear.apply if torch.is_grad_enabled() else _look_up
    out = apply(x.flatten(0, -2), ones.index.flatten(0, -2), weight, ones.size)
    return out.view(*x.shape[:-1], -1)


class NormLinear(nn.Module):
    """Linear, LayerNorm, SiLU: the block of which Dreamer's networks are made (DreamerV3, table of hyperparameters)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)
        self.norm = nn.LayerNorm(outputs)
        nn.init.trunc_normal_(self.linear.weight, std=inputs**-0.5)

    def forward(self, x: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        """x (..., inputs), of which `ones` may say where the ones are."""
        x = self.linear(x) if ones is None else one_hot_linear(x, ones, self.linear.weight)
        return F.silu(self.norm(x), inplace=not torch.is_grad_enabled())


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

    def forward(self, x: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        """x (..., inputs), of which `ones` may say where the ones are."""
        first, *others = self
        x = first(x, ones) if isinstance(first, NormLinear) else first(x)
        for layer in others:
            x = layer(x)
        return x
