"""The agents by name: which parts make them, how large they are, and that each of them learns, saves and goes on."""

from dataclasses import replace

import pytest
import torch
from tiny import MODEL, SPECS, complaint, random_batch, train_config

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models import WorldModel
from mbrl_lite.training import PRESETS, Run, fit, preset
from mbrl_lite.training.family import FAMILY, agent_name, as_agent

DOORKEY, ATARI = EnvSpec("grid", (7, 7, 3), 7), EnvSpec("image", (64, 64, 3), 6)
each = pytest.mark.parametrize("name", FAMILY)


def parameters(module) -> int:
    return sum(p.numel() for p in module.parameters())


@each
def test_an_agent_is_one_word_and_knows_its_name(name):
    config = preset("laptop", agent=name)
    assert agent_name(config).lower() == name
    assert as_agent(config, "dreamer") == PRESETS["laptop"]
    assert parameters(Dreamer(DOORKEY, config.agent)) < 1_000_000


def test_an_unknown_agent_is_refused_and_the_nearest_named():
    assert "did you mean 'drama'?" in complaint(lambda: preset("laptop", agent="dramma"))


def test_drama_as_published_has_seven_million_numbers():
    config = PRESETS["drama100k"]
    assert agent_name(config) == "Drama" and config.agent.starts == 1024 and config.agent.length == 128
    agent = Dreamer(ATARI, replace(config.agent, device="cpu"))
    assert 6.8e6 <= parameters(agent.model) <= 7.4e6
    assert agent.model.rssm.sequence.layers[0].sizes[1] == 2 * 512 * 16


@each
def test_an_agent_trains_and_goes_on_where_it_was_stopped(name, tmp_path):
    changes = {"agent": replace(as_agent(train_config(), name).agent, context=4), "sampler": FAMILY[name][4]}
    config = {**vars(train_config(**changes)), "steps": 120}
    whole = fit(
        "CartPole-v1", tmp_path / "whole", "smoke", quiet=True, **{k: v for k, v in config.items() if k != "env"}
    )
    assert whole.updates > 2 and agent_name(whole.config).lower() == name
    again = Run.resume(tmp_path / "whole")
    for a, b in zip(whole.agent.parameters(), again.agent.parameters(), strict=True):
        assert torch.equal(a, b)


def test_split_heads_read_their_own_part_of_the_state():
    torch.manual_seed(0)
    model, batch = WorldModel(SPECS["planes"], replace(MODEL, heads="split")), random_batch(SPECS["planes"])
    torch.nn.init.normal_(model.reward_head.net[-1].weight)
    feat = model.observe(batch).states.feat.detach().requires_grad_()
    drawn = model.decoder.loss(feat, batch.obs)
    reward, cont = model.predict(feat)
    for number, reads_h in ((drawn, False), (reward, True), (cont, True)):
        slope = torch.autograd.grad(number.sum(), feat)[0].abs().sum((0, 1))
        h, z = slope.split([16, 12])
        assert bool(h.any()) == reads_h and bool(z.any()) != reads_h
    assert model.decoder.mode(feat).shape == batch.obs.shape


def test_heads_that_are_none_are_refused():
    assert "feat, split" in complaint(lambda: WorldModel(SPECS["vector"], replace(MODEL, heads="both")))
