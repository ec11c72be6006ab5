"""Dreamer: learn a world model from replay, learn to act inside it."""

import math
from dataclasses import dataclass, field

import torch
from torch import nn

from mbrl_lite.agents.behaviour import Behaviour, BehaviourConfig
from mbrl_lite.data import Replay, Sampler
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import ModelConfig, WorldModel


@dataclass(frozen=True)
class DreamerConfig:
    """Everything that makes a Dreamer, apart from the environment."""

    model: ModelConfig = field(default_factory=ModelConfig)
    behaviour: BehaviourConfig = field(default_factory=BehaviourConfig)
    batch: int = 32  # B, sequences an update
    length: int = 16  # T, steps a sequence
    horizon: int = 15  # H, steps a dream
    starts: int = 128  # dreams an update, from states drawn among the B x T
    lr_model: float = 1e-3  # Adam's step size for the world model
    lr_behaviour: float = 3e-4  # and for actor and critic
    clip: float = 100.0  # largest gradient norm of each
    precision: str = "float32"  # or "bfloat16": matrix products only, weights and sums stay float32


class Dreamer(nn.Module):
    """The agent: `act` in the world, `update` from replay."""

    def __init__(self, spec: EnvSpec, config: DreamerConfig):
        super().__init__()
        self.spec, self.config = spec, config
        self.model = WorldModel(spec, config.model)
        self.behaviour = Behaviour(self.model.rssm.feat_size, spec.actions, config.behaviour)
        behaviour = [p for p in self.behaviour.parameters() if p.requires_grad]
        self.optimisers = {
            "model": torch.optim.Adam(self.model.parameters(), config.lr_model, eps=1e-8, fused=True),
            "behaviour": torch.optim.Adam(behaviour, config.lr_behaviour, eps=1e-8, fused=True),
        }

    def _autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.config.precision == "bfloat16")

    @torch.no_grad()
    def act(self, obs, is_first, state=None, greedy: bool = False):
        """Actions (N,) and the state to carry on, for obs (N, ...) and is_first (N,) bool arrays."""
        obs, is_first = torch.as_tensor(obs), torch.as_tensor(is_first)
        latent, action = (None, torch.zeros(len(obs), dtype=torch.int64)) if state is None else state
        latent = self.model.filter(obs, action, is_first, latent)
        action = self.behaviour.act(latent.feat, greedy)
        return action.numpy(), (latent, action)

    def update(self, replay: Replay, sampler: Sampler) -> dict[str, float]:
        """One step of the world model and, once replay holds a reward, one of actor and critic.

        Returns every loss term by name; raises `MbrlError` naming one that is not finite, before it does harm.
        """
        batch = replay.sample(sampler, self.config.batch, self.config.length)
        with self._autocast():
            losses, states = self.model.loss(batch)
        metrics = self._descend("model", losses)
        if not len(replay.rewarded()[0]):
            return metrics  # nothing to want yet: until a first reward the actor stays as random as it began
        states = states.map(lambda part: part.detach().flatten(0, 1))  # (B T, ...)
        cont = 1 - batch.is_terminal.flatten().float()
        pick = torch.randperm(len(cont))[: self.config.starts]
        with self._autocast():
            dream = self.model.imagine(self.behaviour.act, states.map(lambda part: part[pick]), self.config.horizon)
            losses, info = self.behaviour.loss(dream, cont[pick])
        metrics |= self._descend("behaviour", losses)
        self.behaviour.update_slow()
        return metrics | {name: value.item() for name, value in info.items()}

    def _descend(self, name: str, losses: dict[str, torch.Tensor]) -> dict[str, float]:
        values = {term: loss.item() for term, loss in losses.items()}
        for term, value in values.items():
            if not math.isfinite(value):
                raise MbrlError(
                    f"the loss term {term!r} became {value} where a finite number was expected: "
                    f"the {name} was not updated; try a smaller step size"
                )
        optimiser = self.optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        params = optimiser.param_groups[0]["params"]
        norm = nn.utils.clip_grad_norm_(params, self.config.clip).item()
        if not math.isfinite(norm):  # a step would make every weight NaN, and the next checkpoint worthless
            raise MbrlError(
                f"the gradient of the {name} became {norm} where a finite number was expected: "
                f"the {name} was not updated; try a smaller step size"
            )
        optimiser.step()
        return values | {f"{name}_grad": norm}

    def optimiser_tensors(self) -> dict[str, torch.Tensor]:
        """The optimisers' state by name, flat."""
        return {
            f"optimiser.{name}.{index}.{key}": value
            for name, optimiser in self.optimisers.items()
            for index, state in optimiser.state_dict()["state"].items()
            for key, value in state.items()
        }

    def load_optimiser_tensors(self, tensors: dict[str, torch.Tensor]) -> None:
        """The inverse of `optimiser_tensors`; other names are left alone."""
        for name, optimiser in self.optimisers.items():
            state: dict[int, dict] = {}
            for key, value in tensors.items():
                if key.startswith(f"optimiser.{name}."):
                    index, field_name = key.split(".")[2:]
                    state.setdefault(int(index), {})[field_name] = value.clone()
            optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
