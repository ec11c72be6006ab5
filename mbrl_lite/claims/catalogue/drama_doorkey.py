"""Claim: Drama opens the door within 12,000 steps, and takes no more time on the processor than the GRU's Dreamer."""

import time

import numpy as np
import torch

from mbrl_lite.agents import Dreamer
from mbrl_lite.claims.one_configuration import ONE, arrival, config_for, dreamer_curve, with_memory
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.data import Replay
from mbrl_lite.envs import VecEnv, make
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.training.run import make_sampler

WITHIN, STEPS, SEEDS = 12_000, 25_000, 5
CLAIM = Claim(
    id="drama-doorkey",
    title="A door for Drama: as few steps as a GRU needs, and no more time",
    chapter="10",
    section="10b, 1",
    original="a target of this course, not of a paper",
    here="MiniGrid-DoorKey-5x5-v0, unmodified; the one configuration of chapter 09 with one layer of Mamba-2, a "
    "posterior that sees its frame alone, and Drama's heads; 715 thousand parameters, the GRU's Dreamer 824 thousand",
    kept="the parts of the world model, acting with the carried state and the posterior of the frame",
    replaced="DFS: both agents replay alike, and DFS has a claim of its own",
    chance="a player at random reaches the goal about once in 3,000 steps",
    settings={"drama": with_memory("drama"), "gru": ONE, "steps": STEPS, "within": WITHIN, "seeds": SEEDS},
    seeds=SEEDS,
    core_minutes=30.0,
    parts=(
        Part(
            "steps",
            f"a mean return of 0.9 within {WITHIN:,} steps: the share of seeds that get there, 3 of 5 wanted",
            kind="bound",
            treatment="within",
            direction="more",
            target=0.6,
        ),
        Part(
            "time",
            "in no more minutes than the median of the GRU's five: the share of seeds that do, 3 of 5 wanted",
            kind="bound",
            treatment="in_time",
            direction="more",
            target=0.6,
        ),
    ),
    beside=("drama.steps", "gru.steps", "drama.minutes", "gru.minutes", "update"),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Steps and minutes of both; `update`: what an update costs as a multiple of the GRU's, measured in turns."""
    goal, steps = task("doorkey"), settings["steps"]
    ours = arrival(dreamer_curve("drama", settings["drama"], goal, steps, seed), goal)
    theirs = [
        arrival(dreamer_curve("dreamer", settings["gru"], goal, steps, s), goal) for s in range(settings["seeds"])
    ]
    limit = float(np.median([its["minutes"] for its in theirs]))
    values = {f"drama.{key}": float(value) for key, value in ours.items()}
    values |= {f"gru.{key}": float(value) for key, value in theirs[seed].items()}
    in_time = ours["steps"] < steps and ours["minutes"] <= limit
    values |= {"within": float(ours["steps"] <= settings["within"]), "in_time": float(in_time)}
    return values | {"update": update_ratio(settings["drama"], settings["gru"])}


def update_ratio(ours: dict, theirs: dict, rounds: int = 10) -> float:
    """Time of an update of one agent as a multiple of another's: medians, in turns."""
    sides, spent = [_ready(settings) for settings in (ours, theirs)], [[], []]
    for _ in range(rounds):
        for (agent, replay, sampler), its in zip(sides, spent, strict=True):
            start = time.process_time()
            agent.update(replay, sampler)
            its.append(time.process_time() - start)
    return float(np.median(spent[0][1:]) / np.median(spent[1][1:]))  # the first round warms up


def _ready(settings: dict) -> tuple:
    """An agent with something to replay."""
    config = config_for(settings, task("doorkey"), 1, 0)
    torch.manual_seed(0)
    vec = VecEnv(lambda: make(config.env), config.envs, 0)
    agent, replay, step, carry = Dreamer(vec.spec, config.agent), Replay(vec.spec, config.envs, 512), None, None
    step = vec.step(vec.spec.no_action(config.envs))
    for _ in range(100):
        action, carry = agent.act(step.obs, step.is_first, carry)
        replay.add(step, action)
        step = vec.step(action)
    replay.fields["reward"][50] = 1.0  # or behaviour would wait for a first reward
    return agent, replay, make_sampler(config)
