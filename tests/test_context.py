"""ContextWM: the decoder is told what stays, by one frame of the same row."""

from dataclasses import replace

import torch
from tiny import AGENT, MODEL, SPECS, complaint, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.models import WorldModel

SPEC = SPECS["image"]


def model() -> WorldModel:
    torch.manual_seed(0)
    return WorldModel(SPEC, replace(MODEL, codec="context"))


def test_the_context_is_that_of_one_frame_of_the_same_row():
    decoder, batch, feat = model().decoder, random_batch(SPEC), torch.randn(3, 7, 28)
    with torch.no_grad():
        possible = torch.stack(
            [decoder.decoder.loss(decoder._beside(feat, decoder.context(batch.obs[:, t])), batch.obs) for t in range(7)]
        )  # (7, B, T)
        seen = set()
        for seed in range(60):
            torch.manual_seed(seed)
            loss = decoder.loss(feat, batch.obs)
            match = torch.isclose(possible, loss, atol=1e-4).all(-1)  # (7, B)
            assert (match.sum(0) == 1).all(), "all steps of a row share the context of one of its frames"
            seen |= {(int(t), b) for b, t in enumerate(match.float().argmax(0))}
    assert len(seen) == 21, "and it may be any of them"


def test_the_context_changes_the_picture_and_not_the_latent():
    whole, batch = model(), random_batch(SPEC)
    torch.manual_seed(0)
    states = whole.observe(batch).states
    torch.nn.init.constant_(whole.decoder.context.out.norm.bias, 3.0)
    torch.manual_seed(0)
    assert torch.equal(whole.observe(batch).states.feat, states.feat)
    one, two = (whole.decoder.mode(states.feat, batch.obs[:, t]) for t in (0, 5))
    assert one.shape == batch.obs.shape and one.dtype == torch.uint8 and not torch.equal(one, two)
    assert torch.equal(whole.decoder.mode(states.feat), whole.decoder.mode(states.feat)), "the mean context by itself"


def test_the_gradient_of_the_pixels_reaches_the_context_and_the_mean_follows_training_only():
    whole, batch = model(), random_batch(SPEC)
    whole.loss(batch)[0]["recon"].backward()
    assert all(p.grad is not None and p.grad.any() for p in whole.decoder.context.parameters())
    mean = whole.decoder.mean.clone()
    assert mean.any()
    with torch.no_grad():
        whole.loss(batch)
    assert torch.equal(whole.decoder.mean, mean)


def test_an_agent_learns_with_it():
    agent, batch = Dreamer(SPEC, replace(AGENT, model=replace(MODEL, codec="context"))), random_batch(SPEC)
    first, _ = agent.update_model(batch)
    for _ in range(20):
        last, _ = agent.update_model(batch)
    assert last["recon"] < first["recon"]


def test_what_is_no_picture_is_refused():
    assert "pictures" in complaint(lambda: WorldModel(SPECS["vector"], replace(MODEL, codec="context")))
