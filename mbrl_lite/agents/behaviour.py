"""Behaviour learnt in dreams: actor and critic trained on imagined returns (DreamerV3, 'Actor critic learning')."""

from dataclasses import dataclass

import torch
from torch import nn

from mbrl_lite.models import Dream
from mbrl_lite.nn import MLP, TwoHot, one_hot_sample, unimix


@dataclass(frozen=True)
class BehaviourConfig:
    """Settings of actor and critic; the letters are DreamerV3's."""

    units: int = 128  # width of their hidden layers
    layers: int = 2  # hidden layers of each
    bins: int = 41  # bins of the two-hot critic
    unimix: float = 0.01  # share of the uniform policy
    gamma: float = 0.99  # discount a step
    lam: float = 0.95  # lambda of the lambda-return
    entropy: float = 3e-3  # weight of the policy's entropy
    slow: float = 0.02  # share of the critic that enters its slow copy each update
    slow_weight: float = 1.0  # weight of staying near the slow copy
    return_decay: float = 0.99  # memory of the return range
    return_floor: float = 1.0  # returns are never scaled up by more than 1 / this


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

    def __init__(self, feat: int, actions: int, config: BehaviourConfig):
        super().__init__()
        c = self.config = config
        self.actor = MLP(feat, c.units, c.layers, actions, zero=True)
        self.critic = MLP(feat, c.units, c.layers, c.bins, zero=True)
        self.slow = MLP(feat, c.units, c.layers, c.bins, zero=True).requires_grad_(False)
        self.slow.load_state_dict(self.critic.state_dict())
        self.two_hot = TwoHot(c.bins)
        self.register_buffer("range", torch.zeros(2))  # running 5th and 95th percentile of returns

    def policy(self, feat: torch.Tensor) -> torch.Tensor:
        """pi(a | feat): (..., A)."""
        return unimix(self.actor(feat), self.config.unimix)

    def act(self, feat: torch.Tensor, greedy: bool = False) -> torch.Tensor:
        """An action for each row of feat (B, F), sampled or the most likely: (B,)."""
        pi = self.policy(feat)
        return (pi if greedy else one_hot_sample(pi)).argmax(-1)

    def value(self, feat: torch.Tensor) -> torch.Tensor:
        """The critic's expected return at feat (..., F): (...)."""
        return self.two_hot.mean(self.critic(feat))

    @torch.no_grad()
    def _update_range(self, returns: torch.Tensor) -> torch.Tensor:
        now = torch.quantile(returns.flatten(), torch.tensor([0.05, 0.95]))
        if now.isfinite().all():  # a NaN would never leave the range again
            self.range.lerp_(now, 1 - self.config.return_decay)
        return (self.range[1] - self.range[0]).clamp(min=self.config.return_floor)

    def loss(self, dream: Dream, start_cont: torch.Tensor) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Actor and critic loss on a dream, and what to log. start_cont (B,) is 0 where the dream starts at an end.

        Every step is weighted by the probability of getting there, discount included. DreamerV3, Eq. 5 to 7.
        """
        c, feat = self.config, dream.feat
        critic_logits = self.critic(feat)  # (B, H + 1, K)
        value = self.two_hot.mean(critic_logits.detach())  # (B, H + 1)
        returns = lambda_return(dream.reward, dream.cont, value, c.gamma, c.lam)  # (B, H)
        scale = self._update_range(returns)
        reach = torch.cat([start_cont[:, None], c.gamma * dream.cont[:, :-1]], 1).cumprod(1)  # (B, H)

        pi = self.policy(feat[:, :-1])  # (B, H, A)
        entropy = -(pi * pi.log()).sum(-1)
        advantage = (returns - value[:, :-1]) / scale
        chosen = pi.gather(-1, dream.action.unsqueeze(-1)).squeeze(-1).log()
        actor = -reach * (advantage * chosen + c.entropy * entropy)

        with torch.no_grad():
            slow = self.two_hot.mean(self.slow(feat[:, :-1]))
        logits = critic_logits[:, :-1]
        critic = reach * (self.two_hot.loss(logits, returns) + c.slow_weight * self.two_hot.loss(logits, slow))
        losses = {"actor": actor.mean(), "critic": critic.mean()}
        return losses, {
            "entropy": entropy.mean(),
            "value": value.mean(),
            "imagined_return": returns.mean(),
            "scale": scale,
        }

    @torch.no_grad()
    def update_slow(self) -> None:
        """Move the slow critic a little towards the critic."""
        for slow, fast in zip(self.slow.parameters(), self.critic.parameters(), strict=True):
            slow.lerp_(fast, self.config.slow)
