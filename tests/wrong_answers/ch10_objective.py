"""Answers to exercises 10.3 to 10.5."""

import torch
from torch.nn import functional as F

from . import right, wrong

# 10.3 Find the bug: a model that is never surprised


@right("10.3")
def by_torchs_own_kl(post, prior, is_first, free):
    each = F.kl_div(prior[:, :-1].log(), post[:, 1:].detach(), reduction="none")
    price = torch.clamp(each.flatten(2).sum(2), min=free)
    inside = (~is_first[:, 1:]).to(price.dtype)
    return (price * inside).sum() / inside.sum()


@right("10.3")
def pair_by_pair(post, prior, is_first, free):
    terms = []
    for b in range(post.shape[0]):
        for t in range(post.shape[1] - 1):
            if not is_first[b, t + 1]:
                q = post[b, t + 1].detach()
                terms.append(torch.maximum((q * (q / prior[b, t]).log()).sum(), torch.tensor(free).to(q)))
    return torch.stack(terms).mean()


def _kl(q, p):
    return (q * (q.log() - p.log())).sum((-2, -1))


@wrong("10.3", "same_step")
def as_it_was(post, prior, is_first, free):
    return _kl(post.detach(), prior).clamp(min=free).mean()


@wrong("10.3", "same_step")
def only_the_borders_mended(post, prior, is_first, free):
    return _kl(post.detach(), prior).clamp(min=free)[~is_first].mean()


@wrong("10.3", "looks_back")
def shifted_the_other_way(post, prior, is_first, free):
    return _kl(post[:, :-1].detach(), prior[:, 1:]).clamp(min=free)[~is_first[:, 1:]].mean()


@wrong("10.3", "looks_back")
def shifted_the_other_way_over_borders(post, prior, is_first, free):
    return _kl(post[:, :-1].detach(), prior[:, 1:]).clamp(min=free).mean()


@wrong("10.3", "wraps")
def rolled(post, prior, is_first, free):
    return _kl(post.detach().roll(-1, 1), prior).clamp(min=free)[~is_first.roll(-1, 1)].mean()


@wrong("10.3", "wraps")
def rolled_over_borders(post, prior, is_first, free):
    return _kl(post.detach().roll(-1, 1), prior).clamp(min=free).mean()


@wrong("10.3", "crosses")
def over_the_border(post, prior, is_first, free):
    return _kl(post[:, 1:].detach(), prior[:, :-1]).clamp(min=free).mean()


@wrong("10.3", "wrong_border")
def the_flag_of_t(post, prior, is_first, free):
    return _kl(post[:, 1:].detach(), prior[:, :-1]).clamp(min=free)[~is_first[:, :-1]].mean()


@wrong("10.3", "leaks")
def pulls_both(post, prior, is_first, free):
    return _kl(post[:, 1:], prior[:, :-1]).clamp(min=free)[~is_first[:, 1:]].mean()


@wrong("10.3", "flipped")
def prior_first(post, prior, is_first, free):
    return _kl(prior[:, :-1], post[:, 1:].detach()).clamp(min=free)[~is_first[:, 1:]].mean()


@wrong("10.3", "over_all")
def masked_mean(post, prior, is_first, free):
    return (_kl(post[:, 1:].detach(), prior[:, :-1]).clamp(min=free) * ~is_first[:, 1:]).mean()


@wrong("10.3", "summed")
def total(post, prior, is_first, free):
    return _kl(post[:, 1:].detach(), prior[:, :-1]).clamp(min=free)[~is_first[:, 1:]].sum()


@wrong("10.3", "no_free")
def every_nat_counts(post, prior, is_first, free):
    return _kl(post[:, 1:].detach(), prior[:, :-1])[~is_first[:, 1:]].mean()


@wrong("10.3", "after_mean")
def free_at_the_end(post, prior, is_first, free):
    return _kl(post[:, 1:].detach(), prior[:, :-1])[~is_first[:, 1:]].mean().clamp(min=free)


@wrong("10.3", "each")
def free_for_each_variable(post, prior, is_first, free):
    q, p = post[:, 1:].detach(), prior[:, :-1]
    each = (q * (q.log() - p.log())).sum(-1).clamp(min=free)
    return each.sum(-1)[~is_first[:, 1:]].mean()


@wrong("10.3", "mean_groups")
def averaged_variables(post, prior, is_first, free):
    q, p = post[:, 1:].detach(), prior[:, :-1]
    kl = (q * (q.log() - p.log())).sum(-1).mean(-1).clamp(min=free)
    return kl[~is_first[:, 1:]].mean()


# 10.4 Find the bug: a share of doubt


@right("10.4")
def with_full_like(logits, mix):
    prob = logits.softmax(dim=-1)
    return torch.lerp(prob, torch.full_like(prob, 1 / prob.size(-1)), mix)


@right("10.4")
def by_exponentials(logits, mix):
    raised = (logits - logits.amax(-1, keepdim=True)).exp()
    prob = raised / raised.sum(-1, keepdim=True)
    return prob + mix * (1.0 / logits.shape[-1] - prob)


@wrong("10.4", "by_groups")
def as_released(logits, mix):
    return (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-2]


@wrong("10.4", "by_both")
def over_everything(logits, mix):
    Z, C = logits.shape[-2:]
    return (1 - mix) * torch.softmax(logits, -1) + mix / (Z * C)


@wrong("10.4", "undivided")
def whole_share(logits, mix):
    return (1 - mix) * torch.softmax(logits, -1) + mix


@wrong("10.4", "added")
def on_top(logits, mix):
    return torch.softmax(logits, -1) + mix / logits.shape[-1]


@wrong("10.4", "swapped")
def nearly_uniform(logits, mix):
    return mix * torch.softmax(logits, -1) + (1 - mix) / logits.shape[-1]


@wrong("10.4", "unmixed")
def plain(logits, mix):
    return F.softmax(logits, -1)


@wrong("10.4", "only_floor")
def clamped(logits, mix):
    return torch.softmax(logits, -1).clamp(min=mix / logits.shape[-1])


@wrong("10.4", "over_groups")
def wrong_axis(logits, mix):
    return (1 - mix) * torch.softmax(logits, -2) + mix / logits.shape[-1]


@wrong("10.4", "over_all")
def one_big_softmax(logits, mix):
    flat = torch.softmax(logits.flatten(-2), -1).unflatten(-1, logits.shape[-2:])
    return (1 - mix) * flat + mix / logits.shape[-1]


@wrong("10.4", "renormalised")
def forced_sums(logits, mix):
    prob = as_released(logits, mix)
    return prob / prob.sum(-1, keepdim=True)


@wrong("10.4", "renormalised")
def forced_sums_of_the_whole_share(logits, mix):
    prob = whole_share(logits, mix)
    return prob / prob.sum(-1, keepdim=True)


# 10.5 Find the bug: a memory that rots

SPARED = ("A_log", "D", "dt_bias")


@right("10.5")
def shrinks_first(weights, updates, lr, decay):
    after = {}
    for name in weights:
        decays = weights[name].ndim >= 2 and name.rsplit(".", 1)[-1] not in SPARED
        after[name] = weights[name] * (1 - lr * decay * decays) - lr * updates[name]
    return after


@right("10.5")
def in_two_groups(weights, updates, lr, decay):
    matrices = {name for name, w in weights.items() if w.dim() > 1}
    matrices -= {name for name in weights if any(name == own or name.endswith(f".{own}") for own in SPARED)}
    after = {name: torch.sub(w, updates[name], alpha=lr) for name, w in weights.items()}
    for name in matrices:
        after[name] = after[name] - lr * decay * weights[name]
    return after


def _each(weights, updates, lr, rate):
    return {name: w - lr * updates[name] - rate(name, w) * w for name, w in weights.items()}


def _is_spared(name):
    return name.split(".")[-1] in SPARED


@wrong("10.5", "unscaled")
def as_given(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: decay)


@wrong("10.5", "unscaled")
def groups_without_the_rate(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: 0 if w.dim() < 2 or _is_spared(name) else decay)


@wrong("10.5", "everything")
def only_the_rate_mended(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: lr * decay)


@wrong("10.5", "reaches_a")
def by_shape_alone(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: lr * decay if w.dim() >= 2 else 0)


@wrong("10.5", "reaches_gains")
def by_name_alone(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: 0 if _is_spared(name) else lr * decay)


@wrong("10.5", "nothing")
def no_decay(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: 0)


@wrong("10.5", "only_spared")
def the_wrong_half(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: lr * decay if _is_spared(name) else 0)


@wrong("10.5", "twice")
def rate_squared(weights, updates, lr, decay):
    rate = lr * decay
    return _each(weights, updates, lr, lambda name, w: 0 if w.dim() < 2 or _is_spared(name) else lr * rate)


@wrong("10.5", "afterwards")
def shrinks_what_was_updated(weights, updates, lr, decay):
    after = {name: w - lr * updates[name] for name, w in weights.items()}
    return {name: w if w.dim() < 2 or _is_spared(name) else w * (1 - lr * decay) for name, w in after.items()}


@wrong("10.5", "grows")
def adds_the_decay(weights, updates, lr, decay):
    return _each(weights, updates, lr, lambda name, w: 0 if w.dim() < 2 or _is_spared(name) else -lr * decay)


@wrong("10.5", "climbs")
def uphill(weights, updates, lr, decay):
    return shrinks_first(weights, {name: -u for name, u in updates.items()}, lr, decay)


@wrong("10.5", "no_step")
def decay_alone(weights, updates, lr, decay):
    return shrinks_first(weights, {name: 0 * u for name, u in updates.items()}, lr, decay)


@wrong("10.5", "changed_input")
def in_place(weights, updates, lr, decay):
    for name, w in weights.items():
        w -= lr * updates[name] + (0 if w.dim() < 2 or _is_spared(name) else lr * decay) * w
    return weights
