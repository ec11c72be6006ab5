"""Laws of maximum-entropy correction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize
from tiny import one_sentence

from mbrl_lite.envs.cliff import cliff_walk
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning.maxent import correct, tilt

SEEDS = st.integers(0, 10_000)


def case(seed: int, S: int = 6, A: int = 2, d: int = 2, sparse: bool = False):
    """A world's table P, a model P_hat that can say what P does, basis functions and their exact expectations."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(S, 0.1 if sparse else 1.0), size=(S, A))
    P_hat = 0.3 * P + 0.7 * rng.dirichlet(np.full(S, 0.5), size=(S, A))
    phi = rng.normal(size=(d, S)) * 10.0 ** rng.integers(-3, 4)
    return P, P_hat, phi, P @ phi.T


def kl(p, q):
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0).sum(-1)


@given(SEEDS, st.integers(1, 4), st.booleans())
def test_matched_expectations_hold(seed, d, sparse):
    P, P_hat, phi, psi = case(seed, S=8, d=d, sparse=sparse)
    found = correct(P_hat, phi, psi)
    assert np.abs(found.P @ phi.T - psi).max() < 1e-7 * np.ptp(phi)
    assert found.gap.max() < 1e-7
    assert np.abs(found.P.sum(-1) - 1).max() < 1e-12 and (found.P >= 0).all()


@given(SEEDS, st.sampled_from([0.0, 0.1, 10.0]))
def test_a_right_model_stays_as_it_is(seed, beta):
    P, _, phi, psi = case(seed)
    assert np.abs(correct(P, phi, psi, beta).P - P).max() < 1e-9


@given(SEEDS)
def test_the_correction_is_a_tilt_and_brings_the_model_closer_to_the_world(seed):
    P, P_hat, phi, psi = case(seed)
    found = correct(P_hat, phi, psi)
    np.testing.assert_allclose(found.P, tilt(P_hat, phi, found.lam), atol=1e-9)
    # Pythagoras of information geometry: KL(P, P_hat) = KL(P, P_bar) + KL(P_bar, P_hat), so the step is never away.
    np.testing.assert_allclose(kl(P, P_hat), kl(P, found.P) + kl(found.P, P_hat), atol=1e-6)


@pytest.mark.parametrize("beta", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_no_other_distribution_is_closer(seed, beta):
    _, P_hat, phi, psi = case(seed)
    phi = phi / np.ptp(phi)
    psi = case(seed)[0] @ phi.T
    found = correct(P_hat, phi, psi, beta)
    for s, a in np.ndindex(psi.shape[:2]):
        row, want = P_hat[s, a], psi[s, a]

        def cost(p, row=row, want=want):
            price = ((phi @ p - want) ** 2).sum() / beta**2 if beta else 0.0
            return (p * np.log(np.maximum(p, 1e-12) / row)).sum() + price

        fits = [LinearConstraint(np.ones(6), 1, 1)] + ([] if beta else [LinearConstraint(phi, want, want)])
        best = minimize(cost, row, method="SLSQP", bounds=[(0, 1)] * 6, constraints=fits, options={"ftol": 1e-12})
        np.testing.assert_allclose(found.P[s, a], best.x, atol=2e-4)
        assert cost(found.P[s, a]) <= best.fun + 1e-7


@given(SEEDS)
def test_more_distrust_moves_less_and_infinite_distrust_not_at_all(seed):
    _, P_hat, phi, psi = case(seed)
    phi, psi = phi / np.ptp(phi), psi / np.ptp(phi)
    moved = [kl(correct(P_hat, phi, psi, beta).P, P_hat) for beta in (0.0, 0.1, 1.0, 10.0, np.inf)]
    assert all((more <= less + 1e-9).all() for less, more in zip(moved, moved[1:]))
    assert moved[-1].max() < 1e-12


def test_distrust_may_differ_by_pair():
    _, P_hat, phi, psi = case(0)
    beta = np.array([[0.0, np.inf], [0.5, 0.5], [0.0, 0.0], [np.inf, 2.0], [1.0, 1.0], [0.0, 1.0]])
    found = correct(P_hat, phi, psi, beta)
    for s, a in np.ndindex(beta.shape):
        np.testing.assert_allclose(found.P[s, a], correct(P_hat, phi, psi, beta[s, a]).P[s, a], atol=1e-12)


def test_copies_and_constants_in_the_basis_change_nothing():
    _, P_hat, phi, psi = case(1)
    again = np.concatenate([phi, phi[:1], 3 * phi[1:], np.ones((1, 6))])
    answers = np.concatenate([psi, psi[..., :1], 3 * psi[..., 1:], np.ones((6, 2, 1))], -1)
    np.testing.assert_allclose(correct(P_hat, again, answers).P, correct(P_hat, phi, psi).P, atol=1e-9)


def test_an_empty_basis_leaves_the_model():
    _, P_hat, phi, psi = case(1)
    assert np.array_equal(correct(P_hat, phi[:0], psi[..., :0]).P, P_hat)


def test_what_cannot_be_matched_leans_as_far_as_it_can_and_says_so():
    _, P_hat, phi, psi = case(2, d=1)
    found = correct(P_hat, phi, psi + 1e6)
    assert (found.gap > 1).all() and np.isfinite(found.P).all()
    np.testing.assert_allclose(found.P[..., phi.argmax()], 1, atol=1e-6)
    deterministic = np.broadcast_to(np.eye(6)[:, None], P_hat.shape)
    assert np.array_equal(correct(deterministic, phi, psi).P, deterministic)


def test_a_world_on_the_edge_of_the_model_is_matched():
    """P uses a part of P_hat's support only, so the tilt has to be huge: Newton's steps must still arrive."""
    mdp = cliff_walk()
    for d in (1, 2, 3):
        phi = np.random.default_rng(d).normal(size=(d, mdp.S))
        near = (mdp.P.sum(1, keepdims=True) > 0).astype(float)
        P_hat = 0.5 * mdp.P + 0.5 * near / near.sum(-1, keepdims=True)
        assert correct(P_hat, phi, mdp.P @ phi.T).gap.max() < 1e-7


def test_huge_tilts_and_zeros_are_safe():
    P_hat = np.array([[[0.5, 0.5, 0.0]], [[0.0, 0.3, 0.7]], [[1.0, 0.0, 0.0]]])
    phi = np.array([[-1e3, 1e3, 5e3]])
    P = tilt(P_hat, phi, np.full((3, 1, 1), 1e3))
    np.testing.assert_array_equal(P[:, 0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])


def test_worlds_together_are_bit_for_bit_worlds_alone():
    cases = [case(seed) for seed in range(3)]
    P_hat, phi, psi = (np.stack([c[k] for c in cases]) for k in (1, 2, 3))
    together = correct(P_hat, phi, psi, 0.1)
    for n in range(3):
        alone = correct(P_hat[n : n + 1], phi[n : n + 1], psi[n : n + 1], 0.1)
        assert np.array_equal(alone.P[0], together.P[n]) and np.array_equal(alone.lam[0], together.lam[n])


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda P, phi, psi: (P * 2, phi, psi), "sums to 2"),
        (lambda P, phi, psi: (P[0], phi, psi), "transition table"),
        (lambda P, phi, psi: (P, phi.T, psi), "one number for each state"),
        (lambda P, phi, psi: (P, phi[0], psi), "basis functions"),
        (lambda P, phi, psi: (P, phi, psi[..., :1]), "queried expectations"),
        (lambda P, phi, psi: (P, phi * np.nan, psi), "finite"),
        (lambda P, phi, psi: (P, phi, psi, -1.0), "beta >= 0"),
        (lambda P, phi, psi: (P, phi, psi, np.ones(3)), "beta as one number"),
    ],
)
def test_bad_input_is_one_sentence(change, words):
    with pytest.raises(MbrlError, match=words) as error:
        correct(*change(*case(0)[1:]))
    one_sentence(error.value)
