"""Exercises 01.3 to 01.5: the update of Q-learning, and two bugs to find, in Dyna-Q+ and in prioritised sweeping."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.exercises.ch01.dyna_ideas import PLUS_IDEAS, SWEEP_IDEAS, UPDATE_IDEAS
from mbrl_lite.course.values import as_array, shown

# --- 01.3 ------------------------------------------------------------------------------------------------------------

# In state 0 action 1 pays 2 and leads to state 1, whose best action is worth 8: 3 + 0.25 (2 + 0.5 * 8 - 3) = 3.75.
_Q = np.array([[10.0, 3.0, 0.0, 0.0], [2.0, 6.0, 4.0, 8.0], [1.0, 0.0, 12.0, 0.0]])  # (S, A)
_STEP = (0, 1, 2.0, 1)
_ALPHA, _GAMMA = 0.25, 0.5


def _updated(Q, s, a, r, s2, done, alpha, gamma) -> np.ndarray:
    """The update, written as a weighted mean of the old value and the target, (S, A)."""
    best = 0.0 if done else max(Q[s2])
    return np.array(
        [
            [(1 - alpha) * q + alpha * (r + gamma * best) if (i, j) == (s, a) else q for j, q in enumerate(row)]
            for i, row in enumerate(Q)
        ]
    )


def _update_mistakes(Q, s, a, r, s2, done, alpha, gamma) -> dict[str, np.ndarray]:
    """What each common mistake would return, (S, A) each."""
    future = 0.0 if done else gamma * Q[s2].max()
    values = {
        "overwrites": r + future,
        "adds_target": Q[s, a] + alpha * (r + future),
        "no_gamma": Q[s, a] + alpha * (r + (0.0 if done else Q[s2].max()) - Q[s, a]),
        "same_action": Q[s, a] + alpha * (r + (0.0 if done else gamma * Q[s2, a]) - Q[s, a]),
        "from_here": Q[s, a] + alpha * (r + (0.0 if done else gamma * Q[s].max()) - Q[s, a]),
        "mean": Q[s, a] + alpha * (r + (0.0 if done else gamma * Q[s2].mean()) - Q[s, a]),
        "argmax": Q[s, a] + alpha * (r + (0.0 if done else gamma * Q[s2].argmax()) - Q[s, a]),
        "largest_anywhere": Q[s, a] + alpha * (r + (0.0 if done else gamma * Q.max()) - Q[s, a]),
        "no_future": Q[s, a] + alpha * (r - Q[s, a]),
        "backwards": Q[s, a] - alpha * (r + future - Q[s, a]),
    }
    made = {key: _with(Q, (s, a), value) for key, value in values.items()}
    made["whole_row"] = Q.copy()
    made["whole_row"][s] += alpha * (r + future - Q[s])
    made["whole_row_same"] = Q.copy()
    made["whole_row_same"][s] += alpha * (r + future - Q[s, a])
    made["unchanged"] = Q.copy()
    return made


def _with(Q, at, value) -> np.ndarray:
    changed = Q.copy()
    changed[at] = value
    return changed


def _check_update(answer) -> None:
    args = (_Q, *_STEP, False, _ALPHA, _GAMMA)
    got = as_array(answer(*args), _Q.shape, answer.called(*args))
    _name_mistake(got, _updated(*args), _update_mistakes(*args), UPDATE_IDEAS, "")
    ending = (_Q, *_STEP, True, _ALPHA, _GAMMA)
    got = as_array(answer(*ending), _Q.shape, answer.called(*ending))
    endings = {"done_ignored": _updated(*args), "reward_lost": _with(_Q, (0, 1), 2.25), "end_skipped": _Q}
    _name_mistake(got, _updated(*ending), endings, UPDATE_IDEAS, "With done = True ")
    rng = np.random.default_rng(0)
    for _ in range(20):
        s, s2, a = rng.integers(4), rng.integers(4), rng.integers(3)
        args = (rng.normal(size=(4, 3)).round(2), int(s), int(a), round(rng.normal(), 2), int(s2))
        args = (*args, bool(rng.random() < 0.5), round(rng.random(), 2), round(rng.random(), 2))
        got, expected = as_array(answer(*args), (4, 3), answer.called(*args)), _updated(*args)
        if not np.allclose(got, expected):
            i, j = np.argwhere(~np.isclose(got, expected))[0]
            call = answer.called(*args)
            raise Wrong("value", f"{call}: Q[{i}, {j}] is {shown(got[i, j])}, expected {shown(expected[i, j])}.")


def _name_mistake(got, expected, mistakes, ideas, when: str) -> None:
    """Raise `Wrong` with the idea whose result `got` is; nothing if it is what was expected."""
    if np.allclose(got, expected):
        return
    at = tuple(np.argwhere(~np.isclose(got, expected))[0])
    place = f"Q[{', '.join(map(str, at[-2:]))}]"
    seen = f"{when}{place} became {shown(float(got[at]))}, and {shown(float(expected[at]))} was expected: "
    for key, pattern in mistakes.items():
        if np.allclose(got, pattern):
            key = key.removesuffix("_same")
            raise Wrong(key, seen + ideas[key])
    raise Wrong("value", seen + "go through the contract once more, with these numbers by hand.")


# --- 01.4 ------------------------------------------------------------------------------------------------------------

# A corridor of three states; pair (0, 0) was last tried at step 0 and is planned twice, (1, 1) at step 84.
_TRIED = np.array([[0, 91], [75, 84], [100, 100]])
_REWARD = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
_NEXT = np.array([[1, 0], [2, 0], [2, 2]])
_PAIRS = [(0, 0), (1, 1), (0, 0)]
_NOW = 100


def _planned(Q, reward, following, tried, t, pairs, alpha, gamma, kappa, mistake="") -> np.ndarray:
    """Planning of Dyna-Q+ at `pairs`, with one of the mistakes or none, (S, A)."""
    Q, reward, tried = Q.copy(), reward.copy(), tried.astype(float)
    for s, a in pairs:
        tau = {"clock_only": t, "backwards_clock": tried[s, a], "state_clock": t - tried[s].max()}.get(
            mistake, t - tried[s, a]
        )
        bonus = {
            "no_root": kappa * tau,
            "no_bonus": 0.0,
            "kappa_inside": np.sqrt(kappa * tau),
            "inverse": kappa / np.sqrt(max(tau, 1)),
            "punishes": -kappa * np.sqrt(tau),
        }.get(mistake, kappa * np.sqrt(tau))
        paid = reward[s, a] + bonus
        if mistake == "in_the_model":
            reward[s, a] = paid
        if mistake == "resets_the_clock":
            tried[s, a] = t
        Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (paid + gamma * max(Q[following[s, a]]))
        if mistake == "outside_target":
            Q[s, a] += bonus - alpha * bonus
    return Q


_PLUS_MISTAKES = tuple(PLUS_IDEAS)


def _check_plus(answer) -> None:
    rng = np.random.default_rng(0)
    args = (np.zeros((3, 2)), _REWARD, _NEXT, _TRIED, _NOW, _PAIRS, 0.25, 0.5, 0.25)
    got, expected = as_array(answer(*args), (3, 2), answer.called(*args)), _planned(*args)
    mistakes = {key: _planned(*args, mistake=key) for key in _PLUS_MISTAKES}
    when = f"At step {_NOW}, after planning at (0, 0), (1, 1) and (0, 0) again, "
    _name_mistake(got, expected, mistakes, PLUS_IDEAS, when)
    for _ in range(10):
        S, A, t = 5, 3, 50
        pairs = [(int(rng.integers(S)), int(rng.integers(A))) for _ in range(12)]
        args = (rng.normal(size=(S, A)), rng.normal(size=(S, A)), rng.integers(S, size=(S, A)))
        args = (*args, rng.integers(t, size=(S, A)), t, pairs, 0.3, 0.9, 0.1)
        got, expected = as_array(answer(*args), (S, A), answer.called(*args)), _planned(*args)
        if not np.allclose(got, expected):
            i, j = np.argwhere(~np.isclose(got, expected))[0]
            told = (
                f"In a random world Q[{i}, {j}] became {shown(got[i, j])}, and {shown(expected[i, j])} was expected. "
            )
            raise Wrong("value", told + "The pairs are taken one after another, each with the values as they are then.")


# --- 01.5 ------------------------------------------------------------------------------------------------------------

# A corridor 0 - 1 - 2 - goal 3: action 0 goes right, action 1 left, and the last step right pays 1.
_LANDS = np.array([[1, 0], [2, 0], [3, 1], [3, 3]])
_PAYS = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])


def _swept(Q, reward, following, priority, n, alpha, gamma, theta, mistake="") -> np.ndarray:
    """n updates of prioritised sweeping, with one of the mistakes or none, (S, A)."""
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() <= (theta if mistake == "late_theta" else 0.0) and mistake != "empty":
            break
        rank = np.where(priority > 0, priority, np.inf) if mistake == "smallest" else -priority
        s, a = np.unravel_index(rank.argmin(), rank.shape)
        if mistake != "stays":
            priority[s, a] = 0.0
        before = Q.copy()
        Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (reward[s, a] + gamma * max(Q[following[s, a]]))
        now = before if mistake == "too_early" else Q
        near = np.argwhere(following == s)
        if mistake == "successors":
            near = [(following[s, a], b) for b in range(Q.shape[1])]
        for p, b in () if mistake == "alone" else near:
            error = reward[p, b] + gamma * max(now[following[p, b]]) - now[p, b]
            error = error if mistake == "good_news" else abs(error)
            if error > (0.0 if mistake in ("no_theta", "late_theta") else theta):
                priority[p, b] = max(priority[p, b], error)
    return Q


def _case(name: str):
    """The arguments of one small trial: good news, bad news, two in line, or news too small to matter."""
    nothing = np.zeros((4, 2))
    if name == "bad":  # the goal stopped paying
        Q = np.array([[0.25, 0.125], [0.5, 0.125], [1.0, 0.25], [0.0, 0.0]])
        return Q, nothing, _LANDS, _with(nothing, (2, 0), 1.0), 3, 1.0, 0.5, 1e-3
    if name == "small":
        return nothing, _PAYS, _LANDS, _with(nothing, (2, 0), 1.0), 3, 1.0, 0.5, 0.4
    if name == "faint":
        return nothing, _PAYS, _LANDS, _with(nothing, (2, 0), 0.25), 1, 1.0, 0.5, 0.4
    if name == "two":
        reward = _with(_PAYS, (0, 1), 0.25)
        return nothing, reward, _LANDS, _with(_with(nothing, (2, 0), 1.0), (0, 1), 0.25), 1, 1.0, 0.5, 1e-3
    if name == "empty":
        return nothing, _with(_PAYS, (0, 0), 7.0), _LANDS, nothing, 3, 1.0, 0.5, 1e-3
    if name == "mixed":
        rng = np.random.default_rng(1)
        Q, reward, following = rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), rng.integers(4, size=(4, 2))
        return Q, reward, following, np.abs(rng.normal(size=(4, 2))), 12, 0.5, 0.5, 1e-3
    return nothing, _PAYS, _LANDS, _with(nothing, (2, 0), 1.0), 3, 1.0, 0.5, 1e-3


_TRIALS = {  # what the learner is told about each
    "good": "Good news at the goal, 3 updates: ",
    "two": "Two in line with priorities 1 and 0.25, one update: ",
    "bad": "The goal stopped paying, 3 updates: ",
    "small": "With theta = 0.4, 3 updates: ",
    "faint": "With priority 0.25 and theta = 0.4, one update: ",
    "empty": "With nobody in line, 3 updates: ",
    "mixed": "In a random world, 12 updates: ",
}


def _check_sweep(answer) -> None:
    cases = [_case(name) for name in _TRIALS]
    got = np.array([as_array(answer(*args), (4, 2), answer.called(*args)) for args in cases])  # (trials, S, A)
    expected = np.array([_swept(*args) for args in cases])
    # One trial may look alike for two mistakes; all together tell them apart.
    mistakes = {key: np.array([_swept(*args, mistake=key) for args in cases]) for key in SWEEP_IDEAS}
    failed = [when for mine, right, when in zip(got, expected, _TRIALS.values()) if not np.allclose(mine, right)]
    _name_mistake(got, expected, mistakes, SWEEP_IDEAS, failed[0] if failed else "")
    rng = np.random.default_rng(0)
    for _ in range(5):  # long enough, the values solve Bellman's equation of the model, whatever they were before
        S, A = 6, 2
        reward, following = rng.normal(size=(S, A)), rng.integers(S, size=(S, A))
        Q, priority = rng.normal(size=(S, A)), np.full((S, A), 9.0)
        args = (Q, reward, following, priority, 3000, 0.5, 0.5, 1e-9)
        got = as_array(answer(*args), (S, A), answer.called(*args))
        error = np.abs(reward + 0.5 * got.max(1)[following] - got).max()
        if error > 1e-6:
            told = f"After 3,000 updates a value of a random world is still off by {shown(float(error))}. "
            raise Wrong("value", told + "Every pair whose error grew past theta must stand in line.")


EXERCISES = (
    Exercise(
        id="01.3",
        title="Q-learning",
        function="q_update",
        difficulty=1,
        importance=5,
        minutes=5,
        check=_check_update,
        ideas=tuple(UPDATE_IDEAS),
        hints=(
            "Take one number at a time. What was promised: `Q[s, a]`. What came: `r`, and then state `s2`. How good is "
            "it to be in `s2` if you act well from there?",
            "The target is `r + gamma * Q[s2].max()`, or `r` alone when `done`. Move `Q[s, a]` a share alpha of the "
            "way to it. Copy `Q` first.",
            "`new = Q.copy()`, then `new[s, a] += alpha * (target - Q[s, a])`, then return `new`.",
        ),
    ),
    Exercise(
        id="01.4",
        title="Find the bug: Dyna-Q+",
        function="plan_plus",
        difficulty=3,
        importance=3,
        minutes=8,
        check=_check_plus,
        ideas=_PLUS_MISTAKES,
        hints=(
            "The bonus should make an old pair more and more tempting. In the picture it never does. Print tau while "
            "the buggy function plans.",
            "tau counts *real* steps. Which line of the function lets a dream count as a visit?",
            "Delete the line `tried[s, a] = t`. Only a real step may write into `tried`.",
        ),
    ),
    Exercise(
        id="01.5",
        title="Find the bug: prioritised sweeping",
        function="sweep",
        difficulty=3,
        importance=3,
        minutes=8,
        check=_check_sweep,
        ideas=tuple(SWEEP_IDEAS),
        hints=(
            "In the picture good news spreads and bad news does not. What is different about an error when the value "
            "has to fall?",
            "An error of -0.5 is as wrong as one of +0.5. Which of the two passes `error > theta`?",
            "`error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])`.",
        ),
    ),
)
