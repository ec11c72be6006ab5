"""A latent world model: encoder, RSSM, heads, and the loss with its terms by name."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models.codecs import make_codec
from mbrl_lite.models.protocol import Dream, Latent, Observed, Policy
from mbrl_lite.models.rssm import RSSM
from mbrl_lite.nn import MLP, TwoHot, categorical_kl


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and loss weights of a world model; the letters are DreamerV3's."""

    units: int = 128  # width of every hidden layer
    deter: int = 128  # width of h, the GRU's state
    groups: int = 12  # categorical variables in z
    classes: int = 16  # classes of each
    unimix: float = 0.01  # share of the uniform distribution in every categorical
    bins: int = 41  # bins of the two-hot reward
    free_nats: float = 1.0  # KL below this is not punished
    beta_dyn: float = 1.0  # weight of the KL that trains the prior
    beta_rep: float = 0.1  # weight of the KL that trains the posterior


def kl_balance(posterior: torch.Tensor, prior: torch.Tensor, free_nats: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the KL, (B, T) each: dyn trains the prior, rep the posterior, both clipped from below.

    posterior and prior are probabilities (B, T, Z, C); the KL is summed over the Z groups. DreamerV3, Eq. 3.
    """
    dyn = categorical_kl(posterior.detach(), prior).sum(-1)
    rep = categorical_kl(posterior, prior.detach()).sum(-1)
    return dyn.clamp(min=free_nats), rep.clamp(min=free_nats)


class WorldModel(nn.Module):
    """Learns to see, to go on in the dark, and to expect reward and ends."""

    def __init__(self, spec: EnvSpec, config: ModelConfig):
        super().__init__()
        c = self.config = config
        self.spec = spec
        self.rssm = RSSM(c.units, spec.actions, c.units, c.deter, c.groups, c.classes, c.unimix)
        feat = self.rssm.feat_size
        self.encoder, self.decoder = make_codec(spec, feat, c.units)
        self.reward_head = MLP(feat, c.units, 1, c.bins, zero=True)
        self.cont_head = MLP(feat, c.units, 1, 1)
        self.two_hot = TwoHot(c.bins)

    def one_hot(self, action: torch.Tensor) -> torch.Tensor:
        return F.one_hot(action, self.spec.actions).float()

    def observe(self, batch: Batch, state: Latent | None = None, prev_action: torch.Tensor | None = None) -> Observed:
        """Posterior states and priors of a batch that goes on from `state` and `prev_action` (B,), or from nothing."""
        action = self.one_hot(batch.action)
        first = torch.zeros_like(action[:, 0]) if prev_action is None else self.one_hot(prev_action)
        previous = torch.cat([first[:, None], action[:, :-1]], 1)  # (B, T, A): a_{t-1} beside o_t
        return self.rssm.observe(self.encoder(batch.obs), previous, batch.is_first, state)

    def loss(self, batch: Batch) -> tuple[dict[str, torch.Tensor], Latent]:
        """Named terms, each a mean over (B, T), ready to be summed, and posterior states. DreamerV3, Eq. 2 to 4."""
        c = self.config
        states, posterior, prior = self.observe(batch)
        feat = states.feat  # (B, T, F)
        dyn, rep = kl_balance(posterior, prior, c.free_nats)
        cont = 1 - batch.is_terminal.float()
        losses = {
            "recon": self.decoder.loss(feat, batch.obs),
            "reward": self.two_hot.loss(self.reward_head(feat), batch.reward),
            "cont": F.binary_cross_entropy_with_logits(
                self.cont_head(feat).squeeze(-1).float(), cont, reduction="none"
            ),
            "dyn": c.beta_dyn * dyn,
            "rep": c.beta_rep * rep,
        }
        return {name: term.mean() for name, term in losses.items()}, states

    def filter(
        self, obs: torch.Tensor, prev_action: torch.Tensor, is_first: torch.Tensor, state: Latent | None
    ) -> Latent:
        """The belief after one more observation, for acting: obs (B, ...), prev_action (B,), is_first (B,) bool."""
        state = self.rssm.initial(len(obs)) if state is None else state
        return self.rssm.step(self.encoder(obs), self.one_hot(prev_action), is_first, state)

    def predict(self, feat: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Expected reward and probability of going on, (...) each, at feat (..., F)."""
        return self.two_hot.mean(self.reward_head(feat)), torch.sigmoid(self.cont_head(feat).squeeze(-1).float())

    @torch.no_grad()
    def imagine(self, policy: Policy, start: Latent, horizon: int) -> Dream:
        """Dream `horizon` steps from B states: the policy acts, the prior answers."""
        state, feats, actions = start, [start.feat], []
        for _ in range(horizon):
            actions.append(policy(feats[-1]))
            state = self.rssm.dream_step(state, self.one_hot(actions[-1]))
            feats.append(state.feat)
        feat = torch.stack(feats, 1)  # (B, H + 1, F)
        reward, cont = self.predict(feat[:, 1:])
        return Dream(feat, torch.stack(actions, 1), reward, cont)
