"""A diagonal recurrence that is the same at all times: a convolution inside chunks, a recurrence between them."""

import torch

from mbrl_lite.sequence.protocol import may_reset
from mbrl_lite.sequence.ssd import cut


def invariant(
    u: torch.Tensor,
    log_a: torch.Tensor,
    b: torch.Tensor,
    c: torch.Tensor,
    reset: torch.Tensor,
    start: torch.Tensor,
    at: torch.Tensor,
    chunk: int = 32,
) -> tuple[torch.Tensor, torch.Tensor]:
    """h_t = exp(log_a) h_{t-1} + b u_t;  y_t = 2 Re(c h_t), in each of D channels. S4D, Eq. 3 and 4 (Gu et al., 2022).

    Args:
        u: inputs (B, T, D), real
        log_a, b, c: (D, N) complex
        reset: (B, T) bool; where True the state is cleared before u_t is taken in
        start: the state before the first step, (B, D, N) complex
        at: times (n,) whose states are wanted
        chunk: steps a chunk, which changes nothing but the time it takes

    Returns:
        y (B, T, D) and the states at those times, (B, n, D, N).
    """
    T, L = u.shape[1], min(chunk, u.shape[1])
    u, reset = cut(u, L), cut(reset, L)  # (B, n, L, D), (B, n, L)
    episode = reset.long().cumsum(-1)  # counted from the chunk's beginning
    powers = (torch.arange(L + 1, device=u.device)[:, None, None] * log_a).exp()  # (L + 1, D, N): a^0 .. a^L
    y = _inside(u, 2 * (powers[:L] * (b * c)).real.sum(-1), episode, may_reset(reset))  # (B, n, L, D)
    ends = u * (episode == episode[..., -1:]).unsqueeze(-1)
    written = _by_channel(ends, _pairs(powers[:L].flip(0) * b))  # (B, n, D, 2N), what each chunk leaves behind
    before = _carry(torch.view_as_complex(written.unflatten(-1, (-1, 2))), powers[L], episode[..., -1] == 0, start)
    reads = torch.stack([2 * (powers[1:] * c).real, -2 * (powers[1:] * c).imag], -1).flatten(2)  # (L, D, 2N)
    carried = _by_channel(torch.view_as_real(before).flatten(3).mT, reads.permute(2, 1, 0)).mT  # (B, n, L, D)
    y = torch.addcmul(y, carried, (episode == 0).unsqueeze(-1).to(y.dtype))
    return y.flatten(1, 2)[:, :T], _states(at // L, at % L, u, episode, powers, b, before)


def _by_channel(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """x (B, n, K, D) and weight (K, D, M) to (B, n, D, M): a product of matrices for each channel."""
    rows = x.flatten(0, 1).permute(2, 0, 1)  # (D, B n, K)
    return (rows @ weight.transpose(0, 1)).transpose(0, 1).unflatten(0, x.shape[:2])


def _pairs(z: torch.Tensor) -> torch.Tensor:
    """Complex (..., N) to real (..., 2N), real and imaginary parts side by side."""
    return torch.view_as_real(z).flatten(-2)


def _inside(u: torch.Tensor, kernel: torch.Tensor, episode: torch.Tensor, resets: bool) -> torch.Tensor:
    """sum_s k_{t-s} u_s over the steps s of t's own episode and chunk: (B, n, L, D); kernel (L, D)."""
    steps = torch.arange(len(kernel), device=u.device)
    lag = steps - steps[:, None]  # (L, L), [s, t]: t - s
    toeplitz = kernel[lag.clamp(min=0)].masked_fill((lag < 0).unsqueeze(-1), 0.0)  # (L, L, D)
    toeplitz = toeplitz.transpose(1, 2)  # (s, D, t)
    if not resets:
        return _by_channel(u, toeplitz).mT
    y = torch.zeros_like(u)
    most = int(episode.max()) if u.device.type == "cpu" else len(kernel)  # few; a GPU would be waited for
    for e in range(most + 1):
        own = (episode == e).unsqueeze(-1)
        y = torch.where(own, _by_channel(u * own, toeplitz).mT, y)
    return y


def _carry(written: torch.Tensor, decay: torch.Tensor, whole: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """The states before each chunk, (B, n, D, N); whole (B, n) is False where a chunk has a reset."""
    before = []
    for own, unbroken in zip(written.unbind(1), whole.unbind(1), strict=True):  # each index would have a whole gradient
        before.append(state)
        state = torch.addcmul(own, decay * unbroken[:, None, None], state)
    return torch.stack(before, 1)


def _states(i, t, u, episode, powers, b, before) -> torch.Tensor:
    """The states after step t (n,) of chunk i (n,): (B, n, D, N)."""
    steps = torch.arange(u.shape[2], device=u.device)
    lag = t[:, None] - steps  # (n, L)
    weight = powers[lag.clamp(min=0)] * b * (lag >= 0)[..., None, None]  # (n, L, D, N)
    episode = episode[:, i]  # (B, n, L)
    now = episode.gather(-1, t.expand(len(u), -1).unsqueeze(-1))  # (B, n, 1)
    own = (u[:, i] * (episode == now).unsqueeze(-1)).to(weight.dtype)  # (B, n, L, D)
    new = torch.einsum("bmld,mldn->bmdn", own, weight)
    return torch.addcmul(new, powers[t + 1] * (now == 0).unsqueeze(-1), before[:, i])
