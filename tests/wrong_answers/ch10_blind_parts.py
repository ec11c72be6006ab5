"""Answers to exercises 10.1 to 10.5, parts and losses, by someone who had not seen the checks."""

import torch
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

from . import right, wrong

# 10.1 What a layer holds, and what it carries


@right("10.1")
def multiplied_out(D, N, expand, P, K):
    I = expand * D
    return 3 * I * D + 2 * N * D + (D + 3) * (I // P) + (K + 1) * (I + 2 * N) + I, I * N + (K - 1) * (I + 2 * N)


def numbers(D, N, expand, P, K, **other):
    """The right numbers, with some of them replaced."""
    I = expand * D
    H = I // P
    part = {"W": D * (2 * I + 2 * N + H), "conv": (I + 2 * N) * (K + 1), "head": 3 * H, "norm": I, "out": I * D}
    part |= {"state": I * N, "window": (I + 2 * N) * (K - 1)} | other
    carried = part.pop("state") + part.pop("window")
    return sum(part.values()), carried


@wrong("10.1", "one_scalar")
def no_bias_of_the_step_size(D, N, expand, P, K):
    """The learnt bias of the step size is forgotten."""
    return numbers(D, N, expand, P, K, head=2 * (expand * D // P))


@wrong("10.1", "no_norm")
def norm_of_width_d(D, N, expand, P, K):
    """The norm is taken for one of D numbers."""
    return numbers(D, N, expand, P, K, norm=D)


@wrong("10.1", "no_norm")
def norm_with_a_bias(D, N, expand, P, K):
    """A gain and a bias in the norm."""
    return numbers(D, N, expand, P, K, norm=2 * expand * D)


@wrong("10.1", "biases")
def maps_with_bias(D, N, expand, P, K):
    """W and W_out with a bias."""
    I = expand * D
    wide = 2 * I + 2 * N + I // P
    return numbers(D, N, expand, P, K, W=(D + 1) * wide, out=(I + 1) * D)


@wrong("10.1", "wide_d")
def a_as_in_mamba(D, N, expand, P, K):
    """A of Mamba, (I, N), instead of one number a head."""
    I = expand * D
    return numbers(D, N, expand, P, K, head=2 * (I // P) + I * N)


@wrong("10.1", "output")
def output_carried(D, N, expand, P, K):
    """Carries h, D numbers."""
    return numbers(D, N, expand, P, K, state=D, window=0)


# 10.2 The inputs of a whole window


@right("10.2")
def pad_and_put(z, action, is_first, z0, a0):
    x = F.pad(torch.cat([z, action], -1)[:, :-1], (0, 0, 1, 0))
    x = x + F.pad(torch.cat([z0, a0], -1)[:, None], (0, 0, 0, z.shape[1] - 1))
    return x.masked_fill(is_first[..., None], 0.0)


def shifted(z, action, z0, a0):
    """Of the step before, (B, T, Z + A)."""
    return torch.cat([torch.cat([z0[:, None], z[:, :-1]], 1), torch.cat([a0[:, None], action[:, :-1]], 1)], -1)


@wrong("10.2", "ahead")
def next_step(z, action, is_first, z0, a0):
    """Shifted the wrong way."""
    x = torch.cat([z, action], -1)
    return torch.cat([x[:, 1:], torch.cat([z0, a0], -1)[:, None]], 1) * ~is_first[..., None]


@wrong("10.2", "no_reset")
def only_the_window_s_start(z, action, is_first, z0, a0):
    """Looks at the flag of t = 0 only."""
    keep = ~is_first[:, :1, None]
    return shifted(z, action, z0 * keep[:, 0], a0 * keep[:, 0])


@wrong("10.2", "value")
def old_life_all_cleared(z, action, is_first, z0, a0):
    """Clears all steps up to the last reset of a window too."""
    dead = is_first.flip(1).cumsum(1).flip(1) > 0
    return shifted(z, action, z0, a0) * ~dead[..., None]


@wrong("10.2", "raised")
def written_into(z, action, is_first, z0, a0):
    """Writes zeros into what it was given."""
    a = action
    a[:, :-1][is_first[:, 1:]] = 0
    x = shifted(z, a, z0, a0)
    return x * ~is_first[..., None]


# 10.3 Find the bug: a model that is never surprised


@right("10.3")
def by_distributions(post, prior, is_first, free):
    q, p = Categorical(probs=post[:, 1:].detach()), Categorical(probs=prior[:, :-1])
    kl = kl_divergence(q, p).sum(-1)
    return torch.clamp(kl[~is_first[:, 1:]], min=free).mean()


def kl_of(q, p):
    """(B, T), summed over Z and C."""
    return (q * (q.log() - p.log())).sum((-2, -1))


def mean_where(x, mask):
    """The mean of what counts."""
    return (x * mask).sum() / mask.sum()


@wrong("10.3", "crosses")
def masked_then_clamped(post, prior, is_first, free):
    """Borders are made 0 and then clamped to free."""
    keep = ~is_first[:, 1:]
    return (kl_of(post[:, 1:].detach(), prior[:, :-1]) * keep).clamp(min=free).sum() / keep.sum()


@wrong("10.3", "value")
def prior_stopped(post, prior, is_first, free):
    """The gradient is stopped on the wrong side."""
    return mean_where(kl_of(post[:, 1:], prior[:, :-1].detach()).clamp(min=free), ~is_first[:, 1:])


@wrong("10.3", "value")
def cross_entropy(post, prior, is_first, free):
    """A cross entropy: the posterior's own entropy is not taken off."""
    ce = -(post[:, 1:].detach() * prior[:, :-1].log()).sum((-2, -1))
    return mean_where(ce.clamp(min=free), ~is_first[:, 1:])


@wrong("10.3", "value")
def free_taken_off(post, prior, is_first, free):
    """max(0, KL - free) instead of max(free, KL)."""
    return mean_where((kl_of(post[:, 1:].detach(), prior[:, :-1]) - free).clamp(min=0), ~is_first[:, 1:])


# 10.4 Find the bug: a share of doubt


@right("10.4")
def by_lerp(logits, mix):
    return torch.lerp(torch.softmax(logits, -1), torch.full_like(logits, 1 / logits.shape[-1]), mix)


@right("10.4")
def with_a_mean(logits, mix):
    p = (logits - logits.logsumexp(-1, keepdim=True)).exp()
    return p - mix * (p - p.mean(-1, keepdim=True))


@wrong("10.4", "renormalised")
def added_then_divided(logits, mix):
    """Added to the probabilities and then divided by the sum: a smaller share."""
    p = torch.softmax(logits, -1) + mix / logits.shape[-1]
    return p / p.sum(-1, keepdim=True)


@wrong("10.4", "value")
def logits_are_mixed(logits, mix):
    """The uniform is mixed into the logits."""
    return torch.softmax((1 - mix) * logits + mix / logits.shape[-1], -1)


@wrong("10.4", "raised")
def two_axes_only(logits, mix):
    """Works for (Z, C) alone."""
    _, C = logits.shape
    return (1 - mix) * torch.softmax(logits, -1) + mix / C


# 10.5 Find the bug: a memory that rots

SPARED = ("A_log", "D", "dt_bias")


@right("10.5")
def as_part_of_the_gradient(weights, updates, lr, decay):
    def rate(name, w):
        return decay if w.ndim >= 2 and name.rpartition(".")[2] not in SPARED else 0.0

    return {k: torch.sub(w, updates[k] + rate(k, w) * w, alpha=lr) for k, w in weights.items()}


def stepped(weights, updates, lr, decay, decays):
    """A step where decays(name, w) says who decays."""
    return {n: w - lr * updates[n] - (lr * decay * w if decays(n, w) else 0) for n, w in weights.items()}


@wrong("10.5", "by_letters")
def name_ends_with(weights, updates, lr, decay):
    """endswith: "norm.weightD" or "layers.0.to_D" is spared."""
    return stepped(weights, updates, lr, decay, lambda n, w: w.ndim >= 2 and not n.endswith(SPARED))


@wrong("10.5", "by_letters")
def any_of_the_names(weights, updates, lr, decay):
    """One of its names anywhere on the path, not only the last."""
    return stepped(weights, updates, lr, decay, lambda n, w: w.ndim >= 2 and not set(n.split(".")) & set(SPARED))


@wrong("10.5", "reaches_a")
def whole_name(weights, updates, lr, decay):
    """Compares the whole name, so that "layers.0.A_log" decays."""
    return stepped(weights, updates, lr, decay, lambda n, w: w.ndim >= 2 and n not in SPARED)


@wrong("10.5", "reaches_a")
def dot_in_front(weights, updates, lr, decay):
    """Looks for ".A_log", and a plain "A_log" has no dot."""
    ends = tuple(f".{name}" for name in SPARED)
    return stepped(weights, updates, lr, decay, lambda n, w: w.ndim > 1 and not n.endswith(ends))


@wrong("10.5", "nothing")
def three_axes(weights, updates, lr, decay):
    """More than two axes."""
    return stepped(weights, updates, lr, decay, lambda n, w: w.ndim > 2 and n.split(".")[-1] not in SPARED)


@wrong("10.5", "no_step")
def spared_are_frozen(weights, updates, lr, decay):
    """What does not decay is not updated either."""
    new = as_part_of_the_gradient(weights, updates, lr, decay)
    return {n: new[n] if w.ndim > 1 and n.split(".")[-1] not in SPARED else w.clone() for n, w in weights.items()}
