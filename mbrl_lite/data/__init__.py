"""Replay of sequences and the samplers that choose among them."""

from mbrl_lite.data.dfs import DFS
from mbrl_lite.data.replay import Batch, Replay, Sampler
from mbrl_lite.data.samplers import Rewarded, Uniform
from mbrl_lite.data.smoothing import Smoothing

__all__ = ["DFS", "Batch", "Replay", "Rewarded", "Sampler", "Smoothing", "Uniform"]
