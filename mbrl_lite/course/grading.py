"""Grading for teachers: runs submitted notebooks offline and tells, for each exercise, solved, wrong or not done."""

import csv
import json
import re
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mbrl_lite.course import references
from mbrl_lite.course.execute import client, environment
from mbrl_lite.course.exercise import Exercise, find, in_chapter
from mbrl_lite.course.tables import as_text
from mbrl_lite.errors import MbrlError, require

_CHECK = re.compile(r"(?:(\w+)\s*=\s*)?\bcheck\(\s*['\"](\d\d\.\d+)['\"]")
_RESTARTS = 4  # so many cells of a notebook may hang or kill the kernel before we stop reading it


@dataclass(frozen=True)
class Grade:
    """One exercise of one notebook: state is 'solved', 'wrong' or 'not done'; idea names what went wrong."""

    notebook: str
    exercise: str
    title: str
    state: str
    idea: str = ""
    detail: str = ""


def grade(notebooks: list, cell_seconds: int = 300) -> list[Grade]:
    """Run each notebook in an empty folder and grade every exercise of its chapter.

    A cell that raises does not stop the rest; one that hangs or kills the kernel is left out and the others run again.
    It runs the learners' code, so use an account that may run it. Raises `MbrlError` without paths, or for a
    path that does not exist.
    """
    paths = [Path(path) for path in notebooks]
    if not paths:
        raise MbrlError("expected notebooks to grade, got none: give the paths of .ipynb files")
    for path in paths:
        if not path.is_file():
            raise MbrlError(f"there is no notebook {path}: give the paths of .ipynb files")
    return [row for path in paths for row in _graded(path, cell_seconds)]


def format_grades(grades: list[Grade]) -> str:
    """The grades as a text table, with the number solved of each notebook."""
    rows = [("notebook", "exercise", "state", "idea", "detail")]
    rows += [(g.notebook, g.exercise, g.state, g.idea, _short(g.detail)) for g in grades]
    names = list(dict.fromkeys(g.notebook for g in grades))
    own = {name: [g.state for g in grades if g.notebook == name] for name in names}
    totals = [f"{name}: {states.count('solved')} of {len(states)} solved" for name, states in own.items()]
    return "\n".join([as_text(rows), "", *totals])


def write_grades(grades: list[Grade], folder: Path) -> tuple[Path, Path]:
    """Write grades.csv and grades.json into a folder and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table, data = folder / "grades.csv", folder / "grades.json"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Grade)])
        writer.writeheader()
        # A spreadsheet runs a cell that starts with one of these: learners' texts get a quote in front.
        writer.writerows({k: f"'{v}" if v[:1] in "=+-@" and v else v for k, v in asdict(g).items()} for g in grades)
    data.write_text(json.dumps([asdict(g) for g in grades], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return table, data


def _graded(path: Path, cell_seconds: int) -> list[Grade]:
    nbformat = require("nbformat", "lab")
    try:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source  # noqa: B018 - a file without it is no notebook
    except Exception as error:  # nbformat raises what it likes for a file that is no notebook
        why = f"the file is not a notebook that can be read: {type(error).__name__}"
        return [Grade(str(path), e.id, e.title, "not done", "unreadable", why) for e in _by_name(path)] or [
            Grade(str(path), "?", "", "not done", "unreadable", why)
        ]
    exercises = _expected(path, notebook)
    if not exercises:
        return [Grade(str(path), "?", "", "not done", "unknown", "no exercise of this course is in this notebook")]
    ran = _run(notebook, cell_seconds)
    return [_one(str(path), exercise, ran) for exercise in exercises]


def _by_name(path: Path) -> list[Exercise]:
    """The exercises a notebook should have, told by the first two digits of its name."""
    digits = re.search(r"(?<!\d)(\d\d)[ab]?_", path.name)
    return list(in_chapter(digits.group(1))) if digits else []


def _expected(path: Path, notebook) -> list[Exercise]:
    """By the chapter the notebook says it is; failing that by its name; and whatever it checks besides."""
    about = notebook.metadata.get("mbrl_lite")
    chapter = about.get("chapter") if isinstance(about, dict) else None
    ids = set(references.chapter_ids(str(chapter))) or {exercise.id for exercise in _by_name(path)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ids |= {id for _, id in _CHECK.findall(cell.source) if any(e.id == id for e in in_chapter(id[:2]))}
    return [find(id) for id in sorted(ids, key=lambda id: (id[:2], int(id[3:])))]


@dataclass
class _Ran:
    """What came of running a notebook: the checks' own log, and what the cells raised."""

    log: list[dict]
    failures: dict[str, str]  # exercise id -> how the cell with its check failed


def _run(notebook, cell_seconds: int) -> _Ran:
    """Run all cells. One that hangs or kills the kernel is replaced by its references, and all are run again."""
    exceptions = require("nbclient", "lab").exceptions
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="mbrl_lite_", ignore_cleanup_errors=True) as folder:
        record = Path(folder) / "checks.jsonl"
        record.touch()
        env = environment(Path(folder), {"MBRL_LITE_RECORD": str(record)})
        work = Path(folder) / "work"
        work.mkdir()
        for _ in range(_RESTARTS):
            runner = client(notebook, cell_seconds, _quiet_client(), allow_errors=True, shutdown_kernel="immediate")
            at = []
            runner.on_cell_execute = lambda cell, cell_index, at=at: at.append(cell_index)
            try:
                runner.execute(cwd=str(work), env=env)
                break
            except (exceptions.CellTimeoutError, exceptions.DeadKernelError) as error:
                slow = isinstance(error, exceptions.CellTimeoutError)
                why = f"ran for more than {cell_seconds} s" if slow else "ended the Python process"
                cell = notebook.cells[at[-1]]
                failures |= {id: f"its cell {why}" for _, id in _CHECK.findall(cell.source)}
                cell.source = _stand_ins(cell.source)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                for output in cell.get("outputs", ()):
                    if output.output_type == "error":
                        text = f"its cell raised {output.ename}: {output.evalue}"
                        failures.update({id: text for _, id in _CHECK.findall(cell.source) if id not in failures})
        lines = record.read_text(encoding="utf-8").splitlines()
    return _Ran([line for line in map(_json_line, lines) if line], failures)


def _stand_ins(text: str) -> str:
    """For a cell that cannot be run: the references its check lines would have left behind."""
    lines = [f'{name} = references.find("{id}")' for name, id in _CHECK.findall(text) if name]
    return "\n".join(["from mbrl_lite.course import references", *lines]) if lines else "pass"


def _quiet_client():
    """A client that keeps errors only: an answer that prints without end must not fill the grader's memory."""
    nbclient = require("nbclient", "lab")

    class Quiet(nbclient.NotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            return super().output(outs, msg, display_id, cell_index) if msg["msg_type"] == "error" else None

    return Quiet


def _json_line(line: str) -> dict | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None  # the process died while it wrote this line
    return data if isinstance(data, dict) else None


def _one(path: str, exercise: Exercise, ran: _Ran) -> Grade:
    def row(state: str, idea: str = "", detail: str = "") -> Grade:
        return Grade(path, exercise.id, exercise.title, state, idea, detail)

    log = [line for line in ran.log if line.get("id") == exercise.id]
    done = [line for line in log if line["status"] != "started"]
    if any(line["status"] == "solved" for line in done):
        return row("solved")
    wrong = [line for line in done if line["status"] == "wrong"]
    if wrong:
        return row("wrong", wrong[-1]["key"], wrong[-1]["message"])
    failure = ran.failures.get(exercise.id, "")
    if log and not done:
        return row("wrong", "no_result", f"the check began and never ended: {failure or 'it was interrupted'}")
    if done:
        return row("not done", "", "the exercise is still as it was handed out")
    return row("not done", "not_checked", failure or "its check line was not run: the cell is missing or was changed")


def _short(text: str, width: int = 90) -> str:
    words = [
        line for line in text.split("\n") if not re.fullmatch(r"`[^`]+`", line)
    ]  # a message's table is too wide here
    line = " ".join(" ".join(words).split())
    return line if len(line) <= width else line[: width - 3] + "..."
