"""Exercises 01.1 and 01.2: the Bellman backup, and a table learnt from transitions."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, shown

# --- 01.1 ------------------------------------------------------------------------------------------------------------

# One action leads from 0 to 1 for sure, the other to 1 or 2 by 0.25 and 0.75. State 2 is a dead end.
_P = np.array([[[0, 1, 0], [0, 0.25, 0.75]], [[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]], dtype=float)
_R = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, -1.0]])
_V = np.array([10.0, 40.0, 20.0])
_GAMMA = 0.5


def _backups() -> dict[str, tuple[np.ndarray, str]]:
    """What each common mistake would give in the small world, and the idea behind it."""
    next_value = np.einsum("ij,saj->sa", np.ones((1, 3)) * _V, _P)  # (S, A) expected next value
    return {
        "no_gamma": (_R + next_value, "What comes later counts less: the next value is multiplied by gamma."),
        "all_discounted": (
            _GAMMA * (_R + next_value),
            "gamma also shrinks the reward. The reward is paid now, and counts in full; only the next value waits.",
        ),
        "own_value": (
            _R + _GAMMA * _V[:, None],
            "You took the value of the state one *leaves*. It is the value of the state one *reaches* that counts: "
            "average V over s' with the weights P[s, a].",
        ),
        "no_reward": (_GAMMA * next_value, "The reward of the step itself is missing."),
        "no_future": (_R + 0.0, "Only the reward of this step counts. What is the state one reaches worth?"),
        "best_next": (
            _R + _GAMMA * np.where(_P > 0, _V, -np.inf).max(-1),
            "You took the *best* state one can reach. One cannot choose where a step leads, only the action: "
            "take the average with the weights P[s, a].",
        ),
        "likeliest": (
            _R + _GAMMA * _V[_P.argmax(-1)],
            "You took the *likeliest* next state alone. The others happen too: take the average over all of them.",
        ),
        "transposed": (
            _R + _GAMMA * np.einsum("saj,s->ja", _P, _V),
            "The sum runs over the wrong axis: over where one comes from. The last axis of P is s', where one goes.",
        ),
        "minus": (_R - _GAMMA * next_value, "The next value is subtracted. Reward and future are added."),
    }


def _check_backup(answer) -> None:
    call = answer.called(_P, _R, _V, _GAMMA)
    got = as_array(answer(_P, _R, _V, _GAMMA), _R.shape, call)
    expected = np.array([[21.0, 12.5], [5.0, 22.0], [10.0, 9.0]])  # by hand
    if not np.allclose(got, expected):
        seen = f"In a world of 3 states with V = {shown(_V)} and gamma = 0.5, your Q of state 0 is {shown(got[0])}. "
        seen += "By hand: 1 + 0.5 * 40 = 21, and 0 + 0.5 * (0.25 * 40 + 0.75 * 20) = 12.5. "
        for key, (pattern, idea) in _backups().items():
            if np.allclose(got, pattern):
                raise Wrong(key, seen + idea)
        raise Wrong("value", seen)
    rng = np.random.default_rng(0)
    for S, A, gamma in ((1, 1, 0.0), (4, 1, 0.9), (7, 3, 0.99)):
        P, R, V = rng.dirichlet(np.ones(S), (S, A)), rng.normal(size=(S, A)), rng.normal(size=S)
        call = answer.called(P, R, V, gamma)
        got = as_array(answer(P, R, V, gamma), (S, A), call)
        for s in range(S):
            for a in range(A):
                right = R[s, a] + gamma * sum(P[s, a, s2] * V[s2] for s2 in range(S))
                if not np.isclose(got[s, a], right):
                    told = f"{call}: Q[{s}, {a}] is {shown(got[s, a])}, and should be {shown(right)}. "
                    raise Wrong("value", told + "Does your function work for any number of states and actions?")


# --- 01.2 ------------------------------------------------------------------------------------------------------------

# State 0: action 0 was tried four times, action 1 once. State 1: action 1 only. State 2 was only reached.
_SEEN = [(0, 0, 1.0, 1), (0, 0, 1.0, 1), (0, 0, 1.0, 1), (0, 0, 5.0, 2), (0, 1, 3.0, 2), (1, 1, 0.0, 0), (1, 1, 4.0, 0)]


def _tables() -> tuple[np.ndarray, np.ndarray]:
    P, R = np.zeros((3, 2, 3)), np.zeros((3, 2))
    P[0, 0], P[0, 1], P[1, 1] = [0, 0.75, 0.25], [0, 0, 1], [1, 0, 0]
    P[1, 0, 1] = P[2, 0, 2] = P[2, 1, 2] = 1
    R[0, 0], R[0, 1], R[1, 1] = 2.0, 3.0, 2.0
    return P, R


def _check_fit(answer) -> None:
    call = answer.called(_SEEN, 3, 2)
    P, R = _pair(answer(_SEEN, 3, 2), 3, 2, call)
    right_P, right_R = _tables()
    if not np.allclose(P[0, 0], right_P[0, 0]):
        _wrong_row(P[0, 0])
    for s, a in ((0, 1), (1, 1)):
        if not np.allclose(P[s, a], right_P[s, a]):
            told = f"The pair ({s}, {a}) always led to the same state, and your P_hat[{s}, {a}] is {shown(P[s, a])}."
            raise Wrong("value", told)
    _check_unseen(P)
    if not np.allclose(R, right_R):
        _wrong_reward(R)
    _check_random_tables(answer)


def _pair(came, S: int, A: int, call: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(came, (tuple, list)) or len(came) != 2:
        raise Wrong("type", f"{call} should return two arrays, P_hat and R_hat, and returned {shown(came)}.")
    return as_array(came[0], (S, A, S), f"{call}[0]"), as_array(came[1], (S, A), f"{call}[1]")


def _wrong_row(row: np.ndarray) -> None:
    seen = f"The pair (0, 0) led three times to state 1 and once to state 2. Your P_hat[0, 0] is {shown(row)}. "
    ideas = {
        "counts": ([0, 3, 1], "These are counts. Divide them by how often the pair was tried, 4."),
        "joint": (
            [0, 3 / 7, 1 / 7],
            "You divided by *all* transitions. The question is what follows (0, 0): divide by its own number, 4.",
        ),
        "per_state": ([0, 3 / 5, 1 / 5], "You divided by the visits of state 0. Each action has its own row: by 4."),
        "last": ([0, 0, 1], "Only the last outcome is left. Count them all: `+= 1`, not `= 1`."),
        "each_once": ([0, 0.5, 0.5], "Each outcome counts once, however often it came. Three times weighs more."),
        "smoothed": (
            [1 / 7, 4 / 7, 2 / 7],
            "You began to count at one. That is a prior, and a good idea at times. Here: shares of what was seen.",
        ),
    }
    for key, (pattern, idea) in ideas.items():
        if np.allclose(row, pattern):
            raise Wrong(key, seen + idea)
    raise Wrong("value", seen + "It should be [0, 0.75, 0.25]: the share of each outcome.")


def _check_unseen(P: np.ndarray) -> None:
    row = P[1, 0]
    seen = f"Nobody ever did action 0 in state 1, and your P_hat[1, 0] is {shown(row)}. "
    if np.isnan(row).any():
        raise Wrong("nan", seen + "You divided 0 by 0. Such a pair needs a row of its own: stay where you are.")
    if np.allclose(row, 0):
        raise Wrong("empty_row", seen + "It sums to 0, so it is no distribution: the agent would vanish. Let it stay.")
    if np.allclose(row, 1 / 3):
        raise Wrong("uniform", seen + "That is a guess too, but not the agreed one: here the agent stays in state 1.")
    for s, a in ((1, 0), (2, 0), (2, 1)):
        if not np.allclose(P[s, a], np.eye(3)[s]):
            told = f"Nobody ever did action {a} in state {s}, and your P_hat[{s}, {a}] is {shown(P[s, a])}. "
            raise Wrong("unseen", told + f"It should be {shown(np.eye(3)[s])}: the agent stays in state {s}.")


def _wrong_reward(R: np.ndarray) -> None:
    seen = f"The pair (0, 0) was paid 1, 1, 1 and 5. Your R_hat[0, 0] is {shown(R[0, 0])}. "
    if np.isnan(R).any():
        raise Wrong("nan", "R_hat holds 0 / 0 for pairs that were never tried. Nothing was seen there: take 0.")
    if np.isclose(R[0, 0], 8.0):
        raise Wrong("reward_sum", seen + "That is the sum. R_hat is the mean: divide by how often the pair was tried.")
    if np.isclose(R[0, 0], 5.0):
        raise Wrong("reward_last", seen + "That is the last one. R_hat is the mean of all of them.")
    if np.isclose(R[0, 0], 3.0):
        raise Wrong("reward_outcomes", seen + "That is the mean of 1 and 5, as if each had come once. The mean is 2.")
    raise Wrong(
        "value", seen + f"All of R_hat should be {shown(_tables()[1].ravel())}, row by row: means, 0 where unseen."
    )


def _check_random_tables(answer) -> None:
    """Weighted by how often each pair was tried, the tables add up to what was seen: counts and rewards."""
    rng = np.random.default_rng(0)
    for S, A, n in ((1, 1, 1), (4, 3, 0), (5, 2, 200)):
        seen = [
            (int(rng.integers(S)), int(rng.integers(A)), round(float(rng.normal()), 2), int(rng.integers(S)))
            for _ in range(n)
        ]
        call = answer.called(seen, S, A)
        P, R = _pair(answer(seen, S, A), S, A, call)
        for s in range(S):
            for a in range(A):
                after = [(r, s2) for s1, a1, r, s2 in seen if (s1, a1) == (s, a)]
                row = [sum(s2 == to for _, s2 in after) / len(after) for to in range(S)] if after else np.eye(S)[s]
                mean = sum(r for r, _ in after) / len(after) if after else 0.0
                if not (np.allclose(P[s, a], row) and np.isclose(R[s, a], mean)):
                    told = f"With {n} transitions in {S} states: P_hat[{s}, {a}] is {shown(P[s, a])}, "
                    told += (
                        f"R_hat[{s}, {a}] is {shown(R[s, a])}; they should be {shown(np.array(row))} and {shown(mean)}."
                    )
                    raise Wrong("value", told)


EXERCISES = (
    Exercise(
        id="01.1",
        title="The Bellman backup",
        function="q_backup",
        difficulty=2,
        importance=5,
        minutes=12,
        check=_check_backup,
        ideas=tuple(_backups()),
        hints=(
            "Do one pair by hand, s = 0 and a = 1: where does it lead, how likely, and what is it worth there?",
            "The expected next value of a pair is the sum over s' of P[s, a, s'] times V[s']. "
            "In numpy that is one matrix product, `P @ V`.",
            "`P @ V` has shape (S, A), like R. What is left is one gamma and one plus.",
        ),
    ),
    Exercise(
        id="01.2",
        title="A table from transitions",
        function="fit_table",
        difficulty=2,
        importance=5,
        minutes=15,
        check=_check_fit,
        ideas=(
            "counts",
            "joint",
            "per_state",
            "last",
            "each_once",
            "smoothed",
            "nan",
            "empty_row",
            "uniform",
            "unseen",
            "reward_sum",
            "reward_last",
            "reward_outcomes",
        ),
        hints=(
            "First only count: an array `n` of shape (S, A, S), and one loop over the transitions.",
            "How often was each pair tried? `n.sum(-1)`. Divide by it where it is not 0. Sum the rewards in a second "
            "array and divide them by the same number.",
            "Begin with P_hat[s, a, s] = 1 and R_hat = 0 everywhere. Then, for each pair that was tried: "
            "`P_hat[s, a] = n[s, a] / tried[s, a]`, and the same for the rewards.",
        ),
    ),
)
