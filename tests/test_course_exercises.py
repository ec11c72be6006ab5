"""The checks are checked: right answers pass, stubs are not done yet, each mistake gets the message meant for it.

One exercise's tests:  pytest -k ex00_1
"""

import ast
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
import torch
import wrong_answers
from wrong_answers import RIGHT, WRONG

from mbrl_lite.course import source
from mbrl_lite.course.build import ROOT, sources
from mbrl_lite.course.chapter import read_chapter
from mbrl_lite.course.exercise import GENERAL, Wrong, every, find
from mbrl_lite.course.trial import attempt
from mbrl_lite.course.values import as_array, as_number
from mbrl_lite.errors import MbrlError

for info in pkgutil.iter_modules(wrong_answers.__path__):
    importlib.import_module(f"wrong_answers.{info.name}")


def mark(id: str, name: str = "") -> str:
    return f"ex{id.replace('.', '_')}" + (f"-{name}" if name else "")


ALL = pytest.mark.parametrize("exercise", [pytest.param(e, id=mark(e.id)) for e in every()])
RIGHTS = [pytest.param(id, fn, id=mark(id, fn.__name__)) for id, fns in RIGHT.items() for fn in fns]
WRONGS = [pytest.param(id, fn, key, id=mark(id, fn.__name__)) for id, fns in WRONG.items() for fn, key in fns]


@ALL
def test_the_reference_passes(exercise):
    text, missing = source.standalone(exercise.reference)
    assert missing == []  # a reference stands on its own
    # Loaded anew: the stand-in itself is never taken for an answer.
    outcome = attempt(exercise, source.load(text, exercise.function, f"reference {exercise.id}"))
    assert outcome.status == "solved", outcome


@ALL
def test_the_stub_is_not_done_yet(exercise):
    assert attempt(exercise, stub(exercise)).status == "unsolved"


@pytest.mark.parametrize(("id", "fn"), RIGHTS)
def test_a_right_answer_passes(id, fn):
    outcome = attempt(find(id), fn)
    assert outcome.status == "solved", outcome


@pytest.mark.parametrize(("id", "fn", "key"), WRONGS)
def test_a_wrong_answer_gets_the_message_meant_for_it(id, fn, key):
    outcome = attempt(find(id), fn)
    assert (outcome.status, outcome.key) == ("wrong", key), outcome.message
    if key in find(id).ideas:
        assert re.search(r"\d", outcome.message)  # the learner's own numbers, not just "wrong"


@ALL
def test_every_message_of_an_exercise_has_a_wrong_answer(exercise):
    keys = {key for _, key in WRONG[exercise.id]}
    assert set(exercise.ideas) <= keys, "messages that no wrong answer reaches"
    assert keys <= set(exercise.ideas) | set(GENERAL)
    assert not set(exercise.ideas) & set(GENERAL)
    assert len(set(exercise.ideas)) >= 4
    assert len(RIGHT[exercise.id]) >= 2


@ALL
def test_messages_of_different_mistakes_differ(exercise):
    texts = {}
    for fn, key in WRONG[exercise.id]:
        texts[key] = re.sub(r"[-\d., ]+", " ", attempt(exercise, fn).message)  # numbers aside
    assert len(set(texts.values())) == len(texts), texts


@ALL
def test_the_exercise_says_in_the_chapter_what_it_says_in_the_code(exercise):
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources(exercise.chapter))
    about = (
        f"# ### Exercise {exercise.id} - {exercise.title}\n#\n# Difficulty {exercise.difficulty} of 5 · "
        f"importance {exercise.importance} of 5 · {exercise.minutes} minutes\n"
    )
    assert about in text
    assert 1 <= exercise.difficulty <= 5 and 1 <= exercise.importance <= 5
    assert len(exercise.hints) == 3 and len({len(hint) > 20 for hint in exercise.hints}) == 1


@ALL
def test_the_reference_is_self_contained_and_bears_the_right_name(exercise):
    assert exercise.reference.__name__ == exercise.function
    assert "SOLUTION" not in inspect.getsource(exercise.reference)


def test_every_exercise_of_the_sources_exists_and_no_other():
    in_sources = [id for path in sources() for id in read_chapter(path).student.metadata["mbrl_lite"]["exercises"]]
    assert sorted(in_sources) == sorted(exercise.id for exercise in every())
    assert len(in_sources) == len(set(in_sources))


@pytest.mark.parametrize("id", ["00.99", "77.1", "1", "", None, 0.1])
def test_an_unknown_exercise_is_one_sentence(id):
    with pytest.raises(MbrlError, match="exercise"):
        find(id)


def stub(exercise):
    """The student's own stub, cut from the student notebook that the source gives."""
    for path in sources(exercise.chapter):
        for cell in read_chapter(path).student.cells:
            if cell.cell_type != "code":
                continue
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef) and node.name == exercise.function:
                    scope = dict(vars(inspect.getmodule(exercise.reference)))  # the imports it may name in its types
                    exec(ast.unparse(node), scope)
                    return scope[exercise.function]
    raise AssertionError(f"{exercise.id} is in no chapter under {ROOT / 'solutions'}")


@pytest.mark.parametrize(
    ("value", "shape", "told"),
    [
        (np.zeros((4, 2, 1)), (2, 4, 1), "and returned an array of shape (4, 2, 1): B and time have changed places."),
        (np.zeros((4, 2)), (2, 3), "and returned an array of shape (4, 2)."),
        (np.zeros(3), (2,), "and returned [0, 0, 0], shape (3,)."),
        (0.5, (2, 2), "and returned 0.5, a single number."),
        (np.zeros((2, 2)), (), "and returned an array of shape (2, 2)."),
    ],
)
def test_a_wrong_shape_is_said_once(value, shape, told):
    with pytest.raises(Wrong) as error:
        as_array(value, shape, "f(x)", "B and time") if shape else as_number(value, "f(x)")
    assert str(error.value).endswith(told)


@pytest.mark.parametrize(
    ("id", "name"), [("07.4", "imagine_time_first"), ("09.1", "time_first"), ("09.2", "time_first")]
)
def test_an_answer_with_time_first_is_told_so(id, name):
    answer = next(fn for fn, _ in WRONG[id] if fn.__name__ == name)
    assert "B and time have changed places" in attempt(find(id), answer).message


def test_a_gradient_that_should_not_come_back_is_named_by_its_arguments():
    answer = next(fn for fn, _ in WRONG["09.4"] if fn.__name__ == "detaches_the_returns_alone")
    assert "A gradient reaches `value` and `reach`, where none should" in attempt(find("09.4"), answer).message


def test_a_list_of_tensors_that_want_a_gradient_is_named_and_not_raised():
    with pytest.raises(Wrong, match=r"f\(x\) should return an array of shape \(1, 2\), and returned .* \(list\)"):
        as_array([torch.ones(2, requires_grad=True)], (1, 2), "f(x)")
