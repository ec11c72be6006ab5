"""Layers and distributions: norms and multilayer perceptrons, symlog, two-hot, straight-through one-hot."""

from mbrl_lite.nn.distributions import (
    categorical_entropy,
    categorical_kl,
    one_hot_sample,
    sample_index,
    straight_through,
    symexp,
    symlog,
    unimix,
)
from mbrl_lite.nn.layers import MLP, NormLinear, Ones, one_hot_linear
from mbrl_lite.nn.numbers import NUMBERS, TwoHot, make_numbers

__all__ = [
    "MLP",
    "NUMBERS",
    "NormLinear",
    "Ones",
    "TwoHot",
    "categorical_entropy",
    "categorical_kl",
    "make_numbers",
    "one_hot_linear",
    "one_hot_sample",
    "sample_index",
    "straight_through",
    "symexp",
    "symlog",
    "unimix",
]
