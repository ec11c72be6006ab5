"""Claim masked-world-models: what an autoencoder of masked features sees, the end-to-end model overlooks."""

import numpy as np
import torch

from mbrl_lite.claims.model_fits import fit_model, to_batch
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.evaluation.linear_probe import probe_latents, ridge_probe

CLAIM = Claim(
    id="masked-world-models",
    title="Masked features find a small target",
    chapter="07",
    section="07d",
    original="An autoencoder that guesses pixels and reward from 25 % of convolutional features, with the dynamics "
    "learnt on top of it, beats end-to-end DreamerV2 on Meta-world and RLBench, where objects are small; masking "
    "patches of pixels does not help (Seo et al., 2022).",
    here="PixelReach, 16x16 pixels, a target of 2x2 of them, no distractors, 10,000 rows of 12 steps of random play; "
    "the same convolutions and RSSM in all three.",
    kept="Masking of features, guessing pixels and reward, stop-gradient between autoencoder and dynamics.",
    replaced="A transformer of one block in and one out on 16 tokens. A probe of the latent in the place of returns; "
    "the arm without reward is left out.",
    chance="Guessing the mean has a relative error of 1.",
    settings={
        "sequences": 10_000,
        "probed": 2000,
        "length_all": 12,
        "world": {"distractors": 0, "target_size": 2},
        "model": {"units": 128, "deter": 128, "groups": 12, "classes": 16},
        "updates": 3500,
        "batch": 24,
        "length": 6,
        "lr": 0.002,
    },
    seeds=5,
    core_minutes=65.0,
    beside=("error.end_to_end", "error.masked", "error.patches", "features.masked", "features.patches"),
    parts=(
        Part(
            "end_to_end",
            "a linear probe of the target's place errs at least 30 % less than with the end-to-end model",
            kind="better",
            treatment="error.masked",
            baseline="error.end_to_end",
            direction="less",
            scale="ratio",
            target=1 / 0.7,
        ),
        Part(
            "patches",
            "and at least 30 % less than where patches of pixels are masked",
            kind="better",
            treatment="error.masked",
            baseline="error.patches",
            direction="less",
            scale="ratio",
            target=1 / 0.7,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Errors of probes of the target's place, over its standard deviation, on new rows: from latents and features."""
    length, world = settings["length_all"], settings["world"]
    learn = to_batch(pixel_sequences(settings["sequences"], length, 2 * seed, **world))
    data = pixel_sequences(settings["probed"], length, 2 * seed + 1, **world)
    target, found = data["state"][..., 2:4], {}
    for name, codec in (("end_to_end", "conv"), ("masked", "masked"), ("patches", "masked_patches")):
        model = fit_model(settings, EnvSpec("image", (16, 16, 3), 4), learn, seed, codec=codec)
        curve = probe_latents(model, to_batch(data), target, horizons=(0,), stride=1)
        found[f"error.{name}"] = float((1 - curve.score[0]).mean() ** 0.5)
        if codec != "conv":
            features = model.encoder.features(torch.from_numpy(data["obs"]))
            found[f"features.{name}"] = _error(features.flatten(2).numpy(), target)
    return found


def _error(x: np.ndarray, y: np.ndarray) -> float:
    """Relative error of a linear probe fitted on the even rows, x (B, T, F) and y (B, T, 2), and scored on the odd."""
    learn, test = ((x[k::2].reshape(-1, x.shape[-1]), y[k::2].reshape(-1, 2)) for k in (0, 1))
    return float((1 - ridge_probe(*learn).r2(*test)).mean() ** 0.5)
