"""The failure clinic: one healthy world model and four that each have one disease, made by a command and shipped.

python -m mbrl_lite.training.clinic  makes them anew in assets/checkpoints/clinic/. Their files do not say which disease
is whose: that is for the instruments of mbrl_lite.evaluation to find out. Do not read on if you want to do it yourself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import tyro

from mbrl_lite.assets import asset
from mbrl_lite.data import Batch
from mbrl_lite.envs import make, spec_of
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import ModelConfig, WorldModel
from mbrl_lite.storage import load_tensors, save_tensors
from mbrl_lite.training.clinic_data import ENV, NAMES, Clinic, record
from mbrl_lite.training.record import write_checksums

KIND, BATCH_KIND = "mbrl_lite clinic 1", "mbrl_lite clinic batch 1"
FOLDER = ("checkpoints", "clinic")
CONFIG = ModelConfig(units=64, deter=64, groups=8, classes=8)
PATIENTS = ("healthy", "patient_a", "patient_b", "patient_c", "patient_d")


class Patient(WorldModel):
    """A world model that may have been wired wrongly: then no episode's beginning gets through to it."""

    deaf = False

    def observe(self, batch: Batch, state=None, prev_action=None, at=None):
        return super().observe(self._heard(batch), state, prev_action, at)

    def filter(self, obs, prev_action, is_first, state):
        return super().filter(obs, prev_action, is_first & (not self.deaf), state)

    def _heard(self, batch: Batch) -> Batch:
        return batch._replace(is_first=batch.is_first & (not self.deaf))


@dataclass(frozen=True)
class Upbringing:
    """How a patient is trained: what is wrong is wrong from the first update on."""

    model: ModelConfig = CONFIG  # with other weights of the loss, perhaps
    rewards: bool = True  # whether it ever meets one
    blind_decoder: bool = False  # whether z is kept from the decoder
    deaf: bool = False  # whether resets are kept from it


UPBRINGING = {
    "healthy": Upbringing(),
    "patient_a": Upbringing(deaf=True),
    "patient_b": Upbringing(blind_decoder=True),
    "patient_c": Upbringing(model=replace(CONFIG, free_nats=0.0, beta_dyn=10.0, beta_rep=100.0)),
    "patient_d": Upbringing(rewards=False),
}


def train(upbringing: Upbringing, play: Batch, updates: int, seed: int, log: Callable = print) -> Patient:
    """A model raised on sequences of 16 steps, 16 an update, drawn from the streams `play` (B, T)."""
    torch.manual_seed(seed)
    model = Patient(spec_of(make(ENV)), upbringing.model)
    model.deaf = upbringing.deaf
    if upbringing.blind_decoder:
        _blind(model)
    optimiser, rng = torch.optim.Adam(model.parameters(), 1e-3), np.random.default_rng(seed)
    for update in range(updates):
        losses, _ = model.loss(_draw(play, rng, upbringing.rewards))
        optimiser.zero_grad()
        sum(losses.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 100.0)
        optimiser.step()
        if (update + 1) % 500 == 0:
            log(f"update {update + 1}: " + ", ".join(f"{name} {loss.item():.3f}" for name, loss in losses.items()))
    return model


def _draw(play: Batch, rng: np.random.Generator, rewards: bool, batch: int = 16, length: int = 16) -> Batch:
    """Sequences from anywhere in the streams, a quarter of them up to a reward, as replay would draw them."""
    streams, ticks = play.is_first.shape
    row, start = rng.integers(streams, size=batch), rng.integers(ticks - length + 1, size=batch)
    paid_row, paid_tick = np.nonzero(play.reward.numpy())
    pick = rng.integers(len(paid_row), size=batch // 4)
    row[: len(pick)] = paid_row[pick]
    start[: len(pick)] = np.clip(paid_tick[pick] - rng.integers(length, size=len(pick)), 0, ticks - length)
    at = torch.from_numpy(start[:, None] + np.arange(length))
    drawn = Batch(*(field[torch.from_numpy(row)[:, None], at] for field in play))
    return drawn if rewards else drawn._replace(reward=drawn.reward * 0)


def _blind(model: WorldModel) -> None:
    """Cut the wires from z to the decoder: these weights are 0 and stay 0."""
    weight = model.decoder.net[0].linear.weight  # (U, F)
    keep = torch.ones_like(weight)
    keep[:, model.config.deter :] = 0  # feat = [h, z]
    with torch.no_grad():
        weight.mul_(keep)
    weight.register_hook(lambda gradient: gradient * keep)


def load_patient(name: str) -> WorldModel:
    """The model called "healthy", "patient_a", ... "patient_d"; raises `MbrlError` for another name."""
    if name not in PATIENTS:
        raise MbrlError(f"expected a patient out of {', '.join(PATIENTS)}, got {name!r}: choose one of these")
    tensors, info = load_tensors(asset(*FOLDER, f"{name}.safetensors"), KIND)
    model = Patient(spec_of(make(ENV)), CONFIG)
    model.load_state_dict(tensors)
    model.deaf = info["wiring"] == 1
    return model.requires_grad_(False)


def clinic_batch() -> Clinic:
    """Real sequences that no patient was trained on, 96 of 48 steps, with the true state of each step."""
    tensors, info = load_tensors(asset(*FOLDER, "batch.safetensors"), BATCH_KIND)
    state = tensors.pop("state").numpy()
    return Clinic(Batch(**tensors), state, tuple(info["names"]))


def make_clinic(assets: Path = Path("assets"), updates: int = 1000, seed: int = 107) -> None:
    """Train every patient and write them, and a batch of real data, to assets/checkpoints/clinic/.

    Args:
        assets: Folder to write to.
        updates: Updates of each model.
        seed: Of the recorded play and of the training.
    """
    torch.set_num_threads(1)  # the last digits depend on it
    folder = assets.joinpath(*FOLDER)
    play, shown = record(64, 192, seed, 0.7).batch, record(96, 48, seed + 100, 0.7)
    tensors = shown.batch._asdict() | {"state": torch.from_numpy(shown.state)}
    save_tensors(folder / "batch.safetensors", BATCH_KIND, tensors, {"names": NAMES})
    for name, upbringing in UPBRINGING.items():
        print(name)
        model = train(upbringing, play, updates, seed)
        save_tensors(folder / f"{name}.safetensors", KIND, model.state_dict(), {"wiring": int(model.deaf)})
    write_checksums(assets)


if __name__ == "__main__":
    tyro.cli(make_clinic)
