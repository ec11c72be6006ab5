"""HarmonyDream's balancer: the groups of a world model's loss learn their weights, so that none drowns another."""

import torch
from torch import nn

from mbrl_lite.models.balancers import register_balancer

GROUPS = {"recon": "recon", "reward": "reward", "cont": "reward", "dyn": "dynamics", "rep": "dynamics"}
GAIN = 10.0  # Adam moves a parameter by its step size whatever the gradient is; s has to cover several e-folds


def best_sigma(loss: torch.Tensor) -> torch.Tensor:
    """The sigma > 0 at which L / sigma + log(1 + sigma) is least: sigma^2 = L (1 + sigma), for L > 0 of any shape.

    Its weighted loss L / sigma = sigma / (1 + sigma) lies between 0 and 1: about sqrt(L) for a small L, about 1 for a
    large one. No group can outweigh another by its size.
    """
    return (loss + (loss.square() + 4 * loss).sqrt()) / 2


class Harmony(nn.Module):
    """Each term times its written-down weight, over the learnt sigma of its group: L_i / sigma_i + log(1 + sigma_i).

    Groups: recon; reward with cont; dyn with rep. sigma_i = exp(GAIN s_i) > 0, at first 1. A term that belongs to no
    group keeps its weight. The sum of the logarithms is a term of its own, "harmony". HarmonyDream, Eq. 8 (Ma et al.,
    2024), where s_i are learnt with the model's own optimiser; GAIN, ours, lets short runs get there.
    """

    def __init__(self, weights: dict[str, float]):
        super().__init__()
        self.weights = weights
        self.s = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in sorted(set(GROUPS.values()))})

    @property
    def sigma(self) -> dict[str, torch.Tensor]:
        """sigma of each group, a positive scalar: 1 / sigma is the group's weight."""
        return {name: (GAIN * s).exp() for name, s in self.s.items()}

    def forward(self, terms: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Named terms, scalars each, to terms that are ready to be summed, and "harmony"."""
        sigma = self.sigma
        out = {}
        for name, term in terms.items():
            weight = self.weights.get(name, 1.0)
            out[name] = weight * term / sigma[GROUPS[name]] if name in GROUPS else weight * term
        present = {GROUPS[name] for name in terms if name in GROUPS}
        return out | {"harmony": sum((torch.log1p(sigma[name]) for name in sorted(present)), torch.zeros(()))}


register_balancer("harmony", Harmony)
