"""Exercises 08.4 and 08.5: putting two steps of a recurrence into one, without and with resets."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.exercises.ch07.judging import exercise, name_mistake, pair_of
from mbrl_lite.course.exercises.ch08.scans_ideas import COMBINE_IDEAS, HINTS, RESET_IDEAS

# --- 08.4 ------------------------------------------------------------------------------------------------------------


def _both(a1, b1, a2, b2) -> tuple[np.ndarray, np.ndarray]:
    """The one step that does what the two do, found by trying it on the states 0 and 1."""
    empty, unit = (a2 * (a1 * h + b1) + b2 for h in (0.0, 1.0))
    return unit - empty, empty


def _combine_mistakes(a1, b1, a2, b2) -> dict:
    a = a1 * a2
    return {
        "swapped": (a, a1 * b2 + b1),
        "no_decay": (a, b1 + b2),
        "own_decay": (a, a1 * b1 + b2),
        "both_decayed": (a, a2 * (b1 + b2)),
        "decay_added": (a1 + a2, a2 * b1 + b2),
        "right_decay_alone": (a2, a2 * b1 + b2),
        "right_decay_alone left": (a1, a2 * b1 + b2),
        "right_alone": (a, b2),
    }


def _check_combine(answer) -> None:
    import torch

    for seed, shape in ((0, (3,)), (1, (2, 4)), (2, ())):
        rng = np.random.default_rng(seed)
        parts = [rng.uniform(0.1, 1.5, shape).round(2) for _ in range(4)]
        left, right = (tuple(map(torch.tensor, pair)) for pair in (parts[:2], parts[2:]))
        got = pair_of(answer(left, right), (shape,) * 2, answer.called(left, right), "`(a, b)`")
        when = "With left = (a1, b1), right = (a2, b2) of random numbers, "
        name_mistake(got, _both(*parts), _combine_mistakes(*parts), COMBINE_IDEAS, when)


# --- 08.5 ------------------------------------------------------------------------------------------------------------


def _act(step, h) -> np.ndarray:
    """What one step (a, b, reset) makes of the states h, row by row."""
    return np.stack([(0.0 if r else 1.0) * (x * s) + y for x, y, r, s in zip(*step, h, strict=True)])


def _reset_both(left, right) -> tuple[np.ndarray, ...]:
    """The step that does what both do: its b is what becomes of the empty state, its a what is left of a unit."""
    rows = len(left[2])
    empty, unit = (_act(right, _act(left, [h] * rows)) for h in (0.0, 1.0))
    r = [bool(one or two) for one, two in zip(left[2], right[2], strict=True)]
    return _seen(unit - empty, empty, np.array(r))


def _seen(a, b, r) -> tuple[np.ndarray, ...]:
    """What counts of an answer: where there is a reset its a says nothing."""
    a, b, r = (np.asarray(part, dtype=float) for part in (a, b, r))
    return a * (1 - r)[:, None], b, r


def _reset_mistakes(left, right) -> dict:
    (a1, b1, r1), (a2, b2, r2) = left, right
    either, both = r1 | r2, r1 & r2

    def clear(r):
        return a2 * b1 * ~r[:, None] + b2

    any2 = np.full_like(r2, r2.any())
    return {
        "never_cleared": _seen(a1 * a2, a2 * b1 + b2, either),
        "left_clears": _seen(a1 * a2, clear(r1), either),
        "either_clears": _seen(a1 * a2, clear(either), either),
        "input_lost": _seen(a1 * a2, (a2 * b1 + b2) * ~r2[:, None], either),
        "input_lost left alone": _seen(a1 * a2, a2 * b1 * ~r2[:, None] + b2 * ~r2[:, None], either),
        "inverted": _seen(a1 * a2, clear(~r2), either),
        "whole_batch": _seen(a1 * a2, clear(any2), either),
        "flag_of_the_right": _seen(a1 * a2, clear(r2), r2),
        "flag_of_the_left": _seen(a1 * a2, clear(r2), r1),
        "flag_of_both": _seen(a1 * a2, clear(r2), both),
        "decay_of_the_right": _seen(a2, clear(r2), either),
        "swapped": _seen(a1 * a2, a1 * b2 * ~r1[:, None] + b1, either),
    }


def _check_reset(answer) -> None:
    import torch

    for seed, N, flags in (
        (0, 3, ([False, False, True, True], [False, True, False, True])),
        (1, 1, ([True, False], [False, False])),
        (2, 2, ([False, False, False], [True, False, True])),
    ):
        rng, B = np.random.default_rng(seed), len(flags[0])
        steps = [(*(rng.uniform(0.1, 1.5, (B, N)).round(2) for _ in range(2)), np.array(f)) for f in flags]
        given = [tuple(map(torch.tensor, step)) for step in steps]
        shapes = ((B, N), (B, N), (B,))
        result = answer(*given)
        got = pair_of(result, shapes, answer.called(*given), "`(a, b, reset)`")
        when = f"With resets {flags[0]} on the left and {flags[1]} on the right, "
        name_mistake(_seen(*got), _reset_both(*steps), _reset_mistakes(*steps), RESET_IDEAS, when)
        _check_handed_on(answer, given, tuple(result), shapes, _reset_both(steps[0], _reset_both(*steps)))


def _check_handed_on(answer, given, pair, shapes, expected) -> None:
    """A scan takes the result for a step again, so the flag must still be one."""
    call = answer.called(given[0], pair)
    try:
        got = pair_of(answer(given[0], pair), shapes, call, "`(a, b, reset)`")
    except Wrong as wrong:
        if wrong.key != "raised":
            raise
        raise Wrong("not_a_flag", f"{RESET_IDEAS['not_a_flag']} ({wrong})") from None
    name_mistake(_seen(*got), expected, {}, RESET_IDEAS, "With a result of yours as the right step, ")


EXERCISES = (
    exercise(HINTS, "08.4", "Two steps in one", "combine", (2, 5, 8), _check_combine, COMBINE_IDEAS),
    exercise(HINTS, "08.5", "Two steps in one, with resets", "combine_resets", (3, 5, 12), _check_reset, RESET_IDEAS),
)
