"""Button mazes and practice in them: one state in two views, seeds in lockstep, the claim and its pictures."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import complaint

from mbrl_lite.agents.batch_dyna import PracticeConfig, practise, success_probability
from mbrl_lite.assets import asset
from mbrl_lite.claims.catalogue.model_based_generalization import ARMS, CLAIM, curves, measure
from mbrl_lite.envs.buttons import ACTIONS, MOVES, PRESS, ButtonMaze, button_maze, factored_state, flat_state
from mbrl_lite.envs.tabular import stack
from mbrl_lite.models.factored import FactoredModel, MixedQuestions
from mbrl_lite.models.tabular import Replay, TableModel
from mbrl_lite.planning import value_iteration
from mbrl_lite.viz.buttons import draw_maze
from mbrl_lite.viz.style import Picture

SEEDS = st.integers(0, 10_000)
SIDES, BUTTONS = st.integers(2, 4), st.integers(1, 4)


def made(seed: int, side: int = 3, K: int = 2, **more) -> ButtonMaze:
    return button_maze(np.random.default_rng(seed), side, K, **more)


# --- the maze ---


@given(cells=st.integers(1, 30), K=st.integers(1, 6))
def test_flat_and_factored_are_two_views_of_one_state(cells, K):
    s = np.arange(cells * 2**K)
    cell, bits = factored_state(s, K)
    assert bits.shape == (len(s), K) and set(np.unique(bits)) == {0, 1}
    assert (flat_state(cell, bits) == s).all()
    assert len({(c, *b) for c, b in zip(cell.tolist(), bits.tolist(), strict=True)}) == len(s)  # nothing merged


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, side=SIDES, K=BUTTONS)
def test_the_rows_are_the_rules_told_one_by_one(seed, side, K):
    maze = made(seed, side, K, slip=0.2)
    rng = np.random.default_rng(seed)
    for s in rng.choice(maze.mdp.S, 12):
        cell, bits = (x.tolist() for x in factored_state(s, K))
        if all(bits):
            assert maze.mdp.terminal[s] and (maze.mdp.R[s] == 0).all()
            continue
        assert not maze.mdp.terminal[s] and (maze.mdp.R[s] == -1).all()
        for a in range(ACTIONS):
            row = np.zeros(maze.mdp.S)
            if a == PRESS:
                lit = [bit or int(maze.button[k] == cell) for k, bit in enumerate(bits)]
                row[flat_state(cell, lit)] += 0.8
                row[s] += 0.2
            else:
                for way, p in ((a, 0.8), ((a + 1) % 4, 0.1), ((a - 1) % 4, 0.1)):
                    to = cell + MOVES[way][0] * side + MOVES[way][1] if maze.opening[cell, way] else cell
                    row[flat_state(to, bits)] += p
            assert np.allclose(maze.mdp.P[s, a], row)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, side=SIDES, K=BUTTONS, doors=st.floats(0, 1))
def test_every_maze_can_be_solved_from_everywhere_and_doors_open_both_ways(seed, side, K, doors):
    maze = made(seed, side, K, doors=doors, slip=0.0, gamma=0.99)
    V, _ = value_iteration(maze.mdp, tol=1e-6)
    longest = side**2 * (K + 1)  # a walk through all cells to each button, and the presses
    assert V.min() >= -(1 - 0.99**longest) / (1 - 0.99)
    for cell, a in np.argwhere(maze.opening):
        assert maze.opening[maze.neighbour(cell, a), (a + 2) % 4]
        row, column = divmod(int(cell), side)
        assert 0 <= row + MOVES[a][0] < side and 0 <= column + MOVES[a][1] < side
    assert (maze.mdp.start > 0).sum() == side**2 * (2**K - 1)  # anywhere, with any buttons but all


def test_each_seed_its_own_maze_and_the_same_one_again():
    looks = [[(maze.opening.tobytes(), *maze.button) for maze in map(made, range(20))] for _ in range(2)]
    assert len(set(looks[0])) > 15 and looks[0] == looks[1]


@pytest.mark.parametrize("wrong", [{"side": 1}, {"K": 0}, {"K": 10}, {"doors": 1.5}, {"slip": 1.0}, {"slip": -0.1}])
def test_a_maze_that_cannot_be_is_one_sentence(wrong):
    assert "expected" in complaint(lambda: made(0, **wrong))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"button": np.array([3, 3])}, "cells of their own"),
        ({"button": np.array([3, 9])}, "cells 0 to 8"),
        ({"button": np.array([-1])}, "cells 0 to 8"),
        ({"button": np.array([1.0])}, "cells 0 to 8"),
        ({"button": np.array([], int)}, "1 to 9 buttons"),
        ({"opening": np.zeros((4, 4), bool)}, "(9, 4)"),
        ({"opening": np.ones((9, 4))}, "float64"),
        ({"opening": np.ones((9, 4), bool)}, "border"),
    ],
)
def test_a_maze_drawn_wrong_is_one_sentence(change, words):
    assert words in complaint(lambda: replace(made(0), **change))


# --- seeds in lockstep ---

SHORT = PracticeConfig(planning=20, batch=10, limit=12, episodes=6, threshold=0.9)


def arms(N: int, maze: ButtonMaze):
    S, K = maze.mdp.S, maze.K
    yield Replay(N, 100)
    yield MixedQuestions(TableModel(N, S, ACTIONS), K, 100)
    yield MixedQuestions(FactoredModel(N, maze.cells, K, ACTIONS), K, 100)
    yield FactoredModel(N, maze.cells, K, ACTIONS)


def test_seeds_together_are_bit_for_bit_what_each_is_alone():
    worlds = [made(seed, 2, 2) for seed in range(3)]
    together = [practise(stack([w.mdp for w in worlds]), arm, [5, 6, 7], SHORT) for arm in arms(3, worlds[0])]
    for n, maze in enumerate(worlds):
        for (episodes, success), arm in zip(together, arms(1, maze), strict=True):
            one_episodes, one_success = practise(stack([maze.mdp]), arm, [5 + n], SHORT)
            assert episodes[n] == one_episodes[0] and (success[n] == one_success[0]).all()


def test_practice_makes_perfect_and_stops_at_its_threshold():
    maze = made(0, 2, 2)
    config = replace(SHORT, episodes=40, limit=20)
    for arm in arms(1, maze):
        episodes, success = practise(stack([maze.mdp]), arm, [0], config)
        assert episodes[0] < 40 and success[0, -1] >= 0.9 > success[0, : episodes[0]].max()
        assert (success[0, episodes[0] :] == success[0, -1]).all()
    never, _ = practise(stack([maze.mdp]), arm, [0], replace(config, threshold=2.0, episodes=5))
    assert never[0] == 5


def test_the_success_probability_is_what_many_walkers_find():
    maze = made(4, 3, 2)
    world, rng = stack([maze.mdp]), np.random.default_rng(0)
    Q, M, limit, epsilon = value_iteration(world, tol=1e-6)[1], 4000, 12, 0.3
    s, ended = maze.mdp.reset(rng.random(M)), np.zeros(M, bool)
    for _ in range(limit):
        a = np.where(rng.random(M) < epsilon, rng.integers(ACTIONS, size=M), Q[0, s].argmax(1))
        s, _, done = maze.mdp.step(rng.random(M), s, a)
        ended |= done
    p = success_probability(world.P, world.start, world.terminal, Q, epsilon, limit)[0]
    assert abs(ended.mean() - p) < 5 * np.sqrt(p * (1 - p) / M)


# --- the claim and its pictures ---

PRACTICE = {"planning": 20, "batch": 10, "limit": 20, "episodes": 40, "threshold": 0.9}
TINY = CLAIM.settings | {"side": 2, "K": 2, "mazes": 2, "practice": CLAIM.settings["practice"] | PRACTICE}


def test_the_claim_measures_what_its_parts_need():
    values = measure(TINY, 100)
    assert {name for part in CLAIM.parts for name in (part.treatment, part.baseline) if name} <= set(values)
    assert all(math.isfinite(value) for value in values.values())
    assert values == measure(TINY, 100) != measure(TINY, 101)


def test_curves_go_on_after_the_threshold():
    found = curves(TINY, [100, 101], episodes=8)
    assert found["mazes"] == 4 and set(found["arms"]) == set(ARMS)
    for arm in found["arms"].values():
        low, median, high = (np.array(arm[name]) for name in ("low", "median", "high"))
        assert len(median) == 9 and (low <= median).all() and (median <= high).all()
        assert ((low >= 0) & (high <= 1.001)).all()


def test_the_shipped_curves_are_those_of_the_claim():
    path = asset("data", "button_mazes.json")
    shipped = json.loads(path.read_text())
    assert shipped["hash"] == CLAIM.hash  # the settings; if they change, the curves are to be recorded anew
    assert min(shipped["seeds"]) >= CLAIM.seeds  # the claim's own seeds stay unseen
    assert shipped["mazes"] == len(shipped["seeds"]) * CLAIM.settings["mazes"]
    assert set(shipped["arms"]) == set(ARMS) and path.stat().st_size < 100_000


def test_a_maze_is_drawn_with_each_of_its_walls_and_buttons():
    maze, picture = made(0, 3, 2), Picture(3, 3)
    axes = picture.subplots()
    draw_maze(axes, maze, cell=0, bits=[1, 0])
    assert len(axes.lines) == (~maze.opening).sum() + maze.K + 1
    assert [text.get_text() for text in axes.texts] == ["0", "1"]


# --- bad input ---


def test_what_a_model_cannot_take_is_one_sentence():
    model = FactoredModel(2, cells=4, K=2, A=5)
    good = np.array([0, 1])
    assert "have none" in complaint(lambda: model.draw(np.zeros((2, 2))))
    assert "state s2 must lie in 0..15" in complaint(
        lambda: model.add(good, good, -1.0 * good, np.array([3, 16]), good > 5)
    )
    assert "one transition a seed" in complaint(lambda: model.add(good, np.array([1]), -1.0 * good, good, good > 5))
    assert "at least 1" in complaint(lambda: FactoredModel(0, 4, 2, 5))
    assert "K must be a whole number" in complaint(lambda: FactoredModel(1, 4, 2.5, 5))
    assert "cells and K bits" in complaint(lambda: MixedQuestions(model, K=5, capacity=10))
    assert "capacity" in complaint(lambda: MixedQuestions(model, K=2, capacity=0))
    assert "have none" in complaint(lambda: MixedQuestions(model, 2, 10).draw(np.zeros((2, 2))))


def test_a_practice_that_cannot_be_is_one_sentence():
    maze = made(0, 2, 1)
    assert "whole batches" in complaint(lambda: PracticeConfig(planning=25, batch=10))
    assert "stack of 2 worlds" in complaint(lambda: practise(stack([maze.mdp]), Replay(1, 10), [0, 1], SHORT))
    assert "stack of 1 worlds" in complaint(lambda: practise(maze.mdp, Replay(1, 10), [0], SHORT))


@pytest.mark.parametrize("field", [{"alpha": 0.0}, {"alpha": 1.1}, {"epsilon": -0.1}, {"judged_epsilon": np.nan}])
def test_a_share_outside_its_range_is_one_sentence(field):
    assert f"expected {next(iter(field))} " in complaint(lambda: PracticeConfig(**field))


def test_success_of_other_worlds_than_the_tables_is_one_sentence():
    world = stack([made(0, 2, 1).mdp])
    Q = np.zeros((1, world.S, world.A))
    assert "Q (N, S, A)" in complaint(lambda: success_probability(world.P, world.start, world.terminal, Q[0], 0.1, 3))
    assert "start" in complaint(lambda: success_probability(world.P, world.start[0], world.terminal, Q, 0.1, 3))
    assert "epsilon" in complaint(lambda: success_probability(world.P, world.start, world.terminal, Q, 1.1, 3))


def test_success_is_judged_with_the_first_of_equal_actions():
    P = np.zeros((1, 2, 2, 2))
    P[0, 0, 0, 0] = P[0, 0, 1, 1] = P[0, 1, :, 1] = 1.0  # action 0 stays, action 1 goes to the end
    start, terminal = np.array([[1.0, 0.0]]), np.array([[False, True]])
    assert success_probability(P, start, terminal, np.zeros((1, 2, 2)), 0.0, 5) == [0.0]
