"""How the checks of chapter 10 name a mistake: by the numbers that it gives, part by part."""

import numpy as np

from mbrl_lite.course.exercise import Wrong
from mbrl_lite.course.values import shown

EXERCISES = ()
Parts = dict[str, np.ndarray]  # what an answer returned, by name


def agree(a: Parts, b: Parts) -> bool:
    """Whether all parts are the same numbers; what is not finite agrees with nothing finite."""
    return all(np.allclose(a[name], b[name], rtol=1e-5, atol=1e-9, equal_nan=True) for name in b)


def name_parts(got: Parts, expected: Parts, mistakes: dict[str, Parts], ideas: dict[str, str], when: str = "") -> None:
    """Raise `Wrong` with the idea whose numbers `got` are; nothing if they are the expected ones.

    A mistake that can be made in several ways has one entry for each: "idea", "idea:another way".
    """
    if agree(got, expected):
        return
    seen = when + difference(got, expected)
    for key, pattern in mistakes.items():
        if agree(got, pattern):
            idea = key.partition(":")[0]
            raise Wrong(idea, f"{seen}: {ideas[idea]}")
    raise Wrong("value", f"{seen}. Go through the contract once more, with these numbers by hand.")


def difference(got: Parts, expected: Parts) -> str:
    """The first number that is not as expected, in words."""
    for name, right in expected.items():
        mine, right = np.asarray(got[name], float), np.asarray(right, float)
        off = ~np.isclose(mine, right, rtol=1e-5, atol=1e-9)
        if off.any():
            at = tuple(int(i) for i in np.argwhere(off)[0])
            place = f"[{', '.join(map(str, at))}]" if at else ""
            return f"{name}{place} is {plain(mine[at])}, and {plain(right[at])} was expected"
    raise AssertionError("nothing differs")


def plain(number: float) -> str:
    """A whole number with all its digits, any other to four."""
    return f"{int(number):,}" if np.isfinite(number) and number == int(number) else shown(float(number))
