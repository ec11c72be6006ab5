"""Answers to exercises 08.10 to 08.12."""

import numpy as np
import torch

from . import right, wrong

# 08.10 What is left between two steps


@right("08.10")
def summing_the_steps_of_each_pair(log_a):
    # A matrix with log_a_t in row t, from the column below the diagonal on; summed down the columns: no differences.
    T = log_a.shape[-1]
    lower = torch.ones(T, T, dtype=torch.bool).tril(-1)
    sums = log_a[..., :, None].expand(*log_a.shape, T).masked_fill(~lower, 0).cumsum(-2)
    return sums.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf).exp()


@right("08.10")
def row_by_row(log_a):
    T, a, rows = log_a.shape[-1], log_a.exp(), []
    row = torch.zeros_like(log_a)
    for t in range(T):
        row = row * a[..., t, None] + torch.eye(T, dtype=log_a.dtype)[t]
        rows.append(row)
    return torch.stack(rows, -2)


def _sums(log_a):
    total = log_a.double().cumsum(-1)
    return total[..., :, None] - total[..., None, :]


def _upper(log_a):
    T = log_a.shape[-1]
    return torch.ones(T, T, dtype=torch.bool).triu(1)


@wrong("08.10", "exp_first")
def exp_then_where(log_a):
    return torch.where(_upper(log_a), torch.zeros((), dtype=torch.float64), _sums(log_a).exp()).to(log_a.dtype)


@wrong("08.10", "exp_first")
def exp_then_tril(log_a):
    return _sums(log_a).exp().tril().to(log_a.dtype)


@wrong("08.10", "exp_first")
def exp_then_times_the_mask(log_a):
    return (_sums(log_a).exp() * ~_upper(log_a)).to(log_a.dtype)


@wrong("08.10", "divided")
def a_product_by_a_product(log_a):
    product = log_a.exp().cumprod(-1)
    return (product[..., :, None] / product[..., None, :]).masked_fill(_upper(log_a), 0)


@wrong("08.10", "digits")
def sums_in_float32(log_a):
    total = log_a.cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]
    return apart.masked_fill(_upper(log_a), -torch.inf).exp()


@wrong("08.10", "no_gradient")
def in_numpy(log_a):
    return _exact(log_a.detach().numpy())


@wrong("08.10", "no_gradient")
def without_a_way_back(log_a):
    with torch.no_grad():
        return row_by_row(log_a)


def _exact(log_a):
    T = log_a.shape[-1]
    total = log_a.astype(np.float64).cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]
    return np.exp(np.where(np.tril(np.ones((T, T))) > 0, apart, -np.inf))


def _decay(key, change):
    def fn(log_a):
        return change(log_a, _sums(log_a), _upper(log_a)).to(log_a.dtype)

    fn.__name__ = f"{key}_{change.__code__.co_firstlineno}"
    return wrong("08.10", key)(fn)


_decay("own_step", lambda a, S, up: (S + a[..., None, :]).masked_fill(up, -torch.inf).exp())
_decay("one_too_early", lambda a, S, up: (S + a[..., None, :] - a[..., :, None]).masked_fill(up, -torch.inf).exp())
_decay("transposed", lambda a, S, up: S.masked_fill(up, -torch.inf).exp().mT)
_decay("not_masked", lambda a, S, up: S.exp())
_decay("masked_with_ones", lambda a, S, up: S.tril().exp())
_decay("no_diagonal", lambda a, S, up: S.masked_fill(~up.mT, -torch.inf).exp())
_decay("no_exp", lambda a, S, up: S.masked_fill(up, 0))
_decay("grows", lambda a, S, up: (-S).masked_fill(up, -torch.inf).exp())
_decay("from_the_start", lambda a, S, up: a.cumsum(-1)[..., :, None].expand_as(S).masked_fill(up, -torch.inf).exp())
_decay("one_step_only", lambda a, S, up: a[..., :, None].expand_as(S).masked_fill(up, -torch.inf).exp())


@wrong("08.10", "shape")
def sums_of_the_whole(log_a):
    return log_a.cumsum(-1).exp()


# 08.11 A recurrence that looks like attention


@right("08.11")
def by_einsum(x, decay, b, c):
    return torch.einsum("bts,btn,bsn,bsp->btp", decay, c, b, x)


@right("08.11")
def as_the_recurrence(x, decay, b, c):
    # The decay of step t is what lies below the diagonal: a recurrence, which never makes the scores.
    h, out = x.new_zeros(len(x), x.shape[2], b.shape[2]), []
    for t in range(x.shape[1]):
        a = decay[:, t, t - 1] if t else torch.zeros(len(x), dtype=x.dtype)
        h = a[:, None, None] * h + x[:, t, :, None] * b[:, t, None]
        out.append((h * c[:, t, None]).sum(-1))
    return torch.stack(out, 1)


def _form(key, change):
    def fn(x, decay, b, c):
        return change(x, decay, b, c, c @ b.mT)

    fn.__name__ = f"{key}_{change.__code__.co_firstlineno}"
    return wrong("08.11", key)(fn)


def _causal(scores):
    return scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)


_form("softmax", lambda x, L, b, c, S: torch.softmax(_causal(S), -1) @ x)
_form("softmax", lambda x, L, b, c, S: (L * torch.softmax(S, -1)) @ x)
_form("softmax", lambda x, L, b, c, S: torch.softmax(L * S, -1) @ x)
_form("scaled", lambda x, L, b, c, S: (L * S / b.shape[-1] ** 0.5) @ x)
_form("roles_swapped", lambda x, L, b, c, S: (L * (b @ c.mT)) @ x)
_form("decay_transposed", lambda x, L, b, c, S: (L.mT * S) @ x)
_form("no_decay", lambda x, L, b, c, S: S @ x)
_form("no_decay", lambda x, L, b, c, S: S.tril() @ x)
_form("decay_added", lambda x, L, b, c, S: (L + S) @ x)
_form("decay_as_product", lambda x, L, b, c, S: S @ (L @ x))
_form("decay_as_product", lambda x, L, b, c, S: L @ S @ x)
_form("normed", lambda x, L, b, c, S: (L * S / (L * S).sum(-1, keepdim=True)) @ x)
_form("written_backwards", lambda x, L, b, c, S: (L * S).mT @ x)
_form("shape", lambda x, L, b, c, S: L * S)
_form("raised", lambda x, L, b, c, S: (L @ c @ b) @ x)


# 08.12 What a chunk leaves behind


@right("08.12")
def step_by_step(h, x, log_a, b):
    for t in range(x.shape[1]):
        h = torch.exp(log_a[:, t]).view(-1, 1, 1) * h + torch.einsum("bp,bn->bpn", x[:, t], b[:, t])
    return h


@right("08.12")
def by_sums_from_behind(h, x, log_a, b):
    after = log_a.flip(1).cumsum(1).flip(1) - log_a  # the steps behind each
    written = torch.einsum("bl,blp,bln->bpn", after.exp(), x, b)
    return written + h * log_a.sum(1).exp()[:, None, None]


def _chunk(key, change):
    def fn(h, x, log_a, b):
        total = log_a.cumsum(1)

        def write(weight):
            return torch.einsum("bl,blp,bln->bpn", weight, x, b)

        whole = total[:, -1, None, None].exp() * h
        return change(h, log_a, total, write, whole, (total[:, -1:] - total).exp())

    fn.__name__ = f"{key}_{change.__code__.co_firstlineno}"
    return wrong("08.12", key)(fn)


_chunk("from_the_start", lambda h, a, total, write, whole, left: whole + write(total.exp()))
_chunk("own_step", lambda h, a, total, write, whole, left: whole + write(left * a.exp()))
_chunk("one_step_only", lambda h, a, total, write, whole, left: whole + write(a.exp()))
_chunk("nothing_fades", lambda h, a, total, write, whole, left: whole + write(torch.ones_like(a)))
_chunk("start_lost", lambda h, a, total, write, whole, left: write(left))
_chunk("start_not_faded", lambda h, a, total, write, whole, left: h + write(left))
_chunk("start_faded_once", lambda h, a, total, write, whole, left: a[:, -1, None, None].exp() * h + write(left))
_chunk("start_faded_once", lambda h, a, total, write, whole, left: a[:, 0, None, None].exp() * h + write(left))
_chunk("no_exp", lambda h, a, total, write, whole, left: total[:, -1, None, None] * h + write(total[:, -1:] - total))
_chunk("grows", lambda h, a, total, write, whole, left: whole + write((total - total[:, -1:]).exp()))
_chunk("faded_twice", lambda h, a, total, write, whole, left: total[:, -1, None, None].exp() * (h + write(left)))


@wrong("08.12", "outer_product")
def the_state_lies_on_its_side(h, x, log_a, b):
    state = step_by_step(h, x, log_a, b)
    return state.mT if state.shape[1] == state.shape[2] else state


@wrong("08.12", "outer_product")
def writes_b_times_x(h, x, log_a, b):
    if x.shape[2] != b.shape[2]:
        return step_by_step(h, x, log_a, b)
    return step_by_step(h.mT, x, log_a, b).mT


@wrong("08.12", "divided")
def by_a_quotient_of_products(h, x, log_a, b):
    product = log_a.exp().cumprod(1)
    left = product[:, -1:] / product
    return product[:, -1, None, None] * h + torch.einsum("bl,blp,bln->bpn", left, x, b)


@wrong("08.12", "shape")
def a_state_a_step(h, x, log_a, b):
    return x[..., :, None] * b[..., None, :]
