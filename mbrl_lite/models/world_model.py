"""A latent world model: encoder + sequence model + latent + heads + loss balancer, its loss in named terms."""

from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.balancers import make_balancer
from mbrl_lite.models.codecs import make_codec
from mbrl_lite.models.latents import LatentKind, make_latent
from mbrl_lite.models.protocol import Dream, Latent, Observed, Policy, time_first
from mbrl_lite.models.reads import Reads
from mbrl_lite.models.rssm import RSSM
from mbrl_lite.nn import MLP, Ones, make_numbers
from mbrl_lite.sequence import make_sequence

POSTERIORS = ("history", "frame")
HEADS = ("feat", "split")


@dataclass(frozen=True)
class ModelConfig:
    """Parts, sizes and loss weights of a world model; the letters are DreamerV3's."""

    units: int = 128  # width of every hidden layer
    deter: int = 128  # width of h, the sequence model's output
    sequence: str = "gru"  # the deterministic path: a name in mbrl_lite.sequence.SEQUENCE_MODELS
    sequence_options: dict = field(default_factory=dict)  # settings of its own, as {"layers": 3}
    posterior: str = "history"  # what z is inferred from: "history", h_t and o_t; or "frame", o_t alone
    heads: str = "feat"  # what they read: "feat", h and z; or "split", the decoder z, reward and end h (STORM, Drama)
    latent: str = "categorical"  # the stochastic path: "categorical", "gaussian" or "deterministic"
    groups: int = 12  # variables in z
    classes: int = 16  # classes of each, where they are categorical
    unimix: float = 0.01  # share of the uniform distribution in every categorical
    codec: str = "auto"  # encoder and decoder: "auto" goes by the kind of observation, other names are plug-ins
    numbers: str = "two_hot"  # how rewards are coded: "two_hot", "symlog" or "raw"
    bins: int = 41  # bins of the two-hot reward
    balancer: str = "fixed"  # how the terms of the loss are weighed: "fixed", or a plug-in
    free_nats: float = 1.0  # KL below this is not punished
    beta_dyn: float = 1.0  # weight of the KL that trains the prior
    beta_rep: float = 0.1  # weight of the KL that trains the posterior


def kl_balance(
    latent: LatentKind, posterior: torch.Tensor, prior: torch.Tensor, free_nats: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the KL, (B, T) each: dyn trains the prior, rep the posterior, both clipped from below.

    posterior and prior are statistics (B, T, Z, C); the KL is summed over the Z variables. DreamerV3, Eq. 3.
    """
    dyn = latent.kl(posterior.detach(), prior).sum(-1)
    rep = latent.kl(posterior, prior.detach()).sum(-1)
    return dyn.clamp(min=free_nats), rep.clamp(min=free_nats)


class WorldModel(nn.Module):
    """Learns to see, to go on in the dark, and to expect reward and ends."""

    def __init__(self, spec: EnvSpec, config: ModelConfig):
        super().__init__()
        c = self.config = config
        self.spec = spec
        sequence = make_sequence(c.sequence, c.units, c.deter, **c.sequence_options)
        latent = make_latent(c.latent, c.groups, c.classes, c.unimix)
        for what, known in (("posterior", POSTERIORS), ("heads", HEADS)):
            if getattr(c, what) not in known:
                raise MbrlError(f"expected {what} out of {', '.join(known)}, got {getattr(c, what)!r}: choose one")
        self.rssm = RSSM(c.units, spec.actions, c.units, sequence, latent, recurrent=c.posterior == "history")
        split, h, z = c.heads == "split", sequence.units, latent.size
        self.encoder, self.decoder = make_codec(spec, z if split else h + z, c.units, c.codec)
        self.numbers = make_numbers(c.numbers, c.bins)
        self.reward_head = MLP(h if split else h + z, c.units, 1, self.numbers.outputs, zero=True)
        self.cont_head = MLP(h if split else h + z, c.units, 1, 1)
        if split:
            self.decoder = Reads(self.decoder, h, z)
            self.reward_head, self.cont_head = (Reads(head, 0, h) for head in (self.reward_head, self.cont_head))
        self.balancer = make_balancer(c.balancer, {"dyn": c.beta_dyn, "rep": c.beta_rep})

    def action_input(self, action: torch.Tensor) -> torch.Tensor:
        """Actions as the model takes them in, (..., A): whole numbers as one-hot, others cut to [-1, 1]."""
        if action.dtype == torch.int64:
            return F.one_hot(action, self.spec.actions).float()
        return action.clamp(-1, 1) if self.spec.continuous else action

    def observe(
        self,
        batch: Batch,
        state: Latent | None = None,
        prev_action: torch.Tensor | None = None,
        at: torch.Tensor | None = None,
    ) -> Observed | tuple[Observed, Latent]:
        """Posterior states and priors of a batch that goes on from `state` and `prev_action` (B,), or from nothing.

        With `at` (n,) also the states at those times, (B, n, ...): dreams start there.
        """
        action = self.action_input(batch.action)
        first = torch.zeros_like(action[:, 0]) if prev_action is None else self.action_input(prev_action)
        previous = torch.cat([first[:, None], action[:, :-1]], 1)  # (B, T, A): a_{t-1} beside o_t
        return self.rssm.observe(self.encoder(batch.obs), previous, batch.is_first, state, at)

    def terms(
        self,
        batch: Batch,
        at: torch.Tensor | None = None,
        state: Latent | None = None,
        prev_action: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], Latent]:
        """The terms of the loss by name, a number for each step, (B, T), unweighted; and the posterior's states.

        These are all of them, (B, T, ...), or with `at` (n,) those at the times named, (B, n, ...). The batch goes on
        from `state` and `prev_action`, as in `observe`, or from nothing.
        """
        seen = self.observe(batch, state, prev_action, at)
        (states, posterior, prior), chosen = (seen, None) if at is None else seen
        feat = states.feat  # (B, T, F)
        dyn, rep = kl_balance(self.rssm.latent, posterior, prior, self.config.free_nats)
        going_on = self.cont_head(feat).squeeze(-1).float()
        losses = {
            "recon": self.decoder.loss(feat, batch.obs),
            "reward": self.numbers.loss(self.reward_head(feat), batch.reward),
            "cont": F.binary_cross_entropy_with_logits(going_on, 1 - batch.is_terminal.float(), reduction="none"),
            "dyn": dyn,
            "rep": rep,
        }
        extra = getattr(self.encoder, "extra", None)  # a plug-in may have terms of its own
        return losses | (extra(batch) if extra else {}), states if at is None else chosen

    def loss(
        self,
        batch: Batch,
        at: torch.Tensor | None = None,
        state: Latent | None = None,
        prev_action: torch.Tensor | None = None,
    ) -> tuple[dict[str, torch.Tensor], Latent]:
        """Named terms, each a mean over (B, T), ready to be summed, and posterior states. DreamerV3, Eq. 2 to 4."""
        terms, states = self.terms(batch, at, state, prev_action)
        return self.balancer({name: term.mean() for name, term in terms.items()}), states

    def filter(
        self, obs: torch.Tensor, prev_action: torch.Tensor, is_first: torch.Tensor, state: Latent | None
    ) -> Latent:
        """The belief after one more observation, for acting: obs (B, ...), prev_action (B,), is_first (B,) bool."""
        state = self.rssm.initial(len(obs)) if state is None else state
        return self.rssm.step(self.encoder(obs), self.action_input(prev_action), is_first, state)

    def predict(self, feat: torch.Tensor, ones: Ones | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Expected reward and probability of going on, (...) each, at feat (..., F)."""
        going_on = self.cont_head(feat, ones).squeeze(-1).float()
        return self.numbers.mean(self.reward_head(feat, ones)), torch.sigmoid(going_on)

    def imagine(self, policy: Policy, start: Latent, horizon: int, grad: bool = False, tell: bool = False) -> Dream:
        """Dream `horizon` steps from B states: the policy acts, the prior answers.

        With `tell` the policy is also told where the ones of feat are, so that it can look up its first layer.
        `grad` lets gradients through the model to the policy's actions (DreamerV1); the model itself should be frozen.
        """
        with torch.set_grad_enabled(grad and torch.is_grad_enabled()):
            state, ones = start, self.rssm.latent.find(start.z)
            feats, places, actions = [start.feat], [ones], []
            for _ in range(horizon):
                actions.append(policy(feats[-1], ones) if tell else policy(feats[-1]))
                state, ones = self.rssm.dream_on(state, ones, self.action_input(actions[-1]), grad)
                feats.append(state.feat), places.append(ones)
            feat = torch.stack(feats)  # (H + 1, B, F): time first, for parts of it to lie in one piece
            ones = None if None in places else Ones(torch.stack([one.index for one in places]), ones.size)
            reward, cont = self.predict(feat[1:], ones and ones.map(lambda index: index[1:]))  # (H, B)
            ones = ones and ones.map(time_first)
            return Dream(time_first(feat), torch.stack(actions, 1), time_first(reward), time_first(cont), ones)
