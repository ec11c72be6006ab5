"""Answers to exercises 07.4 and 07.5."""

import numpy as np
import torch

from . import right, wrong

# 07.4 Imagine


@right("07.4")
def into_empty_tensors(h, z, H, recur, prior, sample):
    hs, zs = h.new_zeros(len(h), H + 1, h.shape[1]), z.new_zeros(len(z), H + 1, z.shape[1])
    hs[:, 0], zs[:, 0] = h, z
    for t in range(1, H + 1):
        hs[:, t] = recur(hs[:, t - 1], zs[:, t - 1])
        zs[:, t] = sample(prior(hs[:, t]))
    return hs, zs


@right("07.4")
def by_recursion(h, z, H, recur, prior, sample):
    if H == 0:
        return h[:, None], z[:, None]
    after = recur(h, z)
    hs, zs = by_recursion(after, sample(prior(after)), H - 1, recur, prior, sample)
    return torch.cat([h[:, None], hs], 1), torch.cat([z[:, None], zs], 1)


@wrong("07.4", "no_start")
def without_the_start(h, z, H, recur, prior, sample):
    hs, zs = by_recursion(h, z, H, recur, prior, sample)
    return hs[:, 1:], zs[:, 1:]


@wrong("07.4", "one_too_many")
def a_step_more(h, z, H, recur, prior, sample):
    return by_recursion(h, z, H + 1, recur, prior, sample)


@wrong("07.4", "one_too_few")
def a_step_less(h, z, H, recur, prior, sample):
    hs, zs = by_recursion(h, z, H, recur, prior, sample)
    return hs[:, :H], zs[:, :H]


def _loop(key, step):
    def answer(h, z, H, recur, prior, sample):
        hs, zs, first = [h], [z], (h, z)
        for _ in range(H):
            h, z = step(h, z, first, recur, lambda h: sample(prior(h)))
            hs.append(h), zs.append(z)
        return torch.stack(hs, 1), torch.stack(zs, 1)

    answer.__name__ = key
    return wrong("07.4", key)(answer)


_loop("old_memory", lambda h, z, first, recur, draw: (recur(h, z), draw(h)))
_loop("z_first", lambda h, z, first, recur, draw: (recur(h, draw(h)), draw(h)))


@wrong("07.4", "frozen_z")
def takes_in_the_first_z(h, z, H, recur, prior, sample):
    hs, zs, first = [h], [z], z
    for _ in range(H):
        h = recur(h, first)
        hs.append(h), zs.append(sample(prior(h)))
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "frozen_h")
def starts_from_the_first_h(h, z, H, recur, prior, sample):
    hs, zs = [h], [z]
    for _ in range(H):
        hs.append(recur(h, zs[-1]))
        zs.append(sample(prior(hs[-1])))
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "type")
def only_one_of_them(h, z, H, recur, prior, sample):
    return by_recursion(h, z, H, recur, prior, sample)[0]


# 07.5 Find the bug: the score of a dream


@right("07.5")
def step_after_step(frames, dream, context):
    return np.array([np.mean((dream[:, k] - frames[:, context + k]) ** 2) for k in range(dream.shape[1])])


@right("07.5")
def cut_and_move_the_axis(frames, dream, context):
    gap = np.moveaxis(dream - frames[:, context:][:, : dream.shape[1]], 1, 0)
    return np.square(gap).reshape(len(gap), -1).mean(1)


def _score(key, first=lambda frames, dream, context: context, power=np.square, after=lambda x: x):
    def answer(frames, dream, context):
        H, at = dream.shape[1], first(frames, dream, context)
        squares = power(dream - frames[:, at : at + H])
        return after(squares.reshape(len(dream), H, -1).mean(axis=2).mean(axis=0))

    answer.__name__ = key
    return wrong("07.5", key)(answer)


_score("early", lambda frames, dream, context: context - 1)
_score("late", lambda frames, dream, context: context + 1)
_score("from_start", lambda frames, dream, context: 0)
_score("last", lambda frames, dream, context: frames.shape[1] - dream.shape[1])
_score("root", after=np.sqrt)
_score("absolute", power=np.abs)


@wrong("07.5", "summed")
def adds_up_the_pixels(frames, dream, context):
    H = dream.shape[1]
    squares = (dream - frames[:, context : context + H]) ** 2
    return squares.reshape(len(dream), H, -1).sum(2).mean(0)


@wrong("07.5", "shape")
def one_number(frames, dream, context):
    return np.mean((dream - frames[:, context : context + dream.shape[1]]) ** 2)
