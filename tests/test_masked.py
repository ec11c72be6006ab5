"""Masked world models: what is hidden has no influence, and what the dynamics learn never changes what is seen."""

from dataclasses import replace

import pytest
import torch
from tiny import AGENT, MODEL, SPECS, complaint, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.models import MaskedEncoder, WorldModel
from mbrl_lite.models.masked import SLIM

SPEC = SPECS["image"]


def model(codec: str = "masked") -> WorldModel:
    torch.manual_seed(0)
    return WorldModel(SPEC, replace(MODEL, codec=codec))


def frames(count: int = 3) -> torch.Tensor:
    return random_batch(SPEC).obs.flatten(0, 1)[:count]


def test_what_is_guessed_depends_on_the_kept_features_alone():
    eye, keep = MaskedEncoder(SPEC, 16), torch.tensor([[0, 1, 4, 5]])  # the upper left quarter of 4 x 4 tokens
    picture = frames(1)
    other = picture.clone()
    other[:, 12:, 12:] = 255 - other[:, 12:, 12:]  # beyond the reach of the kept tokens' convolutions
    # The norms of the convolutions see the whole picture: they are taken out here, so that only the mask decides.
    for i, layer in enumerate(eye.convs):
        if isinstance(layer, torch.nn.GroupNorm):
            eye.convs[i] = torch.nn.Identity()
    one, two = (eye._decode(eye._encode(obs, keep), keep) for obs in (picture, other))
    assert torch.allclose(one[0], two[0], atol=1e-6) and torch.allclose(one[1], two[1], atol=1e-6)
    assert not torch.allclose(eye.features(picture), eye.features(other)), "without a mask all is seen"


def test_a_quarter_of_the_tokens_is_kept_and_each_as_often():
    eye, kept = MaskedEncoder(SPEC, 16), torch.zeros(16)
    whole = eye._encode

    def watch(obs, keep):
        assert keep.shape == (len(obs), 4)
        kept.scatter_add_(0, keep.flatten(), torch.ones(keep.numel()))
        return whole(obs, keep)

    eye._encode = watch
    eye.masked_loss(frames(1).expand(400, -1, -1, -1), torch.zeros(400))
    assert (kept / 400 - 0.25).abs().max() < 0.12  # 400 draws: five standard deviations are 0.11


def test_the_loss_of_the_dynamics_never_reaches_the_eye():
    whole, batch = model(), random_batch(SPEC)
    terms, _ = whole.loss(batch)
    sum(terms[name] for name in ("recon", "reward", "cont", "dyn", "rep")).backward()
    eye = whole.encoder
    touched = {name.split(".")[0] for name, p in eye.named_parameters() if p.grad is not None and p.grad.any()}
    assert touched == {"out"}
    (terms["masked_pixels"] + terms["masked_reward"]).backward()
    assert all(p.grad is not None for name, p in eye.named_parameters() if not name.startswith("out."))
    assert eye.features(batch.obs).shape == (3, 7, 16 * SLIM) and not eye.features(batch.obs).requires_grad


@pytest.mark.parametrize("codec", ["masked", "masked_patches"])
def test_an_agent_learns_with_it(codec):
    agent = Dreamer(SPEC, replace(AGENT, model=replace(MODEL, codec=codec)))
    batch = random_batch(SPEC)
    batch = batch._replace(obs=batch.obs[:, :1].expand_as(batch.obs))  # still pictures
    first, _ = agent.update_model(batch)
    for _ in range(25):
        last, states = agent.update_model(batch)
    assert last["masked_pixels"] < first["masked_pixels"] and last["recon"] < first["recon"]
    assert agent.model.decoder.mode(states.feat).shape == batch.obs.shape


def test_pixels_come_out_where_they_belong():
    eye = MaskedEncoder(SPEC, 16)
    eye.pixels.net.weight.data.zero_()
    eye.pixels.net.bias.data.copy_(torch.linspace(0, 2, 48))
    picture = eye.pixels.mode(eye._decode(torch.zeros(1, 16, SLIM))[0])
    wanted = (255 * torch.sigmoid(4 * torch.linspace(-1, 1, 48))).round().to(torch.uint8)
    assert torch.equal(picture[0, 4:8, 8:12].flatten(), wanted), "rows, columns, colours of one patch"


def test_it_is_saved_whole_and_refuses_what_is_no_picture():
    one, two = model(), model()
    two.load_state_dict(one.state_dict())
    assert two.decoder.eye is two.encoder
    assert "pictures" in complaint(lambda: WorldModel(SPECS["vector"], replace(MODEL, codec="masked")))
