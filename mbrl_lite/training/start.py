"""Beginning a run: settle what is left to the machine, say what will happen, train behind a bar."""

from pathlib import Path

from mbrl_lite.envs.make import FUNCTION
from mbrl_lite.training.family import agent_name
from mbrl_lite.training.loop import train
from mbrl_lite.training.presets import TrainConfig, preset
from mbrl_lite.training.progress import ProgressBar, forecast, settle
from mbrl_lite.training.run import Run


def begin(config: TrainConfig, folder: Path, make_env=None) -> Run:
    """A new run in `folder`, announced. `make_env` stands in for the environment's id where there is none."""
    run = Run(settle(config), folder, make_env)
    run.begin()
    return announce(run)


def fit(env, folder: Path | str, name: str | None = None, quiet: bool = False, **changes) -> Run:
    """Train on `env`, a Gymnasium id or a function that makes an environment.

    `name` is a preset, `changes` are fields of `TrainConfig`. Returns the finished run; `run.agent` is the agent.
    """
    env_id = FUNCTION + getattr(env, "__name__", "of its own") if callable(env) else env
    config = preset(name, **{"env": env_id, "target": None, **changes})
    return train_with_bar(begin(config, Path(folder), env if callable(env) else None), quiet)


def announce(run: Run) -> Run:
    """Print what is going to happen and how long it will take."""
    c = run.config
    where = c.agent.precision if c.agent.device == "cpu" else f"{c.agent.precision} on {c.agent.device}"
    until = f"until the mean return of {c.window} episodes is {c.target:g}, at most" if c.target is not None else "for"
    print(
        f"Training a {agent_name(c)} on {c.env}, seed {c.seed}, {until} {c.steps:,} environment steps "
        f"({c.threads} {'thread' if c.threads == 1 else 'threads'}, {where})."
    )
    size = run.replay.nbytes / 2**20
    print(f"Replay holds {c.capacity * c.envs:,} steps in {size:,.0f} MB, laid out now: it will not grow.")
    minutes = forecast(run)
    spoken = f"about {minutes:.1f} minutes" if minutes >= 1 else f"about {60 * minutes:.0f} seconds"
    print(f"Predicted: {spoken} on this machine. Ctrl-C saves; nothing is lost.", flush=True)
    return run


def train_with_bar(run: Run, quiet: bool = False) -> Run:
    """Train to the end behind a progress bar."""
    bar = ProgressBar(run, quiet)
    try:
        return train(run, [bar])
    finally:
        bar.close()
