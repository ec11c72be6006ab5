"""Dynamic frequency-based sampling: dreams start where the model has been trained more often than it has dreamt."""

import numpy as np

from mbrl_lite.data.replay import Replay
from mbrl_lite.errors import MbrlError

DTYPE = np.float32


class DFS:
    """Two counters for each start: N_i, how often the model was trained on it, and M_i, how often dreams began there.

    Model: p_i ~ exp(-N_i / tau). Dreams: p_i ~ exp((N_i - alpha M_i - beta max(0, N_i - M_i)) / tau), which with
    alpha = beta = 1 is exp(min(0, N_i - M_i) / tau). Drama, Section 3.4 (Wang et al., 2025). Both as a softmax that
    subtracts its largest term: written out, exp underflows to 0 / 0 near N = 1000. M counts in units that make both
    rates alike: `rate` of them for each dream. A start whose step was overwritten begins again at zero.
    """

    def __init__(self, seed: int, tau: float = 10.0, alpha: float = 1.0, beta: float = 1.0, rate: float = 1.0):
        if tau <= 0 or rate <= 0:
            raise MbrlError(f"expected tau and rate above 0, got {tau} and {rate}: try tau=10 and rate=1")
        self.rng = np.random.default_rng(seed)
        self.tau, self.alpha, self.beta, self.rate = tau, alpha, beta, rate
        self.trained = self.dreamt = np.zeros((0, 0), DTYPE)  # N and M: (capacity, environments)
        self.tick = np.zeros(0, np.int64)  # which tick a row counts for

    def starts(self, replay: Replay, count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Sequences for the model, as in `Sampler`; each of them is counted."""
        rows = self._rows(replay, length)
        return self._draw(replay, rows, -self.trained[rows], count, self.trained, 1.0)

    def dream_starts(self, replay: Replay, count: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Sequences at whose end dreams begin; each of them is counted."""
        rows = self._rows(replay, length)
        N, M = self.trained[rows], self.dreamt[rows]
        score = N - self.alpha * M - self.beta * np.maximum(0, N - M)
        return self._draw(replay, rows, score, count, self.dreamt, self.rate)

    def _rows(self, replay: Replay, length: int) -> np.ndarray:
        """Rows (n,) of all ticks at which `length` steps begin; counters of rows that hold new steps are cleared."""
        if self.trained.shape != (replay.capacity, replay.num_envs):
            if self.trained.size:
                raise MbrlError(
                    f"expected a replay of {self.trained.shape} ticks and environments, got "
                    f"{(replay.capacity, replay.num_envs)}: give every replay a sampler of its own"
                )
            self.trained, self.dreamt = (np.zeros((replay.capacity, replay.num_envs), DTYPE) for _ in range(2))
            self.tick = np.full(replay.capacity, -1)
        ticks = np.arange(replay.tail, replay.head)
        rows = ticks % replay.capacity
        fresh = rows[self.tick[rows] != ticks]
        self.trained[fresh], self.dreamt[fresh] = 0, 0
        self.tick[rows] = ticks
        return rows[: len(rows) - length + 1]

    def _draw(self, replay, rows, score, count, counter, amount) -> tuple[np.ndarray, np.ndarray]:
        weight = np.exp((score - score.max()) / self.tau, dtype=np.float64).ravel()  # (n * environments,)
        picked = self.rng.choice(len(weight), count, p=weight / weight.sum())
        start, env = np.divmod(picked, replay.num_envs)
        np.add.at(counter, (rows[start], env), amount)
        return env, start + replay.tail

    def state_dict(self) -> dict:
        """What JSON holds; the counters are in `arrays`."""
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: dict) -> None:
        self.rng.bit_generator.state = state["rng"]

    def arrays(self) -> dict[str, np.ndarray]:
        """The counters, to be saved beside the replay; nothing before the first draw."""
        return {} if not self.tick.size else {"trained": self.trained, "dreamt": self.dreamt, "tick": self.tick}

    def load_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """The inverse of `arrays`."""
        for name, array in arrays.items():
            setattr(self, name, array.copy())
