"""How a network says a number: as a distribution over bins, in symlog space, or plainly."""

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.errors import MbrlError
from mbrl_lite.nn.distributions import symexp, symlog


class TwoHot(nn.Module):
    """A number as a distribution over K bins that lie symexp-spaced around 0. DreamerV3, Eq. 8 to 10.

    The target puts its weight on the two bins around x, so that their mean, in real units, is x: the prediction of a
    reward that comes half of the time is half of it. The mean is summed in pairs of bins that mirror each other: where
    nothing was learnt, both have the same share and cancel, and a head without opinion reads exactly 0.
    """

    def __init__(self, bins: int = 41, limit: float = 14.0):
        if bins < 5 or bins % 2 == 0:  # between 0 and a million single precision could not tell 1 from 1.003
            raise MbrlError(f"two-hot needs an odd number of bins, at least 5, got {bins}: choose another number")
        super().__init__()
        self.outputs, self.limit = bins, limit
        places = symexp(torch.linspace(-limit, limit, bins).double()).float()  # (K,), up to symexp(14) = 1.2e6
        places[bins // 2] = 0.0
        self.register_buffer("bins", places, persistent=False)

    def _place(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The lower of the two bins around x, (...) int64, and the weight of the upper one, (...)."""
        x = x.clamp(self.bins[0], self.bins[-1])
        lower = (torch.searchsorted(self.bins, x.contiguous(), right=True) - 1).clamp(0, self.outputs - 2)
        low, high = self.bins[lower], self.bins[lower + 1]
        return lower, (x - low) / (high - low)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Two-hot target: (...) real numbers to (..., K) weights that sum to 1; numbers outside go to the end bins."""
        lower, share = self._place(x)
        weights = x.new_zeros(*x.shape, self.outputs)
        weights.scatter_(-1, lower.unsqueeze(-1), (1 - share).unsqueeze(-1))
        return weights.scatter_(-1, lower.unsqueeze(-1) + 1, share.unsqueeze(-1))

    def loss(self, logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of `logits` (..., K) against the two-hot target of `x` (...)."""
        lower, share = self._place(x)
        pair = torch.stack([lower, lower + 1], -1)  # (..., 2)
        low, high = F.log_softmax(logits.float(), -1).gather(-1, pair).unbind(-1)
        return torch.lerp(-low, -high, share)

    def mean(self, logits: torch.Tensor) -> torch.Tensor:
        """Predicted number (...) of `logits` (..., K)."""
        p, half = F.softmax(logits.float(), -1), self.outputs // 2
        gain = p[..., half + 1 :] - p[..., :half].flip(-1)  # (..., K // 2), each bin against its mirror image
        return (gain * self.bins[half + 1 :]).sum(-1)  # no product of matrices: bfloat16 would round values


class Symlog:
    """A number by the square of its error in symlog space. DreamerV3, Eq. 1."""

    outputs = 1

    def __init__(self, bins: int = 1):
        pass

    def loss(self, out: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Half the squared error of `out` (..., 1) against symlog(x), x (...)."""
        return 0.5 * (out.squeeze(-1).float() - symlog(x)).square()

    def mean(self, out: torch.Tensor) -> torch.Tensor:
        return symexp(out.squeeze(-1).float())


class Raw:
    """A number by the square of its error, as in DreamerV1 and V2: a Gaussian of variance 1."""

    outputs = 1

    def __init__(self, bins: int = 1):
        pass

    def loss(self, out: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Half the squared error of `out` (..., 1) against x (...)."""
        return 0.5 * (out.squeeze(-1).float() - x).square()

    def mean(self, out: torch.Tensor) -> torch.Tensor:
        return out.squeeze(-1).float()


NUMBERS = {"two_hot": TwoHot, "symlog": Symlog, "raw": Raw}


def make_numbers(name: str, bins: int):
    """The code for numbers called `name`; raises `MbrlError` for a name that is none."""
    if name not in NUMBERS:
        raise MbrlError(f"expected numbers to be one of {', '.join(NUMBERS)}, got {name!r}: choose one of these")
    return NUMBERS[name](bins)
