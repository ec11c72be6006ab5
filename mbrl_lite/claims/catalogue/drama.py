"""Claim: a Mamba-2 world model is linear in time, cheap where sequences are long, and plays as well as the GRU's."""

from dataclasses import replace

import numpy as np
import torch

from mbrl_lite.claims.one_configuration import ONE, config_for, with_memory
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import make, spec_of
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.evaluation.sequence_cost import one_layer, pass_milliseconds, update_milliseconds, world_model
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.training.recorded import recorded

LENGTHS, STEPS, LAST = (256, 512, 1024, 2048), 60_000, 5_000
CLAIM = Claim(
    id="drama",
    title="Drama: linear in time, and as good a player",
    chapter="10",
    section="10b, 1",
    original="A Mamba-2 world model costs O(n) in the length of its sequences, and with 7 million parameters plays "
    "Atari 100k as well as far larger agents (Wang et al., 2025).",
    here="one layer of 64 units, B = 2, T = 256 to 2,048; world models of 128 units on MiniGrid's views, B = 2 and "
    "T = 256; MinAtar/Breakout-v1, 60,000 steps without a finish line, the one configuration with a GRU and with "
    "Mamba-2",
    kept="Mamba-2, a posterior that sees its frame alone, split heads; equal sizes around them",
    replaced="MinAtar for Atari, 0.6 million parameters for 8 (the whole agent in the published sizes); "
    "DFS has a claim of its own",
    chance="a player at random scores 0.42",
    settings={
        "lengths": LENGTHS,
        "steps": STEPS,
        "last": LAST,
        "agents": {"dreamer-whole": ONE, "drama-whole": with_memory("drama")},
    },
    seeds=3,
    core_minutes=180.0,
    parts=(
        Part(
            "linear",
            "time of a training pass through Mamba-2 against T: slope of the logarithms at most 1.1",
            kind="bound",
            treatment="slope.mamba2",
            direction="less",
            target=1.1,
        ),
        Part(
            "attention",
            "and through fused attention: at least 1.25",
            kind="bound",
            treatment="slope.transformer",
            direction="more",
            target=1.25,
        ),
        Part(
            "update",
            "at B = 2, T = 256 a gradient of the whole world model is at least 3 times cheaper than the RSSM's",
            kind="better",
            treatment="update.mamba2",
            baseline="update.rssm",
            direction="less",
            scale="ratio",
            target=3.0,
        ),
        Part(
            "return",
            "mean return in the last 5,000 steps on Breakout: at least 0.9 of the GRU's",
            kind="not_worse",
            treatment="return.drama-whole",
            baseline="return.dreamer-whole",
            direction="more",
            scale="ratio",
            target=0.9,
        ),
    ),
    beside=("minutes.drama-whole", "minutes.dreamer-whole"),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Slopes, milliseconds of an update, and for each agent its last returns and its minutes."""
    values = {f"slope.{name}": slope(name, settings["lengths"]) for name in ("mamba2", "transformer")}
    spec = spec_of(make(task("doorkey").env))
    for name in ("rssm", "mamba2"):
        torch.manual_seed(seed)
        values[f"update.{name}"] = update_milliseconds(world_model(name, spec, 256), 2, 256, rounds=10)
    for name, its in settings["agents"].items():
        curve = recorded(name, replace(config_for(its, task("breakout"), settings["steps"], seed), target=None))
        values |= {f"return.{name}": last_return(curve, settings["last"]), f"minutes.{name}": curve.seconds[-1] / 60}
    return values


def slope(name: str, lengths: tuple[int, ...]) -> float:
    """Of log time against log T."""
    torch.manual_seed(0)
    costs = [pass_milliseconds(one_layer(name, T), 2, T, rounds=5) for T in lengths]
    return float(np.polyfit(np.log(lengths), np.log(costs), 1)[0])


def last_return(curve: Curve, last: int) -> float:
    """Mean return of the episodes that ended in the last steps of a run."""
    return float(np.mean([r for t, r in zip(curve.step, curve.returns, strict=True) if t > curve.budget - last]))
