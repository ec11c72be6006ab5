"""Layers on top of each other, as one sequence model: pre-norm residual blocks whose states lie flat, side by side."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import nn

from mbrl_lite.errors import MbrlError


def exactly(x: torch.Tensor):
    """A block in which autocast is off: sums over many steps are taken in the precision of what is given."""
    return torch.autocast(x.device.type, enabled=False)


RMSNorm = partial(nn.RMSNorm, eps=1e-5)  # as released; torch's own eps lets a small input's noise through


Parts = Sequence[torch.Tensor]


class Layer(Protocol):
    """A sequence layer D to D. Its state comes in parts, each (B, size); the laws are those of `SequenceModel`."""

    sizes: list[int]

    def forward(
        self, x: torch.Tensor, reset: torch.Tensor, parts: Parts, at: torch.Tensor | None
    ) -> tuple[torch.Tensor, Parts, Parts | None]:
        """x (B, T, D) to y (B, T, D), the last state, and those at `at` (n,), parts (B, n, size), or None."""
        ...

    def step(self, x: torch.Tensor, reset: torch.Tensor, parts: Parts) -> tuple[torch.Tensor, Parts]:
        """x (B, D) to y (B, D) and the next state."""
        ...


class Stack(nn.Module):
    """x <- x + layer(norm(x)), layer after layer; a projection before, a norm behind. A `SequenceModel`.

    The state is one tensor (B, S), the layers' states side by side: it can be saved, picked from and sent on like any
    other. An empty state is zero.
    """

    def __init__(self, inputs: int, units: int, layers: Sequence[Layer], norm: Callable = nn.LayerNorm):
        super().__init__()
        self.inputs, self.units = inputs, units
        self.project = nn.Linear(inputs, units)
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(norm(units) for _ in layers)
        self.norm = norm(units)
        self.sizes = [size for layer in layers for size in layer.sizes]

    def initial(self, batch: int) -> torch.Tensor:
        return self.project.weight.new_zeros(batch, sum(self.sizes))

    def forward(self, x, reset, state=None, at=None):
        self._check(x, reset, state, 3)
        state = self.initial(len(x)) if state is None else state
        x, lasts, chosen = self._enter(x), [], []
        for layer, norm, parts in zip(self.layers, self.norms, self._parts(state), strict=True):
            y, last, some = layer(norm(x), reset, parts, at)
            x = x + y
            lasts += last
            chosen += some or []
        y, last = self.norm(x), torch.cat(lasts, -1)
        return (y, last) if at is None else (y, last, torch.cat(chosen, -1))

    def step(self, x, reset, state):
        self._check(x, reset, state, 2)
        x, after = self._enter(x), []
        for layer, norm, parts in zip(self.layers, self.norms, self._parts(state), strict=True):
            y, parts = layer.step(norm(x), reset, parts)
            x = x + y
            after += parts
        return self.norm(x), torch.cat(after, -1)  # the one copy of a state that may be large

    def _parts(self, state: torch.Tensor) -> list[Parts]:
        """The state's parts, layer by layer."""
        parts = iter(state.split(self.sizes, -1))
        return [[next(parts) for _ in layer.sizes] for layer in self.layers]

    def _enter(self, x: torch.Tensor) -> torch.Tensor:
        """The residual stream, kept in the weights' precision whatever autocast does in the layers."""
        return self.project(x).to(self.project.weight.dtype)

    def _check(self, x: torch.Tensor, reset: torch.Tensor, state: torch.Tensor | None, dims: int) -> None:
        """Raises `MbrlError` naming what does not fit: the inputs, the resets, or a state that is another's."""
        wanted = "(B, T, D)" if dims == 3 else "(B, D)"
        if x.dim() != dims or x.shape[-1] != self.inputs or not x.numel():
            raise MbrlError(
                f"expected inputs {wanted} with D = {self.inputs} and nothing empty, got {tuple(x.shape)}: "
                f"{'forward takes sequences' if dims == 3 else 'step takes one time'}"
            )
        if reset.shape != x.shape[:-1] or reset.dtype != torch.bool:
            raise MbrlError(
                f"expected resets {tuple(x.shape[:-1])} of truth values, got {tuple(reset.shape)} of {reset.dtype}: "
                f"give one for each input"
            )
        if state is None:
            return
        if state.shape != (len(x), sum(self.sizes)):
            raise MbrlError(
                f"expected a state ({len(x)}, {sum(self.sizes)}) of this sequence model, got {tuple(state.shape)}: "
                f"it is another model's or another batch's; begin with initial({len(x)})"
            )
        if (state.device, state.dtype) != (self.project.weight.device, self.project.weight.dtype):
            raise MbrlError(
                f"expected a state of {self.project.weight.dtype} on {self.project.weight.device}, got {state.dtype} "
                f"on {state.device}: move it there with state.to(...)"
            )
