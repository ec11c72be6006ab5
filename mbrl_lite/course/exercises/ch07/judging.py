"""What the exercises of chapter 07 share: how they are listed, and how a check names a mistake by what it returns."""

import numpy as np

from mbrl_lite.course.exercise import Exercise, Wrong
from mbrl_lite.course.values import shown

EXERCISES = ()


def exercise(hints: dict, id: str, title: str, function: str, levels: tuple[int, int, int], check, ideas) -> Exercise:
    """An exercise of this chapter; `levels` are its difficulty, importance and minutes."""
    return Exercise(id, title, function, *levels, check, hints[id], tuple(ideas))


def name_mistake(got, expected, mistakes: dict, ideas: dict[str, str], when: str, tol: float = 1e-5) -> None:
    """Raise `Wrong` with the idea whose result `got` is; nothing if it is what was expected.

    `got`, `expected` and each mistake are arrays of one shape, or tuples of such arrays. A mistake whose result is what
    was expected here is passed over. `when` begins the sentence: "After 3 steps ".
    """
    parts, right = as_parts(got), as_parts(expected)
    if alike(parts, right, tol):
        return
    seen = when + difference(parts, right, tol)
    for key, pattern in mistakes.items():
        if alike(parts, as_parts(pattern), tol):
            idea = key.split(" ")[0]
            raise Wrong(idea, f"{seen}: {ideas[idea]}")
    raise Wrong("value", f"{seen}. Go through the contract once more, with these numbers by hand.")


def as_parts(value) -> tuple[np.ndarray, ...]:
    """One array, or several, as a tuple of float arrays."""
    values = value if isinstance(value, tuple) else (value,)
    return tuple(np.asarray(part, dtype=float) for part in values)


def alike(a: tuple, b: tuple, tol: float) -> bool:
    """Whether all parts have the same shape and, up to `tol`, the same numbers."""
    return len(a) == len(b) and all(
        x.shape == y.shape and np.allclose(x, y, rtol=tol, atol=tol) for x, y in zip(a, b, strict=True)
    )


def difference(parts: tuple, right: tuple, tol: float) -> str:
    """The first number that is not as expected, in words."""
    for number, (x, y) in enumerate(zip(parts, right, strict=True)):
        wrong = np.argwhere(~np.isclose(x, y, rtol=tol, atol=tol))
        if len(wrong):
            at = tuple(wrong[0])
            part = f" of result {number + 1}" if len(parts) > 1 else ""
            place = f"entry [{', '.join(map(str, at))}]{part}" if at else f"the number{part}"
            return f"{place} is {shown(float(x[at]) + 0.0)}, and {shown(float(y[at]) + 0.0)} was expected"
    return "the shapes differ"


def pair_of(value, shapes: tuple, call: str, names: str, axes: str = "the first two axes") -> tuple[np.ndarray, ...]:
    """An answer that should be a tuple of arrays of these shapes; raises `Wrong` that says what came instead.

    `axes` is what the first two of each are called: "B and time".
    """
    from mbrl_lite.course.values import as_array

    if value is None:
        raise Wrong("none", f"{call} returned None: is the `return` line missing, or inside the wrong indentation?")
    if not isinstance(value, (tuple, list)) or len(value) != len(shapes):
        raise Wrong("type", f"{call} should return {names}, {len(shapes)} things, and returned {shown(value)}.")
    return tuple(as_array(part, shape, call, axes) for part, shape in zip(value, shapes, strict=True))
