"""Answers to exercises 08.4 and 08.5."""

import torch

from . import right, wrong

# 08.4 Two steps in one


@right("08.4")
def by_trying_two_states(left, right):
    empty = right[0] * (left[0] * torch.zeros_like(left[0]) + left[1]) + right[1]
    unit = right[0] * (left[0] * torch.ones_like(left[0]) + left[1]) + right[1]
    return unit - empty, empty


@right("08.4")
def with_addcmul(left, right):
    return torch.mul(left[0], right[0]), torch.addcmul(right[1], right[0], left[1])


def _combine(key, a, b):
    def fn(left, right):
        return a(*left, *right), b(*left, *right)

    fn.__name__ = f"{key}_{a.__code__.co_firstlineno}"
    return wrong("08.4", key)(fn)


_combine("swapped", lambda a1, b1, a2, b2: a1 * a2, lambda a1, b1, a2, b2: a1 * b2 + b1)
_combine("no_decay", lambda a1, b1, a2, b2: a1 * a2, lambda a1, b1, a2, b2: b1 + b2)
_combine("own_decay", lambda a1, b1, a2, b2: a1 * a2, lambda a1, b1, a2, b2: a1 * b1 + b2)
_combine("both_decayed", lambda a1, b1, a2, b2: a1 * a2, lambda a1, b1, a2, b2: a2 * (b1 + b2))
_combine("decay_added", lambda a1, b1, a2, b2: a1 + a2, lambda a1, b1, a2, b2: a2 * b1 + b2)
_combine("right_decay_alone", lambda a1, b1, a2, b2: a2 * 1, lambda a1, b1, a2, b2: a2 * b1 + b2)
_combine("right_decay_alone", lambda a1, b1, a2, b2: a1 * 1, lambda a1, b1, a2, b2: a2 * b1 + b2)
_combine("right_alone", lambda a1, b1, a2, b2: a1 * a2, lambda a1, b1, a2, b2: b2 * 1)


@wrong("08.4", "type")
def only_b(left, right):
    return right[0] * left[1] + right[1]


@wrong("08.4", "changed_input")
def in_place(left, right):
    left[0].mul_(right[0])
    left[1].mul_(right[0]).add_(right[1])
    return left


# 08.5 Two steps in one, with resets


@right("08.5")
def by_zeroing_the_decay(left, right):
    (a1, b1, r1), (a2, b2, r2) = left, right
    a1, a2 = a1 * ~r1.unsqueeze(-1), a2 * ~r2.unsqueeze(-1)
    return a1 * a2, a2 * b1 + b2, torch.logical_or(r1, r2)


@right("08.5")
def with_where(left, right):
    row = right[2][:, None]
    a = torch.where(row, right[0], right[0] * left[0])
    b = torch.where(row, right[1], right[0] * left[1] + right[1])
    return a, b, left[2] | right[2]


def _resets(key, a=None, b=None, r=None):
    def fn(left, right):
        (a1, b1, r1), (a2, b2, r2) = left, right
        parts = a1, b1, r1[:, None], a2, b2, r2[:, None]
        new_a = a(*parts) if a else a2 * a1
        new_b = b(*parts) if b else a2 * b1 * ~r2[:, None] + b2
        return new_a, new_b, r(r1, r2) if r else r1 | r2

    fn.__name__ = f"{key}_wrong"
    return wrong("08.5", key)(fn)


_resets("never_cleared", b=lambda a1, b1, r1, a2, b2, r2: a2 * b1 + b2)
_resets("left_clears", b=lambda a1, b1, r1, a2, b2, r2: a2 * b1 * ~r1 + b2)
_resets("either_clears", b=lambda a1, b1, r1, a2, b2, r2: a2 * b1 * ~(r1 | r2) + b2)
_resets("input_lost", b=lambda a1, b1, r1, a2, b2, r2: (a2 * b1 + b2) * ~r2)
_resets("inverted", b=lambda a1, b1, r1, a2, b2, r2: a2 * b1 * r2 + b2)
_resets("flag_of_the_right", r=lambda r1, r2: r2.clone())
_resets("flag_of_the_left", r=lambda r1, r2: r1.clone())
_resets("flag_of_both", r=lambda r1, r2: r1 & r2)
_resets("decay_of_the_right", a=lambda a1, b1, r1, a2, b2, r2: a2 * 1)
_resets("swapped", b=lambda a1, b1, r1, a2, b2, r2: a1 * b2 * ~r1 + b1)
_resets("whole_batch", b=lambda a1, b1, r1, a2, b2, r2: a2 * b1 * (not r2.any()) + b2)


@wrong("08.5", "type")
def no_flag(left, right):
    return right[0] * left[0], right[0] * left[1] * ~right[2][:, None] + right[1]


@wrong("08.5", "raised")
def a_mask_of_the_wrong_shape(left, right):
    return right[0] * left[0], right[0] * left[1] * ~right[2] + right[1], left[2] | right[2]
