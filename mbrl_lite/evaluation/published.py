"""Published settings of the model-free agents, each with its source: data for `evaluation.model_free`.

`params` are stable-baselines3's own arguments ("lin_0.001" falls linearly to 0 over the budget); `normalize` is
VecNormalize; `explore` the environment steps over which epsilon falls; `view` how observations come in: "flat", or
"conv" for a small convolutional network of MinAtar's size. What is not named has the library's default.
"""

from mbrl_lite.errors import MbrlError

_ZOO = "rl-baselines3-zoo, hyperparams/{}.yml, entry {}"
_WIDE = {"net_arch": [256, 256]}
_GRID = {"n_steps": 128, "batch_size": 64, "gae_lambda": 0.95, "gamma": 0.99, "n_epochs": 10, "ent_coef": 0.0}
_GRID |= {"learning_rate": 2.5e-4, "clip_range": 0.2}
_ATARI = {"n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 2.5e-4, "clip_range": 0.1}
_ATARI |= {"vf_coef": 0.5, "ent_coef": 0.01}


def _setting(source: str, params: dict, n_envs: int = 1, normalize: bool = False, view: str = "flat", **more) -> dict:
    return {"source": source, "n_envs": n_envs, "normalize": normalize, "view": view, "params": params} | more


PPO_CARTPOLE = _setting(
    _ZOO.format("ppo", "CartPole-v1"),
    {
        "n_steps": 32,
        "batch_size": 256,
        "gae_lambda": 0.8,
        "gamma": 0.98,
        "n_epochs": 20,
        "ent_coef": 0.0,
        "learning_rate": "lin_0.001",
        "clip_range": "lin_0.2",
    },
    n_envs=8,
)
PPO_PENDULUM = _setting(
    _ZOO.format("ppo", "Pendulum-v1"),
    {
        "n_steps": 1024,
        "gae_lambda": 0.95,
        "gamma": 0.9,
        "n_epochs": 10,
        "ent_coef": 0.0,
        "learning_rate": 1e-3,
        "clip_range": 0.2,
        "use_sde": True,
        "sde_sample_freq": 4,
    },
    n_envs=4,
)
PPO_GRID = _setting(_ZOO.format("ppo", "MiniGrid-DoorKey-5x5-v0"), _GRID, n_envs=8, normalize=True)
PPO_GRID_ENTROPY = _setting(
    PPO_GRID["source"] + ", with an entropy bonus of 0.01", _GRID | {"ent_coef": 0.01}, n_envs=8, normalize=True
)
PPO_ATARI = _setting(
    _ZOO.format("ppo", "atari") + " (its schedules fall over 1e7 steps: constant here)", _ATARI, n_envs=8, view="conv"
)
PPO_MINATAR = _setting(
    "gymnax-blines, agents/Breakout-MinAtar/ppo.yaml",
    {
        "n_steps": 128,
        "batch_size": 1024,
        "n_epochs": 4,
        "learning_rate": 5e-4,
        "clip_range": 0.2,
        "gamma": 0.999,
        "gae_lambda": 0.95,
        "ent_coef": 0.01,
        "vf_coef": 0.5,
        "policy_kwargs": _WIDE,
    },
    n_envs=64,
)
DQN_CARTPOLE = _setting(
    _ZOO.format("dqn", "CartPole-v1"),
    {
        "learning_rate": 2.3e-3,
        "batch_size": 64,
        "buffer_size": 100_000,
        "learning_starts": 1000,
        "gamma": 0.99,
        "target_update_interval": 10,
        "train_freq": 256,
        "gradient_steps": 128,
        "exploration_final_eps": 0.04,
        "policy_kwargs": _WIDE,
    },
    explore=8000,
)
_DQN_ATARI = {
    "learning_rate": 1e-4,
    "batch_size": 32,
    "buffer_size": 100_000,
    "learning_starts": 1600,
    "target_update_interval": 1000,
    "train_freq": 4,
    "gradient_steps": 1,
    "exploration_final_eps": 0.01,
}
_SHORT = " (for 1e7 steps: here learning starts at step 1600, as in van Hasselt et al., 2019, and a tenth explores)"
DQN_GRID = _setting(_ZOO.format("dqn", "atari") + _SHORT, _DQN_ATARI, explore=10_000)
DQN_CATCH = _setting(_ZOO.format("dqn", "atari") + _SHORT, _DQN_ATARI, view="conv", explore=10_000)
DQN_MINATAR = _setting(_ZOO.format("dqn", "atari") + _SHORT, _DQN_ATARI, view="conv", explore=20_000)
SAC_PENDULUM = _setting(_ZOO.format("sac", "Pendulum-v1"), {"learning_rate": 1e-3})
RPPO = _setting(
    "sb3-contrib's own settings of RecurrentPPO, but 8 environments, an entropy bonus of 0.01, one batch an epoch and "
    "a learning rate of 0.001 (on seed 100 as far after 16,000 steps, in a third of the time); gamma 0.9, as the "
    "Dreamer that it is held against has it (on seed 101 there in half the steps of 0.99)",
    {"n_steps": 128, "batch_size": 1024, "n_epochs": 10, "learning_rate": 1e-3, "gamma": 0.9, "ent_coef": 0.01},
    n_envs=8,
)

PUBLISHED = {
    "cartpole": {"ppo": PPO_CARTPOLE, "dqn": DQN_CARTPOLE},
    "empty": {"ppo": PPO_GRID, "dqn": DQN_GRID},
    "doorkey": {"ppo": PPO_GRID, "dqn": DQN_GRID},
    "pendulum": {"sac": SAC_PENDULUM, "ppo": PPO_PENDULUM},
    "catch": {"ppo": PPO_ATARI, "dqn": DQN_CATCH},
    "breakout": {"ppo": PPO_MINATAR, "dqn": DQN_MINATAR},
    "doorkey6": {"ppo": PPO_GRID, "ppo-entropy": PPO_GRID_ENTROPY},
    "doorkey8": {"ppo": PPO_GRID, "ppo-entropy": PPO_GRID_ENTROPY},
    "goals": {"rppo": RPPO},
}  # cheapest first


def published(task: str, agent: str) -> dict:
    """The settings of an agent on a task, by their names; raises `MbrlError` that lists what there is."""
    if agent not in PUBLISHED.get(task, {}):
        known = "; ".join(f"{name}: {', '.join(agents)}" for name, agents in PUBLISHED.items())
        raise MbrlError(f"expected a model-free agent and its task, got {agent!r} on {task!r}: choose from {known}")
    return PUBLISHED[task][agent]
