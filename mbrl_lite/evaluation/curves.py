"""Learning curves: every training episode of one run of any agent, in a small file that says how it was made."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from mbrl_lite.assets import asset
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.yardstick import first_reach
from mbrl_lite.storage import write_atomic

KIND = "mbrl_lite curve 1"


@dataclass(frozen=True)
class Curve:
    """One training run: an entry for each finished training episode, in the order in which they ended.

    `step` (n,): environment steps, summed over parallel environments, at its end; `returns` (n,): undiscounted, not
    scaled, kept to 4 digits; `seconds` (n,): seconds of training so far, kept to tenths, on one thread. `settings` is
    all that the run depends on beside the seed, `made` tells where and with which versions. `budget`: environment steps
    the run was given; it may stop sooner once it has arrived. Raises `MbrlError` if the entries do not fit together.
    """

    agent: str
    env: str
    seed: int
    settings: dict
    made: dict
    step: tuple[int, ...]
    returns: tuple[float, ...]
    seconds: tuple[float, ...]
    budget: int

    def __post_init__(self):
        kept = {
            "step": tuple(int(s) for s in self.step),
            "returns": tuple(round(float(r), 4) for r in self.returns),
            "seconds": tuple(round(float(s), 1) for s in self.seconds),
        }
        for name, values in kept.items():
            object.__setattr__(self, name, values)  # what is held is what a file holds: a run reads back as it was
        if not len(self.step) == len(self.returns) == len(self.seconds):
            sizes = f"{len(self.step)} steps, {len(self.returns)} returns and {len(self.seconds)} times"
            raise MbrlError(f"expected one step, return and time an episode, got {sizes}: note all three as it ends")
        if not np.isfinite(self.returns).all() or (np.diff(self.step) < 0).any() or (np.diff(self.seconds) < 0).any():
            raise MbrlError(
                f"expected finite returns, and steps and seconds that never decrease, but the curve of {self.agent} "
                f"on {self.env}, seed {self.seed}, has others: pass the episodes in the order in which they ended"
            )

    def reach(self, threshold: float, window: int) -> int | None:
        """Environment step at which the mean return of the last `window` episodes first is `threshold`, or None."""
        return first_reach(self.step, self.returns, threshold, window)

    def reach_seconds(self, threshold: float, window: int) -> float | None:
        """Seconds of training until `reach`, or None."""
        step = self.reach(threshold, window)
        if step is None:
            return None
        full = first_reach(range(len(self.step)), self.returns, threshold, window)  # parallel episodes share a step
        return self.seconds[full]

    def save(self, path: Path | str | None = None) -> Path:
        """Write the curve, whole or not at all, to `path` or where `curve_path` has it; returns the path."""
        path = Path(path) if path is not None else curve_path(self.agent, self.env, self.seed)
        tenths = [round(10 * s) for s in self.seconds]
        content = {"kind": KIND} | asdict(self) | {"step": _gaps(self.step), "seconds": _gaps(tenths)}
        write_atomic(path, (json.dumps(content, separators=(",", ":")) + "\n").encode())
        return path


def load_curve(path: Path | str) -> Curve:
    """Read what `Curve.save` wrote; raises `MbrlError` naming a file that is missing, damaged or of another kind."""
    path = Path(path)
    again = "delete it and run that seed again"
    try:
        content = json.loads(path.read_text())
        if content.pop("kind") != KIND:
            raise ValueError("another kind")
        content["step"] = tuple(accumulate(content["step"]))
        content["seconds"] = tuple(tenth / 10 for tenth in accumulate(content["seconds"]))
        return Curve(**content)
    except OSError as error:
        raise MbrlError(
            f"expected a learning curve at {path}, which cannot be read ({error}): check the path"
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError, MbrlError) as error:
        what = f"expected a learning curve, but {path} is damaged or of another kind ({error!r})"
        raise MbrlError(f"{what}: {again}") from None


def curve_folder() -> Path:
    """Where curves are read and written: $MBRL_LITE_CURVES if it is set, else the shipped ones, assets/data/curves."""
    named = os.environ.get("MBRL_LITE_CURVES")
    return Path(named) if named else asset("data") / "curves"


def curve_path(agent: str, env: str, seed: int, folder: Path | None = None) -> Path:
    """The file of one run, `<folder>/<environment in small letters>/<agent>-<seed>.json`."""
    return (folder or curve_folder()) / env.lower().replace("/", "-") / f"{agent}-{seed}.json"


def load_curves(agent: str, env: str, seeds, folder: Path | None = None) -> tuple[Curve, ...]:
    """The curves of several seeds, in their order; raises `MbrlError` for the first that is missing."""
    return tuple(load_curve(curve_path(agent, env, seed, folder)) for seed in seeds)


def settings_hash(settings: dict) -> str:
    """Eight letters that change with any setting, whatever their order."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]


def _gaps(values) -> list[int]:
    """Differences from one to the next, the first from 0: half as long to write."""
    return np.diff(values, prepend=0).tolist() if len(values) else []
