"""Replay of sequences and the samplers that choose among them."""

from mbrl_lite.data.replay import Batch, Replay
from mbrl_lite.data.samplers import Rewarded, Sampler, Uniform

__all__ = ["Batch", "Replay", "Rewarded", "Sampler", "Uniform"]
