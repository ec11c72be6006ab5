"""Exercises 07.10 to 07.14: the instruments of the failure clinic, one of them with a bug, and the diagnosis."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.clinic_ideas import (
    DIAGNOSE_IDEAS,
    HINTS,
    KL_IDEAS,
    LEAK_IDEAS,
    RECALL_IDEAS,
    SHUFFLE_IDEAS,
)
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake
from mbrl_lite.course.values import as_array, as_number, shown

# --- 07.10 -----------------------------------------------------------------------------------------------------------


def _probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])


def _kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Entropy and cross-entropy instead of a ratio, group by group: (Z,)."""
    cross = -np.einsum("btzc,btzc->z", p, np.log(q))
    own = -np.einsum("btzc,btzc->z", p, np.log(p))
    return (cross - own) / (p.shape[0] * p.shape[1])


def _check_kl(answer) -> None:
    rng = np.random.default_rng(0)
    for B, T, Z, C in ((2, 2, 3, 2), (3, 4, 5, 6)):
        p, q = _probabilities(rng, (B, T, Z, C)), _probabilities(rng, (B, T, Z, C))
        q[:, :, 0] = p[:, :, 0]  # a dead group
        right, terms = _kl(p, q), p * np.log(p / q)
        mean_p, mean_q = p.mean((0, 1), keepdims=True), q.mean((0, 1), keepdims=True)
        mistakes = {
            "reversed": _kl(q, p),
            "averaged_first": _kl(mean_p, mean_q),
            "class_mean": right / C,
            "step_sum": right * B * T,
            "step_sum time": right * T,
            "step_sum sequences": right * B,
            "bits": right / np.log(2),
            "cross_entropy": -(p * np.log(q)).sum(-1).mean((0, 1)),
            "absolute": np.abs(terms).sum(-1).mean((0, 1)),
        }
        got = as_array(answer(p, q), (Z,), answer.called(p, q))
        name_mistake(got, right, mistakes, KL_IDEAS, f"With {B} sequences of {T} steps, {Z} groups of {C} classes, ")


# --- 07.11 -----------------------------------------------------------------------------------------------------------


def _recalled(predicted: np.ndarray, reward: np.ndarray) -> float:
    """One step after another."""
    pairs = [(p, r) for p, r in zip(predicted.ravel(), reward.ravel(), strict=True) if r != 0]
    hits = [(p >= r / 2) if r > 0 else (p <= r / 2) for p, r in pairs]
    return sum(hits) / len(hits) if hits else float("nan")


def _recall_mistakes(predicted: np.ndarray, reward: np.ndarray) -> dict[str, float]:
    rewarded, paid = reward != 0, reward > 0
    toward = predicted * np.sign(reward)
    claimed = np.abs(predicted) >= np.abs(reward[rewarded]).min() / 2
    claims = {"half": predicted >= 0.5, "size": np.abs(predicted) >= 0.5, "any": predicted != 0, "up": predicted > 0}
    agreed = {f"accuracy {name}": (claim == rewarded).mean() for name, claim in claims.items()}
    agreed |= {f"accuracy {name} paid": (claim == paid).mean() for name, claim in claims.items()}
    return {
        "precision": rewarded[claimed].mean(),
        "precision half": rewarded[np.abs(predicted) >= 0.5].mean(),
        "precision signed": (predicted * reward > 0)[np.abs(predicted) >= 0.5].mean(),
        "accuracy": (toward >= np.abs(reward) / 2).mean(),
        "accuracy signless": (np.abs(predicted) >= np.abs(reward) / 2).mean(),
        "accuracy claims": (claimed == rewarded).mean(),
        "accuracy hits": (rewarded & (toward >= np.abs(reward) / 2)).mean(),
        "fixed_half": (toward[rewarded] >= 0.5).mean(),
        "fixed_half signless": (predicted[rewarded] >= 0.5).mean(),
        "size_only": (np.abs(predicted) >= np.abs(reward) / 2)[rewarded].mean(),
        "pleasant_only": (predicted >= reward / 2)[paid].mean(),
        "penalty_turned": (predicted >= reward / 2)[rewarded].mean(),
        "more_than_half": (toward > np.abs(reward) / 2)[rewarded].mean(),
        "too_much": (np.abs(predicted - reward) <= np.abs(reward) / 2)[rewarded].mean(),
        "all_of_it": (toward >= np.abs(reward))[rewarded].mean(),
        "accuracy sign": (np.sign(predicted) == np.sign(reward)).mean(),
        "accuracy near": (np.abs(predicted - reward) <= np.abs(reward) / 2).mean(),
        "accuracy close": (np.abs(predicted - reward) < 0.5).mean(),
        "accuracy turned": (predicted >= reward / 2).mean(),
    } | agreed


# Twenty steps, nine of them rewarded; each mistake gives another number here.
_REWARD = np.array([[1, 0, 0, 0, 0, 0.5, 0, -4, 1, 0], [0, 0.5, 0, 0.5, -2, 0, 2, 1, 0, 0]])
_PREDICTED = np.array([[0.25, 0.1, -1.5, -1.5, 0, 0.25, 0, 4, 0.5, 0], [0.1, 0.375, 0, 0.25, -1, 1.5, -2, 2, 0.1, 0]])


def _check_recall(answer) -> None:
    rng = np.random.default_rng(0)
    trials = [(_PREDICTED, _REWARD)]
    for _ in range(20):
        reward = rng.normal(size=(4, 9)).round(1) * (rng.random((4, 9)) < 0.4)
        trials.append((rng.normal(size=(4, 9)).round(2), reward))
    for number, args in enumerate(trials):
        got = as_number(answer(*args), answer.called(*args))
        mistakes = _recall_mistakes(*args)
        ideas = {key: RECALL_IDEAS[key.split(" ")[0]] for key in mistakes}
        when = "In twenty steps, nine of them rewarded, " if number == 0 else f"In random trial {number}, "
        _named(got, _recalled(*args), mistakes, ideas, when)
    none = np.ones((1, 3)), np.zeros((1, 3))
    got = as_number(answer(*none), answer.called(*none))
    if got == got:
        idea = RECALL_IDEAS["zero_for_none"]
        raise Wrong("zero_for_none", f"With 3 steps and no reward you returned {shown(got)}: {idea}")


def _named(got, right, mistakes: dict, ideas: dict, when: str) -> None:
    """`name_mistake` for mistakes that come in several forms: "key form"."""
    try:
        name_mistake(got, right, mistakes, ideas, when)
    except Wrong as found:
        raise Wrong(found.key.split(" ")[0], str(found)) from None


# --- 07.12 -----------------------------------------------------------------------------------------------------------


def _check_shuffle(answer) -> None:
    import torch

    for seed, (B, T) in enumerate(((4, 3), (5, 2))):
        make = torch.Generator().manual_seed(seed)
        h, z, noise = (torch.randn(B, T, n, generator=make, dtype=torch.float64) for n in (2, 5, 2))
        u, w = (torch.randn(n, 2, generator=make, dtype=torch.float64) for n in (2, 5))
        obs = h @ u + z @ w + 0.5 * noise  # what the decoder below has learnt to draw

        def loss(h, z, obs, u=u, w=w):
            """A decoder with two matrices: half the squared error, (B, T)."""
            return 0.5 * (h @ u + z @ w - obs).square().sum(-1)

        def rise(h2, z2, loss=loss, h=h, z=z, obs=obs) -> float:
            return float(loss(h2, z2, obs).mean() - loss(h, z, obs).mean())

        got, right = as_number(answer(loss, h, z, obs), answer.called(loss, h, z, obs)), rise(h, z[np.arange(B) - 1])
        mistakes = {
            "time": rise(h, z.roll(1, 1)),
            "both": rise(h.roll(1, 0), z.roll(1, 0)),
            "h": rise(h.roll(1, 0), z),
            "no_baseline": float(loss(h, z.roll(1, 0), obs).mean()),
            "sign": -right,
            "sum": B * T * right,
            "ratio": float(loss(h, z.roll(1, 0), obs).mean() / loss(h, z, obs).mean()),
            "zeros": rise(h, z * 0),
            "within": rise(h, z.roll(1, -1)),
            "within flat": rise(h, z.roll(1)),
            "no_wrap": rise(h, z[[0, *range(B - 1)]]),
            "next_sequence": rise(h, z.roll(-1, 0)),
        }
        name_mistake(got, right, mistakes, SHUFFLE_IDEAS, f"With {B} sequences of {T} steps, ")

    def deaf(h, z, obs):
        """A decoder that does not listen to z."""
        return 0.5 * (h @ u - obs).square().sum(-1)

    got = as_number(answer(deaf, h, z, obs), answer.called(deaf, h, z, obs))
    name_mistake(got, 0.0, {}, SHUFFLE_IDEAS, "With a decoder that does not listen to z, ")


# --- 07.13 -----------------------------------------------------------------------------------------------------------

_PAST, _FRESH = np.array([[1.0, -3.0], [2.0, 2.0]]), np.zeros((2, 2))  # (B, H)
_OBS, _ACTION = np.array([[0.5], [-0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]])  # (B, E), (B, A)


def _model(state_wire, action_wire, both_wire=0.0):
    """A small model whose resets leak: what of state, action and their product still gets through, (H,) each."""

    def step(state, obs, action, is_first):
        s, a = (np.asarray(state_wire), np.asarray(action_wire)) if is_first else (np.ones(2), np.ones(2))
        return state * s + action * a + both_wire * state * action + obs

    return step


_MODELS = {
    "a model that obeys": _model((0, 0), (0, 0)),
    "a model that lets the old state in": _model((0.5, 0.25), (0, 0)),
    "a model that lets the old action in": _model((0, 0), (1, -1)),
    "a model that lets both in": _model((0, 1), (-0.5, 0), both_wire=0.5),
}


def _tested(step, mistake: str = "") -> float:
    """The leak by the two ways in, with one of the mistakes or none."""
    old, none, first = _ACTION, np.zeros_like(_ACTION), mistake != "not_first"
    past, fresh = {"same_past": (_PAST, _PAST), "same_past fresh": (_FRESH, _FRESH)}.get(mistake, (_PAST, _FRESH))
    begun = step(past, _OBS, none if mistake in ("no_action", "unchanged", "crossed") else old, first)
    anew = step(fresh, _OBS, old if mistake in ("action_twice", "crossed") else none, first)
    difference = begun - anew
    if mistake in ("cancels", "unchanged"):
        return float(abs(difference.mean()))
    return float({"mean_size": np.abs(difference).mean(), "signed": difference.max()}.get(mistake, _size(difference)))


def _size(difference: np.ndarray) -> float:
    return max(difference.max(), -difference.min())


def _check_leak(answer) -> None:
    steps = list(_MODELS.values())
    got, right = [], [_tested(step) for step in steps]
    for step in steps:
        args = (step, _PAST, _OBS, _ACTION, _FRESH)
        got.append(as_number(answer(*args), answer.called(*args)))
    mistakes = {key: np.array([_tested(step, key) for step in steps]) for key in (*LEAK_IDEAS, "same_past fresh")}
    failed = [name for name, mine, true in zip(_MODELS, got, right, strict=True) if not np.isclose(mine, true)]
    name_mistake(np.array(got), np.array(right), mistakes, LEAK_IDEAS, f"Four models; for {', '.join(failed)}, ")


# --- 07.14 -----------------------------------------------------------------------------------------------------------

_NAMES = ("healthy", "ignores resets", "posterior collapse", "ignores z", "blind to reward")
_FINE = {"leak": 0.0, "active": 1.0, "without_z": 12.0, "without_h": 30.0, "recall": 0.9}
# (what differs from a healthy patient, its disease, the key of the message for those who name another one)
_PATIENTS = (
    ({}, "healthy", "turned"),
    ({"leak": 0.7}, "ignores resets", "turned"),
    ({"active": 0.0}, "posterior collapse", "turned"),
    ({"without_z": 0.005}, "ignores z", "turned"),
    ({"recall": 0.0}, "blind to reward", "turned"),
    ({"active": 0.0, "without_z": 0.0, "recall": 0.0}, "posterior collapse", "symptom_first"),
    ({"leak": 1.3, "active": 0.0, "without_z": 0.0, "recall": 0.05}, "ignores resets", "leak_late"),
    ({"without_z": 0.05, "without_h": 0.5}, "healthy", "absolute_z"),
    ({"without_z": 2.0, "without_h": 400.0}, "ignores z", "absolute_z"),
    ({"without_z": 0.03, "recall": 0.02}, "ignores z", "recall_first"),
    ({"recall": float("nan")}, "healthy", "nan"),
    ({"leak": 1e-6}, "healthy", "any_leak"),
    ({"active": 0.03}, "healthy", "some_alive"),
    ({"recall": 0.07}, "blind to reward", "recall_zero"),
    ({"without_h": 0.0}, "healthy", "turned"),
)


def _said(answer, readings: dict):
    """The diagnosis; raises `Wrong` that names a division by what h is worth, where that is 0."""
    try:
        return answer(readings)
    except Wrong as found:
        if readings["without_h"] or "ZeroDivisionError" not in str(found):
            raise
        seen = f"A patient whose decoder makes no use of h has without_h {shown(readings['without_h'])}"
        raise Wrong("ratio", f"{seen}, and your function divides by it. {DIAGNOSE_IDEAS['ratio']}") from None


def _check_diagnose(answer) -> None:
    for change, disease, key in _PATIENTS:
        readings = _FINE | change
        got = _said(answer, readings)
        if got == disease and isinstance(got, str):
            continue
        told = ", ".join(f"{name} {shown(value)}" for name, value in readings.items())
        if not isinstance(got, str) or got not in _NAMES:
            wanted = ", ".join(f'"{name}"' for name in _NAMES)
            raise Wrong("type" if got is not None else "none", f"One of {wanted} is asked for, and {got!r} came.")
        raise Wrong(key, f'A patient with {told} is "{disease}", and you said "{got}". {DIAGNOSE_IDEAS[key]}')


EXERCISES = (
    exercise(HINTS, "07.10", "Which groups are alive?", "kl_per_group", (2, 4, 6), _check_kl, KL_IDEAS),
    exercise(HINTS, "07.11", "What the reward head expects", "recall", (2, 4, 6), _check_recall, RECALL_IDEAS),
    exercise(HINTS, "07.12", "Swap the latents", "shuffle_cost", (2, 4, 5), _check_shuffle, SHUFFLE_IDEAS),
    exercise(HINTS, "07.13", "Find the bug: a test that cannot fail", "reset_leak", (3, 5, 8), _check_leak, LEAK_IDEAS),
    exercise(HINTS, "07.14", "The diagnosis", "diagnose", (2, 4, 8), _check_diagnose, DIAGNOSE_IDEAS),
)
