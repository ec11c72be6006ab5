"""References of chapter 09b_the_tricks_and_what_they_cure, cut from its solution: do not edit, run  make chapters."""

import torch


def symexp(y: torch.Tensor) -> torch.Tensor:
    """The inverse of symlog, elementwise."""
    # First solve for positive x, then think of the other half.
    return torch.sign(y) * torch.expm1(torch.abs(y))


def two_hot(x: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """Weights on the two bins around each number, (..., K)."""
    # Which bin is the first one not below x? torch.searchsorted knows.
    x = x.clamp(bins[0], bins[-1])
    upper = torch.searchsorted(bins, x.contiguous()).clamp(1, len(bins) - 1)  # (...)
    low, high = bins[upper - 1], bins[upper]
    share = (x - low) / (high - low)
    weights = torch.zeros(*x.shape, len(bins), dtype=bins.dtype)
    weights.scatter_(-1, upper[..., None], share[..., None].to(bins.dtype))
    weights.scatter_(-1, upper[..., None] - 1, 1 - share[..., None].to(bins.dtype))
    return weights


def two_hot_mean(logits: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """The expected number, (...)."""
    # In which order should these huge numbers be added?
    parts = torch.softmax(logits, -1) * bins  # (..., K)
    return (parts + parts.flip(-1)).sum(-1) / 2  # each bin meets its mirror image first


def unimix_entropy(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Entropy of (1 - mix) softmax(logits) + mix / A, in nats, (...)."""
    # First the probabilities, then minus the sum of p log p.
    pi = (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]
    return -(pi * pi.clamp(min=1e-30).log()).sum(-1)  # 0 log 0 is 0, and no infinite slope comes back


REFERENCES = {
    "09.9": symexp,
    "09.10": two_hot,
    "09.11": two_hot_mean,
    "09.12": unimix_entropy,
}
