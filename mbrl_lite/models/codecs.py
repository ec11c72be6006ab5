"""Encoders and decoders: one pair for each kind of observation, and room for plug-ins."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.minigrid import GRID_CLASSES
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.contrast import against_background
from mbrl_lite.models.pictures import ConvDecoder, ConvEncoder, PatchDecoder, PatchEncoder
from mbrl_lite.nn import MLP, NormLinear, Ones, symexp, symlog


class GridEncoder(nn.Module):
    """MiniGrid's view as one-hot numbers (..., 980), then two layers."""

    def __init__(self, spec: EnvSpec, units: int):
        super().__init__()
        each = sum(GRID_CLASSES)
        cells = torch.arange(spec.shape[0] * spec.shape[1]).view(*spec.shape[:2], 1)  # (7, 7, 1)
        channels = torch.tensor([sum(GRID_CLASSES[:c]) for c in range(len(GRID_CLASSES))])
        self.size = cells.numel() * each
        first = cells * each + channels  # (7, 7, 3): where the one-hot of each number begins
        self.register_buffer("first", first, persistent=False)
        self.net = nn.Sequential(NormLinear(self.size, units), NormLinear(units, units))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        index = (obs + self.first).flatten(-3)  # (..., 147)
        hot = torch.zeros(*index.shape[:-1], self.size, device=obs.device).scatter_(-1, index, 1.0)  # (..., 980)
        return self.net[1](self.net[0](hot, Ones(index, self.size)))  # (..., U)


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
        logits = self.net(feat).flatten(0, -2).unflatten(-1, (-1, sum(GRID_CLASSES)))  # (N, 49, 20)
        logits = logits.float().transpose(1, 2).contiguous()  # classes before cells: a third faster
        each, truth = logits.split(GRID_CLASSES, 1), obs.flatten(0, -4).flatten(1, 2).long()  # (N, 49, 3)
        nats = sum(F.cross_entropy(part, truth[..., c], reduction="none") for c, part in enumerate(each))
        return nats.sum(-1).view(feat.shape[:-1])

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
    """Mean of the numbers in symlog space, told to within a tenth: a Gaussian of deviation sigma.

    With a deviation of 1, as in DreamerV3, all that CartPole's angle has to say is worth 0.02 nats, which is less than
    it costs to keep in mind: that agent balances the pole and loses sight of the cart, so that it rolls off the track.
    """

    sigma = 0.1

    def __init__(self, spec: EnvSpec, feat: int, units: int):
        super().__init__()
        self.net = MLP(feat, units, 2, spec.shape[0])

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Half the squared error in symlog space and units of sigma, summed over the vector: (...); V3, Eq. 9."""
        return 0.5 * ((self.net(feat).float() - symlog(obs)) / self.sigma).square().sum(-1)

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
        nn.init.constant_(self.net[-1].bias, -4.0)  # planes are nearly empty: only what is there has to be learnt

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Nats to describe the true planes, summed over all cells: (...)."""
        logits = self.net(feat).float()
        return F.binary_cross_entropy_with_logits(logits, obs.flatten(-3).float(), reduction="none").sum(-1)

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """The most likely planes, uint8 (..., H, W, C)."""
        return (self.net(feat) > 0).to(torch.uint8).unflatten(-1, self.shape)


Factory = Callable[[EnvSpec, int, int], tuple[nn.Module, nn.Module]]

_KINDS = {
    "grid": (GridEncoder, GridDecoder),
    "vector": (VectorEncoder, VectorDecoder),
    "image": (PatchEncoder, PatchDecoder),
    "planes": (PlanesEncoder, PlanesDecoder),
}


def _by_kind(spec: EnvSpec, feat: int, units: int) -> tuple[nn.Module, nn.Module]:
    encoder, decoder = _KINDS[spec.kind]
    return encoder(spec, units), decoder(spec, feat, units)


def _convolutions(spec: EnvSpec, feat: int, units: int) -> tuple[nn.Module, nn.Module]:
    return ConvEncoder(spec, units), ConvDecoder(spec, feat, units)


CODECS: dict[str, Factory] = {"auto": _by_kind, "conv": _convolutions, "contrast": against_background}


def register_codec(name: str, factory: Factory) -> None:
    """Let configurations name another codec: a function of spec, width of feat and units to encoder and decoder."""
    CODECS[name] = factory


def make_codec(spec: EnvSpec, feat: int, units: int, name: str = "auto") -> tuple[nn.Module, nn.Module]:
    """Encoder (obs to (..., units)) and decoder (feat to a loss and a mode); "auto" goes by the kind of observation."""
    if name not in CODECS:
        raise MbrlError(f"expected a codec out of {', '.join(CODECS)}, got {name!r}: choose one of these")
    return CODECS[name](spec, feat, units)
