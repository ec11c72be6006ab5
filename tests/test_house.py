"""The house: one-way imports, small files, and packaging files that say the same thing."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import mbrl_lite

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mbrl_lite"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

GROUND = ["__init__", "errors", "assets", "config", "storage"]  # single files that all may stand on
ORDER = [
    *GROUND,
    "envs",
    "data",
    "nn",
    "sequence",
    "models",
    "planning",
    "agents",
    "evaluation",
    "viz",
    "training",
    "claims",
    "course",
    "doctor",
    "cli",
]
CONDA = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}  # the same package under its name on conda-forge


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


# --- imports run one way ---


def imported(source: str, layer: str) -> set[str]:
    """The parts of mbrl_lite that a file of the given part imports, at its top or inside its functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            names.add(f"mbrl_lite.{layer}" if node.level == 1 else f"relative import of level {node.level}")
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    inner = {name.removeprefix("mbrl_lite.").split(".")[0] for name in names if name.startswith("mbrl_lite.")}
    return inner - {"__version__"} | {name for name in names if name.startswith("relative")}


def uphill(source: str, layer: str) -> set[str]:
    """What a file of the given part imports although it stands later in the order."""
    return imported(source, layer) - set(ORDER[: ORDER.index(layer) + 1])


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_part_has_its_place_in_the_order():
    assert {layer_of(path) for path in sources()} <= set(ORDER)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    assert uphill(path.read_text(), layer_of(path)) == set()


@pytest.mark.parametrize(
    "source, layer, found",
    [
        ("from mbrl_lite.agents import Dreamer", "models", {"agents"}),
        ("from mbrl_lite import viz", "nn", {"viz"}),
        ("import mbrl_lite.training.loop", "agents", {"training"}),
        ("def late():\n    from mbrl_lite.course import check", "envs", {"course"}),
        ("import importlib\nimportlib.import_module('mbrl_lite.viz')", "data", {"viz"}),
        ("from mbrl_lite.cli import main", "doctor", {"cli"}),
        ("from ..viz import strip", "nn", {"relative import of level 2"}),
        ("from mbrl_lite.envs import make", "errors", {"envs"}),
        ("from mbrl_lite import errors", "__init__", {"errors"}),
        ("from mbrl_lite.envs import make\nfrom mbrl_lite.assets import asset\nfrom .x import y", "nn", set()),
        ("import mbrl_lite\nfrom mbrl_lite import __version__", "envs", set()),
    ],
)
def test_an_import_uphill_is_seen(source, layer, found):
    assert uphill(source, layer) == found


def test_the_course_is_imported_without_what_only_claims_need():
    code = "import sys, mbrl_lite.course; print({'scipy', 'joblib', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- small files that say what they are ---


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short_and_say_what_they_are(path):
    text = path.read_text()
    assert text.startswith('"""') and len(text.splitlines()[0]) > 10, "its first line should say what the file is"
    assert len(text.splitlines()) < 300
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 40
    }
    assert long == {}, "functions stay at 40 lines or fewer"


# --- nothing tells where it was made ---

PLACES = [f"/{name}/" for name in ["work", "root", "home", "Users", "opt"]]
# Put together here, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("download", "pytorch"),
        ("conda", "anaconda"),
        ("npmjs", "org"),
    ]
]
TELLTALE = re.compile("|".join([rf"(?<![\w.~}}])(?:{'|'.join(PLACES)})\w", *map(re.escape, HOSTS)]).encode())


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine():
    found = {
        str(path.relative_to(ROOT)): match.group().decode()
        for path in tracked()
        if (match := TELLTALE.search(path.read_bytes()))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [f"see {PLACES[0]}main/x.py", f'File "{PLACES[1]}a.py"', f"https://{HOSTS[0]}/simple", f"file://{PLACES[2]}ann/x"],
)
def test_a_telltale_is_seen(text):
    assert TELLTALE.search(text.encode())


# --- what is asked for, in four files ---


def ranges(lines: list[str]) -> dict[str, SpecifierSet]:
    return {canonicalize_name(need.name): need.specifier for need in map(Requirement, lines)}


CORE = ranges(PROJECT["dependencies"])
EXTRAS = {name: ranges(lines) for name, lines in PROJECT["optional-dependencies"].items()}
EVERYTHING = {name: spec for part in [CORE, *EXTRAS.values()] for name, spec in part.items()}


def pins(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    wrong = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9][\w.-]*==[0-9][\w.]*", line)]
    assert wrong == [], f"{name} should hold nothing but lines  name==version"
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines}


def test_conda_asks_for_what_pyproject_asks_for():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = [line for entry in listed if isinstance(entry, dict) for line in entry["pip"]]
    assert "-e ." in pip, "the package itself is installed too"
    conda = [entry for entry in listed if isinstance(entry, str)]
    python = [entry for entry in conda if re.match(r"python\b", entry)]
    others = [entry for entry in conda if entry not in [*python, "pip"]] + [line for line in pip if line != "-e ."]
    wanted = {CONDA.get(name, name): spec for name, spec in {**CORE, **EXTRAS["lab"], **EXTRAS["test"]}.items()}
    assert ranges(others) == wanted
    assert [SpecifierSet(PROJECT["requires-python"]).contains(entry.split("=")[-1]) for entry in python] == [True]


def test_constraints_pin_every_direct_dependency_inside_its_range():
    pinned = pins("constraints.txt")
    assert set(pinned) == set(EVERYTHING)
    assert [name for name, spec in EVERYTHING.items() if not spec.contains(pinned[name])] == []


def test_the_lock_has_the_constrained_versions_and_what_they_need():
    locked, pinned = pins("requirements.lock"), pins("constraints.txt")
    direct = {*CORE, *EXTRAS["lab"], *EXTRAS["test"], *EXTRAS["dev"]}
    assert {name: locked.get(name) for name in direct} == {name: pinned[name] for name in direct}
    assert {"pygame-ce", "sympy", "jupyter-server"} <= set(locked), "indirect dependencies are locked too"


def test_floors_without_ceilings():
    for name, spec in EVERYTHING.items():
        assert [part.operator for part in spec] == [">="], name


# --- versions, commands ---


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    latest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert citation["version"] == latest.group(1) == mbrl_lite.__version__


def test_the_commands_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|[`$])\s*make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"demo", "test", "lab"} <= named <= targets


def test_ci_runs_the_readmes_test_command():
    listed = subprocess.run(["git", "ls-files", "-s", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.startswith("100755"), ".ci/run should be executable"
    script = (ROOT / ".ci" / "run").read_text()
    assert "\nmake test " in script and "mktemp -d" in script
