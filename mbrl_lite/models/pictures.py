"""Encoders and decoders of pictures: patches that are merged, which suits a processor, and convolutions."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.nn import MLP, NormLinear

GREYS = torch.arange(256) / 255
COIN = torch.special.entr(GREYS) + torch.special.entr(1 - GREYS)  # (256,), nats in the coin of each grey value


def _pixels(obs: torch.Tensor) -> torch.Tensor:
    """uint8 (..., H, W, C) to numbers in [-0.5, 0.5], (N, H, W, C)."""
    return obs.reshape(-1, *obs.shape[-3:]).float() / 255 - 0.5


def _patch_sizes(spec: EnvSpec) -> list[int]:
    """How many pixels, then patches, a side are merged in each layer, until 3 to 7 remain."""
    side, sizes = min(spec.shape[:2]), []
    while side >= 8:
        sizes.append(4 if not sizes and side >= 32 else 2)
        side //= sizes[-1]
    whole = math.prod(sizes)
    if any(n % whole for n in spec.shape[:2]) or max(spec.shape[:2]) > 96:
        raise MbrlError(
            f"pictures must have sides of at most 96 that can be halved until less than 8 remain, got {spec.shape}: "
            f"wrap the environment in gymnasium.wrappers.ResizeObservation(env, (64, 64))"
        )
    return sizes


class PatchEncoder(nn.Module):
    """Cut into patches that do not overlap, one layer for all of them alike; merge 2 x 2, the next layer; and so on.

    Every layer is one product of large matrices: at these sizes five times as fast as convolutions that overlap.
    """

    def __init__(self, spec: EnvSpec, units: int, depth: int = 32):
        super().__init__()
        self.sizes = _patch_sizes(spec)
        widths = [spec.shape[-1]] + [depth * 2**i for i in range(len(self.sizes))]
        self.layers = nn.ModuleList(NormLinear(k * k * a, b) for k, a, b in zip(self.sizes, widths, widths[1:]))
        left = math.prod(n // math.prod(self.sizes) for n in spec.shape[:2])  # patches that are left at last
        self.out = NormLinear(left * widths[-1], units)

    def pixels(self, obs: torch.Tensor) -> torch.Tensor:
        """What the first layer takes in, (N, H, W, C)."""
        return _pixels(obs)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        x = self.pixels(obs)
        for k, layer in zip(self.sizes, self.layers):
            N, H, W, C = x.shape
            x = x.view(N, H // k, k, W // k, k, C).transpose(2, 3)  # (N, H/k, W/k, k, k, C)
            x = layer(x.reshape(N, H // k, W // k, k * k * C))
        return self.out(x.flatten(1)).unflatten(0, obs.shape[:-3])  # (..., U)


class PictureDecoder(nn.Module):
    """What both decoders share: every grey value is the probability of a coin, and told to be one (as VAEs often are).

    With squared errors, as in DreamerV3, a ball of four pixels is worth 2 nats: less than it costs to keep in mind
    where it is. As coins it is worth some 20. Every picture begins dark, so that only what is bright has to be learnt:
    an auto-encoder of Catch then comes from 40 nats to 3 in 300 updates; beginning with grey, to 22; squared, to 0.77
    of where it began.
    """

    gain, dark = 4.0, 1.0

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """What the last layer says, to the coins' logits: at first all are -4."""
        return self.gain * (x.float() - self.dark)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """KL in nats from the coins of the true picture to those drawn, summed over it, 0 for a perfect one: (...)."""
        logits = self(feat)
        nats = F.softplus(logits).addcmul(logits, obs / 255, value=-1).sum((-3, -2, -1))
        coin = COIN.to(obs.device)
        own = coin.index_select(0, obs.flatten().int()).view(obs.shape)  # what even the true picture costs
        return nats - own.sum((-3, -2, -1))

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """The picture drawn, uint8 (..., H, W, C)."""
        return (torch.sigmoid(self(feat)) * 255).round().to(torch.uint8)


class PatchDecoder(PictureDecoder):
    """The encoder's mirror image: a few patches, each split into 2 x 2 and at last into its pixels."""

    def __init__(self, spec: EnvSpec, feat: int, units: int, depth: int = 32):
        super().__init__()
        self.sizes = _patch_sizes(spec)[::-1]
        widths = [depth * 2**i for i in reversed(range(len(self.sizes)))] + [spec.shape[-1]]
        whole = math.prod(self.sizes)
        self.small = (spec.shape[0] // whole, spec.shape[1] // whole, widths[0])
        self.inp = MLP(feat, units, 1, math.prod(self.small))
        splits = list(zip(self.sizes, widths, widths[1:]))
        self.layers = nn.ModuleList(NormLinear(a, k * k * b) for k, a, b in splits[:-1])
        k, a, b = splits[-1]
        self.layers.append(nn.Linear(a, k * k * b))

    def forward(self, feat: torch.Tensor) -> torch.Tensor:
        x = self.inp(feat.reshape(-1, feat.shape[-1])).unflatten(-1, self.small)
        for k, layer in zip(self.sizes, self.layers):
            N, H, W, _ = x.shape
            x = layer(x).view(N, H, W, k, k, -1).transpose(2, 3)  # (N, H, k, W, k, C)
            x = x.reshape(N, H * k, W * k, -1)
        return self.logits(x.unflatten(0, feat.shape[:-1]))  # (..., H, W, C)


class ConvEncoder(nn.Module):
    """Convolutions of kernel 4 and stride 2 down to a few pixels, then one layer, as Dreamer has them."""

    def __init__(self, spec: EnvSpec, units: int, depth: int = 16):
        super().__init__()
        times = int(math.log2(math.prod(_patch_sizes(spec))))  # halvings
        widths = [spec.shape[-1]] + [depth * 2**i for i in range(times)]
        convs = []
        for a, b in zip(widths, widths[1:], strict=False):
            convs += [nn.Conv2d(a, b, 4, 2, 1), nn.GroupNorm(1, b), nn.SiLU()]
        self.convs = nn.Sequential(*convs)
        self.out = NormLinear(widths[-1] * (spec.shape[0] >> times) * (spec.shape[1] >> times), units)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        x = _pixels(obs).movedim(-1, 1)  # (N, C, H, W)
        return self.out(self.convs(x).flatten(1)).unflatten(0, obs.shape[:-3])  # (..., U)


class ConvDecoder(PictureDecoder):
    """The encoder's mirror image: one layer, then transposed convolutions."""

    def __init__(self, spec: EnvSpec, feat: int, units: int, depth: int = 16):
        super().__init__()
        times = int(math.log2(math.prod(_patch_sizes(spec))))  # halvings
        widths = [depth * 2**i for i in reversed(range(times))] + [spec.shape[-1]]
        self.small = (widths[0], spec.shape[0] >> times, spec.shape[1] >> times)
        self.inp = MLP(feat, units, 1, self.small[0] * self.small[1] * self.small[2])
        layers = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.SiLU(), nn.ConvTranspose2d(a, b, 4, 2, 1)]
        self.convs = nn.Sequential(*layers)

    def forward(self, feat: torch.Tensor) -> torch.Tensor:
        x = self.inp(feat.reshape(-1, feat.shape[-1])).unflatten(-1, self.small)
        return self.logits(self.convs(x).movedim(1, -1).unflatten(0, feat.shape[:-1]))  # (..., H, W, C)
