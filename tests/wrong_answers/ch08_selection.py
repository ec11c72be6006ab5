"""Answers to exercises 08.8 and 08.9."""

import torch
from torch.nn import functional as F

from . import right, wrong

# 08.8 A step that selects


@right("08.8")
def by_einsum(h, x, raw, A_log, b, c):
    dt = F.softplus(raw)
    decay = torch.exp(torch.einsum("bd,dn->bdn", dt, -A_log.exp()))
    h = decay * h + torch.einsum("bd,bn,bd->bdn", dt, b, x)
    return torch.einsum("bdn,bn->bd", h, c), h


@right("08.8")
def channel_by_channel(h, x, raw, A_log, b, c):
    ys, hs = [], []
    for d in range(x.shape[1]):
        dt = -F.logsigmoid(-raw[:, d : d + 1])  # (B, 1)
        new = h[:, d] * torch.exp(dt * -torch.exp(A_log[d])) + dt * x[:, d : d + 1] * b
        ys.append((new * c).sum(1))
        hs.append(new)
    return torch.stack(ys, 1), torch.stack(hs, 1)


def _step(key, dt=F.softplus, A=lambda A_log: -A_log.exp(), decay=None, write=None, read=None, swap=False):
    def fn(h, x, raw, A_log, b, c):
        b, c = (c, b) if swap else (b, c)
        step = dt(raw)[..., None]
        a = decay(step, A(A_log)) if decay else torch.exp(step * A(A_log))
        w = write(step, A(A_log), a) if write else step
        new = a * h + w * b[:, None] * x[..., None]
        return (((h if read else new) * c[:, None]).sum(-1)), new

    fn.__name__ = f"{key}_wrong"
    return wrong("08.8", key)(fn)


_step("no_softplus", dt=lambda raw: raw)
_step("softplus", dt=torch.relu)
_step("softplus", dt=torch.exp)
_step("overflows", dt=lambda raw: torch.log(1 + torch.exp(raw)))
_step("grows", A=lambda A_log: A_log.exp())
_step("a_log_as_it_is", A=lambda A_log: A_log)
_step("a_log_as_it_is", A=lambda A_log: -A_log)
_step("write_without_dt", write=lambda dt, A, a: 1.0)
_step("decay_without_dt", decay=lambda dt, A: torch.exp(A))
_step("decay_euler", decay=lambda dt, A: 1 + dt * A)
_step("exact_hold", write=lambda dt, A, a: (a - 1) / A)
_step("decays_the_input", write=lambda dt, A, a: a * dt)
_step("reads_the_old", read=True)
_step("swapped", swap=True)


@wrong("08.8", "type")
def only_y(h, x, raw, A_log, b, c):
    return by_einsum(h, x, raw, A_log, b, c)[0]


@wrong("08.8", "shape")
def the_other_way_round(h, x, raw, A_log, b, c):
    y, h = by_einsum(h, x, raw, A_log, b, c)
    return h, y


@wrong("08.8", "changed_input")
def writes_in_place(h, x, raw, A_log, b, c):
    dt = F.softplus(raw)[..., None]
    h *= torch.exp(-dt * A_log.exp())
    h += dt * b[:, None] * x[..., None]
    return (h * c[:, None]).sum(-1), h


# 08.9 A window that ends at a reset


@right("08.9")
def step_by_step(x, w, reset):
    B, T, D = x.shape
    K = w.shape[1]
    window, out = x.new_zeros(B, K, D), []
    for t in range(T):
        window = window * ~reset[:, t, None, None]
        window = torch.cat([window[:, 1:], x[:, t, None]], 1)
        out.append((window * w.T).sum(1))
    return torch.stack(out, 1)


@right("08.9")
def episode_by_episode(x, w, reset):
    y = torch.zeros_like(x)
    for i in range(len(x)):
        starts = sorted({0, x.shape[1], *torch.where(reset[i])[0].tolist()})
        for a, b in zip(starts, starts[1:]):
            piece = F.pad(x[i, a:b].T[None], (w.shape[1] - 1, 0))
            y[i, a:b] = F.conv1d(piece, w[:, None], groups=len(w))[0].T
    return y


def _plain(x, w):
    return F.conv1d(F.pad(x.mT, (w.shape[1] - 1, 0)), w[:, None], groups=len(w)).mT


@wrong("08.9", "leaks")
def ignores_the_reset(x, w, reset):
    return _plain(x, w)


@wrong("08.9", "flipped")
def weights_turned_round(x, w, reset):
    return step_by_step(x, w.flip(1), reset)


@wrong("08.9", "ahead")
def pads_behind(x, w, reset):
    return F.conv1d(F.pad(x.mT, (0, w.shape[1] - 1)), w.flip(1)[:, None], groups=len(w)).mT


@wrong("08.9", "centred")
def pads_on_both_sides(x, w, reset):
    K = w.shape[1]
    return F.conv1d(F.pad(x.mT, (K - 1 - K // 2, K // 2)), w[:, None], groups=len(w)).mT


@wrong("08.9", "late")
def without_the_newest(x, w, reset):
    B, T, D = x.shape
    window, out = x.new_zeros(B, w.shape[1], D), []
    for t in range(T):
        window = window * ~reset[:, t, None, None]
        out.append((window * w.T).sum(1))
        window = torch.cat([window[:, 1:], x[:, t, None]], 1)
    return torch.stack(out, 1)


def _masked(x, w, see):
    """y_t from x_{t-k} wherever see(t, k) (B,) allows it."""
    K, y = w.shape[1], torch.zeros_like(x)
    for t in range(x.shape[1]):
        for k in range(min(K, t + 1)):
            y[:, t] += x[:, t - k] * w[:, K - 1 - k] * see(t, k)[:, None]
    return y


@wrong("08.9", "only_at_the_reset")
def forgets_once(x, w, reset):
    return _masked(x, w, lambda t, k: ~reset[:, t] | torch.tensor(k == 0))


@wrong("08.9", "only_of_the_reset")
def hides_the_first_input_from_later_steps(x, w, reset):
    return _masked(x, w, lambda t, k: ~reset[:, t - k] | torch.tensor(k == 0))


@wrong("08.9", "one_step_early")
def counts_episodes_late(x, w, reset):
    episode = reset.long().cumsum(1) - reset.long()
    return _masked(x, w, lambda t, k: episode[:, t] == episode[:, t - k])


@wrong("08.9", "input_lost")
def empties_the_input(x, w, reset):
    return step_by_step(x * ~reset[..., None], w, reset)


@wrong("08.9", "inverted")
def the_wrong_way_round(x, w, reset):
    return step_by_step(x, w, ~reset)


@wrong("08.9", "whole_batch")
def one_for_all(x, w, reset):
    return step_by_step(x, w, reset.any(0).expand_as(reset))


@wrong("08.9", "shape")
def channels_first(x, w, reset):
    return step_by_step(x, w, reset).mT
