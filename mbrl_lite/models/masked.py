"""Masked world models: an autoencoder learns to see from masked features, the dynamics learn on what it sees."""

from functools import partial

import torch
from torch import nn

from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.codecs import register_codec
from mbrl_lite.models.pictures import ConvEncoder, PictureDecoder
from mbrl_lite.nn import MLP, NormLinear, symlog

MASKED, WIDTH, SLIM = 0.75, 64, 16  # share of tokens masked; width of the transformer; numbers a token in the end


def _block() -> nn.Module:
    return nn.TransformerEncoderLayer(WIDTH, 4, 2 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)


class TokenPixels(PictureDecoder):
    """Pictures from tokens (N, tokens, WIDTH): each draws its own patch, scored as all pictures are."""

    def __init__(self, grid: tuple[int, int], patch: int, colours: int):
        super().__init__()
        self.grid, self.patch, self.net = grid, patch, nn.Linear(WIDTH, patch**2 * colours)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.net(x).unflatten(-1, (self.patch, self.patch, -1)).unflatten(1, self.grid)
        return self.logits(patches.movedim(2, 3).flatten(3, 4).flatten(1, 2))  # (N, H, W, C)


class MaskedEncoder(nn.Module):
    """Convolutions, then a transformer over what masking leaves of their *features*; pixels and reward are guessed.

    L_ae = picture's loss (see `PictureDecoder`) + 1/2 (symlog r - r^)^2, both from 25 % of the features: masking these
    instead of patches leaves a trace of small objects in a neighbour (Masked World Models, Section 4.1, Seo et al.,
    2022). Forward: the unmasked features z behind a stop-gradient, then one layer: what the RSSM learns from never
    changes what is seen. `patches` masks the picture's patches before the convolutions instead, for comparison.
    """

    def __init__(self, spec: EnvSpec, units: int, patches: bool = False):
        super().__init__()
        if spec.kind != "image":
            raise MbrlError(f"codec 'masked' needs pictures, got observations of kind {spec.kind!r}: use codec 'auto'")
        self.patches, H, W, C = patches, *spec.shape
        seen = ConvEncoder(spec, 1)
        self.convs = seen.convs
        channels, self.patch = 16 * 2 ** (len(seen.convs) // 3 - 1), 2 ** (len(seen.convs) // 3)
        self.grid = (H // self.patch, W // self.patch)
        self.tokens = self.grid[0] * self.grid[1]
        self.embed, self.place = nn.Linear(channels, WIDTH), nn.Parameter(0.02 * torch.randn(self.tokens, WIDTH))
        self.block, self.slim = _block(), nn.Sequential(nn.Linear(WIDTH, SLIM), nn.LayerNorm(SLIM))
        self.hidden, self.widen = nn.Parameter(torch.zeros(WIDTH)), nn.Linear(SLIM, WIDTH)
        self.place_out, self.block_out = nn.Parameter(0.02 * torch.randn(self.tokens, WIDTH)), _block()
        self.pixels, self.reward = TokenPixels(self.grid, self.patch, C), MLP(WIDTH, WIDTH, 1, 1)
        self.out = NormLinear(self.tokens * SLIM, units)

    def _encode(self, obs: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, n, SLIM) of the tokens kept, keep (N, n), of frames (N, H, W, C); of all tokens without it."""
        x = obs.movedim(-1, 1).float() / 255 - 0.5  # (N, C, H, W)
        if keep is not None and self.patches:
            shown = x.new_zeros(len(x), self.tokens).scatter_(1, keep, 1.0).unflatten(1, self.grid)
            x = x * shown.repeat_interleave(self.patch, 1).repeat_interleave(self.patch, 2).unsqueeze(1)
        x = self.embed(self.convs(x).flatten(2).movedim(1, 2)) + self.place  # (N, tokens, WIDTH)
        return self.slim(self.block(x if keep is None else _pick(x, keep)))

    def _decode(self, z: torch.Tensor, keep: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens (N, tokens, WIDTH) for `pixels`, and symlog rewards (N,), from the features of the tokens kept."""
        x = self.widen(z)
        if keep is not None:
            blank = self.hidden.to(x.dtype).expand(len(x), self.tokens, -1)
            x = blank.scatter(1, keep.unsqueeze(-1).expand_as(x), x)
        x = self.block_out(x + self.place_out)  # (N, tokens, WIDTH)
        return x, self.reward(x.mean(1)).squeeze(-1).float()

    def masked_loss(self, obs: torch.Tensor, reward: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Both terms of L_ae, (N,) each, for frames (N, H, W, C) and the rewards (N,) that came with them."""
        kept = max(1, round((1 - MASKED) * self.tokens))
        keep = torch.rand(len(obs), self.tokens, device=obs.device).argsort(1)[:, :kept]
        x, guess = self._decode(self._encode(obs, keep), keep)
        return self.pixels.loss(x, obs), 0.5 * (guess - symlog(reward)).square()

    def extra(self, batch) -> dict[str, torch.Tensor]:
        """The autoencoder's own terms, (B, T) each."""
        terms = self.masked_loss(batch.obs.flatten(0, 1), batch.reward.flatten())
        return {name: term.view_as(batch.reward) for name, term in zip(("masked_pixels", "masked_reward"), terms)}

    @torch.no_grad()
    def features(self, obs: torch.Tensor) -> torch.Tensor:
        """z (..., tokens * SLIM) of whole frames (..., H, W, C); no gradient passes."""
        return self._encode(obs.flatten(0, -4)).flatten(1).float().view(*obs.shape[:-3], -1)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self.out(self.features(obs))  # (..., U)


class FeatureDecoder(nn.Module):
    """Predicts the autoencoder's features instead of pixels: 1/2 |z - z^|^2."""

    def __init__(self, encoder: MaskedEncoder, feat: int, units: int):
        super().__init__()
        self.eye, self.net = encoder, MLP(feat, units, 2, encoder.tokens * SLIM)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        """Half the squared error, summed over all features: (...)."""
        return 0.5 * (self.net(feat).float() - self.eye.features(obs)).square().sum(-1)

    def mode(self, feat: torch.Tensor) -> torch.Tensor:
        """What the autoencoder would draw from the features predicted, uint8 (..., H, W, C)."""
        z = self.net(feat).flatten(0, -2).unflatten(-1, (self.eye.tokens, SLIM))
        return self.eye.pixels.mode(self.eye._decode(z)[0]).unflatten(0, feat.shape[:-1])


def _pick(x: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    return x.gather(1, keep.unsqueeze(-1).expand(-1, -1, x.shape[-1]))


def masked_codec(spec: EnvSpec, feat: int, units: int, patches: bool = False) -> tuple[nn.Module, nn.Module]:
    """The pair of them; the autoencoder's weights belong to both."""
    encoder = MaskedEncoder(spec, units, patches)
    return encoder, FeatureDecoder(encoder, feat, units)


register_codec("masked", masked_codec)
register_codec("masked_patches", partial(masked_codec, patches=True))
