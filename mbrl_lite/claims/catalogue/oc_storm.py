"""Claim oc-storm: told where the ball is, a model still knows it five dreamt steps later; from pixels it does not."""

import numpy as np

from mbrl_lite.claims.model_fits import fit_model, to_batch
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.ball import ball_sequences
from mbrl_lite.envs.pixels import background, new_context
from mbrl_lite.evaluation.linear_probe import probe_latents
from mbrl_lite.models.codecs import register_codec
from mbrl_lite.models.objects import FRAMES, objects_codec

CLAIM = Claim(
    id="oc-storm",
    title="Objects matter: a ball of one pixel on a striped background",
    chapter="09",
    section="07d",
    original="Features of a few annotated objects from a frozen segmentation network, beside the pixels, raise STORM's "
    "scores on Atari and Hollow Knight, where small objects decide (Zhang et al., 2025).",
    here="In kind: a ball of 1 pixel that bounces in 16x16 pixels before striped backgrounds; an RSSM.",
    kept="A frozen segmenter from 6 annotated frames whose features join the embedding and are predicted.",
    replaced="Template matching for Cutie, an RSSM for STORM's transformer, a bouncing ball for Breakout; a probe of "
    "the ball's place for returns, which are left out.",
    chance="Guessing the mean has a relative error of 1.",
    settings={
        "sequences": 1000,
        "length_all": 24,
        "horizon": 5,
        "model": {"units": 64, "deter": 64, "groups": 12, "classes": 12},
        "updates": 8000,
        "batch": 16,
        "length": 10,
        "lr": 0.002,
    },
    seeds=5,
    core_minutes=65.0,
    beside=("seen.pixels", "seen.objects", "ahead.pixels", "ahead.objects"),
    parts=(
        Part(
            "ahead",
            "after 5 imagined steps a probe of the ball's place errs at most half as much as with pixels only",
            kind="better",
            treatment="ahead.objects",
            baseline="ahead.pixels",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Root mean squared errors of the ball's place over its deviation, with open eyes and `horizon` steps ahead."""
    learn, data = (textured_balls(settings["sequences"], settings["length_all"], s) for s in (2 * seed, 2 * seed + 1))
    shown = textured_balls(FRAMES, 1, 2 * seed)
    register_codec("ball_objects", objects_codec(shown["obs"][:, 0], shown["mask"][:, 0]))
    found, spec = {}, EnvSpec("image", (16, 16, 3), 1)
    for name, codec in (("pixels", "auto"), ("objects", "ball_objects")):
        model = fit_model(settings, spec, to_batch(learn), seed, codec=codec)
        horizons = (0, settings["horizon"])
        curve = probe_latents(model, to_batch(data), data["state"][..., :2], horizons=horizons, stride=2)
        for when, score in zip(("seen", "ahead"), curve.score, strict=True):
            found[f"{when}.{name}"] = float((1 - score).mean() ** 0.5)
    return found


def textured_balls(count: int, length: int, seed: int) -> dict[str, np.ndarray]:
    """Balls of 1 white pixel before a striped background a row: frames, states and masks (B, T, 16, 16, 1)."""
    _, state = ball_sequences(count, length, seed)
    behind = background(new_context(np.random.default_rng(seed), count, "textures"))  # (B, 16, 16, 3)
    at = state[..., :2].astype(int)  # column, row
    grid = np.arange(16)
    mask = (grid[:, None] == at[..., 1, None, None]) & (grid == at[..., 0, None, None])  # (B, T, 16, 16)
    none = np.zeros((count, length), bool)
    first = none.copy()
    first[:, 0] = True
    return {
        "obs": np.where(mask[..., None], np.uint8(255), behind[:, None]),
        "mask": mask[..., None],
        "state": state,
        "action": np.zeros((count, length), np.int64),
        "reward": np.zeros((count, length), np.float32),
        "is_first": first,
        "is_last": none,
        "is_terminal": none,
    }
