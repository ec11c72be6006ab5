"""Exercises 09.13 and 09.14: the first two joints of an assembled Dreamer. The third is in targets.py."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import Part, alike, answered, name_mistake, several
from mbrl_lite.course.exercises.ch09.own_ideas import DREAM_IDEAS, STARTS_IDEAS
from mbrl_lite.course.values import shown

# --- 09.14 -----------------------------------------------------------------------------------------------------------

D, Z, A = 3, 2, 2


def _maps() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(3)
    return tuple(rng.normal(size=size).round(1) for size in ((D + Z, A), (D, D), (Z, D), (A, D), (D, Z)))


def _luck() -> tuple[np.ndarray, np.ndarray]:
    """What call k of the policy, and of the prior, adds to its answer: both draw, and no call is like another."""
    return tuple(np.random.default_rng(4).normal(size=(2, 12)).round(1))


def _drawing(name: str, matrix: np.ndarray, luck: np.ndarray) -> tuple[Part, list]:
    """A part of one argument, given by place or by name, that draws; and the list of its calls."""
    import torch

    matrix, calls = torch.tensor(matrix), []

    def call(*args, **kwargs):
        (x,) = *args, *kwargs.values()
        calls.append(x)
        return x @ matrix + luck[(len(calls) - 1) % len(luck)]

    return Part(name, call), calls


def _dreamt(h: np.ndarray, z: np.ndarray, H: int, mistake: str = "") -> tuple[np.ndarray, np.ndarray]:
    """The dream by matrices, feat (B, H + 1, D + Z) and actions (B, H, A), with one of the mistakes or none."""
    (P, hh, zh, ah, hz), (dice, fate) = _maps(), _luck()

    def feat(h, z):
        return np.hstack([z, h] if mistake == "z_first" else [h, z])

    feats, actions, first, a = [feat(h, z)], [], (h, z), np.zeros((len(h), A))
    for t in range(H):
        before, a = a, (feats[0] if mistake == "first_feat" else feats[-1]) @ P + dice[t]
        drawn = h @ hz + fate[t]  # from the old h
        memory, seen = first[0] if mistake == "first_h" else h, first[1] if mistake == "first_z" else z
        seen = drawn if mistake == "old_h:drawn first" else seen
        h = memory @ hh + seen @ zh + (before if mistake == "late_action" else a) @ ah
        old_z, z = z, drawn if mistake.startswith("old_h") else h @ hz + fate[t]
        feats.append(feat(h, old_z if mistake == "half_feat" else z)), actions.append(a)
    return np.stack(feats, 1), np.stack(actions, 1)


def _check_dream(answer) -> None:
    import torch

    P, hh, zh, ah, hz = _maps()
    recur = Part("recur", lambda h, z, a: h @ torch.tensor(hh) + z @ torch.tensor(zh) + a @ torch.tensor(ah))
    rng = np.random.default_rng(0)
    for H in (3, 1):
        (policy, asked), (prior, drawn) = _drawing("policy", P, _luck()[0]), _drawing("prior", hz, _luck()[1])
        h, z = rng.normal(size=(2, D)).round(1), rng.normal(size=(2, Z)).round(1)
        args = torch.tensor(h), torch.tensor(z), H, policy, recur, prior
        call = answer.called(*args)
        feat, action = several(answer(*args), ("feat", "actions"), call)
        expected, acted = _dreamt(h, z, H)
        _name_shape(feat, action, expected, acted, call, H)
        got = {"result": answered(feat, expected.shape, call), "actions": answered(action, acted.shape, call)}
        truth = {"result": expected, "actions": acted}
        for key, part, calls in (("asks_twice", policy, asked), ("draws_twice", prior, drawn)):
            if len(calls) >= 2 * H and not alike(got, truth):
                told = f"In a dream of {H} steps `{part}` was called {len(calls)} times"
                raise Wrong(key, f"{told}: {DREAM_IDEAS[key]}")
        mistakes = {
            key: dict(zip(truth, _dreamt(h, z, H, key), strict=True)) for key in (*DREAM_IDEAS, "old_h:drawn first")
        }
        name_mistake(got, truth, mistakes, DREAM_IDEAS, f"In a dream of {H} steps: ")


def _name_shape(feat, action, expected: np.ndarray, acted: np.ndarray, call: str, H: int) -> None:
    """Raise `Wrong` for a dream of the wrong length that is right otherwise."""
    shape, acts = tuple(getattr(feat, "shape", ())), tuple(getattr(action, "shape", ()))
    seen = f"With H = {H} your feat has shape {shape}, your actions {acts}; expected {expected.shape}, {acted.shape}"
    turned = expected.swapaxes(0, 1).shape
    if shape == turned and np.allclose(np.asarray(feat).swapaxes(0, 1), expected):
        raise Wrong("time_first", f"{seen}: {DREAM_IDEAS['time_first']}")
    if shape == (len(expected), H, D + Z):
        key = "no_start" if np.allclose(np.asarray(feat), expected[:, 1:]) else "no_end"
        raise Wrong(key, f"{seen}: {DREAM_IDEAS[key]}")
    if shape == expected.shape and acts == (len(expected), H + 1, A):
        raise Wrong("more_actions", f"{seen}: {DREAM_IDEAS['more_actions']}")


# --- 09.13 -----------------------------------------------------------------------------------------------------------


def _check_starts(answer) -> None:
    import torch

    rng = np.random.default_rng(1)
    B, T = 2, 3
    h, z = (torch.tensor(rng.normal(size=(B, T, n)).round(2), requires_grad=True) for n in (D, Z))
    ends = torch.tensor([[False, True, False], [False, False, True]])
    with torch.enable_grad():
        state = h * 1, z * 1
        call = answer.called(h.detach(), z.detach(), ends)
        parts = several(answer(*state, ends), ("h", "z", "cont"), call)
    shapes = tuple(tuple(getattr(part, "shape", ())) for part in parts)
    told = f"From h of shape {(B, T, D)} came starts of shapes {', '.join(map(str, shapes))}"
    key = {B: "last_only", B * T - int(ends.sum()): "drops_ends"}.get(shapes[0][0] if shapes[0] else -1)
    if len(shapes[0]) == 3:
        key = "not_flat"
    if key:
        raise Wrong(key, f"{told}, expected {(B * T, D)}: {STARTS_IDEAS[key]}")
    sizes = (B * T, D), (B * T, Z), (B * T,)
    got = [answered(part, size, call) for part, size in zip(parts, sizes, strict=True)]
    right = [np.array([x[b, t].tolist() for b in range(B) for t in range(T)]) for x in (h, z)]
    right.append(np.array([0.0 if ends[b, t] else 1.0 for b in range(B) for t in range(T)]))
    _name_rows(got, right, B, T)
    tied = sum(part.grad_fn is not None for part in parts if isinstance(part, torch.Tensor))
    if tied:
        raise Wrong("not_detached", f"{tied} of the 3 results carry a gradient: {STARTS_IDEAS['not_detached']}")
    if any(x.grad_fn is None for x in state):
        message = (
            "The result is right, but the caller's own h or z lost its gradient, and the model's loss still needs it: "
            "`detach` (without the underscore) makes a new tensor."
        )
        raise Wrong("changed_input", message)


def _name_rows(got: list[np.ndarray], right: list[np.ndarray], B: int, T: int) -> None:
    """Raise `Wrong` where rows are not those expected."""
    fits = [np.allclose(mine, wanted) for mine, wanted in zip(got, right, strict=True)]
    if all(fits):
        return
    order = [b * T + t for t in range(T) for b in range(B)]
    turned = [np.allclose(mine, wanted[order]) for mine, wanted in zip(got, right, strict=True)]
    told = f"cont came out as {shown(got[2])}, and {shown(right[2])} was expected"
    if np.allclose(got[2], 1 - right[2]):
        raise Wrong("inverted", f"{told}: {STARTS_IDEAS['inverted']}")
    if all(turned):
        raise Wrong("order", f"{told}: {STARTS_IDEAS['order']}")
    if all(a or b for a, b in zip(fits, turned, strict=True)):
        places = f"Row 1 of h is {shown(got[0][1])}, of z {shown(got[1][1])}"
        raise Wrong("rows_apart", f"{places}, and they are of two different steps: {STARTS_IDEAS['rows_apart']}")
    if fits[0] and fits[1] and np.allclose(got[2], right[2].reshape(B, T).cumprod(1).ravel()):
        raise Wrong("stays_over", f"{told}: {STARTS_IDEAS['stays_over']}")
    for name, mine, wanted, fine in zip(("h", "z"), got, right, fits, strict=False):
        if not fine:
            told = f"Row 0 of {name} is {shown(mine[0])}, and {shown(wanted[0])} was expected"
    raise Wrong("value", f"{told}. Row b * T + t belongs to step t of sequence b.")


EXERCISES = (
    Exercise(
        id="09.13",
        title="Where dreams start",
        function="dream_starts",
        difficulty=2,
        importance=5,
        minutes=8,
        check=_check_starts,
        ideas=tuple(STARTS_IDEAS),
        hints=(
            "Two things must happen to h and z, and one to is_terminal. One of the two has to do with gradients.",
            "`.detach()` cuts the gradient, `.flatten(0, 1)` makes (B * T, ...) of (B, T, ...). cont is 0 at an end.",
            "`return h.detach().flatten(0, 1), z.detach().flatten(0, 1), (1 - is_terminal.float()).flatten()`.",
        ),
    ),
    Exercise(
        id="09.14",
        title="A dream with its actions",
        function="dream_rollout",
        difficulty=3,
        importance=5,
        minutes=12,
        check=_check_dream,
        ideas=tuple(DREAM_IDEAS),
        hints=(
            "It is 07.4 with an actor in it. Say aloud what happens in one step: look, act, go on, guess what comes.",
            "Begin with `feats = [torch.cat([h, z], -1)]`. In each step: `a = policy(feats[-1])`, then the new h, then "
            "the new z, then note the new feat and the action.",
            "`a = policy(feats[-1]); h = recur(h, z, a); z = prior(h)`, then append `torch.cat([h, z], -1)` and `a`. "
            "Stack both lists along dim 1.",
        ),
    ),
)
