"""Agents: the lambda-return against independent forms, learning in dreams, and a bad loss that updates nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import AGENT, BEHAVIOUR, one_sentence, play, random_batch

from mbrl_lite.agents import Behaviour, BehaviourConfig, Dreamer, lambda_return
from mbrl_lite.data import Uniform
from mbrl_lite.envs import EnvSpec
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Dream, Latent

SPEC = EnvSpec("vector", (1,), 2)
unit = st.floats(0, 1)


# lambda-return -----------------------------------------------------------------------------------


def n_step(reward, cont, value, gamma, t, n):
    """G_t^(n): n rewards, then the value, each discounted by gamma and by every cont on the way."""
    total, weight = 0.0, 1.0
    for k in range(t, t + n):
        total += weight * reward[k]
        weight *= gamma * cont[k]
    return total + weight * value[t + n]


def mixture(reward, cont, value, gamma, lam, t):
    """R_t as the geometric mixture of all n-step returns (Sutton and Barto, Eq. 12.3): O(H^2), no recursion."""
    H = len(reward)
    weights = [(1 - lam) * lam ** (n - 1) for n in range(1, H - t)] + [lam ** (H - t - 1)]
    return sum(w * n_step(reward, cont, value, gamma, t, n) for n, w in enumerate(weights, start=1))


@given(st.integers(1, 3), st.integers(1, 8), unit, unit, st.integers(0, 2**16))
def test_lambda_return_is_the_mixture_of_n_step_returns(B, H, gamma, lam, seed):
    torch.manual_seed(seed)
    reward, value = torch.randn(B, H, dtype=torch.float64), torch.randn(B, H + 1, dtype=torch.float64)
    cont = torch.rand(B, H, dtype=torch.float64).round(decimals=1)
    got = lambda_return(reward, cont, value, gamma, lam)
    assert got.shape == (B, H)
    for b in range(B):
        lists = (reward[b].tolist(), cont[b].tolist(), value[b].tolist())
        assert got[b].tolist() == pytest.approx([mixture(*lists, gamma, lam, t) for t in range(H)], abs=1e-9)


def test_the_two_ends_of_lambda():
    reward, cont, value = torch.randn(2, 5), torch.rand(2, 5), torch.randn(2, 6)
    assert torch.allclose(lambda_return(reward, cont, value, 0.9, 0.0), reward + 0.9 * cont * value[:, 1:])
    discount = 0.9 ** torch.arange(6.0)
    whole = (discount[:5] * reward).sum(1) + discount[5] * value[:, 5]
    assert torch.allclose(lambda_return(reward, torch.ones(2, 5), value, 0.9, 1.0)[:, 0], whole, atol=1e-6)


def test_nothing_comes_back_from_behind_an_end():
    reward, cont, value = torch.randn(2, 5), torch.ones(2, 5), torch.randn(2, 6)
    cont[:, 2] = 0
    got = lambda_return(reward, cont, value)
    reward[:, 3:], value[:, 3:] = 99, 99
    assert torch.equal(lambda_return(reward, cont, value)[:, :3], got[:, :3])
    assert torch.equal(got[:, 2], reward[:, 2])


# Actor and critic --------------------------------------------------------------------------------


def behaviour(**changes) -> Behaviour:
    module = Behaviour(4, EnvSpec("vector", (1,), 2), replace(BEHAVIOUR, **changes))
    torch.nn.init.normal_(module.critic[-1].weight, std=1e-5)  # the outermost bin is a million
    return module


def dream(B=6, H=4, cont=1.0) -> Dream:
    action = torch.randint(2, (B, H))
    return Dream(torch.randn(B, H + 1, 4).requires_grad_(), action, torch.rand(B, H), torch.full((B, H), cont))


def weight_of_feats(module, dreamt, start=1.0) -> torch.Tensor:
    """How much the losses differ when the feat at t is another one, for each of the H + 1 feats."""

    def total(feat: torch.Tensor) -> torch.Tensor:
        module.range.zero_()  # the running range of returns is no part of the question
        losses, _ = module.loss(dreamt._replace(feat=feat), torch.full((6,), start))
        return torch.stack(list(losses.values())).detach()

    found = []
    for t in range(dreamt.feat.shape[1]):
        other = dreamt.feat.detach().clone()
        other[:, t] = torch.randn_like(other[:, t])
        found.append((total(other) - total(dreamt.feat.detach())).abs().max())
    return torch.stack(found)


def test_what_lies_behind_a_predicted_end_weighs_nothing():
    dreamt = dream()
    dreamt.cont[:, 1] = 0.0  # arrives with feat 2, so feats 0 and 1 are before the end
    touched = weight_of_feats(behaviour(), dreamt)
    assert (touched[:2] > 0).all() and not touched[2:].any()
    assert (weight_of_feats(behaviour(), dream()) > 0).all()


def test_a_dream_that_starts_at_an_end_weighs_nothing():
    losses, _ = behaviour().loss(dream(), torch.zeros(6))
    assert not any(losses.values()) and not weight_of_feats(behaviour(), dream(), start=0.0).any()


def test_an_unlikely_step_weighs_what_it_is_likely():
    """With a cont of 1/2 step t weighs (gamma / 2)^t."""
    module, dreamt = behaviour(gamma=0.8, entropy=0.0, slow_weight=0.0), dream(cont=0.5)
    losses, _ = module.loss(dreamt, torch.ones(6))
    returns = lambda_return(dreamt.reward, dreamt.cont, module.value(dreamt.feat), 0.8, module.config.lam)
    nats = module.numbers.loss(module.critic(dreamt.feat[:, :-1]), returns)
    assert torch.allclose(losses["critic"], (nats * 0.4 ** torch.arange(4)).mean(), rtol=1e-4)


def test_the_actor_moves_towards_the_better_action():
    module, feat = behaviour(entropy=0.0), torch.randn(64, 1, 4).expand(-1, 2, -1)
    action = torch.randint(2, (64, 1))
    before = module.policy(feat[:, 0])[:, 1].detach()
    losses, _ = module.loss(Dream(feat, action, action.float(), torch.zeros(64, 1)), torch.ones(64))
    losses["actor"].backward()
    with torch.no_grad():
        for parameter in module.actor.parameters():
            parameter -= 0.1 * parameter.grad
    assert (module.policy(feat[:, 0])[:, 1] > before).float().mean() > 0.95


def test_entropy_is_wanted_where_actions_do_not_matter():
    module = behaviour(entropy=1.0)
    torch.nn.init.normal_(module.actor.net[-1].weight)
    feat = torch.randn(64, 2, 4)
    value = module.value(feat[:, :1]).detach()
    even = Dream(feat, torch.zeros(64, 1, dtype=torch.int64), value, torch.zeros(64, 1))  # no advantage at all
    losses, before = module.loss(even, torch.ones(64))
    losses["actor"].backward()
    with torch.no_grad():
        for parameter in module.actor.parameters():
            parameter -= 0.1 * parameter.grad
    assert module.loss(even, torch.ones(64))[1]["entropy"] > before["entropy"]


def test_neither_loss_reaches_into_the_other():
    module, dreamt = behaviour(), dream()
    losses, _ = module.loss(dreamt, torch.ones(6))
    actor, critic = list(module.actor.parameters()), list(module.critic.parameters())
    assert all(g is None for g in torch.autograd.grad(losses["actor"], critic, retain_graph=True, allow_unused=True))
    assert all(g is None for g in torch.autograd.grad(losses["critic"], actor, retain_graph=True, allow_unused=True))


def test_returns_are_scaled_down_by_their_range_but_never_up():
    module = behaviour(return_decay=0.0)
    small, large = dream(B=100, cont=0.0), dream(B=100, cont=0.0)
    assert module.loss(small, torch.ones(100))[1]["scale"] == 1
    large = large._replace(reward=100 * large.reward)
    low, high = np.quantile(large.reward.numpy(), [0.05, 0.95])
    assert module.loss(large, torch.ones(100))[1]["scale"].item() == pytest.approx(high - low, rel=1e-4)


def test_the_slow_critic_follows_by_its_share():
    module = behaviour(slow=0.25)
    slow, fast = module.slow[-1].weight.clone(), module.critic[-1].weight.clone()
    module.update_slow()
    assert torch.allclose(module.slow[-1].weight, 0.75 * slow + 0.25 * fast)
    assert torch.equal(module.critic[-1].weight, fast) and not any(p.requires_grad for p in module.slow.parameters())


def test_actions_are_drawn_from_the_policy_or_its_best():
    module, feat = behaviour(), torch.randn(1, 4)
    torch.nn.init.normal_(module.actor.net[-1].weight)
    pi = module.policy(feat)[0].detach()
    share = module.act(feat.expand(20_000, -1)).float().mean().item()
    assert share == pytest.approx(pi[1].item(), abs=5 * 0.5 / 20_000**0.5)
    assert (module.act(feat.expand(50, -1), greedy=True) == pi.argmax()).all()
    assert pi.min() >= BehaviourConfig().unimix / 2


# The agent ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replay():
    return play("mbrl_lite/ProbeCredit-v0", 2, 100)


def snapshot(agent: Dreamer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in (agent.state_dict() | agent.optimiser_tensors()).items()}


def test_an_update_names_its_terms_and_moves_every_part(replay):
    agent = Dreamer(SPEC, AGENT)
    before = snapshot(agent)
    metrics = agent.update(replay, Uniform(0))
    terms = {"recon", "reward", "cont", "dyn", "rep", "actor", "critic", "model_grad", "behaviour_grad"}
    assert terms <= set(metrics) and all(np.isfinite(value) for value in metrics.values())
    after = snapshot(agent)
    parts = [f"model.{name}" for name in ("encoder", "rssm", "decoder", "reward_head", "cont_head")]
    for part in (*parts, "behaviour.actor", "behaviour.critic", "behaviour.slow"):
        assert any(not torch.equal(before[n], after[n]) for n in before if n.startswith(part)), part


def test_dreams_that_start_at_an_end_are_known_as_such(replay, monkeypatch):
    agent, batch, heard = Dreamer(SPEC, AGENT), random_batch(SPEC, 4, 6), []
    numbered = Latent(torch.arange(24.0).view(4, 6, 1).expand(-1, -1, 16), torch.zeros(4, 6, 12))
    losses, learn = agent.model.loss(batch)[0], agent.behaviour.loss
    monkeypatch.setattr(replay, "sample", lambda *args: batch)
    monkeypatch.setattr(agent.model, "loss", lambda batch, at: (losses, numbered))
    monkeypatch.setattr(agent.behaviour, "loss", lambda *args: heard.append(args) or learn(*args))
    agent.update(replay, Uniform(0))
    ((dream, cont),) = heard
    places = dream.feat[:, 0, 0].long()  # which of the 24 states each dream starts from
    assert len(places.unique()) == AGENT.starts == len(cont)
    assert torch.equal(cont, 1 - batch.is_terminal.flatten()[places].float()) and 0 < cont.sum() < len(cont)


def test_acting_remembers_the_last_action():
    agent, obs, later = Dreamer(SPEC, AGENT), np.ones((2, 1), np.float32), np.array([False, False])
    _, (latent, _) = agent.act(obs, ~later)
    torch.manual_seed(1)
    _, (state, _) = agent.act(obs, later, (latent, torch.tensor([0, 1])))
    torch.manual_seed(1)
    expected = agent.model.filter(torch.ones(2, 1), torch.tensor([0, 1]), torch.zeros(2, dtype=torch.bool), latent)
    assert torch.equal(state.h, expected.h) and not torch.equal(state.h[0], state.h[1])


def test_acting_starts_anew_for_the_rows_that_are_first():
    agent, obs = Dreamer(SPEC, AGENT), np.array([[1.0], [-1.0]], np.float32)
    old = agent.act(obs, np.array([True, True]))[1]
    torch.manual_seed(1)
    _, (mixed, _) = agent.act(obs, np.array([False, True]), old)
    torch.manual_seed(1)
    _, (fresh, _) = agent.act(obs, np.array([True, True]))
    assert torch.equal(mixed.h[1], fresh.h[1]) and torch.equal(mixed.z[1], fresh.z[1])
    assert not torch.equal(mixed.h[0], fresh.h[0])


@pytest.mark.parametrize(
    "part, term", [("model.reward_head", "reward"), ("model.decoder", "recon"), ("behaviour.critic", "actor")]
)
def test_a_loss_that_is_no_number_names_its_term_and_updates_nothing(replay, part, term):
    agent = Dreamer(SPEC, AGENT)
    agent.update(replay, Uniform(0))
    with torch.no_grad():
        next(p for n, p in agent.named_parameters() if n.startswith(part)).fill_(torch.nan)
    before = snapshot(agent)
    with pytest.raises(MbrlError, match=f"{term!r} became nan") as error:
        agent.update(replay, Uniform(0))
    one_sentence(error.value)
    guilty = part.split(".")[0]  # a bad dream comes after a good update of the model
    after = snapshot(agent)
    for name in (n for n in before if n.startswith((guilty, f"optimiser.{guilty}"))):
        assert torch.equal(before[name].nan_to_num(7), after[name].nan_to_num(7)), name


def test_a_gradient_that_is_no_number_updates_nothing(replay):
    agent = Dreamer(SPEC, AGENT)
    agent.model.encoder.net[0].linear.weight.register_hook(lambda gradient: gradient * torch.inf)
    before = snapshot(agent)
    with pytest.raises(MbrlError, match="gradient of the model became") as error:
        agent.update(replay, Uniform(0))
    one_sentence(error.value)
    assert all(torch.equal(value, before[name]) for name, value in snapshot(agent).items())


def test_the_optimisers_state_continues_bitwise(replay):
    one, two = Dreamer(SPEC, AGENT), Dreamer(SPEC, AGENT)
    for _ in range(3):
        one.update(replay, Uniform(0))
    two.load_state_dict(one.state_dict())
    two.load_optimiser_tensors(one.optimiser_tensors())
    for agent in (one, two):
        torch.manual_seed(5)
        agent.update(replay, Uniform(1))
    mine, other = snapshot(one), snapshot(two)
    assert mine.keys() == other.keys() and all(torch.equal(mine[n], other[n]) for n in mine)
