"""Answers to exercises 09.13 to 09.15."""

import torch

from . import right, wrong

# 09.14 A dream with its actions


@right("09.14")
def pairs_first(h, z, H, policy, recur, prior):
    states, actions = [(h, z)], []
    while len(actions) < H:
        h, z = states[-1]
        actions.append(policy(torch.hstack([h, z])))
        h = recur(h, z, actions[-1])
        states.append((h, prior(h)))
    return torch.stack([torch.hstack(pair) for pair in states], 1), torch.stack(actions, 1)


@right("09.14")
def into_a_block(h, z, H, policy, recur, prior):
    D = h.shape[1]
    feat = h.new_zeros(len(h), H + 1, D + z.shape[1])
    feat[:, 0, :D], feat[:, 0, D:], actions = h, z, []
    for t in range(H):
        actions.append(policy(feat[:, t]))
        feat[:, t + 1, :D] = recur(feat[:, t, :D], feat[:, t, D:], actions[t])
        feat[:, t + 1, D:] = prior(feat[:, t + 1, :D])
    return feat, torch.stack(actions, 1)


def _dream(key, *flaws, more=False, start=True, end=True, dim=1):
    """A dream with places to go wrong."""

    def fn(h, z, H, policy, recur, prior):
        def feat_of(h, z):
            return torch.cat([z, h] if "z_first" in flaws else [h, z], -1)

        h0, z0, feats, actions, last = h, z, [feat_of(h, z)], [], None
        for _ in range(H):
            a = policy(feats[0] if "first_feat" in flaws else feats[-1])
            taken = (torch.zeros_like(a) if last is None else last) if "late_action" in flaws else a
            old, old_z, last = h, z, a
            h = recur(h0 if "first_h" in flaws else h, z0 if "first_z" in flaws else z, taken)
            z = prior(old if "old_h" in flaws else h)
            feats.append(feat_of(h, old_z if "half_feat" in flaws else z)), actions.append(a)
        if more:
            actions.append(policy(feats[-1]))
        return torch.stack(feats[0 if start else 1 : None if end else -1], dim), torch.stack(actions, dim)

    fn.__name__ = key
    return wrong("09.14", key)(fn)


for _key in ("old_h", "half_feat", "first_feat", "first_h", "first_z", "late_action", "z_first"):
    _dream(_key, _key)
_dream("no_start", start=False)
_dream("no_end", end=False)
_dream("more_actions", more=True)
_dream("time_first", dim=0)


@wrong("09.14", "type")
def only_the_feats(h, z, H, policy, recur, prior):
    return torch.stack([torch.cat([h, z], -1)] * (H + 1), 1)


@wrong("09.14", "value")
def asleep(h, z, H, policy, recur, prior):
    feat = torch.cat([h, z], -1)
    return torch.stack([feat] * (H + 1), 1), torch.stack([policy(feat)] * H, 1)


# 09.13 Where dreams start


@right("09.13")
def by_shape(h, z, is_terminal):
    with torch.no_grad():
        rows = h.shape[0] * h.shape[1]
        return h.reshape(rows, -1), z.reshape(rows, -1), (~is_terminal).to(h.dtype).reshape(rows)


@right("09.13")
def one_by_one(h, z, is_terminal):
    places = [(b, t) for b in range(len(h)) for t in range(h.shape[1])]
    cont = torch.tensor([float(not is_terminal[place]) for place in places])
    return torch.stack([h[p].detach() for p in places]), torch.stack([z[p].data for p in places]), cont


def _starts(key, fn):
    fn.__name__ = key
    return wrong("09.13", key)(fn)


_starts("not_detached", lambda h, z, e: (h.flatten(0, 1), z.flatten(0, 1), 1 - e.float().flatten()))
_starts("not_detached", lambda h, z, e: (h.detach().flatten(0, 1), z.flatten(0, 1), 1 - e.float().flatten()))
_starts("inverted", lambda h, z, e: (h.detach().flatten(0, 1), z.detach().flatten(0, 1), e.float().flatten()))
_starts("last_only", lambda h, z, e: (h[:, -1].detach(), z[:, -1].detach(), 1 - e[:, -1].float()))
_starts("drops_ends", lambda h, z, e: (h[~e].detach(), z[~e].detach(), torch.ones(int((~e).sum()))))
_starts("not_flat", lambda h, z, e: (h.detach(), z.detach(), 1 - e.float()))
_starts(
    "rows_apart",
    lambda h, z, e: (h.detach().flatten(0, 1), z.detach().transpose(0, 1).flatten(0, 1), 1 - e.float().flatten()),
)
_starts("order", lambda h, z, e: tuple(x.detach().transpose(0, 1).flatten(0, 1) for x in (h, z, 1 - e.float())))
_starts("value", lambda h, z, e: (h.detach().flatten(0, 1) * 0, z.detach().flatten(0, 1), 1 - e.float().flatten()))
_starts("type", lambda h, z, e: (h.detach().flatten(0, 1), z.detach().flatten(0, 1)))


# 09.15 Find the bug: a Dreamer that hopes for an afterlife


@right("09.15")
def what_arrived(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    start, going_on = cont[:, 0], cont[:, 1:]
    reach = reach_weights(going_on, start, gamma)
    return lambda_return(reward.narrow(1, 1, going_on.shape[1]), going_on, value, gamma, lam), reach


@right("09.15")
def by_steps(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    steps = range(1, reward.shape[1])
    paid, going_on = (torch.stack([x[:, t] for t in steps], 1) for x in (reward, cont))
    return [lambda_return(paid, going_on, value, gamma, lam), reach_weights(going_on, cont.T[0], gamma)]


def _targets(key, paid=slice(1, None), going=slice(1, None), weighed=slice(1, None), start=None, twice=False):
    def fn(reward, cont, value, lambda_return, reach_weights, gamma, lam):
        more = gamma if twice else 1.0
        first = cont[:, 0] if start is None else torch.full_like(cont[:, 0], start)
        returns = lambda_return(reward[:, paid], more * cont[:, going], value, gamma, lam)
        return returns, reach_weights(more * cont[:, weighed], first, gamma)

    fn.__name__ = key
    return wrong("09.15", key)(fn)


_EARLY = slice(None, -1)
_targets("afterlife", going=_EARLY, weighed=_EARLY)
_targets("shifted", _EARLY, _EARLY, _EARLY)
_targets("reward_shifted", paid=_EARLY)
_targets("cont_shifted", going=_EARLY)
_targets("reach_shifted", weighed=_EARLY)
_targets("start_forgotten", start=1.0)
_targets("gamma_twice", twice=True)


@wrong("09.15", "raised")
def everything_as_it_is(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    return lambda_return(reward, cont, value, gamma, lam), reach_weights(cont, cont[:, 0], gamma)


@wrong("09.15", "value")
def flattered(reward, cont, value, lambda_return, reach_weights, gamma, lam):
    returns = lambda_return(reward[:, 1:], cont[:, 1:], value.abs(), gamma, lam)
    return returns, reach_weights(cont[:, 1:], cont[:, 0], gamma)
