"""References of chapter 07b_what_the_elbo_pays, cut from its solution: do not edit, run  make chapters."""

import torch


def gaussian_kl(mean_q: torch.Tensor, std_q: torch.Tensor, mean_p: torch.Tensor, std_p: torch.Tensor) -> torch.Tensor:
    """KL(q || p) of diagonal Gaussians, in nats: (...)."""
    # Write the equation, then sum over the last axis.
    each = (std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5
    return each.sum(-1)


def straight_through(probs: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """A one-hot sample going forward, the gradient of the probabilities going back: (..., C)."""
    # What can you add to a one-hot vector that is 0 in value and not in gradient?
    one_hot = torch.nn.functional.one_hot(index, probs.shape[-1]).to(probs.dtype)
    return one_hot + (probs - probs.detach())


def kl_balance(q: torch.Tensor, p: torch.Tensor, free: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the KL, (B, T) each: dyn trains the prior, rep the posterior."""
    # One KL, used twice. Which argument stands still in which?
    def price(q, p):
        return (q * (q.log() - p.log())).sum((-2, -1)).clamp(min=free)

    return price(q.detach(), p), price(q, p.detach())


def sequence_elbo(log_lik: torch.Tensor, q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """The ELBO of each sequence, in nats: (B,)."""
    # Over which of the two is the average taken?
    price = (q * (q.log() - p.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)


REFERENCES = {
    "07.6": gaussian_kl,
    "07.7": straight_through,
    "07.8": kl_balance,
    "07.9": sequence_elbo,
}
