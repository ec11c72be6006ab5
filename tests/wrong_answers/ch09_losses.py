"""Answers to exercises 09.4, 09.5, 09.6 and 09.8."""

import torch
from torch.nn import functional as F

from . import right, wrong

# 09.4 The REINFORCE loss


@right("09.4")
def step_by_step(log_prob, entropy, returns, value, reach, scale, eta):
    with torch.no_grad():
        good = (returns - value) / scale
        weight = reach.clone()
    return torch.mean(weight * (-good * log_prob - eta * entropy))


@right("09.4")
def two_terms(log_prob, entropy, returns, value, reach, scale, eta):
    reach = reach.detach()
    policy = reach * log_prob * (returns.detach() - value.detach()) / scale
    return -policy.mean() - eta * (reach * entropy).mean()


def _reinforce(key, change):
    """A wrong answer: the right pieces by name, put together by `change`."""

    def fn(log_prob, entropy, returns, value, reach, scale, eta):
        advantage = (returns - value) / scale
        w, a = reach.detach(), advantage.detach()
        return change(log_prob, entropy, returns, value, reach, scale, eta, w, a, advantage)

    fn.__name__ = key
    return wrong("09.4", key)(fn)


_reinforce("not_detached", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (adv * lp + eta * e)).mean())
_reinforce("ascends", lambda lp, e, R, v, reach, S, eta, w, a, adv: (w * (a * lp + eta * e)).mean())
_reinforce("no_baseline", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (R.detach() / S * lp + eta * e)).mean())
_reinforce("no_scale", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * S * lp + eta * e)).mean())
_reinforce(
    "scale_return_only",
    lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * ((R / S - v).detach() * lp + eta * e)).mean(),
)
_reinforce("scaled_up", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * S * S * lp + eta * e)).mean())
_reinforce("entropy_punished", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * lp - eta * e)).mean())
_reinforce("no_entropy", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * a * lp).mean())
_reinforce("eta_missing", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * lp + e)).mean())
_reinforce("entropy_unreached", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * a * lp).mean() - eta * e.mean())
_reinforce("no_reach", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(a * lp + eta * e).mean())
_reinforce("reach_leaks", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(reach * (a * lp + eta * e)).mean())
_reinforce("summed", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * lp + eta * e)).sum())
_reinforce("deaf", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * lp.detach() + eta * e)).mean())
_reinforce("shape", lambda lp, e, R, v, reach, S, eta, w, a, adv: -(w * (a * lp + eta * e)))


# 09.5 The pathwise loss


@right("09.5")
def minus_the_mean(returns, entropy, reach, scale, eta):
    gain = returns / scale + entropy * eta
    return torch.mean(-gain * reach.detach())


@right("09.5")
def as_a_weighted_sum(returns, entropy, reach, scale, eta):
    w = reach.detach() / reach.numel()
    return -((w * returns).sum() / scale + eta * (w * entropy).sum())


def _pathwise(key, change):
    def fn(returns, entropy, reach, scale, eta):
        return change(returns, entropy, reach, reach.detach(), scale, eta)

    fn.__name__ = key
    return wrong("09.5", key)(fn)


_pathwise("detached", lambda R, e, reach, w, S, eta: -(w * (R.detach() / S + eta * e)).mean())
_pathwise("ascends", lambda R, e, reach, w, S, eta: (w * (R / S + eta * e)).mean())
_pathwise("no_scale", lambda R, e, reach, w, S, eta: -(w * (R + eta * e)).mean())
_pathwise("entropy_punished", lambda R, e, reach, w, S, eta: -(w * (R / S - eta * e)).mean())
_pathwise("no_entropy", lambda R, e, reach, w, S, eta: -(w * R / S).mean())
_pathwise("no_reach", lambda R, e, reach, w, S, eta: -(R / S + eta * e).mean())
_pathwise("reach_leaks", lambda R, e, reach, w, S, eta: -(reach * (R / S + eta * e)).mean())
_pathwise("summed", lambda R, e, reach, w, S, eta: -(w * (R / S + eta * e)).sum())
_pathwise("start_only", lambda R, e, reach, w, S, eta: -(w * (R / S + eta * e))[:, 0].mean())


# 09.6 Find the bug: a critic that flatters


@right("09.6")
def detached_once(log_prob, returns, value):
    error = returns - value
    return (0.5 * error.square() - error.detach() * log_prob).mean()


@right("09.6")
def judged_without_gradient(log_prob, returns, value):
    with torch.no_grad():
        advantage = returns - value
    return -torch.mean(advantage * log_prob) + F.mse_loss(value, returns) / 2


@wrong("09.6", "not_detached")
def untouched(log_prob, returns, value):
    advantage = returns - value
    return -(advantage * log_prob).mean() + 0.5 * (advantage**2).mean()


@wrong("09.6", "critic_deaf")
def detached_for_both(log_prob, returns, value):
    advantage = (returns - value).detach()
    return -(advantage * log_prob).mean() + 0.5 * (advantage**2).mean()


@wrong("09.6", "wrong_term")
def detached_in_the_critic(log_prob, returns, value):
    advantage = returns - value
    return -(advantage * log_prob).mean() + 0.5 * (advantage.detach() ** 2).mean()


@wrong("09.6", "actor_deaf")
def detached_log_prob(log_prob, returns, value):
    advantage = returns - value
    return -(advantage.detach() * log_prob.detach()).mean() + 0.5 * (advantage**2).mean()


@wrong("09.6", "no_critic")
def actor_alone(log_prob, returns, value):
    return -((returns - value).detach() * log_prob).mean()


@wrong("09.6", "no_actor")
def critic_alone(log_prob, returns, value):
    return 0.5 * ((returns - value) ** 2).mean()


@wrong("09.6", "no_half")
def without_the_half(log_prob, returns, value):
    advantage = returns - value
    return -(advantage.detach() * log_prob).mean() + (advantage**2).mean()


# 09.8 The critic's loss


@right("09.8")
def by_cross_entropy(logits, target, slow_target, reach, weight):
    def against(t):
        return F.cross_entropy(logits.flatten(0, 1), t.detach().flatten(0, 1), reduction="none").view(reach.shape)

    return (reach.detach() * (against(target) + weight * against(slow_target))).mean()


@right("09.8")
def by_logsumexp(logits, target, slow_target, reach, weight):
    log_prob = logits - logits.logsumexp(-1, keepdim=True)
    total = 0.0
    for t, share in ((target, 1.0), (slow_target, weight)):
        total = total - share * torch.einsum("bhk,bhk,bh->", t.detach(), log_prob, reach.detach())
    return total / reach.numel()


def _critic(key, change):
    def fn(logits, target, slow_target, reach, weight):
        def ce(t):
            return -(t * torch.log_softmax(logits, -1)).sum(-1)

        return change(logits, target, slow_target, reach, reach.detach(), weight, ce)

    fn.__name__ = key
    return wrong("09.8", key)(fn)


_critic("target_leaks", lambda x, t, s, reach, w, b, ce: (w * (ce(t) + b * ce(s.detach()))).mean())
_critic("slow_leaks", lambda x, t, s, reach, w, b, ce: (w * (ce(t.detach()) + b * ce(s))).mean())
_critic("no_slow", lambda x, t, s, reach, w, b, ce: (w * ce(t.detach())).mean())
_critic("weight_on_both", lambda x, t, s, reach, w, b, ce: b * (w * (ce(t.detach()) + ce(s.detach()))).mean())
_critic("weight_missing", lambda x, t, s, reach, w, b, ce: (w * (ce(t.detach()) + ce(s.detach()))).mean())
_critic("no_reach", lambda x, t, s, reach, w, b, ce: (ce(t.detach()) + b * ce(s.detach())).mean())
_critic("reach_leaks", lambda x, t, s, reach, w, b, ce: (reach * (ce(t.detach()) + b * ce(s.detach()))).mean())
_critic("ascends", lambda x, t, s, reach, w, b, ce: -(w * (ce(t.detach()) + b * ce(s.detach()))).mean())
_critic(
    "no_log",
    lambda x, t, s, reach, w, b, ce: -(w[..., None] * (t + b * s).detach() * x.softmax(-1)).sum(-1).mean(),
)
_critic("no_softmax", lambda x, t, s, reach, w, b, ce: -(w[..., None] * (t + b * s).detach() * x).sum(-1).mean())
_critic(
    "over_bins",
    lambda x, t, s, reach, w, b, ce: -(w[..., None] * (t + b * s).detach() * x.log_softmax(-1)).mean(),
)
_critic(
    "squared",
    lambda x, t, s, reach, w, b, ce: (
        (w[..., None] * ((t.detach() - x.softmax(-1)) ** 2 + b * (s.detach() - x.softmax(-1)) ** 2)).sum(-1).mean()
    ),
)
_critic("summed", lambda x, t, s, reach, w, b, ce: (w * (ce(t.detach()) + b * ce(s.detach()))).sum())
