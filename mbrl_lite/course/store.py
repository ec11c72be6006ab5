"""Where progress is kept: one small JSON file for each exercise, in the folder .mbrl_lite beside the notebooks."""

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mbrl_lite.course import notice

_START = Path.cwd()  # a notebook that changes its working folder later keeps its progress


@dataclass
class Record:
    """What is known about a learner's work on one exercise."""

    id: str
    solved: bool = False
    wrong: int = 0  # answers that were not right
    hints: int = 0  # the last hint opened
    source: str | None = None  # the solution, as a text that runs by itself
    function: str = ""  # its name in that text


def folder() -> Path:
    """The folder of the progress files: MBRL_LITE_HOME, or .mbrl_lite where we are (or in my/ below)."""
    chosen = os.environ.get("MBRL_LITE_HOME")
    if chosen:
        return Path(chosen).expanduser()
    below = _START / "my" / ".mbrl_lite"
    here = _START / ".mbrl_lite"
    return below if below.is_dir() and not here.is_dir() else here


def read(id: str) -> Record:
    """The record of an exercise. A damaged file is put aside under a new name and said so; nothing is deleted."""
    path = _path(id)
    try:
        text = path.read_text(encoding="utf-8")
        return _parsed(id, text)
    except FileNotFoundError:
        return Record(id)
    except OSError as error:
        _say(id, f"`{_short(path)}` cannot be read ({error.strerror}): check who owns it. The notebook goes on.")
    except (ValueError, RecursionError):
        aside = _unused(path)
        with contextlib.suppress(OSError):  # if it cannot be moved it stays where it is, and is still named below
            path.rename(aside)
        kept = aside if aside.exists() else path
        _say(id, f"the progress file was damaged and is kept as `{_short(kept)}`: run your cell again to save it anew.")
    return Record(id)


def write(record: Record) -> bool:
    """Write a record so that a crash leaves the old file or the new one; False (and a notice) if it is impossible."""
    path, temporary = _path(record.id), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": 1, **asdict(record)}, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        why = error.strerror or str(error)
        where = f"progress could not be saved in `{_short(path.parent)}` ({why})"
        _say(
            record.id,
            f"{where}: free space or choose another folder with MBRL_LITE_HOME, then run the cell again.",
        )
        return False
    return True


def _parsed(id: str, text: str) -> Record:
    data = json.loads(text)
    if not isinstance(data, dict) or data.pop("format", None) != 1 or data.get("id") != id:
        raise ValueError("not a progress file of this exercise")
    kinds = {"id": str, "solved": bool, "wrong": int, "hints": int, "source": (str, type(None)), "function": str}
    names = {field.name for field in fields(Record)}
    if set(data) != names or not all(isinstance(data[name], kinds[name]) for name in names):
        raise ValueError("a field is missing or of the wrong kind")
    return Record(**data)


def _path(id: str) -> Path:
    return folder() / f"{id}.json"


def _unused(path: Path) -> Path:
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            return aside
        number += 1


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _say(id: str, sentence: str) -> None:
    notice.show("trouble", id, sentence)
