"""Answers to exercises of chapter 09 that readers gave and that no message named, or that passed."""

import torch
from torch.nn import functional as F

from . import right, wrong

# 09.1 and 09.3 The lambda-return


def _lambda_return(reward, going_on, value, gamma, lam):
    """`going_on(t)` is what multiplies the bracket of step t."""
    last, returns = value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * going_on(t) * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], 1)


@wrong("09.1", "cont_early")
def the_cont_before(reward, cont, value, gamma, lam):
    return _lambda_return(reward, lambda t: cont[:, t - 1], value, gamma, lam)


@wrong("09.3", "moves_the_end")
def the_end_before(reward, termination, value, gamma, lam):
    return _lambda_return(reward, lambda t: 1 - termination[:, t - 1], value, gamma, lam)


# 09.2 How much a dreamt step counts


@wrong("09.2", "late_no_start")
def cont_alone(cont, start_cont, gamma):
    return (gamma * cont).cumprod(1)


@wrong("09.2", "late_no_start")
def powers_times_cont(cont, start_cont, gamma):
    return cont.cumprod(1) * gamma ** torch.arange(cont.shape[1])


@wrong("09.2", "shape")
def time_first(cont, start_cont, gamma):
    weights = [start_cont]
    for t in range(1, cont.shape[1]):
        weights.append(weights[-1] * gamma * cont[:, t - 1])
    return torch.stack(weights)


# 09.4 The REINFORCE loss


def _actor(key):
    """A wrong answer: `advantage` in the place of the right one, and what is done with the gains, (B, H)."""

    def made(advantage=lambda R, v, S: (R - v) / S, total=lambda gain, reach: gain.mean(), detach=True):
        def fn(log_prob, entropy, returns, value, reach, scale, eta):
            a = advantage(returns, value, scale).detach()
            weight = reach.detach() if detach else reach
            return -total(weight * (a * log_prob + eta * entropy), reach)

        fn.__name__ = key
        return wrong("09.4", key)(fn)

    return made


_actor("weighted_mean")(total=lambda gain, reach: gain.sum() / reach.sum())
_actor("weighted_mean")(total=lambda gain, reach: gain.sum() / reach.sum(), detach=False)
_actor("centred")(lambda R, v, S: (R - v - (R - v).mean()) / S)
_actor("centred")(lambda R, v, S: R / S - v / S - (R - v).mean() / S)
_actor("centred")(lambda R, v, S: (R - v - (R - v).mean(0)) / S)
_actor("centred")(lambda R, v, S: (R - v - (R - v).mean(1, keepdim=True)) / S)
_actor("centred")(lambda R, v, S: (R - v - (R - v).mean()) / ((R - v).std() + 1e-8))
_actor("centred")(lambda R, v, S: (R - v - (R - v).mean()) / (R - v).std() / S)


@wrong("09.4", "value")  # named by the arguments that the gradient reaches
def detaches_the_returns_alone(log_prob, entropy, returns, value, reach, scale, eta):
    return -(reach * ((returns.detach() - value) / scale * log_prob + eta * entropy)).mean()


# 09.6 Find the bug: a critic that flatters


@wrong("09.6", "no_half")
def a_mean_squared_error(log_prob, returns, value):
    return -((returns - value).detach() * log_prob).mean() + F.mse_loss(value, returns)


@wrong("09.6", "no_half")
def no_half_and_the_bug(log_prob, returns, value):
    advantage = returns - value
    return -(advantage * log_prob).mean() + (advantage**2).mean()


# 09.8 The critic's loss


def _critic(key):
    """A wrong answer: `term(logits, target)` (B, H), summed up with nothing detached."""

    def marked(term):
        def fn(logits, target, slow_target, reach, weight):
            return (reach * (term(logits, target) + weight * term(logits, slow_target))).mean()

        fn.__name__ = key
        return wrong("09.8", key)(fn)

    return marked


_critic("no_softmax")(lambda x, t: -(t * x).sum(-1))
_critic("over_bins")(lambda x, t: -(t * x.log_softmax(-1)).mean(-1))
_critic("no_log")(lambda x, t: -(t * x.softmax(-1)).sum(-1))
_critic("nothing_detached")(lambda x, t: -(t * x.log_softmax(-1)).sum(-1))
_critic("nothing_detached")(lambda x, t: F.cross_entropy(x.mT, t.mT, reduction="none"))


@wrong("09.8", "no_softmax")
def logits_as_they_are(logits, target, slow_target, reach, weight):
    return -(reach.detach() * ((target + weight * slow_target).detach() * logits).sum(-1)).mean()


@wrong("09.8", "targets_leak")
def cross_entropy_of_open_targets(logits, target, slow_target, reach, weight):
    main = F.cross_entropy(logits.flatten(0, 1), target.flatten(0, 1), reduction="none")
    slow = F.cross_entropy(logits.flatten(0, 1), slow_target.flatten(0, 1), reduction="none")
    return (reach.detach().flatten() * (main + weight * slow)).mean()


@wrong("09.8", "over_bins")
def mean_of_everything(logits, target, slow_target, reach, weight):
    both = target + weight * slow_target
    return -(reach[..., None] * both * logits.log_softmax(-1)).mean()


# 09.12 The entropy of a policy that never closes


def _mixed(logits, mix):
    return (1 - mix) * logits.softmax(-1) + mix / logits.shape[-1]


@right("09.12")
def by_a_clamp(logits, mix):
    pi = _mixed(logits, mix)
    return -(pi * pi.clamp_min(torch.finfo(pi.dtype).tiny).log()).sum(-1)


@right("09.12")
def by_two_cases(logits, mix):
    log_pi = _mixed(logits, mix).log() if mix > 0 else logits.log_softmax(-1)
    return -(log_pi.exp() * log_pi).sum(-1)


@right("09.12")
def with_a_small_number_inside(logits, mix):
    pi = _mixed(logits, mix)
    return -(pi * (pi + 1e-8).log()).sum(-1)


@wrong("09.12", "nan_gradient")
def by_xlogy(logits, mix):
    pi = _mixed(logits, mix)
    return -torch.xlogy(pi, pi).sum(-1)


@wrong("09.12", "nan_gradient")
def by_entr(logits, mix):
    return torch.special.entr(_mixed(logits, mix)).sum(-1)


@wrong("09.12", "nan_gradient")
def where_too_late(logits, mix):
    pi = _mixed(logits, mix)
    return -torch.where(pi > 0, pi * pi.log(), 0.0).sum(-1)


@wrong("09.12", "nan_gradient")
def nan_to_num(logits, mix):
    pi = _mixed(logits, mix)
    return -torch.nan_to_num(pi * pi.log()).sum(-1)
