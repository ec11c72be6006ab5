"""The cost of sequence models: every row has a positive time for each name, and crossings lie where lines cross."""

import pytest
import torch
from tiny import SPECS

from mbrl_lite.evaluation.sequence_cost import (
    WORLD_MODELS,
    cost_map,
    crossing,
    made_up,
    one_layer,
    pass_milliseconds,
    update_map,
    world_model,
)
from mbrl_lite.sequence import SEQUENCE_MODELS


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_each_model_makes_one_layer_that_sees_the_whole_sequence(name):
    torch.manual_seed(0)
    model, x = one_layer(name, 9, units=32), torch.randn(2, 9, 32, requires_grad=True)
    y, _ = model.forward(x, torch.zeros(2, 9, dtype=torch.bool))
    assert y.shape == x.shape
    (grad,) = torch.autograd.grad(y[:, -1].sum(), x)
    assert bool(grad[:, 0].any()) is (name != "feedforward")


def test_a_map_has_a_row_for_each_batch_and_length():
    rows = cost_map(("gru", "mamba2"), (1, 2), (3, 5), units=32, rounds=1)
    assert [(row["B"], row["T"]) for row in rows] == [(1, 3), (1, 5), (2, 3), (2, 5)]
    assert all(set(row) == {"B", "T", "gru", "mamba2"} and min(row["gru"], row["mamba2"]) > 0 for row in rows)


def test_a_pass_reaches_the_parameters():
    model = one_layer("gru", 4, units=8)
    assert pass_milliseconds(model, 2, 4, units=8, rounds=1) > 0
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("dear", "cheap", "where"),
    [
        ([1, 4, 16], [2, 4, 8], 20.0),  # they meet exactly at a measured length
        ([1, 16, 256], [4, 16, 64], 20.0),
        ([1, 100, 100], [10, 10, 10], 10 * 2**0.5),  # half-way between 10 and 20 on a logarithmic axis
        ([2, 2, 2], [1, 1, 1], 10.0),  # cheaper from the first on
        ([1, 1, 1], [2, 2, 2], None),
        ([3, 3, 1], [2, 2, 2], None),  # cheaper, but not in the end
        ([1, 3, 1, 100], [10, 1, 10, 10], 40 * 2**0.5),  # the last time they cross
    ],
)
def test_a_crossing_is_where_the_cheaper_one_stays_cheaper(dear, cheap, where):
    lengths = [10, 20, 40, 80][: len(dear)]
    got = crossing(lengths, dear, cheap)
    assert got is None if where is None else got == pytest.approx(where)


@pytest.mark.parametrize("name", WORLD_MODELS)
def test_each_world_model_sees_the_whole_sequence(name):
    torch.manual_seed(0)
    model, batch = world_model(name, SPECS["planes"], 9, units=32), made_up(SPECS["planes"], 1, 9)
    changed = batch.action.clone()
    changed[:, 0] = 1

    def last(action):
        torch.manual_seed(0)
        return model.observe(batch._replace(action=action)).states.h[:, -1]

    assert not torch.equal(last(batch.action), last(changed))


def test_a_map_of_updates_has_a_row_for_each_batch_and_length():
    rows = update_map(SPECS["grid"], (1, 2), (3,), rounds=1)
    assert [(row["B"], row["T"]) for row in rows] == [(1, 3), (2, 3)]
    assert all(set(row) == {"B", "T", *WORLD_MODELS} and min(row[name] for name in WORLD_MODELS) > 0 for row in rows)
