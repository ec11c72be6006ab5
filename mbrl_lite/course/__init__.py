"""The course's side of a notebook: check, hint, learned, whose, progress, figure; and grading for teachers."""

from mbrl_lite.course.evidence import evidence
from mbrl_lite.course.exercise import NotSolved, Wrong
from mbrl_lite.course.figures import figure
from mbrl_lite.course.grading import format_grades, grade, write_grades
from mbrl_lite.course.lesson import check, hint, learned, whose
from mbrl_lite.course.tables import print_progress, progress

__all__ = [
    "NotSolved",
    "Wrong",
    "check",
    "evidence",
    "figure",
    "format_grades",
    "grade",
    "hint",
    "learned",
    "print_progress",
    "progress",
    "whose",
    "write_grades",
]
