"""An exploration bonus: go where an ensemble of guesses about the next latent disagrees (Plan2Explore, 2020)."""

from dataclasses import dataclass

import torch
from torch import nn

from mbrl_lite.models import Latent
from mbrl_lite.models.latents import LatentKind
from mbrl_lite.nn import MLP


@dataclass(frozen=True)
class ExploreConfig:
    """Settings of the bonus; a weight of 0 leaves it out altogether."""

    weight: float = 0.0  # of the disagreement, in units of reward
    members: int = 5  # E, guesses in the ensemble
    units: int = 64  # width of their hidden layer


class Disagreement(nn.Module):
    """E small networks guess z_{t+1} from feat_t and a_t. Plan2Explore, Section 3.

    Where there is data they agree; where there is none they guess apart, for they began apart.
    """

    def __init__(self, feat: int, actions: int, latent: LatentKind, config: ExploreConfig):
        super().__init__()
        self.latent, self.config = latent, config
        self.members = nn.ModuleList(MLP(feat + actions, config.units, 1, latent.params) for _ in range(config.members))

    def _guesses(self, feat: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        x = torch.cat([feat, action], -1)
        return torch.stack([self.latent.stats(member(x)) for member in self.members])  # (E, ..., Z, C)

    def loss(self, states: Latent, action: torch.Tensor, is_first: torch.Tensor) -> torch.Tensor:
        """Surprise of each guess at z_{t+1}, in nats, averaged; what follows an episode's end is not guessed.

        states (B, T, ...) without gradient, action (B, T, A), is_first (B, T).
        """
        guesses = self._guesses(states.feat[:, :-1], action[:, :-1])  # (E, B, T - 1, Z, C)
        surprise = self.latent.surprise(states.z[:, 1:], guesses)  # (E, B, T - 1)
        return (surprise * ~is_first[:, 1:]).mean()

    def bonus(self, feat: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        """weight times the disagreement about what follows feat (..., F) and action (..., A): (...)."""
        return self.config.weight * self.latent.disagreement(self._guesses(feat, action))
