"""Exercise 01.10: Bayes' rule for the world one is in."""

import itertools
import warnings

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, shown

# Two worlds, two states, two actions. The step 0, 1 -> 1: world 0 takes it with 0.6, world 1 with 0.2.
_P = np.array(
    [[[[0.9, 0.1], [0.4, 0.6]], [[0.3, 0.7], [0.5, 0.5]]], [[[0.7, 0.3], [0.8, 0.2]], [[0.25, 0.75], [0.1, 0.9]]]]
)
_B = np.array([0.3, 0.7])

_IDEAS = {
    "not_normalised": (
        "These are the two joint probabilities: being in this world *and* seeing this step. As a belief they must sum "
        "to 1. Divide by their sum."
    ),
    "no_prior": (
        "You forgot what you believed before. This is how well each world explains the one step; weigh it with `b`, "
        "or each step wipes out all that came before it."
    ),
    "no_evidence": (
        "The belief did not move, though world 0 takes this step three times as often as world 1. Multiply by "
        "`P[:, s, a, s2]`."
    ),
    "added": (
        "You added belief and likelihood. Both must hold, this world *and* this step, so multiply. A world that cannot "
        "take the step would keep its place in your sum."
    ),
    "backwards": (
        "You read the step backwards, from `s2` to `s`. `P[m, s, a, s2]` has the goal last."
    ),
    "other_action": (
        "You took action 0's row, and the action was 1: it has to come in as `a`."
    ),
    "index_order": (
        "You took state 1 and action 0, and it was state 0 and action 1. The order of the indices is world, state, "
        "action, next state; here it only runs because there are two of each."
    ),
    "all_actions": (
        "You summed over the actions. You know which one you took: the others say nothing about this step."
    ),
    "one_hot": (
        "You went for the likelier world and called it certain. A belief keeps the doubt: here the other world has "
        "more than a third of it, and one more step may turn the tables."
    ),
    "by_largest": (
        "You divided by the largest entry, so that it became 1. Divide by the sum: the entries together are 1."
    ),
    "squared": (
        "The likelihood comes in twice. One step was seen, so it counts once."
    ),
}  # fmt: skip


def _mistakes(b, P, s, a, s2) -> dict[str, np.ndarray]:
    """What each common mistake would return."""
    like = P[:, s, a, s2]

    def share(x):
        return x / x.sum()

    return {
        "not_normalised": b * like,
        "no_prior": share(like),
        "no_evidence": b,
        "added": share(b + like),
        "backwards": share(b * P[:, s2, a, s]),
        "other_action": share(b * P[:, s, 1 - a, s2]),
        "index_order": share(b * P[:, a, s, s2]),
        "all_actions": share(b * P[:, s, :, s2].sum(-1)),
        "one_hot": (b * like == (b * like).max()).astype(float),
        "by_largest": b * like / (b * like).max(),
        "squared": share(b * like**2),
    }


def _check_belief(answer) -> None:
    b, (s, a, s2) = _B, (0, 1, 1)
    got = as_array(answer(b, _P, s, a, s2), (2,), answer.called(b, _P, s, a, s2))
    if not np.allclose(got, [0.18 / 0.32, 0.14 / 0.32]):
        seen = (
            f"You believed {shown(b)} and saw the step 0 -> 1 under action 1. World 0 takes it with probability 0.6, "
            f"world 1 with 0.2. Your new belief is {shown(got)}. "
        )
        for key, pattern in _mistakes(b, _P, s, a, s2).items():
            if np.allclose(got, pattern):
                raise Wrong(key, seen + _IDEAS[key])
        raise Wrong("value", seen + "It should be 0.3 * 0.6 and 0.7 * 0.2, divided by their sum: [0.5625, 0.4375].")
    _check_zeros(answer)
    _check_histories(answer)


def _check_zeros(answer) -> None:
    P = np.array(
        [[[[0.0, 1.0]], [[0.5, 0.5]]], [[[0.4, 0.6]], [[0.5, 0.5]]], [[[0.4, 0.6]], [[0.5, 0.5]]]]
    )  # (3, 2, 1, 2)
    b = np.array([0.5, 0.1, 0.4])
    got = as_array(answer(b, P, 0, 0, 0), (3,), answer.called(b, P, 0, 0, 0))
    if not np.allclose(got, [0, 0.2, 0.8]):
        told = f"World 0 never takes this step, so it is out. From {shown(b)} your belief became {shown(got)}. "
        raise Wrong(
            "ruled_out", told + "It should be [0, 0.2, 0.8]: the other two share what is left, 1 to 4 as before."
        )
    b = np.array([1.0, 0.0, 0.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = as_array(answer(b, P, 0, 0, 0), (3,), answer.called(b, P, 0, 0, 0))
    told = f"You were certain of world 0, {shown(b)}, and saw a step that it never takes. Your answer is {shown(got)}. "
    if not np.isfinite(got).all():
        raise Wrong(
            "impossible", told + "That is 0 / 0. If no world of the belief allows the step, return `b` as it is."
        )
    if not np.array_equal(got, b):
        raise Wrong("invented", told + "Bayes' rule is silent here, and the contract asks for `b` as it is.")


def _check_histories(answer) -> None:
    rng = np.random.default_rng(0)
    P = rng.dirichlet(np.ones(3), size=(3, 3, 2))  # (M, S, A, S)
    b = start = np.array([0.2, 0.3, 0.5])
    joint = start.copy()
    for s, s2 in itertools.pairwise([0, 2, 1, 1, 0, 2, 2]):
        a = (s + s2) % 2
        before, call = b, answer.called(b, P, s, a, s2)
        b = as_array(answer(b, P, s, a, s2), (3,), call)
        joint = np.array([share * P[m][s][a][s2] for m, share in enumerate(joint)])  # of the whole history
        if not np.allclose(b, joint / joint.sum()):
            told = f"{call} turned {shown(before)} into {shown(b)} for the step {s} -> {s2} under action {a}. "
            raise Wrong("value", told + f"Counting whole histories, the belief there is {shown(joint / joint.sum())}.")


EXERCISES = (
    Exercise(
        id="01.10",
        title="Belief update",
        function="belief_update",
        difficulty=2,
        importance=4,
        minutes=8,
        check=_check_belief,
        ideas=(*_IDEAS, "ruled_out", "impossible", "invented"),
        hints=(
            "Imagine 100 days: 30 in world 0 and 70 in world 1. On how many of each do you see this step? Now you know "
            "that you saw it: which days are left?",
            "The days left are `b * P[:, s, a, s2]`, one entry a world. Turn them into shares of all days left. And "
            "what if no day is left?",
            "With `seen = b * P[:, s, a, s2]`, return `seen / seen.sum()`; if that sum is 0, return `b`.",
        ),
    ),
)
