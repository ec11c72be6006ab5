"""Sequence models behind one interface, with resets inside the sequence."""

from mbrl_lite.errors import MbrlError
from mbrl_lite.sequence.feedforward import Feedforward
from mbrl_lite.sequence.gru import GRU
from mbrl_lite.sequence.protocol import SequenceModel

__all__ = ["GRU", "SEQUENCE_MODELS", "Feedforward", "SequenceModel", "make_sequence"]

# A name for each, so that a configuration can choose one: a function of inputs D and units H.
SEQUENCE_MODELS = {"gru": GRU, "feedforward": Feedforward}


def make_sequence(name: str, inputs: int, units: int) -> SequenceModel:
    """The sequence model called `name`, from (..., inputs) to (..., units)."""
    if name not in SEQUENCE_MODELS:
        raise MbrlError(
            f"expected a sequence model out of {', '.join(SEQUENCE_MODELS)}, got {name!r}: choose one of these"
        )
    return SEQUENCE_MODELS[name](inputs, units)
