"""Objects matter: the segmenter finds what it was shown, wherever it is, and the model is told."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import AGENT, MODEL, SPECS, complaint, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs.pixels import pixel_sequences
from mbrl_lite.models import Segmenter, WorldModel
from mbrl_lite.models.codecs import register_codec
from mbrl_lite.models.objects import annotated_pixels, objects_codec
from mbrl_lite.models.pictures import PatchDecoder

SPEC = SPECS["image"]


def test_six_annotated_frames_are_enough_to_find_agent_and_target_in_all_others():
    data = pixel_sequences(20, 30, seed=100, context="textures", distractors=2)
    found = Segmenter(*annotated_pixels())(torch.from_numpy(data["obs"])).unflatten(-1, (2, 3)).numpy()
    place = 8 * (found[..., :2] + 1)  # pixels
    hidden = data["is_terminal"]  # the agent stands on the target
    assert (found[..., 0, 2] == 1).all() and np.abs(place[..., 0, :] - data["state"][..., :2]).max() < 1e-5
    assert (found[..., 1, 2] == ~hidden).all() and (found[hidden][:, 1] == 0).all()
    assert np.abs(place[..., 1, :] - (data["state"][..., 2:4] - 0.5))[~hidden].max() < 1e-5


def test_an_object_moved_by_some_pixels_is_found_moved_by_as_many():
    frames = np.zeros((1, 12, 12, 1), np.uint8)
    frames[0, 3:5, 4:7, 0] = [[90, 200, 90], [10, 120, 10]]
    segmenter = Segmenter(frames, frames > 0)
    for di, dj in ((0, 0), (6, -4), (-3, 5)):
        found = segmenter(torch.from_numpy(np.roll(frames, (di, dj), (1, 2))))[0]
        assert torch.allclose(6 * (found[:2] + 1), torch.tensor([4.0 + di, 5.5 + dj])) and found[2] == 1
    assert not segmenter(torch.zeros(1, 12, 12, 1, dtype=torch.uint8)).any(), "nothing is seen in the dark"


def test_the_segmenter_learns_nothing_and_is_saved_with_the_model():
    agent = Dreamer(SPEC, replace(AGENT, model=replace(MODEL, codec="objects")))
    before = {name: value.clone() for name, value in agent.model.encoder.segmenter.state_dict().items()}
    batch = random_batch(SPEC)
    for _ in range(3):
        metrics, _ = agent.update_model(batch)
    assert "recon" in metrics and not list(agent.model.encoder.segmenter.parameters())
    saved = agent.model.state_dict()
    assert all(torch.equal(saved[f"encoder.segmenter.{name}"], value) for name, value in before.items())


def test_the_loss_is_the_pixels_loss_and_half_the_squared_error_in_pixels(monkeypatch):
    torch.manual_seed(0)
    decoder, obs = WorldModel(SPEC, replace(MODEL, codec="objects")).decoder, random_batch(SPEC).obs
    torch.nn.init.zeros_(decoder.net[-1].weight)
    decoder.net[-1].bias.data.copy_(torch.tensor([0.25, 0, 1, 0, -0.5, 0]))  # 2 pixels down; 4 to the left, not seen
    feat = torch.randn(3, 7, 28)
    pixels = PatchDecoder.loss(decoder, feat, obs)
    for seen, wrong in ((1.0, 0.5 * (4 + 16 + 1)), (0.0, 0.5 * 4)):  # of what is hidden nobody is asked the place
        found = torch.tensor([0.0, 0, 1, 0, 0, seen]).expand(3, 7, 6)
        monkeypatch.setattr(decoder.segmenter, "forward", lambda obs, found=found: found)
        assert torch.allclose(decoder.loss(feat, obs) - pixels, torch.tensor(wrong), atol=1e-4)


def test_both_pixels_and_objects_reach_the_embedding():
    torch.manual_seed(0)
    encoder = WorldModel(SPEC, replace(MODEL, codec="objects")).encoder
    obs = torch.from_numpy(pixel_sequences(1, 3, seed=101)["obs"])
    assert torch.allclose(encoder(obs), encoder.pixels(obs) + encoder.objects(encoder.segmenter(obs)))


def test_your_own_objects_are_one_line_and_mistakes_are_sentences(monkeypatch):
    frames = np.zeros((1, 16, 16, 3), np.uint8)
    frames[0, 2, 3] = 255
    from mbrl_lite.models import codecs

    monkeypatch.setattr(codecs, "CODECS", dict(codecs.CODECS))
    register_codec("mine", objects_codec(frames, frames[..., :1] > 0))
    model = WorldModel(SPEC, replace(MODEL, codec="mine"))
    assert model.encoder.segmenter.K == 1 and model.loss(random_batch(SPEC))[0]["recon"].isfinite()
    assert "annotate" in complaint(lambda: Segmenter(frames, frames[..., :1] > 255))
    assert "annotate" in complaint(lambda: WorldModel(SPECS["vector"], replace(MODEL, codec="mine")))


@pytest.mark.parametrize("missing", [0, 1])
def test_an_object_that_no_frame_shows_is_refused(missing):
    frames, masks = annotated_pixels()
    masks[..., missing] = False
    assert "each object" in complaint(lambda: Segmenter(frames, masks))
