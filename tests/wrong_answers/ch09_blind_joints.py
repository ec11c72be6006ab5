"""Answers to exercises 09.13 to 09.15, the joints of a Dreamer, by someone who had not seen the checks."""

from functools import reduce

import torch

from . import right, wrong

# 09.13 Where dreams start


@right("09.13")
def reshaped_under_no_grad(h, z, is_terminal):
    with torch.no_grad():

        def flat(x):
            return x.reshape(-1, *x.shape[2:]).clone()

        return flat(h), flat(z), torch.where(flat(is_terminal), 0.0, 1.0)


@wrong("09.13", "stays_over")
def over_for_ever(h, z, is_terminal):
    cont = (1.0 - is_terminal.float()).cumprod(1)
    return h.flatten(0, 1).detach(), z.flatten(0, 1).detach(), cont.flatten()


@wrong("09.13", "changed_input")
def detaches_in_place(h, z, is_terminal):
    return h.detach_().flatten(0, 1), z.detach_().flatten(0, 1), 1.0 - is_terminal.flatten().float()


@wrong("09.13", "rows_apart")
def cont_in_another_order(h, z, is_terminal):
    return h.flatten(0, 1).detach(), z.flatten(0, 1).detach(), 1.0 - is_terminal.T.flatten().float()


@wrong("09.13", "shape")
def cont_as_a_column(h, z, is_terminal):
    return h.flatten(0, 1).detach(), z.flatten(0, 1).detach(), 1.0 - is_terminal.reshape(-1, 1).float()


# 09.14 A dream with its actions


@right("09.14")
def by_reduce(h, z, H, policy, recur, prior):
    def go(past, _):
        h, z, feats, acts = past
        a = policy(feats[-1])
        h = recur(h, z, a)
        z = prior(h)
        return h, z, feats + [torch.hstack([h, z])], acts + [a]

    _, _, feats, acts = reduce(go, range(H), (h, z, [torch.hstack([h, z])], []))
    return torch.stack(feats, dim=1), torch.stack(acts, dim=1)


@right("09.14")
def reads_the_last_feat(h, z, H, policy, recur, prior):
    B, D = h.shape
    parts = [torch.cat((h, z), 1).unsqueeze(1)]
    actions = []
    for _ in range(H):
        last = parts[-1][:, 0]
        a = policy(last)
        h2 = recur(last[:, :D], last[:, D:], a)
        parts.append(torch.cat((h2, prior(h2)), 1).unsqueeze(1))
        actions.append(a.unsqueeze(1))
    return torch.cat(parts, 1), torch.cat(actions, 1)


@wrong("09.14", "old_h")
def prior_before_memory(h, z, H, policy, recur, prior):
    feat, actions = [torch.cat([h, z], -1)], []
    for _ in range(H):
        a = policy(feat[-1])
        z = prior(h)
        h = recur(h, z, a)
        feat.append(torch.cat([h, z], -1))
        actions.append(a)
    return torch.stack(feat, 1), torch.stack(actions, 1)


@wrong("09.14", "asks_twice")
def asks_the_policy_again(h, z, H, policy, recur, prior):
    feat, actions = [torch.cat([h, z], -1)], []
    for _ in range(H):
        actions.append(policy(feat[-1]))
        h = recur(h, z, policy(feat[-1]))
        z = prior(h)
        feat.append(torch.cat([h, z], -1))
    return torch.stack(feat, 1), torch.stack(actions, 1)


@wrong("09.14", "draws_twice")
def draws_z_again(h, z, H, policy, recur, prior):
    feat, actions = [torch.cat([h, z], -1)], []
    for _ in range(H):
        a = policy(feat[-1])
        h = recur(h, z, a)
        feat.append(torch.cat([h, prior(h)], -1))
        z = prior(h)
        actions.append(a)
    return torch.stack(feat, 1), torch.stack(actions, 1)


@wrong("09.14", "no_end")
def one_step_short(h, z, H, policy, recur, prior):
    feat, actions = [torch.cat([h, z], -1)], []
    for _ in range(1, H):
        actions.append(policy(feat[-1]))
        h = recur(h, z, actions[-1])
        z = prior(h)
        feat.append(torch.cat([h, z], -1))
    return torch.stack(feat, 1), torch.stack(actions, 1)


# 09.15 Find the bug: a Dreamer that hopes for an afterlife


@right("09.15")
def by_keyword(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    start, arrives = cont.split([1, cont.shape[1] - 1], dim=1)
    _, paid = reward.tensor_split([1], dim=1)
    reach = reach_weights(gamma=gamma, start_cont=start.squeeze(1), cont=arrives)
    returns = lambda_return(reward=paid, cont=arrives, value=value, gamma=gamma, lam=lam)
    return returns, reach


@wrong("09.15", "start_late")
def start_from_the_first_feat(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    c = cont[:, 1:]
    return lambda_return(reward[:, 1:], c, value, gamma, lam), reach_weights(c, c[:, 0], gamma)


@wrong("09.15", "multiplied_up")
def conts_multiplied_up(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    c = cont.cumprod(1)[:, 1:]
    return lambda_return(reward[:, 1:], c, value, gamma, lam), reach_weights(c, cont[:, 0], gamma)


@wrong("09.15", "multiplied_up")
def multiplies_the_callers_conts(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    for t in range(1, cont.shape[1]):
        cont[:, t] *= cont[:, t - 1]
    c = cont[:, 1:]
    return lambda_return(reward[:, 1:], c, value, gamma, lam), reach_weights(c, cont[:, 0], gamma)


@wrong("09.15", "weighted")
def returns_times_reach(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    reach = reach_weights(cont[:, 1:], cont[:, 0], gamma)
    return reach * lambda_return(reward[:, 1:], cont[:, 1:], value, gamma, lam), reach


@wrong("09.15", "exchanged")
def reach_first(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    c = cont[:, 1:]
    return reach_weights(c, cont[:, 0], gamma), lambda_return(reward[:, 1:], c, value, gamma, lam)


@wrong("09.15", "value")
def values_one_step_on(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    c = cont[:, 1:]
    v = torch.cat([value[:, 1:], value[:, -1:]], 1)
    return lambda_return(reward[:, 1:], c, v, gamma, lam), reach_weights(c, cont[:, 0], gamma)
