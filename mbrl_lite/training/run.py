"""A run: everything training has made so far, in a folder from which it continues as if never stopped."""

import json
import os
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch

from mbrl_lite.agents import Dreamer, load_weights, save_agent
from mbrl_lite.config import differences, from_dict, to_dict
from mbrl_lite.data import DFS, Replay, Rewarded, Sampler, Smoothing
from mbrl_lite.envs import Step, VecEnv, make
from mbrl_lite.envs.make import FUNCTION
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Latent
from mbrl_lite.storage import append, load_tensors, save_tensors, sweep, sync, write_atomic
from mbrl_lite.training.presets import TrainConfig

KIND = "mbrl_lite run 2"
CHUNK_KIND = "mbrl_lite replay chunk 1"
COUNTERS = ("env_steps", "updates", "seconds", "returns", "reached", "reached_seconds")


def make_sampler(config: TrainConfig) -> Sampler:
    """The sampler a configuration names, its random numbers apart from all others."""
    if config.sampler == "dfs":
        return DFS(config.seed + 1, config.tau, rate=config.agent.batch / config.agent.starts)
    return Rewarded(config.seed + 1, config.rewarded)


def scaled(env: gym.Env, factor: float) -> gym.Env:
    """The environment with all rewards multiplied; untouched where the factor is 1."""
    return env if factor == 1 else gym.wrappers.TransformReward(env, lambda reward: factor * reward)


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """The states of torch's generators that a run on `device` draws from."""
    there = {"rng.cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {}
    return {"rng": torch.get_rng_state()} | there


def set_random_state(device: torch.device, tensors: dict[str, torch.Tensor]) -> None:
    """The inverse of `random_state`; other names are left alone."""
    torch.set_rng_state(tensors["rng"])
    if device.type == "cuda" and "rng.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["rng.cuda"], device)


def how_to_continue(folder: Path, env: str, steps: int | None = None) -> str:
    """What to type to continue the run in `folder`, whose environment has the id `env`; `steps` moves its end.

    The command line cannot make an environment that came from a function.
    """
    if not env.startswith(FUNCTION):
        return f"mbrl-lite train --resume {folder}" + (f" --steps {steps}" if steps else "")
    more = f", steps={steps}" if steps else ""
    call = f"train(Run.resume({str(folder)!r}, make_env{more}))"
    return f"{call}  in Python (make_env is the function that makes its environment)"


class Run:
    """Environments, replay, agent and counters of one training run.

    `Run(config, folder)` begins a new one; `Run.resume(folder)` continues from its last checkpoint, bitwise.
    """

    def __init__(self, config: TrainConfig, folder: Path, make_env=None):
        self.config, self.folder = config, Path(folder)
        if config.threads:
            torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.make_env = lambda: scaled(make(make_env or config.env), config.reward_scale)
        self.vec = VecEnv(self.make_env, config.envs, config.seed)
        self.agent = Dreamer(self.vec.spec, config.agent)
        smooth = Smoothing(config.smooth, config.smooth_kernel)
        self.replay = Replay(self.vec.spec, config.envs, config.capacity, smooth=smooth)
        self.sampler = make_sampler(config)
        self.step: Step = self.vec.step(self.vec.spec.no_action(config.envs))  # the first tick resets them all
        self.carry = None  # what the agent remembers
        self.chunks: dict[int, str] = {}  # checksums of the replay files that are this run's own
        self.env_steps = self.updates = 0
        self.seconds = 0.0
        self.running = np.zeros(config.envs)  # returns and lengths of the open episodes
        self.lengths = np.zeros(config.envs, np.int64)
        self.returns: list[float] = []  # of the finished ones
        self.reached: int | None = None  # env steps at which `score` first was 0.9 or more
        self.reached_seconds: float | None = None  # seconds of training until then

    @property
    def score(self) -> float:
        """Mean return of the last `window` training episodes; -inf before there are so many."""
        window = self.config.window
        return float(np.mean(self.returns[-window:])) if len(self.returns) >= window else -np.inf

    @property
    def finished(self) -> bool:
        target = self.config.target
        return self.env_steps >= self.config.steps or (target is not None and self.score >= target)

    @property
    def update_due(self) -> bool:
        return (
            self.env_steps >= self.config.prefill
            and self.updates * self.config.every < self.env_steps - self.config.prefill
        )

    # Writing and reading -------------------------------------------------------------------------

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint" / "run.safetensors"

    def begin(self) -> None:
        """Make the folder; raises `MbrlError` if it already holds a run."""
        if self.checkpoint.exists():
            _, info = load_tensors(self.checkpoint, KIND)
            apart = differences(info["config"], to_dict(self.config))
            kind = f"a run with other settings ({'; '.join(apart)})" if apart else "a run"
            env, end = info["config"]["env"], info["config"]["steps"]
            way = how_to_continue(self.folder, env, 2 * end if info["env_steps"] >= end else None)
            other = "another folder" if env.startswith(FUNCTION) else "another folder with --out"
            raise MbrlError(f"{self.folder} already holds {kind}: continue it with  {way}  or choose {other}")
        write_atomic(self.folder / "config.json", json.dumps(to_dict(self.config), indent=1).encode())
        (self.folder / "metrics.jsonl").write_bytes(b"")
        self.save()

    def log(self, record: dict) -> None:
        """Append one record to metrics.jsonl."""
        append(self.folder / "metrics.jsonl", json.dumps(record) + "\n")

    def _chunk_path(self, number: int) -> Path:
        return self.folder / "checkpoint" / f"replay-{number:05d}.safetensors"

    def _save_chunks(self) -> int:
        """Write full chunks that this run has not written yet; returns the first tick of the open one."""
        size, open_tick = self.replay.chunk, self.replay.head // self.replay.chunk * self.replay.chunk
        for tick in range(self.replay.tail // size * size, open_tick, size):
            number = tick // size
            if number not in self.chunks:  # a file of this name may be another run's, or younger than the checkpoint
                fields = {name: torch.from_numpy(value) for name, value in self.replay.ticks(tick, tick + size).items()}
                self.chunks[number] = save_tensors(self._chunk_path(number), CHUNK_KIND, fields, {"tick": tick})
        return open_tick

    def save(self) -> None:
        """Write a checkpoint. One rename decides: before it the last checkpoint stands, after it this one."""
        open_tick, first_chunk = self._save_chunks(), self.replay.tail // self.replay.chunk
        chunks = {str(n): self.chunks[n] for n in range(first_chunk, open_tick // self.replay.chunk)}
        sync(self.folder / "metrics.jsonl")  # the log must not be older than the checkpoint that counts its bytes
        save_tensors(self.checkpoint, KIND, self._tensors(open_tick), self._info(chunks))
        about = {"env_steps": self.env_steps, "seed": self.config.seed}
        save_agent(self.folder / "agent.safetensors", self.agent, self.config.env, **about)
        for path in self.folder.glob("checkpoint/replay-*.safetensors"):
            if int(path.stem[7:]) < first_chunk:
                path.unlink()  # only now: the checkpoint before this one may still have needed it

    def _tensors(self, open_tick: int) -> dict[str, torch.Tensor]:
        """Everything in a checkpoint that is made of numbers; of replay the ticks from `open_tick` on."""
        arrays = {f"replay.{name}": value for name, value in self.replay.ticks(open_tick, self.replay.head).items()}
        arrays |= {f"step.{name}": value for name, value in self.step._asdict().items()}
        arrays |= {"running": self.running, "lengths": self.lengths}
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        tensors |= {f"agent.{name}": value for name, value in self.agent.state_dict().items()}
        tensors |= self.agent.optimiser_tensors() | random_state(self.agent.device)
        if isinstance(self.sampler, DFS):
            tensors |= {f"sampler.{name}": torch.from_numpy(value) for name, value in self.sampler.arrays().items()}
        if self.carry is not None:
            latent, action = self.carry
            tensors |= latent.tensors("carry") | {"carry.action": action}
        return tensors

    def _info(self, chunks: dict[str, str]) -> dict:
        """Everything else: settings, counters, generators, and the checksums of the replay files."""
        return {name: getattr(self, name) for name in COUNTERS} | {
            "config": to_dict(self.config),
            "vec": self.vec.state_dict(),
            "sampler": self.sampler.state_dict(),
            "head": self.replay.head,
            "chunks": chunks,
            "metrics_bytes": (self.folder / "metrics.jsonl").stat().st_size,
        }

    @classmethod
    def resume(cls, folder: Path, make_env=None, **changes) -> "Run":
        """The run in `folder`, where its last checkpoint left it. `changes` may move the end (steps, target)."""
        folder = Path(folder)
        tensors, info = load_tensors(folder / "checkpoint" / "run.safetensors", KIND)
        run = cls(from_dict(TrainConfig, info["config"] | changes), folder, make_env)
        load_weights(run.agent, tensors, run.checkpoint)
        run.agent.load_optimiser_tensors(tensors)
        run._load_replay(tensors, info)
        run.step = Step(**{name: tensors[f"step.{name}"].numpy() for name in Step._fields})
        if "carry.h" in tensors:
            run.carry = (Latent.from_tensors("carry", tensors), tensors["carry.action"])
        run.running, run.lengths = tensors["running"].numpy(), tensors["lengths"].numpy()
        for name in COUNTERS:
            setattr(run, name, info[name])
        run.vec.load_state_dict(info["vec"])
        run.sampler.load_state_dict(info["sampler"])
        if isinstance(run.sampler, DFS):
            kept = {name: part for name, part in tensors.items() if name.startswith("sampler.")}
            run.sampler.load_arrays({name.removeprefix("sampler."): part.numpy() for name, part in kept.items()})
        run._cut_log(info["metrics_bytes"])
        sweep(folder)
        sweep(folder / "checkpoint")
        set_random_state(run.agent.device, tensors)
        return run

    def _cut_log(self, size: int) -> None:
        """Forget what was logged after the checkpoint: it will be done again."""
        log = self.folder / "metrics.jsonl"
        if not log.is_file() or log.stat().st_size < size:
            raise MbrlError(f"the log {log} is missing or has lost its end, so this run cannot go on: restore it")
        os.truncate(log, size)

    def _load_replay(self, tensors: dict, info: dict) -> None:
        for number, checksum in info["chunks"].items():
            fields, chunk = load_tensors(self._chunk_path(int(number)), CHUNK_KIND, checksum)
            self.chunks[int(number)] = checksum
            self.replay.put(chunk["tick"], {name: value.numpy() for name, value in fields.items()})
        fields = {name: tensors[f"replay.{name}"].numpy() for name in self.replay.fields}
        self.replay.put(info["head"] - len(fields["action"]), fields)
