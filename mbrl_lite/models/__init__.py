"""World models: what they are made of, the RSSM, and weights saved with their configuration."""

from mbrl_lite.models.protocol import Dream, Latent, Observed, Policy
from mbrl_lite.models.rssm import RSSM
from mbrl_lite.models.world_model import ModelConfig, WorldModel

__all__ = ["RSSM", "Dream", "Latent", "ModelConfig", "Observed", "Policy", "WorldModel"]
