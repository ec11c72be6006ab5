"""The doctor sees what is there, what is missing, too old or broken, and says what to do about it."""

import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from packaging.requirements import Requirement

from mbrl_lite import doctor
from mbrl_lite.doctor import Check
from mbrl_lite.nn import speed

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Puts a package with a version, and a module with the given text, where Python finds them."""
    monkeypatch.syspath_prepend(tmp_path)

    def add(name: str, version: str, text: str = "") -> None:
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / f"{name}.py").write_text(text)

    return add


def test_every_dependency_of_the_core_has_its_line():
    lines = {check.name: check for check in doctor.check_core()}
    for need in map(Requirement, PROJECT["dependencies"]):
        line = lines[need.name]
        assert line.ok and f"(wants {need.specifier})" in line.text, line
        assert line.text.startswith(doctor.installed_version(need.name))
    assert len(lines) == len(PROJECT["dependencies"])


def test_every_extra_has_its_line():
    lines = {check.name: check for check in doctor.check_extras()}
    assert set(lines) == {f"extra {name}" for name in PROJECT["optional-dependencies"]}
    assert all(check.optional for check in lines.values())
    for need in map(Requirement, PROJECT["optional-dependencies"]["test"]):
        assert f"{need.name} {doctor.installed_version(need.name)}" in lines["extra test"].text


def test_the_whole_report(tmp_path):
    checks = doctor.run_doctor(tmp_path)
    names = [check.name for check in checks]
    assert names[0] == "Python" and len(set(names)) == len(names)
    assert {"torch", "cores", "memory", "extra lab", "write access", "speed", "recommended"} <= set(names)
    assert all(str(check).startswith(("[OK]   ", "[FAIL] ")) for check in checks)
    assert all("\n" not in check.text for check in checks)
    assert doctor.doctor_rows(checks)[0] == ("OK", "Python", checks[0].text)


def test_python_too_old():
    assert not doctor.check_python((3, 10, 14)).ok and "3.10.14" in doctor.check_python((3, 10, 14)).text
    assert doctor.check_python((3, 11, 0)).ok and doctor.check_python((4, 0, 0)).ok


def test_a_package_in_order(shelf):
    shelf("mbrl_shelf_good", "2.1")
    assert doctor.check_package("mbrl_shelf_good", ">=2.0") == Check("mbrl_shelf_good", True, "2.1 (wants >=2.0)")


def test_a_package_that_is_missing_or_too_old_comes_with_its_command(shelf):
    shelf("mbrl_shelf_old", "1.9")
    for name, seen in [("mbrl_shelf_old", "1.9"), ("mbrl_shelf_none", "not installed")]:
        check = doctor.check_package(name, ">=2.0")
        assert not check.ok and check.text.startswith(seen) and f"pip install '{name}>=2.0'" in check.text


def test_versions_are_compared_as_versions(shelf):
    shelf("mbrl_shelf_ten", "1.10+cpu")
    assert doctor.check_package("mbrl_shelf_ten", ">=1.9").ok


@pytest.mark.parametrize("text", ["raise RuntimeError('built for\\nanother machine')", "import mbrl_shelf_nowhere"])
def test_a_package_that_does_not_import_is_a_failure(shelf, text):
    name = f"mbrl_shelf_broken_{len(text)}"
    shelf(name, "3.0", text)
    check = doctor.check_package(name, ">=2.0")
    assert not check.ok and "does not import" in check.text and "\n" not in check.text


def test_an_extra_may_be_absent_but_not_too_old(shelf):
    shelf("mbrl_shelf_here", "1.0")
    absent = doctor.check_extra("atari", {"mbrl_shelf_none": ">=1"})
    assert absent.ok and absent.optional and "pip install 'mbrl_lite[atari]'" in absent.text
    half = doctor.check_extra("lab", {"mbrl_shelf_here": ">=1", "mbrl_shelf_none": ">=1"})
    assert half.ok and "mbrl_shelf_here 1.0" in half.text and "mbrl_shelf_none not installed" in half.text
    old = doctor.check_extra("lab", {"mbrl_shelf_here": ">=2"})
    assert not old.ok and "1.0 (wants >=2)" in old.text and "pip install" in old.text
    whole = doctor.check_extra("lab", {"mbrl_shelf_here": ">=1"})
    assert whole.ok and whole.text == "mbrl_shelf_here 1.0"


@pytest.mark.parametrize("gigabytes, ok", [(0.9, False), (1.6, True)])
def test_memory(monkeypatch, gigabytes, ok):
    memory = SimpleNamespace(total=8e9, available=gigabytes * 1e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    (check,) = doctor.check_memory()
    assert check.ok is ok and f"8.0 GB, {gigabytes} free" in check.text and ("close other" in check.text) is not ok


def test_write_access(tmp_path):
    there = doctor.check_write(tmp_path)
    assert there.ok and list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in there.text, "the report gets pasted: it should not name a person's folders"
    (tmp_path / "file").write_text("in the way")
    for folder in [tmp_path / "file", tmp_path / "nowhere"]:
        assert not doctor.check_write(folder).ok


@pytest.mark.parametrize(
    "checks, status, last",
    [
        ([Check("a", True, "x")], 0, "This machine is ready."),
        ([Check("a", True, "x"), Check("b", False, "y", optional=True)], 0, "This machine is ready."),
        ([Check("a", False, "x"), Check("b", True, "y"), Check("c", False, "z")], 1, "To be mended first: a, c."),
    ],
)
def test_the_exit_status_is_that_of_what_is_needed(monkeypatch, capsys, checks, status, last):
    monkeypatch.setattr(doctor, "run_doctor", lambda root: checks)
    assert doctor.print_doctor() == status
    said = capsys.readouterr().out.splitlines()
    assert said[: len(checks)] == [str(check) for check in checks] and said[-1] == last


def test_the_doctor_survives_the_absence_of_what_it_looks_with(tmp_path):
    code = """
import sys
sys.modules["torch"] = sys.modules["psutil"] = None  # as if they were not there
from mbrl_lite.doctor import print_doctor
sys.exit(print_doctor())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    for name in ["torch", "psutil", "memory", "speed"]:
        assert f"[FAIL] {name}: " in done.stdout
    assert "[OK]   write access" in done.stdout


# --- the measurement under it ---


def test_speed_counts_operations_by_the_clock(monkeypatch):
    """With a clock that ticks a millisecond at each look, a product of n operations is n per millisecond."""
    clock = SimpleNamespace(now=0.0)

    def tick():
        clock.now += 1e-3
        return clock.now

    monkeypatch.setattr(speed.time, "perf_counter", tick)
    rates = speed.measure_matmul(seconds=0.02, shape=(8, 16, 32))
    assert rates == pytest.approx({"float32": 2e-9 * 8 * 16 * 32 / 1e-3, "bfloat16": 2e-9 * 8 * 16 * 32 / 1e-3})


@pytest.mark.parametrize(
    "gain, name", [(0.2, "float32"), (1.0, "float32"), (1.49, "float32"), (1.5, "bfloat16"), (4.0, "bfloat16")]
)
def test_bfloat16_is_recommended_where_it_pays(gain, name):
    assert speed.recommended_precision({"float32": 100.0, "bfloat16": 100.0 * gain}) == name


@pytest.mark.parametrize("physical, usable, threads", [(2, 2, 1), (4, 8, 3), (16, 32, 4), (8, 1, 1), (1, 2, 1)])
def test_threads_leave_a_core_free_and_are_at_most_four(monkeypatch, physical, usable, threads):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: physical)
    monkeypatch.setattr(speed.os, "cpu_count", lambda: usable)
    monkeypatch.setattr(speed.os, "sched_getaffinity", lambda pid: set(range(usable)), raising=False)
    assert speed.recommended_threads() == threads
