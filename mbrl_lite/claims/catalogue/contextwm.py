"""Claim contextwm: a decoder that is told what stays lets the dynamics forget it."""

import numpy as np
import torch

from mbrl_lite.claims.model_fits import fit_model, to_batch
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.evaluation.drift import observation_error
from mbrl_lite.evaluation.linear_probe import probe_latents
from mbrl_lite.models.context import ContextDecoder
from mbrl_lite.models.world_model import WorldModel

CLAIM = Claim(
    id="contextwm",
    title="What stays goes round the dynamics: textures leave the latent",
    chapter="07",
    section="07d",
    original="A context encoded from a random frame and told to the decoder separates what stays from what moves; "
    "pre-trained so on in-the-wild videos, world models transfer to robot control (Wu et al., 2023).",
    here="In kind: PixelReach, 16x16 pixels, a striped background a row, random play; an RSSM whose decoder is or is "
    "not told the context.",
    kept="The context encoder of one random frame of the row, and a decoder that reads it beside the latent.",
    replaced="One vector for cross-attention to a U-Net; no pre-training, no fine-tuning, no returns. "
    "So short a run learns the background and not yet where the agent is, in either arm (shown beside): what is "
    "measured is whether the texture enters the latent, not what else does.",
    chance="A latent that knows nothing of the texture has an R2 of 0; R2 below 0.01 counts as 0.01.",
    settings={
        "sequences": 400,
        "length_all": 12,
        "least": 0.01,
        "model": {
            "units": 48,
            "deter": 48,
            "groups": 8,
            "classes": 8,
            "free_nats": 0.0,
            "beta_dyn": 0.2,
            "beta_rep": 0.05,
        },
        "updates": 200,
        "batch": 24,
        "length": 4,
        "lr": 0.006,
    },
    seeds=5,
    core_minutes=6.0,
    beside=("r2.plain", "r2.context", "place.plain", "place.context"),
    parts=(
        Part(
            "texture",
            "R2 of a linear probe of the texture's colour from the latent is at least 2 times smaller",
            kind="better",
            treatment="r2.context",
            baseline="r2.plain",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
        Part(
            "reconstruction",
            "and pictures are reconstructed as well: the error is at most 1.05 times that of the plain decoder",
            kind="not_worse",
            treatment="error.context",
            baseline="error.plain",
            direction="less",
            scale="ratio",
            target=1.05,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """`r2.C` of the texture's colour, `place.C` of the agent's place, `error.C` of pictures (RMS grey levels)."""
    learn, data = (
        pixel_sequences(settings["sequences"], settings["length_all"], s, context="textures")
        for s in (2 * seed, 2 * seed + 1)
    )
    learn, test = to_batch(learn), to_batch(data)
    colour = np.repeat(data["context"][:, None, :3], settings["length_all"], 1)  # (B, T, 3)
    found, spec = {}, EnvSpec("image", (16, 16, 3), 4)
    for name, codec in (("plain", "auto"), ("context", "context")):
        model = fit_model(settings, spec, learn, seed, codec=codec)
        for what, target in (("r2", colour), ("place", data["state"][..., :2])):
            score = probe_latents(model, test, target, horizons=(0,), stride=1).score[0].mean()
            found[f"{what}.{name}"] = max(settings["least"], float(score))
        found[f"error.{name}"] = decoding_error(model, test)
    return found


def decoding_error(model: WorldModel, batch) -> float:
    """Root mean squared difference of true and decoded pictures, with open eyes, in grey levels."""
    with torch.no_grad():
        feat = model.observe(batch).states.feat
        told = isinstance(model.decoder, ContextDecoder)
        guess = model.decoder.mode(feat, batch.obs[:, 0]) if told else model.decoder.mode(feat)
    return float(observation_error(batch.obs.numpy(), guess.numpy(), 2).mean())
