"""Is the latent used? The KL's floor, the posterior's collapse, and a decoder that does not listen."""

from typing import NamedTuple

import numpy as np
import torch

from mbrl_lite.data import Batch
from mbrl_lite.evaluation.drift import sequences
from mbrl_lite.evaluation.returns import own_randomness
from mbrl_lite.models import Latent, WorldModel

ACTIVE = 0.01  # nats a group must add on average to count as active


class LatentUse(NamedTuple):
    """How much z tells that h did not know, and whether the decoder listens to it."""

    kl: np.ndarray  # (B, T) KL(posterior || prior) in nats
    groups: np.ndarray  # (Z,) the same for each variable of z, a mean over steps
    floor: float  # share of steps whose KL is below the free bits: there the KL is not trained
    free_nats: float
    first: float  # mean KL in the first steps of episodes, where h knows nothing: what one look tells. NaN without any
    decoder: float  # the decoder's loss a step
    without_z: float  # how much it rises when each step is given the z of another sequence
    without_h: float  # the same for h

    @property
    def active(self) -> float:
        """Share of z's variables that add at least 0.01 nats a step."""
        return float((self.groups >= ACTIVE).mean())

    @property
    def collapsed(self) -> bool:
        """Whether the posterior has become the prior: no variable of z tells anything new."""
        return self.active == 0.0

    @property
    def ignores_z(self) -> bool:
        """Whether another sequence's z costs the decoder less than 1 % of what another sequence's h costs."""
        return self.without_z < 0.01 * max(self.without_h, 0.0)


@torch.no_grad()
def latent_use(model: WorldModel, batch: Batch, free_nats: float | None = None, seed: int = 0) -> LatentUse:
    """Measure z's use on a batch (B, T), B of 2 or more; free_nats is the configuration's unless given.

    Each sequence gets the z (or h) of the next one at the same step: what the two share by time alone stays.
    """
    sequences(model, batch, least=2)
    free_nats = model.config.free_nats if free_nats is None else free_nats
    with own_randomness(seed):
        states, posterior, prior = model.observe(batch)
    kl = model.rssm.latent.kl(posterior, prior)  # (B, T, Z)
    total = kl.sum(-1).numpy()
    losses = [
        float(model.decoder.loss(feat, batch.obs).mean())
        for feat in (states.feat, _swapped(states, z=True).feat, _swapped(states, z=False).feat)
    ]
    first = batch.is_first.numpy()
    return LatentUse(
        kl=total,
        groups=kl.mean((0, 1)).numpy(),
        floor=float((total < free_nats).mean()),
        free_nats=float(free_nats),
        first=float(total[first].mean()) if first.any() else float("nan"),
        decoder=losses[0],
        without_z=losses[1] - losses[0],
        without_h=losses[2] - losses[0],
    )


def _swapped(states: Latent, z: bool) -> Latent:
    """Every sequence with the z, or the h, of the next one."""
    part = (states.z if z else states.h).roll(1, 0)
    return states._replace(z=part) if z else states._replace(h=part)
