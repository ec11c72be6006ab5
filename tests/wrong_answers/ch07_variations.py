"""Answers to exercises 07.15 to 07.18."""

import numpy as np
import torch

from . import right, wrong

# 07.15 A weight in harmony


@right("07.15")
def one_over_the_root(loss):
    return 2 / (loss + np.sqrt(loss * (loss + 4)))


@right("07.15")
def by_bisection(loss):
    low, high = np.full(loss.shape, 1e-12), np.full(loss.shape, 1e12)
    for _ in range(300):
        sigma = np.sqrt(low * high)
        above = sigma**2 > loss * (1 + sigma)
        low, high = np.where(above, low, sigma), np.where(above, sigma, high)
    return 1 / sigma


def _weight(key, formula):
    def fn(loss):
        return formula(loss, np.sqrt(loss**2 + 4 * loss))

    fn.__name__ = f"weight_{key}"
    return wrong("07.15", key)(fn)


_weight("sigma", lambda loss, root: (loss + root) / 2)
_weight("log_sigma", lambda loss, root: 1 / loss)
_weight("minus_root", lambda loss, root: 2 / (loss - root))
_weight("no_half", lambda loss, root: 1 / (loss + root))
_weight("weighted", lambda loss, root: 2 * loss / (loss + root))
_weight("squared", lambda loss, root: 4 / (loss + root) ** 2)
_weight("shape", lambda loss, root: (2 / (loss + root)).sum())


# 07.17 Spread a reward


@right("07.17")
def gift_by_gift(reward, f):
    T, w = len(reward), len(f) // 2
    out = np.zeros(T)
    for s in range(T):
        within = [i for i in range(-w, w + 1) if 0 <= s - i < T]
        whole = sum(f[w + i] for i in within)
        for i in within:
            out[s - i] += reward[s] * f[w + i] / whole
    return out


@right("07.17")
def by_two_correlations(reward, f):
    w = len(f) // 2
    middle = slice(w, w + len(reward))
    whole = np.convolve(np.ones(len(reward)), f)[middle]  # what of a kernel at s lies within
    return np.convolve(reward / whole, f[::-1])[middle]


@wrong("07.17", "lost")
def plain(reward, f):
    w = len(f) // 2
    return np.convolve(reward, f[::-1])[w : w + len(reward)]


@wrong("07.17", "turned")
def by_convolve(reward, f):
    w = len(f) // 2
    middle = slice(w, w + len(reward))
    whole = np.convolve(np.ones(len(reward)), f[::-1])[middle]
    return np.convolve(reward / whole, f)[middle]


@wrong("07.17", "averaged")
def local_mean(reward, f):
    w = len(f) // 2
    middle = slice(w, w + len(reward))
    return np.convolve(reward, f[::-1])[middle] / np.convolve(np.ones(len(reward)), f[::-1])[middle]


@wrong("07.17", "piled")
def on_the_border(reward, f):
    T, w = len(reward), len(f) // 2
    out = np.zeros(T)
    for s in range(T):
        for i in range(-w, w + 1):
            out[np.clip(s - i, 0, T - 1)] += reward[s] * f[w + i]
    return out


@wrong("07.17", "wraps")
def in_a_circle(reward, f):
    w = len(f) // 2
    return sum(f[w + i] * np.roll(reward, -i) for i in range(-w, w + 1))


@wrong("07.17", "shifted")
def from_the_start(reward, f):
    return np.convolve(reward, f[::-1])[: len(reward)]


# 07.18 What the mask leaves


@right("07.18")
def by_put(noise, share):
    K = max(1, round((1 - share) * noise.shape[1]))
    kept = np.zeros(noise.shape, bool)
    np.put_along_axis(kept, np.argsort(noise, 1)[:, :K], True, 1)
    return kept


@right("07.18")
def by_torch(noise, share):
    K = max(round((1 - share) * noise.shape[1]), 1)
    smallest = torch.from_numpy(noise).topk(K, dim=1, largest=False).indices
    return torch.zeros(noise.shape, dtype=torch.bool).scatter(1, smallest, True)


def _ranks(noise):
    return noise.argsort(1).argsort(1)


@wrong("07.18", "coin")
def threshold(noise, share):
    return noise > share


@wrong("07.18", "coin")
def other_threshold(noise, share):
    return noise < 1 - share


@wrong("07.18", "hidden")
def what_is_masked(noise, share):
    return _ranks(noise) >= max(1, round((1 - share) * noise.shape[1]))


@wrong("07.18", "share_kept")
def keeps_three_quarters(noise, share):
    return _ranks(noise) < round(share * noise.shape[1])


@wrong("07.18", "largest")
def from_the_other_end(noise, share):
    return _ranks(-noise) < max(1, round((1 - share) * noise.shape[1]))


@wrong("07.18", "same_rows")
def one_mask(noise, share):
    return np.tile(_ranks(noise)[:1] < max(1, round((1 - share) * noise.shape[1])), (len(noise), 1))


@wrong("07.18", "whole_batch")
def ranks_all(noise, share):
    K = max(1, round((1 - share) * noise.shape[1]))
    return (noise.ravel().argsort().argsort() < K * len(noise)).reshape(noise.shape)


@wrong("07.18", "none_left")
def may_keep_nothing(noise, share):
    return _ranks(noise) < round((1 - share) * noise.shape[1])


# 07.16 Find the bug: everybody falls


@right("07.16")
def mended(losses, log_sigma):
    sigma = log_sigma.exp()
    return (losses / sigma + sigma.log1p()).sum()


@right("07.16")
def by_softplus(losses, log_sigma):
    return (losses * torch.exp(-log_sigma)).sum() + torch.nn.functional.softplus(log_sigma).sum()


def _harmony(key, formula):
    def fn(losses, log_sigma):
        return formula(losses, log_sigma.exp())

    fn.__name__ = f"harmony_{key}"
    return wrong("07.16", key)(fn)


_harmony("detached_loss", lambda losses, sigma: (losses.detach() / sigma + sigma.log1p()).sum())
_harmony("detached_sigma", lambda losses, sigma: (losses / sigma.detach() + sigma.detach().log1p()).sum())
_harmony("unbounded", lambda losses, sigma: (losses / sigma).sum())
_harmony("log_sigma", lambda losses, sigma: (losses / sigma + sigma.log()).sum())
_harmony("multiplied", lambda losses, sigma: (losses * sigma + sigma.log1p()).sum())
_harmony("mean", lambda losses, sigma: (losses / sigma + sigma.log1p()).mean())
