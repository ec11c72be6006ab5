"""What a chapter calls: check an answer, open a hint, bring back what was learned, ask whose code runs."""

import json
import os
from collections.abc import Callable

from mbrl_lite.course import notice, source, store
from mbrl_lite.course.exercise import Exercise, NotSolved, Wrong, find
from mbrl_lite.course.trial import Outcome, attempt
from mbrl_lite.errors import MbrlError

_whose: dict[str, str] = {}  # exercise id -> whose function this notebook uses


def check(id: str, fn: Callable) -> Callable:
    """Check an answer and return the function to go on with: the learner's if it is right, else the reference.

    Use it as `f = check("00.1", f)`. In grade mode (MBRL_LITE_GRADE=1) a wrong answer raises `Wrong` and a stub
    `NotSolved`. Raises `MbrlError` for an unknown id.
    """
    exercise = find(id)
    _log(id, Outcome("started"))
    outcome = attempt(exercise, fn)
    _log(id, outcome)
    if outcome.status == "solved":
        _whose[id] = "your code"
        _solved(exercise, fn)
        return fn
    _whose[id] = "reference"
    if grading():
        if outcome.status == "wrong":
            raise Wrong(outcome.key, f"{id}: {outcome.message}")
        raise NotSolved(f"{id} is not done yet: write `{exercise.function}` and run its cell")
    (_wrong if outcome.status == "wrong" else _unsolved)(exercise, outcome)
    return exercise.reference


def hint(id: str, k: int | None = None) -> None:
    """Show hint k (1 to 3) of an exercise, the next one if k is left out. They open one after another."""
    exercise = find(id)
    record = store.read(id)
    if k is None:
        k = min(record.hints + 1, len(exercise.hints))
    if k not in (1, 2, 3):
        raise MbrlError(f'an exercise has hints 1, 2 and 3, not {k!r}: start with hint("{id}", 1)')
    if k > record.hints + 1:
        after = record.hints + 1
        notice.show("hint", f"{id} hint {k} is still closed", f'Open hint {after} first: `hint("{id}", {after})`.')
        return
    if k > record.hints:
        record.hints = k
        store.write(record)
    ahead = "\n\nThe third hint is nearly the whole answer: try once more before you open it." if k == 2 else ""
    notice.show("hint", f"{id} hint {k} of 3", exercise.hints[k - 1] + ahead)


def learned(id: str) -> Callable:
    """The learner's own solution from an earlier chapter, checked again; the reference (and a notice) without one."""
    exercise = find(id)
    record = store.read(id)
    _whose[id] = "reference"
    if not record.solved:
        _stand_in(exercise, "it is not solved yet")
        return exercise.reference
    if record.source is None:
        _stand_in(exercise, "your solution passed, but its source could not be read and saved")
        return exercise.reference
    try:
        fn = source.load(record.source, record.function, f"your {id}")
    except Exception as error:  # the learner's own text: whatever it raises, the chapter goes on
        _stand_in(exercise, f"your saved solution raised `{type(error).__name__}: {error}` when it was loaded")
        return exercise.reference
    outcome = attempt(exercise, fn)
    if outcome.status != "solved":
        _stand_in(exercise, f"your saved solution does not pass any more: {outcome.message}")
        return exercise.reference
    _whose[id] = "your code"
    notice.show("solved", f"{id} {exercise.title}", f"Here `{exercise.function}` is your own code.")
    return fn


def whose(id: str) -> str:
    """'your code' or 'reference': whose function this notebook uses, for the labels of a plot."""
    find(id)
    if id not in _whose:
        raise MbrlError(f'{id} is not known in this notebook yet: run its check("{id}", ...) or learned("{id}") line')
    return _whose[id]


def grading() -> bool:
    """Whether grade mode is on."""
    return os.environ.get("MBRL_LITE_GRADE", "") not in ("", "0")


def _solved(exercise: Exercise, fn: Callable) -> None:
    title = f"{exercise.id} {exercise.title}: solved"
    if grading():
        notice.show("solved", title, f"From here on `{exercise.function}` is your code.")
        return
    record = store.read(exercise.id)
    record.solved, record.function = True, getattr(fn, "__name__", exercise.function)
    record.source, missing = source.standalone(fn)
    if record.function == "<lambda>":
        record.function = exercise.function
    saved = store.write(record)
    body = f"From here on `{exercise.function}` is your code."
    if missing or record.source is None:
        body += " " + _not_portable(missing)
    elif saved:
        body += " It is saved for later chapters."
    notice.show("solved", title, body)


def _not_portable(missing: list[str]) -> str:
    if not missing:
        return "Its source could not be read, so later chapters will use the reference."
    names = ", ".join(f"`{name}`" for name in missing)
    return f"It uses {names} from this notebook. Pass it in as an argument, or later chapters will use the reference."


def _wrong(exercise: Exercise, outcome: Outcome) -> None:
    record = store.read(exercise.id)
    record.wrong += 1
    store.write(record)
    after = f"The reference stands in for `{exercise.function}` until yours is right. {_next_hint(record)}"
    notice.show("wrong", f"{exercise.id} {exercise.title}: not right yet", f"{outcome.message}\n{after}")


def _unsolved(exercise: Exercise, outcome: Outcome) -> None:
    record = store.read(exercise.id)
    if outcome.key == "reference":
        todo = f"`{exercise.function}` holds the reference now: run the cell with your own `def` again."
    else:
        todo = f"The reference stands in for `{exercise.function}`, so everything below runs. {_next_hint(record)}"
    if record.solved:
        todo += f'\nYou solved it before: `{exercise.function} = learned("{exercise.id}")` brings your code back.'
    notice.show("todo", f"{exercise.id} {exercise.title}: not done yet", todo)


def _next_hint(record: store.Record) -> str:
    return f'Stuck? `hint("{record.id}", {min(record.hints + 1, 3)})`'


def _stand_in(exercise: Exercise, why: str) -> None:
    title = f"{exercise.id} {exercise.title}: the reference is used"
    notice.show("todo", title, f"`{exercise.function}` is the reference here, because {why}.")


def _log(id: str, outcome: Outcome) -> None:
    """One line for each check, for the grader that runs this notebook (MBRL_LITE_RECORD names its file)."""
    path = os.environ.get("MBRL_LITE_RECORD")
    if path:
        line = {"id": id, "status": outcome.status, "key": outcome.key, "message": outcome.message}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
