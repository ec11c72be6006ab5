"""The demo's logged seeds: run them one after another, keep their numbers, curve and one small agent in assets/."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import tyro

from mbrl_lite.agents import load_agent
from mbrl_lite.errors import MbrlError
from mbrl_lite.storage import write_atomic
from mbrl_lite.training.demo import demo, yardstick_for
from mbrl_lite.training.presets import preset
from mbrl_lite.training.results import read_metrics
from mbrl_lite.viz.curves import multi_seed_curve
from mbrl_lite.viz.report import machine_class, versions

LIMIT = 5_000_000  # bytes an asset may have


def record(seeds: int = 5, runs: Path = Path("runs"), assets: Path = Path("assets")) -> None:
    """Run the demo for seeds 0, 1, ... (one that is finished is not run again) and write what the README and chapter 00 show.

    Args:
        seeds: How many.
        runs: Folder of the runs.
        assets: Folder to write to.
    """
    folders = [runs / f"demo-{seed}" for seed in range(seeds)]
    for seed, folder in enumerate(folders):
        if not (folder / "report.html").exists():
            demo(preset("laptop", seed=seed), folder)
        _write_json(assets / "data" / "dreamer_doorkey5x5.json", _summary([f for f in folders if (f / "report.html").exists()]))
    curves = [read_metrics(folder, "episode") for folder in folders]
    env_id = preset("laptop").env
    (assets / "figures").mkdir(parents=True, exist_ok=True)
    multi_seed_curve(curves, assets / "figures" / "demo_seeds.png", yardstick_for(env_id), env_id=env_id)
    for name in ("dream.png", "dream.gif", "door.gif"):
        _ship(folders[0] / name, assets / "figures" / f"demo_{name}")
    _ship(folders[0] / "agent.safetensors", assets / "checkpoints" / "doorkey5x5.safetensors")
    load_agent(assets / "checkpoints" / "doorkey5x5.safetensors")  # what ships must load
    write_checksums(assets)


def _summary(folders: list[Path]) -> dict:
    """What the README says of each seed, and the machine and versions it was measured with."""
    rows = [json.loads((folder / "result.json").read_text()) for folder in folders]
    reached = [row["reached"] if row["reached"] is not None else row["env_steps"] for row in rows]
    return {
        "what": "the demo agent on the unmodified environment, laptop preset; reached: environment steps when the mean return of the last "
        "50 training episodes was first 0.9 (null: never)",
        "command": "python -m mbrl_lite.training.record",
        "versions": versions(), "machine": machine_class(), "median_reached": float(np.median(reached)), "largest_reached": max(reached),
        "median_minutes": float(np.median([row["minutes"] for row in rows])), "seeds": rows,
    }  # fmt: skip


def _write_json(path: Path, content: dict) -> None:
    write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())


def _ship(source: Path, target: Path) -> None:
    if source.stat().st_size > LIMIT:
        raise MbrlError(f"an asset must be smaller than {LIMIT / 1e6:g} MB, but {source} has {source.stat().st_size / 1e6:.1f}: make it smaller")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_checksums(assets: Path) -> None:
    """SHA-256 of every shipped file, one a line, as sha256sum writes them."""
    files = sorted(path for path in assets.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(assets).as_posix()}\n" for path in files]
    write_atomic(assets / "SHA256SUMS", "".join(lines).encode())


if __name__ == "__main__":
    tyro.cli(record)
