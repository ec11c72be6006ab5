"""Progress files, saved sources, notices and figures."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from mbrl_lite.course import check, figure, notice, source, store
from mbrl_lite.course.build import ROOT
from mbrl_lite.course.store import Record
from mbrl_lite.errors import MbrlError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "progress"
    monkeypatch.setenv("MBRL_LITE_HOME", str(folder))
    monkeypatch.delenv("MBRL_LITE_GRADE", raising=False)
    return folder


def right(rewards, gamma):
    return sum(gamma**k * reward for k, reward in enumerate(rewards))


def test_a_record_survives_a_restart(home):
    record = Record("00.1", solved=True, wrong=2, hints=3, source="def f():\n    return 'ä'\n", function="f")
    assert store.write(record)
    code = "from mbrl_lite.course import store; print(store.read('00.1').hints, store.read('00.1').source)"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=True)
    assert out.stdout.startswith("3 def f()") and "'ä'" in out.stdout
    assert [path.name for path in home.iterdir()] == ["00.1.json"]  # nothing else is left behind


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'{"format": 1, "id": "00.1"}', b'{"format": 99}', b"[" * 100_000],
    ids=["empty", "cut", "not_text", "list", "null", "fields", "format", "deep"],
)
def test_a_damaged_file_is_one_sentence_and_kept(home, capsys, content):
    store.write(Record("00.2", solved=True))
    (home / "00.1.json").write_bytes(content)
    assert store.read("00.1") == Record("00.1")
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("damaged and is kept as") == 1 and "00.1.json.damaged-1" in said
    assert (home / "00.1.json.damaged-1").read_bytes() == content
    assert store.read("00.2").solved  # the others know nothing of it
    check("00.1", right)
    assert store.read("00.1").solved
    (home / "00.1.json").write_bytes(content)
    store.read("00.1")
    assert (home / "00.1.json.damaged-2").exists() and (home / "00.1.json.damaged-1").exists()


def test_a_file_of_another_exercise_is_not_taken_for_this_one(home, capsys):
    store.write(Record("00.2", solved=True))
    (home / "00.1.json").write_bytes((home / "00.2.json").read_bytes())
    assert not store.read("00.1").solved
    assert "damaged" in capsys.readouterr().out


def test_a_full_disk_loses_nothing_and_stops_nothing(home, capsys, monkeypatch):
    store.write(Record("00.1", hints=2))
    before = (home / "00.1.json").read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert check("00.1", right) is right  # the chapter goes on
    said = " ".join(capsys.readouterr().out.split())
    assert "No space left on device" in said and "could not be saved" in said
    assert (home / "00.1.json").read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["00.1.json"]


def test_a_home_that_is_a_file_stops_nothing(home, capsys):
    home.write_text("in the way")
    assert check("00.1", right) is right
    assert "could not be saved" in " ".join(capsys.readouterr().out.split())
    assert home.read_text() == "in the way"


def test_progress_is_kept_beside_the_notebook_unless_said_otherwise(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_START", tmp_path)
    assert store.folder() == tmp_path.parent / tmp_path.name / "progress"  # MBRL_LITE_HOME
    monkeypatch.delenv("MBRL_LITE_HOME")
    assert store.folder() == tmp_path / ".mbrl_lite"
    (tmp_path / "my" / ".mbrl_lite").mkdir(parents=True)
    assert store.folder() == tmp_path / "my" / ".mbrl_lite"  # the command line, run above the learner's folder
    (tmp_path / ".mbrl_lite").mkdir()
    assert store.folder() == tmp_path / ".mbrl_lite"


# Sources that stand alone

SCALE = 2.0
TABLE = np.arange(3)


def helper(x):
    return SCALE * np.sum(x)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n > 0 and even(n - 1)


def with_helper(x):
    return helper(x) + len(json.dumps(1))


def test_a_source_takes_its_imports_constants_and_helpers_along(monkeypatch):
    # In a notebook, helpers live in __main__ and cannot be imported from anywhere.
    for fn in (helper, even, odd, with_helper):
        monkeypatch.setattr(fn, "__module__", "__main__")
    text, missing = source.standalone(with_helper)
    assert missing == []
    assert source.load(text, "with_helper", "test")([1, 2]) == 7.0
    text, missing = source.standalone(even)
    assert missing == [] and source.load(text, "even", "test")(4)


def test_a_source_names_what_it_cannot_take_along():
    def leaning(x):
        return TABLE[x] + not_there  # noqa: F821

    assert source.standalone(leaning)[1] == ["TABLE", "not_there"]
    assert source.standalone(len) == (None, [])


def test_a_lambda_keeps_its_name_and_one_inside_a_call_has_no_source():
    f = lambda rewards, gamma: right(rewards, gamma)  # noqa: E731
    text, _ = source.standalone(f)
    assert source.load(text, "f", "test")([1.0], 0.5) == 1.0
    assert source.standalone(max([lambda x: x]))[0] is None


def test_used_names_are_the_global_ones():
    code = "def f(a: np.ndarray, b=start):\n    c = a.shape\n    return [torch.zeros(x) for x in c] + list(b)\n"
    assert sorted(source.used_names(code)) == ["np", "start", "torch"]


# Notices and figures


def test_a_notice_is_safe_html_and_plain_text():
    rich = notice.as_html("wrong", "00.1 <b>", "5 < 6 & `a * b * c` and *so*\n`<script>`")
    assert "<b>" not in rich and "<script>" not in rich and "5 &lt; 6 &amp; <code>a * b * c</code>" in rich
    assert "and <em>so</em></div>" in rich and "&lt;script&gt;</pre>" in rich
    plain = notice.as_text("wrong", "00.1", "word " * 50 + '`hint("00.1", 1)` ' * 12)
    assert max(map(len, plain.splitlines())) <= 100 and plain.count('`hint("00.1", 1)`') == 12


def test_the_course_does_not_import_ipython():
    code = "import sys, mbrl_lite.course; print('IPython' in sys.modules, 'nbclient' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_a_figure_carries_its_words(monkeypatch):
    from matplotlib import pyplot

    shown = []
    monkeypatch.setattr(notice, "notebook", lambda: object())
    monkeypatch.setattr(
        "IPython.display.display", lambda data, metadata=None, raw=False: shown.append((data, metadata))
    )
    fig, ax = pyplot.subplots(figsize=(1, 1))
    figure(fig, "A line that rises & falls < once.")
    (picture, meta), (words, _) = shown
    assert meta["image/png"]["alt"] == "A line that rises & falls < once."
    assert picture["text/plain"] == "figure: A line that rises & falls < once."
    assert "A line that rises &amp; falls &lt; once." in words["text/html"]
    assert not pyplot.fignum_exists(fig.number)
    figure(b"GIF89a...", "A door that opens slowly.")
    assert "image/gif" in shown[2][0]


@pytest.mark.parametrize(
    ("picture", "alt"),
    [(b"GIF89a", ""), (b"GIF89a", None), (b"BM", "A map in four colours."), (3, "A map in four colours.")],
)
def test_a_figure_needs_a_picture_and_words(picture, alt):
    with pytest.raises(MbrlError, match="figure"):
        figure(picture, alt)
