"""Trying an answer safely: copied arguments, fixed seeds, a time limit, and nothing of the notebook touched."""

import ast
import contextlib
import inspect
import io
import linecache
import random
import signal
import sys
import textwrap
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mbrl_lite.course.exercise import Exercise, NotSolved, Wrong
from mbrl_lite.course.values import copied, same, shown

_SEED = 0


@dataclass(frozen=True)
class Outcome:
    """What came of an answer: `status` is solved, wrong or unsolved; `key` and `message` say why."""

    status: str
    key: str = ""
    message: str = ""


class Answer:
    """A learner's function as a check calls it. A failure inside becomes `Wrong`, a stub becomes `NotSolved`."""

    def __init__(self, exercise: Exercise, fn: Callable):
        self.exercise, self.fn, self.changed = exercise, fn, ""

    def __call__(self, *args, **kwargs):
        given = copied((args, kwargs))
        try:
            result = self.fn(*given[0], **given[1])
        except NotImplementedError as error:
            if str(error) in ("", f"exercise {self.exercise.id}"):
                raise NotSolved(f"{self.exercise.id} is not done yet") from None
            raise self._failure(error, args, kwargs) from None
        except (Exception, SystemExit) as error:
            raise self._failure(error, args, kwargs) from None
        if not same(given, (args, kwargs)):
            self.changed = self.called(*args, **kwargs)
        return result

    def called(self, *args, **kwargs) -> str:
        """The call as a learner would type it."""
        parts = [shown(value) for value in args] + [f"{name}={shown(value)}" for name, value in kwargs.items()]
        return f"`{self.exercise.function}({', '.join(parts)})`"

    def _failure(self, error: BaseException, args, kwargs) -> Wrong:
        file = getattr(getattr(self.fn, "__code__", None), "co_filename", None)
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        line = linecache.getline(own[-1].filename, own[-1].lineno).strip() if own else ""
        where = f" at the line `{line}`" if line else ""
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Wrong("raised", f"{self.called(*args, **kwargs)} raised `{what}`{where}.")


def attempt(exercise: Exercise, fn: Callable) -> Outcome:
    """Check an answer. Always returns: whatever the answer does becomes an `Outcome`; only Ctrl-C passes through."""
    if not callable(fn):
        message = (
            f"`check` takes the function itself, and a {type(fn).__name__} came: "
            f'write `{exercise.function} = check("{exercise.id}", {exercise.function})`, without calling it.'
        )
        return Outcome("wrong", "not_a_function", message)
    if is_reference(exercise, fn):
        return Outcome("unsolved", "reference", "the name holds the reference: run the cell with your own `def` again.")
    if _is_empty(fn):
        return Outcome("unsolved", "empty")
    with _untouched() as printed:
        outcome = _judged(exercise, fn)
    words = printed.getvalue().strip()
    if outcome.status != "wrong" or not words:
        return outcome
    few = "\n".join(line[:100] for line in words.splitlines()[:5])
    return Outcome(outcome.status, outcome.key, f"{outcome.message}\nYour function printed:\n{few}")


def is_reference(exercise: Exercise, fn: Callable) -> bool:
    """Whether this is the stand-in itself, e.g. when only the check line was run again."""
    reference = exercise.reference
    return fn is reference or getattr(fn, "__code__", None) is reference.__code__


def _judged(exercise: Exercise, fn: Callable) -> Outcome:
    answer = Answer(exercise, fn)
    try:
        with _time_limit(exercise.seconds):
            exercise.check(answer)
    except NotSolved:
        return Outcome("unsolved", "stub")
    except Wrong as wrong:
        return Outcome("wrong", wrong.key, str(wrong))
    except _TimeUp:
        message = f"Your function was still running after {exercise.seconds:g} seconds: does its loop ever end?"
        return Outcome("wrong", "too_slow", message)
    if answer.changed:
        message = (
            f"The result is right, but {answer.changed} changed its own arguments, and whoever called it still "
            "needs them: work on a copy, or use operations that make a new value."
        )
        return Outcome("wrong", "changed_input", message)
    return Outcome("solved")


def _is_empty(fn: Callable) -> bool:
    """Whether the body holds nothing but a docstring, `...` and `pass`."""
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(fn))).body[0]
    except (OSError, TypeError, SyntaxError):
        return False  # no source to read: calling it will tell
    if not isinstance(node, ast.FunctionDef):
        return False
    return all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in node.body
    )


@contextlib.contextmanager
def _untouched():
    """Seed every random generator, catch what is printed, and put all random states back at the end."""
    torch = sys.modules.get("torch")
    python, numbers = random.getstate(), np.random.get_state()
    cpu = torch.get_rng_state() if torch else None
    gpus = torch.cuda.get_rng_state_all() if torch and torch.cuda.is_initialized() else None
    random.seed(_SEED)
    np.random.seed(_SEED)
    if torch:
        torch.default_generator.manual_seed(_SEED)
    printed = _Few()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield printed
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
        if torch:
            torch.set_rng_state(cpu)
        if gpus is not None:
            torch.cuda.set_rng_state_all(gpus)


class _Few(io.StringIO):
    """Keeps the beginning of what is printed: an answer may print without end."""

    def write(self, text: str) -> int:
        if self.tell() < 2000:
            super().write(text[:2000])
        return len(text)


class _TimeUp(BaseException):
    """Not an Exception, so that a learner's own `except Exception` does not swallow it."""


@contextlib.contextmanager
def _time_limit(seconds: float):
    """Raise `_TimeUp` after so many seconds. Where the system has no timer signal there is no limit."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(signum, frame):
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # rings again each second, should a bare `except:` eat one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
