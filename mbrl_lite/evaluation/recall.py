"""Recall: what does a sequence model still know of a cue after L steps of noise, and how must it be trained and run?"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence import SequenceModel, make_sequence

SYMBOLS = 8  # chance is 1 in 8
INPUTS = SYMBOLS + 2  # a one-hot symbol; "this is the cue"; "what was the cue?"


@dataclass(frozen=True)
class Reader:
    """One model and how it is trained."""

    sequence: str = "mamba2"
    units: int = 64
    options: dict = field(default_factory=dict)
    window: int = 0  # gradients reach back this many steps; 0: to the beginning


def recall_batch(rng: np.random.Generator, count: int, length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """x (B, L + 2, INPUTS) and the cue (B,): a cue, `length` symbols of noise, and the question."""
    symbol = torch.from_numpy(rng.integers(SYMBOLS, size=(count, length + 2)))
    x = torch.zeros(count, length + 2, INPUTS)
    x[..., :SYMBOLS] = F.one_hot(symbol, SYMBOLS)
    x[:, -1, :SYMBOLS] = 0
    x[:, 0, SYMBOLS], x[:, -1, SYMBOLS + 1] = 1, 1
    return x, symbol[:, 0]


class Recaller(nn.Module):
    """A sequence model and a head that is read at the question."""

    def __init__(self, reader: Reader):
        super().__init__()
        self.window = reader.window
        self.sequence: SequenceModel = make_sequence(reader.sequence, INPUTS, reader.units, **reader.options)
        self.head = nn.Linear(reader.units, SYMBOLS)

    @property
    def parameters_count(self) -> int:
        return sum(p.numel() for p in self.parameters())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (B, SYMBOLS) at the last step of x (B, T, INPUTS), gradients as far back as the window."""
        reset = torch.zeros(x.shape[:2], dtype=torch.bool)
        cut = 0 if not self.window else (x.shape[1] - 1) // self.window * self.window
        state = None
        if cut:  # what lies further back is taken in, but not learnt from
            with torch.no_grad():
                _, state = self.sequence.forward(x[:, :cut], reset[:, :cut])
        y, _ = self.sequence.forward(x[:, cut:], reset[:, cut:], state)
        return self.head(y[:, -1])


def train_recall(
    reader: Reader, length: int, updates: int, batch: int, lr: float, seed: int, enough: float = 0.995
) -> Recaller:
    """A model trained on fresh sequences of one length, until `enough` of the last 20 batches were right."""
    torch.manual_seed(seed)
    model, rng = Recaller(reader), np.random.default_rng(seed)
    optimiser, right = torch.optim.Adam(model.parameters(), lr, fused=True), []
    for _ in range(updates):
        x, cue = recall_batch(rng, batch, length)
        logits = model(x)
        loss = F.cross_entropy(logits, cue)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        right.append(float((logits.argmax(-1) == cue).float().mean()))
        if len(right) >= 20 and np.mean(right[-20:]) >= enough:
            break
    return model


@torch.no_grad()
def accuracy(model: Recaller, length: int, count: int = 512, seed: int = 10**6, context: int = 0) -> float:
    """The share of cues named after `length` steps, on new sequences.

    With `context` the state is built anew from the last `context` steps at each decision, as agents do that act on a
    short window of frames: what came before it is lost, however well the model remembers.
    """
    x, cue = recall_batch(np.random.default_rng(seed), count, length)
    x = x[:, -context:] if context else x
    hits = [(model(part).argmax(-1) == want).float() for part, want in zip(x.split(64), cue.split(64), strict=True)]
    return float(torch.cat(hits).mean())
