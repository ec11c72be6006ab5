"""From one chapter source (py:percent) to its solution notebook, its student notebook and its references."""

import ast
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from mbrl_lite.course.source import used_names
from mbrl_lite.errors import MbrlError, require

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_STUB = 'raise NotImplementedError("exercise {id}")  # your code goes here, instead of this line'
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Chapter:
    """What one source gives, nothing executed yet. The notebooks are nbformat notebooks."""

    name: str  # NN_name
    solution: object
    student: object
    references: str  # text of mbrl_lite/course/references/NN_name.py


def read_chapter(path: Path) -> Chapter:
    """Build a chapter from its source; raises `MbrlError` naming the file and what is wrong with an exercise in it."""
    jupytext = require("jupytext", "dev")
    cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    try:
        found = exercises_in([cell.source for cell in cells if cell.cell_type == "code"])
        references = references_text(path.stem, found, [cell.source for cell in cells if cell.cell_type == "code"])
        ids = {exercise.function: exercise.id for exercise in found}
        solution = _notebook(path.stem, "solution", cells, list(ids.values()), _without_markers)
        student = _notebook(path.stem, "student", cells, list(ids.values()), lambda text: _stubbed(text, ids))
    except (MbrlError, SyntaxError) as error:
        raise MbrlError(f"{path.name}: {error}") from None
    return Chapter(path.stem, solution, student, references)


@dataclass(frozen=True)
class Found:
    """An exercise as it stands in a source: its id, its function's name and the solution's text."""

    id: str
    function: str
    source: str


def exercises_in(sources: list[str]) -> list[Found]:
    """The exercises of a chapter, by their check lines; raises `MbrlError` for one that cannot be cut out."""
    found, functions = [], {}
    for text in sources:
        for node in ast.parse(plain_python(text)).body:
            if isinstance(node, ast.FunctionDef):
                functions[node.name] = _lines_of(text, node)
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check":
                    found.append(_found(node, call, functions))
    for name, text in functions.items():
        if BEGIN in text and name not in {exercise.function for exercise in found}:
            raise MbrlError(f'the solution in {name} has no line {name} = check("NN.k", {name})')
    return found


def _found(node: ast.stmt, call: ast.Call, functions: dict[str, str]) -> Found:
    shape = ast.unparse(node)
    match = re.fullmatch(r"(\w+) = check\('(\d\d\.\d+)', \1\)", shape)
    if not match:
        raise MbrlError(f'a check line has the form  f = check("00.1", f), not  {shape}')
    name, id = match.groups()
    text = functions.get(name, "")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise MbrlError(f"{id}: the function {name} above its check needs one {BEGIN} and one {END}")
    return Found(id, name, _without_markers(text))


def references_text(name: str, found: list[Found], sources: list[str]) -> str:
    """The module of references: the solution functions with just the imports they use."""
    imports = _imports(sources)
    needed: dict[str, str] = {}
    for exercise in found:
        for used in used_names(exercise.source):
            if used not in imports:
                raise MbrlError(f"{exercise.id}: {exercise.function} uses {used}: import it, or define it inside")
            needed[used] = imports[used]
    head = f'"""References of chapter {name}, cut from its solution: do not edit, run  make chapters."""\n'
    groups: list[list[str]] = [[], [], []]
    for line in sorted(set(needed.values()), key=lambda line: (line.startswith("from"), line)):
        root = re.split(r"[ .]", line)[1]
        groups[0 if root in sys.stdlib_module_names else 2 if root == "mbrl_lite" else 1].append(line)
    blocks = ["\n".join(group) + "\n" for group in groups if group]
    functions = [exercise.source.rstrip() + "\n" for exercise in found]
    table = "".join(f'    "{exercise.id}": {exercise.function},\n' for exercise in found)
    table = f"REFERENCES = {{\n{table}}}\n" if found else "REFERENCES = {}\n"
    return "\n\n".join(["\n".join([head, *blocks]), *functions]) + ("\n\n" if functions else "\n") + table


def _imports(sources: list[str]) -> dict[str, str]:
    lines = {}
    for text in sources:
        for node in ast.parse(plain_python(text)).body:
            for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                whole = ast.ImportFrom(node.module, [alias], node.level) if isinstance(node, ast.ImportFrom) else None
                lines[alias.asname or alias.name.split(".")[0]] = ast.unparse(whole or ast.Import([alias]))
    return lines


def plain_python(text: str) -> str:
    """A cell with its magics and shell lines replaced, so that it parses."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", text, flags=re.MULTILINE)


def _lines_of(text: str, node: ast.FunctionDef) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno + _trailing_marker(text, node)]) + "\n"


def _trailing_marker(text: str, node: ast.FunctionDef) -> int:
    """1 if the line after the last statement is the END marker, which is a comment and so no part of the node."""
    after = text.split("\n")[node.end_lineno :]
    return 1 if after and after[0].strip() == END else 0


def _without_markers(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip() not in (BEGIN, END))


def _stubbed(text: str, ids: dict[str, str]) -> str:
    """The student's cell: each solution body becomes one line that raises."""
    if BEGIN not in text:
        return text
    lines, kept, inside, name = text.split("\n"), [], False, ""
    for line in lines:
        opened = re.match(r"def (\w+)", line)
        name = opened.group(1) if opened else name
        if line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(indent + _STUB.format(id=ids[name]))
            inside = True
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def _notebook(name: str, kind: str, cells, ids: list[str], change) -> object:
    from nbformat import v4

    notebook = v4.new_notebook()
    notebook.metadata = {
        "kernelspec": _KERNEL,
        "language_info": {"name": "python"},
        "mbrl_lite": {"chapter": name, "kind": kind, "exercises": ids},
    }
    seen: dict[str, int] = {}
    for cell in cells:
        # The id comes from the text and not from the place: a new cell leaves its neighbours' ids alone.
        text = f"{cell.cell_type}:{cell.source}"
        seen[text] = seen.get(text, 0) + 1
        id = hashlib.sha256(f"{name}:{seen[text]}:{text}".encode()).hexdigest()[:12]
        new = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
        tags = cell.metadata.get("tags")
        source = change(cell.source) if cell.cell_type == "code" else cell.source
        notebook.cells.append(new(source, id=id, metadata={"tags": list(tags)} if tags else {}))
    from nbformat import from_dict

    return from_dict(notebook)
