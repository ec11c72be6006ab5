"""State-space duality: the recurrence of Mamba-2 as matrix products inside chunks and a recurrence between them."""

import torch
from torch.nn import functional as F

from mbrl_lite.sequence.protocol import may_reset


def ssd(
    x: torch.Tensor,
    log_decay: torch.Tensor,
    b: torch.Tensor,
    c: torch.Tensor,
    reset: torch.Tensor,
    start: torch.Tensor,
    chunk: int = 32,
    at: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """h_t = exp(log_decay_t) h_{t-1} + x_t b_t';  y_t = h_t c_t. Mamba-2, Section 6 (Dao and Gu, 2024).

    Args:
        x: inputs (B, T, H, P), H heads of P numbers
        log_decay: (B, T, H), at most 0
        b: what writes into the state, (B, T, N)
        c: what reads it, (B, T, N)
        reset: (B, T) bool; where True the state is cleared before x_t is taken in
        start: the state before the first step, (B, H, P, N)
        chunk: steps a chunk, which changes nothing but the time it takes
        at: times (n,) whose states are wanted

    Returns:
        y (B, T, H, P); the last state; and the states at those times, (B, n, H, P, N), or None.
    """
    (_, T, *heads), L = x.shape, min(chunk, x.shape[1])
    x, log_decay, b, c, reset = (cut(part, L) for part in (x, log_decay, b, c, reset))  # (B, n, L, ...)
    weight, since_start = _decays(log_decay.transpose(2, 3), reset)  # (B, n, H, L, L), (B, n, H, L)
    since = since_start.transpose(2, 3).unsqueeze(-1)  # (B, n, L, H, 1)
    inside = (weight * (c @ b.mT).unsqueeze(2)) @ x.transpose(2, 3)  # like attention: (B, n, H, L, P)
    to_end = weight[..., -1, :].transpose(2, 3).unsqueeze(-1)  # (B, n, L, H, 1)
    written = ((x * to_end).flatten(3).mT @ b).unflatten(2, heads)  # what a chunk leaves behind, (B, n, H, P, N)
    before, state = _carry(written, since[:, :, -1].unsqueeze(-1), start)  # (B, n, H, P, N), (B, H, P, N)
    carried = (c @ before.flatten(2, 3).mT).unflatten(-1, heads)  # (B, n, L, H, P)
    y = torch.addcmul(inside.transpose(2, 3), since, carried)  # (B, n, L, H, P)
    return (
        y.flatten(1, 2)[:, :T],
        state,
        None if at is None else _states(at // L, at % L, x, b, weight, since_start, before),
    )


def cut(x: torch.Tensor, L: int) -> torch.Tensor:
    """(B, T, ...) in chunks (B, n, L, ...), with zeros at the end: steps that change nothing."""
    pad = -x.shape[1] % L
    x = F.pad(x, (0, 0) * (x.dim() - 2) + (0, pad)) if pad else x
    return x.unflatten(1, (-1, L))


def _carry(written: torch.Tensor, decay: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The recurrence from chunk to chunk: the states before each, (B, n, H, P, N), and the last."""
    before = []
    for own, factor in zip(written.unbind(1), decay.unbind(1), strict=True):  # each index would have a whole gradient
        before.append(state)
        state = torch.addcmul(own, factor, state)
    return torch.stack(before, 1), state


def _states(i, t, x, b, weight, since_start, before) -> torch.Tensor:
    """The states after step t (m,) of chunk i (m,): (B, m, H, P, N)."""
    weight, since = weight[:, i, :, t].movedim(0, 1), since_start[:, i, :, t].movedim(0, 1)  # indexing puts m first
    own = (x[:, i] * weight.transpose(2, 3).unsqueeze(-1)).flatten(3).mT @ b[:, i]  # (B, m, H P, N)
    return torch.addcmul(own.unflatten(2, before.shape[2:4]), since[..., None, None], before[:, i])


class _Between(torch.autograd.Function):
    """exp(total_t - total_s), 0 where hidden: written out, its gradient would pass through four large arrays."""

    @staticmethod
    def forward(ctx, total, hidden, dtype):
        between = (total.unsqueeze(-1) - total.unsqueeze(-2)).to(dtype)  # (B, n, H, L, L), [t, s]
        weight = between.masked_fill_(hidden, -torch.inf).exp_()
        ctx.save_for_backward(weight)
        return weight

    @staticmethod
    def backward(ctx, grad):
        grad = grad * ctx.saved_tensors[0]
        return (grad.sum(-1) - grad.sum(-2)).double(), None, None


def _decays(log_decay: torch.Tensor, reset: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """exp of the sums of log_decay (B, n, H, L) over s < r <= t, and over r <= t; 0 across a reset (B, n, L).

    The sums are differences of running sums: cheap, but in float32 wrong from the fourth digit on once a strong decay
    has made them large, so they are taken in float64. Masked *before* exp: the gradient of an overflow is NaN.
    """
    L = reset.shape[-1]
    total, episode = log_decay.double().cumsum(-1), reset.long().cumsum(-1)
    hidden = torch.ones(L, L, dtype=torch.bool, device=reset.device).triu(1)
    if may_reset(reset):
        hidden = hidden | (episode.unsqueeze(-1) != episode.unsqueeze(-2)).unsqueeze(2)  # (B, n, 1, L, L)
    weight = _Between.apply(total, hidden, log_decay.dtype)
    since_start = total.to(log_decay.dtype).masked_fill((episode > 0).unsqueeze(2), -torch.inf).exp()
    return weight, since_start


def ssd_step(
    x: torch.Tensor, log_decay: torch.Tensor, b: torch.Tensor, c: torch.Tensor, reset: torch.Tensor, state: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step: x (B, H, P), log_decay (B, H), b and c (B, N), reset (B,), state (B, H, P, N) to y (B, H, P), state."""
    decay = log_decay.exp() * ~reset[:, None]
    state = (state * decay[..., None, None]).addcmul_(x.unsqueeze(-1), b[:, None, None])
    return (state.flatten(1, 2) @ c.unsqueeze(-1)).view_as(x), state
