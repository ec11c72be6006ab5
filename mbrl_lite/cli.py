"""The command line: mbrl-lite demo | train | eval | dream | claim | progress | grade | doctor."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional

from mbrl_lite.errors import MbrlError

# Each command imports what it needs when it runs, so that `doctor` can speak even where torch is broken.


def demo(
    out: Path = Path("runs/demo"),
    seed: int = 0,
    preset: str | None = None,
    episodes: int = 100,
    threads: int = 0,
    precision: str | None = None,
    quiet: bool = False,
) -> None:
    """Train a Dreamer on MiniGrid-DoorKey-5x5, evaluate it, draw its dreams, write a report. Goes on if it was stopped.

    Args:
        out: Folder for everything that is written.
        seed: Of everything random in the run.
        preset: smoke (seconds), laptop (minutes, the default) or gpu (wider networks).
        episodes: New episodes in the evaluation.
        threads: Processor threads; 0 chooses for this machine.
        precision: float32 (the preset's) or bfloat16, where `mbrl-lite doctor` recommends it.
        quiet: No progress bar.
    """
    from mbrl_lite.training import demo as story
    from mbrl_lite.training import preset as settings

    story.demo(settings(preset, seed=seed, threads=threads, precision=precision), out, episodes, quiet)


def train(
    env: Annotated[str | None, tyro.conf.arg(help="Gymnasium id (default: the preset's).")] = None,
    agent: str | None = None,
    preset: str | None = None,
    seed: int = 0,
    out: Path | None = None,
    resume: Path | None = None,
    steps: int | None = None,
    target: float | None = None,
    threads: int = 0,
    precision: str | None = None,
    device: str | None = None,
    quiet: bool = False,
) -> None:
    """Train a Dreamer on any Gymnasium environment with discrete actions, or continuous ones within bounds.

    Args:
        agent: dreamer (the preset's), drama, storm, r2i or s4wm.
        preset: smoke (seconds), laptop (minutes, the default), gpu (wider networks), atari (small pictures), drama100k.
        seed: Of everything random in the run.
        out: Folder for the run (default: runs/ENV-SEED, with the agent's name if one is given).
        resume: Folder of a run to continue instead; only --steps and --target may change.
        steps: Environment steps after which training ends.
        target: Ends earlier, once the mean return of the last 50 episodes is this high.
        threads: Processor threads; 0 chooses for this machine.
        precision: float32 (the preset's) or bfloat16, where `mbrl-lite doctor` recommends it.
        device: cpu (the preset's), cuda, or auto for a GPU where there is one.
        quiet: No progress bar.
    """
    from mbrl_lite.training import preset as settings
    from mbrl_lite.training import start

    changes = {name: value for name, value in (("steps", steps), ("target", target)) if value is not None}
    machine = {"agent": agent, "device": device, "seed": seed, "threads": threads, "precision": precision}
    if resume is not None:
        return _resume(resume, changes, quiet, {"env": env, "preset": preset, "out": out} | machine)
    config = settings(preset, **machine, **(changes if env is None else changes | {"env": env, "target": target}))
    folder = out or Path("runs") / "-".join([config.env.replace("/", "-"), *([agent] if agent else []), str(seed)])
    start.train_with_bar(start.begin(config, folder), quiet)
    print(f"Trained: {folder}. Next: mbrl-lite eval {folder}, mbrl-lite dream {folder}")


def _resume(folder: Path, changes: dict, quiet: bool, given: dict) -> None:
    from mbrl_lite.training import Run, start

    for name, value in given.items():
        if value:
            raise MbrlError(
                f"--resume continues a run with its own settings, but --{name} {value} came with it: leave --{name} out"
            )
    run = Run.resume(folder, **changes)
    if run.finished:
        print(f"{folder} is finished after {run.env_steps:,} environment steps: move the end with --steps or --target.")
    else:
        start.train_with_bar(start.announce(run), quiet)


def evaluate(run: Positional[Path] = Path("runs/demo"), episodes: int = 100, greedy: bool = False) -> None:
    """Evaluate a trained agent on episodes with seeds that training never drew.

    Args:
        run: Folder of the run.
        episodes: How many.
        greedy: Take the most likely action instead of a sampled one.
    """
    from mbrl_lite.training import results

    results.evaluate_run(run, episodes, greedy)


def dream(run: Positional[Path] = Path("runs/demo")) -> None:
    """Draw what happened beside what the model dreamt: dream.png and dream.gif in the run's folder.

    Args:
        run: Folder of the run.
    """
    from mbrl_lite.training import results

    loop = results.dream_run(run)
    print(f"Error of {loop.horizon} dreamt steps: {loop.dreamt_error:.3g}. Look at {run}/dream.png and {run}/dream.gif")


def claim(
    action: Positional[Literal["run", "list", "report"]],
    id: Annotated[Positional[str | None], tyro.conf.arg(metavar="ID")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None,
    jobs: int = 2,
    trial: int = 0,
    quiet: bool = False,
) -> None:
    """What the course claims: run a claim's missing seeds, list all claims, or report what was seen.

    Args:
        action: run (goes on where it was stopped), list, or report.
        id: Which claim, see `claim list`. `run all` takes all of them, and so does report without an id.
        out: Folder of the records (default: assets/claims of the checkout).
        jobs: Seeds run at the same time.
        trial: Run this many seeds from 100 on instead, and keep nothing.
        quiet: No progress bar.
    """
    from mbrl_lite.claims import commands

    if action == "run":
        commands.run(id, out, jobs, trial, quiet)
    elif action == "report":
        commands.show(id, out)
    else:
        commands.table(out)


def progress() -> None:
    """Show which exercises you have solved."""
    from mbrl_lite.course import print_progress

    print_progress()


def grade(notebooks: Positional[list[Path]], out: Path | None = None) -> None:
    """Grade learners' notebooks offline: a table, and with --out also CSV and JSON.

    Args:
        notebooks: Submitted notebooks.
        out: Folder for grades.csv and grades.json.
    """
    from mbrl_lite.course import format_grades, write_grades
    from mbrl_lite.course import grade as grade_notebooks

    grades = grade_notebooks(notebooks)
    print(format_grades(grades))
    if out is not None:
        print("Written:", *write_grades(grades, out))


def doctor() -> int:
    """Check this machine: one [OK] or [FAIL] line for everything the course needs."""
    from mbrl_lite.doctor import print_doctor

    return print_doctor()


COMMANDS = {
    "demo": demo,
    "train": train,
    "eval": evaluate,
    "dream": dream,
    "claim": claim,
    "progress": progress,
    "grade": grade,
    "doctor": doctor,
}


def main(args: list[str] | None = None) -> int:
    """Run one command. A mistake in the input is one sentence on stderr and exit code 2; Ctrl-C is 130."""
    os.environ.setdefault("MPLBACKEND", "agg")
    try:
        return tyro.extras.subcommand_cli_from_dict(COMMANDS, args=args, prog="mbrl-lite", description=__doc__) or 0
    except MbrlError as error:
        print(f"mbrl-lite: {error}", file=sys.stderr)
        return 130 if type(error).__name__ == "Stopped" else 2
    except KeyboardInterrupt:
        print("mbrl-lite: stopped; what a run had saved before is kept", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
