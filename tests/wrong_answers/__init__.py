"""Answers people really write: wrong ones with the idea the check must name, and right ones that must pass.

One module for each chapter, chNN.py. To add answers, write a function and mark it:
`@wrong("00.1", "no_discount")` where the second word is the key of the message meant for it, or `@right("00.1")`.
"""

from collections import defaultdict
from collections.abc import Callable

WRONG: dict[str, list[tuple[Callable, str]]] = defaultdict(list)
RIGHT: dict[str, list[Callable]] = defaultdict(list)


def wrong(id: str, key: str) -> Callable:
    """Mark a wrong answer to an exercise, with the key of the message it must get."""

    def mark(fn):
        WRONG[id].append((fn, key))
        return fn

    return mark


def right(id: str) -> Callable:
    """Mark a right answer, written differently from the reference."""

    def mark(fn):
        RIGHT[id].append(fn)
        return fn

    return mark
