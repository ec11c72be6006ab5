"""Answers to exercises 09.7, 09.8 and 09.12, range, critic and entropy, by someone who had not seen the checks."""

import math

import torch
from torch.nn import functional as F

from . import right, wrong

# 09.7 The range of returns


@right("09.7")
def by_sorting(old, returns, decay):
    with torch.no_grad():
        x = returns.flatten().sort().values
        n = len(x)
        found = []
        for q in (0.05, 0.95):
            place = q * (n - 1)
            low = math.floor(place)
            high = min(low + 1, n - 1)
            found.append(x[low] + (place - low) * (x[high] - x[low]))
        new = torch.lerp(torch.stack(found).to(old.dtype), old, decay)
        return new, torch.maximum(new[1] - new[0], new.new_tensor(1.0))


@wrong("09.7", "each_column")
def percentiles_of_columns(old, returns, decay):
    q = torch.tensor([0.05, 0.95], dtype=returns.dtype)
    found = torch.quantile(returns.detach(), q, dim=0).mean(1)
    new = decay * old + (1 - decay) * found
    return new, (new[1] - new[0]).clamp(min=1)


@wrong("09.7", "batch_scale")
def width_of_this_batch(old, returns, decay):
    q = torch.tensor([0.05, 0.95], dtype=returns.dtype)
    found = torch.quantile(returns.detach(), q)
    new = decay * old + (1 - decay) * found
    return new, (found[1] - found[0]).clamp(min=1)


@wrong("09.7", "upside_down")
def high_before_low(old, returns, decay):
    q = torch.tensor([0.95, 0.05], dtype=returns.dtype)
    new = decay * old + (1 - decay) * torch.quantile(returns.detach(), q)
    return new, (new[0] - new[1]).clamp(min=1)


@wrong("09.7", "shape")
def scale_in_a_vector(old, returns, decay):
    q = torch.tensor([0.05, 0.95], dtype=returns.dtype)
    new = decay * old + (1 - decay) * torch.quantile(returns.detach(), q)
    return new, new.diff().clamp(min=1)


# 09.8 The critic's loss


@right("09.8")
def one_sum_of_targets(logits, target, slow_target, reach, weight):
    q = (target + weight * slow_target).detach()
    return -(reach.detach()[..., None] * q * F.log_softmax(logits, dim=-1)).sum() / reach.numel()


@right("09.8")
def double_precision(logits, target, slow_target, reach, weight):
    l = logits.double()
    lse = torch.logsumexp(l, -1)
    q, s = target.detach().double(), slow_target.detach().double()
    ce = torch.einsum("bhk,bhk->bh", q, lse[..., None] - l)
    near = torch.einsum("bhk,bhk->bh", s, lse[..., None] - l)
    return torch.mean(reach.detach() * (ce + weight * near)).to(logits.dtype)


@wrong("09.8", "softmax_twice")
def softmax_of_softmax(logits, target, slow_target, reach, weight):
    p = torch.softmax(torch.softmax(logits, -1), -1)
    ce = -((target + weight * slow_target).detach() * p.log()).sum(-1)
    return (reach.detach() * ce).mean()


@wrong("09.8", "wrong_axis")
def softmax_over_steps(logits, target, slow_target, reach, weight):
    ce = -((target + weight * slow_target).detach() * torch.log_softmax(logits, 1)).sum(-1)
    return (reach.detach() * ce).mean()


@wrong("09.8", "slow_unreached")
def slow_term_without_reach(logits, target, slow_target, reach, weight):
    lp = torch.log_softmax(logits, -1)
    a, b = -(target.detach() * lp).sum(-1), -(slow_target.detach() * lp).sum(-1)
    return (reach.detach() * a).mean() + weight * b.mean()


@wrong("09.8", "targets_leak")
def targets_with_gradient(logits, target, slow_target, reach, weight):
    ce = -((target + weight * slow_target) * torch.log_softmax(logits, -1)).sum(-1)
    return (reach.detach() * ce).mean()


@wrong("09.8", "mixture")
def a_mixture_of_targets(logits, target, slow_target, reach, weight):
    q = ((1 - weight) * target + weight * slow_target).detach()
    return (reach.detach() * -(q * torch.log_softmax(logits, -1)).sum(-1)).mean()


@wrong("09.8", "swapped")
def target_inside_the_logarithm(logits, target, slow_target, reach, weight):
    p = torch.softmax(logits, -1)
    q, s = target.detach(), slow_target.detach()
    ce = -(p * (q + 1e-8).log()).sum(-1) - weight * (p * (s + 1e-8).log()).sum(-1)
    return (reach.detach() * ce).mean()


@wrong("09.8", "divergence")
def by_kl_div(logits, target, slow_target, reach, weight):
    lp = torch.log_softmax(logits, -1)
    kl = F.kl_div(lp, target.detach(), reduction="none").sum(-1)
    kl = kl + weight * F.kl_div(lp, slow_target.detach(), reduction="none").sum(-1)
    return (reach.detach() * kl).mean()


@wrong("09.8", "far_apart")
def softmax_then_log(logits, target, slow_target, reach, weight):
    ce = -((target + weight * slow_target).detach() * torch.softmax(logits, -1).log()).sum(-1)
    return (reach.detach() * ce).mean()


# 09.12 The entropy of a policy that never closes


@right("09.12")
def by_rows(logits, mix):
    A = logits.shape[-1]
    rows = []
    for row in logits.double().reshape(-1, A):
        e = (row - row.max()).exp()
        total = torch.zeros((), dtype=torch.float64)
        for p in (1 - mix) * e / e.sum() + mix / A:
            if p > 0:
                total = total - p * p.log()
        rows.append(total)
    return torch.stack(rows).reshape(logits.shape[:-1]).to(logits.dtype)


@right("09.12")
def in_log_space(logits, mix):
    # in log space: log p = logaddexp(log(1 - m) + log softmax, log(m / A))
    A = logits.shape[-1]
    lp = torch.log_softmax(logits, -1)
    a = lp + (math.log(1 - mix) if mix < 1 else -math.inf)
    log_p = torch.logaddexp(a, torch.full_like(lp, math.log(mix / A))) if mix > 0 else a
    return -(log_p.exp() * log_p.clamp(min=-200.0)).sum(-1)


@wrong("09.12", "mixed_entropies")
def entropies_mixed(logits, mix):
    p = logits.softmax(-1)
    return (1 - mix) * -torch.xlogy(p, p).sum(-1) + mix * math.log(logits.shape[-1])


@wrong("09.12", "mixed_logits")
def logits_mixed(logits, mix):
    p = ((1 - mix) * logits + mix / logits.shape[-1]).softmax(-1)
    return -torch.xlogy(p, p).sum(-1)


@wrong("09.12", "no_gradient")
def under_no_grad(logits, mix):
    with torch.no_grad():
        p = (1 - mix) * logits.softmax(-1) + mix / logits.shape[-1]
        return -torch.xlogy(p, p).sum(-1)


@wrong("09.12", "overflow")
def plain_exponentials(logits, mix):
    e = logits.exp()
    p = (1 - mix) * e / e.sum(-1, keepdim=True) + mix / logits.shape[-1]
    return -torch.xlogy(p, p).sum(-1)


@wrong("09.12", "value")
def a_thousandth_inside(logits, mix):
    p = (1 - mix) * logits.softmax(-1) + mix / logits.shape[-1]
    return -(p * (p + 1e-3).log()).sum(-1)
