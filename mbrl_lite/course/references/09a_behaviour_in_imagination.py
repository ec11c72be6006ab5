"""References of chapter 09a_behaviour_in_imagination, cut from its solution: do not edit, run  make chapters."""

import torch


def lambda_return(
    reward: torch.Tensor, cont: torch.Tensor, value: torch.Tensor, gamma: float, lam: float
) -> torch.Tensor:
    """Lambda-returns R_0 to R_{H-1}, (B, H)."""
    # Where does a recursion begin that needs the *next* return?
    returns, last = [], value[:, -1]
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)  # (B, H)


def release_return(
    reward: torch.Tensor, termination: torch.Tensor, value: torch.Tensor, gamma: float, lam: float
) -> torch.Tensor:
    """Lambda-returns R_0 to R_{H-1}, (B, H)."""
    # Begin with the lines above. Which state do you stand in after reward[:, t]?
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)


def reach_weights(cont: torch.Tensor, start_cont: torch.Tensor, gamma: float) -> torch.Tensor:
    """The discounted probability to get to each action of a dream, (B, H)."""
    # The last cont says what comes after the last action. Who needs it?
    steps = torch.cat([start_cont[:, None], gamma * cont[:, :-1]], dim=1)  # (B, H)
    return steps.cumprod(dim=1)


def reinforce_loss(
    log_prob: torch.Tensor,
    entropy: torch.Tensor,
    returns: torch.Tensor,
    value: torch.Tensor,
    reach: torch.Tensor,
    scale: float,
    eta: float,
) -> torch.Tensor:
    """The actor's loss by REINFORCE, a scalar."""
    # Which of the five arrays may carry a gradient?
    advantage = ((returns - value) / scale).detach()
    return -(reach.detach() * (advantage * log_prob + eta * entropy)).mean()


def pathwise_loss(
    returns: torch.Tensor, entropy: torch.Tensor, reach: torch.Tensor, scale: float, eta: float
) -> torch.Tensor:
    """The actor's loss by gradients through the model, a scalar."""
    # Shorter than the last one.
    return -(reach.detach() * (returns / scale + eta * entropy)).mean()


def actor_critic_loss(log_prob: torch.Tensor, returns: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Actor and critic loss in one, a scalar."""
    # Begin with the lines above.
    advantage = returns - value
    actor = -(advantage.detach() * log_prob).mean()
    critic = 0.5 * (advantage**2).mean()
    return actor + critic


def return_range(old: torch.Tensor, returns: torch.Tensor, decay: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The running percentiles of the return, (2,), and the scale for advantages, a scalar."""
    # torch.quantile knows both percentiles at once.
    shares = torch.tensor([0.05, 0.95], dtype=returns.dtype)
    now = torch.quantile(returns.detach().flatten(), shares)
    new = decay * old + (1 - decay) * now
    return new, (new[1] - new[0]).clamp(min=1.0)


def critic_loss(
    logits: torch.Tensor, target: torch.Tensor, slow_target: torch.Tensor, reach: torch.Tensor, weight: float
) -> torch.Tensor:
    """The critic's loss: cross-entropy to the returns, and to its slow copy, a scalar."""
    # Cross-entropy is linear in its target.
    log_prob = torch.log_softmax(logits, -1)  # (B, H, K)
    both = (target + weight * slow_target).detach()
    return -(reach.detach() * (both * log_prob).sum(-1)).mean()


REFERENCES = {
    "09.1": lambda_return,
    "09.3": release_return,
    "09.2": reach_weights,
    "09.4": reinforce_loss,
    "09.5": pathwise_loss,
    "09.6": actor_critic_loss,
    "09.7": return_range,
    "09.8": critic_loss,
}
