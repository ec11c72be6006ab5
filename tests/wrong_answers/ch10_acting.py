"""Answers to exercise 10.9."""

import torch

from . import right, wrong

# 10.9 Find the bug: an agent that lives in a window


@right("10.9")
def with_where(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = (torch.where(is_first.unsqueeze(-1), torch.zeros_like(part), part) for part in state)
    z, h = encode(obs), recur(h, torch.cat((z, a), 1))
    a = policy(torch.cat((h, z), 1))
    return a, (h, z, a)


@right("10.9")
def with_masks_filled(obs, is_first, state, encode, recur, prior, policy):
    new = is_first[:, None]
    h, x = state[0].masked_fill(new, 0), torch.hstack(state[1:]).masked_fill(new, 0)
    seen = encode(obs)
    after = recur(h, x)
    action = policy(torch.hstack([after, seen]))
    return [action, [after, seen, action]]


def _masked(state, is_first):
    return tuple(part * ~is_first[:, None] for part in state)


@wrong("10.9", "untouched")
def as_it_was(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(torch.zeros_like(h), torch.cat([z, a], -1))
    action = policy(torch.cat([h, prior(h)], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "guesses")
def acts_on_the_prior(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1))
    action = policy(torch.cat([h, prior(h)], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "guesses")
def acts_on_the_prior_and_never_empties(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(h, torch.cat([z, a], -1))
    action = policy(torch.cat([h, prior(h)], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "guesses")
def only_the_mask_mended(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(torch.zeros_like(h), torch.cat([z, a], -1) * ~is_first[:, None])
    action = policy(torch.cat([h, prior(h)], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "guesses")
def dreams_on(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1))
    z = prior(h)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "from_zero")
def empty_each_time(obs, is_first, state, encode, recur, prior, policy):
    _, z, a = _masked(state, is_first)
    h = recur(torch.zeros_like(state[0]), torch.cat([z, a], -1))
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "from_zero")
def only_the_look_mended(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(torch.zeros_like(h), torch.cat([z, a], -1))
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "old_z")
def acts_on_the_frame_before(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    keep = ~is_first[:, None]
    h = recur(h * keep, torch.cat([z, a], -1) * keep)
    action = policy(torch.cat([h, z], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "old_h")
def acts_before_it_remembers(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    seen = encode(obs)
    action = policy(torch.cat([h, seen], -1))
    return action, (recur(h, torch.cat([z, a], -1)), seen, action)


@wrong("10.9", "no_reset")
def never_empties(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(h, torch.cat([z, a], -1))
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "remembers")
def empties_the_input_alone(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(h, torch.cat([z, a], -1) * ~is_first[:, None])
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "old_input")
def empties_the_memory_alone(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(h * ~is_first[:, None], torch.cat([z, a], -1))
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


@wrong("10.9", "inverted")
def times_is_first(obs, is_first, state, encode, recur, prior, policy):
    return with_where(obs, ~is_first, state, encode, recur, prior, policy)


@wrong("10.9", "new_z_in")
def looks_too_early(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    z = encode(obs)
    h = recur(h, torch.cat([z, a], -1) * ~is_first[:, None])
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


def _right(obs, is_first, state, encode, recur, policy):
    return with_where(obs, is_first, state, encode, recur, None, policy)


@wrong("10.9", "keeps_h")
def memory_stays(obs, is_first, state, encode, recur, prior, policy):
    action, (_, z, a) = _right(obs, is_first, state, encode, recur, policy)
    return action, (state[0], z, a)


@wrong("10.9", "keeps_z")
def seen_stays(obs, is_first, state, encode, recur, prior, policy):
    action, (h, _, a) = _right(obs, is_first, state, encode, recur, policy)
    return action, (h, state[1], a)


@wrong("10.9", "keeps_a")
def action_stays(obs, is_first, state, encode, recur, prior, policy):
    action, (h, z, _) = _right(obs, is_first, state, encode, recur, policy)
    return action, (h, z, state[2])


@wrong("10.9", "keeps_guess")
def goes_on_from_a_guess(obs, is_first, state, encode, recur, prior, policy):
    action, (h, _, a) = _right(obs, is_first, state, encode, recur, policy)
    return action, (h, prior(h), a)


@wrong("10.9", "z_first")
def z_before_h(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1))
    z = encode(obs)
    action = policy(torch.cat([z, h], -1))
    return action, (h, z, action)


@wrong("10.9", "looks_twice")
def looks_again(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1))
    action = policy(torch.cat([h, encode(obs)], -1))
    return action, (h, encode(obs), action)


@wrong("10.9", "asks_twice")
def asks_again(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = _masked(state, is_first)
    h = recur(h, torch.cat([z, a], -1))
    z = encode(obs)
    feat = torch.cat([h, z], -1)
    return policy(feat), (h, z, policy(feat))


@wrong("10.9", "type")
def action_only(obs, is_first, state, encode, recur, prior, policy):
    return with_where(obs, is_first, state, encode, recur, prior, policy)[0]
