"""The chapters are what their sources say, within the budget, and fit to be read aloud."""

import ast
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mbrl_lite.course import build
from mbrl_lite.course.chapter import plain_python, read_chapter
from mbrl_lite.course.execute import IGNORE, WIDGET, WIDGET_TEXT, cleaned, execute
from mbrl_lite.errors import MbrlError

STORED = sorted([*build.ROOT.glob("chapters/*.ipynb"), *build.ROOT.glob("solutions/*.ipynb")])
EACH = pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in STORED])

SMALL = '''\
# %% [markdown]
# # A chapter

# %%
import math
import numpy as np
from functools import partial as part, reduce

# %% tags=["nbval-ignore-output"]
def area(r: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Area."""
    # Square it.
    ### BEGIN SOLUTION
    def square(x):
        return x * x

    return scale * math.pi * square(r)
    ### END SOLUTION


area = check("00.1", area)

# %%
1 + 1

# %%
1 + 1
'''


@pytest.fixture
def small(tmp_path):
    """A repository of one small chapter."""
    (tmp_path / "solutions").mkdir()
    path = tmp_path / "solutions" / "00_small.py"
    path.write_text(SMALL)
    return path


# Laws of the stored products


def test_the_products_are_what_the_sources_give():
    assert STORED
    assert build.drift() == []


@EACH
def test_a_notebook_keeps_to_the_budget(path):
    cells = nbformat.read(path, as_version=4).cells
    lengths = [len(cell.source.split("\n")) for cell in cells if cell.cell_type == "code"]
    assert len(cells) <= 90
    assert statistics.median(lengths) <= 8
    assert max(lengths) <= 40


@EACH
def test_what_a_check_tells_the_learner_to_call_is_there(path):
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(plain_python(code)))
        if isinstance(node, ast.ImportFrom) and node.module == "mbrl_lite.course"
        for alias in node.names
    }
    assert {"check", "hint"} <= imported


@EACH
def test_every_code_cell_was_executed_in_order(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@EACH
def test_outputs_hold_no_error_no_path_and_no_live_widget(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error", output
            assert WIDGET not in output.get("data", {})
            text = re.sub(
                r'base64,[^"]+|"image/\w+": "[^"]+"', "", nbformat.v4.writes(nbformat.v4.new_notebook(cells=[cell]))
            )
            assert not re.search(
                r"Traceback|/(?:home|root|tmp|Users|work|usr|opt)/\w|[A-Z]:\\\\|site-packages", text
            ), text


@EACH
def test_every_picture_has_alt_text(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            for mime in output.get("data", {}):
                if mime.startswith("image/"):
                    alt = output.metadata.get(mime, {}).get("alt", "")
                    assert len(alt.split()) >= 4, f"show this figure with course.figure(fig, alt=...): {cell.source}"
            assert "<img" not in output.get("data", {}).get("text/html", ""), "use course.figure, which has alt text"


@EACH
def test_cells_are_ready_for_reading(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        assert cell.source.strip()
        assert "SOLUTION" not in cell.source and "NBVAL" not in cell.source


# Laws of building


def test_the_student_gets_a_stub_and_the_solution_its_body(small):
    chapter = read_chapter(small)
    student, solution = chapter.student.cells[2].source, chapter.solution.cells[2].source
    assert 'raise NotImplementedError("exercise 00.1")' in student and "# Square it." in student
    assert "math.pi" not in student and "math.pi" in solution
    assert "SOLUTION" not in student + solution
    assert chapter.student.cells[2].metadata == {"tags": ["nbval-ignore-output"]}
    ast.parse(student), ast.parse(solution)


def test_references_stand_alone_with_just_their_imports(small):
    text = read_chapter(small).references
    assert "import math\n" in text and "import numpy as np\n" in text
    assert "partial" not in text and "reduce" not in text
    scope = {}
    exec(text, scope)
    assert scope["REFERENCES"]["00.1"](2.0, scale=0.5) == pytest.approx(6.283185307)


def test_building_twice_gives_the_same_bytes_and_ids_do_not_depend_on_the_place(small):
    root = small.parent.parent
    written = build.build(run=False, root=root)
    first = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in build.build(run=False, root=root)] == first
    before = [cell.id for cell in read_chapter(small).student.cells]
    small.write_text(SMALL.replace("# %%\nimport math", "# %% [markdown]\n# New.\n\n# %%\nimport math"))
    after = [cell.id for cell in read_chapter(small).student.cells]
    assert len(set(before)) == len(before)  # two cells with the same text have two ids
    assert after[:1] + after[2:] == before


def test_drift_is_seen_in_sources_metadata_ids_references_and_strays(small):
    root = small.parent.parent
    build.build(run=False, root=root)
    assert build.drift(root) == []
    student = root / "chapters" / "00_small.ipynb"
    whole = student.read_text()
    for old, new in (("# A chapter", "# A chaptre"), ("nbval-ignore-output", "other"), ('"id": "', '"id": "0')):
        student.write_text(whole.replace(old, new, 1))
        assert any("chapters/00_small.ipynb differs" in line for line in build.drift(root)), old
    student.write_text(whole)
    references = root / "mbrl_lite" / "course" / "references" / "00_small.py"
    references.write_text(references.read_text().replace("square", "cube"))
    (root / "chapters" / "99_stray.ipynb").write_text("{}")
    (root / "solutions" / "00_small.ipynb").unlink()
    assert len(build.drift(root)) == 3


def test_outputs_and_counts_are_no_drift(small):
    root = small.parent.parent
    build.build(run=False, root=root)
    path = root / "chapters" / "00_small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", text="2")]
    notebook.cells[3].execution_count = 7
    nbformat.write(notebook, path)
    assert build.drift(root) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('area = check("00.1", area)', 'result = check("00.1", area)', "a check line has the form"),
        ('area = check("00.1", area)', "", "has no line area = check"),
        ("    ### END SOLUTION\n", "", "needs one ### BEGIN SOLUTION and one ### END SOLUTION"),
        ("import math\n", "", "uses math: import it"),
        ("def area(", "def area(:", "invalid syntax|expected"),
    ],
)
def test_a_chapter_that_cannot_be_cut_is_one_sentence_that_names_it(small, old, new, words):
    small.write_text(SMALL.replace(old, new))
    with pytest.raises(MbrlError, match=f"00_small.py: .*(?:{words})"):
        read_chapter(small)


def test_magics_do_not_stop_the_build(small):
    small.write_text(SMALL.replace("import math", "# %matplotlib inline\nimport math"))
    assert "%matplotlib inline" in read_chapter(small).student.cells[1].source


def test_an_unknown_chapter_is_one_sentence():
    with pytest.raises(MbrlError, match="there are: 00_start_here"):
        build.sources("98")


def test_a_notebook_is_executed_without_anybodys_progress_or_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MBRL_LITE_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("MBRL_LITE_GRADE", "1")
    code = (
        "import os, sys\nfrom pathlib import Path\nimport mbrl_lite\n"
        "print(sys.executable == EXE, os.listdir('.'), 'MBRL_LITE_GRADE' in os.environ,\n"
        "      os.environ['MBRL_LITE_HOME'] == MINE, str(Path.home()) == HOME)"
    )
    code = code.replace("EXE", repr(sys.executable)).replace("MINE", repr(str(tmp_path / "mine")))
    code = code.replace("HOME)", repr(str(Path.home())) + ")")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    execute(notebook, grade_mode=False)
    assert notebook.cells[0].outputs[0].text == "True ['home'] False False False\n"
    assert notebook.cells[0].metadata == {} and notebook.metadata == {"language_info": {"name": "python"}}
    notebook.cells[0].source = "1 / 0"
    with pytest.raises(MbrlError, match="(?s)a cell failed.*ZeroDivisionError"):
        execute(notebook, grade_mode=True)


def test_a_stored_widget_becomes_words_and_its_cell_must_be_tagged():
    def notebook(tags):
        output = nbformat.v4.new_output("display_data", data={WIDGET: {"model_id": "1"}, "text/plain": "IntSlider()"})
        cell = nbformat.v4.new_code_cell("slider", outputs=[output], metadata={"tags": tags})
        return nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {"state": 1}})

    done = cleaned(notebook([IGNORE]))
    assert done.cells[0].outputs[0].data == {"text/plain": WIDGET_TEXT} and "widgets" not in done.metadata
    with pytest.raises(MbrlError, match="shows a widget"):
        cleaned(notebook([]))


def test_the_command_line_checks_and_explains_itself():
    env = {**os.environ, "PYTHONPATH": str(build.ROOT)}
    command = [sys.executable, "-m", "mbrl_lite.course.build"]
    checked = subprocess.run([*command, "--check"], env=env, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "sources and products agree\n"), checked.stderr
    unknown = subprocess.run([*command, "98"], env=env, capture_output=True, text=True)
    assert unknown.returncode == 1 and unknown.stderr.count("\n") == 1
