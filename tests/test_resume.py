"""A run that was stopped anywhere continues bitwise as if it had not: Ctrl-C, and a crash at every single write."""

import functools
import os
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import AGENT, assert_same_run, one_sentence, train_config

from mbrl_lite import storage
from mbrl_lite.data import Replay
from mbrl_lite.errors import MbrlError
from mbrl_lite.storage import load_tensors
from mbrl_lite.training import Run, Stopped, train
from mbrl_lite.training import run as run_module
from mbrl_lite.training.run import KIND

BOLD = replace(AGENT, lr_model=1e-2, lr_behaviour=5e-2)  # soon acts on what it remembers, which must not be lost
SMALL = {
    "steps": 120,
    "prefill": 30,
    "every": 12,
    "capacity": 32,
    "save_every": 40,
    "agent": BOLD,
}  # replay wraps twice


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Replay files of 8 ticks instead of 512: every run writes, keeps and deletes several."""
    monkeypatch.setattr(run_module, "Replay", functools.partial(Replay, chunk=8))


def begun(folder: Path, **changes) -> Run:
    run = Run(train_config(**SMALL | changes), folder)
    run.begin()
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that was never stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "Replay", functools.partial(Replay, chunk=8))
        folder = tmp_path_factory.mktemp("whole") / "run"
        run = train(begun(folder))
    assert run.replay.head > 2 * 24 and run.updates >= 7 and len(run.returns) >= 2  # the test would be empty otherwise
    return folder


@pytest.mark.parametrize("stops", [[1], [29, 31], [64, 65, 66, 119], list(range(2, 120, 9))])
def test_a_run_in_parts_is_the_whole_run(tmp_path, whole, stops):
    run = begun(tmp_path / "run", steps=stops[0])
    for until in (*stops[1:], 120):
        train(run)
        run = Run.resume(tmp_path / "run", steps=until)
    train(run)
    assert_same_run(tmp_path / "run", whole)


def test_bfloat16_resumes_bitwise_too(tmp_path):
    agent = replace(BOLD, precision="bfloat16")
    train(begun(tmp_path / "a", agent=agent))
    train(begun(tmp_path / "b", agent=agent, steps=70))
    train(Run.resume(tmp_path / "b", steps=120))
    assert_same_run(tmp_path / "a", tmp_path / "b")


def test_resuming_a_finished_run_changes_nothing(tmp_path, whole):
    train(begun(tmp_path / "run"))
    train(Run.resume(tmp_path / "run"))
    assert_same_run(tmp_path / "run", whole)


# Ctrl-C ------------------------------------------------------------------------------------------


def interrupt_at(step: int):
    return lambda run, record: os.kill(os.getpid(), signal.SIGINT) if record["step"] >= step else None


def test_ctrl_c_saves_says_so_and_continues(tmp_path, whole):
    run, handler = begun(tmp_path / "run"), signal.getsignal(signal.SIGINT)
    with pytest.raises(Stopped) as stopped:
        train(run, [interrupt_at(50)])
    assert 50 <= run.env_steps < 120 and str(run.env_steps) in one_sentence(stopped.value)
    assert f"--resume {tmp_path / 'run'}" in str(stopped.value) and isinstance(stopped.value, MbrlError)
    assert signal.getsignal(signal.SIGINT) is handler
    resumed = Run.resume(tmp_path / "run")
    assert resumed.env_steps == run.env_steps
    train(resumed)
    assert_same_run(tmp_path / "run", whole)


def test_a_second_ctrl_c_stops_at_once_and_the_last_checkpoint_stands(tmp_path, whole):
    def twice(run, record):
        interrupt_at(50)(run, record)
        interrupt_at(50)(run, record)

    with pytest.raises(KeyboardInterrupt):
        train(begun(tmp_path / "run"), [twice])
    train(Run.resume(tmp_path / "run"))
    assert_same_run(tmp_path / "run", whole)


# Crashes -----------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing after this moment reaches the disk."""


class Reaper:
    """Lets so many calls to the file system through, then kills. A dead process touches nothing any more."""

    def __init__(self, calls: int):
        self.left = calls

    def alive(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def guard(self, function):
        def guarded(*args, **kwargs):
            if not self.alive():
                raise Killed
            return function(*args, **kwargs)

        return guarded

    def append(self, path, text):
        alive = self.alive()
        if alive or self.left == -1:  # the write in which it dies gets half through
            storage.append(path, text if alive else text[: len(text) // 2])
        if not alive:
            raise Killed


def live(folder: Path, calls: int) -> bool:
    """Begin or continue the run, to be killed after so many calls; True if it came to its end."""
    reaper = Reaper(calls)
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (tempfile, "mkstemp"),
            *((os, name) for name in ("fsync", "replace", "unlink", "truncate")),
        ):
            patch.setattr(module, name, reaper.guard(getattr(module, name)))
        patch.setattr(run_module, "append", reaper.append)
        try:
            checkpoint = folder / "checkpoint" / "run.safetensors"
            train(Run.resume(folder) if checkpoint.exists() else begun(folder))
        except Killed:
            return False
    return True


def test_a_crash_at_any_write_loses_nothing(tmp_path, whole):
    """Life n is killed at its n-th call: early lives die at every call of a first save, later ones further on."""
    calls, folder, seen = 0, tmp_path / "run", set()
    while not live(folder, calls):
        calls += 1
        checkpoint = folder / "checkpoint" / "run.safetensors"
        if checkpoint.exists():
            seen.add(load_tensors(checkpoint, KIND)[1]["env_steps"])  # whole, whenever it died
    assert calls > 20 and len(seen) >= 3
    assert_same_run(folder, whole)
