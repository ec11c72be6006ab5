"""Claim: a world model that remembers with S4D answers after 256 steps, where a cut gradient or a window cannot."""

import torch

from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import make, spec_of
from mbrl_lite.evaluation.recall_model import Learner, answers, train_corridor
from mbrl_lite.evaluation.sequence_cost import update_milliseconds, world_model
from mbrl_lite.evaluation.tasks import task

LENGTHS = (16, 64, 256)
LEARNERS = {  # about 25,000 parameters each
    "rssm-cut": {"sequence": "gru", "posterior": "history", "window": 64},
    "transformer": {"sequence": "transformer", "options": {"layers": 1, "heads": 4, "window": 64}},
    "s4d": {"sequence": "s4d", "options": {"layers": 2}},
}
CLAIM = Claim(
    id="s4wm-backbones",
    title="World models that remember",
    chapter="08",
    section="08b, 8",
    original="In one world model, S4 remembers longer than a GRU trained by truncated back-propagation and than a "
    "Transformer, trains faster, and imagines as fast (Deng et al., 2023).",
    here="a corridor: a cue is seen for 8 steps, nothing for L = 16, 64, 256, then a lamp under which each of 8 steps "
    "is paid the cue, 1 or -1; whole world models of about 25,000 parameters, 16 walks an update, 800 updates at "
    "most; the gradient's cost on MiniGrid's views, B = 2, T = 256, 128 units",
    kept="stochastic latents, a posterior that sees its frame alone for S4D and Transformer and the recurrent one for "
    "the RSSM, gradients cut to 64 steps, a window of 64 steps",
    replaced="two numbers for pictures; the world model is asked which reward it expects, nothing is acted",
    chance="1 or -1: a share of 0.5",
    settings={"learners": LEARNERS, "lengths": LENGTHS, "updates": 800, "batch": 16, "lr": 0.01},
    seeds=5,
    core_minutes=60.0,
    parts=(
        Part(
            "remembers",
            "S4D expects the right reward after 256 steps, a share of at least 0.9",
            kind="bound",
            treatment="s4d.256",
            direction="more",
            target=0.9,
        ),
        Part(
            "cut",
            "the RSSM whose gradients reach back 64 steps: at most 0.6",
            kind="bound",
            treatment="rssm-cut.256",
            direction="less",
            target=0.6,
        ),
        Part(
            "window",
            "the Transformer that sees 64 steps: at most 0.6",
            kind="bound",
            treatment="transformer.256",
            direction="less",
            target=0.6,
        ),
        Part(
            "update",
            "at B = 2, T = 256 a gradient of S4D's world model is at least 2 times cheaper than the RSSM's",
            kind="better",
            treatment="update.s4d",
            baseline="update.rssm",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
    ),
    beside=tuple(f"{name}.{length}" for name in LEARNERS for length in LENGTHS),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """The share of rewards told from their opposite, `NAME.L`, and the milliseconds of an update of whole models."""
    values = {}
    for name, its in settings["learners"].items():
        for length in settings["lengths"]:
            learner = Learner(**its)
            model = train_corridor(learner, length, settings["updates"], settings["batch"], settings["lr"], seed)
            values[f"{name}.{length}"] = answers(model, length)
    spec = spec_of(make(task("doorkey").env))
    for name in ("rssm", "s4d"):
        torch.manual_seed(seed)
        values[f"update.{name}"] = update_milliseconds(world_model(name, spec, 256), 2, 256, rounds=10)
    return values
