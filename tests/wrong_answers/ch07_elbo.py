"""Answers to exercises 07.6 to 07.9."""

import torch
from torch.distributions import Categorical, Normal, kl_divergence
from torch.nn import functional as F

from . import right, wrong

# 07.6 The KL of two Gaussians


@right("07.6")
def by_torch(mean_q, std_q, mean_p, std_p):
    return kl_divergence(Normal(mean_q, std_q), Normal(mean_p, std_p)).sum(-1)


@right("07.6")
def in_variances(mean_q, std_q, mean_p, std_p):
    ratio = (std_q / std_p) ** 2
    far = ((mean_q - mean_p) / std_p) ** 2
    return 0.5 * torch.sum(ratio + far - 1 - torch.log(ratio), dim=-1)


@wrong("07.6", "flipped")
def the_other_way_round(mean_q, std_q, mean_p, std_p):
    return by_torch(mean_p, std_p, mean_q, std_q)


@wrong("07.6", "std_as_variance")
def takes_deviations_for_variances(mean_q, std_q, mean_p, std_p):
    return by_torch(mean_q, std_q.sqrt(), mean_p, std_p.sqrt())


@wrong("07.6", "no_half")
def without_the_constant(mean_q, std_q, mean_p, std_p):
    return ((std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2)).sum(-1)


@wrong("07.6", "no_log")
def without_the_logarithm(mean_q, std_q, mean_p, std_p):
    return ((std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5).sum(-1)


@wrong("07.6", "log_upside_down")
def with_the_fraction_upside_down(mean_q, std_q, mean_p, std_p):
    return ((std_q / std_p).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5).sum(-1)


@wrong("07.6", "wrong_scale")
def in_units_of_q(mean_q, std_q, mean_p, std_p):
    far = (mean_q - mean_p) ** 2 / (2 * std_q**2)
    return ((std_p / std_q).log() + std_q**2 / (2 * std_p**2) + far - 0.5).sum(-1)


@wrong("07.6", "mean")
def averages(mean_q, std_q, mean_p, std_p):
    return kl_divergence(Normal(mean_q, std_q), Normal(mean_p, std_p)).mean(-1)


@wrong("07.6", "distance_not_squared")
def a_distance_as_it_is(mean_q, std_q, mean_p, std_p):
    return ((std_p / std_q).log() + (std_q**2 + (mean_q - mean_p).abs()) / (2 * std_p**2) - 0.5).sum(-1)


@wrong("07.6", "shape")
def one_for_each_number(mean_q, std_q, mean_p, std_p):
    return kl_divergence(Normal(mean_q, std_q), Normal(mean_p, std_p))


# 07.7 Straight through


@right("07.7")
def detaching_the_difference(probs, index):
    hot = torch.zeros_like(probs).scatter(-1, index.unsqueeze(-1), 1.0)
    return (hot - probs).detach() + probs


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, probs, index):
        return torch.eye(probs.shape[-1], dtype=probs.dtype)[index]

    @staticmethod
    def backward(ctx, grad):
        return grad, None


@right("07.7")
def with_a_function_of_its_own(probs, index):
    return _Through.apply(probs, index)


def _hot(probs, index):
    return F.one_hot(index, probs.shape[-1]).to(probs.dtype)


def _sample(key, answer):
    answer.__name__ = key
    return wrong("07.7", key)(answer)


_sample("no_gradient", _hot)
_sample("no_gradient", lambda probs, index: _hot(probs, index) + (probs - probs).detach())
_sample("soft", lambda probs, index: probs)
_sample("minus", lambda probs, index: _hot(probs, index) + probs.detach() - probs)
_sample("adds", lambda probs, index: _hot(probs, index) + probs)
_sample("masked", lambda probs, index: _hot(probs, index) * probs)
_sample("wrong_class", lambda probs, index: _hot(probs, probs.argmax(-1)) + probs - probs.detach())
_sample("wrong_class", lambda probs, index: _hot(probs, probs.argmax(-1)))
_sample("logs", lambda probs, index: _hot(probs, index) + probs.log() - probs.log().detach())
_sample("shape", lambda probs, index: index.to(probs.dtype))


# 07.8 Who pays: KL balance


@right("07.8")
def by_torch_categoricals(q, p, free):
    def kl(q, p):
        each = kl_divergence(Categorical(probs=q), Categorical(probs=p))
        return torch.clamp(each.sum(-1), min=free)

    return kl(q.detach(), p), kl(q, p.detach())


@right("07.8")
def by_cross_entropy_and_entropy(q, p, free):
    fixed_q, fixed_p, floor = q.detach(), p.detach(), torch.tensor(free, dtype=q.dtype)
    cross = -(fixed_q * p.log()).flatten(-2).sum(-1) + (fixed_q * fixed_q.log()).flatten(-2).sum(-1)
    to_q = torch.einsum("btzc,btzc->bt", q, q.log() - fixed_p.log())
    return torch.where(cross > free, cross, floor), torch.where(to_q > free, to_q, floor)


def _kl(q, p):
    return (q * (q.log() - p.log())).sum((-2, -1))


def _balance(key, answer):
    answer.__name__ = key
    return wrong("07.8", key)(answer)


_balance("swapped", lambda q, p, free: (_kl(q, p.detach()).clamp(min=free), _kl(q.detach(), p).clamp(min=free)))
_balance("no_detach", lambda q, p, free: (_kl(q, p).clamp(min=free),) * 2)
_balance("all_detached", lambda q, p, free: (_kl(q.detach(), p.detach()).clamp(min=free),) * 2)
_balance("flipped", lambda q, p, free: (_kl(p, q.detach()).clamp(min=free), _kl(p.detach(), q).clamp(min=free)))
_balance("no_free", lambda q, p, free: (_kl(q.detach(), p), _kl(q, p.detach())))
_balance("clips_above", lambda q, p, free: (_kl(q.detach(), p).clamp(max=free), _kl(q, p.detach()).clamp(max=free)))
_balance("subtracts", lambda q, p, free: (F.relu(_kl(q.detach(), p) - free), F.relu(_kl(q, p.detach()) - free)))


@wrong("07.8", "flipped")
def swaps_the_names_everywhere(q, p, free):
    return _kl(p.detach(), q).clamp(min=free), _kl(p, q.detach()).clamp(min=free)


@wrong("07.8", "free_each_group")
def clips_before_the_sum(q, p, free):
    def kl(q, p):
        return (q * (q.log() - p.log())).sum(-1).clamp(min=free).sum(-1)

    return kl(q.detach(), p), kl(q, p.detach())


@wrong("07.8", "mean_groups")
def averages_the_variables(q, p, free):
    def kl(q, p):
        return (q * (q.log() - p.log())).sum(-1).mean(-1).clamp(min=free)

    return kl(q.detach(), p), kl(q, p.detach())


@wrong("07.8", "free_after_mean")
def clips_the_mean_of_the_batch(q, p, free):
    def clipped(kl):
        return kl + (kl.mean().clamp(min=free) - kl.mean())

    return clipped(_kl(q.detach(), p)), clipped(_kl(q, p.detach()))


@wrong("07.8", "type")
def their_sum(q, p, free):
    return 0.5 * _kl(q.detach(), p).clamp(min=free) + 0.1 * _kl(q, p.detach()).clamp(min=free)


# 07.9 Find the bug: a bound that is none


@right("07.9")
def by_torch_step_by_step(log_lik, q, p):
    total = torch.zeros_like(log_lik[:, 0])
    for t in range(log_lik.shape[1]):
        total = total + log_lik[:, t] - kl_divergence(Categorical(q[:, t]), Categorical(p[:, t])).sum(-1)
    return total


@right("07.9")
def cross_entropy_less_entropy(log_lik, q, p):
    return (log_lik + (q * p.log() - q * q.log()).flatten(2).sum(2)).sum(1)


def _bound(key, answer):
    answer.__name__ = key
    return wrong("07.9", key)(answer)


_bound("flipped", lambda log_lik, q, p: (log_lik - _kl(p, q)).sum(1))
_bound("added", lambda log_lik, q, p: (log_lik + _kl(q, p)).sum(1))
_bound("no_kl", lambda log_lik, q, p: log_lik.sum(1))
_bound("mean_time", lambda log_lik, q, p: (log_lik - _kl(q, p)).mean(1))
_bound("mean_groups", lambda log_lik, q, p: (log_lik - (q * (q / p).log()).sum(-1).mean(-1)).sum(1))
_bound("loss", lambda log_lik, q, p: (_kl(q, p) - log_lik).sum(1))
_bound("shape", lambda log_lik, q, p: (log_lik - _kl(q, p)).sum())
