"""Pictures against their background: what the codec normalises by, when it learns it, and that faint things count."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import AGENT, MODEL, SPECS, random_batch

from mbrl_lite.agents import Dreamer, load_agent, save_agent
from mbrl_lite.models import WorldModel
from mbrl_lite.models.codecs import make_codec
from mbrl_lite.models.contrast import SLOWEST, Contrast, ContrastDecoder

SPEC = SPECS["image"]


def pictures(*shape: int, low: int = 0, high: int = 256) -> torch.Tensor:
    return torch.randint(low, high, (*shape, *SPEC.shape), dtype=torch.uint8)


@given(st.integers(0, 2**31 - 1), st.integers(1, 6))
def test_what_was_taken_in_is_the_mean_of_all_batches(seed, batches):
    torch.manual_seed(seed)
    contrast, seen = Contrast(SPEC.shape), [pictures(2, 3) for _ in range(batches)]
    for batch in seen:
        contrast.take_in(batch)
    whole = torch.stack(seen).flatten(0, 2) / 255
    assert torch.allclose(contrast.mean, whole.mean(0), atol=1e-5)
    assert float(contrast.square) == pytest.approx(float((whole - whole.mean(0)).square().mean()), rel=0.6)


def test_a_picture_comes_back_from_its_deviation():
    torch.manual_seed(0)
    contrast = Contrast(SPEC.shape)
    contrast.take_in(pictures(4, high=100))
    some = pictures(2, 3)
    assert torch.equal(contrast.picture(contrast(some)), some)


def test_a_world_that_never_changes_has_no_deviation_and_no_nan():
    contrast, still = Contrast(SPEC.shape), pictures(1, 1).expand(2, 3, *SPEC.shape)
    for _ in range(5):
        contrast.take_in(still)
    assert contrast(still).abs().max() < 1e-2 and contrast.spread > 0


def test_an_old_background_is_forgotten_at_last():
    contrast = Contrast(SPEC.shape)
    contrast.batches.fill_(10 * SLOWEST)
    contrast.take_in(torch.full((1, 1, *SPEC.shape), 255, dtype=torch.uint8))
    assert torch.allclose(contrast.mean, torch.full(SPEC.shape, 0.5 + 0.5 / SLOWEST))


def test_all_that_changes_is_worth_the_same_in_every_world():
    torch.manual_seed(0)
    for low, high in ((0, 256), (100, 110)):  # bright and faint
        encoder, decoder = make_codec(SPEC, 4, 8, "contrast")
        some = pictures(20, 10, low=low, high=high)
        encoder.contrast.take_in(some)
        torch.nn.init.zeros_(decoder.layers[-1].weight), torch.nn.init.zeros_(decoder.layers[-1].bias)
        with torch.no_grad():
            nats = decoder.loss(torch.randn(20, 10, 4), some).mean()
        assert float(nats) == pytest.approx(ContrastDecoder.nats, rel=0.02)


def test_only_what_is_learnt_from_enters_the_background():
    model = WorldModel(SPEC, replace(MODEL, codec="contrast"))
    contrast, batch = model.encoder.contrast, random_batch(SPEC)
    with torch.no_grad():
        model.loss(batch)
    model.filter(batch.obs[:, 0], batch.action[:, 0], batch.is_first[:, 0], None)
    assert int(contrast.batches) == 0
    model.loss(batch)
    assert int(contrast.batches) == 1


@pytest.mark.parametrize("heads", ["feat", "split"])
def test_the_background_is_saved_with_the_agent(tmp_path, heads):
    model = replace(MODEL, codec="contrast", heads=heads)
    agent = Dreamer(SPEC, replace(AGENT, model=model))
    agent.update_model(random_batch(SPEC))
    save_agent(tmp_path / "agent.safetensors", agent, "CartPole-v1")
    back = load_agent(tmp_path / "agent.safetensors").agent
    assert torch.equal(back.model.encoder.contrast.mean, agent.model.encoder.contrast.mean)
    feat = torch.randn(3, agent.model.rssm.feat_size)
    assert torch.equal(back.model.decoder.mode(feat), agent.model.decoder.mode(feat))


def test_a_faint_bar_is_seen_where_coins_see_nothing():
    """A bar of two pixels, 35 grey values above its field, as Pong's paddles in 32 x 32: in which row is it?"""
    rng, spec = np.random.default_rng(0), SPECS["image"]

    def drawn(codec: str) -> float:
        """Grey values of the bar above its field, of 35."""
        torch.manual_seed(0)
        encoder, decoder = make_codec(spec, 32, 32, codec)
        optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 3e-3)
        for _ in range(150):
            obs, row = torch.full((64, 1, *spec.shape), 87, dtype=torch.uint8), 2 * rng.integers(0, 8, 64)
            obs[torch.arange(64), 0, row, 3] = obs[torch.arange(64), 0, row + 1, 3] = 122
            loss = decoder.loss(encoder(obs), obs).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return float(decoder.mode(encoder(obs))[torch.arange(64), 0, row, 3].float().mean()) - 87

    assert drawn("contrast") > 25 > 15 > drawn("auto")
