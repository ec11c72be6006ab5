"""Claim: on DoorKey-5x5 the demo agent, which has a world model, needs at least half as few steps as PPO."""

import torch

from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.config import from_dict
from mbrl_lite.evaluation import yardstick
from mbrl_lite.training import TrainConfig
from mbrl_lite.training.demo import demo
from mbrl_lite.training.results import read_metrics
from mbrl_lite.training.run import Run
from mbrl_lite.training.shared import shared_folder

# The laptop preset as it was when the claim was written: later changes of the preset leave the claim alone.
DREAMER = {
    "env": yardstick.ENV_ID,
    "steps": 25_000,
    "target": 0.93,
    "window": 50,
    "envs": 8,
    "prefill": 1000,
    "every": 4,
    "rewarded": 0.25,
    "capacity": 8192,
    "save_every": 1000,
    "threads": 1,
    "expected_steps": 9_000,
    "agent": {
        "model": {
            "units": 128,
            "deter": 128,
            "groups": 12,
            "classes": 16,
            "unimix": 0.01,
            "bins": 41,
            "free_nats": 1.0,
            "beta_dyn": 1.0,
            "beta_rep": 0.1,
        },
        "behaviour": {
            "units": 128,
            "layers": 2,
            "bins": 41,
            "unimix": 0.01,
            "gamma": 0.99,
            "lam": 0.95,
            "entropy": 0.003,
            "slow": 0.02,
            "slow_weight": 1.0,
            "return_decay": 0.99,
            "return_floor": 1.0,
        },
        "batch": 32,
        "length": 16,
        "horizon": 15,
        "starts": 128,
        "lr_model": 0.001,
        "lr_behaviour": 0.0003,
        "clip": 100.0,
        "precision": "float32",
    },
}
CLAIM = Claim(
    id="dreamer-doorkey",
    title="A world model saves steps: Dreamer against PPO on DoorKey-5x5",
    chapter="00",
    section="README",
    original="Dreamer learns from fewer environment steps than model-free agents, in many domains (Hafner, 2023).",
    here="MiniGrid-DoorKey-5x5-v0, unmodified, one thread each; both see the same one-hot view of 7 x 7 cells.",
    kept="the recurrent state-space model, and behaviour learnt in its dreams",
    replaced="the size of the networks (824 thousand parameters); PPO is stable-baselines3 with its published settings",
    chance="a player at random never has a mean return near 0.9; it reaches the goal about once in 3,000 steps",
    settings={
        "env": yardstick.ENV_ID,
        "threshold": yardstick.THRESHOLD,
        "window": yardstick.WINDOW,
        "ppo": {"steps": 60_000, "source": yardstick.SOURCE, "settings": yardstick.SETTINGS},
        "dreamer": DREAMER,
    },
    seeds=5,
    core_minutes=20.0,
    alone=True,
    beside=("dreamer.steps", "ppo.steps", "dreamer.minutes", "ppo.minutes"),
    parts=(
        Part(
            "steps",
            "environment steps until the mean return of the last 50 training episodes first is 0.9: "
            "at least 2 times fewer than PPO's",
            kind="better",
            treatment="dreamer.steps",
            baseline="ppo.steps",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes until 0.9 of both agents; whoever never arrives counts as PPO's budget, the larger one.

    The minutes are shown beside the claim: PPO's steps are cheaper. A Dreamer run that is already there is not
    repeated, and its minutes are those of its day.
    """
    torch.set_num_threads(1)
    config = from_dict(TrainConfig, settings["dreamer"] | {"seed": seed})
    folder = shared_folder(config)
    if not (folder / "report.html").exists():
        demo(config, folder, quiet=True)
    run = Run.resume(folder)
    episodes = read_metrics(folder, "episode")
    ours = _reach([e["step"] for e in episodes], [e["return"] for e in episodes], settings)
    ppo = yardstick.run_seed(seed, settings["ppo"]["steps"])
    theirs = _reach(ppo["step"], ppo["return"], settings)
    return {
        "dreamer.steps": ours or settings["ppo"]["steps"],
        "dreamer.minutes": (run.reached_seconds if ours else run.seconds) / 60,
        "ppo.steps": theirs or settings["ppo"]["steps"],
        "ppo.minutes": (ppo["time"][ppo["step"].index(theirs)] if theirs else ppo["seconds"]) / 60,
    }


def _reach(steps: list[int], returns: list[float], settings: dict) -> int | None:
    return yardstick.first_reach(steps, returns, settings["threshold"], settings["window"])
