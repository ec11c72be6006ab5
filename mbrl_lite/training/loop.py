"""The training loop: act, store, learn, until the steps are used up or the target is met."""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager

import numpy as np

from mbrl_lite.errors import MbrlError
from mbrl_lite.training.run import Run, how_to_continue

Callback = Callable[[Run, dict], None]
LOG_UPDATES = 20  # every so many updates are logged
REACH = 0.9  # the return at which `Run.reached` is noted


class Stopped(MbrlError):
    """Training was interrupted by Ctrl-C, after saving."""


def train(run: Run, callbacks: Iterable[Callback] = ()) -> Run:
    """Train until `run.finished`, saving as it goes. Each callback sees the run and every record that is logged.

    Ctrl-C saves and raises `Stopped`; a failure leaves the last checkpoint as it was.
    """
    callbacks = tuple(callbacks)
    clock, saved_at = _seconds(run), run.env_steps
    with _interruptible() as interrupted:
        while not run.finished:
            try:
                _advance(run, callbacks)
            except MbrlError as error:
                where = (
                    f"at environment step {run.env_steps}; the checkpoint of step {saved_at} in {run.folder} is kept"
                )
                raise MbrlError(f"{error} ({where})") from error
            now = _seconds(run)
            run.seconds, clock = run.seconds + now - clock, now
            if run.env_steps - saved_at >= run.config.save_every:
                run.save()
                saved_at = run.env_steps
            if interrupted.is_set():
                run.save()
                raise Stopped(
                    f"stopped and saved at environment step {run.env_steps}: "
                    f"continue with  {how_to_continue(run.folder, run.config.env)}"
                )
    run.save()
    return run


def _seconds(run: Run) -> float:
    """The processor's time, shared among its threads: what a clock would show if the machine did nothing else."""
    return time.process_time() / max(1, run.config.threads)


def _advance(run: Run, callbacks: tuple[Callback, ...]) -> None:
    """One tick of all environments, and the updates that are due after it."""
    action, run.carry = run.agent.act(run.step.obs, run.step.is_first, run.carry)
    run.replay.add(run.step, action)
    run.env_steps += int((~run.step.is_last).sum())  # the action after a last step is a dummy
    run.step = run.vec.step(action)
    run.running += run.step.reward
    run.lengths += ~run.step.is_first
    for i in np.flatnonzero(run.step.is_last):
        _end_episode(run, int(i), callbacks)
    while run.update_due:
        metrics = run.agent.update(run.replay, run.sampler)
        run.updates += 1
        if run.updates % LOG_UPDATES == 0:
            _emit(run, callbacks, {"kind": "update", "step": run.env_steps, "updates": run.updates, **metrics})


def _end_episode(run: Run, i: int, callbacks: tuple[Callback, ...]) -> None:
    run.returns.append(float(run.running[i]))
    record = {
        "kind": "episode",
        "step": run.env_steps,
        "return": run.returns[-1],
        "length": int(run.lengths[i]),
        "env": i,
    }
    run.running[i], run.lengths[i] = 0.0, 0
    if run.reached is None and run.score >= REACH:
        run.reached, run.reached_seconds = run.env_steps, run.seconds
    _emit(run, callbacks, record)


def _emit(run: Run, callbacks: tuple[Callback, ...], record: dict) -> None:
    run.log(record)
    for callback in callbacks:
        callback(run, record)


@contextmanager
def _interruptible():
    """Ctrl-C sets a flag that the loop reads between ticks; a second one stops at once."""
    flag = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield flag  # only the main thread may handle signals
        return
    previous = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        if flag.is_set():
            raise KeyboardInterrupt
        flag.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, previous)
