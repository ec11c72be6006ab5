"""Layers and distributions: norms and multilayer perceptrons, symlog, two-hot, straight-through one-hot."""

from mbrl_lite.nn.distributions import (
    TwoHot,
    categorical_kl,
    one_hot_sample,
    straight_through,
    symexp,
    symlog,
    unimix,
)
from mbrl_lite.nn.layers import MLP, NormLinear

__all__ = [
    "MLP",
    "NormLinear",
    "TwoHot",
    "categorical_kl",
    "one_hot_sample",
    "straight_through",
    "symexp",
    "symlog",
    "unimix",
]
