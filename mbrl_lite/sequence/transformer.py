"""A causal Transformer with a window and a cache: each step looks back at the last W steps of its episode."""

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.errors import MbrlError
from mbrl_lite.sequence.stack import Stack


class AttentionLayer(nn.Module):
    """softmax(Q K' / sqrt(d)) V over the last `window` steps of the same episode; rotary positions (Su et al., 2021).

    The state holds keys and values of window - 1 steps and how many of them belong to the episode: a reset sets this
    number to 0, and what lies in the cache is then never looked at. Rotary angles depend on distances alone, so that
    positions begin anew in every episode.
    """

    def __init__(self, units: int, heads: int = 4, window: int = 64):
        super().__init__()
        if units % (2 * heads):
            raise MbrlError(f"expected units that make {heads} heads of even width, got {units}: try {2 * heads * 16}")
        if window < 2:
            raise MbrlError(f"expected a window of 2 steps or more, got {window}: try 64")
        self.units, self.heads, self.window = units, heads, window
        self.qkv, self.output = nn.Linear(units, 3 * units, bias=False), nn.Linear(units, units, bias=False)
        self.sizes = [2 * units * (window - 1), 1]

    def forward(self, x, reset, parts, at=None):
        T, W = reset.shape[1], self.window
        past, age = parts[0].view(len(x), W - 1, -1), parts[1]  # the oldest first; how many of the last are valid
        q, kv = self.qkv(x).to(past.dtype).split([self.units, 2 * self.units], -1)
        seen = torch.cat([past, kv], 1)  # (B, W - 1 + T, 2D)
        at_ = torch.arange(W - 1 + T, device=x.device)
        back = W - 1 - at_[: W - 1]  # how long ago a cached step was: W - 1 .. 1
        episode = torch.cat([-(back > age + 0.5).long(), reset.long().cumsum(1)], 1)  # -1: of another episode
        ahead = at_[W - 1 :, None] - at_  # (T, W - 1 + T)
        visible = (ahead >= 0) & (ahead < W) & (episode[:, W - 1 :, None] == episode[:, None])
        k, v = seen.chunk(2, -1)
        y = self._attend(self._turn(q, at_[W - 1 :]), self._turn(k, at_), v, visible)

        steps = torch.arange(1, T + 1, device=x.device)
        born = torch.where(reset, steps - 1, -1).cummax(1).values  # step at which the episode began, -1: before
        ages = torch.where(born < 0, age + steps, steps - born).clamp(max=W - 1).to(past.dtype)  # (B, T)
        last = [seen[:, T:].flatten(1), ages[:, -1:]]
        if at is None:
            return y, last, None
        rows = at[:, None] + 1 + torch.arange(W - 1, device=x.device)
        return y, last, [seen[:, rows].flatten(2), ages[:, at].unsqueeze(-1)]

    def step(self, x, reset, parts):
        W = self.window
        past, age = parts[0].view(len(x), W - 1, -1), parts[1] * ~reset[:, None]
        q, kv = self.qkv(x).to(past.dtype).split([self.units, 2 * self.units], -1)
        seen = torch.cat([past, kv.unsqueeze(1)], 1)  # (B, W, 2D)
        at = torch.arange(W, device=x.device)
        visible = W - 1 - at <= age + 0.5  # (B, W); the age is a whole number kept as a float
        k, v = seen.chunk(2, -1)
        y = self._attend(self._turn(q.unsqueeze(1), at[-1:]), self._turn(k, at), v, visible.unsqueeze(1))
        return y.squeeze(1), [seen[:, 1:].flatten(1), (age + 1).clamp(max=W - 1)]

    def _turn(self, x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """x (B, T, D) at positions (T,) to heads (B, heads, T, d), each pair of numbers turned by its angle."""
        x = x.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        half = x.shape[-1] // 2
        angle = at[:, None].double() * 10000.0 ** (-torch.arange(half, device=x.device).double() / half)
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)  # (T, d / 2)
        left, right = x[..., :half], x[..., half:]
        return torch.cat([left * cos - right * sin, left * sin + right * cos], -1)

    def _attend(self, q, k, v, visible) -> torch.Tensor:
        v = v.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=visible.unsqueeze(1))  # (B, heads, T, d)
        return self.output(y.transpose(1, 2).flatten(2))


class FeedForwardLayer(nn.Module):
    """W_2 gelu(W_1 x): a layer without memory."""

    def __init__(self, units: int, expand: int = 2):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(units, expand * units), nn.GELU(), nn.Linear(expand * units, units))
        self.sizes = []

    def forward(self, x, reset, parts, at=None):
        return self.net(x), [], None if at is None else []

    def step(self, x, reset, parts):
        return self.net(x), []


def transformer(inputs: int, units: int, layers: int = 2, heads: int = 4, window: int = 64, expand: int = 2) -> Stack:
    """The sequence model called "transformer", pre-norm."""
    blocks = [[AttentionLayer(units, heads, window), FeedForwardLayer(units, expand)] for _ in range(layers)]
    return Stack(inputs, units, [layer for block in blocks for layer in block])
