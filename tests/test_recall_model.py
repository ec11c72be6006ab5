"""Recall by a world model: the cue is seen at the beginning only, windows cut gradients alone, memory can be learnt."""

import numpy as np
import pytest
import torch

from mbrl_lite.claims.catalogue.s4wm_backbones import LEARNERS
from mbrl_lite.evaluation.recall_model import (
    PAID,
    SHOWN,
    Learner,
    answers,
    corridor_batch,
    corridor_model,
    told,
    train_corridor,
)
from mbrl_lite.evaluation.recall_model import terms as terms_of

LEARNER = Learner(**LEARNERS["s4d"])


def test_the_cue_is_seen_at_the_beginning_and_paid_under_the_lamp():
    walks, cue = corridor_batch(np.random.default_rng(0), 200, 5)
    assert walks.obs.shape == (200, SHOWN + 5 + PAID, 2) and set(cue.tolist()) == {-1.0, 1.0}
    assert (walks.obs[:, :SHOWN, 0] == cue[:, None]).all() and not walks.obs[:, SHOWN:, 0].any()
    assert walks.obs[:, -PAID:, 1].all() and not walks.obs[:, :-PAID, 1].any()
    assert (walks.reward[:, -PAID:] == cue[:, None]).all() and not walks.reward[:, :-PAID].any()
    assert walks.is_first[:, 0].all() and not walks.is_first[:, 1:].any()
    for t in range(walks.action.shape[1]):  # what is done tells nothing
        assert abs((walks.action[:, t] * 2 - 1).float() @ cue) < 60


@pytest.mark.parametrize("learner", [Learner(window=8), Learner("gru", {}, "history", 8)])
def test_a_window_cuts_gradients_and_not_what_is_seen(learner):
    torch.manual_seed(0)
    model = corridor_model(learner, 16)
    walks, _ = corridor_batch(np.random.default_rng(0), 2, 4)  # 20 steps: the last 4 lie in the last window
    walks.obs.requires_grad_()
    torch.manual_seed(1)  # z is drawn step by step: in another order, so only where the memory is h are they alike
    losses, feat = terms_of(model, walks, learner.window)
    assert feat.shape[1] == 4
    (grad,) = torch.autograd.grad(losses["reward"] + losses["recon"], walks.obs)
    assert not grad[:, :16].any() and grad[:, 16:].any()
    torch.manual_seed(1)
    whole = terms_of(model, walks)[1]
    if learner.posterior == "history":
        assert torch.allclose(feat, whole[:, 16:], atol=1e-5)


def test_half_is_told_after_little_training_and_all_of_it_after_more():
    assert answers(train_corridor(LEARNER, 8, 20, 16, 0.01, 0), 8) == pytest.approx(0.5, abs=0.1)
    assert answers(train_corridor(LEARNER, 8, 300, 16, 0.01, 0), 8) > 0.95


def test_what_is_told_is_the_likelier_of_two_rewards():
    model = corridor_model(LEARNER)
    feat, cue = torch.randn(3, PAID, model.rssm.feat_size), torch.tensor([1.0, -1.0, 1.0])
    right = told(model, feat, cue)
    assert right.shape == (3, PAID)
    assert not (told(model, feat, -cue) & right).any()


def test_the_learners_are_of_one_size():
    sizes = [sum(p.numel() for p in corridor_model(Learner(**its)).parameters()) for its in LEARNERS.values()]
    assert max(sizes) < 1.1 * min(sizes)
