"""Exercise 01.6: a factored model combines what it knows of each part into an answer about a state nobody visited."""

import itertools

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import as_array, shown

# One cell, one action, tried eight times: twice it led to cell 0, six times to cell 1. Two buttons.
_MOVED = np.array([2, 6, 0])
_TURNED = np.array([[[1, 3], [0, 4]], [[3, 0], [1, 4]]])  # (K, 2, 2)
_BITS = np.array([0, 1])


def _joint(cell, *bits) -> np.ndarray:
    """The product of the parts, (cells, 2, ..., 2), entry by entry."""
    joint = np.zeros((len(cell), *(2 for _ in bits)))
    for place in np.ndindex(*joint.shape):
        joint[place] = cell[place[0]] * np.prod([row[i] for row, i in zip(bits, place[1:], strict=True)])
    return joint


_CELL, _BIT0, _BIT1 = [0.25, 0.75, 0.0], [0.25, 0.75], [0.2, 0.8]


# What each common mistake gives for the small counts above, and the idea behind it.
_MISTAKES = {
    "counts": (
        _joint([2, 6, 0], [1, 3], [1, 4]),
        "These are products of counts. Turn each part into shares first: divide it by its own sum.",
    ),
    "every_bit": (
        _joint(_CELL, [1 / 8, 7 / 8], [0.5, 0.5]),
        "You mixed what happens to a dark button with what happens to a lit one. `bits` says which it is now: "
        "only the row `turned[k, bits[k]]` counts.",
    ),
    "other_row": (
        _joint(_CELL, [0, 1], [1, 0]),
        "You took the row of the *other* state of each button. `turned[k, i, j]`: from i, which is now, to j.",
    ),
    "transposed": (
        _joint(_CELL, [1, 0], [0, 1]),
        "You took a column: where a button *came from*. The row `turned[k, bits[k]]` says where it goes.",
    ),
    "one_total": (
        _joint(_CELL, [1 / 8, 3 / 8], [1 / 8, 4 / 8]),
        "You divided the buttons' counts by all 8 trials. Button 0 was dark in only 4 of them: divide each row by "
        "its own sum.",
    ),
    "averaged": (
        (_joint(_CELL, [1, 1], [1, 1]) + _joint([1, 1, 1], _BIT0, [1, 1]) + _joint([1, 1, 1], [1, 1], _BIT1)) / 3,
        "You averaged the parts. All of them must happen at once, and they do so independently: multiply.",
    ),
    "likeliest": (
        _joint([0, 1, 0], [0, 1], [0, 1]),
        "You kept the likeliest outcome of each part alone. The others happen too: keep all shares.",
    ),
    "smoothed": (
        _joint(np.array([3, 7, 1]) / 11, np.array([2, 4]) / 6, np.array([2, 5]) / 7),
        "You began to count at one, so cell 2, where nobody ever arrived, has become possible. "
        "Here: shares of what was seen.",
    ),
    "backwards": (
        _joint(_CELL, _BIT1, _BIT0),
        "For that entry the order does not matter, for others it does: the axis after the cell belongs to button 0, "
        "the next one to button 1. Yours are the other way round.",
    ),
}


def _check(answer) -> None:
    call = answer.called(_MOVED, _TURNED, _BITS)
    got = as_array(answer(_MOVED, _TURNED, _BITS), (3, 2, 2), call)
    if not np.allclose(got, _joint(_CELL, _BIT0, _BIT1)):
        seen = "The action led to cell 1 in 6 of 8 trials, lit button 0 in 3 of the 4 in which it was dark, and left "
        seen += "button 1 lit in 4 of 5. So cell 1 with both lit has probability 0.75 * 0.75 * 0.8 = 0.45, "
        seen += f"and yours is {shown(got[1, 1, 1])}. "
        for key, (pattern, idea) in _MISTAKES.items():
            if np.allclose(got, pattern):
                raise Wrong(key, seen + idea)
        raise Wrong("value", seen + f"Your whole answer for cell 1 is {shown(got[1].ravel())}.")
    _check_unknown(answer)
    _check_unneeded(answer)
    _check_others(answer)


def _check_unknown(answer) -> None:
    """Button 1 was always lit when the action was tried: nobody knows what would happen to it in the dark."""
    moved, turned, bits = np.array([0, 4]), np.array([[[1, 3], [0, 0]], [[0, 0], [0, 4]]]), np.array([0, 0])
    call = answer.called(moved, turned, bits)
    got = as_array(answer(moved, turned, bits), (2, 2, 2), call)
    seen = "Button 1 is dark, and whenever this action was tried it was lit. So one part has no answer, and the model "
    seen += f"should say so with zeros. Yours gives {shown(got[1].ravel())} for cell 1. "
    if np.isnan(got).any():
        raise Wrong("nan", seen + "You divided 0 by 0. Where a row sums to 0, let it stay 0.")
    if np.allclose(got, _joint([0, 1], [0.25, 0.75], [1, 0])):
        raise Wrong("stays", seen + "That it stays dark is likely, but a guess: this might be the cell of its button.")
    if np.allclose(got, _joint([0, 1], [0.25, 0.75], [0.5, 0.5])):
        raise Wrong("guess", seen + "Half and half is not knowledge: planning would take it for a fact.")
    if not np.allclose(got, 0):
        raise Wrong("unknown", seen)
    for moved, turned in (([0, 0], [[[1, 1], [1, 1]]]), ([0, 3], [[[0, 0], [2, 1]]])):
        arrays = np.array(moved), np.array(turned), np.array([0])
        got = as_array(answer(*arrays), (2, 2), answer.called(*arrays))
        if not np.allclose(got, 0):
            raise Wrong("unknown", f"With moved = {moved} and turned = {turned} one part was never seen: all is 0.")


def _check_unneeded(answer) -> None:
    """The button is dark, and what would happen to a lit one was never seen: that is not asked."""
    arrays = np.array([0, 4]), np.array([[[1, 3], [0, 0]]]), np.array([0])
    got = as_array(answer(*arrays), (2, 2), answer.called(*arrays))
    if not np.allclose(got, _joint([0, 1], [0.25, 0.75])):
        told = "Nobody ever tried this action with the button lit, so that row sums to 0. But now it is dark, and in "
        told += f"the dark it was tried 4 times: cell 1 has [0.25, 0.75]. Yours gives {shown(got[1])}. "
        raise Wrong("gives_up", told + "Only the rows that are asked for need to be known.")


def _check_others(answer) -> None:
    rng = np.random.default_rng(0)
    for cells, K in ((1, 1), (4, 1), (5, 3), (2, 4)):
        moved, turned = rng.integers(0, 9, cells), rng.integers(1, 9, (K, 2, 2))
        moved[0] += 1
        bits = rng.integers(0, 2, K)
        call = answer.called(moved, turned, bits)
        got = as_array(answer(moved, turned, bits), (cells, *(2,) * K), call)
        for place in itertools.product(range(cells), *[range(2)] * K):
            right = moved[place[0]] / moved.sum()
            for k in range(K):
                right *= turned[k, bits[k], place[1 + k]] / turned[k, bits[k]].sum()
            if not np.isclose(got[place], right):
                told = f"With {cells} cells and {K} buttons, the entry {place} is {shown(got[place])} and should be "
                raise Wrong("value", told + f"{shown(right)}. Does your function work for any number of buttons?")


EXERCISES = (
    Exercise(
        id="01.6",
        title="An answer about where nobody was",
        function="factored_next",
        difficulty=3,
        importance=4,
        minutes=12,
        check=_check,
        ideas=(*_MISTAKES, "nan", "stays", "guess", "unknown", "gives_up"),
        hints=(
            "Ask the parts one by one. Where does the walker go? What becomes of button 0, which is dark now? And of "
            "button 1? Each answer is a row of shares. Then: how likely is it that all three happen?",
            "The cell's row is `moved` divided by its sum. Button k's row is `turned[k, bits[k]]` divided by its sum. "
            "A sum of 0 means: not known. Divide by `max(sum, 1)`, and the row stays 0.",
            "Begin with `P = moved / max(moved.sum(), 1)`. For each button in turn, `P = np.multiply.outer(P, row)` "
            "adds an axis of length 2 at the end.",
        ),
    ),
)
