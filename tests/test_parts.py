"""Parts that can be changed: another sequence model in one line, actors, pathwise gradients, numbers, the bonus."""

from dataclasses import replace

import pytest
import torch
from tiny import AGENT, BEHAVIOUR, MODEL, SPECS, complaint, play, random_batch
from torch import nn
from torch.distributions import Independent, Normal

from mbrl_lite.agents import Behaviour, BehaviourConfig, Dreamer
from mbrl_lite.agents.actors import make_actor
from mbrl_lite.agents.explore import Disagreement, ExploreConfig
from mbrl_lite.data import Uniform
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models import Dream, Latent, WorldModel
from mbrl_lite.models.latents import Categorical
from mbrl_lite.nn import NUMBERS, make_numbers
from mbrl_lite.sequence import SEQUENCE_MODELS

STEER = EnvSpec("vector", (5,), 2, continuous=True)


class Window(nn.Module):
    """A sequence model whose state is not its output: it remembers its last three inputs."""

    def __init__(self, inputs: int, units: int):
        super().__init__()
        self.units, self.inputs = units, inputs
        self.net = nn.Linear(3 * inputs, units)

    def initial(self, batch: int) -> torch.Tensor:
        return torch.zeros(batch, 3 * self.inputs)

    def step(self, x, reset, state):
        state = torch.cat([state * ~reset[:, None], x], -1)[:, self.inputs :]
        return torch.tanh(self.net(state)), state


# Sequence models ---------------------------------------------------------------------------------


def test_another_sequence_model_is_one_line_in_the_configuration(monkeypatch):
    monkeypatch.setitem(SEQUENCE_MODELS, "window", Window)
    model, batch = WorldModel(SPECS["vector"], replace(MODEL, sequence="window")), random_batch(SPECS["vector"])
    batch.is_first[:, 0] = True
    torch.manual_seed(0)
    states = model.observe(batch).states
    assert states.carry.shape == (3, 7, 48) and states.feat.shape == (3, 7, 28)
    torch.manual_seed(0)
    state, previous = None, torch.zeros(3, dtype=torch.int64)
    for t in range(7):
        state = model.filter(batch.obs[:, t], previous, batch.is_first[:, t], state)
        assert torch.allclose(state.carry, states.carry[:, t], atol=1e-5)
        previous = batch.action[:, t]


def test_an_agent_acts_learns_and_dreams_with_it(monkeypatch):
    monkeypatch.setitem(SEQUENCE_MODELS, "window", Window)
    replay = play("CartPole-v1", 2, 40)
    agent = Dreamer(EnvSpec("vector", (4,), 2), replace(AGENT, model=replace(MODEL, sequence="window")))
    assert {"recon", "actor", "critic"} <= set(agent.update(replay, Uniform(0)))
    _, state = agent.act(torch.zeros(3, 4).numpy(), torch.ones(3, dtype=torch.bool).numpy())
    assert state[0].carry.shape == (3, 48)


# Actors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [SPECS["vector"], STEER], ids=["discrete", "continuous"])
def test_actors_say_how_likely_and_how_open_they_are_as_torch_does(spec):
    actor = make_actor(spec, 4, 16, 1, 0.01)
    nn.init.normal_(actor.net[-1].weight)
    pi = actor(torch.randn(7, 4))
    if spec.continuous:
        law = Independent(Normal(pi[..., 0], pi[..., 1]), 1)
        assert (pi[..., 0].abs() <= 1).all() and (pi[..., 1] >= 0.1).all() and (pi[..., 1] <= 1).all()
    else:
        law = torch.distributions.Categorical(pi)
    action = actor.sample(pi)
    assert action.shape == law.sample().shape
    assert torch.allclose(actor.log_prob(pi, action), law.log_prob(action), atol=1e-5)
    assert torch.allclose(actor.entropy(pi), law.entropy(), atol=1e-5)
    assert actor.rsample(pi).requires_grad and not action.requires_grad


def test_an_actor_that_is_quite_sure_has_no_entropy_and_still_a_gradient():
    actor = make_actor(SPECS["vector"], 4, 16, 1, 0.0)  # no unimix, as in DreamerV1 and V2
    actions = actor.net[-1].bias.numel()
    with torch.no_grad():
        actor.net[-1].bias[0] = 200.0  # in single precision all other probabilities are 0
    entropy = actor.entropy(actor(torch.randn(7, 4)))
    entropy.sum().backward()
    assert actions > 1 and (entropy == 0).all() and (actor.net[-1].bias.grad == 0).all()


def test_what_the_world_is_given_lies_within_its_bounds_and_is_what_the_model_hears():
    agent = Dreamer(STEER, AGENT)
    nn.init.constant_(agent.behaviour.actor.net[-1].bias, 5.0)
    action, (_, heard) = agent.act(torch.zeros(40, 5).numpy(), torch.ones(40, dtype=torch.bool).numpy())
    assert action.shape == (40, 2) and abs(action).max() == 1 and (heard.numpy() == action).all()


@pytest.mark.parametrize("gradient", ["reinforce", "pathwise"])
def test_a_continuous_agent_learns_from_replay_of_the_real_world(gradient):
    replay = play("Pendulum-v1", 2, 60)
    assert replay.fields["action"].shape == (2048, 2, 1) and abs(replay.fields["action"]).max() <= 1
    agent = Dreamer(EnvSpec("vector", (3,), 1, True), replace(AGENT, behaviour=replace(BEHAVIOUR, gradient=gradient)))
    before = [p.clone() for p in agent.behaviour.actor.parameters()]
    for _ in range(2):  # the first step moves only the last layer: it begins at zero
        agent.update(replay, Uniform(0))
    assert all((a != b).any() for a, b in zip(agent.behaviour.actor.parameters(), before))


# Pathwise gradients ------------------------------------------------------------------------------


def test_pathwise_gradients_reach_the_actor_and_nothing_else():
    torch.manual_seed(0)
    agent = Dreamer(STEER, replace(AGENT, behaviour=replace(BEHAVIOUR, gradient="pathwise")))
    nn.init.normal_(agent.model.reward_head[-1].weight, std=1e-3)
    start = agent.model.observe(random_batch(STEER)).states.map(lambda part: part[:, -1].detach())
    with agent._frozen_model():
        dream = agent.model.imagine(agent.behaviour.dream_policy, start, 4, grad=True)
        losses, _ = agent.behaviour.loss(dream, torch.ones(3))
    losses["actor"].backward()
    assert any(p.grad.any() for p in agent.behaviour.actor.parameters())
    assert all(p.grad is None for p in [*agent.model.parameters(), *agent.behaviour.critic.parameters()])
    assert all(p.requires_grad for p in agent.model.parameters()), "thawed again"


@pytest.mark.parametrize("gradient", ["reinforce", "pathwise"])
def test_both_gradients_climb_the_same_known_hill(gradient):
    """Reward 1 - (a - 0.5)^2 for one action: whatever the gradient, the mean action comes to 0.5."""
    torch.manual_seed(0)
    settings = replace(BEHAVIOUR, gradient=gradient, entropy=0.0, returns="none", numbers="raw")
    module = Behaviour(4, EnvSpec("vector", (1,), 1, True), settings)
    optimiser = torch.optim.Adam(module.parameters(), 0.01)
    feat = torch.ones(256, 2, 4)
    for _ in range(300):
        action = module.dream_policy(feat[:, :1])  # (B, 1, 1)
        reward = 1 - (action.squeeze(-1) - 0.5).square()
        losses, _ = module.loss(Dream(feat, action, reward, torch.zeros(256, 1)), torch.ones(256))
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    assert module.policy(feat[:1, 0])[0, 0, 0].item() == pytest.approx(0.5, abs=0.15)


# The critic's slow copy, and numbers -------------------------------------------------------------


def test_the_target_critic_bootstraps_from_the_slow_copy():
    torch.manual_seed(0)
    feat = torch.randn(3, 5, 4)
    for critic, network in (("target", "slow"), ("regularise", "critic"), ("none", "critic")):
        module = Behaviour(4, SPECS["vector"], replace(BEHAVIOUR, critic=critic, numbers="raw"))
        nn.init.normal_(module.critic[-1].weight), nn.init.normal_(module.slow[-1].weight)
        assert torch.equal(
            module._bootstrap(feat, module.critic(feat)), module.numbers.mean(getattr(module, network)(feat))
        )


@pytest.mark.parametrize("name", list(NUMBERS))
def test_a_head_learns_the_mean_of_what_it_is_told_or_says_which(name):
    numbers, told = make_numbers(name, 41), torch.tensor([0.0, 1.0]).repeat(50)
    out = torch.zeros(numbers.outputs, requires_grad=True)
    optimiser = torch.optim.Adam([out], 0.05)
    for _ in range(600):
        optimiser.zero_grad()
        numbers.loss(out.expand(100, -1), told).mean().backward()
        optimiser.step()
    middle = 2**0.5 - 1 if name == "symlog" else 0.5  # symlog averages logarithms: it says less than the mean
    assert numbers.mean(out).item() == pytest.approx(middle, abs=0.02)


@pytest.mark.parametrize("switch", ["gradient", "returns", "critic"])
def test_a_switch_that_does_not_exist_is_refused(switch):
    assert switch in complaint(lambda: BehaviourConfig(**{switch: "magic"}))


def test_numbers_that_do_not_exist_are_refused():
    assert "two_hot" in complaint(lambda: make_numbers("roman", 41))
    assert "odd" in complaint(lambda: make_numbers("two_hot", 40))
    assert "at least 5" in complaint(lambda: make_numbers("two_hot", 3))


# The bonus ---------------------------------------------------------------------------------------


def test_the_ensemble_comes_to_agree_where_it_has_seen_and_not_where_it_has_not():
    torch.manual_seed(0)
    latent = Categorical(2, 4, 0.01)
    module = Disagreement(8, 2, latent, ExploreConfig(weight=1.0, members=4, units=32))
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    z = latent.sample(latent.stats(torch.randn(64, 1, 8))).expand(64, 2, 8)  # what is, stays

    states = Latent(torch.zeros(64, 2, 0), z)
    action = torch.tensor([1.0, 0.0]).expand(64, 2, 2)
    for _ in range(300):
        optimiser.zero_grad()
        module.loss(states, action, torch.zeros(64, 2, dtype=torch.bool)).backward()
        optimiser.step()
    with torch.no_grad():
        known = module.bonus(z[:, 0], action[:, 0]).mean()
        unknown = module.bonus(4 * torch.randn(64, 8), torch.tensor([0.0, 3.0]).expand(64, 2)).mean()
    assert known < 0.1 < 2 * known + 0.1 < unknown


def test_with_a_bonus_the_actor_learns_before_any_reward_has_come():
    replay = play("MiniGrid-Empty-5x5-v0", 2, 20)
    replay.fields["reward"][:] = 0
    spec = EnvSpec("grid", (7, 7, 3), 7)
    assert "actor" not in Dreamer(spec, AGENT).update(replay, Uniform(0))
    metrics = Dreamer(spec, replace(AGENT, explore=ExploreConfig(weight=0.1, members=2, units=8))).update(
        replay, Uniform(0)
    )
    assert {"actor", "guess", "disagreement_grad"} <= set(metrics)
