"""Claim: a Dreamer with S5 for a memory acts on what it saw 64 steps ago, where a cut gradient teaches nothing."""

import numpy as np
import torch

from mbrl_lite.claims.one_configuration import MEMORIES, ONE, changed, dreamer_curve, with_memory
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import make, spec_of
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.evaluation.sequence_cost import update_milliseconds, world_model
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.models import ModelConfig, WorldModel
from mbrl_lite.training.recorded import shipped_agent

# Long sequences: 160 steps hold a whole walk of 80, wherever they begin; 64 never do.
LONG = {"every": 16, "prefill": 2000, "rewarded": 0.0}
WHOLE, CUT = ({"agent.batch": b, "agent.length": t, "agent.lr_model": 0.003} for b, t in ((8, 160), (20, 64)))
CLAIM = Claim(
    id="r2i",
    title="An agent that remembers 64 steps",
    chapter="10",
    section="10b, 2",
    original="DreamerV3 with a structured state-space model, trained by a parallel scan since its posterior sees its "
    "frame alone, solves memory tasks that DreamerV3 does not, and is not worse elsewhere (Samsami et al., 2024).",
    here="LongRecall: a cue is seen for 8 steps, nothing for 64, then each of 8 steps asks for it; 32,000 steps at "
    "most, an update every 16 steps; MiniGrid Empty-8x8, 25,000 steps at most; a world model's gradient on MiniGrid's "
    "views, B = 2, T = 256, 128 units",
    kept="two layers of S5, a posterior that sees its frame alone, a policy that reads the memory's output",
    replaced="the corridor for bsuite's and POPGym's tasks, Empty for the tasks without memory; 0.6 million "
    "parameters; world model's step size 0.003",
    chance="half of the answers right",
    settings={
        "agents": {
            "r2i": changed(with_memory("r2i") | LONG, WHOLE),
            "dreamer-cut": changed(ONE | LONG, CUT),
            "dreamer-long": changed(ONE | LONG, WHOLE),
        },
        "steps": 32_000,
        "memoryless": {"r2i": with_memory("r2i"), "dreamer": ONE},
        "memoryless_steps": 25_000,
    },
    seeds=5,
    core_minutes=120.0,
    parts=(
        Part(
            "remembers",
            "R2I answers right after 64 steps, in its last 50 episodes: a share of at least 0.9",
            kind="bound",
            treatment="right.r2i",
            direction="more",
            target=0.9,
        ),
        Part(
            "cut",
            "the GRU's Dreamer, trained on sequences of 64 steps: at most 0.65",
            kind="bound",
            treatment="right.dreamer-cut",
            direction="less",
            target=0.65,
        ),
        Part(
            "update",
            "at B = 2, T = 256 a gradient of R2I's world model is at least 2 times cheaper than the RSSM's",
            kind="better",
            treatment="update.r2i",
            baseline="update.rssm",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
        Part(
            "memoryless",
            "on Empty-8x8 the return of the last 50 episodes is at least 0.9 of the GRU Dreamer's",
            kind="not_worse",
            treatment="empty.r2i",
            baseline="empty.dreamer",
            direction="more",
            scale="ratio",
            target=0.9,
        ),
    ),
    beside=("right.dreamer-long", "minutes.r2i", "minutes.dreamer-cut", "minutes.dreamer-long"),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Shares of right answers and minutes in the corridor, milliseconds of an update, returns on Empty.

    The first seed's R2I ships, for chapter 10 to look at.
    """
    corridor, empty, values = task("recall"), task("empty"), {}
    for name, its in settings["agents"].items():
        curve = dreamer_curve(name, its, corridor, settings["steps"], seed)
        values |= {f"right.{name}": last_return(curve) / corridor.perfect, f"minutes.{name}": curve.seconds[-1] / 60}
    if seed == 0:
        shipped_agent("r2i", corridor.env, seed, "longrecall-r2i.safetensors")
    for name, its in settings["memoryless"].items():
        values[f"empty.{name}"] = last_return(dreamer_curve(name, its, empty, settings["memoryless_steps"], seed))
    spec = spec_of(make(task("doorkey").env))
    models = {"rssm": world_model("rssm", spec, 256), "r2i": WorldModel(spec, ModelConfig(**MEMORIES["r2i"]))}
    for name, model in models.items():
        torch.manual_seed(seed)
        values[f"update.{name}"] = update_milliseconds(model, 2, 256, rounds=10)
    return values


def last_return(curve: Curve, window: int = 50) -> float:
    """Mean return of a run's last episodes."""
    return float(np.mean(curve.returns[-window:]))
