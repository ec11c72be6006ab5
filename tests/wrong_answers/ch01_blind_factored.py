"""Answers to exercise 01.6, an answer about where nobody was, by someone who had not seen the checks."""

import itertools

import numpy as np
import torch

from . import right, wrong


@right("01.6")
def every_pattern_one_by_one(moved, turned, bits):
    P = np.zeros((len(moved),) + (2,) * len(bits))
    rows = [turned[k, bit] for k, bit in enumerate(bits)]
    if moved.sum() == 0 or any(row.sum() == 0 for row in rows):
        return P
    for cell in range(len(moved)):
        for pattern in itertools.product((0, 1), repeat=len(bits)):
            p = moved[cell] / moved.sum()
            for row, bit in zip(rows, pattern):
                p *= row[bit] / row.sum()
            P[(cell, *pattern)] = p
    return P


@right("01.6")
def by_broadcasting(moved, turned, bits):
    K = len(bits)
    P = torch.as_tensor(moved).double().reshape(-1, *[1] * K)
    P = P / P.sum().clamp(min=1)
    for k in range(K):
        row = torch.as_tensor(turned[k, bits[k]]).double()
        P = P * (row / row.sum().clamp(min=1)).reshape(*[1] * (k + 1), 2, *[1] * (K - k - 1))
    return P


@wrong("01.6", "nan")
def shares_of_nothing(moved, turned, bits):
    P = moved / moved.sum()
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit] / turned[k, bit].sum())
    return P


@wrong("01.6", "transposed")
def reads_the_table_from_after_to_before(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, :, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "one_total")
def divides_by_all_counts_of_the_button(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit] / max(turned[k].sum(), 1))
    return P


@wrong("01.6", "every_bit")
def forgets_what_is_lit_now(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k in range(len(bits)):
        row = turned[k].sum(axis=0)
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "backwards")
def last_button_first(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k in reversed(range(len(bits))):
        row = turned[k, bits[k]]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "shape")
def the_cell_in_the_last_axis(moved, turned, bits):
    P = np.array(1.0)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return np.multiply.outer(P, moved / max(moved.sum(), 1))


@wrong("01.6", "shape")
def one_flat_row_of_patterns(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.kron(P, row / max(row.sum(), 1))
    return P.reshape(len(moved), -1)


@wrong("01.6", "guess")
def half_and_half_where_unknown(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / row.sum() if row.sum() else np.array([0.5, 0.5]))
    return P


@wrong("01.6", "stays")
def stays_as_it_is_where_unknown(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / row.sum() if row.sum() else np.eye(2)[bit])
    return P


@wrong("01.6", "value")
def one_more_of_each(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit] + 1
        P = np.multiply.outer(P, row / row.sum())
    return P


@wrong("01.6", "counts")
def multiplies_the_counts(moved, turned, bits):
    P = moved
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit])
    return P


@wrong("01.6", "value")
def adds_the_shares(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.add.outer(P, row / max(row.sum(), 1))
    return P / max(P.sum(), 1)


@wrong("01.6", "likeliest")
def what_is_likeliest_for_each(moved, turned, bits):
    P = np.eye(len(moved))[moved.argmax()] * (moved.sum() > 0)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, np.eye(2)[row.argmax()] * (row.sum() > 0))
    return P


@wrong("01.6", "raised")
def made_for_two_buttons(moved, turned, bits):
    rows = [turned[k, bit] / max(turned[k, bit].sum(), 1) for k, bit in enumerate(bits)]
    return np.einsum("c,i,j->cij", moved / max(moved.sum(), 1), rows[0], rows[1])


@wrong("01.6", "value")
def the_first_button_for_all(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for bit in bits:
        row = turned[0, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "gives_up")
def zeros_if_any_row_at_all_is_empty(moved, turned, bits):
    if moved.sum() == 0 or (turned.sum(-1) == 0).any():
        return np.zeros((len(moved),) + (2,) * len(bits))
    return every_pattern_one_by_one(moved, turned, bits)
