"""RSSM: a recurrent state-space model, a deterministic path and a stochastic one (PlaNet, Eq. 4; DreamerV2, Eq. 1)."""

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.models.latents import LatentKind
from mbrl_lite.models.protocol import Latent, Observed
from mbrl_lite.nn import MLP, Ones, one_hot_linear
from mbrl_lite.sequence import SequenceModel, may_reset


class RSSM(nn.Module):
    """h_t = f([z_{t-1}, a_{t-1}], h_{t-1});  prior p(z_t | h_t);  posterior q(z_t | h_t, e_t).

    f is any sequence model, z any latent. Actions are numbers here: one-hot or in [-1, 1]. At a reset the state and
    the input are zero.

    With `recurrent=False` the posterior sees its frame alone, q(z_t | e_t): then all z are known at once, and f takes
    whole sequences (TransDreamer, Section 3; S4WM; R2I; Drama, Eq. 1).
    """

    def __init__(
        self,
        embed: int,
        actions: int,
        units: int,
        sequence: SequenceModel,
        latent: LatentKind,
        recurrent: bool = True,
    ):
        super().__init__()
        self.latent, self.sequence, self.recurrent = latent, sequence, recurrent
        self.from_z = nn.Linear(latent.size, units, bias=False)  # the input layer in two parts: what waits for z,
        self.from_action = nn.Linear(actions, units, bias=False)  # and what is known for all steps beforehand
        self.input_norm = nn.LayerNorm(units)
        self.prior_head = MLP(sequence.units, units, 1, latent.params)
        self.from_embed = nn.Linear(embed, units)  # the posterior's first layer likewise: all steps at once,
        self.from_hidden = nn.Linear(sequence.units, units, bias=False) if recurrent else None  # and what waits for h
        self.norm = nn.LayerNorm(units)
        self.posterior_out = nn.Linear(units, latent.params)
        for layer in (self.from_z, self.from_action):
            nn.init.trunc_normal_(layer.weight, std=(latent.size + actions) ** -0.5)

    @property
    def feat_size(self) -> int:
        return self.sequence.units + self.latent.size

    def initial(self, batch: int) -> Latent:
        """The state before a first step, for B = batch rows: all zero."""
        memory = self.sequence.initial(batch)
        z = memory.new_zeros(batch, self.latent.size)
        if memory.shape == (batch, self.sequence.units):
            return Latent(memory, z)
        return Latent(memory.new_zeros(batch, self.sequence.units), z, memory)

    def prior(self, h: torch.Tensor) -> torch.Tensor:
        """Statistics of p(z | h): (..., Z, C)."""
        return self.latent.stats(self.prior_head(h))

    def _posterior(self, h: torch.Tensor, drive: torch.Tensor) -> torch.Tensor:
        hidden = torch.addmm(drive, h, self.from_hidden.weight.t()) if self.recurrent else drive  # (..., U)
        return self.latent.stats(self.posterior_out(F.silu(self.norm(hidden))))

    def _recur(self, state: Latent, push: torch.Tensor, reset: torch.Tensor | None, ones: Ones | None = None):
        """h_t and what else the sequence model carries, from x_t = (z_{t-1}, a_{t-1}); push (B, U) is a's part."""
        z, memory = state.z, state.h if state.carry is None else state.carry
        if reset is None:
            reset = torch.zeros(len(z), dtype=torch.bool, device=z.device)
        else:
            keep = ~reset[:, None]
            z, push = z * keep, push * keep
        if ones is not None and not torch.is_grad_enabled():
            x = one_hot_linear(z, ones, self.from_z.weight) + push  # (B, U)
        else:
            x = torch.addmm(push, z, self.from_z.weight.t())
        h, memory = self.sequence.step(F.silu(self.input_norm(x)), reset, memory)
        return h, None if state.carry is None else memory

    def step(self, embed: torch.Tensor, action: torch.Tensor, reset: torch.Tensor, state: Latent) -> Latent:
        """One posterior step: embed (B, E), previous action (B, A), reset (B,) bool."""
        h, carry = self._recur(state, self.from_action(action), reset)
        return Latent(h, self.latent.sample(self._posterior(h, self.from_embed(embed))), carry)

    def observe(
        self,
        embed: torch.Tensor,
        action: torch.Tensor,
        reset: torch.Tensor,
        state: Latent | None = None,
        at: torch.Tensor | None = None,
    ) -> Observed | tuple[Observed, Latent]:
        """Posterior over a sequence: embed (B, T, E), *previous* actions (B, T, A), reset (B, T).

        With `at` (n,) also the states at those times, (B, n, ...), and `carry`, which may be large, in these only.
        """
        state = self.initial(len(embed)) if state is None else state
        drive, push = self.from_embed(embed), self.from_action(action)  # (B, T, U)
        return (self._loop if self.recurrent else self._at_once)(drive, push, reset, state, at)

    def _loop(self, drive, push, reset, state, at):
        drive, push = drive.unbind(1), push.unbind(1)  # T x (B, U)
        resets = [column if may_reset(column) else None for column in reset.unbind(1)]  # most steps need no masks
        states, posteriors = [], []
        for t in range(len(drive)):
            h, carry = self._recur(state, push[t], resets[t])
            q = self._posterior(h, drive[t])  # (B, Z, C)
            state = Latent(h, self.latent.rsample(q), carry)
            states.append(state), posteriors.append(q)
        chosen = None if at is None else _stack([states[t] for t in at.tolist()])
        states = _stack(states if at is None else [state._replace(carry=None) for state in states])
        seen = Observed(states, torch.stack(posteriors, 1), self.prior(states.h))
        return seen if at is None else (seen, chosen)

    def _at_once(self, drive, push, reset, state, at):
        q = self._posterior(None, drive)  # (B, T, Z, C)
        z = self.latent.rsample(q)  # (B, T, size of z)
        before, keep = torch.cat([state.z[:, None], z[:, :-1]], 1), ~reset.unsqueeze(-1)
        x = F.silu(self.input_norm(self.from_z(before * keep) + push * keep))
        memory = state.h if state.carry is None else state.carry
        if state.carry is None:  # h is all there is to remember
            h, carry = self.sequence.forward(x, reset, memory)[0], None
        else:
            times = torch.arange(z.shape[1], device=z.device) if at is None else at.to(z.device)
            h, _, carry = self.sequence.forward(x, reset, memory, times)
        seen = Observed(Latent(h, z, carry if at is None else None), q, self.prior(h))
        return seen if at is None else (seen, Latent(h[:, at], z[:, at], carry))

    def dream_step(self, state: Latent, action: torch.Tensor, grad: bool = False) -> Latent:
        """One prior step: the world as the model thinks it goes on. action (B, A); `grad` lets gradients through z."""
        return self.dream_on(state, None, action, grad)[0]

    def dream_on(self, state: Latent, ones: Ones | None, action: torch.Tensor, grad: bool):
        """As `dream_step`, told where the ones of z are and telling it for the next: what is known is looked up."""
        h, carry = self._recur(state, self.from_action(action), None, ones)
        z, ones = self.latent.draw(self.prior(h), grad)
        return Latent(h, z, carry), ones


def _stack(states: list[Latent]) -> Latent:
    """States (B, ...) of several times beside each other: (B, n, ...)."""
    return Latent(*(None if part[0] is None else torch.stack(part, 1) for part in zip(*states, strict=True)))
