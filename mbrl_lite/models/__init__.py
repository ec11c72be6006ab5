"""World models: what they are made of, the RSSM, and weights saved with their configuration."""

from mbrl_lite.models.context import ContextDecoder
from mbrl_lite.models.harmony import Harmony
from mbrl_lite.models.masked import MaskedEncoder
from mbrl_lite.models.objects import Segmenter
from mbrl_lite.models.protocol import Dream, Latent, Observed, Policy
from mbrl_lite.models.rssm import RSSM
from mbrl_lite.models.world_model import ModelConfig, WorldModel

__all__ = [
    "RSSM",
    "ContextDecoder",
    "Dream",
    "Harmony",
    "Latent",
    "MaskedEncoder",
    "ModelConfig",
    "Observed",
    "Policy",
    "Segmenter",
    "WorldModel",
]
