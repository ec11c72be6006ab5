"""Model-free yardsticks: stable-baselines3's PPO, DQN and SAC and sb3-contrib's recurrent PPO, one curve a seed."""

import importlib.metadata
import os
import platform
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.envs import make, one_hot_view, spec_of
from mbrl_lite.errors import MbrlError, require
from mbrl_lite.evaluation import tasks
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve, settings_hash
from mbrl_lite.evaluation.published import PUBLISHED, published
from mbrl_lite.evaluation.tasks import Task

MARGIN = 1.1  # a run stops at this multiple of the steps at which it arrived: later episodes change no reach
PACKAGES = ("stable-baselines3", "sb3-contrib", "torch", "gymnasium", "minigrid", "MinAtar", "numpy")


# --- what the agents see ---------------------------------------------------------------------------------------------


class Seen(gym.ObservationWrapper):
    """What our own agent is shown, as stable-baselines3 takes it: numbers in a row, or channels before rows (C, H, W).

    MiniGrid's view as 980 numbers 0 or 1, pictures and planes as they are, vectors untouched.
    """

    def __init__(self, env: gym.Env, kind: str, flat: bool, dtype=np.uint8):
        super().__init__(env)
        self.kind, self.flat, self.dtype = kind, flat, dtype
        if kind == "vector":
            return
        seen = self.observation(np.zeros(env.observation_space.shape, np.uint8))
        most = 255 if kind == "image" and not flat else 1
        self.observation_space = gym.spaces.Box(0, most, seen.shape, dtype)

    def observation(self, observation):
        if self.kind == "vector":
            return observation
        if self.kind == "grid":
            return one_hot_view(observation).astype(self.dtype)
        if self.flat:
            scale = 255 if self.kind == "image" else 1
            return (observation.reshape(-1) / scale).astype(self.dtype)
        return np.moveaxis(observation, -1, 0).astype(np.uint8)


def make_seen(env_id: str, view: str, normalize: bool = False) -> gym.Env:
    """The unmodified environment with the observations of `Seen`."""
    if env_id == "Pendulum-v1":
        return gym.make(env_id)  # published settings are for its own range of torques
    env = make(env_id)
    kind, flat = spec_of(env).kind, view == "flat"
    return Seen(env, kind, flat, np.float32 if normalize or (flat and kind == "image") else np.uint8)


def small_conv(scale: float):
    """A features extractor of the size of MinAtar's network: (B, C, H, W), divided by `scale`, to (B, 128).

    Planes of 10x10 meet 16 filters of 3x3 as in Young and Tian (2019); a larger picture is first halved twice.
    """
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

    class SmallConv(BaseFeaturesExtractor):
        def __init__(self, space):
            super().__init__(space, 128)
            channels, rows, _ = space.shape
            halve = [torch.nn.Conv2d(channels, 16, 4, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 4, 2, 1)]
            parts = [torch.nn.Conv2d(channels, 16, 3)] if rows <= 16 else [*halve, torch.nn.ReLU()]
            self.conv = torch.nn.Sequential(*parts, torch.nn.ReLU(), torch.nn.Flatten())
            size = self.conv(torch.zeros(1, *space.shape)).shape[1]
            self.out = torch.nn.Sequential(torch.nn.Linear(size, 128), torch.nn.ReLU())

        def forward(self, x):
            return self.out(self.conv(x.float() / scale))

    return SmallConv


# --- a run -----------------------------------------------------------------------------------------------------------


class Log:
    """Notes every finished episode, and says whether to go on: until the budget, or a margin after the arrival."""

    def __init__(self, goal: Task):
        self.goal, self.stop, self.start = goal, goal.budget, time.process_time()
        self.step, self.returns, self.seconds, self.arrived = [], [], [], False
        self.last = deque(maxlen=goal.window)

    def __call__(self, local, _=None) -> bool:
        """stable-baselines3 calls this after each step of all environments; returns whether to go on."""
        step = int(local["self"].num_timesteps)
        for info in local["infos"]:
            if "episode" in info:  # by the Monitor: before any normalisation, undiscounted
                self.note(step, float(info["episode"]["r"]), time.process_time() - self.start)
        return step < self.stop

    def note(self, step: int, value: float, seconds: float) -> None:
        """One more episode: the environment step at its end, its return, seconds of training so far."""
        self.step.append(step), self.returns.append(value), self.seconds.append(seconds)
        self.last.append(value)
        full = len(self.last) == self.goal.window
        if not self.arrived and full and np.mean(self.last) >= self.goal.threshold:
            self.arrived, self.stop = True, min(self.goal.budget, MARGIN * step)


def run_seed(goal: Task, agent: str, seed: int, settings: dict, log=None) -> Curve:
    """Train once on one thread and return the curve; raises `MissingExtra` without stable-baselines3.

    Seconds are those of this process on its core: other programs on the machine do not count.
    """
    algorithm, policy = _algorithm(agent)
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    normalize, begun = settings["normalize"], time.perf_counter()
    log = log or Log(goal)
    envs = make_vec_env(lambda: make_seen(goal.env, settings["view"], normalize), settings["n_envs"], seed=seed)
    image = envs.observation_space.shape[1:] and envs.observation_space.high.max() > 1
    if normalize:
        envs = VecNormalize(envs, gamma=settings["params"]["gamma"])
    arguments = _arguments(settings, goal.budget, 255.0 if image else 1.0)
    learner = algorithm(policy, envs, seed=seed, device="cpu", **arguments)
    learner.learn(goal.budget, callback=log)
    envs.close()
    made = {
        "versions": versions(),
        "machine": {"cores": os.cpu_count(), "threads_used": 1},
        "stopped": "after it arrived" if log.arrived else "at its budget",
        "wall_seconds": round(time.perf_counter() - begun, 1),
    }
    return Curve(agent, goal.env, seed, settings, made, log.step, log.returns, log.seconds, goal.budget)


def _algorithm(agent: str):
    """The class that an agent's name stands for, and its policy; "rppo" is PPO with an LSTM, which RL^2 is made of."""
    library = require("stable_baselines3", "baselines")
    if agent == "rppo":
        return require("sb3_contrib", "baselines").RecurrentPPO, "MlpLstmPolicy"
    return getattr(library, agent.split("-")[0].upper()), "MlpPolicy"


def _arguments(settings: dict, budget: int, scale: float) -> dict:
    """Published settings as stable-baselines3's arguments."""
    found = {name: _schedule(value) for name, value in settings["params"].items()}
    policy = dict(found.pop("policy_kwargs", {}))
    if settings["view"] == "conv":
        policy |= {"features_extractor_class": small_conv(scale), "normalize_images": False, "net_arch": []}
    if "explore" in settings:
        found["exploration_fraction"] = settings["explore"] / budget
    return found | ({"policy_kwargs": policy} if policy else {})


def _schedule(value):
    """ "lin_0.001" as the function that falls to 0 with what is left of the training."""
    if isinstance(value, str) and value.startswith("lin_"):
        first = float(value.removeprefix("lin_"))
        return lambda left: left * first
    return value


def versions() -> dict[str, str]:
    """The versions a run is made with; a package that is not installed had no part in it."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version()} | found


# --- many runs -------------------------------------------------------------------------------------------------------


def finished(goal: Task, agent: str, seed: int, settings: dict, folder: Path | None = None) -> bool:
    """Whether this run's file is there; raises `MbrlError` if it is of other settings or another budget."""
    path = curve_path(agent, goal.env, seed, folder)
    if not path.exists():
        return False
    curve = load_curve(path)
    if (settings_hash(curve.settings), curve.budget) != (settings_hash(settings), goal.budget):
        raise MbrlError(
            f"{path} was made with other settings or another budget ({curve.budget} steps; now {goal.budget}): "
            f"delete it to run that seed again"
        )
    return True


def run_all(goal: Task, agent: str, seeds, folder: Path | None = None) -> None:
    """Run the seeds whose files are not there yet, one after another, and write each file as it ends."""
    settings = published(goal.name, agent)
    for seed in seeds:
        path = curve_path(agent, goal.env, seed, folder)
        if not finished(goal, agent, seed, settings, folder):
            run_seed(goal, agent, seed, settings).save(path)
        curve = load_curve(path)
        reach, spent = curve.reach(goal.threshold, goal.window), curve.reach_seconds(goal.threshold, goal.window)
        arrival = f"never reaches {goal.threshold}" if reach is None else f"reaches {goal.threshold} at step {reach}"
        spent = (curve.seconds[-1] if curve.seconds else 0) if spent is None else spent
        print(f"{goal.name} {agent} seed {seed}: {arrival}, {spent:.0f} s", flush=True)


def main(
    task: str = "", agent: str = "", seeds: int = 5, first: int = 0, budget: int = 0, folder: Path | None = None
) -> None:
    """Run model-free agents on one thread; files that are there are not made again.

    Args:
        task: a name in evaluation.tasks; all of them, the cheapest first, if not given
        agent: ppo, dqn, sac or ppo-entropy; all that the task has if not given
        seeds: how many seeds
        first: the first of them
        budget: environment steps of a run, if not the task's own
        folder: where the files go, if not assets/data/curves
    """
    torch.set_num_threads(1)
    for name in [tasks.task(task).name] if task else PUBLISHED:
        goal = tasks.task(name)
        goal = replace(goal, budget=budget or goal.budget)
        for which in [agent] if agent else PUBLISHED[name]:
            run_all(goal, which, range(first, first + seeds), folder)


if __name__ == "__main__":
    import tyro

    tyro.cli(main)
