"""The law of sequence models: `forward` equals the fold of `step`, in outputs, states and gradients."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mbrl_lite.sequence import GRU, Feedforward

BACKBONES = [GRU, Feedforward]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}  # of the largest reference value


def fold(model, x, reset, state):
    """The reference: one step after another. Returns outputs (B, T, H) and the state after each step."""
    outputs, states = [], []
    for t in range(x.shape[1]):
        y, state = model.step(x[:, t], reset[:, t], state)
        outputs.append(y), states.append(state)
    return torch.stack(outputs, 1), states


def gradients(y, state, model, x, start):
    """Gradients of a fixed random mixture of outputs and last state: parameters, input and start in one flat row."""
    noise = torch.Generator().manual_seed(1)
    mix = sum((part * torch.randn(part.shape, generator=noise, dtype=part.dtype)).sum() for part in (y, state))
    wanted = [*model.parameters(), x, start]  # a model without memory has no gradient to its start: zeros then
    return torch.cat([part.flatten() for part in torch.autograd.grad(mix, wanted, materialize_grads=True)])


def assert_close(got, want):
    assert (got - want).abs().max() <= TOLERANCE[want.dtype] * want.abs().max().clamp(min=1e-30)


def case(backbone, dtype, B, T, D, resets, seed):
    torch.manual_seed(seed)
    model = backbone(D, 6).to(dtype).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)  # a norm's weight of 1 and bias of 0 would hide mistakes
    x = torch.randn(B, T, D, dtype=dtype, requires_grad=True)
    state = torch.randn_like(model.initial(B)).requires_grad_()
    return model, x, torch.rand(B, T) < resets, state


@pytest.mark.parametrize("backbone", BACKBONES)
@given(
    st.sampled_from(list(TOLERANCE)),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    st.integers(0, 2**16),
)
def test_forward_is_the_fold_of_step(backbone, dtype, B, T, D, resets, seed):
    model, x, reset, start = case(backbone, dtype, B, T, D, resets, seed)
    want, states = fold(model, x, reset, start)
    got, last = model.forward(x, reset, start)
    assert_close(got, want)
    assert_close(last, states[-1])
    assert_close(gradients(got, last, model, x, start), gradients(want, states[-1], model, x, start))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_states_at_chosen_times_are_those_of_the_fold(backbone):
    model, x, reset, start = case(backbone, torch.float64, 3, 9, 4, 0.3, 0)
    _, states = fold(model, x, reset, start)
    at = torch.tensor([0, 3, 3, 8])
    y, last, chosen = model.forward(x, reset, start, at=at)
    assert_close(chosen, torch.stack([states[t] for t in at], 1))
    assert torch.equal(y, model.forward(x, reset, start)[0]) and torch.equal(last, model.forward(x, reset, start)[1])


@pytest.mark.parametrize("backbone", BACKBONES)
def test_no_state_is_the_empty_state(backbone):
    model, x, reset, _ = case(backbone, torch.float64, 3, 5, 4, 0.3, 0)
    assert torch.equal(model.forward(x, reset)[0], model.forward(x, reset, model.initial(3))[0])


@pytest.mark.parametrize("backbone", BACKBONES)
@given(st.integers(1, 9), st.integers(0, 2**16))
def test_two_parts_with_a_carried_state_are_the_whole(backbone, cut, seed):
    model, x, reset, start = case(backbone, torch.float64, 2, 10, 3, 0.3, seed)
    whole, last = model.forward(x, reset, start)
    first, carried = model.forward(x[:, :cut], reset[:, :cut], start)
    second, end = model.forward(x[:, cut:], reset[:, cut:], carried)
    assert_close(torch.cat([first, second], 1), whole)
    assert_close(end, last)


@pytest.mark.parametrize("backbone", BACKBONES)
@given(st.integers(0, 9), st.integers(0, 2**16))
def test_a_reset_begins_a_sequence_of_its_own(backbone, cut, seed):
    model, x, _, start = case(backbone, torch.float64, 2, 10, 3, 0.0, seed)
    reset = torch.zeros(2, 10, dtype=torch.bool)
    reset[:, cut] = True
    alone, _ = model.forward(x[:, cut:], reset[:, cut:] & False)
    y, _ = model.forward(x, reset, start)
    assert_close(y[:, cut:], alone)
    past = torch.autograd.grad(y[:, cut:].sum(), [x, start], materialize_grads=True)
    assert not past[0][:, :cut].any() and not past[1].any()  # nothing before the reset is to blame for what follows


@pytest.mark.parametrize("backbone", BACKBONES)
def test_gradients_are_those_of_finite_differences(backbone):
    model, x, reset, start = case(backbone, torch.float64, 2, 5, 3, 0.3, 0)
    assert torch.autograd.gradcheck(lambda x, start: model.forward(x, reset, start), (x, start))
