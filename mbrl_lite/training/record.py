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
from mbrl_lite.training.shared import shared_folder
from mbrl_lite.viz.curves import multi_seed_curve
from mbrl_lite.viz.report import machine_class, versions

BEGIN, END = "<!-- results: written by python -m mbrl_lite.training.record -->", "<!-- end of results -->"
LIMIT = 5_000_000  # bytes an asset may have


def record(
    seeds: int = 5, runs: Path = Path("runs"), assets: Path = Path("assets"), readme: Path = Path("README.md")
) -> None:
    """Run the demo for seeds 0, 1, ... (none twice) and write what the README and chapter 00 show.

    Args:
        seeds: How many.
        runs: Folder of the runs.
        assets: Folder to write to.
        readme: Its table of results is written anew.
    """
    configs = [preset("laptop", seed=seed, threads=1) for seed in range(seeds)]
    folders = [shared_folder(config, runs) for config in configs]
    for config, folder in zip(configs, folders, strict=True):
        if not (folder / "report.html").exists():
            demo(config, folder)
        _write_json(
            assets / "data" / "dreamer_doorkey5x5.json", _summary([f for f in folders if (f / "report.html").exists()])
        )
    curves = [read_metrics(folder, "episode") for folder in folders]
    env_id = preset("laptop").env
    (assets / "figures").mkdir(parents=True, exist_ok=True)
    multi_seed_curve(curves, assets / "figures" / "demo_seeds.png", yardstick_for(env_id), env_id=env_id)
    for name in ("dream.png", "dream.gif", "door.gif"):
        _ship(folders[0] / name, assets / "figures" / f"demo_{name}")
    _ship(folders[0] / "agent.safetensors", assets / "checkpoints" / "doorkey5x5.safetensors")
    load_agent(assets / "checkpoints" / "doorkey5x5.safetensors")  # what ships must load
    write_checksums(assets)
    if readme.exists():
        summary = json.loads((assets / "data" / "dreamer_doorkey5x5.json").read_text())
        write_atomic(readme, with_results(readme.read_text(), results_table(summary)).encode())


def results_table(summary: dict) -> str:
    """The seeds as a table in Markdown, and one sentence with the medians."""
    rows = [
        "| seed | environment steps until 0.9 | return of 100 new episodes | minutes of training |",
        "|---|---|---|---|",
    ]
    for row in summary["seeds"]:
        reached = f"{row['reached']:,}" if row["reached"] is not None else "not reached"
        rows.append(f"| {row['seed']} | {reached} | {row['eval_return']:.3f} | {row['minutes']:.1f} |")
    steps, minutes = summary["median_reached"], summary["median_minutes"]
    text = f"Median of {len(summary['seeds'])} seeds: **{steps:,.0f} steps**, {minutes:.1f} minutes."
    return "\n".join(
        [*rows, "", f'{text} "Until 0.9": the mean return of the last 50 training episodes first reaches 0.9.']
    )


def with_results(text: str, table: str) -> str:
    """README `text` with `table` between its two marks; raises `MbrlError` if they are gone."""
    head, mark, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not mark or not end:
        raise MbrlError(f"the README must hold the marks {BEGIN!r} and {END!r} around its results: put them back")
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def _summary(folders: list[Path]) -> dict:
    """What the README says of each seed, and the machine and versions it was measured with."""
    rows = [json.loads((folder / "result.json").read_text()) for folder in folders]
    reached = [row["reached"] if row["reached"] is not None else row["env_steps"] for row in rows]
    return {
        "what": "the demo agent on the unmodified environment, laptop preset; "
        "reached: environment steps when the mean return of the last 50 training episodes was first 0.9 (null: never)",
        "command": "python -m mbrl_lite.training.record",
        "versions": versions(),
        "machine": machine_class(),
        "median_reached": float(np.median(reached)),
        "largest_reached": max(reached),
        "median_minutes": float(np.median([row["minutes"] for row in rows])),
        "seeds": rows,
    }


def _write_json(path: Path, content: dict) -> None:
    write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())


def _ship(source: Path, target: Path) -> None:
    if source.stat().st_size > LIMIT:
        raise MbrlError(
            f"an asset must be smaller than {LIMIT} bytes, but {source} has {source.stat().st_size}: make it smaller"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_checksums(assets: Path) -> None:
    """SHA-256 of every shipped file, one a line, as sha256sum writes them."""
    files = sorted(path for path in assets.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(assets).as_posix()}\n" for path in files
    ]
    write_atomic(assets / "SHA256SUMS", "".join(lines).encode())


if __name__ == "__main__":
    tyro.cli(record)
