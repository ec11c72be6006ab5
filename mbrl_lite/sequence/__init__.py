"""Sequence models behind one interface, with resets inside the sequence."""

from mbrl_lite.errors import MbrlError
from mbrl_lite.sequence.feedforward import Feedforward
from mbrl_lite.sequence.gru import GRU
from mbrl_lite.sequence.mamba import mamba
from mbrl_lite.sequence.mamba2 import mamba2
from mbrl_lite.sequence.protocol import SequenceModel, may_reset
from mbrl_lite.sequence.s4d import s4d
from mbrl_lite.sequence.s5 import s5
from mbrl_lite.sequence.scan import linear_scan
from mbrl_lite.sequence.ssd import ssd, ssd_step
from mbrl_lite.sequence.stack import Layer, Stack
from mbrl_lite.sequence.transformer import transformer

__all__ = [
    "GRU",
    "SEQUENCE_MODELS",
    "Feedforward",
    "Layer",
    "SequenceModel",
    "Stack",
    "linear_scan",
    "make_sequence",
    "mamba",
    "mamba2",
    "may_reset",
    "s4d",
    "s5",
    "ssd",
    "ssd_step",
    "transformer",
]

# A name for each, so that a configuration can choose one: a function of inputs D and units H.
SEQUENCE_MODELS = {
    "gru": GRU,
    "feedforward": Feedforward,
    "transformer": transformer,
    "s4d": s4d,
    "s5": s5,
    "mamba": mamba,
    "mamba2": mamba2,
}


def make_sequence(name: str, inputs: int, units: int, **options) -> SequenceModel:
    """The sequence model called `name`, from (..., inputs) to (..., units); options are its own, as layers=3."""
    if name not in SEQUENCE_MODELS:
        raise MbrlError(
            f"expected a sequence model out of {', '.join(SEQUENCE_MODELS)}, got {name!r}: choose one of these"
        )
    try:
        return SEQUENCE_MODELS[name](inputs, units, **options)
    except TypeError as error:
        raise MbrlError(
            f"the sequence model {name!r} cannot be made with {options}: {error}; mend the options"
        ) from None
