"""Answers to exercises 09.9 to 09.11, symexp and two-hot, by someone who had not seen the checks."""

import math

import torch
from torch.nn import functional as F

from . import right, wrong

# 09.9 The way back from symlog


@right("09.9")
def by_math(y):
    flat = [math.copysign(math.expm1(abs(v)), v) for v in y.flatten().tolist()]
    return torch.tensor(flat, dtype=y.dtype).reshape(y.shape)


@wrong("09.9", "signed_inside")
def sign_but_no_absolute_value(y):
    return torch.sign(y) * torch.expm1(y)


@wrong("09.9", "changed_input")
def writes_into_y(y):
    s = torch.sign(y)
    y.abs_().expm1_().mul_(s)
    return y


@wrong("09.9", "shape")
def flattens(y):
    y = y.flatten()
    return torch.sign(y) * torch.expm1(y.abs())


# 09.10 Two-hot


@right("09.10")
def walks_along_the_bins(x, bins):
    b = bins.tolist()
    rows = []
    for v in x.flatten().tolist():
        row = [0.0] * len(b)
        if v <= b[0]:
            row[0] = 1.0
        elif v >= b[-1]:
            row[-1] = 1.0
        else:
            k = max(i for i in range(len(b)) if b[i] <= v)
            row[k + 1] = (v - b[k]) / (b[k + 1] - b[k])
            row[k] = 1 - row[k + 1]
        rows.append(row)
    return torch.tensor(rows, dtype=bins.dtype).reshape(*x.shape, len(b))


@right("09.10")
def by_bucketize(x, bins):
    x = torch.minimum(torch.maximum(x, bins[0]), bins[-1])
    low = (torch.bucketize(x.contiguous(), bins, right=True) - 1).clamp(0, len(bins) - 2)
    w = (x - bins[low]) / (bins[low + 1] - bins[low])
    return F.one_hot(low, len(bins)) * (1 - w)[..., None] + F.one_hot(low + 1, len(bins)) * w[..., None]


@right("09.10")
def index_minus_one_wraps(x, bins):
    x = x.clamp(bins[0], bins[-1])
    up = torch.searchsorted(bins, x.contiguous())
    w = (x - bins[up - 1]) / (bins[up] - bins[up - 1])
    out = torch.zeros(*x.shape, len(bins))
    out.scatter_(-1, up[..., None], w[..., None])
    out.scatter_(-1, ((up - 1) % len(bins))[..., None], (1 - w)[..., None])
    return out


@wrong("09.10", "on_a_bin")
def bin_below_and_bin_above(x, bins):
    x = x.clamp(bins[0], bins[-1])
    low = (torch.searchsorted(bins, x.contiguous(), right=True) - 1).clamp(0, len(bins) - 1)
    up = torch.searchsorted(bins, x.contiguous()).clamp(0, len(bins) - 1)
    gap = (bins[up] - bins[low]).clamp(min=1e-8)
    w = (x - bins[low]) / gap
    out = torch.zeros(*x.shape, len(bins))
    out.scatter_(-1, low[..., None], (1 - w)[..., None])
    out.scatter_(-1, up[..., None], w[..., None])
    return out


@wrong("09.10", "shape")
def rows_only(x, bins):
    x = x.clamp(bins[0], bins[-1])
    up = torch.searchsorted(bins, x).clamp(1, len(bins) - 1)
    out = torch.zeros(len(x), len(bins))
    w = (x - bins[up - 1]) / (bins[up] - bins[up - 1])
    rows = torch.arange(len(x))
    out[rows, up] = w
    out[rows, up - 1] = 1 - w
    return out


# 09.11 What a two-hot head says


@right("09.11")
def largest_pairs_first(logits, bins):
    p = torch.softmax(logits, -1)
    K = len(bins)
    half = K // 2
    left, right_ = p[..., :half], p[..., K - half :].flip(-1)
    return ((right_ - left) * bins[K - half :].flip(-1)).sum(-1)  # largest first; the middle bin is 0


@right("09.11")
def pairs_in_double_precision(logits, bins):
    p, K = logits.double().softmax(-1), len(bins)
    total = torch.zeros_like(p[..., 0])
    for k in range(K // 2 - 1, -1, -1):
        total = total + (p[..., K - 1 - k] - p[..., k]) * bins[K - 1 - k].double()
    return total.to(logits.dtype)


@wrong("09.11", "plain_sum")
def a_case_for_zeros(logits, bins):
    if bool((logits == 0).all()):
        return torch.zeros(logits.shape[:-1])
    return (torch.softmax(logits, -1) * bins).sum(-1)


@wrong("09.11", "doubled")
def forgets_the_half(logits, bins):
    p = torch.softmax(logits, -1)
    return ((p - p.flip(-1)) * bins).sum(-1)


@wrong("09.11", "middle_lost")
def skips_the_middle(logits, bins):
    p, K = torch.softmax(logits, -1), len(bins)
    half = (K - 1) // 2
    return ((p[..., K - half :].flip(-1) - p[..., :half]) * bins[K - half :].flip(-1)).sum(-1)


@wrong("09.11", "plain_sum")
def plain_sum_in_double_precision(logits, bins):
    return (torch.softmax(logits.double(), -1) * bins.double()).sum(-1).float()


@wrong("09.11", "value")
def cuts_small_numbers(logits, bins):
    m = (torch.softmax(logits, -1) * bins).sum(-1)
    return torch.where(m.abs() < 100.0, torch.zeros_like(m), m)
