"""Layers and distributions: inverses, sums to one, samples as often as they should, gradients where they should be."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Categorical, kl_divergence

from mbrl_lite.nn import (
    MLP,
    NormLinear,
    Ones,
    TwoHot,
    categorical_entropy,
    categorical_kl,
    one_hot_linear,
    one_hot_sample,
    sample_index,
    straight_through,
    symexp,
    symlog,
    unimix,
)

numbers = st.floats(-1e4, 1e4)
logits = st.lists(st.floats(-200, 200), min_size=2, max_size=12)


def f64(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


# symlog and two-hot ------------------------------------------------------------------------------


@given(numbers)
def test_symexp_undoes_symlog(x):
    assert symexp(symlog(f64(x))).item() == pytest.approx(x, rel=1e-12)
    assert symlog(f64(x)).item() == pytest.approx(math.copysign(math.log(abs(x) + 1), x), rel=1e-12)
    assert symlog(-f64(x)) == -symlog(f64(x))


@given(numbers, st.sampled_from([5, 7, 41, 255]))
def test_two_hot_weights_two_neighbours_and_means_the_number(x, bins):
    two_hot = TwoHot(bins)
    weights = two_hot.encode(torch.tensor(x))
    place = weights.nonzero().flatten()
    assert weights.shape == (bins,) and weights.min() >= 0 and weights.sum().item() == pytest.approx(1, abs=1e-5)
    assert 1 <= len(place) <= 2 and place.max() - place.min() <= 1
    assert two_hot.mean(weights.log()).item() == pytest.approx(x, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("x, place", [(1e9, -1), (-1e9, 0), (float("inf"), -1)])
def test_beyond_the_bins_is_the_last_bin(x, place):
    weights = TwoHot(11).encode(torch.tensor(x))
    assert weights[place] == 1 and weights.sum() == 1


def test_two_hot_keeps_the_leading_shape():
    two_hot, x = TwoHot(9), torch.randn(2, 3)
    assert two_hot.encode(x).shape == (2, 3, 9) and two_hot.loss(torch.randn(2, 3, 9), x).shape == (2, 3)
    assert two_hot.mean(torch.randn(2, 3, 9)).shape == (2, 3)


@given(numbers)
def test_the_two_hot_loss_is_least_at_its_target(x):
    two_hot = TwoHot(21)
    target = two_hot.encode(torch.tensor(x))
    best = (target + 1e-12).log().requires_grad_()
    loss = two_hot.loss(best, torch.tensor(x))
    assert loss.item() == pytest.approx(Categorical(target).entropy().item(), abs=1e-4)
    loss.backward()
    assert best.grad.abs().max() < 1e-5
    assert two_hot.loss(torch.randn(21), torch.tensor(x)) > loss


def test_a_head_without_opinion_expects_nothing():
    assert TwoHot(41).mean(torch.zeros(41)).item() == pytest.approx(0, abs=1e-6)


# Categoricals ------------------------------------------------------------------------------------


@given(logits, st.sampled_from([0.0, 0.01, 0.5, 1.0]))
def test_unimix_is_a_mixture_with_the_uniform_distribution(values, mix):
    values = torch.tensor(values)
    probs = unimix(values, mix)
    uniform = 1 / len(values)
    assert probs.sum().item() == pytest.approx(1, abs=1e-5) and probs.min().item() >= mix * uniform * (1 - 1e-5)
    assert torch.allclose(probs, (1 - mix) * values.softmax(-1) + mix * uniform, atol=1e-6)


def test_unimix_works_in_float32_whatever_comes():
    assert unimix(torch.randn(4, dtype=torch.bfloat16), 0.01).dtype == torch.float32


def frequencies(probs: torch.Tensor, count: int = 100_000) -> torch.Tensor:
    sample = one_hot_sample(probs.expand(count, -1))
    assert sample.shape == (count, len(probs)) and sample.dtype == probs.dtype
    assert set(sample.unique().tolist()) <= {0.0, 1.0} and (sample.sum(-1) == 1).all()
    return sample.mean(0)


EXTREME = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.0, 0.5], [0.999999, 1e-6], [0.3, 0.3, 0.3]]
RARE = [0.99] + [0.01 / 15] * 15  # a confident categorical of 16 classes behind a unimix


@pytest.mark.parametrize("probs", [[0.1, 0.2, 0.3, 0.4], [0.7, 0.01, 0.29], RARE, *EXTREME[:-1]])
def test_samples_come_as_often_as_their_probability_says(probs):
    probs, count = torch.tensor(probs), 100_000
    tolerance = 5 * (probs * (1 - probs) / count).sqrt() + 1e-9  # five standard deviations; what cannot be never is
    assert ((frequencies(probs, count) - probs).abs() <= tolerance).all()


def test_probabilities_that_rounding_left_short_of_one_still_give_a_sample():
    assert (frequencies(torch.tensor(EXTREME[-1]), 1000) > 0).all()


def test_bfloat16_products_leave_rare_classes_and_small_numbers_alone():
    probs, count = torch.tensor(RARE), 100_000
    two_hot, x = TwoHot(41), torch.linspace(0.5, 1, 50)
    with torch.autocast("cpu", torch.bfloat16):
        seen = frequencies(probs, count)
        mean = two_hot.mean(two_hot.encode(x).log())
    assert ((seen - probs).abs() <= 5 * (probs / count).sqrt()).all()
    assert mean.dtype == torch.float32 and torch.allclose(mean, x, atol=1e-4)


def test_samples_are_independent():
    pair = one_hot_sample(torch.full((20_000, 2, 2), 0.5)).argmax(-1).float()
    assert abs(torch.corrcoef(pair.T)[0, 1]) < 5 / 20_000**0.5


def test_straight_through_is_the_sample_forward_and_the_probabilities_backward():
    values, weight = torch.randn(5, 4, requires_grad=True), torch.randn(5, 4)
    probs = unimix(values, 0.1)
    sample = one_hot_sample(probs)
    through = straight_through(sample, probs)
    assert torch.allclose(through, sample, atol=1e-6)
    mine, direct = (torch.autograd.grad((y * weight).sum(), values, retain_graph=True)[0] for y in (through, probs))
    assert torch.equal(mine, direct) and mine.any()


def test_a_sample_alone_has_no_gradient():
    assert not one_hot_sample(torch.rand(3, 4, requires_grad=True).softmax(-1)).requires_grad


@given(logits, st.integers(0, 2**16))
def test_kl_is_that_of_torch(values, seed):
    p, q = unimix(torch.tensor(values), 0.01), unimix(torch.randn(len(values)) * 3, 0.01)
    expected = kl_divergence(Categorical(p), Categorical(q))
    assert categorical_kl(p, q).item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-5)
    assert categorical_kl(p, p) == 0


@given(logits, st.sampled_from([0.0, 0.01]))
def test_entropy_is_that_of_torch_and_its_gradient_is_a_number(values, mix):
    x = torch.tensor(values, requires_grad=True)
    entropy = categorical_entropy(unimix(x, mix))
    entropy.backward()
    assert entropy.item() == pytest.approx(Categorical(unimix(f64(values), mix)).entropy().item(), abs=1e-4)
    assert x.grad.isfinite().all() and x.grad.sum().abs() < 1e-4


def test_the_class_that_is_drawn_is_the_one_that_is_hot():
    probs = torch.rand(50, 3, 7).softmax(-1)
    torch.manual_seed(1)
    index = sample_index(probs)
    torch.manual_seed(1)
    assert index.shape == (50, 3) and torch.equal(one_hot_sample(probs).argmax(-1), index)


# Layers ------------------------------------------------------------------------------------------


def test_mlp_shapes_and_no_opinion():
    x = torch.randn(3, 2, 5)
    assert MLP(5, 8, 2, 4)(x).shape == (3, 2, 4) and MLP(5, 8, 0, 4)(x).shape == (3, 2, 4)
    assert MLP(5, 8, 2, 4)(x).any() and not MLP(5, 8, 2, 4, zero=True)(x).any()
    assert len([m for m in MLP(5, 8, 2, 4) if isinstance(m, NormLinear)]) == 2


def test_norm_linear_forgets_the_scale_of_its_input():
    layer, x = NormLinear(6, 32).double(), torch.randn(4, 6, dtype=torch.float64)
    assert torch.allclose(layer(x), layer(1e3 * x), atol=1e-3) and not torch.allclose(layer(x), layer(-x), atol=1e-3)


def ones_at_the_end(dense: int, groups: int, classes: int) -> tuple[torch.Tensor, Ones]:
    """Rows (4, 3, dense + groups * classes) of numbers, then one-hot groups."""
    index = torch.randint(classes, (4, 3, groups)) + classes * torch.arange(groups)
    hot = torch.zeros(4, 3, groups * classes).scatter_(-1, index, 1.0)
    return torch.cat([torch.randn(4, 3, dense), hot], -1), Ones(index, groups * classes)


@given(st.integers(0, 5), st.integers(1, 4), st.integers(1, 5), st.booleans())
def test_looking_rows_up_is_multiplying_by_ones_and_zeros(dense, groups, classes, grad):
    x, ones = ones_at_the_end(dense, groups, classes)
    weight = torch.randn(6, x.shape[-1])
    sides = []
    for product in (lambda x, weight: one_hot_linear(x, ones, weight), torch.nn.functional.linear):
        its = x.clone().requires_grad_(grad), weight.clone().requires_grad_(grad)
        y = product(*its)
        if grad:
            y.square().sum().backward()
        sides.append([y] + ([part.grad for part in its] if grad else []))
    for looked_up, multiplied in zip(*sides, strict=True):
        assert torch.allclose(looked_up, multiplied, rtol=1e-4, atol=1e-4)


def test_an_mlp_told_where_the_ones_are_says_the_same():
    x, ones = ones_at_the_end(5, 3, 4)
    net = MLP(17, 8, 2, 4)
    assert torch.allclose(net(x, ones), net(x), atol=1e-5)
    net = MLP(17, 8, 0, 4)
    assert torch.allclose(net(x, ones), net(x), atol=1e-5)
