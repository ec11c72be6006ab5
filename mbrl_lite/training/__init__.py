"""One loop for all agents: presets, a run that can be stopped anywhere and continued, the demo."""

from mbrl_lite.training.loop import Stopped, train
from mbrl_lite.training.presets import PRESETS, TrainConfig, preset
from mbrl_lite.training.run import Run
from mbrl_lite.training.start import fit

__all__ = ["PRESETS", "Run", "Stopped", "TrainConfig", "fit", "preset", "train"]
