"""Answers to exercise 07.8, KL balance, by someone who had not seen the checks."""

import torch
from torch.nn import functional as F

from . import right, wrong


def _kl(q, p):
    return (q * (q.log() - p.log())).sum((-2, -1))


@right("07.8")
def balance_torch(q, p, free):
    floor = torch.tensor(free, dtype=q.dtype)
    return torch.maximum(floor, _kl(q.detach(), p)), torch.maximum(floor, _kl(q, p.detach()))


@right("07.8")
def balance_where(q, p, free):
    out = []
    for a, b in ((q.detach(), p), (q, p.detach())):
        kl = torch.einsum("btzc,btzc->bt", a, a.log() - b.log())
        out.append(torch.where(kl > free, kl, torch.full_like(kl, free)))
    return tuple(out)


@right("07.8")
def balance_distributions(q, p, free):
    from torch.distributions import Categorical, Independent, kl_divergence

    def made(probs):
        return Independent(Categorical(probs=probs), 1)

    dyn = kl_divergence(made(q.detach()), made(p))
    rep = kl_divergence(made(q), made(p.detach()))
    return dyn.clamp_min(free), rep.clamp_min(free)


@wrong("07.8", "flipped")
def balance_turned_round(q, p, free):
    return _kl(q.detach(), p).clamp(min=free), _kl(p.detach(), q).clamp(min=free)


@wrong("07.8", "free_after_mean")
def balance_batch_mean(q, p, free):
    def kl(a, b):
        each = _kl(a, b)
        return each if each.mean() > free else torch.full_like(each, free)

    return kl(q.detach(), p), kl(q, p.detach())


@wrong("07.8", "still_pulls")
def balance_adds_what_is_missing(q, p, free):
    def kl(a, b):
        each = _kl(a, b)
        return each + (free - each.detach()).clamp(min=0)

    return kl(q.detach(), p), kl(q, p.detach())


@wrong("07.8", "weighed")
def balance_weighed(q, p, free):
    return _kl(q.detach(), p).clamp(min=free), 0.1 * _kl(q, p.detach()).clamp(min=free)


@wrong("07.8", "subtracts")
def balance_relu(q, p, free):
    return F.relu(_kl(q.detach(), p) - free), F.relu(_kl(q, p.detach()) - free)
