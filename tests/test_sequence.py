"""The law of sequence models: `forward` equals the fold of `step`, in outputs, states and gradients."""

import re
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mbrl_lite.errors import MbrlError
from mbrl_lite.sequence import GRU, SEQUENCE_MODELS, Feedforward, make_sequence, mamba, mamba2, s4d, s5, transformer

UNITS = 8
SMALL = {  # options that put chunk borders, windows and convolutions where short sequences meet them
    "transformer": partial(transformer, heads=2, window=5),
    "s4d": partial(s4d, state=4, chunk=7),
    "s5": partial(s5, state=4),
    "mamba": partial(mamba, state=3),
    "mamba2": partial(mamba2, state=3, head=4, chunk=7),
}
BACKBONES = [SMALL.get(name, make) for name, make in SEQUENCE_MODELS.items()]
names = {"ids": list(SEQUENCE_MODELS)}
LINEAR = [name for name in SEQUENCE_MODELS if name not in ("gru", "transformer", "feedforward")]
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
    model = backbone(D, UNITS).to(dtype).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)  # a norm's weight of 1 and bias of 0 would hide mistakes
    x = torch.randn(B, T, D, dtype=dtype, requires_grad=True)
    before = torch.randn(B, 3, D, dtype=dtype)  # a state that the model can be in
    state = model.forward(before, torch.zeros(B, 3, dtype=torch.bool))[1].detach().requires_grad_()
    return model, x, torch.rand(B, T) < resets, state


def everything(way, model, x, reset, start):
    """Outputs, last state and gradients of `forward` or `fold`."""
    y, state = way(model, x, reset, start)
    return y, state, gradients(y, state, model, x, start)


def by_forward(model, x, reset, start):
    return model.forward(x, reset, start)


def by_fold(model, x, reset, start):
    y, states = fold(model, x, reset, start)
    return y, states[-1]


@pytest.mark.parametrize("backbone", BACKBONES, **names)
@given(
    st.integers(1, 3),
    st.integers(1, 128),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.2, 0.7, 1.0]),
    st.integers(0, 2**16),
)
def test_forward_is_the_fold_of_step(backbone, B, T, D, resets, seed):
    case64 = case(backbone, torch.float64, B, T, D, resets, seed)
    exact = everything(by_fold, *case64)
    for got, want in zip(everything(by_forward, *case64), exact, strict=True):
        assert_close(got, want)
    model, x, reset, start = case64
    model, x, start = model.float(), *(part.detach().float().requires_grad_() for part in (x, start))
    forward, folded = (everything(way, model, x, reset, start) for way in (by_forward, by_fold))
    for got, loop, want in zip(forward, folded, exact, strict=True):
        # Five digits, but never more than the loop has: norms of nearly nothing lose digits in any order of work.
        slack = 0.0 if backbone in (GRU, Feedforward) else 4 * (loop - want).abs().max()
        assert (got - loop).abs().max() <= TOLERANCE[torch.float32] * want.abs().max() + slack


@pytest.mark.parametrize("backbone", BACKBONES, **names)
def test_states_at_chosen_times_are_those_of_the_fold(backbone):
    model, x, reset, start = case(backbone, torch.float64, 3, 9, 4, 0.3, 0)
    _, states = fold(model, x, reset, start)
    at = torch.tensor([0, 3, 3, 8])
    y, last, chosen = model.forward(x, reset, start, at=at)
    assert_close(chosen, torch.stack([states[t] for t in at], 1))
    assert torch.equal(y, model.forward(x, reset, start)[0]) and torch.equal(last, model.forward(x, reset, start)[1])


@pytest.mark.parametrize("backbone", BACKBONES, **names)
def test_no_state_is_the_empty_state(backbone):
    model, x, reset, _ = case(backbone, torch.float64, 3, 5, 4, 0.3, 0)
    assert torch.equal(model.forward(x, reset)[0], model.forward(x, reset, model.initial(3))[0])


@pytest.mark.parametrize("backbone", BACKBONES, **names)
@given(st.integers(1, 9), st.integers(0, 2**16))
def test_two_parts_with_a_carried_state_are_the_whole(backbone, cut, seed):
    model, x, reset, start = case(backbone, torch.float64, 2, 10, 3, 0.3, seed)
    whole, last = model.forward(x, reset, start)
    first, carried = model.forward(x[:, :cut], reset[:, :cut], start)
    second, end = model.forward(x[:, cut:], reset[:, cut:], carried)
    assert_close(torch.cat([first, second], 1), whole)
    assert_close(end, last)


@pytest.mark.parametrize("backbone", BACKBONES, **names)
@given(st.integers(0, 9), st.integers(0, 2**16))
def test_a_reset_begins_a_sequence_of_its_own(backbone, cut, seed):
    rest = 1e-12 if backbone is SMALL["mamba2"] else 0.0
    model, x, _, start = case(backbone, torch.float64, 2, 10, 3, 0.0, seed)
    reset = torch.zeros(2, 10, dtype=torch.bool)
    reset[:, cut] = True
    alone, _ = model.forward(x[:, cut:], reset[:, cut:] & False)
    y, _ = model.forward(x, reset, start)
    assert_close(y[:, cut:], alone)
    past = torch.autograd.grad(y[:, cut:].sum(), [x, start], materialize_grads=True)
    # nothing before the reset is to blame for what follows; Mamba-2's running sums give and take back: a rest is left
    assert (past[0][:, :cut].abs() <= rest).all() and (past[1].abs() <= rest).all()


@pytest.mark.parametrize("backbone", BACKBONES, **names)
def test_gradients_are_those_of_finite_differences(backbone):
    model, x, reset, start = case(backbone, torch.float64, 2, 5, 3, 0.3, 0)
    assert torch.autograd.gradcheck(lambda x, start: model.forward(x, reset, start), (x, start))


@pytest.mark.parametrize("name", [name for name in SEQUENCE_MODELS if name != "feedforward"])
def test_in_bfloat16_states_stay_exact_and_both_ways_agree(name):
    torch.manual_seed(0)
    model, x, reset = make_sequence(name, 5, 32), torch.randn(3, 40, 5), torch.rand(3, 40) < 0.1
    with torch.autocast("cpu", torch.bfloat16):
        y, last = model.forward(x, reset)
        want, states = fold(model, x, reset, model.initial(3))
    exact, end = model.forward(x, reset)
    assert last.dtype == states[-1].dtype == torch.float32
    for got in (y, want):
        assert (got - exact).abs().max() < 0.05 * exact.abs().max()
    assert (last - end).abs().max() < 0.05 * end.abs().max()
    assert torch.stack(
        [g.isfinite().all() for g in torch.autograd.grad(y.float().sum(), list(model.parameters()))]
    ).all()


@pytest.mark.parametrize("name", LINEAR)
@torch.no_grad()
def test_8192_steps_are_the_fold_of_8192_steps(name):
    model = make_sequence(name, 2, 16).eval()
    x, reset = torch.randn(1, 8192, 2), torch.rand(1, 8192) < 0.001
    y, last = model.forward(x, reset)
    want, states = fold(model.double(), x.double(), reset, model.initial(1))
    assert (y - want).abs().max() <= 1e-4 * want.abs().max()
    assert (last - states[-1]).abs().max() <= 1e-4 * states[-1].abs().max()


@pytest.mark.parametrize("backbone", BACKBONES, **names)
def test_training_lowers_a_loss_that_needs_memory(backbone):
    torch.manual_seed(0)
    model = backbone(2, UNITS)
    head = torch.nn.Linear(UNITS, 1)
    optimiser = torch.optim.Adam([*model.parameters(), *head.parameters()], 0.01)
    x = torch.randn(32, 6, 2)
    reset = torch.zeros(32, 6, dtype=torch.bool)
    for _ in range(150):
        y, _ = model.forward(x, reset)
        loss = (head(y[:, -1]).squeeze(-1) - x[:, 3, 0]).square().mean()  # what was seen two steps before
        optimiser.zero_grad(), loss.backward(), optimiser.step()
    forgets = not model.forward(x, reset)[0][:, -1].var(0).any() or backbone is SEQUENCE_MODELS["feedforward"]
    assert (loss < 0.2) != forgets


@pytest.mark.parametrize("name", [name for name in SEQUENCE_MODELS if name not in ("gru", "feedforward")])
def test_what_does_not_fit_is_refused_by_name(name):
    model = make_sequence(name, 3, 16)
    x, reset = torch.randn(2, 4, 3), torch.zeros(2, 4, dtype=torch.bool)
    for arguments, words in [
        ((x[0, 0], reset), "(B, T, D) with D = 3"),
        ((x[..., :2], reset), "D = 3"),
        ((x[:, :0], reset[:, :0]), "nothing empty"),
        ((x, reset[:, :3]), "expected resets (2, 4)"),
        ((x, reset.float()), "truth values"),
        ((x, reset, model.initial(3)), "another batch's"),
        ((x, reset, make_sequence("gru", 3, 16).initial(2)), "another model's"),
        ((x, reset, model.initial(2).double()), "float64"),
    ]:
        with pytest.raises(MbrlError, match=re.escape(words)):
            model.forward(*arguments)
    with pytest.raises(MbrlError, match="step takes one time"):
        model.step(x, reset, model.initial(2))


def test_a_transformer_of_impossible_sizes_is_refused():
    with pytest.raises(MbrlError, match="heads of even width"):
        transformer(3, 6, heads=4)
    with pytest.raises(MbrlError, match="window of 2 steps"):
        transformer(3, 8, window=1)
    with pytest.raises(MbrlError, match="unexpected keyword argument 'layers'"):
        make_sequence("gru", 3, 8, layers=2)
    with pytest.raises(MbrlError, match="unexpected keyword argument 'heads'"):
        make_sequence("mamba2", 3, 32, heads=2)
    with pytest.raises(MbrlError, match="heads of 48"):
        make_sequence("mamba2", 3, 32, head=48)
    with pytest.raises(MbrlError, match="out of gru"):
        make_sequence("lstm", 3, 8)
