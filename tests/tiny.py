"""Helpers for tests: worlds to play in, networks of a few thousand numbers, and what a good message looks like."""

from collections.abc import Callable
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces

from mbrl_lite.agents import BehaviourConfig, DreamerConfig
from mbrl_lite.data import Batch, Replay
from mbrl_lite.envs import EnvSpec, VecEnv, make
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import ModelConfig
from mbrl_lite.storage import load_tensors
from mbrl_lite.training import Run, TrainConfig
from mbrl_lite.training.run import KIND

MODEL = ModelConfig(units=16, deter=16, groups=3, classes=4)
BEHAVIOUR = BehaviourConfig(units=16, layers=1)
AGENT = DreamerConfig(model=MODEL, behaviour=BEHAVIOUR, batch=4, length=6, horizon=3, starts=8)
SHAPES = {"grid": (7, 7, 3), "vector": (5,), "image": (16, 16, 3), "planes": (10, 10, 4)}
SPECS = {kind: EnvSpec(kind, shape, 3) for kind, shape in SHAPES.items()}


def train_config(**changes) -> TrainConfig:
    """A run of a second: CartPole, two copies, a tiny agent."""
    settings = {"env": "CartPole-v1", "steps": 160, "target": None, "envs": 2, "prefill": 40, "every": 20}
    settings |= {"capacity": 512, "save_every": 40, "threads": 1, "expected_steps": 160, "agent": AGENT}
    return TrainConfig(**(settings | changes))


class Counter(gym.Env):
    """The observation is the number of actions so far and so is the reward that comes with it; ends after n actions."""

    def __init__(self, steps: int = 3, terminates: bool = True, start: int = 0, bad: tuple[str, float] | None = None):
        self.observation_space = spaces.Box(-np.inf, np.inf, (1,), np.float32)
        self.action_space = spaces.Discrete(2, start=start)
        self.steps, self.terminates, self.bad = steps, terminates, bad
        self.seeds: list[int | None] = []
        self.taken: list[int] = []
        self.t = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seeds.append(seed)
        self.t = 0
        return self._obs(), {}

    def step(self, action):
        self.taken.append(int(action))
        self.t += 1
        over = self.t >= self.steps
        reward = self.bad[1] if self.bad and self.bad[0] == "reward" and over else float(self.t)
        return self._obs(), reward, over and self.terminates, over and not self.terminates, {}

    def _obs(self):
        broken = self.bad and self.bad[0] == "observation" and self.t >= self.steps
        return np.array([self.bad[1] if broken else self.t], np.float32)


class Noise(gym.Env):
    """Observations and actions drawn from any spaces; never ends."""

    def __init__(self, observation_space: spaces.Space, action_space: spaces.Space | None = None):
        self.observation_space, self.action_space = observation_space, action_space or spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), 0.0, False, False, {}


def play(env: str | Callable[[], gym.Env], num: int, ticks: int, seed: int = 0, capacity: int = 2048) -> Replay:
    """Replay filled by random actions."""
    vec, rng = VecEnv(lambda: make(env), num, seed), np.random.default_rng(seed)
    replay = Replay(vec.spec, num, capacity, chunk=capacity)
    step = vec.step(vec.spec.no_action(num))
    for _ in range(ticks):
        action = vec.spec.random_action(num, rng)
        replay.add(step, action)
        step = vec.step(action)
    return replay


def random_obs(spec: EnvSpec, lead: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    """Observations of the right kind, (*lead, ...)."""
    rng = np.random.default_rng(seed)
    if spec.kind == "grid":
        return torch.from_numpy(rng.integers([11, 6, 3], size=lead + spec.shape).astype(np.uint8))
    if spec.kind == "planes":
        return torch.from_numpy(rng.integers(2, size=lead + spec.shape).astype(np.uint8))
    if spec.kind == "image":
        return torch.from_numpy(rng.integers(256, size=lead + spec.shape).astype(np.uint8))
    return torch.from_numpy(rng.normal(size=lead + spec.shape).astype(np.float32))


def random_batch(spec: EnvSpec, B: int = 3, T: int = 7, seed: int = 0) -> Batch:
    """A batch whose every field is random; ends stand anywhere."""
    rng = np.random.default_rng(seed)
    flags = [torch.from_numpy(rng.random((B, T)) < 0.3) for _ in range(3)]
    reward = torch.from_numpy(rng.normal(size=(B, T)).astype(np.float32))
    action = torch.from_numpy(np.stack([spec.random_action(T, rng) for _ in range(B)]))
    return Batch(random_obs(spec, (B, T), seed), action, reward, *flags)


def one_sentence(error: BaseException | str) -> str:
    """The text of a message, once it is seen to be one line that also says what to do."""
    text = str(error)
    assert "\n" not in text.strip() and "Traceback" not in text, text
    assert any(mark in text for mark in (": ", "; ")), text
    return text


def complaint(call) -> str:
    """What a call that must be refused says, once it is seen to be one sentence."""
    with pytest.raises(MbrlError) as error:
        call()
    return one_sentence(error.value)


def assert_same_run(one: Path, two: Path) -> None:
    """Two runs' folders hold the same in every bit, wall-clock apart: weights, counters, generators, replay, log."""
    (tensors, info), (others, other_info) = (
        load_tensors(folder / "checkpoint" / "run.safetensors", KIND) for folder in (one, two)
    )
    assert tensors.keys() == others.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    for apart in ("seconds", "chunks"):  # a replay file may hold ticks that are too old to be sampled: see below
        del info[apart], other_info[apart]
    assert info == other_info
    assert (one / "metrics.jsonl").read_bytes() == (two / "metrics.jsonl").read_bytes()
    names = [sorted(path.name for path in folder.rglob("*")) for folder in (one, two)]
    assert names[0] == names[1]  # nothing is missing and nothing is left over
    replays = [Run.resume(folder).replay for folder in (one, two)]
    held = [replay.ticks(replay.tail, replay.head) for replay in replays]
    assert [name for name in held[0] if not np.array_equal(held[0][name], held[1][name])] == []
