"""The wheel stands alone: built from this checkout, installed elsewhere, run without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import mbrl_lite

ROOT = Path(__file__).resolve().parents[1]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel, built with what is installed here: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True, timeout=300)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """Runs Python in an empty folder, where mbrl_lite is what the wheel brought."""
    site, cwd = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("cwd")
    install = [*PIP, "install", "--no-deps", "--no-index", "--no-compile", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, timeout=300)
    env = {**os.environ, "PYTHONPATH": str(site), "MBRL_LITE_HOME": str(cwd)}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.site = site
    return run


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split("\0") if name}


def test_the_wheel_holds_the_package_and_the_assets_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = tracked("mbrl_lite") | {f"mbrl_lite/{name}" for name in tracked("assets")}
    assert wanted <= names and "mbrl_lite/py.typed" in names
    assert any(name.startswith("mbrl_lite/course/references/") for name in names)
    assert any(name.startswith("mbrl_lite/assets/") for name in names)
    assert {name.split("/")[0] for name in names} == {"mbrl_lite"}
    assert not [name for name in names if "__pycache__" in name or "/runs/" in name]


def test_it_is_the_wheel_that_is_imported(elsewhere):
    out = elsewhere("-c", "import mbrl_lite; print(mbrl_lite.__file__, mbrl_lite.__version__)").split()
    assert Path(out[0]).is_relative_to(elsewhere.site) and out[1] == mbrl_lite.__version__


def test_every_module_imports(elsewhere):
    code = """
import importlib, pkgutil, mbrl_lite
for module in pkgutil.walk_packages(mbrl_lite.__path__, "mbrl_lite."):
    print(importlib.import_module(module.name).__name__)
"""
    imported = set(elsewhere("-c", code).split())
    files = [Path(name) for name in tracked("mbrl_lite") if name.endswith(".py") and "references/0" not in name]
    names = {".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files}
    cut = {name for name in imported if name.startswith("mbrl_lite.course.references.0")}  # no valid names in Python
    assert cut and imported - cut == names - {"mbrl_lite"}


def test_assets_are_found(elsewhere):
    first = min(tracked("assets"))
    parts = first.split("/")[1:]
    out = elsewhere("-c", f"from mbrl_lite.assets import asset; print(asset(*{parts!r}))").strip()
    assert Path(out).is_relative_to(elsewhere.site) and Path(out).read_bytes() == (ROOT / first).read_bytes()


def test_the_command_works(elsewhere):
    out = elsewhere("-m", "mbrl_lite.cli", "doctor")
    assert "[OK]   torch" in out and "This machine is ready." in out
