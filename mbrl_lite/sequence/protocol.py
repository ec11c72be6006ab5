"""The interface of every sequence model."""

from typing import Protocol

import torch


class SequenceModel(Protocol):
    """y_t and state_t from x_1..x_t. Law: `forward` equals the fold of `step`, with resets anywhere."""

    def initial(self, batch: int) -> torch.Tensor:
        """The empty state for B = batch rows."""
        ...

    def forward(
        self, x: torch.Tensor, reset: torch.Tensor, state: torch.Tensor | None = None, at: torch.Tensor | None = None
    ):
        """x (B, T, D), reset (B, T) bool, to y (B, T, H) and the last state.

        With `at` (n,) also the states at those times, (B, n, ...): dreams start there.
        """
        ...

    def step(self, x: torch.Tensor, reset: torch.Tensor, state: torch.Tensor):
        """x (B, D), reset (B,) bool, to y (B, H) and the state. A reset clears the state *before* x is taken in."""
        ...


def may_reset(reset: torch.Tensor) -> bool:
    """Whether there is a reset among these, so that masks are needed. On a GPU always: to ask is to wait for it."""
    return reset.device.type != "cpu" or bool(reset.any())
