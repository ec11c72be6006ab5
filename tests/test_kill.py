"""Training in a process of its own, killed for real at random moments: what comes out is bitwise the same."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import AGENT, assert_same_run, one_sentence, train_config

from mbrl_lite.agents import ExploreConfig
from mbrl_lite.storage import load_tensors
from mbrl_lite.training import Run, TrainConfig, train
from mbrl_lite.training.run import KIND

COMMAND = [sys.executable, "-m", "mbrl_lite.cli", "train", "--quiet"]
STEPS = 2000  # with two environments the 512 ticks of replay wrap around


def begin(folder: Path) -> list[str]:
    return [*COMMAND, "--preset", "smoke", "--steps", str(STEPS), "--out", str(folder)]


def interrupt(
    command: list[str], folder: Path, sign: signal.Signals, rng: random.Random, after: int = 1
) -> subprocess.Popen:
    """Start the command, wait until it has saved something new (`after` times), and a moment longer, then signal it."""
    checkpoint = folder / "checkpoint" / "run.safetensors"

    def written() -> int:
        return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0

    before, end = written(), time.monotonic() + 120
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(after):
        while written() == before and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        before = written()
    time.sleep(rng.uniform(0, 0.15 / after))
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


# Every part: killed once in a process of its own, continued in this one ---------------------------


def variation(env: str = "CartPole-v1", model: dict | None = None, behaviour: dict | None = None, **changes):
    """A run of a second with some parts exchanged."""
    agent = replace(
        AGENT,
        model=replace(AGENT.model, **(model or {})),
        behaviour=replace(AGENT.behaviour, **(behaviour or {})),
        explore=changes.pop("explore", AGENT.explore),
    )
    return train_config(env=env, agent=agent, steps=600, save_every=20, **changes)


PIXELS = "mbrl_lite/PixelReach-v0"
VARIATIONS: dict[str, TrainConfig] = {
    "plain": variation(),
    "continuous": variation("Pendulum-v1"),
    "pathwise": variation("Pendulum-v1", behaviour={"gradient": "pathwise"}),
    "V2": variation(behaviour={"critic": "target", "numbers": "raw", "returns": "none"}, model={"numbers": "raw"}),
    "gaussian": variation(model={"latent": "gaussian"}),
    "deterministic": variation(model={"latent": "deterministic"}),
    "feedforward": variation(model={"sequence": "feedforward"}),
    "recurrent mamba2": variation(model={"sequence": "mamba2"}),
    **{name: variation(model={"sequence": name, "posterior": "frame"}) for name in ("transformer", "s5", "mamba2")},
    "dfs": variation(sampler="dfs", model={"sequence": "mamba2", "posterior": "frame"}),
    "disagreement": variation(explore=ExploreConfig(weight=0.1, members=2, units=8)),
    "harmony": variation(model={"balancer": "harmony"}),
    "smoothing": variation(smooth=2.0),
    "masked": variation(PIXELS, model={"codec": "masked"}),
    "objects": variation(PIXELS, model={"codec": "objects"}),
    "context": variation(PIXELS, model={"codec": "context"}),
}

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from test_kill import VARIATIONS
from mbrl_lite.training import Run, train
run = Run(VARIATIONS[sys.argv[2]], sys.argv[3])
run.begin()
train(run)
"""


@pytest.mark.parametrize("name", VARIATIONS)
def test_every_part_resumes_bitwise_after_a_kill(name, tmp_path):
    whole, killed = Run(VARIATIONS[name], tmp_path / "whole"), tmp_path / "killed"
    whole.begin()
    train(whole)
    command = [sys.executable, "-c", CHILD, str(Path(__file__).parent), name, str(killed)]
    process = interrupt(command, killed, signal.SIGKILL, random.Random(0), after=3)
    assert process.returncode == -signal.SIGKILL, process.stderr.read()
    _, info = load_tensors(killed / "checkpoint" / "run.safetensors", KIND)
    assert 0 < info["env_steps"] < whole.env_steps  # in the middle, not at the end
    train(Run.resume(killed))
    assert_same_run(tmp_path / "whole", killed)
