"""Tables of what is done: the learner's progress in a notebook and on the command line."""

import html

from mbrl_lite.course import notice, store
from mbrl_lite.course.exercise import chapters, every, in_chapter
from mbrl_lite.errors import MbrlError


def progress(chapter: str | None = None) -> None:
    """Show the learner's progress, of all chapters or of one, e.g. progress("00")."""
    rows = _rows(chapter)
    notice.display(_as_html(rows), as_text(rows))


def print_progress(chapter: str | None = None) -> None:
    """Print the same table, for `mbrl-lite progress`."""
    print(as_text(_rows(chapter)))


def as_text(rows: list[tuple[str, ...]]) -> str:
    """A table as plain text; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _rows(chapter: str | None) -> list[tuple[str, ...]]:
    if chapter is not None and chapter not in chapters():
        raise MbrlError(f"there are no exercises in chapter {chapter!r}: choose one of {', '.join(chapters())}")
    rows = [("exercise", "title", "state", "hints", "minutes")]
    for exercise in every() if chapter is None else in_chapter(chapter):
        record = store.read(exercise.id)
        state = "✓ solved" if record.solved else f"✗ tried {record.wrong} x" if record.wrong else "○ to do"
        rows.append((exercise.id, exercise.title, state, f"{record.hints} of 3", str(exercise.minutes)))
    return rows


def _as_html(rows: list[tuple[str, ...]]) -> str:
    def line(cells, tag):
        return "<tr>" + "".join(f'<{tag} style="text-align: left">{html.escape(c)}</{tag}>' for c in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows[1:])
    return f"<table><thead>{line(rows[0], 'th')}</thead><tbody>{body}</tbody></table>"
