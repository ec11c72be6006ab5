"""What a finished run can show: its evaluation, its dreams, its agent at work."""

import json
import math
from pathlib import Path

import gymnasium as gym
import numpy as np

from mbrl_lite.agents import Saved, load_agent, same_spec, save_agent
from mbrl_lite.envs import make, spec_of
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation import (
    Evaluation,
    OpenLoop,
    evaluate,
    half_random_episodes,
    open_loop,
    record_episode,
    start_states,
)
from mbrl_lite.storage import append
from mbrl_lite.viz.strips import door_gif, dream_gif, dream_strip

CONTEXT, HORIZON = 5, 15  # frames seen, steps dreamt
STARTS = 8  # states to dream from that are kept with the agent


def open_run(folder: Path) -> Saved:
    """The agent of a run; raises `MbrlError` if the folder holds none or its environment has changed."""
    path = Path(folder) / "agent.safetensors"
    if not path.is_file():
        raise MbrlError(
            f"expected the folder of a run, but {folder} holds no agent.safetensors: "
            f"train one with  mbrl-lite train --out {folder}"
        )
    saved = load_agent(path)
    same_spec(saved.agent, spec_of(make(saved.env)), saved.env)
    return saved


def evaluate_run(folder: Path, episodes: int = 100, greedy: bool = False) -> Evaluation:
    """Play `episodes` whose seeds training never drew; print the result and append it to evaluations.jsonl."""
    saved = open_run(folder)
    result = evaluate(saved.agent, lambda: make(saved.env), episodes, greedy=greedy)
    record = {
        "kind": "eval",
        "step": saved.info["env_steps"],
        "episodes": episodes,
        "return": float(result.returns.mean()),
        "standard_error": float(result.returns.std(ddof=1) / math.sqrt(episodes)) if episodes > 1 else None,
        "length": float(result.lengths.mean()),
        "first_seed": int(result.seeds[0]),
    }
    append(Path(folder) / "evaluations.jsonl", json.dumps(record) + "\n")
    error = "" if record["standard_error"] is None else f" (standard error {record['standard_error']:.3f})"
    print(
        f"Evaluation: mean return {record['return']:.3f}{error} over {episodes} new episodes "
        f"of {record['length']:.1f} steps."
    )
    return result


def dream_run(folder: Path, count: int = 20) -> OpenLoop:
    """Dream `count` times beside the world; draw the first as a strip and a GIF; keep some states with the agent."""
    folder, saved = Path(folder), open_run(folder)
    episodes = half_random_episodes(saved.agent, lambda: make(saved.env), count, CONTEXT + HORIZON)
    loop = open_loop(saved.agent, episodes, CONTEXT)
    names, kind = action_names(saved.env), saved.agent.spec.kind
    scale = float(np.abs(loop.real).max()) if kind == "vector" else 1.0
    expected = np.where(np.abs(loop.dream_reward[0]) < 0.1, 0.0, loop.dream_reward[0])  # too small to write down
    dream_strip(
        loop.real[0],
        loop.dream[0],
        CONTEXT,
        kind,
        folder / "dream.png",
        loop.action[0],
        names,
        loop.reward[0],
        expected,
        scale,
    )
    moving = {"context": CONTEXT, "kind": kind, "actions": loop.action[0], "action_names": names, "scale": scale}
    dream_gif(loop.real[0], loop.dream[0], folder / "dream.gif", fps=2, **moving)
    starts = start_states(saved.agent, episodes[:STARTS], CONTEXT - 1)
    save_agent(folder / "agent.safetensors", saved.agent, saved.env, starts, **saved.info)
    return loop


def action_names(env_id: str) -> list[str] | None:
    """What the actions are called, where the environment says so."""
    enum = getattr(make(env_id).unwrapped, "actions", None)
    return [action.name for action in enum] if isinstance(enum, type) else None


def record_run(folder: Path) -> Path | None:
    """A GIF of the agent at work in one new episode; None if the environment draws no pictures."""
    saved = open_run(folder)
    if "rgb_array" not in gym.spec(saved.env).make().metadata.get("render_modes", []):
        return None
    env = make(saved.env, render_mode="rgb_array")
    episode = record_episode(saved.agent, env)
    return door_gif(episode.frames, Path(folder) / "door.gif", np.append(0.0, episode.rewards))


def read_metrics(folder: Path, kind: str) -> list[dict]:
    """The records of one kind in metrics.jsonl, in order."""
    lines = (Path(folder) / "metrics.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] == kind]
