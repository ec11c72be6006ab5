"""Distributions: symlog, two-hot regression, and one-hot samples that let gradients through."""

import torch
from torch.nn import functional as F


def symlog(x: torch.Tensor) -> torch.Tensor:
    """Symmetric logarithm: sign(x) ln(|x| + 1). DreamerV3, Eq. 9."""
    return torch.sign(x) * torch.log1p(torch.abs(x))


def symexp(x: torch.Tensor) -> torch.Tensor:
    """Inverse of `symlog`: sign(x) (exp(|x|) - 1). DreamerV3, Eq. 9."""
    return torch.sign(x) * torch.expm1(torch.abs(x))


class TwoHot:
    """A number as a distribution over K bins, equally spaced in symlog space. DreamerV3 (first version), Eq. 9 to 11.

    The target puts its weight on the two bins around symlog(x); the prediction is symexp of the mean bin. The mean is
    taken
    in symlog space: in real units a millionth of the mass on the outermost bin would drown a sparse reward.
    """

    def __init__(self, bins: int, limit: float = 10.0):
        self.bins = torch.linspace(-limit, limit, bins)  # (K,), so numbers up to symexp(limit) = 22025 can be told

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Two-hot target: (...) real numbers to (..., K) weights that sum to 1; numbers outside go to the end bins."""
        place = (symlog(x) - self.bins[0]) / (self.bins[1] - self.bins[0])  # (...), in units of bins
        return (1 - (place.clamp(0, len(self.bins) - 1).unsqueeze(-1) - torch.arange(len(self.bins))).abs()).clamp(
            min=0
        )

    def loss(self, logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of `logits` (..., K) against the two-hot target of `x` (...)."""
        return -(self.encode(x) * F.log_softmax(logits.float(), -1)).sum(-1)

    def mean(self, logits: torch.Tensor) -> torch.Tensor:
        """Predicted value (...) of `logits` (..., K)."""
        return symexp((F.softmax(logits.float(), -1) * self.bins).sum(-1))  # no product: bfloat16 would round values


def unimix(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Probabilities (1 - mix) softmax(logits) + mix / C: no class is ever impossible. DreamerV3, 'unimix'."""
    return torch.softmax(logits.float(), -1) * (1 - mix) + mix / logits.shape[-1]


def one_hot_sample(probs: torch.Tensor) -> torch.Tensor:
    """One-hot sample (..., C) by inversion: the first class whose cumulative probability exceeds a uniform u.

    One random number a sample, not one a class, and no logarithm: six times faster than the Gumbel trick at C = 16.
    """
    with torch.no_grad():
        below = probs.cumsum(-1)[..., :-1]  # (..., C - 1), P(class <= c); in bfloat16 rare classes would never come
        u = torch.rand_like(below[..., :1])
        index = (u >= below).sum(-1, keepdim=True)  # (..., 1), at most C - 1 whatever the rounding
        return torch.zeros_like(probs).scatter_(-1, index, 1.0)


def straight_through(sample: torch.Tensor, probs: torch.Tensor) -> torch.Tensor:
    """The sample going forward, the gradient of the probabilities going back. DreamerV2, Algorithm 1."""
    return sample + (probs - probs.detach())


def categorical_kl(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """KL(p || q) in nats of probabilities (..., C) that are nowhere 0: (...)."""
    return (p * (p.log() - q.log())).sum(-1)
