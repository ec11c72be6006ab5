"""Claim harmonydream: learnt weights of the losses keep the pixels from drowning the reward."""

import numpy as np
import torch

from mbrl_lite.claims.model_fits import draw, fit_model, to_batch
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.data import Batch
from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.evaluation.heads import predictions
from mbrl_lite.models.world_model import WorldModel

CLAIM = Claim(
    id="harmonydream",
    title="Losses that weigh themselves: the reward is heard beside the pixels",
    chapter="07",
    section="07d",
    original="The observation loss dominates world models; learnt weights that balance observation, reward and "
    "dynamics raise Dreamer's returns by 10 to 69 % on visual robot tasks (Ma et al., 2024).",
    here="PixelReach, 16x16 pixels with 4 distractors, random play, paid 1 for each step in the upper half (so that "
    "some hundred updates can learn it); a small RSSM, weights fixed against learnt.",
    kept="L / sigma + log(1 + sigma) for observation, reward (with continuation) and dynamics.",
    replaced="sigma moves 10 times as fast as in the paper, for runs a thousand times as short. No agent is trained: "
    "return is left out, and so is the sweep of fixed weights.",
    chance="Expecting the mean reward has a relative error of 1.",
    settings={
        "sequences": 800,
        "length_all": 20,
        "distractors": 4,
        "watch_every": 10,
        "watch_from": 0.6,
        "model": {"units": 48, "deter": 48, "groups": 8, "classes": 8},
        "updates": 250,
        "batch": 32,
        "length": 4,
        "lr": 0.004,
    },
    seeds=5,
    core_minutes=6.0,
    beside=("error.fixed", "error.harmony", "sigma.recon", "sigma.reward", "sigma.dynamics"),
    parts=(
        Part(
            "drowned",
            "with fixed weights the pixels' gradient at the shared trunk is more than 20 times that of the reward",
            kind="bound",
            treatment="ratio.fixed",
            direction="more",
            target=20.0,
        ),
        Part(
            "heard",
            "with learnt weights it is less than 5 times as large",
            kind="bound",
            treatment="ratio.harmony",
            direction="less",
            target=5.0,
        ),
        Part(
            "error",
            "the squared error of the expected reward falls by at least 30 %",
            kind="better",
            treatment="error.harmony",
            baseline="error.fixed",
            direction="less",
            scale="ratio",
            target=1 / 0.7,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """`ratio.B` of gradient norms, pixels to reward, `error.B` of the reward over its variance, for both balancers."""
    learn, test = (upper_half(settings, s) for s in (2 * seed, 2 * seed + 1))
    test = draw(test, np.random.default_rng(seed), 500, settings["length"])
    found, spec = {}, EnvSpec("image", (16, 16, 3), 4)
    for balancer in ("fixed", "harmony"):
        ratios = []

        def watch(number: int, model: WorldModel, part: Batch, ratios=ratios) -> None:
            if number >= settings["watch_from"] * settings["updates"] and number % settings["watch_every"] == 0:
                ratios.append(gradient_ratio(model, part))

        model = fit_model(settings, spec, learn, seed, watch, balancer=balancer)
        expected, _ = predictions(model, test)
        reward = test.reward.numpy()
        found[f"ratio.{balancer}"] = float(np.exp(np.mean(np.log(ratios))))
        found[f"error.{balancer}"] = float(((expected - reward) ** 2).mean() / reward.var())
    return found | {f"sigma.{name}": sigma.item() for name, sigma in model.balancer.sigma.items()}


def upper_half(settings: dict, seed: int) -> Batch:
    """Random play in PixelReach with distractors; 1 is paid at each step at which the agent is in the upper half."""
    data = pixel_sequences(settings["sequences"], settings["length_all"], seed, distractors=settings["distractors"])
    return to_batch(data | {"reward": (data["state"][..., 0] < 8).astype(np.float32)})


def gradient_ratio(model: WorldModel, batch: Batch) -> float:
    """Norm of the pixels' weighted gradient over the reward's, both at the trunk they share: encoder and RSSM."""
    terms, _ = model.loss(batch)
    trunk = [*model.encoder.parameters(), *model.rssm.parameters()]
    norms = []
    for name in ("recon", "reward"):
        grads = torch.autograd.grad(terms[name], trunk, retain_graph=True, allow_unused=True)
        norms.append(torch.stack([g.norm() for g in grads if g is not None]).norm())
    return (norms[0] / norms[1]).item()
