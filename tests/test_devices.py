"""Devices: everything an update touches lies where the agent computes, and a device that is not there is refused."""

import contextlib
from dataclasses import replace

import pytest
import torch
from tiny import AGENT, MODEL, SPECS, complaint, play, random_batch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from mbrl_lite.agents import Dreamer, load_agent, load_into, save_agent
from mbrl_lite.data import DFS, Uniform
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models.latents import Categorical
from mbrl_lite.sequence import SEQUENCE_MODELS

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


MOVES = ("_to_copy", "copy_", "index", "index_backward")  # indices may lie on the processor


class Together(TorchDispatchMode):
    """Lets nothing be computed from numbers that lie apart; single ones do no harm."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        parts = [part for part in tree_flatten((args, kwargs))[0] if isinstance(part, torch.Tensor) and part.dim()]
        name = func.overloadpacket.__name__
        assert name in MOVES or len({part.device for part in parts}) < 2, f"{name} of {[p.device for p in parts]}"
        return func(*args, **(kwargs or {}))


@pytest.fixture
def nowhere(monkeypatch):
    """The device "meta" has shapes but no numbers, so every machine has it."""
    monkeypatch.setattr(Categorical, "find", lambda self, z: None)  # would have to look at the numbers
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda *kind: False)  # does not know this device
    monkeypatch.setattr(torch, "autocast", lambda *kind, **settings: contextlib.nullcontext())
    return torch.device("meta")


@pytest.mark.parametrize("posterior", ["history", "frame"])
@pytest.mark.parametrize(
    ("kind", "sequence"), [(kind, "gru") for kind in SPECS] + [("vector", s) for s in SEQUENCE_MODELS]
)
def test_no_number_of_an_update_stays_on_the_processor(kind, sequence, posterior, nowhere):
    model = replace(MODEL, sequence=sequence, posterior=posterior)
    agent = Dreamer(SPECS[kind], replace(AGENT, model=model)).to(nowhere)
    batch = random_batch(SPECS[kind]).map(lambda part: part.to(nowhere))
    with Together():
        losses, states = agent.model.loss(batch, torch.tensor([0, 3]))
        sum(losses.values()).backward()
        states = states.map(lambda part: part.detach().flatten(0, 1))
        dream = agent.model.imagine(agent.behaviour.dream_policy, states, 3, tell=True)
        losses, info = agent.behaviour.loss(dream, torch.ones(len(states.h), device=nowhere))
        sum(losses.values()).backward()
    parts = [*dream[:4], *info.values(), *(p.grad for p in agent.parameters() if p.grad is not None)]
    assert {part.device.type for part in parts} == {"meta"}


@pytest.mark.parametrize("name", ["cuda:99", "abacus"])
def test_a_device_that_is_not_there_is_refused(name):
    assert f"got {name!r}" in complaint(lambda: Dreamer(SPECS["vector"], replace(AGENT, device=name)))


def test_an_agent_trained_elsewhere_is_read_for_the_processor(tmp_path, monkeypatch):
    monkeypatch.setattr("mbrl_lite.agents.dreamer.usable_device", lambda name: torch.device("cpu"))
    agent = Dreamer(SPECS["vector"], replace(AGENT, device="cuda"))
    save_agent(tmp_path / "agent", agent, "CartPole-v1")
    saved = load_agent(tmp_path / "agent")
    assert saved.agent.config.device == "cpu"
    load_into(Dreamer(SPECS["vector"], AGENT), tmp_path / "agent")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("sequence", SEQUENCE_MODELS)
def test_an_agent_acts_and_learns_where_it_is_told_to(sequence, precision, device):
    replay, spec = play("CartPole-v1", 2, 40), EnvSpec("vector", (4,), 2)
    model = replace(MODEL, sequence=sequence, posterior="frame")
    for sampler in (Uniform(0), DFS(0)):
        agent = Dreamer(spec, replace(AGENT, device=device, context=4, precision=precision, model=model))
        before = [parameter.clone() for parameter in agent.parameters()]
        assert {"recon", "actor", "critic"} <= set(agent.update(replay, sampler))
        assert any(not torch.equal(a, b) for a, b in zip(before, agent.parameters(), strict=True))
        action, _ = agent.act(torch.zeros(3, 4).numpy(), torch.ones(3, dtype=torch.bool).numpy())
        assert action.shape == (3,)
