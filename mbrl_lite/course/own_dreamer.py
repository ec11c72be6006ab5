"""The Dreamer that a learner assembles in chapter 09c, run outside the notebook from the very cells that stand there.

python -m mbrl_lite.course.own_dreamer  writes assets/data/curves/minigrid-doorkey-5x5-v0/own-dreamer-100.json: the
reference curve that the chapter lays beside the learner's own.
"""

import contextlib
import io
import os
import tempfile
from pathlib import Path

import torch

from mbrl_lite.course.build import ROOT
from mbrl_lite.errors import MbrlError, require
from mbrl_lite.evaluation.curves import Curve, curve_path
from mbrl_lite.training.shared import code_version
from mbrl_lite.viz.report import machine_class, versions

AGENT, SOURCE, TAG = "own-dreamer", "09c_your_own_dreamer.py", "own-dreamer"


def cells(root: Path = ROOT) -> str:
    """The code of all cells of the chapter that make up the agent; raises `MbrlError` outside a checkout."""
    path = root / "solutions" / SOURCE
    if not path.exists():
        raise MbrlError(f"expected the chapter's source at {path}, which is not there: run this in a checkout")
    found = require("jupytext", "dev").reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    return "\n\n".join(cell.source for cell in found if TAG in cell.metadata.get("tags", ())) + "\n"


def assemble(root: Path = ROOT) -> dict:
    """The names that the cells define, exercises by their references, whatever the learner has solved."""
    names: dict = {"__name__": AGENT}
    before = os.environ.get("MBRL_LITE_HOME")
    with tempfile.TemporaryDirectory() as nobody, contextlib.redirect_stdout(io.StringIO()):
        os.environ["MBRL_LITE_HOME"] = nobody
        try:
            exec(compile(cells(root), SOURCE, "exec"), names)
        finally:
            os.environ.pop("MBRL_LITE_HOME")
            if before is not None:
                os.environ["MBRL_LITE_HOME"] = before
    return names


def main(preset: str = "laptop", seed: int = 100, folder: Path | None = None) -> None:
    """Let the assembled agent live once, on one thread, and write its curve.

    Args:
        preset: smoke or laptop.
        seed: Of everything random in it; the course's figures show 100.
        folder: Where the curve goes, if not to assets/data/curves.
    """
    torch.set_num_threads(1)
    names = assemble()
    plan, env = names["PLANS"][preset], names["DOORKEY"]
    _, diary = names["live"](env, seed, **plan, say=lambda text: print(text, flush=True))
    made = {
        "code": code_version()[:12],
        "versions": versions(),
        "machine": machine_class(),
        "threads": 1,
    }
    curve = Curve(AGENT, env, seed, plan, made, diary.step, diary.returns, diary.seconds, plan["steps"])
    print(curve.save(curve_path(AGENT, env, seed, folder)))


if __name__ == "__main__":
    import tyro

    tyro.cli(main)
