"""Runs that are made once and used by many: their folder is named by settings, seed and the code that trains."""

import ast
import hashlib
import json
from pathlib import Path

import mbrl_lite
from mbrl_lite.config import to_dict
from mbrl_lite.training.presets import TrainConfig

_PACKAGE = Path(mbrl_lite.__file__).parent


def shared_folder(config: TrainConfig, runs: Path = Path("runs")) -> Path:
    """Where the run of `config` lies under `runs`, made or not: the same settings and code give the same folder."""
    content = json.dumps(to_dict(config), sort_keys=True) + code_version()
    key = hashlib.sha256(content.encode()).hexdigest()[:10]
    return runs / f"{config.env.replace('/', '-')}-{config.seed}-{key}"


def code_version(path: Path | None = None) -> str:
    """A hash of a file and all files of the library it imports, directly or through others; of the training loop's."""
    files = sorted(_closure(path or _PACKAGE / "training" / "loop.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _closure(path: Path, seen: frozenset[Path] = frozenset()) -> frozenset[Path]:
    """The file and what it imports of the library. A package's own file counts only by the names taken from it."""
    if path in seen:
        return seen
    seen |= {path}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mbrl_lite"):
            for found in _files(node.module, [alias.name for alias in node.names]):
                seen = _closure(found, seen)
    return seen


def _files(module: str, names: list[str]) -> list[Path]:
    base = _PACKAGE.joinpath(*module.split(".")[1:])
    if base.with_suffix(".py").exists():
        return [base.with_suffix(".py")]
    if not (base / "__init__.py").exists():
        return []
    tree = ast.parse((base / "__init__.py").read_text(encoding="utf-8"))
    homes = {alias.name: node.module for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    found = [file for name in names if name in homes for file in _files(homes[name], [name])]
    return found + [(base / name).with_suffix(".py") for name in names if (base / f"{name}.py").exists()]
