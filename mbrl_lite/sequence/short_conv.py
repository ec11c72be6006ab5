"""A short causal convolution, channel by channel, that does not look past a reset."""

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence.protocol import may_reset


class ShortConv(nn.Module):
    """y_t = bias + sum_k w_k x_{t-k}, k = 0..K-1, over steps of the same episode. Mamba, Section 3.4.

    The state is the last K - 1 inputs, (B, K - 1, D), zero where an episode had not begun. Unmasked, the window would
    reach K - 1 steps past a reset: the leak that released code has.
    """

    def __init__(self, channels: int, width: int = 4):
        super().__init__()
        self.channels, self.width = channels, width
        self.weight = nn.Parameter(torch.empty(channels, width).uniform_(-(width**-0.5), width**-0.5))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor, reset: torch.Tensor, tail: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x (B, T, D), reset (B, T), tail (B, K - 1, D) to y (B, T, D) and inputs with their past, for `tail_at`."""
        K, T = self.width, x.shape[1]
        past = torch.cat([tail, x], 1)  # (B, K - 1 + T, D)
        if not may_reset(reset):
            y = F.conv1d(past.movedim(1, 2), self.weight[:, None], self.bias, groups=self.channels)
            return y.movedim(1, 2), past
        y = self.bias + x * self.weight[:, K - 1]
        keep = ~reset  # (B, T): nothing between x_{t-k} and x_t was a reset
        for k in range(1, K):
            y = y + past[:, K - 1 - k : K - 1 - k + T] * self.weight[:, K - 1 - k] * keep.unsqueeze(-1)
            keep = ~reset & torch.cat([torch.ones_like(keep[:, :1]), keep[:, :-1]], 1)
        return y, past

    def tail_at(self, past: torch.Tensor, reset: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """The states after the steps `at` (n,): (B, n, K - 1, D)."""
        K = self.width
        back = torch.arange(K - 1, device=at.device)  # the oldest first
        rows = past[:, at[:, None] + 1 + back]  # (B, n, K - 1, D): x_{t-K+2} .. x_t
        episode = F.pad(reset.long().cumsum(1), (K - 1, 0))  # what came before the sequence is its first episode
        same = episode[:, at[:, None] + 1 + back] == episode[:, at + K - 1].unsqueeze(-1)
        return rows * same.unsqueeze(-1)

    def last_tail(self, past: torch.Tensor, reset: torch.Tensor) -> torch.Tensor:
        """The state after the last step, (B, K - 1, D)."""
        return self.tail_at(past, reset, torch.tensor([reset.shape[1] - 1], device=past.device))[:, 0]

    def step(self, x: torch.Tensor, reset: torch.Tensor, tail: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x (B, D), reset (B,), tail (B, K - 1, D) to y (B, D) and the next tail."""
        window = torch.cat([tail * ~reset[:, None, None], x[:, None]], 1)  # (B, K, D)
        return (window * self.weight.t()).sum(1) + self.bias, window[:, 1:]
