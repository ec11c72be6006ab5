"""The linear recurrence h_t = a_t h_{t-1} + b_t for all t: chunks side by side, then what passes between them."""

import math

import torch


class _Scan(torch.autograd.Function):
    """Its gradient is the same recurrence, run backwards: g_t = dL/dh_t + conj(a_{t+1}) g_{t+1}."""

    @staticmethod
    def forward(ctx, a, b, start):
        h = _chunked(a, b, start)
        ctx.save_for_backward(a, h, start)
        return h

    @staticmethod
    def backward(ctx, grad):
        a, h, start = ctx.saved_tensors
        ahead = torch.cat([a[:, 1:], torch.zeros_like(a[:, :1])], 1).conj()  # what leads from t to t + 1
        g = _chunked(ahead.flip(1), grad.flip(1), torch.zeros_like(start)).flip(1)  # (B, T, ...)
        before = torch.cat([start[:, None], h[:, :-1]], 1)  # h_{t-1}
        return g * before.conj(), g, g[:, 0] * a[:, 0].conj()


def linear_scan(a: torch.Tensor, b: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """h (B, T, ...) with h_t = a_t h_{t-1} + b_t and h_0 = start (B, ...); a and b (B, T, ...), real or complex.

    About 2 sqrt(T) steps instead of T, each sqrt(T) times as wide. A reset at t is a_t = 0: exact, nothing to subtract.
    """
    return _Scan.apply(a, b, start)


def _chunked(a: torch.Tensor, b: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    B, T = b.shape[:2]
    L = max(1, math.isqrt(T))  # steps a chunk
    n = -(-T // L)  # chunks
    if n * L > T:  # a tail of steps that change nothing
        a = torch.cat([a, a.new_ones(B, n * L - T, *a.shape[2:])], 1)
        b = torch.cat([b, b.new_zeros(B, n * L - T, *b.shape[2:])], 1)
    a, b = a.unflatten(1, (n, L)), b.unflatten(1, (n, L))  # (B, n, L, ...)
    h, decay = torch.empty_like(b), torch.empty_like(b)  # each chunk as if it began with nothing; and prod of its a
    h[:, :, 0], decay[:, :, 0] = b[:, :, 0], a[:, :, 0]
    for t in range(1, L):
        torch.addcmul(b[:, :, t], a[:, :, t], h[:, :, t - 1], out=h[:, :, t])
        torch.mul(a[:, :, t], decay[:, :, t - 1], out=decay[:, :, t])
    carries, carry = [], start
    for i in range(n):
        carries.append(carry)
        carry = torch.addcmul(h[:, i, -1], decay[:, i, -1], carry)
    h.addcmul_(decay, torch.stack(carries, 1).unsqueeze(2))
    return h.flatten(1, 2)[:, :T]
