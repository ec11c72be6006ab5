"""Recall: the cue is at the beginning only, windows cut gradients and nothing else, and short contexts forget."""

import numpy as np
import pytest
import torch

from mbrl_lite.evaluation.recall import SYMBOLS, Reader, Recaller, accuracy, recall_batch, train_recall


def test_the_cue_is_told_at_the_beginning_and_asked_for_at_the_end():
    x, cue = recall_batch(np.random.default_rng(0), 500, 9)
    assert x.shape == (500, 11, SYMBOLS + 2) and cue.unique().tolist() == list(range(SYMBOLS))
    assert torch.equal(x[:, 0, :SYMBOLS].argmax(-1), cue)
    assert x[:, 0, SYMBOLS].all() and not x[:, 1:, SYMBOLS].any()
    assert x[:, -1, SYMBOLS + 1].all() and not x[:, :-1, SYMBOLS + 1].any() and not x[:, -1, :SYMBOLS].any()
    for t in range(1, 10):  # nothing between tells of it
        assert (x[:, t, :SYMBOLS].argmax(-1) == cue).float().mean() == pytest.approx(1 / SYMBOLS, abs=0.07)


@pytest.mark.parametrize("sequence", ["gru", "mamba2"])
def test_a_window_cuts_gradients_and_not_what_is_seen(sequence):
    torch.manual_seed(0)
    model = Recaller(Reader(sequence, 32))
    x, _ = recall_batch(np.random.default_rng(0), 2, 8)
    x.requires_grad_()
    whole = model(x)
    model.window = 4  # of 10 steps the last 2 lie in the last window
    assert torch.allclose(model(x), whole, atol=1e-5)
    (grad,) = torch.autograd.grad(model(x).sum(), x)
    assert not grad[:, :8].any() and grad[:, 8:].any()


def test_a_model_that_remembers_fails_where_its_state_is_built_anew():
    model = train_recall(Reader("gru", 32), 6, 400, 32, 0.005, 0)
    assert accuracy(model, 6) > 0.95
    assert accuracy(model, 6, context=4) == pytest.approx(1 / SYMBOLS, abs=0.07)
