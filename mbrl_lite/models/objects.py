"""Objects matter: a frozen segmenter sees where a few known objects are and tells the model, beside the pixels."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.envs import EnvSpec
from mbrl_lite.envs.pixels import AGENT_COLOUR, CELL, SIZE, TARGET_COLOUR, pixel_sequences
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.codecs import Factory, register_codec
from mbrl_lite.models.pictures import PatchDecoder, PatchEncoder
from mbrl_lite.nn import MLP, NormLinear

FRAMES = 6  # annotated frames that the segmenter is made of: OC-STORM's few-shot prompt


class Segmenter(nn.Module):
    """Finds K objects by their mean look in a few annotated frames: the place of least squared difference.

    In the place of OC-STORM's Cutie, a segmentation network prompted with a few masks (Zhang et al., 2025, Section 3).
    frames (n, H, W, C) uint8, masks (n, H, W, K) bool, each object shown at least once. It learns nothing afterwards.
    """

    def __init__(self, frames: np.ndarray, masks: np.ndarray):
        super().__init__()
        frames, masks = np.asarray(frames), np.asarray(masks, bool)
        if frames.ndim != 4 or masks.shape[:3] != frames.shape[:3] or not masks.any((0, 1, 2)).all():
            raise MbrlError(
                f"expected frames (n, H, W, C) and masks (n, H, W, K) that show each object, got {frames.shape} and "
                f"{masks.shape}: annotate more frames"
            )
        self.K = masks.shape[-1]
        for k in range(self.K):
            look, shown = _mean_look(frames.astype(np.float32) / 255, masks[..., k])
            self.register_buffer(f"look{k}", torch.from_numpy(look))  # (1, C, h, w)
            self.register_buffer(f"shown{k}", torch.from_numpy(shown))  # (1, 1, h, w), sums to 1
        self.register_buffer("limit", torch.full((self.K,), torch.inf))
        found = self._match(torch.from_numpy(frames))[1].numpy()  # (n, K)
        there = masks.any((1, 2))
        self.limit = torch.tensor([2 * found[there[:, k], k].max() + 1e-3 for k in range(self.K)])

    def _match(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Best places (N, K, 2), row and column of the middle in pixels, and mean squared differences (N, K) there."""
        x, places, least = frames.movedim(-1, 1).float() / 255, [], []
        for k in range(self.K):
            look, shown = getattr(self, f"look{k}"), getattr(self, f"shown{k}")
            near = F.conv2d(x.square(), shown.expand_as(look)) - 2 * F.conv2d(x, look * shown)
            near = near[:, 0] + (look.square() * shown).sum()  # (N, H - h + 1, W - w + 1)
            best, at = near.flatten(1).min(1)
            corner = torch.stack([at // near.shape[-1], at % near.shape[-1]], -1)  # (N, 2)
            places.append(corner + torch.tensor(shown.shape[-2:], device=x.device) / 2)
            least.append(best)
        return torch.stack(places, 1).float(), torch.stack(least, 1)

    @torch.no_grad()
    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """(..., H, W, C) to (..., 3 K): each object's row and column, -1 to 1, and 1; 0, 0, 0 if it is not seen."""
        place, off = self._match(obs.flatten(0, -4))
        size = torch.tensor(obs.shape[-3:-1], device=obs.device)
        found = torch.cat([2 * place / size - 1, torch.ones_like(place[..., :1])], -1)  # (N, K, 3)
        return (found * (off <= self.limit).unsqueeze(-1)).flatten(1).view(*obs.shape[:-3], -1)


def _mean_look(frames: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An object's look (1, C, h, w) in its bounding box, averaged over frames, and how often each pixel is its own."""
    boxes = []
    for frame, here in zip(frames, mask, strict=True):
        if here.any():
            rows, columns = np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0))
            boxes.append((frame, here, rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1))
    h, w = max(box[4] for box in boxes), max(box[5] for box in boxes)
    look, count = np.zeros((h, w, frames.shape[-1]), np.float32), np.zeros((h, w, 1), np.float32)
    for frame, here, i, j, _, _ in boxes:
        part, own = frame[i : i + h, j : j + w], here[i : i + h, j : j + w, None]
        look[: len(part), : part.shape[1]] += part * own
        count[: len(part), : part.shape[1]] += own
    return (look / np.maximum(count, 1)).transpose(2, 0, 1)[None], (count / count.sum()).transpose(2, 0, 1)[None]


class ObjectEncoder(nn.Module):
    """The pixels' embedding plus an embedding of the objects found."""

    def __init__(self, spec: EnvSpec, units: int, segmenter: Segmenter):
        super().__init__()
        self.segmenter, self.pixels = segmenter, PatchEncoder(spec, units)
        self.objects = nn.Sequential(NormLinear(3 * segmenter.K, units), nn.Linear(units, units))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self.pixels(obs) + self.objects(self.segmenter(obs))  # (..., U)


class ObjectDecoder(PatchDecoder):
    """Pixels as ever, and what the segmenter says: half the squared error in pixels of each object that is seen."""

    def __init__(self, spec: EnvSpec, feat: int, units: int, segmenter: Segmenter):
        super().__init__(spec, feat, units)
        self.segmenter, self.net = segmenter, MLP(feat, units, 1, 3 * segmenter.K)
        half = torch.tensor([spec.shape[0] / 2, spec.shape[1] / 2, 1.0])  # -1 .. 1 to pixels
        self.register_buffer("half", half, persistent=False)

    def loss(self, feat: torch.Tensor, obs: torch.Tensor) -> torch.Tensor:
        found = self.segmenter(obs).unflatten(-1, (-1, 3))  # (..., K, 3)
        wrong = (self.net(feat).float().unflatten(-1, (-1, 3)) - found) * self.half
        matters = torch.cat([found[..., 2:], found[..., 2:], torch.ones_like(found[..., 2:])], -1)
        return super().loss(feat, obs) + 0.5 * (matters * wrong.square()).sum((-2, -1))


def objects_codec(frames: np.ndarray, masks: np.ndarray) -> Factory:
    """A codec for your world: `register_codec("my-objects", objects_codec(frames, masks))`; see `Segmenter`."""

    def make(spec: EnvSpec, feat: int, units: int) -> tuple[nn.Module, nn.Module]:
        if spec.kind != "image" or spec.shape[-1] != np.shape(frames)[-1]:
            raise MbrlError(
                f"this codec knows objects in pictures with {np.shape(frames)[-1]} colours, got {spec.kind!r} "
                f"observations {spec.shape}: annotate frames of your world for objects_codec(frames, masks)"
            )
        segmenter = Segmenter(frames, masks)
        return ObjectEncoder(spec, units, segmenter), ObjectDecoder(spec, feat, units, segmenter)

    return make


def annotated_pixels(count: int = FRAMES, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Frames (n, 16, 16, 3) of PixelReach with textures, and masks (n, 16, 16, 2) of agent and target, by hand."""
    data = pixel_sequences(count, 1, seed, context="textures")
    frames, row = data["obs"][:, 0], np.arange(SIZE)
    masks = []
    for middle, colour in ((data["state"][:, 0, :2], AGENT_COLOUR), (data["state"][:, 0, 2:4], TARGET_COLOUR)):
        inside = abs(row + 0.5 - middle[..., None]) < CELL / 2  # (n, 2, 16)
        masks.append((inside[:, 0, :, None] & inside[:, 1, None, :]) & (frames == colour).all(-1))
    return frames, np.stack(masks, -1)


register_codec("objects", objects_codec(*annotated_pixels()))
