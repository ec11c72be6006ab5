"""The Dreamer that chapter 09c assembles from exercises: its cells run alone, a seed is a life, its curve is theirs."""

import pytest

from mbrl_lite.course import own_dreamer
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import curve_path, load_curve


@pytest.fixture(scope="module")
def names():
    return own_dreamer.assemble()


def test_a_seed_is_a_whole_life(names):
    def life(seed):
        plan = names["PLANS"]["smoke"] | {"steps": 160, "prefill": 40}
        agent, diary = names["live"]("CartPole-v1", seed, **plan)
        return diary.step, diary.returns, [weight.sum().item() for weight in agent.parameters()]

    first = life(100)
    assert first[0] and first == life(100)
    assert first != life(101)


def test_both_optimizers_move_their_own_networks_and_no_other(names):
    from mbrl_lite.envs import EnvSpec

    agent = names["MyDreamer"](EnvSpec("vector", (3,), 2), **names["PLANS"]["smoke"]["size"])
    model, behaviour = ({id(p) for p in adam.param_groups[0]["params"]} for adam in names["optimizers"](agent))
    assert not model & behaviour
    assert behaviour == {id(p) for net in (agent.actor, agent.critic) for p in net.parameters()}
    slow = {id(p) for p in agent.slow.parameters()}
    assert model | behaviour | slow == {id(p) for p in agent.parameters()} and not slow & (model | behaviour)


def test_the_shipped_curve_is_the_laptop_plans_and_opens_the_door(names):
    curve = load_curve(curve_path(own_dreamer.AGENT, names["DOORKEY"], 100))
    assert curve.settings == names["PLANS"]["laptop"] and curve.budget == names["PLANS"]["laptop"]["steps"]
    assert curve.reach(0.9, 50) is not None


def test_outside_a_checkout_it_says_so(tmp_path):
    with pytest.raises(MbrlError, match="expected the chapter's source at .*: run this in a checkout"):
        own_dreamer.cells(tmp_path)


def test_its_behaviour_learns_what_the_librarys_does(names):
    import torch

    from mbrl_lite.agents import Behaviour, BehaviourConfig
    from mbrl_lite.envs import EnvSpec
    from mbrl_lite.models import Dream

    torch.manual_seed(0)
    spec, start = EnvSpec("vector", (3,), 4), torch.tensor([1.0, 1, 0, 1, 1])
    agent = names["MyDreamer"](spec, units=32, groups=4, classes=4)
    for net in (agent.actor, agent.critic, agent.slow, agent.reward):
        torch.nn.init.normal_(net[-1].weight, std=0.1)  # with opinions of its own
    library = Behaviour(48, spec, BehaviourConfig(units=32, entropy=3e-3))
    library.actor.net.load_state_dict(agent.actor.state_dict())
    library.critic.load_state_dict(agent.critic.state_dict())
    library.slow.load_state_dict(agent.slow.state_dict())
    h, z = torch.randn(5, 32), torch.randn(5, 16)
    torch.manual_seed(1)
    feat, action, reward, cont = names["imagine"](agent, h, z)
    losses, _ = library.loss(Dream(feat, action.argmax(-1), reward[:, 1:], cont[:, 1:]), start)
    torch.manual_seed(1)
    mine, theirs = names["behaviour_loss"](agent, h, z, start, names["dream_targets"]), sum(losses.values())
    assert torch.isclose(mine, theirs, rtol=1e-4)
    for a, b in ((agent.actor, library.actor), (agent.critic, library.critic)):
        grads = (
            torch.autograd.grad(x, list(net.parameters()), retain_graph=True) for x, net in ((mine, a), (theirs, b))
        )
        assert all(torch.allclose(g, o, rtol=1e-3, atol=1e-5) for g, o in zip(*grads, strict=True))
