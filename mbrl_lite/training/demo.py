"""The demo: train a Dreamer, evaluate it, draw its dreams, write one report."""

import json
from pathlib import Path

import numpy as np

from mbrl_lite.assets import asset
from mbrl_lite.config import to_dict
from mbrl_lite.evaluation import Evaluation, OpenLoop
from mbrl_lite.evaluation.yardstick import Yardstick, load_yardstick
from mbrl_lite.storage import write_atomic
from mbrl_lite.training.loop import REACH
from mbrl_lite.training.presets import PRESETS, TrainConfig
from mbrl_lite.training.results import dream_run, evaluate_run, read_metrics, record_run
from mbrl_lite.training.run import Run
from mbrl_lite.training.start import announce, begin, train_with_bar
from mbrl_lite.viz.curves import learning_curve
from mbrl_lite.viz.report import write_report

YARDSTICKS = {"MiniGrid-DoorKey-5x5-v0": "ppo_doorkey5x5.json"}
NOTES = (
    "An agent learnt a model of its world, then learnt to act inside the model's dreams. "
    "All numbers on this page are of this run; the yardstick is five logged runs of PPO, a good agent without a model."
)


def demo(config: TrainConfig, folder: Path, episodes: int = 100, quiet: bool = False) -> Path:
    """Train, evaluate, dream, record, report; a demo that was stopped is continued. Returns the report's path."""
    folder = Path(folder)
    if (folder / "checkpoint" / "run.safetensors").exists():
        run = Run.resume(folder)
        print(
            f"Continuing the run in {folder} from environment step {run.env_steps:,}; delete the folder to begin anew."
        )
        announce(run)
    else:
        run = begin(config, folder)
    train_with_bar(run, quiet)
    result = evaluate_run(folder, episodes)
    loop = dream_run(folder)
    write_result(run, result, loop)
    report = demo_report(run, result, loop, record_run(folder))
    print(f"Report: {report}")
    return report


def write_result(run: Run, result: Evaluation, loop: OpenLoop) -> None:
    """The run's numbers as result.json: what is quoted elsewhere comes from here."""
    content = {
        "seed": run.config.seed,
        "env": run.config.env,
        "reached": run.reached,
        "env_steps": run.env_steps,
        "updates": run.updates,
        "minutes": round(run.seconds / 60, 2),
        "reached_minutes": None if run.reached_seconds is None else round(run.reached_seconds / 60, 2),
        "threads": run.config.threads,
        "precision": run.config.agent.precision,
        "eval_return": round(float(result.returns.mean()), 4),
        "eval_episodes": len(result.returns),
        "dream_error": round(loop.dreamt_error, 4),
    }
    write_atomic(run.folder / "result.json", (json.dumps(content, indent=1) + "\n").encode())


def yardstick_for(env_id: str) -> Yardstick | None:
    """The logged model-free runs on this environment, if any ship."""
    return load_yardstick(asset("data", YARDSTICKS[env_id])) if env_id in YARDSTICKS else None


def draw_curve(run: Run) -> Path | None:
    """The learning curve of a run beside its yardstick; None before the first episode has ended."""
    path, episodes, env = run.folder / "learning_curve.png", read_metrics(run.folder, "episode"), run.config.env
    if not episodes:
        return None
    threshold = REACH if env.startswith("MiniGrid-") else None  # elsewhere 0.9 means nothing
    learning_curve(episodes, path, yardstick_for(env), threshold, run.config.window, env_id=env)
    return path


def _command(config: TrainConfig) -> str:
    """What makes the run again; presets are told apart by the model they make."""
    name = next((name for name, known in PRESETS.items() if known.agent.model == config.agent.model), "laptop")
    return f"mbrl-lite demo --preset {name} --seed {config.seed}"


def demo_report(run: Run, result: Evaluation, loop: OpenLoop, door: Path | None) -> Path:
    """One HTML file that holds the whole story of a run."""
    c, folder, wrong = run.config, run.folder, loop.dreamt_error
    summary = [
        ("return of new episodes", f"{result.returns.mean():.3f}"),
        ("episodes evaluated", len(result.returns)),
        ("steps to a return of 0.9", f"{run.reached:,}" if run.reached else "not reached"),
        ("environment steps in all", f"{run.env_steps:,}"),
        ("minutes of training", f"{run.seconds / 60:.1f}"),
        ("error of 15 dreamt steps", f"{wrong:.1%}" if loop.real.dtype == np.uint8 else f"{wrong:.3g}"),
    ]
    figures = [
        ("Learning", "Return of each training episode, their running mean, and the yardstick.", draw_curve(run)),
        (
            "A dream, step by step",
            "Above: what happened. Below: the dream. Both as the agent sees them.",
            folder / "dream.png",
        ),
        (
            "The agent at work",
            "One new episode, seen from above.",
            door,
        ),
        (
            "A dream, moving",
            "Left: what happened. Right: what the model dreamt after five frames, given the same actions.",
            folder / "dream.gif",
        ),
    ]
    figures = [figure for figure in figures if figure[2] is not None]
    command = _command(c)
    return write_report(
        folder / "report.html",
        "A Dreamer opens a door" if run.reached else "A Dreamer that has not learnt yet",
        summary,
        figures,
        to_dict(c),
        NOTES,
        command,
    )
