"""Behaviour learnt in dreams: actor and critic trained on imagined returns (DreamerV3, 'Actor critic learning')."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call

from mbrl_lite.agents.actors import make_actor
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Dream
from mbrl_lite.models.protocol import time_first
from mbrl_lite.nn import MLP, Ones, make_numbers

SWITCHES = {
    "gradient": ("reinforce", "pathwise"),
    "returns": ("percentile", "none"),
    "critic": ("regularise", "target", "none"),
}


@dataclass(frozen=True)
class BehaviourConfig:
    """Settings of actor and critic; the letters are DreamerV3's."""

    units: int = 128  # width of their hidden layers
    layers: int = 2  # hidden layers of each
    gradient: str = "reinforce"  # of the actor: "reinforce" (V2, V3), or "pathwise", through the model (V1)
    returns: str = "percentile"  # what the advantage is divided by: their running range (V3), or nothing ("none")
    critic: str = (
        "regularise"  # what its slow copy is for: to stay near it (V3), to bootstrap from ("target", V2), or "none"
    )
    numbers: str = "two_hot"  # how the critic says a return: "two_hot" (V3), "symlog" or "raw" (V1, V2)
    bins: int = 41  # bins of the two-hot critic
    unimix: float = 0.01  # share of the uniform policy
    gamma: float = 0.99  # discount a step
    lam: float = 0.95  # lambda of the lambda-return
    entropy: float = 1e-3  # weight of the policy's entropy
    slow: float = 0.02  # share of the critic that enters its slow copy each update
    slow_weight: float = 1.0  # weight of staying near the slow copy
    return_decay: float = 0.99  # memory of the return range
    return_floor: float = 1.0  # returns are never scaled up by more than 1 / this

    def __post_init__(self):
        for name, known in SWITCHES.items():
            if getattr(self, name) not in known:
                raise MbrlError(
                    f"expected {name} to be one of {', '.join(known)}, got {getattr(self, name)!r}: choose one of these"
                )


# lambda-return, DreamerV3 Eq. 7:  R_t = r_{t+1} + gamma c_{t+1} ((1 - lambda) v_{t+1} + lambda R_{t+1})
def lambda_return(
    reward: torch.Tensor, cont: torch.Tensor, value: torch.Tensor, gamma: float = 0.99, lam: float = 0.95
):
    """Returns R_0..R_{H-1}, (B, H); value is (B, H + 1).

    reward[:, t] and cont[:, t] arrived with feat_{t+1}: they are r_{t+1} and c_{t+1}.
    """
    returns, last = [], value[:, -1]
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)  # (B, H)


class Behaviour(nn.Module):
    """Actor, critic, the critic's slow copy and the running range of returns."""

    def __init__(self, feat: int, spec: EnvSpec, config: BehaviourConfig):
        super().__init__()
        c = self.config = config
        self.numbers = make_numbers(c.numbers, c.bins)
        self.actor = make_actor(spec, feat, c.units, c.layers, c.unimix)
        self.critic = MLP(feat, c.units, c.layers, self.numbers.outputs, zero=True)
        self.slow = MLP(feat, c.units, c.layers, self.numbers.outputs, zero=True).requires_grad_(False)
        self.slow.load_state_dict(self.critic.state_dict())
        self.register_buffer("range", torch.zeros(2))  # running 5th and 95th percentile of returns

    def policy(self, feat: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        """pi(a | feat): probabilities (..., A), or means and deviations (..., A, 2) of continuous actions."""
        return self.actor(feat, ones)

    def act(self, feat: torch.Tensor, greedy: bool = False) -> torch.Tensor:
        """An action for each row of feat (B, F), sampled or the most likely: (B,) or (B, A)."""
        pi = self.policy(feat)
        return self.actor.mode(pi) if greedy else self.actor.sample(pi)

    def dream_policy(self, feat: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        """An action to dream with: one that lets gradients through where the actor is trained pathwise."""
        pi = self.policy(feat, ones)
        return self.actor.rsample(pi) if self.pathwise else self.actor.sample(pi)

    @property
    def pathwise(self) -> bool:
        return self.config.gradient == "pathwise"

    def value(self, feat: torch.Tensor) -> torch.Tensor:
        """The critic's expected return at feat (..., F): (...)."""
        return self.numbers.mean(self.critic(feat))

    @torch.no_grad()
    def _scale(self, returns: torch.Tensor) -> torch.Tensor:
        """What advantages are divided by: the running range of returns, but at least the floor. DreamerV3, Eq. 6."""
        if self.config.returns == "none":
            return torch.ones(())
        now = torch.quantile(returns.flatten(), returns.new_tensor([0.05, 0.95]))
        moved = self.range.lerp(now, 1 - self.config.return_decay)
        self.range.copy_(torch.where(now.isfinite().all(), moved, self.range))  # a NaN would never leave it again
        return (self.range[1] - self.range[0]).clamp(min=self.config.return_floor)

    def _bootstrap(self, feat: torch.Tensor, logits: torch.Tensor, ones: Ones | None = None) -> torch.Tensor:
        """Values (H + 1, B) that returns are made of; pathwise they carry gradients to feat, never to the critic.

        logits (H + 1, B, K) are the critic's at feat: where no gradient is needed they are not computed again.
        """
        network = self.slow if self.config.critic == "target" else self.critic
        if self.pathwise or network is self.slow:
            frozen = {name: parameter.detach() for name, parameter in network.named_parameters()}
            logits = functional_call(network, frozen, (feat, ones))
        else:
            logits = logits.detach()
        return self.numbers.mean(logits)

    def loss(self, dream: Dream, start_cont: torch.Tensor) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Actor and critic loss on a dream, and what to log. start_cont (B,) is 0 where the dream starts at an end.

        Every step is weighted by the probability of getting there, discount included. DreamerV3, Eq. 5 to 7.
        """
        c, feat = self.config, time_first(dream.feat)  # (H + 1, B, F): parts of it lie in one piece
        ones = dream.ones and dream.ones.map(time_first)
        logits = self.critic(feat.detach(), ones)  # (H + 1, B, K)
        value = time_first(self._bootstrap(feat, logits, ones))  # (B, H + 1)
        before, ones = feat[:-1].detach(), ones and ones.map(lambda index: index[:-1])  # where actions are taken
        returns = lambda_return(dream.reward, dream.cont, value, c.gamma, c.lam)  # (B, H)
        scale = self._scale(returns)
        reach = torch.cat([start_cont[:, None], c.gamma * dream.cont[:, :-1].detach()], 1).cumprod(1)  # (B, H)

        pi = time_first(self.policy(before, ones))
        entropy = self.actor.entropy(pi)  # (B, H)
        if self.pathwise:
            gain = returns / scale
        else:
            gain = (returns - value[:, :-1]) / scale * self.actor.log_prob(pi, dream.action)
        actor = -reach * (gain + c.entropy * entropy)
        critic = reach * time_first(self._critic_loss(before, ones, logits[:-1], time_first(returns.detach())))
        losses = {"actor": actor.mean(), "critic": critic.mean()}
        info = {"entropy": entropy, "value": value, "imagined_return": returns, "scale": scale}
        return losses, {name: number.detach().mean() for name, number in info.items()}

    def _critic_loss(self, feat, ones, logits: torch.Tensor, returns: torch.Tensor) -> torch.Tensor:
        """How badly the critic says the returns and, if it is to stay near its slow copy, what that says: (H, B)."""
        loss = self.numbers.loss(logits, returns)
        if self.config.critic != "regularise":
            return loss
        with torch.no_grad():
            slow = self.numbers.mean(self.slow(feat, ones))
        return loss + self.config.slow_weight * self.numbers.loss(logits, slow)

    @torch.no_grad()
    def update_slow(self) -> None:
        """Move the slow critic a little towards the critic."""
        torch._foreach_lerp_(list(self.slow.parameters()), list(self.critic.parameters()), self.config.slow)
