"""Sequence models behind one interface, with resets inside the sequence."""

from mbrl_lite.sequence.gru import GRU
from mbrl_lite.sequence.protocol import SequenceModel

__all__ = ["GRU", "SequenceModel"]
