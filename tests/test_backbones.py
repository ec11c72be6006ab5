"""World models on every sequence model, with both posteriors: the laws of time hold, dreams go on from their start."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import AGENT, MODEL, SPECS, complaint, play, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.data import Uniform
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models import WorldModel
from mbrl_lite.models.world_model import POSTERIORS
from mbrl_lite.sequence import SEQUENCE_MODELS

SPEC = SPECS["vector"]
each = pytest.mark.parametrize("sequence", SEQUENCE_MODELS)
both = pytest.mark.parametrize("posterior", POSTERIORS)


def made(sequence: str, posterior: str, **changes) -> WorldModel:
    torch.manual_seed(1)
    return WorldModel(SPEC, replace(MODEL, sequence=sequence, posterior=posterior, **changes))


def batch_of(seed: int = 0):
    batch = random_batch(SPEC, 3, 7, seed)
    batch.is_first[:, 0] = True
    return batch


@each
@both
def test_observe_is_the_fold_of_filter(sequence, posterior):
    model, batch = made(sequence, posterior, latent="deterministic"), batch_of()
    with torch.no_grad():
        states = model.observe(batch).states
        state, previous = None, torch.zeros(3, dtype=torch.int64)
        for t in range(7):
            state = model.filter(batch.obs[:, t], previous, batch.is_first[:, t], state)
            for part, whole in zip(state, states, strict=True):
                assert part is whole is None or torch.allclose(part, whole[:, t], atol=1e-5)
            previous = batch.action[:, t]


@each
@both
def test_chosen_states_are_some_of_all_and_all_is_computed_alike(sequence, posterior):
    model, batch, at = made(sequence, posterior), batch_of(), torch.tensor([0, 2, 6])
    with torch.no_grad():
        torch.manual_seed(0)
        states = model.observe(batch).states
        torch.manual_seed(0)
        seen, chosen = model.observe(batch, at=at)
        assert torch.allclose(seen.states.feat, states.feat) and seen.states.carry is None
        for part, whole in zip(chosen, states, strict=True):
            assert part is whole is None or torch.allclose(part, whole[:, at])
        losses, starts = model.loss(batch, at)
        assert set(losses) == set(model.loss(batch)[0]) and starts.h.shape[:2] == (3, 3)


@each
def test_a_posterior_of_the_frame_sees_nothing_else(sequence):
    model, batch = made(sequence, "frame"), batch_of()
    other = batch._replace(obs=torch.cat([batch.obs[:, :3] + 1, batch.obs[:, 3:]], 1), action=(batch.action + 1) % 3)
    one, two = model.observe(batch).posterior, model.observe(other).posterior
    assert torch.equal(one[:, 3:], two[:, 3:]) and not torch.allclose(one[:, :3], two[:, :3])


@each
@both
def test_what_follows_a_reset_knows_nothing_of_the_past(sequence, posterior):
    model, batch = made(sequence, posterior, latent="deterministic"), batch_of()
    batch.is_first[:, 3] = True
    other = batch._replace(obs=batch.obs.clone(), action=batch.action.clone())
    other.obs[:, :3] += 1
    other.action[:, :3] = (batch.action[:, :3] + 1) % 3
    one, two = model.observe(batch), model.observe(other)
    assert torch.equal(one.states.feat[:, 3:], two.states.feat[:, 3:]) and torch.equal(
        one.prior[:, 3:], two.prior[:, 3:]
    )


@each
@both
def test_a_dream_goes_on_as_the_model_would(sequence, posterior):
    model, batch = made(sequence, posterior), batch_of()
    with torch.no_grad():
        start = model.observe(batch, at=torch.tensor([2]))[1].map(lambda part: part[:, 0])
        actions = iter(batch.action[:, 2:].unbind(1))
        torch.manual_seed(3)
        dream = model.imagine(lambda feat: next(actions), start, 4)
        torch.manual_seed(3)
        state = start
        for t in range(4):
            state = model.rssm.dream_step(state, model.action_input(batch.action[:, 2 + t]))
            # a dream looks up what dream_step multiplies: the order of sums, and so the last bit, is the processor's
            assert torch.allclose(dream.feat[:, t + 1], state.feat, atol=1e-6)


@each
@both
def test_an_agent_acts_learns_and_dreams_with_it(sequence, posterior):
    replay = play("CartPole-v1", 2, 60)
    config = replace(AGENT, model=replace(MODEL, sequence=sequence, posterior=posterior))
    agent = Dreamer(EnvSpec("vector", (4,), 2), config)
    before = [p.clone() for p in agent.model.rssm.sequence.parameters()]
    sampler = Uniform(0)
    assert {"recon", "actor", "critic"} <= set([agent.update(replay, sampler) for _ in range(3)][-1])
    assert all(
        not torch.equal(old, new)
        for old, new in zip(before, agent.model.rssm.sequence.parameters())
        if new.grad is not None
    )
    action, state = agent.act(np.zeros((3, 4), np.float32), np.ones(3, bool))
    again, _ = agent.act(np.zeros((3, 4), np.float32), np.zeros(3, bool), state)
    assert action.shape == again.shape == (3,)


@each
def test_an_agent_learns_in_bfloat16(sequence):
    replay = play("CartPole-v1", 2, 60)
    config = replace(AGENT, model=replace(MODEL, sequence=sequence, posterior="frame"), precision="bfloat16")
    agent = Dreamer(EnvSpec("vector", (4,), 2), config)
    assert all(np.isfinite(value) for value in agent.update(replay, Uniform(0)).values())


def test_an_unknown_posterior_is_refused():
    assert "history, frame" in complaint(lambda: made("gru", "both"))
