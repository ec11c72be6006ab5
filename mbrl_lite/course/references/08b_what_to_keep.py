"""References of chapter 08b_what_to_keep, cut from its solution: do not edit, run  make chapters."""

import torch
from torch.nn import functional as F


def selective_step(h: torch.Tensor, x: torch.Tensor, raw: torch.Tensor, A_log: torch.Tensor, b: torch.Tensor,
                   c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of Mamba: y (B, D) and the new state (B, D, N)."""
    # Give every tensor its missing axis, then write the equations down.
    dt = torch.log1p(torch.exp(-raw.abs())) + raw.clamp(min=0)  # softplus, without overflow
    dt = dt[..., None]  # (B, D, 1)
    h = torch.exp(-dt * torch.exp(A_log)) * h + dt * b[:, None] * x[..., None]
    return (h * c[:, None]).sum(-1), h


def short_conv(x: torch.Tensor, w: torch.Tensor, reset: torch.Tensor) -> torch.Tensor:
    """A causal convolution, channel by channel, within episodes: (B, T, D)."""
    # Number the episodes. Two steps may see each other if their numbers are the same.
    T, K = x.shape[1], w.shape[1]
    episode = reset.long().cumsum(1)  # (B, T)
    y = x * w[:, -1]
    for k in range(1, min(K, T)):
        same = (episode[:, k:] == episode[:, :-k])[..., None]  # (B, T - k, 1)
        y = y + F.pad(x[:, :-k] * w[:, K - 1 - k] * same, (0, 0, k, 0))
    return y


def decays(log_a: torch.Tensor) -> torch.Tensor:
    """What is left at t of what was written at s: (..., T, T)."""
    # Differences of running sums. In which order come the mask and exp? In which precision are the sums?
    T = log_a.shape[-1]
    total = log_a.double().cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]  # (..., T, T), [t, s]
    upper = torch.ones(T, T, dtype=torch.bool).triu(1)
    return apart.masked_fill(upper, -torch.inf).exp().to(log_a.dtype)


def attend(x: torch.Tensor, decay: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """(L * C B') X: (B, T, P)."""
    # Who reads, and who wrote?
    return (decay * (c @ b.mT)) @ x


def chunk_end(h: torch.Tensor, x: torch.Tensor, log_a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The state after a chunk, (B, P, N)."""
    # By how much has input s faded at the end? Then one matrix product adds them all up.
    total = log_a.cumsum(1)  # (B, L)
    left = (total[:, -1:] - total).exp()  # of each input, (B, L)
    return total[:, -1, None, None].exp() * h + (x * left[..., None]).mT @ b


REFERENCES = {
    "08.8": selective_step,
    "08.9": short_conv,
    "08.10": decays,
    "08.11": attend,
    "08.12": chunk_end,
}
