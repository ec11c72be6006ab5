"""Evaluation: seeds that training never meets, randomness that is left alone, dreams beside the world."""

import numpy as np
import pytest
import torch
from tiny import AGENT, Counter, one_sentence

from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EVAL_SEED, EnvSpec, make, spec_of
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation import OpenLoop, evaluate, half_random_episodes, open_loop, record_episode, start_states

GRID = "MiniGrid-Empty-5x5-v0"


def agent_for(make_env) -> Dreamer:
    torch.manual_seed(0)
    agent = Dreamer(spec_of(make_env()), AGENT)
    torch.nn.init.normal_(agent.model.rssm.posterior_out.weight, std=5)  # what it sees decides what it believes
    torch.nn.init.normal_(agent.model.reward_head[-1].weight)
    return agent


@pytest.fixture(scope="module")
def walker() -> Dreamer:
    return agent_for(lambda: make(GRID))


def episodes_of(agent, length=8, count=3):
    return half_random_episodes(agent, lambda: make(GRID), count, length)


def random_state() -> tuple:
    return torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()


# Returns -----------------------------------------------------------------------------------------


def test_returns_and_lengths_are_those_of_the_world():
    made = []

    def counter():
        made.append(Counter(steps=3 + len(made) % 4, terminates=len(made) % 2 == 0, start=5))
        return made[-1]

    result = evaluate(Dreamer(EnvSpec("vector", (1,), 2), AGENT), counter, 30)
    lengths = np.array([env.steps for env in made])
    assert len(made) == 30 and result.lengths.tolist() == lengths.tolist() == [len(env.taken) for env in made]
    assert result.returns.tolist() == (lengths * (lengths + 1) / 2).tolist()  # rewards 1, 2, ..., n
    assert {action for env in made for action in env.taken} == {5, 6}


def test_seeds_count_up_from_where_training_never_comes():
    made = []

    def counter():
        made.append(Counter())
        return made[-1]

    result = evaluate(Dreamer(EnvSpec("vector", (1,), 2), AGENT), counter, 60)
    assert (
        result.seeds.tolist() == list(range(EVAL_SEED, EVAL_SEED + 60)) == [seed for env in made for seed in env.seeds]
    )


def test_an_evaluation_is_repeatable_and_leaves_randomness_alone(walker):
    def play(greedy):
        return evaluate(walker, lambda: make(GRID, max_steps=12), 4, greedy=greedy)

    before = random_state()
    first = play(False)
    assert random_state() == before
    torch.manual_seed(77)
    for one, two in zip(first, play(False), strict=True):
        assert np.array_equal(one, two)


class Listener:
    """An agent that only writes down what it is told."""

    spec = EnvSpec("vector", (1,), 2)

    def __init__(self):
        self.heard = []

    def act(self, obs, is_first, state=None, greedy=False):
        self.heard.append((obs.copy(), is_first.copy(), state, greedy))
        action = np.full(len(obs), len(self.heard) % 2)
        return action, (("belief", len(self.heard)), torch.from_numpy(action))


@pytest.mark.parametrize("greedy", [True, False])
def test_the_agent_is_told_everything_it_must_know(greedy):
    listener = Listener()
    evaluate(listener, lambda: Counter(4), 2, greedy=greedy)
    assert [obs.tolist() for obs, *_ in listener.heard] == [[[t], [t]] for t in range(4)]
    assert [first.tolist() for _, first, *_ in listener.heard] == [[True] * 2] + [[False] * 2] * 3
    assert [state and state[0] for *_, state, _ in listener.heard] == [None] + [("belief", t) for t in (1, 2, 3)]
    assert {g for *_, g in listener.heard} == {greedy}


def test_a_recorded_agent_is_told_the_same():
    listener = Listener()
    record_episode(listener, Counter(4), greedy=True)
    assert [(float(obs[0, 0]), bool(first[0]), g) for obs, first, _, g in listener.heard] == [
        (t, t == 0, True) for t in range(4)
    ]


@pytest.mark.parametrize("episodes", [0, -3])
def test_no_episodes_is_a_mistake(walker, episodes):
    with pytest.raises(MbrlError, match=f"at least 1 episode.* {episodes}") as error:
        evaluate(walker, lambda: make(GRID), episodes)
    one_sentence(error.value)


def test_a_recorded_episode_is_what_happened(walker):
    before = random_state()
    episode = record_episode(walker, make(GRID, render_mode="rgb_array", max_steps=9))
    assert random_state() == before
    n = len(episode.actions)
    assert len(episode.obs) == n + 1 == len(episode.frames) and len(episode.rewards) == n
    assert episode.frames[0].dtype == np.uint8 and episode.frames[0].shape[-1] == 3
    env = make(GRID, max_steps=9)
    obs = [env.reset(seed=EVAL_SEED)[0]] + [env.step(a)[0] for a in episode.actions]
    assert np.array_equal(np.stack(obs), episode.obs)
    assert record_episode(walker, make(GRID, max_steps=9)).frames == []


# Dreams beside the world -------------------------------------------------------------------------


def test_half_random_episodes_are_lived_from_evaluation_seeds(walker):
    before = random_state()
    episodes = episodes_of(walker)
    assert random_state() == before and len(episodes) == 3
    for number, episode in enumerate(episodes):
        assert len(episode.obs) == len(episode.rewards) == 8 and len(episode.actions) == 7
        env = make(GRID)
        obs = [env.reset(seed=EVAL_SEED + number)[0]] + [env.step(a)[0] for a in episode.actions]
        assert np.array_equal(np.stack(obs), episode.obs)


def test_the_agent_hears_what_was_really_done():
    listener = Listener()
    (episode,) = half_random_episodes(listener, lambda: Counter(100), 1, 50)
    assert [int(state[1][0]) for *_, state, _ in listener.heard[1:]] == episode.actions[:-1].tolist()
    assert [bool(first[0]) for _, first, *_ in listener.heard] == [True] + [False] * 48


def test_half_of_the_actions_are_random():
    agent = agent_for(lambda: make(GRID))
    agent.behaviour.actor.net[-1].bias.data[0] = 50  # left to itself it only turns left
    (episode,) = half_random_episodes(agent, lambda: make(GRID, max_steps=400), 1, 400)
    assert (episode.actions == 0).mean() == pytest.approx(0.5 + 0.5 / 7, abs=5 * 0.5 / 20)


def test_episodes_that_end_too_soon_are_passed_over_until_it_is_enough():
    agent = Dreamer(EnvSpec("vector", (1,), 2), AGENT)
    steps = iter([2, 9, 2, 9] * 9)
    env = Counter()
    reset = env.reset

    def other_length(**kwargs):
        env.steps = next(steps)
        return reset(**kwargs)

    env.reset = other_length
    assert [len(e.obs) for e in half_random_episodes(agent, lambda: env, 2, 6)] == [6, 6]
    assert env.seeds == [EVAL_SEED + i for i in range(4)]
    with pytest.raises(MbrlError, match="expected 2 episodes of 6 or more steps, got 0 in 5 tries") as error:
        half_random_episodes(agent, lambda: Counter(4), 2, 6, tries=5)
    one_sentence(error.value)


def changed(episodes, name, t):
    """The episodes with another observation or action at step t."""
    other = [e._replace(**{name: getattr(e, name).copy()}) for e in episodes]
    for episode in other:
        getattr(episode, name)[t] = (getattr(episode, name)[t] + 1) % 3
    return other


def test_a_dream_sees_its_context_and_then_only_its_actions(walker):
    episodes, context = episodes_of(walker), 3
    before = random_state()
    loop = open_loop(walker, episodes, context)
    assert random_state() == before
    assert np.array_equal(loop.real, np.stack([e.obs for e in episodes])) and loop.dream.shape == loop.real.shape
    assert loop.action.shape == loop.dream_reward.shape == loop.dream_cont.shape == loop.error.shape == (3, 8)
    assert np.array_equal(loop.action[:, :-1], np.stack([e.actions for e in episodes]))
    assert np.array_equal(loop.reward, np.stack([e.rewards for e in episodes]))

    def expected(episodes):
        return open_loop(walker, episodes, context).dream_reward

    for t in range(8):
        seen = (expected(changed(episodes, "obs", t)) != loop.dream_reward).any(0)
        assert seen.any() == (t < context) and not seen[:t].any()
    for t in range(7):  # an action is taken in step t and felt from step t + 1 on
        felt = (expected(changed(episodes, "actions", t)) != loop.dream_reward).any(0)
        assert felt.any() and not felt[: t + 1].any()


def test_the_error_counts_cells_or_measures_distance():
    real = np.zeros((1, 2, 7, 7, 3), np.uint8)
    dream = real.copy()
    dream[0, 1, 0, 0] = dream[0, 1, 3, 3, 1] = 1  # two cells of 49, one in all channels and one in a single one
    rest = [np.zeros((1, 2))] * 4
    assert OpenLoop(real, dream, *rest, 1).error.tolist() == [[0, 2 / 49]]
    numbers = np.array([[[0.0, 0.0], [3.0, 4.0]]], np.float32)
    assert OpenLoop(numbers, 0 * numbers, *rest, 1).error[0] == pytest.approx([0, (25 / 2) ** 0.5])


def test_start_states_are_the_beliefs_after_a_step_and_leave_randomness_alone(walker):
    episodes = episodes_of(walker)
    before = random_state()
    states = start_states(walker, episodes, 2)
    assert random_state() == before
    assert states.h.shape == (3, 16) and states.z.shape == (3, 12)
    assert torch.equal(states.feat, start_states(walker, changed(episodes, "obs", 3), 2).feat)
    assert not torch.equal(states.feat, start_states(walker, changed(episodes, "obs", 2), 2).feat)


def test_continuous_actions_are_played_recorded_and_dreamt_with():
    def pendulum():
        return make("Pendulum-v1", max_episode_steps=12)

    torch.manual_seed(0)
    agent = Dreamer(spec_of(pendulum()), AGENT)
    result = evaluate(agent, pendulum, 2)
    assert result.lengths.tolist() == [12, 12] and (result.returns < 0).all()
    episode = record_episode(agent, pendulum())
    assert episode.actions.shape == (12, 1) and not episode.terminated  # a time limit is not an end
    env = pendulum()
    obs = [env.reset(seed=EVAL_SEED)[0]] + [env.step(2 * a)[0] for a in episode.actions]  # its torque goes to 2
    assert np.allclose(np.stack(obs), episode.obs)
    episodes = half_random_episodes(agent, pendulum, 2, 8)
    loop = open_loop(agent, episodes, 3)
    assert loop.action.shape == (2, 8, 1) and loop.dream.shape == (2, 8, 3) and loop.error.shape == (2, 8)
    assert start_states(agent, episodes, 3).h.shape == (2, 16)
