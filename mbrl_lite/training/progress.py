"""What a run tells while it goes: the minutes it will take, then a bar with return, losses and speed."""

import time
from dataclasses import replace

import numpy as np
import torch
from tqdm.auto import tqdm

from mbrl_lite.agents import Dreamer, usable_device
from mbrl_lite.data import Replay, Uniform
from mbrl_lite.envs import Step, VecEnv
from mbrl_lite.nn.speed import measure_matmul, recommended_precision, recommended_threads
from mbrl_lite.training.presets import TrainConfig
from mbrl_lite.training.run import Run


def settle(config: TrainConfig) -> TrainConfig:
    """Replace what is left to this machine (threads 0, device and precision "auto") by what suits it.

    Costs about a second. A GPU computes in bfloat16 if it can.
    """
    if not config.threads:
        config = replace(config, threads=recommended_threads())
    agent = config.agent
    agent = replace(agent, device=str(usable_device(agent.device)))
    if agent.precision == "auto" and agent.device != "cpu":
        agent = replace(agent, precision="bfloat16" if torch.cuda.is_bf16_supported() else "float32")
    elif agent.precision == "auto":
        torch.set_num_threads(config.threads)
        agent = replace(agent, precision=recommended_precision(measure_matmul(0.5)))
    return replace(config, agent=agent)


def forecast(run: Run) -> float:
    """Predicted minutes for what is left of `run` on this machine, from a few trial updates of a throw-away agent."""
    config, state = run.config, torch.get_rng_state()
    tick, update = _time_tick(run), _time_update(run)
    torch.set_rng_state(state)
    usual = config.steps if config.target is None else min(config.expected_steps, config.steps)
    steps = max(0, usual - run.env_steps)
    updates = max(0, (run.env_steps + steps - config.prefill) // config.every - run.updates)
    return (steps / config.envs * tick + updates * update) / 60


def _time_update(run: Run, trials: int = 4) -> float:
    """Seconds of one update: the median of a few after one that is not counted."""
    agent, config, spec = Dreamer(run.vec.spec, run.config.agent), run.config, run.vec.spec
    ticks = max(config.agent.length + 1, 64)
    replay, rng = Replay(spec, config.envs, 512), np.random.default_rng(0)
    still, paid = (
        np.zeros(config.envs, bool),
        np.ones(config.envs, np.float32),
    )  # unpaid, behaviour would not be trained
    for _ in range(ticks):
        obs = run.step.obs  # real ones: a made-up view may hold numbers that no world shows
        replay.add(
            Step(obs, paid, still, still, still),
            spec.random_action(config.envs, rng),
        )
    times = []
    for _ in range(trials + 1):
        start = time.perf_counter()
        agent.update(replay, Uniform(0))
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


def _time_tick(run: Run, trials: int = 10) -> float:
    """Seconds of one tick of all environments with the agent acting, on a copy of them."""
    vec = VecEnv(run.make_env, run.config.envs, 0)
    step, carry = vec.step(vec.spec.no_action(len(vec))), None
    start = time.perf_counter()
    for _ in range(trials):
        action, carry = run.agent.act(step.obs, step.is_first, carry)
        step = vec.step(action)
    vec.close()
    return (time.perf_counter() - start) / trials


class ProgressBar:
    """A callback: one bar, with the mean return of the last episodes, the last losses and steps per second."""

    def __init__(self, run: Run, quiet: bool = False):
        self.bar = tqdm(
            total=run.config.steps, initial=run.env_steps, unit="step", disable=quiet, dynamic_ncols=True, smoothing=0.1
        )
        self.losses: dict[str, float] = {}

    def __call__(self, run: Run, record: dict) -> None:
        if record["kind"] == "update":
            self.losses = {name: record[name] for name in ("recon", "reward", "actor", "critic") if name in record}
        self.bar.update(record["step"] - self.bar.n)
        recent = run.returns[-run.config.window :]
        shown = {"return": f"{np.mean(recent):.2f}" if recent else "-"} | {
            name: f"{value:.2g}" for name, value in self.losses.items()
        }
        self.bar.set_postfix(shown, refresh=False)

    def close(self) -> None:
        self.bar.close()
