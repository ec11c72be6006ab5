"""Answers to exercises 08.8 to 08.12, from selection to chunks, by someone who had not seen the checks."""

import torch
from torch.nn import functional as F

from . import right, wrong

# 08.8 A step that selects


@right("08.8")
def number_by_number(h, x, raw, A_log, b, c):
    dt, rows = torch.logaddexp(raw, torch.zeros_like(raw)), []
    for n in range(h.shape[-1]):
        keep = (-dt * A_log[:, n].exp()).exp()
        rows.append(keep * h[..., n] + dt * b[:, n : n + 1] * x)
    new = torch.stack(rows, -1)
    return (new @ c[:, :, None])[..., 0], new


@wrong("08.8", "softplus")
def sigmoid_step(h, x, raw, A_log, b, c):
    """A sigmoid for the softplus."""
    dt = raw.sigmoid()[..., None]
    new = (-dt * A_log.exp()).exp() * h + dt * b[:, None] * x[..., None]
    return (new * c[:, None]).sum(-1), new


@wrong("08.8", "value")
def mean_of_the_state(h, x, raw, A_log, b, c):
    """Reads with a mean instead of a sum."""
    y, new = number_by_number(h, x, raw, A_log, b, c)
    return y / h.shape[-1], new


@wrong("08.8", "shape")
def output_keeps_n(h, x, raw, A_log, b, c):
    """The product with c is not added up over N."""
    _, new = number_by_number(h, x, raw, A_log, b, c)
    return new * c[:, None], new


# 08.9 A window that ends at a reset


@right("08.9")
def lag_by_lag(x, w, reset):
    T, life = x.shape[1], reset.cumsum(1)
    y = torch.zeros_like(x)
    for k in range(min(w.shape[1], T)):
        same = (life[:, k:] == life[:, : T - k])[..., None]
        y = y + F.pad(x[:, : T - k] * same * w[:, -1 - k], (0, 0, k, 0))
    return y


@right("08.9")
def a_queue_of_steps(x, w, reset):
    K, seen, out = w.shape[1], x.new_zeros(len(x), w.shape[1], x.shape[2]), []
    for t in range(x.shape[1]):
        seen = torch.where(reset[:, t, None, None], torch.zeros_like(seen), seen)
        seen = torch.cat([seen[:, 1:], x[:, t, None]], 1)
        out.append((seen * w.T).sum(1))
    assert seen.shape[1] == K
    return torch.stack(out, 1)


@right("08.9")
def a_big_matrix(x, w, reset):
    T, K = x.shape[1], w.shape[1]
    life, lag = reset.long().cumsum(1), torch.arange(T)[:, None] - torch.arange(T)
    M = torch.where((lag >= 0) & (lag < K), w[:, (K - 1 - lag).clamp(0, K - 1)], 0.0)
    return torch.einsum("dts,bts,bsd->btd", M, (life[:, :, None] == life[:, None]).to(x.dtype), x)


def lags(x, w, seen):
    """A sum over lags k of w x_(t-k), where seen(k) says who counts."""
    T, K = x.shape[1], w.shape[1]
    padded = F.pad(x, (0, 0, K - 1, 0))
    return sum(padded[:, K - 1 - k : K - 1 - k + T] * w[:, K - 1 - k] * seen(k)[..., None] for k in range(K))


def earlier(life, k):
    """The life number k steps before, the first one repeated."""
    T = life.shape[1]
    return life[:, (torch.arange(T) - k).clamp(min=0)]


@wrong("08.9", "short")
def zeros_for_each_lag(x, w, reset):
    """Puts k zeros in front, also where there are not so many steps."""
    life, y = reset.long().cumsum(1), x * w[:, -1]
    for k in range(1, w.shape[1]):
        x_ = torch.cat([x.new_zeros(len(x), k, x.shape[2]), x[:, :-k]], 1)
        life_ = torch.cat([life.new_full((len(x), k), -1), life[:, :-k]], 1)
        y = y + x_ * w[:, -1 - k] * (life == life_)[..., None]
    return y


@wrong("08.9", "wraps")
def rolls_round(x, w, reset):
    """roll brings the end of the sequence back to its beginning, where no reset is told."""
    life = reset.long().cumsum(1)
    y = torch.zeros_like(x)
    for k in range(w.shape[1]):
        y = y + x.roll(k, 1) * w[:, -1 - k] * (life == life.roll(k, 1))[..., None]
    return y


@wrong("08.9", "value")
def channels_are_mixed(x, w, reset):
    """One window for all channels: the weights are added up over channels."""
    return lag_by_lag(x, w.mean(0, keepdim=True).expand_as(w), reset)


@wrong("08.9", "value")
def numbered_over_the_batch(x, w, reset):
    """Counts resets down the batch instead of along time."""
    life = reset.long().cumsum(0)
    return lags(x, w, lambda k: life == earlier(life, k))


@wrong("08.9", "value")
def reset_flags_compared(x, w, reset):
    """Compares flags instead of numbers of lives."""
    return lags(x, w, lambda k: reset == earlier(reset, k))


# 08.10 What is left between two steps


@right("08.10")
def clamped(log_a):
    total = log_a.double().cumsum(-1)
    apart = (total[..., :, None] - total[..., None, :]).clamp(max=0)
    return (apart.exp() * torch.ones_like(apart).tril()).to(log_a.dtype)


def between(log_a, first, last):
    """Exp of running sums: last at t minus first at s, masked."""
    apart = last[..., :, None] - first[..., None, :]
    return apart.masked_fill(torch.ones_like(apart).tril() == 0, -torch.inf).exp().to(log_a.dtype)


@wrong("08.10", "other_dtype")
def stays_double(log_a):
    """float64 comes back for float32."""
    total = log_a.double().cumsum(-1)
    return between(total, total, total)


@wrong("08.10", "value")
def sums_over_the_batch(log_a):
    """cumsum over the first axis."""
    total = log_a.double().cumsum(0)
    return between(log_a, total, total)


@wrong("08.10", "value")
def decay_of_the_distance(log_a):
    """One decay for all steps between: (t - s) log a_t."""
    T = log_a.shape[-1]
    apart = (torch.arange(T)[:, None] - torch.arange(T)).to(log_a.dtype)
    L = (apart.clamp(min=0) * log_a[..., :, None]).exp()
    return torch.tril(L)


# 08.11 A recurrence that looks like attention


@right("08.11")
def by_outer_products(x, decay, b, c):
    written = x[..., :, None] * b[..., None, :]  # (B, S, P, N)
    state = torch.einsum("bts,bspn->btpn", decay, written)
    return (state * c[:, :, None]).sum(-1)


@wrong("08.11", "decay_as_product")
def right_to_left(x, decay, b, c):
    """C (B' (L X)): brackets that L does not allow."""
    return c @ (b.mT @ (decay @ x))


# 08.12 What a chunk leaves behind


@right("08.12")
def total_minus_so_far(h, x, log_a, b):
    sums = log_a.double().cumsum(1)
    left = (sums[:, -1:] - sums).exp().to(x.dtype)[..., None]
    return sums[:, -1].exp().to(h.dtype)[:, None, None] * h + (x * left).mT @ b
