"""How long does each chapter take with the smoke preset, as a share of its budget of 90 seconds? `make bench`."""

import json
import os
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from mbrl_lite.viz.report import machine_class

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "assets" / "bench" / "chapters.json"
BUDGET = 90.0  # seconds on two quiet cores


def share(path: Path) -> float:
    """Seconds to run a notebook in an empty folder, divided by the budget."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MBRL_LITE_HOME": folder, "MBRL_LITE_PRESET": "smoke"}
        start = time.perf_counter()
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
        return round((time.perf_counter() - start) / BUDGET, 2)


def main() -> None:
    shares = {path.name: share(path) for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
    for name, value in shares.items():
        print(f"{name}: {value:.0%} of {BUDGET:.0f} s")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"what": __doc__, "machine": machine_class(), "share": shares}, indent=1) + "\n")


if __name__ == "__main__":
    main()
