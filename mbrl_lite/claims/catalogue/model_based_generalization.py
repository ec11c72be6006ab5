"""Claim: planning with a factored model needs half as many real episodes as replay, and a plain table saves none.

`python -m mbrl_lite.claims.catalogue.model_based_generalization` draws the data of chapter 01's first figure anew:
success against real episodes, assets/data/button_mazes.json.
"""

import json
import sys
from math import log
from pathlib import Path

import numpy as np

from mbrl_lite.agents.batch_dyna import PracticeConfig, practise
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.config import from_dict
from mbrl_lite.envs.buttons import ACTIONS, button_maze
from mbrl_lite.envs.tabular import stack
from mbrl_lite.models.factored import FactoredModel, MixedQuestions
from mbrl_lite.models.tabular import Experience, Replay, TableModel
from mbrl_lite.viz.style import write_whole

ARMS = ("replay", "table", "factored", "tried")

CLAIM = Claim(
    id="model-based-generalization",
    title="What a model knows that replay does not: button mazes",
    chapter="01",
    section="01a, 6",
    original="A learned model whose class holds structure that the value function's class lacks beats replay of the "
    "same data at the same number of updates, in factored, procedurally generated tasks (Young et al., 2023).",
    here="Random 4 x 4 mazes with 4 buttons to light: 256 states, 5 actions, slips; each episode starts anywhere with "
    "any buttons lit. A seed is 6 mazes; their mean counts. Success: an exact probability, after each episode.",
    kept="One Q-table, one way to explore, 400 planning updates after each real step. The arms differ in what planning "
    "draws from. Table and factored model are asked by one rule, so they differ in the model's class alone.",
    replaced="neural networks by tables and counts; the model's structure is given, its numbers are learned",
    chance="walking at random lights all buttons in time in one episode of ten",
    settings={
        "side": 4,
        "K": 4,
        "slip": 0.1,
        "doors": 0.2,
        "gamma": 0.95,
        "mazes": 6,
        "practice": {
            "alpha": 0.3,
            "epsilon": 0.1,
            "planning": 400,
            "batch": 100,
            "limit": 50,
            "episodes": 300,
            "judged_epsilon": 0.05,
            "threshold": 0.8,
        },
    },
    seeds=30,
    core_minutes=8.0,
    beside=("replay.episodes", "table.episodes", "factored.episodes", "tried.episodes"),
    parts=(
        Part(
            "episodes",
            "with the factored model, 80 % success takes at most half the real episodes that replay takes",
            kind="better",
            treatment="factored.episodes",
            baseline="replay.episodes",
            direction="less",
            scale="ratio",
            target=2.0,
        ),
        Part(
            "control_above",
            "a table of the same data takes at most 1.1 times the episodes of replay (the logarithm of the ratio)",
            kind="bound",
            treatment="log_ratio.table_replay",
            direction="less",
            target=log(1.1),
        ),
        Part(
            "control_below",
            "and at least 0.9 times as many: without structure, a model of what was seen gains nothing over seeing it",
            kind="bound",
            treatment="log_ratio.table_replay",
            direction="more",
            target=log(0.9),
        ),
    ),
)


def arm(name: str, settings: dict) -> Experience:
    """What planning draws from, for the mazes of one seed.

    replay: the recorded steps. table, factored: a model of them, asked mixed questions. tried: the factored model,
    asked only what was really tried, as replay is.
    """
    N, cells, K = settings["mazes"], settings["side"] ** 2, settings["K"]
    capacity = settings["practice"]["episodes"] * settings["practice"]["limit"]  # nothing is forgotten
    if name == "replay":
        return Replay(N, capacity)
    if name == "table":
        return MixedQuestions(TableModel(N, cells * 2**K, ACTIONS), K, capacity)
    return MixedQuestions(FactoredModel(N, cells, K, ACTIONS), K, capacity, mix=name == "factored")


def mazes(settings: dict, seed: int) -> list:
    """The `ButtonMaze`s of one seed."""
    shape = {key: settings[key] for key in ("side", "K", "slip", "doors", "gamma")}
    return [button_maze(np.random.default_rng([seed, i]), **shape) for i in range(settings["mazes"])]


def _practise(name: str, settings: dict, seed: int) -> tuple[np.ndarray, np.ndarray]:
    world = stack([maze.mdp for maze in mazes(settings, seed)])
    lives = [[seed, i, 1] for i in range(settings["mazes"])]  # the same luck for all arms
    return practise(world, arm(name, settings), lives, from_dict(PracticeConfig, settings["practice"]))


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Real episodes until 80 % success for each arm, the mean of the seed's mazes; a run that never arrives counts 300.

    `missed` counts the runs of all arms that never arrived.
    """
    results, missed = {}, 0
    for name in ARMS:
        episodes, success = _practise(name, settings, seed)
        results[f"{name}.episodes"] = float(episodes.mean())
        missed += int((success[:, -1] < settings["practice"]["threshold"]).sum())
    ratio = results["table.episodes"] / results["replay.episodes"]
    return results | {"log_ratio.table_replay": log(ratio), "missed": float(missed)}


def curves(settings: dict, seeds, episodes: int = 150) -> dict:
    """Success after 0, 1, ..., `episodes` real episodes for each arm: quantiles 0.1, 0.5 and 0.9 over all mazes."""
    settings = settings | {"practice": settings["practice"] | {"episodes": episodes, "threshold": 2.0}}  # never stop
    found = {"seeds": list(seeds), "mazes": settings["mazes"] * len(seeds), "arms": {}}
    for name in ARMS:
        success = np.concatenate([_practise(name, settings, seed)[1] for seed in seeds])  # (mazes, episodes + 1)
        low, median, high = np.quantile(success, (0.1, 0.5, 0.9), axis=0).round(3).tolist()
        found["arms"][name] = {"low": low, "median": median, "high": high}
    return found


def record_curves(path: Path, seeds) -> None:
    """Write `curves` of the claim's settings, and the claim's hash, to a small JSON file."""
    write_whole(path, (json.dumps({"hash": CLAIM.hash} | curves(CLAIM.settings, seeds)) + "\n").encode())


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    record_curves(Path("assets/data/button_mazes.json"), range(100, 100 + count))  # the claim's own seeds stay unseen
