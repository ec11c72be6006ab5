"""Laws of MoCoVI and of MoCoDyna, and of the cliff they walk along."""

import numpy as np
import pytest
from tiny import complaint

from mbrl_lite.agents.moco_dyna import MoCoDyna, MoCoDynaConfig, practise_moco, practise_q, uniform_samples
from mbrl_lite.claims.catalogue import moco_maxent
from mbrl_lite.envs.cliff import cliff_walk
from mbrl_lite.envs.tabular import garnet, stack
from mbrl_lite.planning import evaluate_policy, value_iteration
from mbrl_lite.planning.maxent import correct
from mbrl_lite.planning.moco import moco_vi, plan_in, smear

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
    assert "smearing" in complaint(lambda: smear(cliff_walk().P, amount))


def test_moco_vi_without_a_basis_is_one_sentence():
    assert "at least one basis function" in complaint(lambda: moco_vi(cliff_walk(), cliff_walk().P, d=0))


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
    assert "2 x 3 cells" in complaint(lambda: cliff_walk(*size))


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
    assert field in complaint(lambda: MoCoDynaConfig(**{field: value}))


def test_a_world_without_its_leading_axis_is_one_sentence():
    assert "stack" in complaint(lambda: MoCoDyna(cliff_walk(), np.ones(1), MoCoDynaConfig()))


def test_the_claims_experiment_gives_every_number_its_parts_need():
    small = moco_maxent.SETTINGS | {"samples": 1000, "iterations": 16, "garnet": {"S": 10, "A": 2, "branching": 3}}
    found = moco_maxent.measure(small, 100)
    assert all(np.isfinite(value) for value in found.values())
    for part in moco_maxent.CLAIM.parts:
        assert {part.treatment, part.baseline or part.treatment} <= set(found)
