"""sheeprl's DreamerV3 for the race: its `train` on one batch, with the sizes of the case."""

import importlib.metadata
from pathlib import Path

import gymnasium as gym
import hydra
import numpy as np
import sheeprl
import torch
from lightning import Fabric
from omegaconf import OmegaConf
from serve import parameters, serve
from sheeprl.algos.dreamer_v3.agent import build_agent
from sheeprl.algos.dreamer_v3.dreamer_v3 import train
from sheeprl.algos.dreamer_v3.utils import Moments
from sheeprl.utils.metric import MetricAggregator
from sheeprl.utils.utils import dotdict


def config(case: dict):
    """Its own configuration with our case's sizes; nothing else is changed."""
    c, image = case, case["obs"] == "image"
    world = "algo.world_model."
    sizes = {
        "algo.dense_units": c["units"],
        "algo.horizon": c["horizon"],
        "algo.actor.mlp_layers": c["behaviour_layers"],
        "algo.critic.mlp_layers": c["behaviour_layers"],
        "algo.critic.bins": c["bins"],
        world + "encoder.mlp_layers": c["codec_layers"],
        world + "observation_model.mlp_layers": c["codec_layers"],
        world + "reward_model.mlp_layers": c["head_layers"],
        world + "discount_model.mlp_layers": c["head_layers"],
        world + "reward_model.bins": c["bins"],
        world + "encoder.cnn_channels_multiplier": c["depth"],
        world + "recurrent_model.recurrent_state_size": c["deter"],
        world + "transition_model.hidden_size": c["units"],
        world + "representation_model.hidden_size": c["units"],
        world + "stochastic_size": c["groups"],
        world + "discrete_size": c["classes"],
        "algo.per_rank_batch_size": c["batch"],
        "algo.per_rank_sequence_length": c["length"],
        **{f"algo.cnn_keys.{part}": "[pixels]" if image else "[]" for part in ("encoder", "decoder")},
        **{f"algo.mlp_keys.{part}": "[]" if image else "[numbers]" for part in ("encoder", "decoder")},
        "env.screen_size": 64,
        "fabric.accelerator": "cpu",
    }
    changes = ["exp=dreamer_v3", "algo=dreamer_v3_XS", "env=dummy", *(f"{k}={v}" for k, v in sizes.items())]
    with hydra.initialize_config_dir(str(Path(sheeprl.__file__).parent / "configs"), version_base="1.3"):
        return dotdict(OmegaConf.to_container(hydra.compose("config.yaml", changes), resolve=True))


def batch(case: dict) -> dict[str, torch.Tensor]:
    """A batch as its replay gives it: (T, B, ...), floats."""
    B, T, A = case["batch"], case["length"], case["actions"]
    rng = np.random.default_rng(0)
    if case["obs"] == "image":
        obs = {"pixels": torch.tensor(rng.integers(0, 256, (T, B, 3, 64, 64)), dtype=torch.float32)}
    else:
        obs = {"numbers": torch.tensor(rng.random((T, B, case["size"])) < case["share"], dtype=torch.float32)}
    flags = {name: torch.zeros(T, B, 1) for name in ("terminated", "truncated", "is_first")}
    rewards = torch.zeros(T, B, 1)
    rewards[T // 2, 0] = 1.0
    actions = torch.nn.functional.one_hot(torch.tensor(rng.integers(A, size=(T, B))), A).float()
    return obs | flags | {"rewards": rewards, "actions": actions}


def build(case: dict):
    """The update of its main loop: the slow critic's step, then `train`; no metrics are kept."""
    cfg = config(case)
    torch.distributions.Distribution.set_default_validate_args(cfg.distribution.validate_args)
    MetricAggregator.disabled = True
    fabric = Fabric(accelerator="cpu", devices=1, precision="bf16-mixed" if case["bfloat16"] else "32-true")
    fabric.launch()
    space = (
        {"pixels": gym.spaces.Box(0, 255, (3, 64, 64), np.uint8)}
        if case["obs"] == "image"
        else {"numbers": gym.spaces.Box(-np.inf, np.inf, (case["size"],), np.float32)}
    )
    model, actor, critic, target, _ = build_agent(fabric, (case["actions"],), False, cfg, gym.spaces.Dict(space))
    optimisers = fabric.setup_optimizers(
        *(
            hydra.utils.instantiate(settings.optimizer, params=module.parameters(), _convert_="all")
            for settings, module in ((cfg.algo.world_model, model), (cfg.algo.actor, actor), (cfg.algo.critic, critic))
        )
    )
    moments = Moments(cfg.algo.actor.moments.decay, cfg.algo.actor.moments.max, 0.05, 0.95)
    data, tau = batch(case), cfg.algo.critic.tau

    def update() -> None:
        for fast, slow in zip(critic.parameters(), target.parameters(), strict=True):
            slow.data.copy_(tau * fast.data + (1 - tau) * slow.data)
        train(
            fabric, model, actor, critic, target, *optimisers, dict(data), None, cfg, False, (case["actions"],), moments
        )

    return update, {
        "version": importlib.metadata.version("sheeprl"),
        "parameters": parameters(model, actor, critic),
    }


if __name__ == "__main__":
    serve(build)
