"""Exercises 01.7 and 01.8: what a wrong model may cost at most, and tilting a distribution without breaking it."""

import math

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, as_number, shown

# --- 01.7 ------------------------------------------------------------------------------------------------------------

# Two of eight rows are wrong, by 0.2 and by 0.1 in total variation; rewards from 1 to 6; 0.9 * 5 * 0.2 / 0.01 = 90.
_P = np.full((4, 2, 4), 0.25)
_P_HAT = _P.copy()
_P_HAT[1, 0] = [0.35, 0.35, 0.15, 0.15]
_P_HAT[2, 1] = [0.3, 0.3, 0.2, 0.2]
_R = np.array([[1.0, 2.0], [1.5, 6.0], [2.0, 1.0], [2.5, 2.0]])
_GAMMA = 0.9


def _bound(P, P_hat, R, gamma) -> float:
    """The lemma from its meaning: total variation is the largest error in the probability of an event."""
    eps = max(float(np.clip(p - q, 0, None).sum()) for p, q in zip(_rows(P), _rows(P_hat)))
    return gamma * (max(R.flat) - min(R.flat)) * eps / (1 - gamma) ** 2


def _rows(P) -> np.ndarray:
    return P.reshape(-1, P.shape[-1])


_ROW = "Row (1, 0) has 0.1 too much in two places and 0.1 too little in two others. "
_BOUND_IDEAS = {
    "l1": _ROW
    + "You counted all four, 0.4 in all, and so each bit of misplaced probability twice: where it is missing "
    "and where it landed. Total variation is half of that.",
    "largest_entry": _ROW
    + "You took the largest single error, 0.1. But what is missing adds up: 0.2 of the probability "
    "went elsewhere.",
    "mean": "you averaged the error over all pairs. A policy may live in the worst pair for ever, so the lemma needs "
    "the largest one, 0.2.",
    "sum": "you added up the errors of all pairs. At each step only one pair is used: take the largest, 0.2.",
    "signed": "the differences of a row add up to 0, for both rows sum to one. Take their absolute values first.",
    "one_horizon": "you divided by 1 - gamma once. It comes in twice: an error happens at each step of the horizon, "
    "1 / (1 - gamma), and each one misjudges all the value behind it, again up to 1 / (1 - gamma).",
    "three_horizons": "you divided by 1 - gamma three times. The horizon comes in twice.",
    "gamma_squared": "you squared gamma alone: `1 - gamma**2` is 1 - (gamma**2) = 0.19. Square the whole bracket: "
    "`(1 - gamma) ** 2` is 0.01.",
    "no_gamma": "the gamma in front is missing. A wrong step is felt one step later, so even the first error is "
    "discounted once. With gamma = 0 nobody looks ahead, and no model is needed.",
    "max_reward": "you took the largest reward, 6. The rewards run from 1 to 6, and the 1 is paid whatever the model "
    "believes. Only the difference, 5, can be misjudged.",
    "no_reward": "the rewards do not count in it. Pay ten times as much, and ten times is lost.",
}


def _bound_mistakes(P, P_hat, R, gamma) -> dict[str, float]:
    """What each common mistake would return."""
    off, full = np.abs(P - P_hat), _bound(P, P_hat, R, gamma)
    eps = off.sum(-1).max() / 2
    return {
        "l1": 2 * full,
        "largest_entry": full * off.max() / eps,
        "mean": full * off.sum(-1).mean() / 2 / eps,
        "sum": full * off.sum() / 2 / eps,
        "signed": 0.0,
        "one_horizon": full * (1 - gamma),
        "three_horizons": full / (1 - gamma),
        "gamma_squared": full * (1 - gamma) ** 2 / (1 - gamma**2),
        "no_gamma": full / gamma,
        "max_reward": full * np.abs(R).max() / np.ptp(R),
        "no_reward": full / np.ptp(R),
    }


def _check_bound(answer) -> None:
    args = (_P, _P_HAT, _R, _GAMMA)
    got = as_number(answer(*args), answer.called(*args))
    if not np.isclose(got, 90.0):
        seen = (
            "Two rows of the model are wrong, by 0.2 and 0.1 in total variation; the rewards run from 1 to 6; gamma is "
            f"0.9. The bound is 0.9 * 5 * 0.2 / 0.1^2 = 90, and yours is {shown(got)}: "
        )
        for key, value in _bound_mistakes(*args).items():
            if np.isclose(got, value):
                raise Wrong(key, seen + _BOUND_IDEAS[key])
        raise Wrong("value", seen + "compute each factor by itself and print it.")
    got = as_number(answer(_P, _P_HAT, -_R, _GAMMA), answer.called(_P, _P_HAT, -_R, _GAMMA))
    if not np.isclose(got, 90.0):
        told = f"With rewards from -6 to -1 your bound is {shown(got)}, and it should still be 90. "
        raise Wrong("signs", told + "The range is the largest minus the smallest reward, whatever their signs.")
    rng = np.random.default_rng(0)
    for S, A, gamma in ((3, 1, 0.5), (5, 3, 0.99), (2, 2, 0.0)):
        P, P_hat = rng.dirichlet(np.ones(S), size=(2, S, A))
        args = (P, P_hat, rng.normal(size=(S, A)), gamma)
        got, expected = as_number(answer(*args), answer.called(*args)), _bound(*args)
        if not np.isclose(got, expected):
            raise Wrong("value", f"{answer.called(*args)} gave {shown(got)}, and it should be {shown(expected)}.")


# --- 01.8 ------------------------------------------------------------------------------------------------------------

_MODEL = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
_PHI = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]])
_LAM = np.array([[math.log(2), 0.0], [math.log(3), math.log(9)]])
# Row 0: weights 0.5 * 1, 0.25 * 2, 0.25 * 4. Row 1: 0.1 * 9, 0.1 * 3, 0.8 * 9.


def _tilted(p_hat, phi, lam) -> np.ndarray:
    """The tilt, one row and one state after the other; the shift by a row's largest possible exponent cancels."""
    rows = []
    for row, weights in zip(p_hat, lam):
        tilts = [math.fsum(w * f for w, f in zip(weights, values)) for values in phi.T]
        top = max(t for p, t in zip(row, tilts) if p > 0)
        heavy = [p * math.exp(min(t - top, 0.0)) if p > 0 else 0.0 for p, t in zip(row, tilts)]
        rows.append([h / math.fsum(heavy) for h in heavy])
    return np.array(rows)


def _tilt_mistakes(p_hat, phi, lam) -> dict[str, tuple[np.ndarray, str]]:
    """What each common mistake would return, (N, S), and the idea behind it."""
    tilts = lam @ phi
    heavy, back, plain = p_hat * np.exp(tilts), p_hat * np.exp(-tilts), np.exp(tilts)
    line = p_hat * (1 + tilts)
    return {
        "no_model": (
            plain / plain.sum(-1, keepdims=True),
            "the model is gone: your row is a softmax of the tilts alone. Multiply the exponentials by `p_hat`.",
        ),
        "backwards": (
            back / back.sum(-1, keepdims=True),
            "states with a large phi *lost* weight, although lambda is positive: the sign of the exponent is turned.",
        ),
        "columns": (
            heavy / heavy.sum(0, keepdims=True),
            "you divided by the sums of the *columns*. Each row is a distribution over next states, so sum over the "
            "last axis, with `keepdims=True`.",
        ),
        "no_exponential": (
            line / line.sum(-1, keepdims=True),
            "you multiplied by 1 + the tilt. For small tilts that is nearly right, but a tilt below -1 would make a "
            "probability negative. Use `np.exp`.",
        ),
        "untouched": (p_hat, "it is `p_hat` as it came. Are the tilts, lambda times phi, used at all?"),
        "one_function": (
            _tilted(p_hat, phi[:1], lam[:, :1]),
            "only the first function tilts. Add up lambda_i phi_i over all of them: `lam @ phi`.",
        ),
    }


_SCALE_IDEAS = {
    "not_normalised": "your rows sum to {sums}. Divide each row by its own sum.",
    "all_at_once": "you divided by the sum of the whole table. Each row is a distribution of its own, and yours sum "
    "to {sums}.",
}


def _check_tilt(answer) -> None:
    args = (_MODEL, _PHI, _LAM)
    call = answer.called(*args)
    got = as_array(answer(*args), _MODEL.shape, call)
    expected = _tilted(*args)
    if not np.allclose(got, expected):
        seen = f"p_hat = {shown(_MODEL[0])}, phi = {shown(_PHI[0])}, lambda = log 2: the weights are 0.5, 0.5 and 1, "
        seen += f"so the row is {shown(expected[0])}. Yours is {shown(got[0])}: "
        for key, (pattern, idea) in _tilt_mistakes(*args).items():
            if np.allclose(got, pattern):
                raise Wrong(key, seen + idea)
        sums = got.sum(-1, keepdims=True)
        if (sums > 0).all() and np.allclose(got, expected * sums):  # whatever was taken off the exponents
            key = "all_at_once" if np.isclose(sums.sum(), 1) else "not_normalised"
            raise Wrong(key, seen + _SCALE_IDEAS[key].format(sums=shown(sums[:, 0])))
        raise Wrong("value", seen + "print the tilts `lam @ phi`, the weights and their sums.")
    _check_zeros(answer)
    _check_huge(answer)
    rng = np.random.default_rng(0)
    for n, S, d in ((1, 2, 1), (4, 6, 3)):
        args = (rng.dirichlet(np.ones(S), size=n), rng.normal(size=(d, S)), 3 * rng.normal(size=(n, d)))
        got = as_array(answer(*args), (n, S), answer.called(*args))
        if not np.allclose(got, _tilted(*args)):
            row = int(np.abs(got - _tilted(*args)).sum(-1).argmax())
            told = f"{answer.called(*args)}: row {row} is {shown(got[row])}, and should be "
            raise Wrong("value", told + f"{shown(_tilted(*args)[row])}.")


def _check_zeros(answer) -> None:
    p_hat, phi, lam = np.array([[0.5, 0.5, 0.0]]), np.array([[0.0, 1.0, 30.0]]), np.array([[1.0]])
    got = as_array(answer(p_hat, phi, lam), (1, 3), answer.called(p_hat, phi, lam))
    if not np.isfinite(got).all():
        told = f"p_hat = {shown(p_hat[0])} gave {shown(got[0])}. log(0) is -inf, and exp(-inf) is 0: that is fine. "
        raise Wrong("log_of_zero", told + "But 0 * inf and inf - inf are no numbers. Where does one of these come in?")
    if got[0, 2] > 1e-12:
        told = f"The model rules state 2 out, p_hat = {shown(p_hat[0])}, and your tilt gives it {shown(got[0, 2])}. "
        raise Wrong("invents", told + "Zero times anything is zero: no small number may be added to p_hat.")


_HUGE = (
    ("overflow", [[0.5, 0.5]], [[998.0, 1000.0]], [[1.0]],
     "exp(1000) is too large for a float. The same number can be taken off all exponents of a row, for it cancels in "
     "the division: take off the row's largest, and the largest weight is exp(0) = 1."),
    ("one_maximum", [[0.5, 0.5], [0.5, 0.5]], [[998.0, 1000.0]], [[1.0], [-1.0]],
     "the exponents are 998 and 1000 in row 0, and -998 and -1000 in row 1. You took the largest of the whole table "
     "off both rows, so all of row 1 became exp(-1998) = 0. Each row needs its own maximum."),
    ("unreachable_maximum", [[0.5, 0.5, 0.0]], [[0.0, 1.0, 1000.0]], [[1.0]],
     "the largest exponent, 1000, belongs to a state that the model rules out. Taken off, it leaves exp(-1000) = 0 "
     "for all others. Add log(p_hat) to the exponents first: then a ruled-out state has -inf, never the largest."),
)  # fmt: skip


def _check_huge(answer) -> None:
    for key, p_hat, phi, lam, idea in _HUGE:
        args = tuple(np.array(x) for x in (p_hat, phi, lam))
        got, expected = as_array(answer(*args), args[0].shape, answer.called(*args)), _tilted(*args)
        if np.allclose(got, expected):
            continue
        row = int((~np.isclose(got, expected)).any(-1).argmax())
        seen = f"With tilts {shown((args[2] @ args[1])[row])} a row should be {shown(expected[row])}, and yours is "
        if np.isfinite(got).all() and np.allclose(got.sum(-1), 1):
            told = (
                "Their difference is 2, so one weight is e^2 = 7.4 times the other. Cutting exponents off loses that."
            )
            raise Wrong("clipped", seen + f"{shown(got[row])}. {told}")
        raise Wrong(key, seen + f"{shown(got[row])}: {idea}")


EXERCISES = (
    Exercise(
        id="01.7",
        title="How wrong a plan may be",
        function="worst_gap",
        difficulty=2,
        importance=4,
        minutes=6,
        check=_check_bound,
        ideas=(*_BOUND_IDEAS, "signs"),
        hints=(
            "There are three factors to find: how wrong the worst row is, how far the rewards reach, and how often the "
            "horizon 1 / (1 - gamma) comes in.",
            "Total variation of one row: half of the sum of absolute differences. `np.abs(P - P_hat).sum(-1)` has one "
            "number for each pair; halve it and take the largest.",
            "`eps = np.abs(P - P_hat).sum(-1).max() / 2`, then `gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2`.",
        ),
    ),
    Exercise(
        id="01.8",
        title="Tilt a distribution",
        function="tilt",
        difficulty=3,
        importance=3,
        minutes=8,
        check=_check_tilt,
        ideas=(
            *_tilt_mistakes(_MODEL, _PHI, _LAM),
            *_SCALE_IDEAS,
            "log_of_zero", "invents", "overflow", "one_maximum", "unreachable_maximum", "clipped",
        ),
        hints=(
            "`lam @ phi` has shape (N, S): the exponent of each state in each row. What turns weights into a row that "
            "sums to one?",
            "Write p_hat as exp(log p_hat): then there is one exponent, log p_hat + lam @ phi. Take off each row's "
            "largest before `np.exp`.",
            "`logits = np.log(p_hat) + lam @ phi`, `w = np.exp(logits - logits.max(-1, keepdims=True))`, and divide w "
            "by `w.sum(-1, keepdims=True)`.",
        ),
    ),
)  # fmt: skip
