"""RSSM: a recurrent state-space model with categorical latents (PlaNet, Eq. 4; DreamerV2, Eq. 1)."""

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.models.protocol import Latent, Observed
from mbrl_lite.nn import MLP, NormLinear, one_hot_sample, straight_through, unimix
from mbrl_lite.sequence import GRU


class RSSM(nn.Module):
    """h_t = GRU([z_{t-1}, a_{t-1}], h_{t-1});  prior p(z_t | h_t);  posterior q(z_t | h_t, e_t).

    z_t is Z one-hot groups of C classes. Actions are one-hot here. At a reset the state and the input are zero.
    """

    def __init__(self, embed: int, actions: int, units: int, deter: int, groups: int, classes: int, unimix: float):
        super().__init__()
        self.actions, self.groups, self.classes, self.unimix = actions, groups, classes, unimix
        self.input = NormLinear(groups * classes + actions, units)
        self.gru = GRU(units, deter)
        self.prior_head = MLP(deter, units, 1, groups * classes)
        self.from_embed = nn.Linear(embed, units)  # the posterior's first layer in two parts: this one
        self.from_hidden = nn.Linear(deter, units, bias=False)  # needs no recurrence, so it runs over all steps at once
        self.norm = nn.LayerNorm(units)
        self.posterior_out = nn.Linear(units, groups * classes)

    @property
    def feat_size(self) -> int:
        return self.gru.units + self.groups * self.classes

    def initial(self, batch: int) -> Latent:
        h = self.gru.initial(batch)
        return Latent(h, h.new_zeros(batch, self.groups * self.classes))

    def _probs(self, logits: torch.Tensor) -> torch.Tensor:
        return unimix(logits.unflatten(-1, (self.groups, self.classes)), self.unimix)  # (..., Z, C)

    def prior(self, h: torch.Tensor) -> torch.Tensor:
        """p(z | h): (..., Z, C)."""
        return self._probs(self.prior_head(h))

    def _posterior(self, h: torch.Tensor, drive: torch.Tensor) -> torch.Tensor:
        return self._probs(self.posterior_out(F.silu(self.norm(drive + self.from_hidden(h)))))

    def _recur(self, state: Latent, action: torch.Tensor, reset: torch.Tensor) -> torch.Tensor:
        keep = ~reset[:, None]
        x = self.input(torch.cat([state.z, action], -1) * keep)  # (B, U), x_t = (z_{t-1}, a_{t-1})
        return self.gru.step(x, reset, state.h)[0]  # (B, H)

    def step(self, embed: torch.Tensor, action: torch.Tensor, reset: torch.Tensor, state: Latent) -> Latent:
        """One posterior step: embed (B, E), previous action (B, A) one-hot, reset (B,) bool."""
        h = self._recur(state, action, reset)
        return Latent(h, one_hot_sample(self._posterior(h, self.from_embed(embed))).flatten(-2))

    def observe(
        self, embed: torch.Tensor, action: torch.Tensor, reset: torch.Tensor, state: Latent | None = None
    ) -> Observed:
        """Posterior over a sequence: embed (B, T, E), *previous* actions (B, T, A), reset (B, T)."""
        B, T, _ = embed.shape
        state = self.initial(B) if state is None else state
        drive = self.from_embed(embed)  # (B, T, U)
        hs, zs, posteriors = [], [], []
        for t in range(T):
            h = self._recur(state, action[:, t], reset[:, t])
            q = self._posterior(h, drive[:, t])  # (B, Z, C)
            state = Latent(h, straight_through(one_hot_sample(q), q).flatten(-2))
            hs.append(h), zs.append(state.z), posteriors.append(q)
        states = Latent(torch.stack(hs, 1), torch.stack(zs, 1))
        return Observed(states, torch.stack(posteriors, 1), self.prior(states.h))

    def dream_step(self, state: Latent, action: torch.Tensor) -> Latent:
        """One prior step: the world as the model thinks it goes on. action (B, A) one-hot."""
        h = self._recur(state, action, torch.zeros(len(action), dtype=torch.bool))
        return Latent(h, one_hot_sample(self.prior(h)).flatten(-2))
