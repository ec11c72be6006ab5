"""Claim: a Dreamer whose memory lasts for a life learns within it, and is trained with fewer steps than RL^2."""

from dataclasses import replace

from mbrl_lite.claims.one_configuration import changed, config_for, rival_curve, with_memory
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs import EVAL_SEED, make
from mbrl_lite.envs.memory import HiddenGoal
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.evaluation.lives import halves
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.training.loop import train
from mbrl_lite.training.recorded import open_run, work_folder
from mbrl_lite.training.results import read_metrics
from mbrl_lite.training.run import Run

NAME, LENGTH, LIVES = "drama-life", 16, 400
LIFE = {"every": 4, "prefill": 2000, "rewarded": 0.0}  # sequences of 64 steps hold four lives
LONG = {"agent.batch": 16, "agent.length": 64, "agent.lr_model": 0.002}
# A life ends by its limit, so the model expects it to go on: a longer horizon would hope for goals behind the end.
LONG |= {"agent.behaviour.entropy": 0.01, "agent.behaviour.gamma": 0.9}
CLAIM = Claim(
    id="mamba-meta-rl",
    title="A life of two episodes",
    chapter="10",
    section="10b, 2",
    original="Dreamer, its latent kept over all episodes of a task, reaches the returns of model-free meta-learners "
    "with up to 15 times fewer steps (Rimon et al., 2024).",
    here="HiddenGoalS3: a room of 3 x 3 cells, a goal that nobody shows, a life of two episodes of 8 steps, each from "
    "the middle; 16,000 steps of training; RL^2 is sb3-contrib's recurrent PPO, 400,000 steps at most; 400 new lives, "
    "in which the likeliest action is taken",
    kept="the state is carried through the whole life, what was found is observed, sequences hold whole lives",
    replaced="Mamba-2 for the GRU, one room for the benchmarks; no local decoding; places are told, not seen",
    chance="a player at random finds the goal 1.21 times in a life; who is told where it is, 12 times",
    settings={
        "agent": changed(with_memory("drama") | LIFE, LONG),
        "steps": 16_000,
        "length": LENGTH,
        "lives": LIVES,
        "threshold": 6.0,
        "rival": {"agent": "rppo", "budget": 400_000},
    },
    seeds=5,
    core_minutes=80.0,
    parts=(
        Part(
            "second",
            "the second episode of a life earns at least 1.5 times the first",
            kind="better",
            treatment="second",
            baseline="first",
            direction="more",
            scale="ratio",
            target=1.5,
        ),
        Part(
            "oracle",
            "and at least 0.8 of what a player earns there who is told where the goal is",
            kind="bound",
            treatment="share",
            direction="more",
            target=0.8,
        ),
        Part(
            "forgetting",
            "with the memory emptied in between at most 1.15 times the first",
            kind="bound",
            treatment="gain.forgotten",
            direction="less",
            target=1.15,
        ),
        Part(
            "steps",
            "a mean return of 6 in training, half of the best: with at least 4 times fewer steps than RL^2",
            kind="better",
            treatment="steps",
            baseline="steps.rival",
            direction="less",
            scale="ratio",
            target=4.0,
        ),
    ),
    beside=("gain", "minutes", "minutes.rival"),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Mean returns of the two episodes of new lives, with and without memory, and steps until the finish line."""
    goal = task("goals")
    run = train_life(settings, seed)
    curve = learning_curve(run)
    lives = (lambda: make(goal.env)), settings["length"], settings["lives"], EVAL_SEED + 1000 * seed
    first, second = halves(run.agent, *lives, greedy=True)
    _, forgotten = halves(run.agent, *lives, forget=True, greedy=True)
    first, second = (max(found, 1 / settings["lives"]) for found in (first, second))  # who finds nothing found one
    rival, window = rival_curve(settings["rival"]["agent"], goal, seed), goal.window
    return {
        "first": first,
        "second": second,
        "share": second / HiddenGoal(settings["length"] // 2, 3).BEST_RETURN,
        "gain": second / first,
        "gain.forgotten": forgotten / first,
        "steps": float(curve.reach(settings["threshold"], window) or settings["steps"]),
        "steps.rival": float(rival.reach(settings["threshold"], window) or rival.budget),
        "minutes": run.seconds / 60,
        "minutes.rival": rival.seconds[-1] / 60,
    }


def train_life(settings: dict, seed: int) -> Run:
    """The agent's whole training; one that was stopped goes on from its last checkpoint."""
    config = replace(config_for(settings["agent"], task("goals"), settings["steps"], seed), target=None)
    return train(open_run(config, work_folder() / f"{NAME}-{seed}"))


def learning_curve(run: Run) -> Curve:
    """The returns of a run's lives, without their seconds."""
    episodes = read_metrics(run.folder, "episode")
    steps, returns = ([episode[key] for episode in episodes] for key in ("step", "return"))
    return Curve(NAME, run.config.env, run.config.seed, {}, {}, steps, returns, [0.0] * len(steps), run.config.steps)
