"""Dreamer: learn a world model from replay, learn to act inside it."""

import math
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from mbrl_lite.agents.behaviour import Behaviour, BehaviourConfig
from mbrl_lite.agents.explore import Disagreement, ExploreConfig
from mbrl_lite.data import DFS, Batch, Replay, Sampler
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Dream, Latent, ModelConfig, WorldModel


@dataclass(frozen=True)
class DreamerConfig:
    """Everything that makes a Dreamer, apart from the environment."""

    model: ModelConfig = field(default_factory=ModelConfig)
    behaviour: BehaviourConfig = field(default_factory=BehaviourConfig)
    explore: ExploreConfig = field(default_factory=ExploreConfig)
    batch: int = 32  # B, sequences an update
    length: int = 16  # T, steps a sequence
    horizon: int = 15  # H, steps a dream
    starts: int = 128  # dreams an update, from states drawn among the B x T
    context: int = 8  # steps that lead to a dream's start, where the sampler chooses starts of its own
    lr_model: float = 1e-3  # Adam's step size for the world model
    lr_behaviour: float = 1e-3  # and for actor and critic
    clip: float = 100.0  # largest gradient norm of each
    precision: str = "float32"  # or "bfloat16": matrix products only, weights and sums stay float32
    device: str = "cpu"  # where it computes: "cpu", "cuda" for a GPU, or "auto"


def usable_device(name: str) -> torch.device:
    """The device called `name`, for "auto" a GPU if there is one.

    Raises `MbrlError` for one that torch does not know or this machine does not have.
    """
    name = name if name != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise MbrlError(
            f"expected a device that this machine has, as cpu or cuda, got {name!r}: {reason}; use cpu"
        ) from None
    return device


def _read(numbers: dict[str, torch.Tensor]) -> dict[str, float]:
    """The numbers in single tensors; all at once, for a GPU is waited for at every reading."""
    return dict(zip(numbers, torch.stack([n.detach().float() for n in numbers.values()]).tolist(), strict=True))


class Dreamer(nn.Module):
    """The agent: `act` in the world, `update` from replay."""

    def __init__(self, spec: EnvSpec, config: DreamerConfig):
        super().__init__()
        self.spec, self.config = spec, config
        self.device = usable_device(config.device)
        self.model = WorldModel(spec, config.model)
        feat = self.model.rssm.feat_size
        self.behaviour = Behaviour(feat, spec, config.behaviour)
        parts = {"model": (self.model, config.lr_model), "behaviour": (self.behaviour, config.lr_behaviour)}
        self.disagreement = None
        if config.explore.weight:
            self.disagreement = Disagreement(feat, spec.actions, self.model.rssm.latent, config.explore)
            parts["disagreement"] = (self.disagreement, config.lr_model)
        self.to(self.device)
        self.optimisers = {
            name: torch.optim.Adam([p for p in part.parameters() if p.requires_grad], lr, eps=1e-8, fused=True)
            for name, (part, lr) in parts.items()
        }

    def _autocast(self):
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16")

    @torch.no_grad()
    def act(self, obs, is_first, state=None, greedy: bool = False):
        """Actions (N,) and the state to carry on, for obs (N, ...) and is_first (N,) bool arrays."""
        obs, is_first = (torch.as_tensor(array, device=self.device) for array in (obs, is_first))
        latent, action = (None, torch.from_numpy(self.spec.no_action(len(obs)))) if state is None else state
        latent, action = latent and latent.map(self._here), self._here(action)
        latent = self.model.filter(obs, action, is_first, latent)
        action = self.behaviour.act(latent.feat, greedy)
        if self.spec.continuous:
            action = action.clamp(-1, 1)  # what the world is given is what replay and model hear of
        return action.cpu().numpy(), (latent, action)

    def _here(self, part: torch.Tensor) -> torch.Tensor:
        return part.to(self.device)

    def update(self, replay: Replay, sampler: Sampler) -> dict[str, float]:
        """One step of the world model and, once there is something to want, one of actor and critic.

        Returns every loss term by name; raises `MbrlError` naming one that is not finite, before it does harm.
        """
        batch = replay.sample(sampler, self.config.batch, self.config.length).map(self._here)
        at = self._times()
        metrics, states = self.update_model(batch, at)
        if not len(replay.rewarded()[0]) and self.disagreement is None:
            return metrics  # no reward yet: until a first one the actor stays as random as it began
        if isinstance(sampler, DFS):
            batch, at = self._contexts(replay, sampler), torch.tensor([self.config.context - 1])
            with torch.no_grad(), self._autocast():
                _, states = self.model.observe(batch, at=at)
        ends = batch.is_terminal if at is None else batch.is_terminal[:, at]
        return metrics | self.update_behaviour(states, 1 - ends.float())

    def _contexts(self, replay: Replay, sampler: DFS) -> Batch:
        """Short sequences at whose ends dreams begin, where the sampler wants them."""
        starts = sampler.dream_starts(replay, self.config.starts, self.config.context)
        return replay.gather(*starts, self.config.context).map(self._here)

    def _times(self) -> torch.Tensor | None:
        """At which steps of a batch dreams may start: at all, or, where states are large, at a few drawn anew."""
        if self.model.rssm.initial(1).carry is None or self.disagreement is not None:
            return None
        return torch.randperm(self.config.length)[: math.ceil(self.config.starts / self.config.batch)].sort().values

    def update_model(self, batch: Batch, at: torch.Tensor | None = None) -> tuple[dict[str, float], Latent]:
        """One step of the world model on a batch, and of the ensemble if there is one.

        Also the posterior's states: all, (B, T, ...), or those at times `at` (n,).
        """
        with self._autocast():
            losses, states = self.model.loss(batch, at)
        metrics = self._descend("model", losses)
        states = states.map(torch.Tensor.detach)  # (B, T, ...)
        if self.disagreement is not None:
            action = self.model.action_input(batch.action)
            with self._autocast():
                loss = self.disagreement.loss(states, action, batch.is_first)
            metrics |= self._descend("disagreement", {"guess": loss})
        return metrics, states

    def update_behaviour(self, states: Latent, cont: torch.Tensor) -> dict[str, float]:
        """One step of actor and critic on dreams from some of the states (B, T, ...); cont (B, T) is 0 at ends."""
        states, cont = states.map(lambda part: part.flatten(0, 1)), cont.flatten()
        pick = torch.randperm(len(cont))[: self.config.starts].to(self.device)
        with self._autocast(), self._frozen_model():
            start = states.map(lambda part: part[pick])
            policy, pathwise = self.behaviour.dream_policy, self.behaviour.pathwise
            dream = self.model.imagine(policy, start, self.config.horizon, pathwise, tell=True)
            losses, info = self.behaviour.loss(self._with_bonus(dream), cont[pick])
        metrics = self._descend("behaviour", losses)
        self.behaviour.update_slow()
        return metrics | _read(info)

    def _with_bonus(self, dream: Dream) -> Dream:
        """The dream with the bonus for what the ensemble does not agree about added to its rewards."""
        if self.disagreement is None:
            return dream
        bonus = self.disagreement.bonus(dream.feat[:, :-1], self.model.action_input(dream.action))
        return dream._replace(reward=dream.reward + bonus)

    @contextmanager
    def _frozen_model(self):
        """Dreams may carry gradients through the model (pathwise), but never to it."""
        frozen = [part for part in (self.model, self.disagreement) if part is not None and self.behaviour.pathwise]
        for part in frozen:
            part.requires_grad_(False)
        try:
            yield
        finally:
            for part in frozen:
                part.requires_grad_(True)

    def _descend(self, name: str, losses: dict[str, torch.Tensor]) -> dict[str, float]:
        values = _read(losses)
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
