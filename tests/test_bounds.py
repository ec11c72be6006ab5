"""Laws of the simulation lemma: never crossed, nearly reached, and its constants are what they are said to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import one_sentence

from mbrl_lite.claims.catalogue import survey_mbrl_luo
from mbrl_lite.envs.tabular import MDP
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.bounds import model_error, policy_shift_bound, simulation_bound, value_gap
from mbrl_lite.planning import evaluate_policy


def random_world(seed: int, S: int = 5, A: int = 2):
    """A table, a model that is wrong in some rows, rewards of any sign and a policy."""
    rng = np.random.default_rng(seed)
    P, Q = rng.dirichlet(np.full(S, 0.3), size=(2, S, A))
    P_hat = P + rng.random((S, A, 1)) * rng.random() * (Q - P)
    return P, P_hat, rng.normal(size=(S, A)), rng.dirichlet(np.ones(A), size=S)


def leak(eps: float):
    """Two states: one pays 1 and holds you; the model believes that it lets you go to the other with chance eps."""
    P = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    return P, np.array([[[1 - eps, eps]], [[0.0, 1.0]]]), np.array([[1.0], [0.0]]), np.ones((2, 1))


@given(st.integers(0, 10_000), st.floats(0.0, 0.99))
def test_the_gap_never_crosses_the_bound(seed, gamma):
    P, P_hat, R, pi = random_world(seed)
    bound = simulation_bound(model_error(P, P_hat).max(), gamma, np.ptp(R))
    assert np.abs(value_gap(P, P_hat, R, pi, gamma)).max() <= bound + 1e-10


@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
def test_no_smaller_constant_would_hold(gamma):
    gap = value_gap(*leak(1e-7), gamma).max()
    assert gap <= simulation_bound(1e-7, gamma, 1.0)
    assert gap == pytest.approx(simulation_bound(1e-7, gamma, 1.0), rel=1e-3)


def test_the_leak_in_closed_form():
    gamma, eps = 0.9, 0.1
    assert value_gap(*leak(eps), gamma)[0] == pytest.approx(1 / (1 - gamma) - 1 / (1 - gamma * (1 - eps)))


@given(st.integers(0, 10_000))
def test_rewards_count_by_their_range(seed):
    P, P_hat, R, pi = random_world(seed)
    gap = value_gap(P, P_hat, R, pi, 0.9)
    np.testing.assert_allclose(gap, value_gap(P, P_hat, R + 5, pi, 0.9), atol=1e-9)
    np.testing.assert_allclose(-3 * gap, value_gap(P, P_hat, -3 * R, pi, 0.9), atol=1e-9)


@given(st.integers(0, 10_000))
def test_total_variation_is_the_largest_error_of_any_event(seed):
    P, P_hat, _, _ = random_world(seed, S=4)
    events = np.array(list(np.ndindex(2, 2, 2, 2)))  # (16, 4)
    worst = np.abs((P - P_hat) @ events.T).max(-1)
    np.testing.assert_allclose(model_error(P, P_hat), worst, atol=1e-12)


def test_the_gap_is_between_the_policys_two_values():
    P, P_hat, R, pi = random_world(0)
    expected = evaluate_policy(MDP(P, R, 0.9), pi) - evaluate_policy(MDP(P_hat, R, 0.9), pi)
    np.testing.assert_allclose(value_gap(P, P_hat, R, pi, 0.9), expected, atol=1e-12)


@given(st.integers(0, 10_000), st.floats(0.1, 0.95))
def test_a_shifted_policy_stays_inside_its_bound(seed, gamma):
    """Janner et al.'s setting: eps_m averages over another policy's data, eps_pi is its distance in the worst state."""
    P, P_hat, R, mu = random_world(seed)
    rng = np.random.default_rng(seed)
    pi = mu + 0.3 * (rng.dirichlet(np.ones(2), size=5) - mu)
    error, at, worst = (mu * model_error(P, P_hat)).sum(-1), np.eye(5)[0], 0.0
    for _ in range(200):
        worst, at = max(worst, at @ error), at @ (mu[..., None] * P).sum(1)
    eps_pi = np.abs(pi - mu).sum(-1).max() / 2
    gap = np.abs(value_gap(P, P_hat, R, pi, gamma)[0])
    assert gap <= policy_shift_bound(worst, eps_pi, gamma, np.abs(R).max()) + 1e-9


def test_without_error_or_shift_there_is_no_gap():
    P, _, R, pi = random_world(3)
    assert np.abs(value_gap(P, P, R, pi, 0.9)).max() == 0
    assert simulation_bound(0.0, 0.9, 1.0) == policy_shift_bound(0.0, 0.0, 0.9, 1.0) == 0


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda P, Q, R, pi: model_error(2 * P, Q), "sums to 2"),
        (lambda P, Q, R, pi: model_error(P, Q[:4, :, :4] / Q[:4, :, :4].sum(-1, keepdims=True)), "one shape"),
        (lambda P, Q, R, pi: model_error(P[:, 0], Q), "transition table"),
        (lambda P, Q, R, pi: value_gap(P, Q, R, pi[:4], 0.9), "policy"),
        (lambda P, Q, R, pi: value_gap(P, Q, R, pi, 1.0), "gamma"),
        (lambda P, Q, R, pi: simulation_bound(0.1, 1.5, 1.0), "gamma"),
        (lambda P, Q, R, pi: simulation_bound(1.1, 0.9, 1.0), "total variation"),
        (lambda P, Q, R, pi: simulation_bound(0.1, 0.9, -1.0), "size of the rewards"),
        (lambda P, Q, R, pi: policy_shift_bound(0.1, -0.1, 0.9, 1.0), "total variation"),
    ],
)
def test_bad_input_is_one_sentence(call, words):
    with pytest.raises(MbrlError, match=words) as error:
        call(*random_world(0))
    one_sentence(error.value)


def test_the_claims_worlds_are_what_they_say():
    for kind in survey_mbrl_luo.KINDS:
        P = survey_mbrl_luo.sample(kind, survey_mbrl_luo.SETTINGS, np.random.default_rng(0))
        np.testing.assert_allclose(P.sum(-1), 1)
        assert ((P > 0).sum(-1) == 3).all()
    s = np.arange(20)
    assert (P[:, s, :, (s + 5) % 20] == 0).all()  # a ring steps to its neighbours only


def test_the_claims_experiment_gives_every_number_its_parts_need():
    found = survey_mbrl_luo.measure(survey_mbrl_luo.SETTINGS | {"worlds": 2}, 100)
    assert all(np.isfinite(value) for value in found.values())
    assert {part.treatment for part in survey_mbrl_luo.CLAIM.parts} <= set(found)


def test_a_bound_that_is_too_small_is_seen(monkeypatch):
    """The claim counts crossings: a bound just below the largest gap is crossed, one just above it is not."""
    small = survey_mbrl_luo.SETTINGS | {"worlds": 2}
    closest = survey_mbrl_luo.measure(small, 100)["tightest"]
    for share, crossed in ((1.0, False), (1.01 * closest, False), (0.99 * closest, True)):
        scaled = lambda *given, share=share: share * simulation_bound(*given)  # noqa: E731
        monkeypatch.setattr(survey_mbrl_luo, "simulation_bound", scaled)
        assert (survey_mbrl_luo.measure(small, 100)["violations"] > 0) == crossed
