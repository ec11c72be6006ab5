"""Encoders and decoders: one pair for each kind of observation, and room for plug-ins."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.minigrid import GRID_CLASSES
from mbrl_lite.errors import MbrlError
from mbrl_lite.nn import MLP, NormLinear, symexp, symlog


class GridEncoder(nn.Module):
    """MiniGrid's view as one-hot numbers (..., 980), then two layers."""

    def __init__(self, spec: EnvSpec, units: int):
        super().__init__()
        cells = spec.shape[0] * spec.shape[1]
        self.net = nn.Sequential(NormLinear(cells * sum(GRID_CLASSES), units), NormLinear(units, units))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        hot = [F.one_hot(obs[..., c].long(), n) for c, n in enumerate(GRID_CLASSES)]  # 3 x (..., 7, 7, n)
        return self.net(torch.cat(hot, -1).flatten(-3).float())  # (..., U)


class GridDecoder(nn.Module):
    """Every cell's object, colour and state as three categoricals."""

    def __init__(self, spec: EnvSpec, feat: int, units: int):
        super().__init__()
        self.shape = (*spec.shape[:2], sum(GRID_CLASSES))
        self.net = MLP(feat, units, 2, self.shape[0] * self.shape[1] * self.shape[2])

    def _logits(self, feat: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.net(feat).unflatten(-1, self.shape).split(GRID_CLASSES, -1)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Nats to describe the true view, summed over cells and channels: (...)."""
        terms = []
        for c, logits in enumerate(self._logits(feat)):
            target = obs[..., c].long().flatten()
            terms.append(F.cross_entropy(logits.float().flatten(0, -2), target, reduction="none").view(obs.shape[:-1]))
        return sum(terms).sum((-2, -1))

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """The most likely view, uint8 (..., 7, 7, 3)."""
        return torch.stack([logits.argmax(-1) for logits in self._logits(feat)], -1).to(torch.uint8)


class VectorEncoder(nn.Module):
    """Numbers of unknown scale: symlog, then two layers."""

    def __init__(self, spec: EnvSpec, units: int):
        super().__init__()
        self.net = nn.Sequential(NormLinear(spec.shape[0], units), NormLinear(units, units))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self.net(symlog(obs))


class VectorDecoder(nn.Module):
    """Mean of the numbers in symlog space."""

    def __init__(self, spec: EnvSpec, feat: int, units: int):
        super().__init__()
        self.net = MLP(feat, units, 2, spec.shape[0])

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Half the squared error in symlog space, summed over the vector: (...). DreamerV3, Eq. 9."""
        return 0.5 * (self.net(feat).float() - symlog(obs)).square().sum(-1)

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        return symexp(self.net(feat).float())


class PlanesEncoder(nn.Module):
    """MinAtar's planes of zeros and ones, laid flat, then two layers."""

    def __init__(self, spec: EnvSpec, units: int):
        super().__init__()
        self.net = nn.Sequential(NormLinear(math.prod(spec.shape), units), NormLinear(units, units))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self.net(obs.flatten(-3).float())  # (..., U)


class PlanesDecoder(nn.Module):
    """Every cell of every plane as a coin of its own."""

    def __init__(self, spec: EnvSpec, feat: int, units: int):
        super().__init__()
        self.shape = spec.shape
        self.net = MLP(feat, units, 2, math.prod(spec.shape))

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Nats to describe the true planes, summed over all cells: (...)."""
        logits = self.net(feat).float()
        return F.binary_cross_entropy_with_logits(logits, obs.flatten(-3).float(), reduction="none").sum(-1)

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """The most likely planes, uint8 (..., H, W, C)."""
        return (self.net(feat) > 0).to(torch.uint8).unflatten(-1, self.shape)


def _halvings(spec: EnvSpec) -> int:
    """How often a picture is halved: while its sides are 8 or more and even."""
    sides, times = list(spec.shape[:2]), 0
    while min(sides) >= 8 and all(side % 2 == 0 for side in sides):
        sides, times = [side // 2 for side in sides], times + 1
    if max(sides) > 15 or max(spec.shape[:2]) > 96:
        raise MbrlError(
            f"pictures must have sides of at most 96 that can be halved down to 15 or less, got {spec.shape}: "
            f"wrap the environment in gymnasium.wrappers.ResizeObservation(env, (64, 64))"
        )
    return times


class ImageEncoder(nn.Module):
    """Convolutions of kernel 4 and stride 2 down to a few pixels, then one layer."""

    def __init__(self, spec: EnvSpec, units: int, depth: int = 16):
        super().__init__()
        times = _halvings(spec)
        widths = [spec.shape[-1]] + [depth * 2**i for i in range(times)]
        convs = []
        for a, b in zip(widths, widths[1:], strict=False):
            convs += [nn.Conv2d(a, b, 4, 2, 1), nn.GroupNorm(1, b), nn.SiLU()]
        self.convs = nn.Sequential(*convs)
        self.out = NormLinear(widths[-1] * (spec.shape[0] >> times) * (spec.shape[1] >> times), units)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        lead = obs.shape[:-3]
        x = obs.reshape(-1, *obs.shape[-3:]).movedim(-1, 1).float() / 255 - 0.5  # (N, C, H, W)
        return self.out(self.convs(x).flatten(1)).unflatten(0, lead)  # (..., U)


class ImageDecoder(nn.Module):
    """The encoder's mirror image: one layer, then transposed convolutions."""

    def __init__(self, spec: EnvSpec, feat: int, units: int, depth: int = 16):
        super().__init__()
        times = _halvings(spec)
        widths = [depth * 2**i for i in reversed(range(times))] + [spec.shape[-1]]
        self.small = (widths[0], spec.shape[0] >> times, spec.shape[1] >> times)
        self.inp = MLP(feat, units, 1, self.small[0] * self.small[1] * self.small[2])
        layers = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.SiLU(), nn.ConvTranspose2d(a, b, 4, 2, 1)]
        self.convs = nn.Sequential(*layers)

    def forward(self, feat: torch.Tensor) -> torch.Tensor:
        x = self.inp(feat.reshape(-1, feat.shape[-1])).unflatten(-1, self.small)
        return self.convs(x).movedim(1, -1).unflatten(0, feat.shape[:-1]).float()  # (..., H, W, C)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Half the squared error, summed over the picture: (...)."""
        return 0.5 * (self(feat) - (obs.float() / 255 - 0.5)).square().sum((-3, -2, -1))

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        return ((self(feat) + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


Factory = Callable[[EnvSpec, int, int], tuple[nn.Module, nn.Module]]

_KINDS = {
    "grid": (GridEncoder, GridDecoder),
    "vector": (VectorEncoder, VectorDecoder),
    "image": (ImageEncoder, ImageDecoder),
    "planes": (PlanesEncoder, PlanesDecoder),
}


def _by_kind(spec: EnvSpec, feat: int, units: int) -> tuple[nn.Module, nn.Module]:
    encoder, decoder = _KINDS[spec.kind]
    return encoder(spec, units), decoder(spec, feat, units)


CODECS: dict[str, Factory] = {"auto": _by_kind}


def register_codec(name: str, factory: Factory) -> None:
    """Let configurations name another codec: a function of spec, width of feat and units to encoder and decoder."""
    CODECS[name] = factory


def make_codec(spec: EnvSpec, feat: int, units: int, name: str = "auto") -> tuple[nn.Module, nn.Module]:
    """Encoder (obs to (..., units)) and decoder (feat to a loss and a mode); "auto" goes by the kind of observation."""
    if name not in CODECS:
        raise MbrlError(f"expected a codec out of {', '.join(CODECS)}, got {name!r}: choose one of these")
    return CODECS[name](spec, feat, units)
