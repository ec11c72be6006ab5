"""Pictures against their own background: what never changes costs nothing, what moves counts, however faint it is."""

import math

import torch
from torch import nn

from mbrl_lite.envs import EnvSpec
from mbrl_lite.models.pictures import PatchDecoder, PatchEncoder

SLOWEST = 1000  # batches after which the background is a running mean


class Contrast(nn.Module):
    """(o - mean) / spread: the mean picture, (H, W, C), and one spread for all pixels, both learnt as training goes.

    Pong's ball differs from its field by 35 grey values in one pixel of 1,024. As it comes, that is no signal for an
    encoder, and a twentieth of a nat for a decoder of coins: the world model does not see it. Here it is 13 spreads.
    """

    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("mean", torch.full(shape, 0.5))
        self.register_buffer("square", torch.tensor(1 / 16))  # of a deviation, on average
        self.register_buffer("batches", torch.tensor(0))

    @property
    def spread(self) -> torch.Tensor:
        return self.square.sqrt().clamp(min=1e-4)  # a picture that never changes

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """uint8 (..., H, W, C) to deviations in spreads."""
        return (obs / 255 - self.mean) / self.spread

    def picture(self, deviation: torch.Tensor) -> torch.Tensor:
        """The inverse, cut to what a picture can hold and rounded: uint8 (..., H, W, C)."""
        return ((deviation * self.spread + self.mean).clamp(0, 1) * 255).round().to(torch.uint8)

    @torch.no_grad()
    def take_in(self, obs: torch.Tensor) -> None:
        """One more batch, (..., H, W, C), for the mean and the spread."""
        self.batches += 1
        share = (1 / self.batches).clamp(min=1 / SLOWEST)
        pixels = obs.flatten(0, -4) / 255
        self.mean.lerp_(pixels.mean(0), share)
        self.square.lerp_((pixels - self.mean).square().mean(), share)


class ContrastEncoder(PatchEncoder):
    """Patches of what differs from the background."""

    def __init__(self, spec: EnvSpec, units: int):
        super().__init__(spec, units)
        self.contrast = Contrast(spec.shape)

    def pixels(self, obs: torch.Tensor) -> torch.Tensor:
        return self.contrast(obs).flatten(0, -4)


class ContrastDecoder(PatchDecoder):
    """The mean of every pixel's deviation. All that changes in a picture is worth `nats` together, in every game."""

    nats = 64.0

    def __init__(self, spec: EnvSpec, feat: int, units: int, contrast: Contrast):
        super().__init__(spec, feat, units)
        self.against, self.picture, self.take_in = contrast.forward, contrast.picture, contrast.take_in
        self.weight = self.nats / math.prod(spec.shape)

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return x.float()

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Squared error in spreads, summed over the picture: `nats` for the background alone, 0 if all is right: (...).

        A batch that is learnt from also adds to the background.
        """
        wrong = (self(feat) - self.against(obs)).square().sum((-3, -2, -1))
        if torch.is_grad_enabled():
            self.take_in(obs)
        return self.weight * wrong

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """The picture drawn, uint8 (..., H, W, C)."""
        return self.picture(self(feat))


def against_background(spec: EnvSpec, feat: int, units: int) -> tuple[ContrastEncoder, ContrastDecoder]:
    """The codec called "contrast"."""
    encoder = ContrastEncoder(spec, units)
    return encoder, ContrastDecoder(spec, feat, units, encoder.contrast)
