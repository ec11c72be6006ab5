"""Mazes, and what planning draws from: replay and tables of counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import complaint

from mbrl_lite.envs.mazes import DYNA_MAZE, Changing, blocking_maze, cells, dyna_maze, grid_maze, shortcut_maze
from mbrl_lite.envs.tabular import garnet
from mbrl_lite.models.tabular import Replay, TableModel
from mbrl_lite.planning.value_iteration import value_iteration

TINY = "S.G\n.#.\n..."


def steps_to_goal(world) -> int:
    """The length of the shortest way, from the value of the start: V = gamma ** (steps - 1)."""
    V, _ = value_iteration(world)
    return 1 + round(np.log(V[world.start.argmax()]) / np.log(world.gamma))


def counted(model, world, rng, steps):
    for _ in range(steps):
        s, a = rng.integers(world.S, size=model.N), rng.integers(world.A, size=model.N)
        s2, r, done = world.step(rng.random(model.N), s, a)
        model.add(s, a, r, s2, done)
    return model


# --- mazes -----------------------------------------------------------------------------------------------------------


def test_the_textbooks_mazes_have_the_textbooks_ways():
    blocking, shortcut = blocking_maze(), shortcut_maze()
    worlds = dyna_maze(), blocking.before, blocking.after, shortcut.before, shortcut.after
    assert [steps_to_goal(world) for world in worlds] == [14, 10, 16, 16, 10]
    assert (cells(DYNA_MAZE) != "#").sum() == 47


def test_a_wall_is_never_entered_and_can_always_be_left():
    world = grid_maze(TINY, 0.9, slip=0.3)
    wall = (cells(TINY) == "#").ravel()
    assert world.P[~wall][:, :, wall].sum() == 0
    assert (world.P[wall][:, :, ~wall].sum(-1) > 0).all()  # a wall may close on someone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty text"),
        ("S.G\n..", "equally long"),
        ("S.X\n..G", "'X'"),
        ("..G", "exactly one start"),
        ("SSG", "exactly one start"),
        ("S..", "at least one goal"),
    ],
)
def test_a_bad_map_is_one_sentence(text, says):
    assert says in complaint(lambda: grid_maze(text))


def test_a_world_that_changes_its_size_or_its_past_is_refused():
    assert "keeps its" in complaint(lambda: Changing(grid_maze("S.G"), grid_maze("S..G"), 5))
    assert "step 0 or later" in complaint(lambda: Changing(grid_maze("S.G"), grid_maze("S.G"), -1))
    assert "slip" in complaint(lambda: grid_maze("S.G", slip=2.0))
    assert "gamma" in complaint(lambda: grid_maze("S.G", gamma=1.0))


# --- what planning draws from ----------------------------------------------------------------------------------------


@given(st.integers(1, 9), st.integers(1, 30), st.integers(0, 10_000))
def test_replay_gives_back_its_last_transitions_and_nothing_else(capacity, steps, seed):
    rng, replay, seen = np.random.default_rng(seed), Replay(2, capacity), []
    for k in range(steps):
        seen.append((k, k + 1, float(k), k + 2, bool(k % 2)))
        replay.add(*(np.full(2, value) for value in seen[-1]))
    drawn = {tuple(x[0].item() for x in replay.draw(rng.random((2, 2)))) for _ in range(200)}
    assert drawn <= set(seen[-capacity:])
    assert len(drawn) == min(capacity, steps) or capacity > 5


def test_the_table_draws_pairs_uniformly_and_outcomes_by_their_counts():
    model = TableModel(1, 4, 2)
    for s, a, s2, times in ((0, 0, 1, 30), (0, 0, 2, 10), (3, 1, 3, 1)):
        for _ in range(times):
            model.add(*(np.array([x]) for x in (s, a, float(s2), s2, False)))
    grid = (np.arange(400) + 0.5) / 400
    u = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)  # (160000, 2) every uniform once
    rows = np.zeros(len(u), int)
    s, a, r, s2, _ = model.draw(u, rows)
    assert np.isclose((s == 0).mean(), 0.5, atol=0.01)
    assert np.isclose((s2[s == 0] == 1).mean(), 0.75, atol=0.01)
    assert (r == s2).all() and (a == (s == 3)).all()


def test_the_tables_world_comes_to_the_true_one_and_says_what_it_never_saw():
    world, rng = garnet(np.random.default_rng(0), 6, 2, 3, 0.9), np.random.default_rng(1)
    estimate = counted(TableModel(3, 6, 2), world, rng, 6000).to_mdp(0.9)
    assert np.allclose(estimate.R, world.R)
    assert np.abs(estimate.P - world.P).max() < 0.1
    unseen = TableModel(1, 3, 2)
    unseen.add(*(np.array([x]) for x in (0, 1, 5.0, 2, True)))
    V, Q = value_iteration(unseen.to_mdp(0.5, unseen=5.0))
    assert Q[0, 0, 1] == 5.0 and V[0, 2] == 0.0  # paid on the way into the end; nothing after it
    assert np.isclose(V[0, 1], 10.0)  # never tried: optimistic, 5 / (1 - 0.5)
    assert value_iteration(unseen.to_mdp(0.5))[0][0, 1] == 0.0


def test_predecessors_are_the_pairs_whose_outcomes_hold_the_state():
    world = garnet(np.random.default_rng(3), 7, 2, 3, 0.9)
    model = counted(TableModel(2, 7, 2), world, np.random.default_rng(0), 2000)
    P = model.to_mdp(0.9).P  # (N, S, A, S)
    for state in range(7):
        i, pair = model.predecessors(np.array([state, state]))
        assert {*zip(i.tolist(), pair.tolist())} == {(n, s * 2 + a) for n, s, a in np.argwhere(P[..., state] > 0)}


def test_with_last_only_the_last_outcome_remains_and_untried_actions_stay():
    model = TableModel(1, 3, 2, last=True, untried=True)
    for r, s2 in ((0.3, 1), (0.7, 2)):
        model.add(*(np.array([x]) for x in (0, 0, r, s2, False)))
    draws = {tuple(x[0].item() for x in model.draw(np.array([[u, 0.99]]))) for u in (0.1, 0.9)}
    assert draws == {(0, 0, 0.7, 2, False), (0, 1, 0.0, 0, False)}


def test_experience_refuses_what_it_cannot_hold():
    one = np.array([0])
    for empty in (Replay(1, 3), TableModel(1, 2, 2)):
        assert "have none" in complaint(lambda: empty.draw(np.zeros((1, 2))))  # noqa: B023
        assert "one transition a seed" in complaint(lambda: empty.add(one, np.array([0, 1]), one, one, one))  # noqa: B023
    assert "action a" in complaint(lambda: TableModel(1, 2, 2).add(one, one + 2, one, one, one))
    assert "capacity" in complaint(lambda: Replay(1, 0))
