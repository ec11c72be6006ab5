"""Exercises 10.6 to 10.8: Drama's sampler. Chances from counters, and the counters themselves."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch10.judging import name_parts
from mbrl_lite.course.exercises.ch10.sampler_ideas import COUNT_IDEAS, DREAM_IDEAS, TRAIN_IDEAS
from mbrl_lite.course.values import as_array, shown

# --- 10.6 ------------------------------------------------------------------------------------------------------------


def _chances(score) -> np.ndarray:
    """exp(score) / its sum, in whole numbers of Python's own size: no exp that could underflow."""
    from math import exp, fsum

    best = max(score)
    raised = [exp(s - best) for s in score]
    return np.array([r / fsum(raised) for r in raised])


def _unnormalised(score: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Weights that nobody divided by their sum, with and without the largest score taken away."""
    with np.errstate(all="ignore"):
        weights = {"unnormalised": np.exp(score - score.max()), "unnormalised:raw": np.exp(score)}
    return {key: {"chance": weight} for key, weight in weights.items()}


def _train_mistake(N: np.ndarray, tau: float, mistake: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        if mistake in ("underflow", "epsilon", "uniform_instead"):
            raised = np.exp(-N / tau)
            if mistake == "uniform_instead" and raised.sum() == 0:
                return np.full(len(N), 1 / len(N))
            return raised / (raised.sum() + (1e-8 if mistake == "epsilon" else 0))
        if mistake.startswith("epsilon:"):  # the same small number for each
            raised = np.exp(-N / tau) + float(mistake.partition(":")[2])
            return raised / raised.sum()
        if mistake == "clipped:early":
            return _chances(-np.minimum(N, 100.0) / tau)
        if mistake == "wrong_end":
            raised = np.exp(-(N - N.max()) / tau)
            return raised / raised.sum()
        if mistake == "clipped":
            return _chances(-np.minimum(N, 700.0 * tau) / tau)
        if mistake == "normalised":
            return _chances(-N / max(N.max(), 1) / tau)
        if mistake == "by_share":
            return _chances(-N / max(N.sum(), 1) / tau)
        if mistake == "inverse":
            return 1 / (1 + N) / (1 / (1 + N)).sum()
    score = {"flipped": N / tau, "no_tau": -N * 1.0, "times_tau": -N * tau}[mistake]
    return _chances(score)


def _check_train(answer) -> None:
    rng = np.random.default_rng(0)
    for N, tau in (
        (np.array([0, 3, 12, 7]), 10.0),
        (rng.integers(0, 40, 9), 4.0),
        (np.array([6900, 6950, 8000]), 10.0),  # exp(-690) is there still; whoever cuts off at 700 is told here
        (10_000 + 5 * np.arange(8), 10.0),
        (np.array([0, 20, 90_000, 90_010, 90_020]), 10.0),  # none but the smallest may be taken away
        (np.array([8000, 8000]), 1.0),
    ):
        N = N.astype(float)
        got = {"chance": as_array(answer(N, tau), N.shape, answer.called(N, tau))}
        keys = (*TRAIN_IDEAS, "clipped:early", *(f"epsilon:1e-{n}" for n in range(4, 17)))
        mistakes = {key: {"chance": _train_mistake(N, tau, key)} for key in keys if key != "unnormalised"}
        mistakes |= _unnormalised(-N / tau)
        name_parts(got, {"chance": _chances(-N / tau)}, mistakes, TRAIN_IDEAS, f"With N = {shown(N)}, tau = {tau}: ")


# --- 10.7 ------------------------------------------------------------------------------------------------------------


def _dream_score(N, M, alpha, beta, mistake="") -> np.ndarray:
    """The score of each start, before it is divided by tau."""
    more = {
        "wrong_side": np.maximum(0, M - N),
        "signed": N - M,
        "absolute": np.abs(N - M),
        "alpha_inside": np.maximum(0, N - alpha * M),
    }.get(mistake, np.maximum(0, N - M))
    if mistake == "fixed":
        return np.minimum(0, N - M)
    if mistake == "swapped_weights":
        alpha, beta = beta, alpha
    if mistake == "least_dreamt":
        return -alpha * M
    M = 0 * M if mistake == "no_alpha" else M
    more = 0 * more if mistake == "no_beta" else -more if mistake == "beta_added" else more
    return N - alpha * M - beta * more


def _check_dreams(answer) -> None:
    rng = np.random.default_rng(1)
    some = np.array([0, 0, 0, 9e4, 9e4, 9e4, 9e4])  # none but the largest score may be taken away
    for alpha, beta, tau, lift in (
        (0.5, 0.75, 4.0, 0),
        (1.0, 1.0, 10.0, 0),
        (1.0, 0.25, 2.0, 0),
        (1, 1, 10.0, 9e3),
        (1, 1, 10.0, some),
    ):
        N, M = rng.integers(0, 15, 7) * 1.0, rng.integers(0, 30, 7) / 2
        M = M + lift  # all dreamt from far more often than trained: every exp(score / tau) is 0
        args = N, M, tau, alpha, beta
        got = {"chance": as_array(answer(*args), N.shape, answer.called(*args))}
        expected = {"chance": _chances(_dream_score(N, M, alpha, beta) / tau)}
        scores = {key: _dream_score(N, M, alpha, beta, key) / tau for key in DREAM_IDEAS if key not in SPECIAL}
        mistakes = {key: {"chance": _chances(score)} for key, score in scores.items()}
        score = _dream_score(N, M, alpha, beta)
        mistakes |= _unnormalised(score / tau)
        mistakes["flipped"] = {"chance": _chances(-score / tau)}
        mistakes["no_tau"] = {"chance": _chances(score)}
        mistakes["hard"] = {"chance": (N >= M) / max((N >= M).sum(), 1)}
        with np.errstate(all="ignore"):
            raised = np.exp(score / tau)
            mistakes["underflow"] = {"chance": raised / raised.sum()}
            raised = np.exp((score - score.min()) / tau)
            mistakes["wrong_end"] = {"chance": raised / raised.sum()}
        when = f"With N = {shown(N)}, M = {shown(M)}, tau = {tau}, alpha = {alpha}, beta = {beta}: "
        name_parts(got, expected, mistakes, DREAM_IDEAS, when)


SPECIAL = ("unnormalised", "flipped", "no_tau", "hard", "underflow", "wrong_end")

# --- 10.8 ------------------------------------------------------------------------------------------------------------


def _counted(trained, dreamt, train_starts, dream_starts, overwritten, rate, mistake="") -> dict[str, np.ndarray]:
    """Both counters after an update, counted start by start, with one of the mistakes or none."""
    N, M = list(map(float, trained)), list(map(float, dreamt))
    if mistake == "swapped":
        train_starts, dream_starts = dream_starts, train_starts
    once = (lambda starts: sorted(set(starts))) if mistake == "repeats" else list
    gone = [] if mistake == "remembers" else list(overwritten)

    def forget():
        for i in gone:
            N[i] = N[i] if mistake == "forgets_m" else 0.0
            M[i] = M[i] if mistake == "forgets_n" else N[i] if mistake == "forgets_m_equal" else 0.0

    if mistake != "forgets_last":
        forget()
    for i in once(train_starts):
        N[i] += rate if mistake == "rate_on_both" else 1.0
    for i in once(dream_starts):
        M[i] += {"no_rate": 1.0, "divides": 1 / rate}.get(mistake, rate)
    if mistake == "forgets_last":
        forget()
    return {"N": np.array(N), "M": np.array(M)}


def _check_counts(answer) -> None:
    rng = np.random.default_rng(2)
    for S, rate in ((6, 0.25), (9, 0.5)):
        counters = rng.integers(2, 9, S).astype(float), rng.integers(2, 9, S) / 2
        starts = [np.array([0, 3, 3, 5, 3]), np.array([1, 1, 5, 2, 5, 1, 4])]
        args = *counters, *starts, np.array([1, 3]), rate
        call = answer.called(*args)
        result = answer(*args)
        if result is None:
            raise Wrong("none", f"{call} returned None: is the `return` line missing?")
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise Wrong("type", f"{call} should return (N, M), and returned {shown(result)}.")
        got = {name: as_array(part, (S,), call) for name, part in zip("NM", result, strict=True)}
        mistakes = {key: _counted(*args, key) for key in COUNT_IDEAS}
        mistakes["untouched"] = _counted(counters[0], counters[1], *map(sorted, map(set, starts)), [], rate)
        name_parts(got, _counted(*args), mistakes, COUNT_IDEAS, f"With {S} starts and rate = {rate}: ")


EXERCISES = (
    Exercise(
        id="10.6",
        title="Find the bug: a sampler that dies of old age",
        function="train_chances",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_train,
        ideas=tuple(TRAIN_IDEAS),
        hints=(
            "Only differences of counters matter: adding 1,000 to every N changes no chance. Which number may you take "
            "away from all of them?",
            "Take away the *smallest* N. Then the largest exponential is exp(0) = 1, and the sum is at least 1.",
            "`weight = np.exp(-(N - N.min()) / tau)`, then `return weight / weight.sum()`.",
        ),
    ),
    Exercise(
        id="10.7",
        title="Where dreams may start",
        function="dream_chances",
        difficulty=2,
        importance=4,
        minutes=10,
        check=_check_dreams,
        ideas=tuple(DREAM_IDEAS),
        hints=(
            "First the score of each start, as the equation has it. Then it is 10.6 again, with another score.",
            "`score = N - alpha * M - beta * np.maximum(0, N - M)`. The largest score is taken away before exp.",
            "`weight = np.exp((score - score.max()) / tau)`, then `return weight / weight.sum()`.",
        ),
    ),
    Exercise(
        id="10.8",
        title="Find the bug: counters that forget, and counters that do not",
        function="counted",
        difficulty=2,
        importance=4,
        minutes=10,
        check=_check_counts,
        ideas=tuple(COUNT_IDEAS),
        hints=(
            "Try `x = np.zeros(3); x[[1, 1, 1]] += 1`. What is x[1]?",
            "`np.add.at(x, index, 1)` counts repeats. Clear both counters of the overwritten starts, and do it first: "
            "what is drawn now is already the new step.",
            "`N, M = trained.copy(), dreamt.copy()`; `N[overwritten] = M[overwritten] = 0`; then "
            "`np.add.at(N, train_starts, 1)` and `np.add.at(M, dream_starts, rate)`.",
        ),
    ),
)
