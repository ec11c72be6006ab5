"""r2dreamer (NM512/r2dreamer, model.rep_loss=dreamer) for the race: its `Dreamer.update` on one batch."""

import functools
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import hydra
import torch
from serve import parameters, serve
from tensordict import TensorDict


def config(case: dict, checkout: Path):
    """Its own configuration with our case's sizes; nothing else is changed."""
    c, image = case, case["obs"] == "image"
    keys = {"cnn_keys": "image" if image else "'$^'", "mlp_keys": "'$^'" if image else "numbers"}
    sizes = {
        "device": "cpu",
        "model.compile": c["compile"],
        "model.rep_loss": "dreamer",
        "model.imag_horizon": c["horizon"],
        "model.deter": c["deter"],
        "model.hidden": c["units"],
        "model.units": c["units"],
        "model.discrete": c["classes"],
        "model.depth": c["depth"],
        "model.rssm.stoch": c["groups"],
        "model.rssm.img_layers": 1,
        "model.encoder.mlp.layers": c["codec_layers"],
        "model.decoder.mlp.layers": c["codec_layers"],
        "model.reward.layers": c["head_layers"],
        "model.cont.layers": c["head_layers"],
        "model.actor.layers": c["behaviour_layers"],
        "model.critic.layers": c["behaviour_layers"],
        **{f"model.{head}.{name}": f"[{c['bins']}]" for head in ("reward", "critic") for name in ("shape",)},
        **{f"model.{head}.dist.bin_num": c["bins"] for head in ("reward", "critic")},
        **{f"model.{net}.cnn.mults": "[1,2,4,8]" for net in ("encoder", "decoder")},
        **{f"model.{net}.cnn.kernel_size": 4 for net in ("encoder", "decoder")},
        **{f"env.{net}.{name}": value for net in ("encoder", "decoder") for name, value in keys.items()},
    }
    with hydra.initialize_config_dir(str(checkout / "configs"), version_base=None):
        return hydra.compose("configs", [f"{name}={value}" for name, value in sizes.items()]).model


class OneBatch:
    """Stands for its replay buffer: always gives the same batch, and forgets the states it is told to keep."""

    def __init__(self, case: dict, agent):
        B, T, A = case["batch"], case["length"], case["actions"]
        numbers = torch.Generator().manual_seed(0)
        if case["obs"] == "image":
            obs = {"image": torch.randint(0, 256, (B, T, 64, 64, 3), generator=numbers, dtype=torch.uint8)}
        else:
            obs = {"numbers": (torch.rand(B, T, case["size"], generator=numbers) < case["share"]).float()}
        action = torch.randint(A, (B, T), generator=numbers)
        flags = {name: torch.zeros(B, T, 1, dtype=torch.bool) for name in ("is_last", "is_terminal")}
        reward = torch.zeros(B, T, 1)
        reward[0, T // 2] = 1.0
        more = {"reward": reward, "action": torch.nn.functional.one_hot(action, A).float()}
        self.data = TensorDict(obs | flags | more | {"is_first": torch.zeros(B, T, dtype=torch.bool)}, (B, T))
        self.initial = agent.rssm.initial(B)

    def sample(self):
        return self.data.clone(), None, self.initial

    def update(self, index, stoch, deter) -> None:
        pass


def build(case: dict):
    checkout = Path(sys.argv[2])
    sys.path.insert(0, str(checkout))
    import dreamer  # its modules lie at the top of the checkout

    # it computes in float16 where the device can: the race is in float32, or bfloat16 for all
    dreamer.autocast = lambda **_: torch.autocast("cpu", torch.bfloat16, enabled=case["bfloat16"])
    size = (64, 64, 3) if case["obs"] == "image" else (case["size"],)
    name = "image" if case["obs"] == "image" else "numbers"
    space = SimpleNamespace(spaces={name: SimpleNamespace(shape=size)})
    agent = dreamer.Dreamer(config(case, checkout), space, SimpleNamespace(n=case["actions"], discrete=True))
    buffer = OneBatch(case, agent)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True)
    trained = [module for name, module in agent.named_children() if not name.startswith("_")]
    return functools.partial(agent.update, buffer), {
        "version": commit.stdout.strip(),
        "parameters": parameters(*trained),
    }


if __name__ == "__main__":
    serve(build)
