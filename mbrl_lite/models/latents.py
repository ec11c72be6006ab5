"""The stochastic latent z: categorical (DreamerV2), Gaussian (PlaNet), or a plain vector for comparison.

A head gives raw numbers; `stats` turns them into the statistics of a distribution; all else is said in statistics.
"""

from typing import Protocol

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.errors import MbrlError
from mbrl_lite.nn import (
    Ones,
    categorical_entropy,
    categorical_kl,
    one_hot_sample,
    sample_index,
    straight_through,
    unimix,
)


class LatentKind(Protocol):
    """`params` raw numbers make the statistics of one z, which is `size` numbers wide."""

    params: int
    size: int

    def stats(self, raw: torch.Tensor) -> torch.Tensor:
        """(..., params) to statistics (..., Z, C)."""
        ...

    def sample(self, stats: torch.Tensor) -> torch.Tensor:
        """z (..., size), no gradient."""
        ...

    def rsample(self, stats: torch.Tensor) -> torch.Tensor:
        """z (..., size) through which the gradient reaches the statistics."""
        ...

    def draw(self, stats: torch.Tensor, grad: bool) -> tuple[torch.Tensor, Ones | None]:
        """z (..., size) as from `rsample` with `grad`, else from `sample`; and where its ones are, if it has such."""
        ...

    def find(self, z: torch.Tensor) -> Ones | None:
        """Where the ones of z (..., size) are, (..., Z); None if it is made of anything else."""
        ...

    def mode(self, stats: torch.Tensor) -> torch.Tensor:
        """The most likely z, (..., size)."""
        ...

    def kl(self, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        """KL(p || q) in nats of each of the Z variables: (..., Z)."""
        ...

    def surprise(self, z: torch.Tensor, stats: torch.Tensor) -> torch.Tensor:
        """-ln p(z) in nats, up to a constant, for z (..., size): (...)."""
        ...

    def disagreement(self, stats: torch.Tensor) -> torch.Tensor:
        """How far E opinions (E, ..., Z, C) lie apart: (...)."""
        ...


class Categorical(nn.Module):
    """Z groups of C classes as one-hot vectors; statistics are probabilities (..., Z, C). DreamerV2, Section 2."""

    def __init__(self, groups: int, classes: int, mix: float):
        super().__init__()
        self.groups, self.classes, self.mix = groups, classes, mix
        self.params = self.size = groups * classes
        first = classes * torch.arange(groups)  # (Z,), where each group begins
        self.register_buffer("first", first, persistent=False)

    def stats(self, raw: torch.Tensor) -> torch.Tensor:
        return unimix(raw.unflatten(-1, (self.groups, self.classes)), self.mix)

    def sample(self, stats: torch.Tensor) -> torch.Tensor:
        return one_hot_sample(stats).flatten(-2)

    def rsample(self, stats: torch.Tensor) -> torch.Tensor:
        return straight_through(one_hot_sample(stats), stats).flatten(-2)

    def draw(self, stats: torch.Tensor, grad: bool) -> tuple[torch.Tensor, Ones]:
        index = sample_index(stats)  # (..., Z)
        z = torch.zeros_like(stats).scatter_(-1, index.unsqueeze(-1), 1.0)
        z = straight_through(z, stats) if grad else z
        return z.flatten(-2), Ones(index + self.first, self.size)

    def find(self, z: torch.Tensor) -> Ones | None:
        index = z.unflatten(-1, (self.groups, self.classes)).argmax(-1) + self.first  # (..., Z)
        made = torch.zeros_like(z).scatter_(-1, index, 1.0)
        return Ones(index, self.size) if torch.equal(made, z) else None  # the first state of all is 0

    def mode(self, stats: torch.Tensor) -> torch.Tensor:
        return F.one_hot(stats.argmax(-1), self.classes).to(stats.dtype).flatten(-2)

    def kl(self, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        return categorical_kl(p, q)

    def surprise(self, z: torch.Tensor, stats: torch.Tensor) -> torch.Tensor:
        return -(z.unflatten(-1, (self.groups, self.classes)) * stats.log()).sum((-2, -1))

    def disagreement(self, stats: torch.Tensor) -> torch.Tensor:
        """Entropy of the mean opinion less the mean entropy, in nats: what one would learn by asking who is right."""
        return (categorical_entropy(stats.mean(0)) - categorical_entropy(stats).mean(0)).sum(-1)


class Gaussian:
    """Z independent normal variables; statistics are means and standard deviations (..., Z, 2). PlaNet, Section 3."""

    least = 0.1  # a standard deviation that could reach 0 would make the KL infinite

    def __init__(self, size: int):
        self.size, self.params = size, 2 * size

    def stats(self, raw: torch.Tensor) -> torch.Tensor:
        mean, spread = raw.float().chunk(2, -1)
        return torch.stack([mean, 2 * torch.sigmoid(spread / 2) + self.least], -1)  # deviations of 0.1 to 2.1

    def rsample(self, stats: torch.Tensor) -> torch.Tensor:
        return stats[..., 0] + stats[..., 1] * torch.randn_like(stats[..., 0])

    def sample(self, stats: torch.Tensor) -> torch.Tensor:
        return self.rsample(stats.detach())

    def draw(self, stats: torch.Tensor, grad: bool) -> tuple[torch.Tensor, None]:
        return self.rsample(stats) if grad else self.sample(stats), None

    def find(self, z: torch.Tensor) -> None:
        return None

    def mode(self, stats: torch.Tensor) -> torch.Tensor:
        return stats[..., 0]

    def kl(self, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        (m, s), (n, r) = p.unbind(-1), q.unbind(-1)
        return (r / s).log() + (s.square() + (m - n).square()) / (2 * r.square()) - 0.5

    def surprise(self, z: torch.Tensor, stats: torch.Tensor) -> torch.Tensor:
        mean, std = stats.unbind(-1)
        return (std.log() + 0.5 * ((z - mean) / std).square()).sum(-1)

    def disagreement(self, stats: torch.Tensor) -> torch.Tensor:
        """Variance of the means over the opinions, averaged over z."""
        return stats[..., 0].var(0).mean(-1)


class Deterministic:
    """A plain vector, nothing drawn: for seeing what sampling is good for. Statistics are the numbers (..., Z, 1).

    Its "KL" is that of two normal variables of variance 1: half the squared distance.
    """

    def __init__(self, size: int):
        self.size = self.params = size

    def stats(self, raw: torch.Tensor) -> torch.Tensor:
        return raw.float().unsqueeze(-1)

    def rsample(self, stats: torch.Tensor) -> torch.Tensor:
        return stats.squeeze(-1)

    def sample(self, stats: torch.Tensor) -> torch.Tensor:
        return stats.squeeze(-1).detach()

    def draw(self, stats: torch.Tensor, grad: bool) -> tuple[torch.Tensor, None]:
        return self.rsample(stats) if grad else self.sample(stats), None

    def find(self, z: torch.Tensor) -> None:
        return None

    mode = rsample

    def kl(self, p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
        return 0.5 * (p - q).square().squeeze(-1)

    def surprise(self, z: torch.Tensor, stats: torch.Tensor) -> torch.Tensor:
        return 0.5 * (z - stats.squeeze(-1)).square().sum(-1)

    def disagreement(self, stats: torch.Tensor) -> torch.Tensor:
        """Variance over the opinions, averaged over z."""
        return stats.squeeze(-1).var(0).mean(-1)


LATENTS = {
    "categorical": lambda groups, classes, mix: Categorical(groups, classes, mix),
    "gaussian": lambda groups, classes, mix: Gaussian(groups),
    "deterministic": lambda groups, classes, mix: Deterministic(groups),
}


def make_latent(name: str, groups: int, classes: int, mix: float) -> LatentKind:
    """The latent called `name`; `groups` is Z, `classes` and `mix` concern the categorical one."""
    if name not in LATENTS:
        raise MbrlError(f"expected a latent out of {', '.join(LATENTS)}, got {name!r}: choose one of these")
    return LATENTS[name](groups, classes, mix)
