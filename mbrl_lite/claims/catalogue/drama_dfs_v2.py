"""Claim drama-dfs with more seeds and less scatter: both kinds of starts are compared under one and the same model."""

from dataclasses import replace

import numpy as np

from mbrl_lite.claims.catalogue import drama_dfs as first
from mbrl_lite.claims.catalogue.drama_dfs import error_at_starts
from mbrl_lite.claims.one_configuration import config_for
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.training.loop import train
from mbrl_lite.training.recorded import open_run, work_folder
from mbrl_lite.training.results import read_metrics
from mbrl_lite.training.run import Run

_ERROR, _EARLY = first.CLAIM.parts

CLAIM = replace(
    first.CLAIM,
    id="drama-dfs-v2",
    here=first.CLAIM.here
    + ". The first version compared the errors of two runs, whose models and data differ by luck; "
    "this one draws 256 starts with DFS and 256 uniformly for the same model, in ten runs of their own.",
    settings=first.CLAIM.settings | {"uniform": 1e9, "draw": 1000},
    seeds=10,
    core_minutes=110.0,
    parts=(
        replace(
            _ERROR,
            says="error of the world model 5 steps after starts that DFS draws, mean over training: at least 10 % "
            "lower than after uniform starts of the same model",
            treatment="error.dfs",
            baseline="error.uniform",
        ),
        _EARLY,
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Mean errors at both kinds of starts, over training with DFS, and each agent's mean return early on."""
    values, seed = {}, settings["draw"] + seed
    for name, its in settings["agents"].items():
        steps = settings["steps"] if name == "drama-dfs" else settings["early"]  # of the other only returns count
        config = replace(config_for(its, task("breakout"), steps, seed), target=None)
        live = work_folder() / f"{name}-error-{seed}"
        run = open_run(config, live)
        train(run, [Watch(run, settings)])
        early = [e["return"] for e in read_metrics(live, "episode") if e["step"] <= settings["early"]]
        values[f"early.{name}"] = float(np.mean(early))
        if steps == settings["steps"]:
            seen = read_metrics(live, "dream_starts")
            values |= {
                f"error.{kind}": float(np.mean([record[kind] for record in seen])) for kind in ("dfs", "uniform")
            }
    return values


class Watch(first.Watch):
    """A callback: every so many steps, the model's error after both kinds of starts."""

    def look(self, run: Run) -> dict[str, float]:
        count, dreamt = self.settings["starts"], self.settings["dreamt"]
        uniform = error_at_starts(run, count, dreamt, tau=self.settings["uniform"])
        return {"dfs": error_at_starts(run, count, dreamt), "uniform": uniform}
