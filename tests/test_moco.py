"""Laws of maximum-entropy correction, of MoCoVI and of MoCoDyna."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize
from tiny import one_sentence

from mbrl_lite.agents.moco_dyna import MoCoDyna, MoCoDynaConfig, practise_moco, practise_q, uniform_samples
from mbrl_lite.claims.catalogue import moco_maxent
from mbrl_lite.envs.cliff import cliff_walk
from mbrl_lite.envs.tabular import garnet, stack
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning import evaluate_policy, value_iteration
from mbrl_lite.planning.maxent import correct, tilt
from mbrl_lite.planning.moco import moco_vi, plan_in, smear

SEEDS = st.integers(0, 10_000)


def case(seed: int, S: int = 6, A: int = 2, d: int = 2, sparse: bool = False):
    """A world's table P, a model P_hat that can say what P does, basis functions and their exact expectations."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(S, 0.1 if sparse else 1.0), size=(S, A))
    P_hat = 0.3 * P + 0.7 * rng.dirichlet(np.full(S, 0.5), size=(S, A))
    phi = rng.normal(size=(d, S)) * 10.0 ** rng.integers(-3, 4)
    return P, P_hat, phi, P @ phi.T


def complaint(call, words: str) -> None:
    with pytest.raises(MbrlError) as error:
        call()
    assert words in one_sentence(error.value)


def kl(p, q):
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / q), 0).sum(-1)


# --- the correction ---


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


# --- MoCoVI ---


def worlds():
    return [cliff_walk(), garnet(np.random.default_rng(100), 12, 3, 4, 0.9)]


@pytest.mark.parametrize("mdp", worlds(), ids=["cliff", "garnet"])
@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("amount", [0.0, 0.3, 0.7, 1.0])
def test_moco_vi_ends_at_the_true_values(mdp, d, amount):
    truth, _ = value_iteration(mdp)
    values = moco_vi(mdp, smear(mdp.P, amount), 30, d)
    assert values.shape == (31, mdp.S)
    np.testing.assert_array_equal(values[0], plan_in(smear(mdp.P, amount), mdp))
    assert np.abs(values[-1] - truth).max() < 1e-6
    if amount > 0:
        assert np.abs(values[0] - truth).max() > 1e-2  # the model alone does not know


@pytest.mark.parametrize("mdp", worlds(), ids=["cliff", "garnet"])
def test_the_true_values_are_a_fixed_point(mdp):
    """Whatever the model: asked about V*, it is corrected to a world whose values are V*."""
    truth, _ = value_iteration(mdp, 1e-12)
    found = correct(smear(mdp.P, 1.0), truth[None], (mdp.P @ truth)[..., None])
    assert np.abs(plan_in(found.P, mdp) - truth).max() < 1e-8


def test_a_model_that_rules_out_the_truth_cannot_be_corrected():
    mdp = cliff_walk(slip=0.2)
    surefooted = cliff_walk(slip=0.0)
    values = moco_vi(mdp, surefooted.P, 10)
    assert np.isfinite(values).all()
    assert np.abs(values[-1] - value_iteration(mdp)[0]).max() > 0.01


def test_smear_goes_from_the_truth_to_even_odds():
    P = cliff_walk(slip=0.1).P
    assert np.array_equal(smear(P, 0.0), P)
    even = smear(P, 1.0)
    assert all(len(np.unique(row[row > 0])) == 1 for row in even.reshape(-1, P.shape[-1]))
    assert np.array_equal(even > 0, P > 0)
    both = smear(np.stack([P, P]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(both, [P, even])


@pytest.mark.parametrize("amount", [-0.1, 1.1, np.nan])
def test_a_wrong_smear_is_one_sentence(amount):
    complaint(lambda: smear(cliff_walk().P, amount), "smearing")


def test_moco_vi_without_a_basis_is_one_sentence():
    complaint(lambda: moco_vi(cliff_walk(), cliff_walk().P, d=0), "at least one basis function")


# --- the cliff ---


def test_the_surefooted_walk_runs_along_the_edge():
    mdp = cliff_walk(4, 6, slip=0.0, gamma=0.9)
    V, _ = value_iteration(mdp)
    assert V[3 * 6] == pytest.approx(0.9**6)  # up, five to the right, down: the seventh step pays
    assert mdp.terminal.sum() == 5 and (V[mdp.terminal] == 0).all()


def test_a_step_off_the_edge_falls_as_often_as_it_slips():
    mdp = cliff_walk(4, 6, slip=0.1)
    edge, right = 2 * 6 + 2, 1
    assert mdp.P[edge, right, 3 * 6 + 2] == pytest.approx(0.1)
    assert mdp.R[edge, right] == pytest.approx(-0.1)


@pytest.mark.parametrize("size", [(1, 6, 0.1), (4, 2, 0.1), (4, 6, 0.6), (4, 6, -0.1)])
def test_a_wrong_cliff_is_one_sentence(size):
    complaint(lambda: cliff_walk(*size), "2 x 3 cells")


# --- MoCoDyna ---


def losses(mdp, policies):
    best, _ = value_iteration(mdp)
    return np.array([(best - evaluate_policy(mdp, pi)).mean() for pi in policies])


@pytest.mark.parametrize("replay, waiting", [(True, 0), (False, 1)])
def test_the_answers_are_the_means_of_the_samples_that_count(replay, waiting):
    mdp = cliff_walk()
    agent = MoCoDyna(stack([mdp]), np.ones(1), MoCoDynaConfig(d=1, waiting=waiting, renew=1000, replay=replay))
    s, a, _, s2, _ = uniform_samples(mdp, np.random.default_rng(0), 4000)
    for start in range(0, 4000, 1000):
        part = slice(start, start + 1000)
        agent.learn(*(x[None, part] for x in (s, a, s2)))
        agent.plan()
    phi, psi, n = agent.answers()
    # With d + waiting functions kept, the one in use was asked after 4000 - 1000 * waiting samples.
    counts = slice(0 if replay else 4000 - 1000 * waiting, None)
    mine = (s[counts] == 7) & (a[counts] == 2)
    assert n[0, 7, 2] == mine.sum() > 0
    assert psi[0, 7, 2, 0] == pytest.approx(phi[0, 0][s2[counts][mine]].mean())


def test_moco_dyna_learns_what_dyna_with_the_same_wrong_model_never_does():
    mdp = cliff_walk()
    samples = uniform_samples(mdp, np.random.default_rng(0), 20_000)
    found = {}
    for d in (0, 2):
        agent = MoCoDyna(stack([mdp]), np.ones(1), MoCoDynaConfig(d=d))
        found[d] = practise_moco(agent, samples, 1000, lambda pi: losses(mdp, pi))[-5:].mean()
    assert found[2] < 0.01 < 0.03 < found[0]


def test_a_right_model_needs_no_correction():
    mdp = cliff_walk()
    samples = uniform_samples(mdp, np.random.default_rng(0), 4000)
    plans = []
    for d in (0, 2):
        agent = MoCoDyna(stack([mdp]), np.zeros(1), MoCoDynaConfig(d=d))
        practise_moco(agent, samples, 500, lambda pi: 0.0)
        plans.append(agent.V)
    np.testing.assert_allclose(*plans, atol=1e-5)


def test_worlds_in_lockstep_learn_bit_for_bit_what_each_learns_alone():
    mdp, wrong = cliff_walk(), np.array([0.3, 1.0])
    samples = uniform_samples(mdp, np.random.default_rng(0), 3000)
    together = MoCoDyna(stack([mdp, mdp]), wrong, MoCoDynaConfig())
    practise_moco(together, samples, 500, lambda pi: 0.0)
    for n in range(2):
        alone = MoCoDyna(stack([mdp]), wrong[n : n + 1], MoCoDynaConfig())
        practise_moco(alone, samples, 500, lambda pi: 0.0)
        assert np.array_equal(alone.P[0], together.P[n]) and np.array_equal(alone.pi[0], together.pi[n])


def test_q_learning_arrives_without_a_model():
    mdp = cliff_walk(gamma=0.9)
    samples = uniform_samples(mdp, np.random.default_rng(0), 30_000)
    assert practise_q(mdp, samples, 5000, lambda pi: losses(mdp, pi), 0.8)[-1, 0] < 0.01


@pytest.mark.parametrize("field, value", [("d", -1), ("waiting", -1), ("renew", 0), ("noise", -0.1)])
def test_a_wrong_knob_is_one_sentence(field, value):
    complaint(lambda: MoCoDynaConfig(**{field: value}), field)


def test_a_world_without_its_leading_axis_is_one_sentence():
    complaint(lambda: MoCoDyna(cliff_walk(), np.ones(1), MoCoDynaConfig()), "stack")


def test_the_claims_experiment_gives_every_number_its_parts_need():
    small = moco_maxent.SETTINGS | {"samples": 1000, "iterations": 16, "garnet": {"S": 10, "A": 2, "branching": 3}}
    found = moco_maxent.measure(small, 100)
    assert all(np.isfinite(value) for value in found.values())
    for part in moco_maxent.CLAIM.parts:
        assert {part.treatment, part.baseline or part.treatment} <= set(found)
