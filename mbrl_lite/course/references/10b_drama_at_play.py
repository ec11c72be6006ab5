"""References of chapter 10b_drama_at_play, cut from its solution: do not edit, run  make chapters."""

from collections.abc import Callable

import numpy as np


def lifetimes(
    task: np.ndarray, episode: np.ndarray, reward: np.ndarray, is_last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """is_first (B, T), True where a task begins, and extra (B, T, 2): the reward, and whether an episode ended."""
    # Where is another life? What did this life hear with each step?
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    extra = np.stack([reward, is_last], axis=-1) * ~is_first[..., None]  # (B, T, 2)
    return is_first, extra


def skip(step: Callable, action: int, frames: int = 4) -> tuple:
    """A frame, the reward, terminated and truncated, of one action held for some frames."""
    # Hold the key, count the points, and look twice.
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(frame)
        total += reward
        if terminated or truncated:
            break
    return np.max(seen[-2:], axis=0), total, terminated, truncated


def worth(field: float, dot: float, nats: float, pixels: int, spread: float) -> tuple[float, float]:
    """Nats of missing a dot of one pixel: as a coin, and as a weighted squared deviation in spreads."""
    # The true coin against the drawn one, both sides of it. Then the same gap, in spreads.
    t, f = dot / 255, field / 255
    coin = sum(p * np.log(p / q) for p, q in ((t, f), (1 - t, 1 - f)) if p > 0)
    contrast = nats / pixels * ((t - f) / spread) ** 2
    return coin, contrast


def aggregate(scores: np.ndarray, random: np.ndarray, human: np.ndarray) -> tuple[float, float, float]:
    """Mean and median over games of the mean normalised score, and the interquartile mean over all runs."""
    # One table of normalised scores; then: whose mean, whose median, whose middle?
    x = (scores - random) / (human - random)  # (S, G)
    games, runs = x.mean(0), np.sort(x.ravel())
    k = int(0.25 * runs.size)
    return games.mean(), np.median(games), runs[k : runs.size - k].mean()


REFERENCES = {
    "10.11": lifetimes,
    "10.12": skip,
    "10.13": worth,
    "10.14": aggregate,
}
