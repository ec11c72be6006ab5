"""Replay of sequences: one stream of steps per environment, in a ring, saved in chunks that never change once full."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch

from mbrl_lite.data.smoothing import Smoothing
from mbrl_lite.envs import EnvSpec, Step
from mbrl_lite.errors import MbrlError


class Batch(NamedTuple):
    """B sequences of T stored steps. Step t holds obs_t, the action taken in it, and what arrived with it."""

    obs: torch.Tensor  # (B, T, ...)
    action: torch.Tensor  # (B, T) int64, or (B, T, A) float32
    reward: torch.Tensor  # (B, T)
    is_first: torch.Tensor  # (B, T) bool
    is_last: torch.Tensor  # (B, T) bool
    is_terminal: torch.Tensor  # (B, T) bool

    def map(self, function: Callable[[torch.Tensor], torch.Tensor]) -> "Batch":
        """The same function on all fields."""
        return Batch(*(function(part) for part in self))


class Sampler(Protocol):
    """Chooses where sequences start. `state_dict` holds all that a resumed run needs."""

    def starts(self, replay: "Replay", count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """`count` pairs (environment, tick), each (count,), from which `length` steps lie in replay."""
        ...

    def state_dict(self) -> dict: ...

    def load_state_dict(self, state: dict) -> None: ...


class Replay:
    """The last `capacity` ticks of N environments. Ticks are counted from the run's start and never reused.

    A sequence may cross episode borders (`is_first` marks them) but never the write head. With `smooth` the rewards of
    sequences are smoothed as they are read, over all steps held around them; what is stored stays what arrived.
    """

    def __init__(self, spec: EnvSpec, num_envs: int, capacity: int, chunk: int = 512, smooth: Smoothing | None = None):
        if capacity % chunk:
            raise MbrlError(
                f"replay capacity must be a multiple of the chunk of {chunk} ticks, got {capacity}: round it up"
            )
        self.num_envs, self.capacity, self.chunk, self.head = num_envs, capacity, chunk, 0
        self.smooth = smooth if smooth and smooth.width else None
        lead = (capacity, num_envs)
        self.fields = {
            "obs": np.zeros(lead + spec.shape, spec.dtype),
            "action": np.zeros(lead + spec.no_action(1).shape[1:], spec.no_action(1).dtype),
            "reward": np.zeros(lead, np.float32),
            "is_first": np.zeros(lead, bool),
            "is_last": np.zeros(lead, bool),
            "is_terminal": np.zeros(lead, bool),
        }

    @property
    def tail(self) -> int:
        """The oldest tick still held."""
        return max(0, self.head - self.capacity)

    @property
    def nbytes(self) -> int:
        """Bytes that all fields take once they are full: they are laid out at the beginning and never grow."""
        return sum(ring.nbytes for ring in self.fields.values())

    def __len__(self) -> int:
        return (self.head - self.tail) * self.num_envs

    def add(self, step: Step, action: np.ndarray) -> None:
        """Append one tick of all environments; `action` is (N,) or (N, A), a dummy where step.is_last."""
        row = self.head % self.capacity
        for name, value in (*step._asdict().items(), ("action", action)):
            self.fields[name][row] = value
        self.head += 1

    def sample(self, sampler: Sampler, batch: int, length: int) -> Batch:
        """B = batch sequences of T = length steps; raises `MbrlError` if fewer ticks are held."""
        if self.head - self.tail < length:
            raise MbrlError(
                f"replay needs at least {length} ticks to sample, it holds {self.head - self.tail}: collect more first"
            )
        env, start = sampler.starts(self, batch, length)
        return self.gather(env, start, length)

    def rewarded(self) -> tuple[np.ndarray, np.ndarray]:
        """The ticks and environments of all rewards held that are not zero, (n,) each, oldest ticks first."""
        rows = np.arange(self.tail, self.head) % self.capacity
        ticks, envs = np.nonzero(self.fields["reward"][rows])
        return ticks + self.tail, envs

    def gather(self, env: np.ndarray, start: np.ndarray, length: int) -> Batch:
        """The sequences that begin at (env, start), each (B,); ticks outside [tail, head) raise `MbrlError`."""
        if start.min() < self.tail or start.max() + length > self.head:
            raise MbrlError(
                f"replay holds ticks {self.tail} to {self.head - 1}, but a sequence of {length} from ticks "
                f"{start.min()} to {start.max()} was asked for: choose starts within it"
            )
        rows = (start[:, None] + np.arange(length)) % self.capacity  # (B, T)
        found = {name: ring[rows, env[:, None]] for name, ring in self.fields.items()}
        if self.smooth is not None:
            found["reward"] = self._smoothed(env, start, length)
        return Batch(**{name: torch.from_numpy(array) for name, array in found.items()})

    def _smoothed(self, env: np.ndarray, start: np.ndarray, length: int) -> np.ndarray:
        """The smoothed rewards of the sequences, (B, T), from all that is held within twice the kernel's radius."""
        around = len(self.smooth.weights) - 1
        ticks = start[:, None] + np.arange(-around, length + around)  # (B, T + 2 around)
        held = (ticks >= self.tail) & (ticks < self.head)
        reward, first = (self.fields[name][ticks % self.capacity, env[:, None]] for name in ("reward", "is_first"))
        return self.smooth(reward, first, held)[:, around : around + length]

    def ticks(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """All fields of ticks [start, stop), each (stop - start, N, ...): what a chunk file holds."""
        rows = np.arange(start, stop) % self.capacity
        return {name: ring[rows] for name, ring in self.fields.items()}

    def put(self, start: int, fields: dict[str, np.ndarray]) -> None:
        """Restore ticks from `ticks`; they must follow one another and end at the new head."""
        stop = start + len(fields["action"])
        rows = np.arange(start, stop) % self.capacity
        for name, ring in self.fields.items():
            ring[rows] = fields[name]
        self.head = stop
