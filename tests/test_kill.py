"""Training in a process of its own, killed for real at random moments: what comes out is bitwise the same."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tiny import assert_same_run, one_sentence

from mbrl_lite.storage import load_tensors
from mbrl_lite.training import Run
from mbrl_lite.training.run import KIND

COMMAND = [sys.executable, "-m", "mbrl_lite.cli", "train", "--quiet"]
STEPS = 2000  # with two environments the 512 ticks of replay wrap around


def begin(folder: Path) -> list[str]:
    return [*COMMAND, "--preset", "smoke", "--steps", str(STEPS), "--out", str(folder)]


def interrupt(command: list[str], folder: Path, sign: signal.Signals, rng: random.Random) -> subprocess.Popen:
    """Start the command, wait until it has saved something new, and a moment longer, then send the signal."""
    checkpoint = folder / "checkpoint" / "run.safetensors"

    def written() -> int:
        return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0

    before, end = written(), time.monotonic() + 120
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while written() == before and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.15))
    process.send_signal(sign)
    process.wait()
    return process


def finish(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_run_killed_again_and_again_equals_one_that_was_not(tmp_path):
    whole, killed, rng = tmp_path / "whole", tmp_path / "killed", random.Random(os.getpid())
    resume = [*COMMAND, "--resume", str(killed)]
    assert interrupt(begin(killed), killed, signal.SIGKILL, rng).returncode == -signal.SIGKILL
    polite = interrupt(resume, killed, signal.SIGINT, rng)
    assert polite.returncode == 130
    assert "stopped and saved" in one_sentence(polite.stderr.read())
    assert interrupt(resume, killed, signal.SIGKILL, rng).returncode == -signal.SIGKILL
    _, info = load_tensors(killed / "checkpoint" / "run.safetensors", KIND)
    assert info["env_steps"] < STEPS  # it was killed in the middle, not at the end
    finish(resume)
    finish(begin(whole))
    assert_same_run(whole, killed)
    done = Run.resume(whole)
    assert done.env_steps >= STEPS and done.replay.head > 900 and done.updates > 50
