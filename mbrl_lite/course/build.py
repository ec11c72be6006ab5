"""`make chapters`: from each solutions/NN_name.py to both notebooks, executed, the references, and the map."""

import argparse
import sys
from pathlib import Path

import mbrl_lite
from mbrl_lite.course.chapter import Chapter, read_chapter
from mbrl_lite.course.execute import execute
from mbrl_lite.course.map import map_text
from mbrl_lite.errors import MbrlError, require

ROOT = Path(mbrl_lite.__file__).resolve().parent.parent


def sources(chapter: str | None = None, root: Path = ROOT) -> list[Path]:
    """The chapter sources, in order; `chapter` picks them by the start of their name, e.g. "00" or "07a"."""
    there = sorted((root / "solutions").glob("[0-9][0-9]*_*.py"))
    picked = [path for path in there if path.stem.startswith(chapter or "")]
    if not picked:
        names = ", ".join(path.stem for path in there) or "none (chapters are built in a checkout, not from a wheel)"
        raise MbrlError(f"no source for {chapter or 'any chapter'} in solutions/; the chapters there are: {names}")
    return picked


def build(chapter: str | None = None, run: bool = True, root: Path = ROOT) -> list[Path]:
    """Build the chapters and return the files written. Without `run` the notebooks are written without outputs.

    First all references, as a chapter may use any earlier one; then each solution in grade mode; then each student
    notebook in learn mode. Raises `MbrlError` naming the source or the cell that is wrong.
    """
    built = [read_chapter(path) for path in sources(chapter, root)]
    written = [_write(_paths(each, root)[0], each.references) for each in built]
    for each in built:
        _, solution, student = _paths(each, root)
        written.append(_write(solution, _as_json(execute(each.solution, True) if run else each.solution)))
        written.append(_write(student, _as_json(execute(each.student, False) if run else each.student)))
    return [*written, write_map(root)]


def write_map(root: Path = ROOT) -> Path:
    """Write chapters/README.md, the map of the course, and return its path."""
    return _write(root / "chapters" / "README.md", map_text(root))


def drift(root: Path = ROOT) -> list[str]:
    """What differs between the sources and the stored products, outputs aside: one sentence for each difference."""
    found, expected = [], set()
    for path in sources(root=root):
        chapter = read_chapter(path)
        products = _paths(chapter, root)
        expected |= set(products)
        texts = (chapter.references, _as_json(chapter.solution), _as_json(chapter.student))
        for product, text in zip(products, texts, strict=True):
            name = product.relative_to(root)
            if not product.exists():
                found.append(f"{name} is missing: run  make chapters")
            elif _bare(product) != text:
                found.append(f"{name} differs from what {path.name} gives: run  make chapters")
    page = root / "chapters" / "README.md"
    if not page.exists() or page.read_text(encoding="utf-8") != map_text(root):
        found.append("chapters/README.md differs from what the records give: run  make chapters")
    there = [*(root / "solutions").glob("*.ipynb"), *(root / "chapters").glob("*.ipynb")]
    there += (root / "mbrl_lite" / "course" / "references").glob("[0-9]*.py")
    return found + [f"{path.relative_to(root)} has no source: delete it" for path in sorted(set(there) - expected)]


def _paths(chapter: Chapter, root: Path) -> tuple[Path, Path, Path]:
    references = root / "mbrl_lite" / "course" / "references" / f"{chapter.name}.py"
    return references, root / "solutions" / f"{chapter.name}.ipynb", root / "chapters" / f"{chapter.name}.ipynb"


def _bare(product: Path) -> str:
    """A product's text, for a notebook the text it would have before it was executed."""
    text = product.read_text(encoding="utf-8")
    if product.suffix != ".ipynb":
        return text
    nbformat = require("nbformat", "lab")
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return _as_json(notebook)


def _as_json(notebook) -> str:
    return require("nbformat", "lab").writes(notebook).rstrip("\n") + "\n"


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def main(arguments: list[str] | None = None) -> int:
    """The command line of `python -m mbrl_lite.course.build`."""
    parser = argparse.ArgumentParser(prog="python -m mbrl_lite.course.build", description=__doc__)
    parser.add_argument("chapter", nargs="?", help="only the chapters whose name starts so, e.g. 00")
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs from the sources")
    parser.add_argument("--map", action="store_true", help="write only chapters/README.md, the map")
    parser.add_argument("--unexecuted", action="store_true", help="write the notebooks without running them")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            differences = drift()
            print("\n".join(differences) or "sources and products agree")
            return 1 if differences else 0
        for path in [write_map()] if options.map else build(options.chapter, run=not options.unexecuted):
            print(path.relative_to(ROOT))
    except MbrlError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
