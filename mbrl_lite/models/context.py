"""Contextualized world models: what stays as it is in a sequence goes round the dynamics, straight to the decoder."""

import torch
from torch import nn

from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.codecs import register_codec
from mbrl_lite.models.pictures import PatchDecoder, PatchEncoder

SIZE = 32  # numbers in a context
MEMORY = 0.99  # of the mean context, a step of training


class ContextDecoder(nn.Module):
    """p(o_t | feat_t, c), c = encoder(o_k) with k one random step of the same sequence. ContextWM, Eq. 3 (Wu, 2023).

    The decoder is told the time-invariant context, so the latent that the dynamics predict need not carry it, and
    the KL makes carrying it cost. In place of cross-attention to a U-Net's maps c is one vector beside feat. A row of a
    batch that crosses an episode border has one context for both episodes.
    """

    def __init__(self, spec: EnvSpec, feat: int, units: int):
        super().__init__()
        if spec.kind != "image":
            raise MbrlError(f"codec 'context' needs pictures, got observations of kind {spec.kind!r}: use codec 'auto'")
        self.context = PatchEncoder(spec, SIZE)
        self.decoder = PatchDecoder(spec, feat + SIZE, units)
        self.register_buffer("mean", torch.zeros(SIZE))

    def _beside(self, feat: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        while context.dim() < feat.dim():
            context = context.unsqueeze(-2)
        return torch.cat([feat, context.expand(*feat.shape[:-1], -1).to(feat.dtype)], -1)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Half the squared error, summed over the picture, (B, T), for feat (B, T, F) and obs (B, T, H, W, C)."""
        B, T = obs.shape[:2]
        context = self.context(obs[torch.arange(B), torch.randint(T, (B,))])  # (B, SIZE)
        if torch.is_grad_enabled():
            self.mean.lerp_(context.detach().float().mean(0), 1 - MEMORY)
        return self.decoder.loss(self._beside(feat, context), obs)

    def mode(self, feat: torch.Tensor, frame: torch.Tensor | None = None) -> torch.Tensor:
        """Pictures, uint8 (..., H, W, C), in the context of a `frame` (B, H, W, C) of each row, or of the mean."""
        context = self.mean if frame is None else self.context(frame)
        return self.decoder.mode(self._beside(feat, context))


def context_codec(spec: EnvSpec, feat: int, units: int) -> tuple[nn.Module, nn.Module]:
    """An ordinary encoder of pictures, and the decoder that is told the context."""
    return PatchEncoder(spec, units), ContextDecoder(spec, feat, units)


register_codec("context", context_codec)
