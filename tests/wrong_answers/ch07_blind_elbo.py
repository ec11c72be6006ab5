"""Answers to exercises 07.6, 07.7 and 07.9, by someone who had not seen the checks."""

import numpy as np
import torch
from torch.nn import functional as F

from . import right, wrong


@right("07.6")
def gaussian_kl_loop(mean_q, std_q, mean_p, std_p):
    total = torch.zeros_like(mean_q[..., 0])
    for i in range(mean_q.shape[-1]):
        m, s, n, r = (part[..., i] for part in (mean_q, std_q, mean_p, std_p))
        total = total + torch.log(r) - torch.log(s) + (s * s + (m - n) * (m - n)) / (2 * r * r) - 0.5
    return total


@right("07.6")
def gaussian_kl_by_hand(mean_q, std_q, mean_p, std_p):
    ratio = (std_q / std_p) ** 2
    shift = ((mean_q - mean_p) / std_p) ** 2
    return 0.5 * torch.einsum("...z->...", ratio + shift - 1 - ratio.log())


@wrong("07.6", "half_once")
def gaussian_kl_half_once(mean_q, std_q, mean_p, std_p):
    return ((std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2)).sum(-1) - 0.5


@wrong("07.6", "brackets")
def gaussian_kl_brackets(mean_q, std_q, mean_p, std_p):
    return ((std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / 2 * std_p**2 - 0.5).sum(-1)


@wrong("07.6", "standard_prior")
def gaussian_kl_standard_prior(mean_q, std_q, mean_p, std_p):
    return (-std_q.log() + (std_q**2 + mean_q**2) / 2 - 0.5).sum(-1)


@wrong("07.6", "no_gradient")
def gaussian_kl_numpy(mean_q, std_q, mean_p, std_p):
    m, s, n, r = (part.detach().numpy() for part in (mean_q, std_q, mean_p, std_p))
    return torch.as_tensor((np.log(r / s) + (s**2 + (m - n) ** 2) / (2 * r**2) - 0.5).sum(-1))


@wrong("07.6", "shape")
def gaussian_kl_sums_all(mean_q, std_q, mean_p, std_p):
    return gaussian_kl_by_hand(mean_q, std_q, mean_p, std_p).sum()


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, probs, index):
        return F.one_hot(index, probs.shape[-1]).to(probs.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad, None


@right("07.7")
def straight_function(probs, index):
    return _Through.apply(probs, index)


@right("07.7")
def straight_compare(probs, index):
    hot = (torch.arange(probs.shape[-1]) == index[..., None]).to(probs)
    return probs + (hot - probs).detach()


@wrong("07.7", "masked")
def straight_only_drawn(probs, index):
    hot = F.one_hot(index, probs.shape[-1]).to(probs.dtype)
    return hot * (1 + probs - probs.detach())


@wrong("07.7", "no_gradient")
def straight_cancels(probs, index):
    return F.one_hot(index, probs.shape[-1]) + probs - probs


@wrong("07.7", "raised")
def straight_guesses_C(probs, index):
    return F.one_hot(index).to(probs.dtype) + probs - probs.detach()


@right("07.9")
def elbo_loops(log_lik, q, p):
    total = torch.zeros(log_lik.shape[0], dtype=log_lik.dtype)
    for t in range(log_lik.shape[1]):
        total = total + log_lik[:, t]
        for z in range(q.shape[2]):
            total = total - F.kl_div(p[:, t, z].log(), q[:, t, z], reduction="none").sum(-1)
    return total


@wrong("07.9", "added")
def elbo_only_the_weights(log_lik, q, p):
    price = (q * (p.log() - q.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)


@wrong("07.9", "half_mended")
def elbo_only_the_logs(log_lik, q, p):
    price = (p * (q.log() - p.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)


@wrong("07.9", "value")
def elbo_symmetric(log_lik, q, p):
    price = 0.5 * ((q - p) * (q.log() - p.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)
