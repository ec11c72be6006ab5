"""The yardstick: PPO with published settings on DoorKey-5x5, and the statistic that all learning curves share."""

import importlib.metadata
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.assets import asset
from mbrl_lite.envs import make, one_hot_view
from mbrl_lite.errors import MbrlError, require

ENV_ID = "MiniGrid-DoorKey-5x5-v0"
WINDOW = 50  # episodes in "mean return of the last 50 training episodes"
THRESHOLD = 0.9
SOURCE = "rl-baselines3-zoo, hyperparams/ppo.yml, entry MiniGrid-DoorKey-5x5-v0"
SETTINGS = {
    "policy": "MlpPolicy",
    "n_envs": 8,
    "normalize": True,  # running mean and variance of observations and rewards
    "n_steps": 128,
    "batch_size": 64,
    "gae_lambda": 0.95,
    "gamma": 0.99,
    "n_epochs": 10,
    "ent_coef": 0.0,
    "learning_rate": 2.5e-4,
    "clip_range": 0.2,
}


# --- the statistic ---------------------------------------------------------------------------------------------------


def trailing_mean(returns, window: int = WINDOW) -> np.ndarray:
    """Mean return of the last `window` episodes, or of all so far while there are fewer: (n,) to (n,) float64."""
    returns = np.asarray(returns, dtype=np.float64)  # (n,)
    return np.array([returns[max(0, i - window) : i].mean() for i in range(1, len(returns) + 1)])  # (n,)


def first_reach(steps, returns, threshold: float = THRESHOLD, window: int = WINDOW) -> int | None:
    """Environment step at which the mean of the last `window` episodes first is `threshold` or more; None if never.

    `steps` (n,) holds the step at which each episode ended. Only full windows count: a lucky first episode is no
    reach. Raises `MbrlError` if the lengths differ or the steps go back.
    """
    steps, returns = np.asarray(steps), np.asarray(returns)
    if steps.shape != returns.shape or steps.ndim != 1 or (np.diff(steps) < 0).any():
        raise MbrlError(
            f"expected one never-decreasing environment step for each episode's return, got steps of shape "
            f"{steps.shape} for returns of shape {returns.shape}: pass the episodes in the order in which they ended"
        )
    reached = np.flatnonzero(trailing_mean(returns, window)[window - 1 :] >= threshold)
    return int(steps[reached[0] + window - 1]) if len(reached) else None


def thin(steps, returns, grid, window: int = WINDOW) -> np.ndarray:
    """The statistic as known at each step of `grid` (m,): NaN before the first episode ends."""
    known = np.searchsorted(steps, grid, side="right")  # (m,) episodes ended by then
    return np.concatenate([[np.nan], trailing_mean(returns, window)])[known]  # (m,)


# --- running PPO -----------------------------------------------------------------------------------------------------


class OneHotView(gym.ObservationWrapper):
    """MiniGrid's 7x7x3 view as the 980 numbers that our own agents see."""

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.observation_space = gym.spaces.Box(0.0, 1.0, (980,), np.float32)

    def observation(self, observation):
        return one_hot_view(observation)


def run_seed(seed: int, steps: int) -> dict:
    """Train PPO once; returns "step", raw "return" and "time" (seconds) of each training episode, and all "seconds"."""
    require("stable_baselines3", "baselines")
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    keep = ("n_steps", "batch_size", "gae_lambda", "gamma", "n_epochs", "ent_coef", "learning_rate", "clip_range")
    ended, start = {"step": [], "return": [], "time": []}, time.perf_counter()

    def note(local, _):
        for info in local["infos"]:
            if "episode" in info:  # the return before normalisation, undiscounted
                ended["step"].append(int(local["self"].num_timesteps))
                ended["return"].append(float(info["episode"]["r"]))
                ended["time"].append(time.perf_counter() - start)
        return True  # anything else would end the training

    envs = make_vec_env(lambda: OneHotView(make(ENV_ID)), SETTINGS["n_envs"], seed=seed)
    envs = VecNormalize(envs, gamma=SETTINGS["gamma"])
    agent = PPO(SETTINGS["policy"], envs, seed=seed, device="cpu", **{key: SETTINGS[key] for key in keep})
    agent.learn(steps, callback=note)
    envs.close()
    return ended | {"seconds": round(time.perf_counter() - start, 1)}


def packages() -> dict[str, str]:
    """The versions a yardstick is made with."""
    names = ("stable-baselines3", "torch", "gymnasium", "minigrid", "numpy")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def record(runs: dict[int, dict], steps: int, every: int, command: str, versions: dict[str, str]) -> dict:
    """What the file holds: settings, versions, and for each seed the thinned curve and the step of the first reach."""
    grid = np.arange(every, steps + 1, every)
    return {
        "what": "PPO (stable-baselines3), trained on the one-hot 7x7x3 view of the unmodified environment",
        "env_id": ENV_ID,
        "command": command,
        "settings": SETTINGS,
        "settings_source": SOURCE,
        "statistic": f"mean return of the last {WINDOW} training episodes; before the first {WINDOW}, of all so far",
        "window": WINDOW,
        "threshold": THRESHOLD,
        "versions": versions,
        "machine": {"cores": os.cpu_count(), "threads_used": 1},
        "steps": steps,
        "every": every,
        "seeds": [_seed_record(seed, run, grid) for seed, run in sorted(runs.items())],
    }


def _seed_record(seed: int, run: dict, grid: np.ndarray) -> dict:
    curve = thin(run["step"], run["return"], grid)
    return {
        "seed": seed,
        "reach_step": first_reach(run["step"], run["return"]),
        "full_window_step": run["step"][WINDOW - 1] if len(run["step"]) >= WINDOW else None,
        "seconds": run["seconds"],
        "episodes": len(run["step"]),
        "mean_return": [None if np.isnan(value) else round(float(value), 4) for value in curve],
    }


def main(out: Path, seeds: int = 5, steps: int = 60_000, every: int = 250) -> None:
    """Train PPO for seeds 0, 1, ... one after another on one thread and write the yardstick file.

    Args:
        out: the JSON file to write
        seeds: how many seeds
        steps: environment steps per seed (rounded up to whole rollouts of 1024 by PPO)
        every: environment steps between two points of the stored curve
    """
    torch.set_num_threads(1)
    runs = {}
    for seed in range(seeds):
        runs[seed] = run_seed(seed, steps)
        reach = first_reach(runs[seed]["step"], runs[seed]["return"])
        arrival = "never reaches" if reach is None else f"reaches at step {reach}"
        print(f"seed {seed}: {arrival} {THRESHOLD}, {runs[seed]['seconds']} s", flush=True)
    content = record(runs, steps, every, f"python -m mbrl_lite.evaluation.yardstick --out {out.as_posix()}", packages())
    part = out.with_suffix(".part")
    part.write_text(_pretty(content) + "\n")
    part.replace(out)


def _pretty(content: dict) -> str:
    """JSON with one line a seed: short to read and to compare."""
    seeds = ",\n".join("    " + json.dumps(seed) for seed in content["seeds"])
    return json.dumps(content | {"seeds": []}, indent=2).replace('"seeds": []', f'"seeds": [\n{seeds}\n  ]')


# --- reading it back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Yardstick:
    """A baseline's learning curves: `steps` (m,), `curves` (seeds, m) with NaN before the first episode ends.

    `reach` holds for each seed the step at which it first reached `threshold`, or None; `budget` is the steps of a run.
    """

    label: str
    env_id: str
    steps: np.ndarray
    curves: np.ndarray
    reach: tuple[int | None, ...]
    seconds: tuple[float, ...]
    threshold: float
    window: int
    budget: int

    @property
    def median_reach(self) -> float:
        """Median over seeds of the first reach in environment steps; a run that never arrives counts as its budget."""
        return float(np.median([self.budget if step is None else step for step in self.reach]))


def load_yardstick(path: Path | str | None = None) -> Yardstick:
    """Read a yardstick file, by default the shipped one; raises `MbrlError` if it is missing, damaged or foreign."""
    path = Path(path) if path is not None else asset("data", "ppo_doorkey5x5.json")
    make_again = f"make it again with  python -m mbrl_lite.evaluation.yardstick --out {path.name}"
    try:
        content = json.loads(path.read_text())
        grid = np.arange(content["every"], content["steps"] + 1, content["every"])  # (m,)
        curves = np.array([seed["mean_return"] for seed in content["seeds"]], dtype=np.float64)  # (seeds, m)
        if not len(curves) or curves.shape[1:] != grid.shape:
            raise ValueError(f"curves of shape {curves.shape} for {len(grid)} steps")
        return Yardstick(
            label="PPO",
            env_id=content["env_id"],
            steps=grid,
            curves=curves,
            reach=tuple(seed["reach_step"] for seed in content["seeds"]),
            seconds=tuple(seed["seconds"] for seed in content["seeds"]),
            threshold=float(content["threshold"]),
            window=int(content["window"]),
            budget=int(content["steps"]),
        )
    except OSError as error:
        raise MbrlError(f"expected a yardstick file at {path}, which cannot be read ({error}): {make_again}") from None
    except (KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        what = f"expected a yardstick file, but {path} is damaged or of another kind ({error!r})"
        raise MbrlError(f"{what}: {make_again}") from None


if __name__ == "__main__":
    import tyro

    tyro.cli(main)
