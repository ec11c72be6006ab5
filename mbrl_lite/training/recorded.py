"""Recorded learning curves of Dreamers: a run is made once, kept as a small file, and shared by claims and figures."""

import os
import shutil
import tempfile
from pathlib import Path

from mbrl_lite.assets import asset
from mbrl_lite.config import differences, from_dict, to_dict
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.storage import append
from mbrl_lite.training.loop import train
from mbrl_lite.training.presets import TrainConfig
from mbrl_lite.training.results import read_metrics
from mbrl_lite.training.run import Run
from mbrl_lite.training.shared import code_version
from mbrl_lite.viz.report import machine_class, versions

# How a run is written down, not what is learnt: two runs that differ in these alone are the same run.
APART = ("seed", "save_every", "threads", "expected_steps")


def settings_of(config: TrainConfig) -> dict:
    """What a run depends on beside its seed, as plain data."""
    return {name: value for name, value in to_dict(config).items() if name not in APART}


def _complete(settings: dict) -> dict:
    """Settings as an older file has them, with today's defaults for what it does not know."""
    return settings_of(from_dict(TrainConfig, settings))


def work_folder() -> Path:
    """Where unfinished runs lie: $MBRL_LITE_RUNS, or a folder of the system's temporary ones."""
    return Path(os.environ.get("MBRL_LITE_RUNS", Path(tempfile.gettempdir()) / "mbrl_lite_runs"))


def recorded(name: str, config: TrainConfig, folder: Path | None = None) -> Curve:
    """The curve of the agent called `name` under `config`: read if it is there, else trained and written.

    A run that was stopped goes on from its last checkpoint. Raises `MbrlError` naming the settings that differ if the
    file that is there was made with others.
    """
    path, settings = curve_path(name, config.env, config.seed, folder), settings_of(config)
    if path.exists():
        curve = load_curve(path)
        apart = differences(_complete(curve.settings), settings)
        if apart:
            raise MbrlError(
                f"{path} was made with other settings ({', '.join(apart[:3])}): "
                f"delete it to make it again, or give the new agent a name of its own"
            )
        return curve
    live = work_folder() / f"{name}-{path.parent.name}-{config.seed}"
    run = open_run(config, live)
    clock = _Clock(run)
    train(run, [clock])
    episodes = read_metrics(live, "episode")
    made = {"code": code_version()[:12], "versions": versions(), "machine": machine_class(), "threads": config.threads}
    steps, returns = ([episode[key] for episode in episodes] for key in ("step", "return"))
    curve = Curve(name, config.env, config.seed, settings, made, steps, returns, clock.seconds, config.steps)
    curve.save(path)
    return curve


def shipped_agent(name: str, env: str, seed: int, file: str) -> Path:
    """assets/checkpoints/`file`, the trained agent of a recorded run; taken from the run's folder where that is."""
    live = work_folder() / f"{name}-{curve_path(name, env, seed).parent.name}-{seed}" / "agent.safetensors"
    path = asset("checkpoints") / file
    if live.exists():
        shutil.copyfile(live, path)
    return path


def open_run(config: TrainConfig, live: Path) -> Run:
    """The unfinished run in `live` if there is one of these settings, else a new one."""
    if (live / "checkpoint" / "run.safetensors").exists():
        run = Run.resume(live)
        if settings_of(run.config) == settings_of(config):
            return run
        shutil.rmtree(live)
    run = Run(config, live)
    run.begin()
    return run


class _Clock:
    """A callback: seconds of training at the end of each episode, in a file of their own that a resumed run reads."""

    def __init__(self, run: Run):
        self.path = run.folder / "clock.txt"
        kept = self.path.read_text().split() if self.path.exists() else []
        self.seconds = [float(text) for text in kept[: len(run.returns)]]  # what came after the checkpoint comes again
        self.path.write_text("".join(f"{second}\n" for second in self.seconds))

    def __call__(self, run: Run, record: dict) -> None:
        if record["kind"] == "episode":
            self.seconds.append(round(run.seconds, 1))
            append(self.path, f"{self.seconds[-1]}\n")
