"""What an exercise is, where the exercises are found, and the two ways an answer can fall short."""

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass

from mbrl_lite.course import exercises, references
from mbrl_lite.errors import MbrlError

# Keys of the messages that any exercise may give. All others are written for one mistake and named in `ideas`.
GENERAL = ("not_a_function", "raised", "none", "type", "shape", "value", "changed_input", "too_slow")


class NotSolved(MbrlError):
    """The exercise is still to be done. Only grade mode raises it."""


class Wrong(MbrlError):
    """An answer that is not right: `key` names the idea that went wrong, the text says it to the learner."""

    def __init__(self, key: str, message: str):
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Exercise:
    """One exercise. `check(answer)` calls the learner's function and raises `Wrong` if it is not right."""

    id: str  # NN.k
    title: str
    function: str  # the name the learner's function must have
    difficulty: int  # 1 to 5
    importance: int  # 1 to 5
    minutes: int  # what most people need
    check: Callable
    hints: tuple[str, str, str]  # the third is nearly the answer
    ideas: tuple[str, ...]  # the keys of the messages written for this exercise; a test feeds each a wrong answer
    seconds: float = 10.0  # the check gives up after this long

    @property
    def chapter(self) -> str:
        """The two digits of the exercise's chapter."""
        return self.id.split(".")[0]

    @property
    def reference(self) -> Callable:
        """The solution's own function."""
        return references.find(self.id)


def in_chapter(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, given its two digits; none for a chapter without exercises."""
    if chapter not in chapters():
        return ()
    return importlib.import_module(f"{exercises.__name__}.ch{chapter}").EXERCISES


def chapters() -> list[str]:
    """The two digits of every chapter that has exercises."""
    return sorted(info.name[2:] for info in pkgutil.iter_modules(exercises.__path__) if info.name.startswith("ch"))


def every() -> list[Exercise]:
    """All exercises of the course, in order."""
    return [exercise for chapter in chapters() for exercise in in_chapter(chapter)]


def find(id: str) -> Exercise:
    """The exercise with this id; raises `MbrlError` naming the exercises there are."""
    if not isinstance(id, str) or not re.fullmatch(r"\d\d\.\d+", id):
        raise MbrlError(f'an exercise is named by a text like "00.1", not {id!r}')
    near = in_chapter(id[:2])
    for exercise in near:
        if exercise.id == id:
            return exercise
    there = ", ".join(exercise.id for exercise in near or every())
    raise MbrlError(f"there is no exercise {id}: choose one of {there}")
