"""Answers to exercise 01.6, the factored model's prediction."""

import itertools

import numpy as np
import torch

from . import right, wrong


def _product(cell, rows):
    P = np.asarray(cell, dtype=float)
    for row in rows:
        P = np.multiply.outer(P, row)
    return P


def _shares(counts):
    return counts / max(counts.sum(), 1)


@right("01.6")
def place_by_place(moved, turned, bits):
    P = np.zeros((len(moved),) + (2,) * len(bits))
    for cell in range(len(moved)):
        for after in itertools.product([0, 1], repeat=len(bits)):
            p = moved[cell] / moved.sum() if moved.sum() else 0.0
            for k, (i, j) in enumerate(zip(bits, after, strict=True)):
                seen = turned[k][i].sum()
                p *= turned[k][i][j] / seen if seen else 0.0
            P[(cell, *after)] = p
    return P


@right("01.6")
def with_new_axes(moved, turned, bits):
    rows = turned[np.arange(len(bits)), bits].astype(float)
    sums = rows.sum(1, keepdims=True)
    if moved.sum() == 0 or (sums == 0).any():
        return np.zeros((len(moved), *[2] * len(bits)))
    P = moved / moved.sum()
    for row in rows / sums:
        P = P[..., None] * row
    return P


@right("01.6")
def in_torch_by_einsum(moved, turned, bits):
    P = torch.as_tensor(moved, dtype=torch.float64)
    P = P / P.sum().clamp(min=1)
    for k, bit in enumerate(bits):
        row = torch.as_tensor(turned[k, bit], dtype=torch.float64)
        P = torch.einsum("...,j->...j", P, row / row.sum().clamp(min=1))
    return P


@wrong("01.6", "counts")
def multiplies_counts(moved, turned, bits):
    return _product(moved, [turned[k, b] for k, b in enumerate(bits)])


@wrong("01.6", "every_bit")
def forgets_the_bits(moved, turned, bits):
    return _product(_shares(moved), [_shares(turned[k].sum(0)) for k in range(len(bits))])


@wrong("01.6", "other_row")
def looks_at_the_other_row(moved, turned, bits):
    return _product(_shares(moved), [_shares(turned[k, 1 - b]) for k, b in enumerate(bits)])


@wrong("01.6", "transposed")
def takes_a_column(moved, turned, bits):
    return _product(_shares(moved), [_shares(turned[k, :, b]) for k, b in enumerate(bits)])


@wrong("01.6", "one_total")
def divides_by_all_trials(moved, turned, bits):
    total = max(moved.sum(), 1)
    return _product(moved / total, [turned[k, b] / total for k, b in enumerate(bits)])


@wrong("01.6", "averaged")
def means_of_the_parts(moved, turned, bits):
    P, parts = _shares(moved), [_shares(turned[k, b]) for k, b in enumerate(bits)]
    P = P.reshape(-1, *[1] * len(bits))
    for k, row in enumerate(parts):
        P = P + row.reshape([2 if i == k + 1 else 1 for i in range(len(bits) + 1)])
    return P / (len(bits) + 1)


@wrong("01.6", "likeliest")
def argmax_of_each(moved, turned, bits):
    return _product(np.eye(len(moved))[moved.argmax()], [np.eye(2)[turned[k, b].argmax()] for k, b in enumerate(bits)])


@wrong("01.6", "smoothed")
def counts_from_one(moved, turned, bits):
    return _product(_shares(moved + 1), [_shares(turned[k, b] + 1) for k, b in enumerate(bits)])


@wrong("01.6", "backwards")
def last_button_first(moved, turned, bits):
    return _product(_shares(moved), [_shares(turned[k, bits[k]]) for k in reversed(range(len(bits)))])


@wrong("01.6", "nan")
def divides_zero_by_zero(moved, turned, bits):
    with np.errstate(invalid="ignore"):
        return _product(moved / moved.sum(), [turned[k, b] / turned[k, b].sum() for k, b in enumerate(bits)])


@wrong("01.6", "stays")
def unseen_buttons_stay(moved, turned, bits):
    rows = [_shares(turned[k, b]) if turned[k, b].sum() else np.eye(2)[b] for k, b in enumerate(bits)]
    return _product(_shares(moved), rows)


@wrong("01.6", "guess")
def unseen_buttons_are_coins(moved, turned, bits):
    rows = [_shares(turned[k, b]) if turned[k, b].sum() else np.full(2, 0.5) for k, b in enumerate(bits)]
    return _product(_shares(moved), rows)


@wrong("01.6", "unknown")
def unseen_moves_go_anywhere(moved, turned, bits):
    cell = _shares(moved) if moved.sum() else np.full(len(moved), 1 / len(moved))
    return _product(cell, [_shares(turned[k, b]) for k, b in enumerate(bits)])


@wrong("01.6", "value")
def only_two_buttons(moved, turned, bits):
    P = _product(_shares(moved), [_shares(turned[k, b]) for k, b in enumerate(bits)])
    return P if P.ndim < 4 else np.zeros_like(P)


@wrong("01.6", "shape")
def a_flat_list(moved, turned, bits):
    return _product(_shares(moved), [_shares(turned[k, b]) for k, b in enumerate(bits)]).ravel()


@wrong("01.6", "none")
def no_return(moved, turned, bits):
    P = _product(_shares(moved), [_shares(turned[k, b]) for k, b in enumerate(bits)])  # noqa: F841


@wrong("01.6", "changed_input")
def divides_in_place(moved, turned, bits):
    moved[:] = 100 * moved
    return _product(_shares(moved), [_shares(turned[k, b]) for k, b in enumerate(bits)])


@wrong("01.6", "raised")
def indexes_with_all_bits(moved, turned, bits):
    return _product(_shares(moved), turned[bits] / turned[bits].sum(1))[tuple(bits)][99]
