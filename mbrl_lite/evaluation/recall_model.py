"""Recall by a world model: a cue, a dark corridor of L steps, and a lamp under which the cue decides what is paid."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from mbrl_lite.data import Batch
from mbrl_lite.envs import make, spec_of
from mbrl_lite.models import ModelConfig, WorldModel

SHOWN = PAID = 8  # steps that show the cue; steps under the lamp, each paid the cue: 1 or -1


@dataclass(frozen=True)
class Learner:
    """One world model and how it is trained."""

    sequence: str = "s4d"
    options: dict = field(default_factory=dict)
    posterior: str = "frame"
    window: int = 0  # gradients reach back this many steps; 0: to the beginning


def corridor_batch(rng: np.random.Generator, count: int, length: int) -> tuple[Batch, torch.Tensor]:
    """`count` walks (B, SHOWN + length + PAID) of a player who acts at random, and their cues (B,), each -1 or 1.

    Observations are the recall corridor's, (cue, lamp): the cue for a while, then nothing, then the lamp.
    """
    steps = SHOWN + length + PAID
    cue = torch.from_numpy(2 * rng.integers(2, size=count) - 1).float()
    obs, lit = torch.zeros(count, steps, 2), torch.arange(steps) >= SHOWN + length
    obs[:, :SHOWN, 0], obs[:, lit, 1] = cue[:, None], 1.0
    no, first = torch.zeros(count, steps, dtype=torch.bool), torch.zeros(count, steps, dtype=torch.bool)
    first[:, 0] = True
    action = torch.from_numpy(rng.integers(2, size=(count, steps)))
    return Batch(obs, action, cue[:, None] * lit, first, no, no), cue


def corridor_model(learner: Learner, units: int = 32) -> WorldModel:
    """A whole world model around the learner's memory, for what `corridor_batch` shows."""
    c = learner
    config = ModelConfig(units, units, c.sequence, c.options, c.posterior, "split", groups=8, classes=8)
    return WorldModel(spec_of(make("mbrl_lite/Recall-v0")), config)


def terms(model: WorldModel, batch: Batch, window: int = 0) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The model's losses by name and its feat (B, t, F), over the last t steps: all, or those of the last window.

    What lies further back is taken in, but not learnt from.
    """
    steps = batch.reward.shape[1]
    cut = 0 if not window else (steps - 1) // window * window
    if not cut:
        losses, states = model.loss(batch)
        return losses, states.feat
    with torch.no_grad():
        _, last = model.observe(batch.map(lambda x: x[:, :cut]), at=torch.tensor([cut - 1]))
        state = last.map(lambda x: x[:, 0])
    losses, states = model.loss(batch.map(lambda x: x[:, cut:]), None, state, batch.action[:, cut - 1])
    return losses, states.feat


def told(model: WorldModel, feat: torch.Tensor, cue: torch.Tensor) -> torch.Tensor:
    """Whether the reward head finds what is paid, -1 or 1, likelier than its opposite: (B, PAID) of feat (B, t, F)."""
    head, paid = model.reward_head(feat[:, -PAID:]), cue[:, None].expand(-1, PAID)
    return model.numbers.loss(head, paid) < model.numbers.loss(head, -paid)


def train_corridor(
    learner: Learner, length: int, updates: int, batch: int, lr: float, seed: int, enough: float = 0.995
) -> WorldModel:
    """A world model trained on fresh walks of one length, until `enough` of the last 20 batches were right."""
    torch.manual_seed(seed)
    model, rng = corridor_model(learner), np.random.default_rng(seed)
    optimiser, right = torch.optim.Adam(model.parameters(), lr, fused=True), []
    for _ in range(updates):
        walks, cue = corridor_batch(rng, batch, length)
        losses, feat = terms(model, walks, learner.window)
        optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100.0)
        optimiser.step()
        with torch.no_grad():
            right.append(float(told(model, feat, cue).float().mean()))
        if len(right) >= 20 and np.mean(right[-20:]) >= enough:
            break
    return model


@torch.no_grad()
def answers(model: WorldModel, length: int, count: int = 256, seed: int = 10**6) -> float:
    """The share of steps under the lamp, in new walks, whose reward the model tells from its opposite: chance 0.5."""
    walks, cue = corridor_batch(np.random.default_rng(seed), count, length)
    parts = [(walks.map(lambda x, i=i: x[i : i + 32]), cue[i : i + 32]) for i in range(0, count, 32)]
    return float(np.mean([float(told(model, terms(model, part)[1], its).float().mean()) for part, its in parts]))
