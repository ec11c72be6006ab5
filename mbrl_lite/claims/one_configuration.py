"""The one configuration that all Dreamer claims of chapter 09 share, and where their runs come from.

A run is a curve in assets/data/curves, made once and shared by claims and figures. To make them all again, name
another folder:  MBRL_LITE_CURVES=mine mbrl-lite claim run dreamerv3 --out mine
"""

from dataclasses import replace

from mbrl_lite.config import from_dict
from mbrl_lite.evaluation import model_free
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.evaluation.tasks import Task
from mbrl_lite.training import TrainConfig
from mbrl_lite.training.recorded import recorded

# The laptop preset as it was when the claims were written: later changes of the preset leave them alone.
ONE = {
    "envs": 8,
    "prefill": 1000,
    "every": 4,
    "reward_scale": 1.0,
    "rewarded": 0.25,
    "capacity": 8192,
    "agent": {
        "model": {
            "units": 128,
            "deter": 128,
            "sequence": "gru",
            "latent": "categorical",
            "groups": 12,
            "classes": 16,
            "unimix": 0.01,
            "codec": "auto",
            "numbers": "two_hot",
            "bins": 41,
            "balancer": "fixed",
            "free_nats": 1.0,
            "beta_dyn": 1.0,
            "beta_rep": 0.1,
        },
        "behaviour": {
            "units": 128,
            "layers": 2,
            "gradient": "reinforce",
            "returns": "percentile",
            "critic": "regularise",
            "numbers": "two_hot",
            "bins": 41,
            "unimix": 0.01,
            "gamma": 0.99,
            "lam": 0.95,
            "entropy": 0.001,
            "slow": 0.02,
            "slow_weight": 1.0,
            "return_decay": 0.99,
            "return_floor": 1.0,
        },
        "explore": {"weight": 0.0, "members": 5, "units": 64},
        "batch": 32,
        "length": 16,
        "horizon": 15,
        "starts": 128,
        "lr_model": 0.001,
        "lr_behaviour": 0.001,
        "clip": 100.0,
        "precision": "float32",
    },
}

# The family at about equal parameters (0.7 to 0.8 million on DoorKey): nothing differs but the memory, what the
# posterior sees and what the heads read. All replay as ONE does; DFS has a claim of its own.
MEMORIES = {
    "drama": {
        "sequence": "mamba2",
        "sequence_options": {"layers": 1, "expand": 1, "head": 16},
        "posterior": "frame",
        "heads": "split",
    },
    "storm": {
        "sequence": "transformer",
        "sequence_options": {"layers": 1, "heads": 4},
        "posterior": "frame",
        "heads": "split",
    },
    "r2i": {"sequence": "s5", "sequence_options": {"layers": 2}, "posterior": "frame", "heads": "feat"},
}


def with_memory(name: str) -> dict:
    """The one configuration as another agent of the family: "drama", "storm" or "r2i"."""
    return ONE | {"agent": ONE["agent"] | {"model": ONE["agent"]["model"] | MEMORIES[name]}}


def changed(settings: dict, changes: dict) -> dict:
    """Settings with some of them changed, each named by its path: {"agent.behaviour.numbers": "raw"}."""
    for path, value in changes.items():
        head, _, rest = path.partition(".")
        if head not in settings:
            raise KeyError(f"the configuration has no setting {path!r}")
        settings = settings | {head: changed(settings[head], {rest: value}) if rest else value}
    return settings


def config_for(settings: dict, goal: Task, steps: int, seed: int) -> TrainConfig:
    """A run on one task that ends when it has arrived: only the environment and its finish line are the task's own."""
    config = from_dict(TrainConfig, settings)
    target = goal.threshold * config.reward_scale
    return replace(config, env=goal.env, seed=seed, steps=steps, target=target, window=goal.window, threads=1)


def dreamer_curve(name: str, settings: dict, goal: Task, steps: int, seed: int) -> Curve:
    """The curve of a Dreamer of these settings, run if it is not there yet."""
    return recorded(name, config_for(settings, goal, steps, seed))


def rival_curve(agent: str, goal: Task, seed: int) -> Curve:
    """The curve of a model-free agent with its published settings, run if it is not there yet."""
    model_free.run_all(goal, agent, [seed])
    return load_curve(curve_path(agent, goal.env, seed))


def arrival(curve: Curve, goal: Task, scale: float = 1.0, late: int | None = None) -> dict[str, float]:
    """Steps and minutes until the finish line; a run that never arrives counts as its budget, or as `late` steps."""
    reach = curve.reach(goal.threshold * scale, goal.window)
    if reach is None:
        return {"steps": late or curve.budget, "minutes": (curve.seconds[-1] if curve.seconds else 0.0) / 60}
    return {"steps": reach, "minutes": curve.reach_seconds(goal.threshold * scale, goal.window) / 60}
