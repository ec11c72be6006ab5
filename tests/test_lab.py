"""`make lab` copies the chapters once, and never over a learner's work."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from jupyter_server.serverapp import ServerApp
from jupyterlab.commands import get_app_dir
from jupyterlab.handlers.announcements import NeverCheckForUpdate
from jupyterlab.labapp import LabApp

from mbrl_lite.course import lab
from mbrl_lite.errors import MbrlError


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A checkout with two chapters, in the place of the real one."""
    chapters = tmp_path / "chapters"
    chapters.mkdir()
    (chapters / "00_start_here.ipynb").write_text("chapter 00")
    (chapters / "01_dyna.ipynb").write_text("chapter 01")
    (chapters / "README.md").write_text("the map")
    monkeypatch.setattr(lab, "REPOSITORY", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notebooks(mine):
    return {path.name: path.read_text() for path in mine.iterdir() if path.is_file()}


def test_the_first_time_every_notebook_is_copied(course):
    assert lab.copy_chapters(course / "chapters", course / "my") == (["00_start_here.ipynb", "01_dyna.ipynb"], [])
    assert notebooks(course / "my") == {"00_start_here.ipynb": "chapter 00", "01_dyna.ipynb": "chapter 01"}


@pytest.mark.parametrize("chapter", ["chapter 00", "chapter 00, corrected"])
def test_a_learners_work_is_never_touched(course, chapter):
    lab.copy_chapters(course / "chapters", course / "my")
    (course / "my" / "00_start_here.ipynb").write_text("my own work")
    (course / "chapters" / "00_start_here.ipynb").write_text(chapter)
    for _ in range(2):
        lab.copy_chapters(course / "chapters", course / "my")
        assert (course / "my" / "00_start_here.ipynb").read_text() == "my own work"


def test_a_learners_own_file_of_the_same_name_is_never_touched(course):
    (course / "my").mkdir()
    (course / "my" / "01_dyna.ipynb").write_text("notes of mine")
    assert lab.copy_chapters(course / "chapters", course / "my") == (["00_start_here.ipynb"], [])
    assert (course / "my" / "01_dyna.ipynb").read_text() == "notes of mine"


def test_only_a_chapter_that_changed_is_called_newer(course, capsys):
    lab.copy_chapters(course / "chapters", course / "my")
    (course / "my" / "00_start_here.ipynb").write_text("my own work")
    (course / "chapters" / "01_dyna.ipynb").write_text("chapter 01, corrected")
    assert lab.main(["--no-open"]) == 0
    said = capsys.readouterr().out
    assert "newer 01_dyna.ipynb" in said and "newer 00_start_here.ipynb" not in said


def test_a_new_chapter_comes_and_a_renamed_one_comes_again(course):
    lab.copy_chapters(course / "chapters", course / "my")
    (course / "chapters" / "02_new.ipynb").write_text("chapter 02")
    (course / "chapters" / "01_dyna.ipynb").write_text("chapter 01, corrected")
    (course / "my" / "01_dyna.ipynb").rename(course / "my" / "01_mine.ipynb")
    assert lab.copy_chapters(course / "chapters", course / "my") == (["01_dyna.ipynb", "02_new.ipynb"], [])
    assert notebooks(course / "my")["01_mine.ipynb"] == "chapter 01"
    assert notebooks(course / "my")["01_dyna.ipynb"] == "chapter 01, corrected"


def test_a_copy_that_was_cut_short_is_made_again(course, monkeypatch):
    def die(source, target):
        target.write_text("chap")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(lab.shutil, "copyfile", die)
        lab.copy_chapters(course / "chapters", course / "my")
    lab.copy_chapters(course / "chapters", course / "my")
    assert (course / "my" / "00_start_here.ipynb").read_text() == "chapter 00"


def test_what_cannot_be_done_is_said_in_one_sentence(course):
    with pytest.raises(MbrlError, match="no chapters were found"):
        lab.copy_chapters(course / "nowhere", course / "my")
    (course / "my").write_text("a file")
    with pytest.raises(MbrlError, match="it is a file"):
        lab.copy_chapters(course / "chapters", course / "my")


def test_jupyterlab_is_opened_on_chapter_00_on_this_machine_only(course, monkeypatch):
    seen = {}
    monkeypatch.setattr(lab.subprocess, "call", lambda command, cwd: seen.update(command=command, cwd=cwd) or 0)
    assert lab.main(["--no-browser"]) == 0
    command, mine = seen["command"], course / "my"
    assert command[:3] == [sys.executable, "-m", "jupyterlab"] and command[-1] == "--no-browser"
    assert {"--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={mine}"} <= set(command)
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command and (mine / "00_start_here.ipynb").exists()
    assert seen["cwd"] == mine and not any("token" in part for part in command)


def test_jupyterlab_knows_the_settings():
    """A setting that JupyterLab has renamed would be passed over with no more than a warning."""
    app = LabApp()
    app.parse_command_line(lab.QUIET)
    assert app.news_url is None and app.check_for_updates_class is NeverCheckForUpdate
    for setting in lab.QUIET:
        owner, trait = setting.removeprefix("--").split("=")[0].split(".")
        assert {"LabApp": LabApp, "ServerApp": ServerApp}[owner].class_traits().get(trait) is not None


def test_jupyterlab_knows_the_overrides():
    overrides = json.loads((Path(lab.__file__).parent / "lab_settings" / "overrides.json").read_text())
    for plugin, settings in overrides.items():
        package, name = plugin.split(":")
        schema = json.loads((Path(get_app_dir()) / "schemas" / package / f"{name}.json").read_text())
        for key, value in settings.items():
            assert jsonschema.Draft7Validator(schema["properties"][key]).is_valid(value), key
