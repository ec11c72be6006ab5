"""Presets: every setting of a training run, and named sets of them."""

import os
from dataclasses import dataclass, field, replace

from mbrl_lite.agents import BehaviourConfig, DreamerConfig
from mbrl_lite.data import Smoothing
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import ModelConfig
from mbrl_lite.training.family import as_agent, known

SAMPLERS = ("rewarded", "dfs")


@dataclass(frozen=True)
class TrainConfig:
    """A whole training run: the environment, how much of it, and the agent."""

    env: str = "MiniGrid-DoorKey-5x5-v0"  # Gymnasium id
    seed: int = 0  # of everything random in the run
    steps: int = 25_000  # environment steps after which training ends
    target: float | None = 0.93  # or earlier: once the mean return of the last `window` episodes is this (None: never)
    window: int = 50  # episodes in that mean
    envs: int = 8  # environments side by side
    prefill: int = 1000  # environment steps before the first update
    every: int = 4  # environment steps between updates
    reward_scale: float = 1.0  # all rewards and returns are multiplied by this, to see what an agent bears
    smooth: float = 0.0  # steps over which the model's rewards are smoothed (DreamSmooth); 0: not at all
    smooth_kernel: str = "gaussian"  # or "uniform" or "ema"
    sampler: str = "rewarded"  # what is replayed: uniform but for a share with rewards; or "dfs", Drama's sampler
    rewarded: float = 0.25  # share of replayed sequences that are chosen to contain a reward
    tau: float = 10.0  # temperature of DFS: the larger, the more uniform its draws
    capacity: int = 8192  # ticks of all environments that replay holds; a multiple of 512
    save_every: int = 1000  # environment steps between checkpoints
    threads: int = 0  # processor threads of torch; 0 chooses for this machine
    expected_steps: int = 9_000  # environment steps until the target is usually met: for the forecast only
    agent: DreamerConfig = field(default_factory=DreamerConfig)

    def __post_init__(self):
        Smoothing(self.smooth, self.smooth_kernel)  # complains of what it cannot do
        known("sampler", self.sampler, SAMPLERS)
        least = dict.fromkeys(("steps", "window", "envs", "every", "save_every"), 1)
        least |= dict.fromkeys(("seed", "prefill", "threads"), 0)
        for name, low in least.items():
            if getattr(self, name) < low:
                raise MbrlError(f"{name} must be at least {low}, got {getattr(self, name)}: choose a larger number")


# Drama in the sizes that its authors give it on Atari 100k (Wang et al., 2025, appendix): 7 million parameters, an
# update a step. Not kept: LaProp and its warm-up (Adam here), dropout, the convolutions' kernels, chunks of 256 steps
# (64 here, which changes the time and nothing else).
DRAMA_100K = as_agent(
    TrainConfig(
        env="mbrl_lite/Atari64-Pong-v0",
        steps=100_000,
        target=None,
        envs=1,
        every=1,
        capacity=196 * 512,
        expected_steps=100_000,
        agent=DreamerConfig(
            model=ModelConfig(units=320, deter=512, groups=32, classes=32, codec="conv", bins=255),
            behaviour=BehaviourConfig(units=256, bins=255, gamma=0.985, entropy=3e-4),
            batch=16,
            length=128,
            horizon=16,
            starts=1024,
            lr_model=4e-5,
            lr_behaviour=3e-5,
            clip=1000.0,
            precision="auto",
            device="auto",
        ),
    ),
    "drama",
    layers=2,
    state=16,
    expand=2,
    head=64,
    chunk=64,
)

# Drama for a processor: 32 x 32 grey pixels, under a million parameters, about a core-hour a run.
ATARI = as_agent(
    TrainConfig(
        env="mbrl_lite/Atari32-Pong-v0",
        steps=30_000,
        target=None,
        window=10,
        envs=4,
        every=3,
        save_every=500,  # a minute
        expected_steps=30_000,
        agent=DreamerConfig(
            model=ModelConfig(groups=16, codec="contrast"),
            # Pong pays -1 for nearly all one does at first: with less entropy the policy is gone in 5,000 steps.
            behaviour=BehaviourConfig(gamma=0.985, entropy=0.01),
            batch=16,
            length=32,
            starts=256,
        ),
    ),
    "drama",
    expand=1,
    head=16,
)

PRECISIONS = ("float32", "bfloat16", "auto")  # auto: what a short measurement recommends
PRESETS = {
    "smoke": TrainConfig(
        steps=400,
        target=None,
        envs=2,
        prefill=100,
        every=20,
        capacity=512,
        save_every=100,
        threads=1,
        expected_steps=400,
        agent=DreamerConfig(
            model=ModelConfig(units=32, deter=32, groups=4, classes=4), batch=4, length=8, horizon=5, starts=16
        ),
    ),
    "laptop": TrainConfig(),
    # For machines larger than a laptop: wider networks, on a GPU where there is one.
    "gpu": TrainConfig(
        agent=DreamerConfig(
            model=ModelConfig(units=256, deter=512, groups=16, classes=16), starts=512, precision="auto", device="auto"
        )
    ),
    "atari": ATARI,
    "drama100k": DRAMA_100K,
}


def preset(
    name: str | None = None,
    precision: str | None = None,
    threads: int = 0,
    device: str | None = None,
    agent: str | DreamerConfig | None = None,
    **changes,
) -> TrainConfig:
    """The preset `name` (default: what MBRL_LITE_PRESET says, else "laptop") with some fields changed.

    `agent` is a name in `FAMILY` ("drama"), which leaves the preset's sizes as they are, or a whole configuration.
    Raises `MbrlError` for a preset, an agent or a precision that does not exist.
    """
    name = name or os.environ.get("MBRL_LITE_PRESET") or "laptop"
    config = PRESETS[known("preset", name, PRESETS)]
    if agent is not None:
        config = as_agent(config, agent) if isinstance(agent, str) else replace(config, agent=agent)
    config = replace(config, **changes)
    if threads:
        config = replace(config, threads=threads)
    if precision:
        config = replace(config, agent=replace(config.agent, precision=known("precision", precision, PRECISIONS)))
    if device:
        config = replace(config, agent=replace(config.agent, device=device))
    return config
