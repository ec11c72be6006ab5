"""Grading whole notebooks, whatever learners hand in."""

import csv
import json

import nbformat
import pytest

from mbrl_lite.course import format_grades, grade, write_grades
from mbrl_lite.course.build import sources
from mbrl_lite.course.chapter import read_chapter
from mbrl_lite.course.grading import Grade
from mbrl_lite.errors import MbrlError

ONE = "def discounted_return(rewards, gamma):\n    {}\n\ndiscounted_return = check('00.1', discounted_return)"
TWO = "def cont_targets(terminated, truncated):\n    {}\n\ncont_targets = check('00.2', cont_targets)"
STUB = "raise NotImplementedError('exercise 00.1')"
RIGHT_ONE = "return sum(gamma**k * r for k, r in enumerate(rewards))"
RIGHT_TWO = "return 1.0 - terminated"
START = "import os, time\nimport numpy as np\nfrom mbrl_lite.course import check"


@pytest.fixture(scope="module")
def chapter():
    return read_chapter(sources("00")[0])


def hand_in(folder, name, cells, about="00_start_here"):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "somebody-elses-kernel", "display_name": "?", "language": "python"}
    if about:
        notebook.metadata["mbrl_lite"] = {"chapter": about}
    path = folder / name
    nbformat.write(notebook, path)
    return path


def states(grades):
    return [(g.exercise, g.state, g.idea) for g in grades]


def test_the_chapters_own_notebooks_are_graded_as_they_should(tmp_path, chapter):
    student, solution = tmp_path / "student.ipynb", tmp_path / "solution.ipynb"
    nbformat.write(chapter.student, student)
    nbformat.write(chapter.solution, solution)
    grades = grade([student, solution])
    assert states(grades) == [
        ("00.1", "not done", ""),
        ("00.2", "not done", ""),
        ("00.1", "solved", ""),
        ("00.2", "solved", ""),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            [START, ONE.format("return sum(rewards)"), TWO.format(RIGHT_TWO)],
            [("00.1", "wrong", "no_discount"), ("00.2", "solved", "")],
        ),
        (
            [START, ONE.format(RIGHT_ONE), "1 / 0", TWO.format(RIGHT_TWO)],
            [("00.1", "solved", ""), ("00.2", "solved", "")],
        ),
        ([START, TWO.format(RIGHT_TWO)], [("00.1", "not done", "not_checked"), ("00.2", "solved", "")]),
        (
            [
                START,
                "def discounted_return(rewards, gamma)\n    return 0",
                ONE.format(STUB),
                TWO.format("return nowhere"),
            ],
            [("00.1", "not done", ""), ("00.2", "wrong", "raised")],
        ),
        (
            [START, "discounted_return = check('00.1', discounted_return)"],
            [("00.1", "not done", "not_checked"), ("00.2", "not done", "not_checked")],
        ),
    ],
    ids=["wrong", "a_cell_raises", "a_cell_is_gone", "syntax_error", "the_function_is_gone"],
)
def test_each_exercise_is_judged_by_itself(tmp_path, cells, expected):
    assert states(grade([hand_in(tmp_path, "anna.ipynb", cells)])) == expected


def test_a_crash_and_endless_cells_cost_only_themselves(tmp_path):
    cells = [
        START,
        "while True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass",  # Ctrl-C is no help
        ONE.format("os._exit(1)"),
        "assert discounted_return([1.0], 0.5) == 1.0",  # the reference stands in
        TWO.format(RIGHT_TWO),
    ]
    path = hand_in(tmp_path, "bert.ipynb", cells)
    grades = grade([path], cell_seconds=5)
    assert states(grades) == [("00.1", "wrong", "no_result"), ("00.2", "solved", "")]
    assert "ended the Python process" in grades[0].detail


def test_a_notebook_without_our_metadata_is_known_by_its_name_and_its_checks(tmp_path):
    by_name = hand_in(tmp_path, "Clara 00_start_here (1).ipynb", [START], about=None)
    by_checks = hand_in(tmp_path, "homework.ipynb", [START, TWO.format(RIGHT_TWO)], about=None)
    neither = hand_in(tmp_path, "notes.ipynb", ["1 + 1"], about=None)
    assert states(grade([by_name])) == [("00.1", "not done", "not_checked"), ("00.2", "not done", "not_checked")]
    assert states(grade([by_checks])) == [("00.2", "solved", "")]
    assert states(grade([neither])) == [("?", "not done", "unknown")]


@pytest.mark.parametrize(
    "content", ["", "{}", "not json", '{"cells": [{}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}']
)
def test_a_file_that_is_no_notebook_is_a_row_and_not_a_crash(tmp_path, content):
    path = tmp_path / "00_start_here.ipynb"
    path.write_text(content)
    grades = grade([path])
    assert [g.exercise for g in grades] == ["00.1", "00.2"]
    assert {g.state for g in grades} == {"not done"}
    assert {g.idea for g in grades} == {"unreadable"}


def test_a_missing_path_is_one_sentence(tmp_path):
    with pytest.raises(MbrlError, match="there is no notebook"):
        grade([tmp_path / "nobody.ipynb"])


def test_the_table_and_both_files_say_the_same(tmp_path):
    grades = [
        Grade("anna.ipynb", "00.1", "The discounted return", "solved"),
        Grade("anna.ipynb", "00.2", "What ends", "wrong", "flipped", '=HYPERLINK("x")\nsecond line'),
    ]
    table, data = write_grades(grades, tmp_path / "out")
    rows = list(csv.DictReader(table.open(encoding="utf-8", newline="")))
    assert [row["state"] for row in rows] == ["solved", "wrong"]
    assert rows[1]["detail"].startswith("'=")  # a spreadsheet must not run it
    assert [row["idea"] for row in json.loads(data.read_text(encoding="utf-8"))] == ["", "flipped"]
    text = format_grades(grades)
    assert "anna.ipynb: 1 of 2 solved" in text and "flipped" in text


def test_nothing_to_grade_is_said():
    with pytest.raises(MbrlError, match="expected notebooks to grade, got none"):
        grade([])


def test_a_learner_cannot_see_the_graders_home_or_keep_files_there(tmp_path, monkeypatch):
    monkeypatch.setenv("MBRL_LITE_GRADE", "1")  # the grader's own setting does not reach the notebook
    monkeypatch.chdir(tmp_path)
    spy = "return (open('left_behind', 'w').write('x'), 1.0 - terminated)[1]"
    path = hand_in(tmp_path, "dora.ipynb", [START, ONE.format(STUB), TWO.format(spy)])
    assert states(grade([path])) == [("00.1", "not done", ""), ("00.2", "solved", "")]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dora.ipynb"]
