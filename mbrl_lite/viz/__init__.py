"""Pictures: observations as the agent sees them, learning curves, dream strips and GIFs, and the report of a run."""

from mbrl_lite.viz.curves import learning_curve, multi_seed_curve
from mbrl_lite.viz.frames import render_obs, render_obs_batch, wrong_cells
from mbrl_lite.viz.gifs import save_gif
from mbrl_lite.viz.report import write_report
from mbrl_lite.viz.strips import door_gif, dream_frames, dream_gif, dream_strip

__all__ = [
    "door_gif",
    "dream_frames",
    "dream_gif",
    "dream_strip",
    "learning_curve",
    "multi_seed_curve",
    "render_obs",
    "render_obs_batch",
    "save_gif",
    "write_report",
    "wrong_cells",
]
