"""Laws of Dyna: lockstep, what planning saves, worlds that change, knobs and walks that cannot be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import complaint, one_sentence

from mbrl_lite.agents.dyna import Dyna, DynaConfig, epsilon_greedy
from mbrl_lite.agents.lockstep import Streams, run, solved
from mbrl_lite.claims.catalogue import survey_mbrl_moerland
from mbrl_lite.envs.mazes import Changing, blocking_maze, cells, dyna_maze, grid_maze, shortcut_maze
from mbrl_lite.envs.tabular import stack
from mbrl_lite.errors import MbrlError
from mbrl_lite.models.factored import FactoredModel
from mbrl_lite.models.tabular import Replay, TableModel
from mbrl_lite.planning.value_iteration import value_iteration
from mbrl_lite.viz.mazes import draw_maze
from mbrl_lite.viz.style import Picture

TINY = "S.G\n.#.\n..."
CONFIGS = {
    "q_learning": DynaConfig(),
    "dyna": DynaConfig(planning=5),
    "plus": DynaConfig(planning=5, kappa=1e-2),
    "sweeping": DynaConfig(planning=5, start="prioritised", alpha=0.5),
    "deep": DynaConfig(planning=6, depth=3),
    "on_policy": DynaConfig(planning=6, depth=3, start="on_policy"),
    "decision": DynaConfig(planning=6, depth=3, start="on_policy", when="decision"),
}


def lived(config, seeds, experience=None, world=None, **end):
    world = world or grid_maze(TINY, 0.9, slip=0.2)
    agent = Dyna(world, len(seeds), config, experience and experience(len(seeds), world))
    return agent, run(world, agent, seeds, **end)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("end", [{"steps": 150}, {"episodes": 6}])
def test_seeds_together_are_bit_for_bit_what_each_is_alone(name, end):
    # A counting table, whose number of slots depends on what the other seeds saw.
    table = lambda N, world: TableModel(N, world.S, world.A, untried=name == "plus")  # noqa: E731
    together, walk = lived(CONFIGS[name], [5, 3, 11], table, **end)
    for i, seed in enumerate([5, 3, 11]):
        alone, own = lived(CONFIGS[name], [seed], table, **end)
        T = own.reward.shape[1]
        assert np.array_equal(together.Q[i], alone.Q[0])
        assert np.array_equal(walk.reward[i, :T], own.reward[0]) and walk.reward[i, T:].sum() == 0
        assert walk.steps[i] == own.steps[0] and together.updates[i] == alone.updates[0]


def test_an_agent_walks_only_in_a_world_it_was_made_for():
    small, large = grid_maze("S.G", 0.9), dyna_maze()
    for made, there in ((small, large), (large, small), (small, grid_maze("S.G", 0.5))):
        with pytest.raises(MbrlError) as error:
            run(there, Dyna(made, 1, DynaConfig()), [0], steps=3)
        assert str(there.gamma) in one_sentence(error.value) and f"({made.S}, " in str(error.value)


@pytest.mark.parametrize("change", [{"planning": 2.5}, {"depth": 1.5}, {"alpha": 2.0}])
def test_a_knob_that_cannot_be_turned_so_far_is_named(change):
    with pytest.raises(MbrlError) as error:
        DynaConfig(**change)
    assert next(iter(change)) in one_sentence(error.value)


def test_however_much_is_planned_the_luck_in_the_world_is_the_same():
    first = [
        lived(DynaConfig(planning=n, start=start), range(5), world=dyna_maze(), episodes=1)[1].lengths(1)
        for n, start in ((0, "visited"), (5, "visited"), (20, "prioritised"))
    ]  # before the first reward there is nothing to plan with
    assert np.array_equal(first[0], first[1]) and np.array_equal(first[0], first[2])


def test_without_planning_dyna_is_q_learning():
    world, seed = dyna_maze(slip=0.1), 4
    agent, walk = lived(DynaConfig(alpha=0.3), [seed], world=world, steps=3000)
    streams, Q, s, rewards = Streams([seed], 4), np.zeros((world.S, world.A)), None, []
    for _ in range(3000):
        u = streams.row()
        s = world.reset(u[:, 1]) if s is None else s
        a = epsilon_greedy(Q[s], u[:, 2:], 0.1)
        s2, r, done = world.step(u[:, 0], s, a)
        target = r[0] if done[0] else r[0] + 0.95 * max(Q[s2[0]])
        Q[s[0], a[0]] += 0.3 * (target - Q[s[0], a[0]])
        rewards.append(r[0])
        s = None if done[0] else s2
    assert np.array_equal(agent.Q[0], Q) and np.array_equal(walk.reward[0], rewards)


@pytest.mark.parametrize("name", ["dyna", "sweeping", "deep"])
def test_in_a_deterministic_world_the_values_come_to_those_of_value_iteration(name):
    world = grid_maze(TINY, 0.9)
    config = DynaConfig(alpha=0.5, epsilon=1.0, planning=20, depth=CONFIGS[name].depth, start=CONFIGS[name].start)
    agent, _ = lived(config, [0, 1], world=world, steps=1500)
    free = (cells(TINY) == ".").ravel() | (cells(TINY) == "S").ravel()
    assert np.abs(agent.Q - value_iteration(world)[1])[:, free].max() < 1e-3


def test_planning_saves_real_steps():
    walks = [
        lived(DynaConfig(planning=n), range(20), world=dyna_maze(), until=solved(dyna_maze(), 16, 5), limit=4000)[1]
        for n in (0, 50)
    ]
    assert walks[1].steps.mean() < walks[0].steps.mean() / 2


def test_the_bonus_grows_with_the_root_of_the_time_since_a_pair_was_tried():
    world = grid_maze("S..G", 0.5)
    agent = Dyna(world, 1, DynaConfig(alpha=1.0, epsilon=0.0, planning=1, kappa=0.1))
    one, row = np.array([0]), np.array([0])
    for _ in range(9):  # keep trying action 0; planning always draws the last known pair, action 3, never tried
        agent.learn(one, one, np.zeros(1), one, np.zeros(1, bool), np.full((1, 4), 0.999), row)
    believed = agent.Q[0, 0].copy()
    agent.learn(one, one, np.zeros(1), one, np.zeros(1, bool), np.full((1, 4), 0.999), row)
    assert np.isclose(agent.Q[0, 0, 3], 0.1 * np.sqrt(10) + 0.5 * max(0.5 * believed.max(), *believed[1:]))


def test_only_curiosity_finds_the_shortcut():
    late = {}
    for kappa in (0.0, 1e-3):
        config = DynaConfig(alpha=1.0, planning=10, kappa=kappa)
        _, walk = lived(config, range(20), world=shortcut_maze(at=1000), steps=3000)
        late[kappa] = walk.reward[:, -1000:].sum(1).mean() / 1000
    assert late[0.0] < 1 / 16  # the long way at best
    assert late[1e-3] > 1 / 16  # more than the long way can give


def test_a_blocked_way_is_left():
    config = DynaConfig(alpha=1.0, planning=10, kappa=1e-3)
    _, walk = lived(config, range(20), world=blocking_maze(at=500), steps=2500)
    assert walk.reward[:, -500:].sum(1).min() > 0


def test_decisions_leave_no_trace_but_are_better_than_none():
    agent, _ = lived(CONFIGS["decision"], [0], world=dyna_maze(), steps=400)
    Q = agent.Q.copy()
    agent.act(np.array([5]), np.full((1, agent.uniforms), 0.5), np.array([0]))
    assert np.array_equal(Q, agent.Q)


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(0, 0.999), st.floats(0, 0.999))
def test_epsilon_greedy_takes_one_of_the_best_or_any(q, coin, which):
    q = np.round(np.array([q]), 1)
    u = np.array([[coin, which]])
    assert q[0, epsilon_greedy(q, u, 0.0)[0]] == q.max()
    assert epsilon_greedy(q, u, 1.0)[0] == int(which * 4)


def test_a_walk_counts_its_episodes_and_says_when_there_are_too_few():
    _, walk = lived(DynaConfig(), [0, 1], world=grid_maze(TINY), episodes=4)
    assert np.array_equal(walk.lengths(4).sum(1), walk.steps)
    assert np.array_equal(walk.collected[:, -1], [4.0, 4.0])
    assert "5 finished episodes" in complaint(lambda: walk.lengths(5))


@pytest.mark.parametrize(
    "field",
    [
        {"alpha": 0.0},
        {"alpha": 1.1},
        {"epsilon": -0.1},
        {"planning": -1},
        {"depth": 0},
        {"kappa": -1.0},
        {"start": "nowhere"},
        {"when": "later"},
        {"start": "prioritised", "when": "decision"},
        {"start": "prioritised", "depth": 2},
        {"start": "prioritised", "kappa": 0.1},
        {"start": "prioritised", "planning": 0},  # all its updates are planned: without any it would never learn
    ],
)
def test_a_knob_that_does_not_turn_that_far_is_one_sentence(field):
    assert f"expected {list(field)[-1]} to be" in complaint(lambda: DynaConfig(**field))


def test_a_walk_without_an_end_or_with_other_seeds_is_refused():
    world = grid_maze(TINY)
    agent = Dyna(world, 2, DynaConfig())
    assert "needs an end" in complaint(lambda: run(world, agent, [0, 1]))
    assert "2 seeds and 1" in complaint(lambda: run(world, agent, [0], steps=1))
    for end in ("steps", "episodes", "limit"):
        assert f"expected {end} to be" in complaint(lambda: run(world, agent, [0, 1], **{"steps": 5, end: 0}))  # noqa: B023
    assert "whole number" in complaint(lambda: run(world, agent, [0, 1], steps=2.5))
    assert "stack" in complaint(lambda: run(stack([world, world]), agent, [0, 1], steps=5))
    assert "stack" in complaint(lambda: run(Changing(world, stack([world]), 3), agent, [0, 1], steps=5))


def test_the_steps_asked_for_are_walked_even_if_they_are_many():
    _, walk = lived(DynaConfig(), [0], world=grid_maze("SG"), steps=100_001)
    assert walk.steps == [100_001]
    _, walk = lived(DynaConfig(), [0], world=grid_maze("SG"), steps=20, limit=7)
    assert walk.steps == [7]


@pytest.mark.parametrize("start", ["visited", "on_policy", "prioritised"])
def test_what_cannot_answer_is_refused_before_the_first_step(start):
    world, config = grid_maze(TINY), DynaConfig(planning=2, depth=1 + (start == "visited"), start=start)
    factored = FactoredModel(1, cells=3, K=2, A=4)
    assert "Replay has no outcome" in complaint(lambda: Dyna(world, 1, config, Replay(1, 5)))
    if start == "prioritised":  # an expected update asks for all outcomes, and for what leads to a state
        assert "FactoredModel has no outcomes" in complaint(lambda: Dyna(world, 1, config, factored))
    else:
        assert Dyna(world, 1, config, factored).experience is factored


def test_nobody_draws_what_is_not_used():
    numbers = {name: Dyna(grid_maze(TINY), 1, config).uniforms for name, config in CONFIGS.items()}
    assert numbers == {"q_learning": 2, "dyna": 12, "plus": 12, "sweeping": 2, "deep": 26, "on_policy": 26} | {
        "decision": 26
    }


def test_the_claims_experiment_gives_every_number_its_parts_need():
    small = survey_mbrl_moerland.CLAIM.settings | {"maze": TINY, "within": 3, "limit": 400}
    found, other = (survey_mbrl_moerland.measure(small, seed) for seed in (100, 101))
    for part in survey_mbrl_moerland.CLAIM.parts:
        assert {part.treatment, part.baseline} <= set(found)
    assert set(survey_mbrl_moerland.CLAIM.beside) <= set(found)
    assert np.isfinite(list(found.values())).all() and found != other
    assert found["n0.updates"] == found["n0.steps"] and found["n50.updates"] == 51 * found["n50.steps"]


def test_a_drawn_maze_points_where_the_agent_would_go():
    world, axes = grid_maze(TINY, 0.9), Picture(3, 3).subplots()
    draw_maze(axes, TINY, Q=value_iteration(world)[1])
    arrows = [text for text in axes.texts if not text.get_text()]
    assert {text.get_text() for text in axes.texts} == {"S", "G", ""}
    assert len(arrows) == 7  # six cells without a letter, and one of them, in the corner, has two ways of four steps
    empty = Picture(3, 3).subplots()
    draw_maze(empty, TINY, Q=np.zeros((9, 4)))
    assert len(empty.texts) == 2  # who knows nothing points nowhere
