"""Exercise 01.9: a bonus that looks at the variance."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, shown

# Four pairs: a sure thing, a coin, a loaded coin, and one never tried.
_P = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.25, 0.75], [0.0, 1.0]]])  # (S, A, S)
_V, _N, _IOTA, _H = np.array([0.0, 4.0]), np.array([[8, 8], [50, 0]]), 2.0, 5
_TRIED = _N > 0


def _expected(p_hat, v, n, iota, H) -> np.ndarray:
    """The bonus pair by pair, (S, A)."""
    bonus = np.full(n.shape, np.inf)
    for s, a in np.argwhere(n > 0):
        mean = sum(p * value for p, value in zip(p_hat[s, a], v))
        var = sum(p * (value - mean) ** 2 for p, value in zip(p_hat[s, a], v))
        bonus[s, a] = (2 * var * iota / n[s, a]) ** 0.5 + 7 * H * iota / (3 * n[s, a])
    return bonus  # (S, A)


_IDEAS = {
    "no_second": (
        "The second term is missing. Look at the first pair: it always led to one place, so its bonus is 0 after 8"
        " visits. It would be 0 after a single visit too, and one visit proves little."
    ),
    "no_variance": (
        "The variance is missing: the first two pairs have 8 visits each and get the same bonus. The first one "
        "always led to the same place, the second one is a coin toss. The coin deserves more."
    ),
    "no_root": (
        "The root is missing in the first term. The error of a mean shrinks like 1 / sqrt(n), in units of reward; "
        "a variance over n is in units of reward squared."
    ),
    "n_outside": (
        "In the first term n stands outside the root, so it shrinks like 1 / n. That is too fast: after n tosses "
        "of a coin the mean is still wrong by about 1 / sqrt(n)."
    ),
    "second_root": (
        "The second term shrinks like 1 / sqrt(n). Then it is never smaller than the first, and looking at the "
        "variance buys nothing: in the second term n stands without a root."
    ),
    "times_n": (
        "Your bonus *grows* with n: `x / 3 * n` divides by 3 and multiplies by n. Write `x / (3 * n)`. The third pair "
        "was visited 50 times, and should have the smallest bonus of all."
    ),
    "deviation": (
        "You took the root of the variance, the standard deviation, and then the root of that. Under the root of the "
        "bonus stands the variance itself: for the fair coin between 0 and 4 that is 4, not 2."
    ),
    "second_moment": (
        "You took E[V^2] for the variance. A pair that always leads to a state of value 4 has E[V^2] = 16, and a "
        "variance of 0: subtract the square of the mean."
    ),
    "unweighted": (
        "You took the variance of `v` over all states, 4, the same for every pair. What counts is how far apart "
        "the values of *its own* next states are: weigh each with `p_hat[s, a]`."
    ),
    "no_room": (
        "`v - mean` lines the next states up with the *actions*, since `mean` has shape (S, A). It only runs here "
        "because S = A = 2. Make room for the next states: `v - mean[..., None]`, of shape (S, A, S)."
    ),
    "products": (
        "You took the plain variance of the products p * v. Multiply later: first the mean of `v` under `p_hat[s, "
        "a]`, then the mean of the squared distances from it, both weighted with `p_hat[s, a]`."
    ),
    "hoeffding": (
        "This is Hoeffding's bonus, H sqrt(iota / 2n). It never looks at `p_hat` or `v`: after 8 visits a sure "
        "thing and a coin toss get the same."
    ),
}


def _mistakes(p_hat, v, n, iota, H) -> dict[str, np.ndarray]:
    """What each common mistake gives for pairs tried at least once, (S, A) each."""
    n = np.maximum(n, 1)
    mean, square = p_hat @ v, p_hat @ v**2
    var = square - mean**2
    first, second = np.sqrt(2 * var * iota / n), 7 * H * iota / (3 * n)
    return {
        "no_second": first,
        "no_variance": second,
        "no_root": 2 * var * iota / n + second,
        "n_outside": np.sqrt(2 * var * iota) / n + second,
        "second_root": first + 7 * H * iota / (3 * np.sqrt(n)),
        "times_n": first + 7 * H * iota / 3 * n,
        "deviation": np.sqrt(2 * np.sqrt(var) * iota / n) + second,
        "second_moment": np.sqrt(2 * square * iota / n) + second,
        "unweighted": np.sqrt(2 * np.var(v) * iota / n) + second,
        "no_room": np.sqrt(2 * (p_hat * (v - mean) ** 2).sum(-1) * iota / n) + second,
        "products": np.sqrt(2 * np.var(p_hat * v, axis=-1) * iota / n) + second,
        "hoeffding": H * np.sqrt(iota / (2 * n)),
    }


def _check_bonus(answer) -> None:
    given = (_P, _V, _N, _IOTA, _H)
    got = as_array(answer(*given), _N.shape, answer.called(*given))
    expected = _expected(*given)
    pairs = zip(("always to the state of value 0", "a fair coin", "three times in four to value 4"), got[_TRIED])
    seen = "".join(f"`n = {n:2}, {what:31} {shown(float(x))}`\n" for n, (what, x) in zip(_N[_TRIED], pairs))
    if not np.allclose(got[_TRIED], expected[_TRIED]):
        for key, pattern in _mistakes(*given).items():
            if np.allclose(got[_TRIED], pattern[_TRIED]):
                raise Wrong(key, f"Your bonuses:\n{seen}{_IDEAS[key]}")
        raise Wrong("value", f"Your bonuses:\n{seen}They should be {shown(expected[_TRIED])}, with iota = 2 and H = 5.")
    if got[1, 1] != np.inf:
        told = f"A pair never tried (n = 0) gets {shown(float(got[1, 1]))}, and it should get infinity, `np.inf`. "
        raise Wrong("untried", told + "It could be worth anything. With less than that it may never be tried at all.")
    _check_steady(answer)
    _check_elsewhere(answer)


def _check_steady(answer) -> None:
    """No spread of values at all: rounding must not push the variance below 0, where a root is not a number."""
    rng = np.random.default_rng(0)
    p_hat = rng.dirichlet(np.ones(7), size=(7, 3))  # (S, A, S)
    given = (p_hat, np.full(7, 27.1), np.full((7, 3), 10), 3.0, 30)
    got = as_array(answer(*given), (7, 3), answer.called(*given))
    if np.isnan(got).any():
        told = f"Where all next states are worth the same, {np.isnan(got).sum()} of 21 bonuses are not a number. "
        why = "E[V^2] - E[V]^2 is then 0 but for rounding, and may fall below 0. "
        raise Wrong("rounding", told + why + "Average the squared distances from the mean instead, or cut at 0.")
    if not np.allclose(got, 21.0, rtol=1e-3):
        raise Wrong("value", f"Without any spread only 7 H iota / 3n = 21 is left, and yours gave {shown(got[0])}.")


def _check_elsewhere(answer) -> None:
    rng = np.random.default_rng(1)
    for S, A in ((5, 3), (2, 4), (1, 1)):
        p_hat, v = rng.dirichlet(np.ones(S), size=(S, A)), rng.random(S) * 9
        given = (p_hat, v, rng.integers(0, 30, size=(S, A)), 0.7, 9)
        got = as_array(answer(*given), (S, A), answer.called(*given))
        expected = _expected(*given)
        if not np.allclose(got, expected):
            s, a = np.argwhere(~np.isclose(got, expected))[0]
            pair = f"with {S} states and {A} actions, pair ({s}, {a}), n = {given[2][s, a]}"
            raise Wrong("value", f"{pair}: yours is {shown(got[s, a])}, expected {shown(expected[s, a])}.")


EXERCISES = (
    Exercise(
        id="01.9",
        title="The Bernstein bonus",
        function="bernstein_bonus",
        difficulty=2,
        importance=3,
        minutes=8,
        check=_check_bonus,
        ideas=(*_IDEAS, "untried", "rounding"),
        hints=(
            "Take one pair first. Its next states have the probabilities `p_hat[s, a]` and the values `v`: what is "
            "the mean of the values, and how far from it do they lie, on average, squared?",
            "`mean = p_hat @ v` has shape (S, A). For the squared distances you need shape (S, A, S): "
            "`v - mean[..., None]`. Where n is 0, divide by 1 and put infinity there afterwards.",
            "`var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)`, then with `m = np.maximum(n, 1)` the two terms "
            "`np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m)`, inside `np.where(n > 0, ..., np.inf)`.",
        ),
    ),
)
