"""Answers to exercises 09.4 to 09.6, the losses of the actor, by someone who had not seen the checks."""

import torch

from . import right, wrong

# 09.4 The REINFORCE loss


@right("09.4")
def step_by_step_in_a_loop(log_prob, entropy, returns, value, reach, scale, eta):
    B, H = log_prob.shape
    total = log_prob.new_zeros((), dtype=torch.float64)
    for b in range(B):
        for t in range(H):
            adv = (returns[b, t].item() - value[b, t].item()) / float(scale)
            total = total - reach[b, t].item() * (adv * log_prob[b, t] + eta * entropy[b, t])
    return (total / (B * H)).to(log_prob.dtype)


@right("09.4")
def by_einsum(log_prob, entropy, returns, value, reach, scale, eta):
    w = reach.detach() / reach.numel()
    a = (returns - value).detach()
    return -(torch.einsum("bt,bt,bt->", w, a, log_prob) / scale + eta * torch.einsum("bt,bt->", w, entropy))


@wrong("09.4", "not_detached")
def value_not_detached(log_prob, entropy, returns, value, reach, scale, eta):
    return -(reach.detach() * ((returns.detach() - value) / scale * log_prob + eta * entropy)).mean()


@wrong("09.4", "weighted_mean")
def divides_by_the_weights(log_prob, entropy, returns, value, reach, scale, eta):
    w = reach.detach()
    adv = ((returns - value) / scale).detach()
    return -(w * (adv * log_prob + eta * entropy)).sum() / w.sum()


@wrong("09.4", "summed")
def sums_over_time(log_prob, entropy, returns, value, reach, scale, eta):
    adv = ((returns - value) / scale).detach()
    return -(reach.detach() * (adv * log_prob + eta * entropy)).sum(1).mean()


@wrong("09.4", "entropy_scaled")
def scales_the_entropy(log_prob, entropy, returns, value, reach, scale, eta):
    adv = (returns - value).detach()
    return -(reach.detach() * (adv * log_prob + eta * entropy)).mean() / scale


@wrong("09.4", "not_log")
def probability_for_its_logarithm(log_prob, entropy, returns, value, reach, scale, eta):
    adv = ((returns - value) / scale).detach()
    return -(reach.detach() * (adv * log_prob.exp() + eta * entropy)).mean()


@wrong("09.4", "entropy_deaf")
def detached_entropy(log_prob, entropy, returns, value, reach, scale, eta):
    w = reach.detach()
    adv = ((returns - value) / scale).detach()
    return -(w * (adv * log_prob + eta * entropy.detach())).mean()


# 09.5 The pathwise loss


@right("09.5")
def two_means(returns, entropy, reach, scale, eta):
    w = reach.detach()
    return (-w * returns).mean() / scale - eta * (w * entropy).mean()


@right("09.5")
def flat_in_double_precision(returns, entropy, reach, scale, eta):
    w = reach.detach().flatten().double()
    x = returns.flatten().double() / scale + entropy.flatten().double() * eta
    return -(w @ x) / len(w)


@wrong("09.5", "entropy_scaled")
def scales_all(returns, entropy, reach, scale, eta):
    return -(reach.detach() * (returns + eta * entropy) / scale).mean()


@wrong("09.5", "summed")
def sums_over_steps(returns, entropy, reach, scale, eta):
    return -(reach.detach() * (returns / scale + eta * entropy)).sum(-1).mean(0)


@wrong("09.5", "entropy_deaf")
def entropy_without_gradient(returns, entropy, reach, scale, eta):
    with torch.no_grad():
        bonus, w = eta * entropy, reach * 1
    return -(w * (returns / scale + bonus)).mean()


@wrong("09.5", "shape")
def one_number_a_dream(returns, entropy, reach, scale, eta):
    return -(reach.detach() * (returns / scale + eta * entropy)).mean(1)


# 09.6 Find the bug: a critic that flatters


@right("09.6")
def each_step_by_itself(log_prob, returns, value):
    losses = []
    for lp, R, v in zip(log_prob.flatten(), returns.flatten(), value.flatten()):
        losses.append(-(R - v.detach()) * lp + 0.5 * (R - v) ** 2)
    return torch.stack(losses).mean()


@right("09.6")
def detaches_the_returns_too(log_prob, returns, value):
    target = returns.detach()
    adv = (target - value).detach().double()
    loss = -(adv * log_prob).sum() / log_prob.numel() + 0.5 * ((value.double() - target) ** 2).mean()
    return loss.to(value.dtype)


@wrong("09.6", "actor_deaf")
def detaches_the_other_factor(log_prob, returns, value):
    advantage = returns - value
    return -(advantage * log_prob.detach()).mean() + 0.5 * (advantage**2).mean()


@wrong("09.6", "no_baseline")
def without_the_baseline(log_prob, returns, value):
    return -(returns * log_prob).mean() + 0.5 * ((returns - value) ** 2).mean()


@wrong("09.6", "ascends")
def without_the_minus(log_prob, returns, value):
    advantage = returns - value
    return (advantage.detach() * log_prob).mean() + 0.5 * (advantage**2).mean()


@wrong("09.6", "type")
def two_losses(log_prob, returns, value):
    advantage = returns - value
    return -(advantage.detach() * log_prob).mean(), 0.5 * (advantage**2).mean()
