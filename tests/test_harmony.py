"""HarmonyDream: where its weights come to rest, and that they learn with the model."""

import math
from dataclasses import replace

import pytest
import torch
from tiny import AGENT, MODEL, SPECS, random_batch

from mbrl_lite.agents import Dreamer
from mbrl_lite.models import WorldModel
from mbrl_lite.models.balancers import make_balancer
from mbrl_lite.models.harmony import GAIN, GROUPS, Harmony, best_sigma

TERMS = {"recon": 300.0, "reward": 0.02, "cont": 0.01, "dyn": 1.5, "rep": 1.5}
WEIGHTS = {"dyn": 1.0, "rep": 0.1}


def scalars(terms: dict[str, float]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in terms.items()}


@pytest.mark.parametrize("loss", [1e-4, 0.03, 1.0, 40.0, 1e4])
def test_at_its_best_sigma_the_slope_is_zero_and_no_other_sigma_is_better(loss):
    L = torch.tensor(loss, dtype=torch.float64)
    sigma = best_sigma(L).requires_grad_()
    (L / sigma + torch.log1p(sigma)).backward()
    assert abs(sigma.grad.item()) < 1e-9 * max(1.0, 1 / loss)
    best = L / sigma + torch.log1p(sigma)
    for factor in (0.3, 0.9, 1.1, 3.0):
        other = factor * sigma
        assert L / other + torch.log1p(other) > best


def test_by_descent_each_group_comes_to_its_best_sigma():
    balancer, terms = Harmony(WEIGHTS), scalars(TERMS)
    optimiser = torch.optim.LBFGS(balancer.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def slope():
        optimiser.zero_grad()
        total = sum(balancer(terms).values())
        total.backward()
        return total

    optimiser.step(slope)
    for name, loss in (("recon", 300.0), ("reward", 0.03), ("dynamics", 1.65)):
        assert balancer.sigma[name].item() == pytest.approx(best_sigma(torch.tensor(loss)).item(), rel=0.02)
    out = balancer(terms)
    assert out["recon"] < 1 and out["recon"] / out["reward"] < 10 < TERMS["recon"] / TERMS["reward"]


def test_at_first_it_is_the_fixed_balancer_plus_a_constant():
    fixed, out = make_balancer("fixed", WEIGHTS)(scalars(TERMS)), make_balancer("harmony", WEIGHTS)(scalars(TERMS))
    harmony = out.pop("harmony")
    assert out == fixed and harmony.item() == pytest.approx(3 * math.log(2))


def test_every_weight_is_positive_and_every_term_finite_wherever_s_goes():
    balancer = Harmony(WEIGHTS)
    for s in (-3.0, -0.4, 0.7, 3.0):
        for parameter in balancer.s.values():
            parameter.data.fill_(s)
        assert all(
            sigma.item() == pytest.approx(torch.tensor(GAIN * s).exp().item()) for sigma in balancer.sigma.values()
        )
        assert all(value.isfinite() and value >= 0 for value in balancer(scalars(TERMS)).values())


def test_a_term_of_no_group_keeps_its_weight_and_an_absent_group_costs_nothing():
    balancer = Harmony({"bonus": 2.0})
    balancer.s["recon"].data.fill_(1.0)
    assert balancer(scalars({"bonus": 3.0})) == {"bonus": torch.tensor(6.0), "harmony": torch.tensor(0.0)}


def test_the_terms_of_one_group_share_one_sigma():
    assert GROUPS["reward"] == GROUPS["cont"] and GROUPS["dyn"] == GROUPS["rep"] != GROUPS["recon"]
    balancer = Harmony({})
    balancer.s["reward"].data.fill_(0.1)
    out = balancer(scalars(TERMS))
    assert (out["reward"] / TERMS["reward"]).item() == pytest.approx((out["cont"] / TERMS["cont"]).item())
    assert out["reward"] < TERMS["reward"] and out["recon"] == TERMS["recon"]


def test_the_weights_learn_with_the_model_and_are_saved_with_it():
    agent = Dreamer(SPECS["image"], replace(AGENT, model=replace(MODEL, balancer="harmony")))
    batch = random_batch(SPECS["image"])
    before = agent.model.loss(batch)[0]["recon"].item()
    for _ in range(20):
        metrics, _ = agent.update_model(batch)
    assert "harmony" in metrics and metrics["recon"] < before
    sigma = agent.model.balancer.sigma
    assert sigma["recon"] > 1.1 and sigma["dynamics"] != sigma["recon"], "the large loss is to be turned down"
    copy = WorldModel(SPECS["image"], agent.model.config)
    copy.load_state_dict(agent.model.state_dict())
    assert copy.balancer.sigma["recon"] == sigma["recon"]
