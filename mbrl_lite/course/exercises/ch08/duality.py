"""Exercises 08.10 to 08.12: decays between any two steps, the recurrence as attention, and what a chunk leaves."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake
from mbrl_lite.course.exercises.ch08.duality_ideas import CHUNK_IDEAS, DECAY_IDEAS, FORM_IDEAS, HINTS
from mbrl_lite.course.values import as_array, shown

# --- 08.10 -----------------------------------------------------------------------------------------------------------


def _between(log_a) -> np.ndarray:
    """Step by step: what is left at t of a 1 that was written at s, (..., T, T)."""
    a, T = np.exp(log_a), log_a.shape[-1]
    left = np.zeros((*log_a.shape, T))
    for s in range(T):
        left[..., s, s] = 1.0
        for t in range(s + 1, T):
            left[..., t, s] = a[..., t] * left[..., t - 1, s]
    return left


def _decay_mistakes(log_a) -> dict:
    T = log_a.shape[-1]
    total = log_a.cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]
    lower, right = np.tril(np.ones((T, T))), _between(log_a)
    start = np.exp(total)
    return {
        "own_step": lower * np.exp(apart + log_a[..., None, :]),
        "one_too_early": lower * np.exp(apart + log_a[..., None, :] - log_a[..., :, None]),
        "transposed": right.swapaxes(-1, -2),
        "transposed sign": np.tril(np.exp(-apart)).swapaxes(-1, -2),
        "not_masked": np.exp(apart),
        "masked_with_ones": np.exp(np.tril(apart)),
        "no_diagonal": right * (1 - np.eye(T)),
        "no_exp": np.tril(apart),
        "grows": np.tril(np.exp(-apart)),
        "from_the_start": lower * start[..., :, None],
        "one_step_only": lower * np.exp(log_a)[..., :, None],
        "one_step_only written": lower * np.exp(log_a)[..., None, :],
    }


def _check_decay(answer) -> None:
    import torch

    for seed, shape in ((0, (4,)), (1, (2, 6)), (2, (2, 3, 1))):
        log_a = -np.random.default_rng(seed).uniform(0.1, 1.2, shape).round(2)
        given = torch.tensor(log_a)
        got = as_array(answer(given), (*shape, shape[-1]), answer.called(given), "t and s")
        when = f"With {shape[-1]} steps, log_a = {shown(log_a.ravel()[:4])} and so on, "
        name_mistake(got, _between(log_a), _decay_mistakes(log_a), DECAY_IDEAS, when)
    _check_strong(answer)
    _check_gradient(answer)


def _check_strong(answer) -> None:
    """Strong decays first, weak ones after: what lies between weak ones must keep its digits in float32."""
    import torch

    log_a = torch.tensor([-731.3] * 40 + [-0.01] * 24)
    result = answer(log_a)
    got = as_array(result, (64, 64), answer.called(log_a), "t and s")
    lost = int(np.tril(~np.isfinite(got)).sum())
    if lost:
        seen = f"With 40 strong decays {lost} entries for s <= t are no numbers"
        raise Wrong("divided", f"{seen}: {DECAY_IDEAS['divided']}")
    if not np.isfinite(got).all():
        seen = f"With 40 strong decays {int((~np.isfinite(got)).sum())} entries are not finite"
        raise Wrong("exp_first", f"{seen}: {DECAY_IDEAS['exp_first']}")
    off = np.abs(got[40:, 40:] - _between(np.full(24, -0.01))).max()
    if off > 2e-6:
        raise Wrong("digits", f"In float32, after 40 strong decays, you are off by {off:.1g}: {DECAY_IDEAS['digits']}")
    if isinstance(result, torch.Tensor) and result.dtype != log_a.dtype:
        raise Wrong("other_dtype", f"log_a is float32, L is {str(result.dtype)[6:]}: {DECAY_IDEAS['other_dtype']}")


def _check_gradient(answer) -> None:
    """The gradient of the sum of all entries: that of log_a_r counts the pairs s < r <= t, with their weights."""
    import torch

    values = np.array([-1.0, -700.0, -0.5, -700.0, -0.25])  # exp of the upper half overflows in float64, too
    log_a, right = torch.tensor(values, requires_grad=True), _between(values)
    with torch.enable_grad():
        result = answer(log_a)
        if not isinstance(result, torch.Tensor) or not result.requires_grad:
            raise Wrong("no_gradient", f"Of {len(values)} decays none gets a gradient: {DECAY_IDEAS['no_gradient']}")
        (grad,) = torch.autograd.grad(result.sum(), log_a)
    if not torch.isfinite(grad).all():
        seen = f"The entries are right, but with log_a = {shown(values)} the gradient is {shown(grad)}"
        raise Wrong("exp_first", f"{seen}: {DECAY_IDEAS['exp_first']}")
    wanted = np.array([right[r:, :r].sum() for r in range(len(values))])
    if not np.allclose(grad.numpy(), wanted, atol=1e-6):
        raise Wrong("value", f"The gradient of the sum is {shown(grad)}, and {shown(wanted)} was expected.")


# --- 08.11 -----------------------------------------------------------------------------------------------------------


def _looped(x, decay, b, c) -> np.ndarray:
    """y_t: for each earlier s what c_t reads of b_s, times what is left of it, times x_s."""
    y = np.zeros_like(x)
    for i, t, s in np.ndindex(*decay.shape):
        y[i, t] += decay[i, t, s] * (c[i, t] @ b[i, s]) * x[i, s]
    return y


def _softmax(scores) -> np.ndarray:
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _form_mistakes(x, decay, b, c) -> dict:
    N, T = b.shape[-1], x.shape[1]
    score, turn = c @ b.swapaxes(-1, -2), lambda m: m.swapaxes(-1, -2)
    causal = np.where(np.tril(np.ones((T, T))) > 0, score, -1e30)
    weight = decay * score
    return {
        "softmax": _softmax(causal) @ x,
        "softmax decayed": decay * _softmax(causal) @ x,
        "softmax whole": _softmax(score) @ x,
        "softmax whole, decayed": decay * _softmax(score) @ x,
        "softmax of all": _softmax(weight) @ x,
        "scaled": weight / N**0.5 @ x,
        "roles_swapped": decay * turn(score) @ x,
        "decay_transposed": turn(decay) * score @ x,
        "no_decay": score @ x,
        "no_decay but a mask": np.tril(score) @ x,
        "decay_added": (decay + score) @ x,
        "decay_as_product": score @ (decay @ x),
        "decay_as_product first": decay @ (score @ x),
        "normed": weight / weight.sum(-1, keepdims=True) @ x,
        "written_backwards": turn(weight) @ x,
    }


def _check_form(answer) -> None:
    import torch

    for seed, B, T, P, N in ((0, 1, 3, 2, 2), (1, 2, 5, 3, 4), (2, 2, 4, 4, 4)):
        rng = np.random.default_rng(seed)
        x, b, c = (rng.normal(size=(B, T, n)).round(2) for n in (P, N, N))
        decay = _between(-rng.uniform(0.1, 1.2, (B, T)))
        args = tuple(map(torch.tensor, (x, decay, b, c)))
        got = as_array(answer(*args), (B, T, P), answer.called(*args), "B and time")
        when = f"With {T} steps, P = {P} and N = {N}, "
        name_mistake(got, _looped(x, decay, b, c), _form_mistakes(x, decay, b, c), FORM_IDEAS, when)


# --- 08.12 -----------------------------------------------------------------------------------------------------------


def _walked(h, x, log_a, b) -> np.ndarray:
    """The state after the chunk, one step after the other."""
    for t in range(x.shape[1]):
        h = np.exp(log_a[:, t])[:, None, None] * h + x[:, t, :, None] * b[:, t, None]
    return h


def _chunk_mistakes(h, x, log_a, b) -> dict:
    zero, total = np.zeros_like(h), log_a.sum(1)
    whole, old = np.exp(total)[:, None, None] * h, np.exp(log_a)

    def written(weight):
        return np.einsum("bt,btp,btn->bpn", weight, x, b)

    to_end = np.exp(total[:, None] - log_a.cumsum(1))
    from_start = np.exp(log_a.cumsum(1))
    return {
        "from_the_start": whole + written(from_start),
        "own_step": whole + written(to_end * old),
        "one_step_only": whole + written(old),
        "nothing_fades": whole + written(np.ones_like(old)),
        "start_lost": _walked(zero, x, log_a, b),
        "start_not_faded": h + written(to_end),
        "start_faded_once": old[:, -1, None, None] * h + written(to_end),
        "start_faded_once first": old[:, 0, None, None] * h + written(to_end),
        "no_exp": total[:, None, None] * h + written(total[:, None] - log_a.cumsum(1)),
        "grows": whole + written(1 / to_end),
        "faded_twice": np.exp(total)[:, None, None] * (h + written(to_end)),
    }


def _check_chunk(answer) -> None:
    import torch

    for seed, B, L, P, N in ((0, 1, 3, 2, 3), (1, 2, 5, 3, 2), (2, 2, 1, 2, 2), (3, 1, 4, 3, 3)):
        rng = np.random.default_rng(seed)
        h, x, b = (rng.normal(size=shape).round(2) for shape in ((B, P, N), (B, L, P), (B, L, N)))
        log_a = -rng.uniform(0.1, 1.2, (B, L)).round(2)
        args = tuple(map(torch.tensor, (h, x, log_a, b)))
        value = answer(*args)
        right, mistakes = _walked(h, x, log_a, b), _chunk_mistakes(h, x, log_a, b)
        when = f"With a chunk of {L} steps, log_a = {shown(log_a[0])}, "
        if P == N:  # only where a state that lies the wrong way round still has the right shape
            mistakes["outer_product"] = right.swapaxes(1, 2)
            mistakes["outer_product inside"] = _walked(h.swapaxes(1, 2), x, log_a, b).swapaxes(1, 2)
        got = as_array(value, (B, P, N), answer.called(*args), "P and N")
        name_mistake(got, right, mistakes, CHUNK_IDEAS, when)
    h, x, b = torch.ones(1, 1, 1), torch.ones(1, 30, 1), torch.ones(1, 30, 1)
    args = (h, x, torch.full((1, 30), -40.0), b)
    got = float(as_array(answer(*args), (1, 1, 1), answer.called(*args))[0, 0, 0])
    if not abs(got - 1.0) < 1e-5:
        seen = f"After 30 decays of exp(-40) the last input, 1, is all that is left, and you say {shown(got)}"
        raise Wrong("divided", f"{seen}: {CHUNK_IDEAS['divided']}")


EXERCISES = (
    exercise(HINTS, "08.10", "What is left between two steps", "decays", (4, 5, 15), _check_decay, DECAY_IDEAS),
    exercise(HINTS, "08.11", "A recurrence that looks like attention", "attend", (2, 5, 6), _check_form, FORM_IDEAS),
    exercise(HINTS, "08.12", "What a chunk leaves behind", "chunk_end", (3, 4, 12), _check_chunk, CHUNK_IDEAS),
)
