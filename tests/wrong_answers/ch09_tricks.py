"""Answers to exercises 09.7 and 09.9 to 09.12."""

import math

import numpy as np
import torch

from . import right, wrong

# 09.7 The range of returns


@right("09.7")
def by_lerp(old, returns, decay):
    with torch.no_grad():
        now = torch.stack([torch.quantile(returns, 0.05), torch.quantile(returns, 0.95)])
        new = torch.lerp(old, now.to(old), 1 - decay)
        return new, torch.clamp(new[1] - new[0], min=1)


@right("09.7")
def by_numpy(old, returns, decay):
    now = np.percentile(returns.detach().numpy(), [5, 95])
    new = torch.tensor(decay * old.numpy() + (1 - decay) * now)
    return new, torch.tensor(max(1.0, float(new[1] - new[0])))


def _range(key, change):
    """A wrong answer: `change(old, now, decay, returns)` gives (new, scale), `now` the right percentiles."""

    def fn(old, returns, decay):
        returns = returns.detach()
        now = torch.quantile(returns.flatten(), torch.tensor([0.05, 0.95], dtype=returns.dtype))
        return change(old, now, decay, returns)

    fn.__name__ = key
    return wrong("09.7", key)(fn)


def _with(new, scale=None):
    return new, (new[1] - new[0]).clamp(min=1.0) if scale is None else scale


_range("flipped", lambda old, now, d, R: _with((1 - d) * old + d * now))
_range("no_memory", lambda old, now, d, R: _with(now))
_range("extremes", lambda old, now, d, R: _with(d * old + (1 - d) * torch.stack([R.min(), R.max()])))
_range(
    "quartiles",
    lambda old, now, d, R: _with(d * old + (1 - d) * torch.stack([R.quantile(0.25), R.quantile(0.75)])),
)
_range("no_floor", lambda old, now, d, R: _with(d * old + (1 - d) * now, (d * old + (1 - d) * now).diff()[0]))
_range("floor_added", lambda old, now, d, R: _with(d * old + (1 - d) * now, 1 + (d * old + (1 - d) * now).diff()[0]))
_range("old_scale", lambda old, now, d, R: _with(d * old + (1 - d) * now, (old[1] - old[0]).clamp(min=1.0)))
_range("deviation", lambda old, now, d, R: _with(d * old + (1 - d) * now, R.std().clamp(min=1.0)))
_range("type", lambda old, now, d, R: d * old + (1 - d) * now)


@wrong("09.7", "keeps_gradient")
def not_detached(old, returns, decay):
    now = torch.quantile(returns.flatten(), torch.tensor([0.05, 0.95], dtype=returns.dtype))
    return _with(decay * old + (1 - decay) * now)


@wrong("09.7", "changed_input")
def in_place(old, returns, decay):
    now = torch.quantile(returns.detach().flatten(), torch.tensor([0.05, 0.95], dtype=returns.dtype))
    old.lerp_(now, 1 - decay)
    return _with(old)


# 09.9 The way back from symlog


@right("09.9")
def by_cases(y):
    return torch.where(y >= 0, torch.expm1(y.clamp(min=0)), -torch.expm1((-y).clamp(min=0)))


@right("09.9")
def by_hyperbolic_sine(y):
    return torch.sign(y) * 2 * torch.sinh(y.abs() / 2) * torch.exp(y.abs() / 2)


def _symexp(key, change):
    def fn(y):
        return change(y)

    fn.__name__ = key
    return wrong("09.9", key)(fn)


_symexp("no_sign", lambda y: torch.expm1(y.abs()))
_symexp("one_sided", torch.expm1)
_symexp("jumps", lambda y: torch.sign(y) * torch.exp(y.abs()))
_symexp("minus_outside", lambda y: torch.sign(y) * torch.exp(y.abs()) - 1)
_symexp("forwards", lambda y: torch.sign(y) * torch.log1p(y.abs()))
_symexp("base", lambda y: torch.sign(y) * (10 ** y.abs() - 1))
_symexp("imprecise", lambda y: torch.sign(y) * (torch.exp(y.abs()) - 1))


# 09.10 Two-hot


@right("09.10")
def as_tents(x, bins):
    """Each bin's weight is a tent that falls to 0 at both neighbours."""
    x = x.clamp(bins[0], bins[-1])[..., None]
    width = bins.diff()
    up = (x - bins[:-1]) / width  # (..., K - 1)
    left = torch.cat([torch.ones_like(up[..., :1]), up], -1)
    right_ = torch.cat([1 - up, torch.ones_like(up[..., :1])], -1)
    return torch.minimum(left, right_).clamp(min=0)


@right("09.10")
def with_scatter(x, bins):
    x = torch.minimum(torch.maximum(x, bins[0]), bins[-1])
    upper = torch.searchsorted(bins, x.contiguous()).clamp(1, len(bins) - 1)
    share = (x - bins[upper - 1]) / (bins[upper] - bins[upper - 1])
    out = torch.zeros(*x.shape, len(bins), dtype=bins.dtype)
    out.scatter_(-1, upper[..., None], share[..., None].to(out))
    return out.scatter_(-1, upper[..., None] - 1, (1 - share)[..., None].to(out))


@right("09.10")
def by_interpolating_each_bin(x, bins):
    rows = [np.interp(x.numpy(), bins.numpy(), np.eye(len(bins))[k]) for k in range(len(bins))]
    return torch.tensor(np.stack(rows, -1))


def _neighbours(x, bins):
    inside = x.clamp(bins[0], bins[-1])
    upper = torch.searchsorted(bins, inside).clamp(1, len(bins) - 1)
    return inside, upper, (inside - bins[upper - 1]) / (bins[upper] - bins[upper - 1])


def _placed(upper, share, K):
    lower = torch.nn.functional.one_hot(upper - 1, K) * (1 - share)[..., None]
    return lower + torch.nn.functional.one_hot(upper, K) * share[..., None]


@wrong("09.10", "nearest")
def one_hot(x, bins):
    return torch.nn.functional.one_hot((x[..., None] - bins).abs().argmin(-1), len(bins))


@wrong("09.10", "lower")
def bin_below(x, bins):
    return torch.nn.functional.one_hot((torch.searchsorted(bins, x, right=True) - 1).clamp(0), len(bins))


@wrong("09.10", "swapped")
def weights_the_wrong_way(x, bins):
    _, upper, share = _neighbours(x, bins)
    return _placed(upper, 1 - share, len(bins))


@wrong("09.10", "log_space")
def linear_in_symlog(x, bins):
    inside, upper, _ = _neighbours(x, bins)
    log = [torch.sign(v) * torch.log1p(v.abs()) for v in (inside, bins[upper - 1], bins[upper])]
    return _placed(upper, (log[0] - log[1]) / (log[2] - log[1]), len(bins))


@wrong("09.10", "even_bins")
def as_if_evenly_spaced(x, bins):
    place = (x.clamp(bins[0], bins[-1]) - bins[0]) / (bins[-1] - bins[0]) * (len(bins) - 1)
    lower = place.long().clamp(max=len(bins) - 2)
    return _placed(lower + 1, place - lower, len(bins))


@wrong("09.10", "half")
def half_and_half(x, bins):
    _, upper, share = _neighbours(x, bins)
    return _placed(upper, torch.full_like(share, 0.5), len(bins))


@wrong("09.10", "outside_extends")
def not_clamped(x, bins):
    upper = torch.searchsorted(bins, x).clamp(1, len(bins) - 1)
    return _placed(upper, (x - bins[upper - 1]) / (bins[upper] - bins[upper - 1]), len(bins))


@wrong("09.10", "outside_lost")
def nothing_outside(x, bins):
    _, upper, share = _neighbours(x, bins)
    return _placed(upper, share, len(bins)) * ((x >= bins[0]) & (x <= bins[-1]))[..., None]


# 09.11 What a two-hot head says


@right("09.11")
def mirrored(logits, bins):
    p = torch.softmax(logits, -1)
    return ((p - p.flip(-1)) * bins).sum(-1) / 2


@right("09.11")
def right_half_against_left(logits, bins):
    K, p = len(bins), logits.exp() / logits.exp().sum(-1, keepdim=True)
    gain = 0.0
    for k in range(K // 2):
        gain = gain + (p[..., K - 1 - k] * bins[K - 1 - k] + p[..., k] * bins[k])
    return gain


def _mean(key, change):
    def fn(logits, bins):
        return change(logits, bins)

    fn.__name__ = key
    return wrong("09.11", key)(fn)


def _symlog_mean(logits, bins):
    inner = (logits.softmax(-1) * torch.sign(bins) * torch.log1p(bins.abs())).sum(-1)
    return torch.sign(inner) * torch.expm1(inner.abs())


_mean("log_space", _symlog_mean)
_mean("mode", lambda logits, bins: bins[logits.argmax(-1)])
_mean("no_softmax", lambda logits, bins: (logits * bins).sum(-1))
_mean("wrong_axis", lambda logits, bins: (logits.softmax(0) * bins).sum(-1))
_mean("plain_sum", lambda logits, bins: (logits.softmax(-1) * bins).sum(-1))
_mean("plain_sum", lambda logits, bins: logits.softmax(-1) @ bins)


# 09.12 The entropy of a policy that never closes


@right("09.12")
def by_torch_distributions(logits, mix):
    probs = (1 - mix) * logits.softmax(-1) + mix / logits.shape[-1]
    return torch.distributions.Categorical(probs=probs).entropy()


@right("09.12")
def by_hand(logits, mix):
    A = logits.shape[-1]
    top = torch.exp(logits - logits.max(-1, keepdim=True).values)
    p = torch.lerp(top / top.sum(-1, keepdim=True), torch.full_like(logits, 1 / A), mix)
    return -torch.where(p > 0, p * p.clamp(min=1e-38).log(), 0.0).sum(-1)


def _entropy(key, change):
    def fn(logits, mix):
        return change(logits, mix, logits.softmax(-1), logits.shape[-1])

    fn.__name__ = key
    return wrong("09.12", key)(fn)


def _of(p):
    return -torch.xlogy(p, p).sum(-1)


_entropy("unmixed", lambda x, mix, p, A: _of(p))
_entropy("flipped", lambda x, mix, p, A: _of(mix * p + (1 - mix) / A))
_entropy("mix_undivided", lambda x, mix, p, A: _of((1 - mix) * p + mix))
_entropy("wrong_log", lambda x, mix, p, A: -(((1 - mix) * p + mix / A) * x.log_softmax(-1)).sum(-1))
_entropy("wrong_log", lambda x, mix, p, A: -(p * ((1 - mix) * p + mix / A).log()).sum(-1))
_entropy("bits", lambda x, mix, p, A: _of((1 - mix) * p + mix / A) / math.log(2))
_entropy("sign", lambda x, mix, p, A: -_of((1 - mix) * p + mix / A))
_entropy("averaged", lambda x, mix, p, A: _of((1 - mix) * p + mix / A) / A)
_entropy("nan", lambda x, mix, p, A: -(((1 - mix) * p + mix / A) * ((1 - mix) * p + mix / A).log()).sum(-1))
