"""Claim masked-world-models: what an autoencoder of masked features sees, the end-to-end model overlooks."""

from mbrl_lite.claims.model_fits import fit_model, to_batch
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.evaluation.linear_probe import probe_latents

CLAIM = Claim(
    id="masked-world-models",
    title="Masked features find a target of one pixel",
    chapter="07",
    section="07d",
    original="An autoencoder that guesses pixels and reward from 25 % of convolutional features, with the dynamics "
    "learnt on top of it, beats end-to-end DreamerV2 on Meta-world and RLBench, where objects are small; masking "
    "patches of pixels does not help (Seo et al., 2022).",
    here="PixelReach, 16x16 pixels, a target of 1 pixel and 4 distractors, random play; the same "
    "convolutions and RSSM.",
    kept="Masking of features, guessing pixels and reward, stop-gradient between autoencoder and dynamics.",
    replaced="A transformer of one block in and one out on 16 tokens. A probe of the latent in the place of returns; "
    "the arm without reward is left out.",
    chance="Guessing the mean has a relative error of 1.",
    settings={
        "sequences": 1000,
        "length_all": 12,
        "distractors": 4,
        "model": {"units": 48, "deter": 48, "groups": 8, "classes": 8},
        "updates": 1500,
        "batch": 24,
        "length": 6,
        "lr": 0.003,
    },
    seeds=5,
    core_minutes=25.0,
    beside=("error.end_to_end", "error.masked", "error.patches"),
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
    """Root mean squared errors of the target's place over its standard deviation, on new sequences."""
    worlds = {"distractors": settings["distractors"]}
    learn = to_batch(pixel_sequences(settings["sequences"], settings["length_all"], 2 * seed, **worlds))
    data = pixel_sequences(200, 12, 2 * seed + 1, **worlds)
    found, spec = {}, EnvSpec("image", (16, 16, 3), 4)
    for name, codec in (("end_to_end", "conv"), ("masked", "masked"), ("patches", "masked_patches")):
        model = fit_model(settings, spec, learn, seed, codec=codec)
        curve = probe_latents(model, to_batch(data), data["state"][..., 2:4], horizons=(0,), stride=1)
        found[f"error.{name}"] = float((1 - curve.score[0]).mean() ** 0.5)
    return found
