"""The laptop's Atari: one Drama for all games, an hour of one core a run, and what it scores on episodes of its own."""

import numpy as np

from mbrl_lite.agents import load_agent
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.config import from_dict
from mbrl_lite.envs import EVAL_SEED, make, spec_of
from mbrl_lite.envs.atari import human_normalised
from mbrl_lite.envs.make import native_action
from mbrl_lite.evaluation.returns import evaluate
from mbrl_lite.training import TrainConfig
from mbrl_lite.training.recorded import recorded, shipped_agent

NAME = "drama-atari"
# The preset "atari" as it was when the claims were written: later changes of the preset leave them alone.
SETTINGS = {
    "steps": 30_000,
    "window": 10,
    "envs": 4,
    "prefill": 1000,
    "every": 3,
    "sampler": "dfs",
    "capacity": 8192,
    "agent": {
        "model": {
            "units": 128,
            "deter": 128,
            "sequence": "mamba2",
            "sequence_options": {"layers": 1, "expand": 1, "head": 16},
            "posterior": "frame",
            "heads": "split",
            "groups": 16,
            "classes": 16,
            "unimix": 0.01,
            "codec": "contrast",
            "bins": 41,
            "free_nats": 1.0,
            "beta_dyn": 1.0,
            "beta_rep": 0.1,
        },
        "behaviour": {
            "units": 128,
            "layers": 2,
            "bins": 41,
            "unimix": 0.01,
            "gamma": 0.985,
            "lam": 0.95,
            "entropy": 0.01,
            "slow": 0.02,
            "slow_weight": 1.0,
            "return_decay": 0.99,
            "return_floor": 1.0,
        },
        "batch": 16,
        "length": 32,
        "horizon": 15,
        "starts": 256,
        "context": 8,
        "lr_model": 0.001,
        "lr_behaviour": 0.001,
        "clip": 100.0,
        "precision": "float32",
    },
}


def claim(game: str, chance: str) -> Claim:
    """The claim that the laptop's Drama plays one game better than chance."""
    return Claim(
        id=f"atari-{game.lower()}",
        title=f"{game} on a laptop",
        chapter="10",
        section="10b, 4",
        original="Drama plays the 26 games of Atari 100k at 1.05 times a human's score in the mean, 0.27 in the median "
        "(Wang et al., 2025), with 100,000 steps, 64 x 64 pixels in colour and an update a step.",
        here=f"{game} as Atari 100k has it, but 32 x 32 grey pixels, 30,000 steps and 9,667 updates: about an hour of "
        "one core; 20 whole episodes afterwards",
        kept="Mamba-2, a posterior that sees its frame alone, split heads, DFS, acting with the carried state",
        replaced="0.8 million parameters for 8 (the whole agent in the published sizes); squared errors against the "
        "mean picture; Adam at 0.001; more entropy",
        chance=chance,
        settings={"game": game, "drama": SETTINGS, "episodes": 20},
        seeds=3,
        core_minutes=180.0,
        parts=(
            Part(
                "return",
                "mean return of 20 episodes after training: above that of random play on the same 20",
                kind="better",
                treatment="return",
                baseline="random",
                direction="more",
                target=0.0,
            ),
        ),
        beside=("human", "minutes"),
    )


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Mean returns of the trained agent and of random play; `human`: the agent's score, human-normalised."""
    game, count = settings["game"], settings["episodes"]
    own = {"env": f"mbrl_lite/Atari32-{game}-v0", "target": None, "seed": seed, "threads": 1, "save_every": 500}
    curve = recorded(NAME, from_dict(TrainConfig, settings["drama"] | own))
    path = shipped_agent(NAME, curve.env, seed, f"atari-{game.lower()}-{seed}.safetensors")
    first = EVAL_SEED + 1000 * seed
    ours = evaluate(load_agent(path).agent, lambda: make(curve.env), count, first).returns.mean()
    return {
        "return": float(ours),
        "random": float(np.mean(random_returns(curve.env, count, first))),
        "human": float(human_normalised(game, ours)),
        "minutes": curve.seconds[-1] / 60,
    }


def random_returns(env: str, count: int, seed: int) -> list[float]:
    """Returns of uniformly random play in episodes of seeds seed, seed + 1, ..."""
    world, rng, returns = make(env), np.random.default_rng(seed), []
    spec = spec_of(world)
    for number in range(count):
        world.reset(seed=seed + number)
        total, over = 0.0, False
        while not over:
            action = native_action(world, spec.random_action(1, rng)[0])
            _, reward, terminated, truncated, _ = world.step(action)
            total, over = total + float(reward), terminated or truncated
        returns.append(total)
    world.close()
    return returns
