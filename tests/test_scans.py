"""Laws of the scans: chunks, resets, extreme decays and long sequences change nothing but the time it takes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mbrl_lite.sequence import linear_scan, ssd, ssd_step
from mbrl_lite.sequence.invariant import invariant
from mbrl_lite.sequence.short_conv import ShortConv


def loop(a, b, start):
    """The recurrence as it is written down."""
    outputs, h = [], start
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        outputs.append(h)
    return torch.stack(outputs, 1)


def assert_close(got, want, tolerance):
    assert (got - want).abs().max() <= tolerance * want.abs().max().clamp(min=1e-30)


@given(st.integers(1, 128), st.booleans(), st.integers(0, 2**16))
def test_a_scan_is_the_recurrence_real_or_complex(T, is_complex, seed):
    torch.manual_seed(seed)
    dtype = torch.complex128 if is_complex else torch.float64
    a = torch.randn(2, T, 3, dtype=dtype)
    a = a / a.abs() * torch.rand(2, T, 3)  # decays of any size below 1
    a = (a * (torch.rand(2, T, 1) > 0.2)).requires_grad_()  # and resets
    b, start = (torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in ((2, T, 3), (2, 3)))
    got, want = linear_scan(a, b, start), loop(a, b, start)
    assert_close(got, want, 1e-12)
    mix = torch.randn_like(want)
    grads = (
        torch.autograd.grad((h * mix).real.sum() if is_complex else (h * mix).sum(), (a, b, start)) for h in (got, want)
    )
    for ours, theirs in zip(*grads, strict=True):
        assert_close(ours, theirs, 1e-10)


@pytest.mark.parametrize("T", [1, 5, 9])
def test_a_scan_has_the_gradients_of_finite_differences(T):
    torch.manual_seed(0)
    parts = [torch.randn(2, T, 2, dtype=torch.complex128), torch.randn(2, T, 2, dtype=torch.complex128)]
    parts.append(torch.randn(2, 2, dtype=torch.complex128))
    assert torch.autograd.gradcheck(linear_scan, [part.requires_grad_() for part in parts])


def ssd_case(B, T, dtype, seed, strength=1.0, resets=0.1):
    torch.manual_seed(seed)
    H, P, N = 2, 3, 4
    x, b, c = torch.randn(B, T, H, P), torch.randn(B, T, N), torch.randn(B, T, N)
    log_decay, start = -strength * torch.rand(B, T, H) ** 4, torch.randn(B, H, P, N)
    parts = [part.to(dtype).requires_grad_() for part in (x, log_decay, b, c, start)]
    return *parts[:4], torch.rand(B, T) < resets, parts[4]


def ssd_fold(x, log_decay, b, c, reset, start):
    """One step after another: outputs and all states."""
    outputs, states, h = [], [], start
    for t in range(x.shape[1]):
        y, h = ssd_step(x[:, t], log_decay[:, t], b[:, t], c[:, t], reset[:, t], h)
        outputs.append(y), states.append(h)
    return torch.stack(outputs, 1), torch.stack(states, 1)


@given(
    st.integers(1, 128),
    st.integers(1, 40),
    st.sampled_from([0.0, 0.1, 0.7]),
    st.sampled_from([0.01, 1.0, 50.0]),
    st.integers(0, 99),
)
def test_any_chunk_gives_the_answer_of_the_recurrence(T, chunk, resets, strength, seed):
    case = ssd_case(2, T, torch.float64, seed, strength, resets)
    at = torch.randint(T, (3,))
    y, last, chosen = ssd(*case, chunk=chunk, at=at)
    want, states = ssd_fold(*case)
    assert_close(y, want, 1e-12), assert_close(last, states[:, -1], 1e-12), assert_close(chosen, states[:, at], 1e-12)
    mixes = torch.randn_like(y), torch.randn_like(last), torch.randn_like(chosen)
    inputs = [part for part in case if part.requires_grad]
    sums = (
        sum((out * mix).sum() for out, mix in zip(outs, mixes))
        for outs in ((y, last, chosen), (want, states[:, -1], states[:, at]))
    )
    for ours, theirs in zip(*(torch.autograd.grad(total, inputs) for total in sums), strict=True):
        assert_close(ours, theirs, 1e-10)


@given(st.integers(1, 70), st.integers(1, 20), st.sampled_from([0.0, 0.1, 0.7]), st.integers(0, 99))
def test_any_chunk_of_an_invariant_recurrence_gives_its_answer(T, chunk, resets, seed):
    torch.manual_seed(seed)
    u, reset, at = torch.randn(2, T, 3, dtype=torch.float64), torch.rand(2, T) < resets, torch.randint(T, (3,))
    log_a = torch.complex(-torch.rand(3, 2).double(), torch.randn(3, 2).double())
    b, c = (torch.randn(3, 2, dtype=torch.complex128) for _ in range(2))
    start = torch.randn(2, 3, 2, dtype=torch.complex128)
    h = loop(log_a.exp() * ~reset[..., None, None], b * u.unsqueeze(-1), start)  # (B, T, D, N)
    y, states = invariant(u, log_a, b, c, reset, start, at, chunk)
    assert_close(y, 2 * (c * h).real.sum(-1), 1e-12), assert_close(states, h[:, at], 1e-12)


@pytest.mark.parametrize("log_decay", [0.0, -1e-8, -30.0, -1e4, -torch.inf])
def test_decays_near_0_and_1_give_numbers_and_gradients(log_decay):
    x, _, b, c, reset, start = ssd_case(2, 70, torch.float32, 0)
    decays = torch.full((2, 70, 2), log_decay, requires_grad=log_decay > -torch.inf)
    if log_decay == -torch.inf:
        decays = decays.clamp(min=torch.finfo(torch.float32).min / 128)  # what a decay of 0 can be in a sum
    y, last, _ = ssd(x, decays, b, c, reset, start)
    want, states = ssd_fold(x, decays, b, c, reset, start)
    assert_close(y, want, 1e-5), assert_close(last, states[:, -1], 1e-5)
    for grad in torch.autograd.grad(y.sum() + last.sum(), [x, b, c, start]):
        assert grad.isfinite().all()


def test_float32_keeps_five_digits_over_8192_steps_with_strong_decays_between():
    x, log_decay, b, c, reset, start = ssd_case(1, 8192, torch.float64, 0, strength=50.0, resets=0.001)
    with torch.no_grad():
        want, states = ssd_fold(x, log_decay, b, c, reset, start)
        low = [part.float() if part.is_floating_point() else part for part in (x, log_decay, b, c, reset, start)]
        y, last, _ = ssd(*low)
    assert_close(y.double(), want, 1e-5), assert_close(last.double(), states[:, -1], 1e-5)


@given(st.integers(1, 20), st.integers(1, 5), st.sampled_from([0.0, 0.3, 1.0]), st.integers(0, 99))
@settings(max_examples=50)
def test_a_convolution_does_not_look_past_a_reset(T, width, resets, seed):
    torch.manual_seed(seed)
    conv = ShortConv(3, width).double()
    x, tail, reset = torch.randn(2, T, 3).double(), torch.randn(2, width - 1, 3).double(), torch.rand(2, T) < resets
    y, past = conv(x, reset, tail)
    tails = conv.tail_at(past, reset, torch.arange(T))
    for t in range(T):
        want, tail = conv.step(x[:, t], reset[:, t], tail)
        assert_close(y[:, t], want, 1e-12)
        assert torch.equal(tails[:, t], tail)
