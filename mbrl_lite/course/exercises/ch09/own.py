"""Exercises 09.13 to 09.15: the three joints of an assembled Dreamer, where parts that are right are put together."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch09.judging import name_mistake
from mbrl_lite.course.exercises.ch09.own_ideas import DREAM_IDEAS, STARTS_IDEAS, TARGETS_IDEAS
from mbrl_lite.course.values import as_array, shown

GAMMA, LAM = 0.9, 0.5
# Which of rewards, conts and weights come a step early in each mistake of 09.15.
EARLY = {"afterlife": "cw", "shifted": "rcw", "reward_shifted": "r", "cont_shifted": "c", "reach_shifted": "w"}


class Part:
    """A function that is handed to an answer; in messages it shows as its name."""

    def __init__(self, name: str, call):
        self.name, self.call = name, call

    def __call__(self, *args):
        return self.call(*args)

    def __repr__(self) -> str:
        return self.name


def _several(result, names: tuple[str, ...], call: str) -> tuple:
    """The parts of a returned tuple; raises `Wrong` if it is none of that length."""
    if result is None:
        raise Wrong("none", f"{call} returned None: is the `return` line missing?")
    if not isinstance(result, tuple | list) or len(result) != len(names):
        raise Wrong("type", f"{call} should return ({', '.join(names)}), and returned {shown(result)}.")
    return tuple(result)


# --- 09.14 -----------------------------------------------------------------------------------------------------------

D, Z, A = 3, 2, 2


def _maps() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(3)
    return tuple(rng.normal(size=size).round(1) for size in ((D + Z, A), (D, D), (Z, D), (A, D), (D, Z)))


def _dreamt(h: np.ndarray, z: np.ndarray, H: int, mistake: str = "") -> tuple[np.ndarray, np.ndarray]:
    """The dream by matrices, feat (B, H + 1, D + Z) and actions (B, H, A), with one of the mistakes or none."""
    P, hh, zh, ah, hz = _maps()

    def feat(h, z):
        return np.hstack([z, h] if mistake == "z_first" else [h, z])

    feats, actions, first, a = [feat(h, z)], [], (h, z), np.zeros((len(h), A))
    for _ in range(H):
        before, a = a, (feats[0] if mistake == "first_feat" else feats[-1]) @ P
        memory, seen = first[0] if mistake == "first_h" else h, first[1] if mistake == "first_z" else z
        old, h = h, memory @ hh + seen @ zh + (before if mistake == "late_action" else a) @ ah
        old_z, z = z, (old if mistake == "old_h" else h) @ hz
        feats.append(feat(h, old_z if mistake == "half_feat" else z)), actions.append(a)
    return np.stack(feats, 1), np.stack(actions, 1)


def _check_dream(answer) -> None:
    import torch

    P, hh, zh, ah, hz = (torch.tensor(m) for m in _maps())
    policy, prior = Part("policy", lambda feat: feat @ P), Part("prior", lambda h: h @ hz)
    recur = Part("recur", lambda h, z, a: h @ hh + z @ zh + a @ ah)
    rng = np.random.default_rng(0)
    for H in (1, 3):
        h, z = rng.normal(size=(2, D)).round(1), rng.normal(size=(2, Z)).round(1)
        args = torch.tensor(h), torch.tensor(z), H, policy, recur, prior
        call = answer.called(*args)
        feat, action = _several(answer(*args), ("feat", "actions"), call)
        expected, acted = _dreamt(h, z, H)
        _name_shape(feat, action, expected, acted, call, H)
        got = {"result": as_array(feat, expected.shape, call), "actions": as_array(action, acted.shape, call)}
        truth = {"result": expected, "actions": acted}
        keys = [key for key in DREAM_IDEAS if key not in ("no_start", "no_end", "more_actions", "time_first")]
        mistakes = {key: dict(zip(truth, _dreamt(h, z, H, key), strict=True)) for key in keys}
        if H > 1:  # in one step many mistakes look alike, or like nothing
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
        parts = _several(answer(*state, ends), ("h", "z", "cont"), call)
    shapes = tuple(tuple(getattr(part, "shape", ())) for part in parts)
    told = f"From h of shape {(B, T, D)} came starts of shapes {', '.join(map(str, shapes))}"
    key = {B: "last_only", B * T - int(ends.sum()): "drops_ends"}.get(shapes[0][0] if shapes[0] else -1)
    if len(shapes[0]) == 3:
        key = "not_flat"
    if key:
        raise Wrong(key, f"{told}, expected {(B * T, D)}: {STARTS_IDEAS[key]}")
    sizes = (B * T, D), (B * T, Z), (B * T,)
    got = [as_array(part, size, call) for part, size in zip(parts, sizes, strict=True)]
    right = [np.array([x[b, t].tolist() for b in range(B) for t in range(T)]) for x in (h, z)]
    right.append(np.array([0.0 if ends[b, t] else 1.0 for b in range(B) for t in range(T)]))
    _name_rows(got, right, B, T)
    tied = sum(part.grad_fn is not None for part in parts if isinstance(part, torch.Tensor))
    if tied:
        raise Wrong("not_detached", f"{tied} of the 3 results carry a gradient: {STARTS_IDEAS['not_detached']}")


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
    raise Wrong("value", f"{told}. The first row of h is {shown(got[0][0])}, and {shown(right[0][0])} was expected.")


# --- 09.15 -----------------------------------------------------------------------------------------------------------


def _returns(reward, cont, value, gamma, lam) -> np.ndarray:
    """Lambda-returns as weighted sums of n-step returns, (B, H)."""
    reward, cont, value = (np.asarray(x) for x in (reward, cont, value))
    B, H = reward.shape
    out = np.zeros((B, H))
    for t in range(H):
        for n in range(1, H - t + 1):
            total, weight = np.zeros(B), np.ones(B)
            for k in range(n):
                total, weight = total + weight * reward[:, t + k], weight * gamma * cont[:, t + k]
            share = lam ** (n - 1) * (1 - lam if n < H - t else 1)
            out[:, t] += share * (total + weight * value[:, t + n])
    return out


def _reach(cont, start, gamma) -> np.ndarray:
    """Discounted probability to get to each action, (B, H)."""
    cont, start = np.asarray(cont), np.asarray(start)
    return np.stack([start * gamma**t * cont[:, :t].prod(1) for t in range(cont.shape[1])], 1)


def _targets(reward, cont, value, gamma, lam, mistake: str = "") -> dict[str, np.ndarray]:
    early = {"afterlife": "cw", "shifted": "rcw", "reward_shifted": "r", "cont_shifted": "c", "reach_shifted": "w"}.get(
        mistake, ""
    )
    paid, going, weighed = (x[:, :-1] if key in early else x[:, 1:] for key, x in zip("rcw", (reward, cont, cont)))
    twice = gamma if mistake == "gamma_twice" else 1.0
    start = np.ones(len(cont)) if mistake == "start_forgotten" else cont[:, 0]
    return {
        "result": _returns(paid, twice * going, value, gamma, lam),
        "reach": _reach(twice * weighed, start, gamma),
    }


def _check_targets(answer) -> None:
    import torch

    lambda_return = Part("lambda_return", lambda *args: torch.tensor(_returns(*args)))
    reach_weights = Part("reach_weights", lambda *args: torch.tensor(_reach(*args)))
    rng = np.random.default_rng(2)
    for B, H in ((2, 3), (3, 1)):
        reward, value = rng.normal(size=(B, H + 1)).round(1), rng.normal(size=(B, H + 1)).round(1)
        cont = rng.uniform(0.1, 0.9, size=(B, H + 1)).round(1)
        args = *(torch.tensor(x) for x in (reward, cont, value)), lambda_return, reach_weights, GAMMA, LAM
        call = answer.called(*args)
        returns, reach = _several(answer(*args), ("returns", "reach"), call)
        got = {"result": as_array(returns, (B, H), call), "reach": as_array(reach, (B, H), call)}
        truth = _targets(reward, cont, value, GAMMA, LAM)
        mistakes = {key: _targets(reward, cont, value, GAMMA, LAM, key) for key in TARGETS_IDEAS}
        _name_targets(got, truth, mistakes)


def _name_targets(got: dict, truth: dict, mistakes: dict) -> None:
    for name, told in (("result", "Your returns"), ("reach", "Your reach")):
        off = ~np.isclose(got[name], truth[name])
        if off.any():
            at = tuple(int(i) for i in np.argwhere(off)[0])
            mine, wanted = shown(float(got[name][at])), shown(float(truth[name][at]))
            seen = f"{told}[{at[0]}, {at[1]}] is {mine}, and {wanted} was expected"
            for key, pattern in mistakes.items():
                if all(np.allclose(got[part], pattern[part]) for part in pattern):
                    raise Wrong(key, f"{seen}: {TARGETS_IDEAS[key]}")
            raise Wrong("value", f"{seen}. Write down which feat each reward, cont and value belongs to.")


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
    Exercise(
        id="09.15",
        title="Find the bug: a Dreamer that hopes for an afterlife",
        function="dream_targets",
        difficulty=3,
        importance=5,
        minutes=10,
        check=_check_targets,
        ideas=tuple(TARGETS_IDEAS),
        hints=(
            "Draw the dream as a line of H + 1 feats with H actions between them. Under which feat stands the cont "
            "that action 0 brings?",
            "What arrives after action t is said at feat t + 1. Two slices in the buggy version are one step early.",
            "`lambda_return(reward[:, 1:], cont[:, 1:], value, gamma, lam)` and "
            "`reach_weights(cont[:, 1:], cont[:, 0], gamma)`.",
        ),
    ),
)
