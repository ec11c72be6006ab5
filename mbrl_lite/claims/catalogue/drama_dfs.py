"""Claim: with DFS dreams begin where the world model is better, and nothing is lost early on."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch

from mbrl_lite.claims.one_configuration import config_for, with_memory
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.drift import observation_error
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.training.loop import train
from mbrl_lite.training.recorded import open_run, work_folder
from mbrl_lite.training.results import read_metrics
from mbrl_lite.training.run import Run

STEPS, EACH, DREAMT, STARTS, EARLY = 12_000, 1_000, 5, 256, 4_000
CLAIM = Claim(
    id="drama-dfs",
    title="Where dreams begin: DFS against uniform",
    chapter="10",
    section="10b, 3",
    original="Dynamic frequency-based sampling lets dreams start where the world model has been trained, which helps "
    "early on (Wang et al., 2025, section 3.4).",
    here="MinAtar/Breakout-v1, 12,000 steps, the one configuration with Mamba-2; every 1,000 steps 256 dream starts "
    "are drawn as training draws them, and dreamt on for 5 steps with the actions really taken",
    kept="both counters, the temperature of 10, alpha = beta = 1; dreams that start at the end of 8 real steps",
    replaced="MinAtar for Atari; uniform replay is DFS of boundless temperature, all else alike",
    chance="a player at random scores 0.42; a model that draws nothing at all has an error of about 0.13",
    settings={
        "agents": {
            "drama-dfs": with_memory("drama") | {"sampler": "dfs"},
            "drama-uniform": with_memory("drama") | {"sampler": "dfs", "tau": 1e9},
        },
        "steps": STEPS,
        "each": EACH,
        "dreamt": DREAMT,
        "starts": STARTS,
        "early": EARLY,
    },
    seeds=5,
    core_minutes=80.0,
    parts=(
        Part(
            "error",
            "error of the world model 5 steps after dream starts, mean over training: at least 10 % lower",
            kind="better",
            treatment="error.drama-dfs",
            baseline="error.drama-uniform",
            direction="less",
            scale="ratio",
            target=1.11,
        ),
        Part(
            "early",
            "mean return of the first 4,000 steps' episodes: at least 0.95 of uniform's",
            kind="not_worse",
            treatment="early.drama-dfs",
            baseline="early.drama-uniform",
            direction="more",
            scale="ratio",
            target=0.95,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """For each agent the mean error at its dream starts, over training, and its mean return early on."""
    values = {}
    for name, its in settings["agents"].items():
        config = replace(config_for(its, task("breakout"), settings["steps"], seed), target=None)
        live = work_folder() / f"{name}-error-{seed}"
        run = open_run(config, live)
        train(run, [Watch(run, settings)])
        errors = [record["error"] for record in read_metrics(live, "dream_starts")]
        early = [e["return"] for e in read_metrics(live, "episode") if e["step"] <= settings["early"]]
        values |= {f"error.{name}": float(np.mean(errors)), f"early.{name}": float(np.mean(early))}
    return values


class Watch:
    """A callback: every so many steps, the error of the model a few steps after the starts that dreams now have."""

    def __init__(self, run: Run, settings: dict):
        self.settings, self.done = settings, run.env_steps // settings["each"]

    def __call__(self, run: Run, record: dict) -> None:
        if record["kind"] != "update" or run.env_steps // self.settings["each"] <= self.done:
            return
        self.done = run.env_steps // self.settings["each"]
        run.log({"kind": "dream_starts", "step": run.env_steps} | self.look(run))

    def look(self, run: Run) -> dict[str, float]:
        """What is logged of the model."""
        return {"error": error_at_starts(run, self.settings["starts"], self.settings["dreamt"])}


@torch.no_grad()
def error_at_starts(run: Run, count: int, dreamt: int, seed: int = 0, tau: float | None = None) -> float:
    """Mean error `dreamt` steps after starts drawn as training would; the run's own counters and dice stay as they are.

    With `tau` starts are drawn at another temperature than training's. Starts whose episode ends before that do not
    count.
    """
    context, model, sampler = run.config.agent.context, run.agent.model, deepcopy(run.sampler)
    sampler.tau = sampler.tau if tau is None else tau
    batch = run.replay.gather(*sampler.dream_starts(run.replay, count, context + dreamt), context + dreamt)
    keep = ~batch.is_first[:, context:].any(1)
    batch = batch.map(lambda x: x[keep])
    with own_randomness(seed):
        _, state = model.observe(batch.map(lambda x: x[:, :context]), at=torch.tensor([context - 1]))
        state = state.map(lambda x: x[:, 0])
        for t in range(context - 1, context + dreamt - 1):
            state = model.rssm.dream_step(state, model.action_input(batch.action[:, t]))
        guess = model.decoder.mode(state.feat)
    return float(observation_error(batch.obs[:, -1].numpy(), guess.numpy(), 1).mean())
