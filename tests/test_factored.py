"""The factored model: rules that are true, and answers about places where nobody was."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mbrl_lite.envs.buttons import ACTIONS, ButtonMaze, button_maze, flat_state
from mbrl_lite.models.factored import FactoredModel, MixedQuestions
from mbrl_lite.models.tabular import Replay, TableModel

SEEDS = st.integers(0, 10_000)


def made(seed: int, side: int = 3, K: int = 2, **more) -> ButtonMaze:
    return button_maze(np.random.default_rng(seed), side, K, **more)


def lived(maze: ButtonMaze, steps: int, seed: int = 0):
    """Random steps of one walker who starts anew at each end: arrays s, a, r, s2, done, (steps, 1) each."""
    rng, mdp, log = np.random.default_rng(seed), maze.mdp, []
    s = mdp.reset(rng.random(1))
    for _ in range(steps):
        a = rng.integers(ACTIONS, size=1)
        s2, r, done = mdp.step(rng.random(1), s, a)
        log.append((s, a, r, s2, done))
        s = np.where(done, mdp.reset(rng.random(1)), s2)
    return [np.stack(column) for column in zip(*log, strict=True)]


def taught(maze: ButtonMaze, steps: int, seed: int = 0) -> FactoredModel:
    model = FactoredModel(1, maze.cells, maze.K, ACTIONS)
    for step in zip(*lived(maze, steps, seed), strict=True):
        model.add(*step)
    return model


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, side=st.integers(2, 3), K=st.integers(1, 3))
def test_with_all_data_the_factored_model_is_the_world(seed, side, K):
    maze = made(seed, side, K, slip=0.2)
    mdp, model = maze.mdp, FactoredModel(1, maze.cells, K, ACTIONS)
    times = np.rint(10 * mdp.P).astype(int)  # each outcome as often as its probability says: 8, 1, 1 of ten
    times[mdp.terminal] = 0
    s, a, s2 = (x.repeat(times[times > 0]) for x in np.nonzero(times))
    for step in zip(s, a, mdp.R[s, a], s2, mdp.terminal[s2], strict=True):
        model.add(*(np.array([x]) for x in step))
    goes_on = ~mdp.terminal
    assert np.allclose(model.table()[goes_on], mdp.P[goes_on])
    pair = np.arange(mdp.S * ACTIONS)[np.repeat(goes_on, ACTIONS)]
    for u in (0.05, 0.5, 0.95):
        s, a, r, s2, done = model.outcome(pair, np.full(len(pair), u), np.zeros(len(pair), int))
        assert (done == mdp.terminal[s2]).all() and np.allclose(r, mdp.R[s, a])


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, steps=st.integers(1, 400))
def test_the_factored_model_never_answers_with_the_impossible(seed, steps):
    maze = made(seed, 3, 2)
    model, mdp = taught(maze, steps, seed), maze.mdp
    pair = model.known[0, : model.size[0]]
    pair = pair[~mdp.terminal[pair // ACTIONS]]  # nobody acts after the end
    for u in np.random.default_rng(seed).random((5, 1)):
        s, a, r, s2, done = model.outcome(pair, np.full(len(pair), u), np.zeros(len(pair), int))
        assert (mdp.P[s, a, s2] > 0).all() and np.allclose(r, -1)
        assert not (done & ~mdp.terminal[s2]).any()
    P = model.table()
    assert not (P[~mdp.terminal] > 0)[mdp.P[~mdp.terminal] == 0].any()
    known = model.is_known[0].reshape(mdp.S, ACTIONS)
    assert np.allclose(P.sum(-1), known)


def test_it_answers_where_nobody_was_and_only_there_where_each_part_was_seen():
    model = FactoredModel(1, cells=3, K=2, A=2)

    def saw(cell, bits, cell2, bits2):
        model.add(*(np.array([x]) for x in (flat_state(cell, bits), 1, -1.0, flat_state(cell2, bits2), False)))

    saw(1, [0, 1], 2, [0, 1])
    assert model.size[0] == 1 and model.is_known[0, flat_state(1, [0, 1]) * 2 + 1]
    saw(1, [1, 0], 2, [1, 0])
    for bits in ([0, 0], [1, 1]):  # never visited, both: each bit alone was
        pair = flat_state(1, bits) * 2 + 1
        assert model.is_known[0, pair]
        s, a, r, s2, done = model.outcome(np.array([pair]), np.array([0.3]))
        assert (s2[0], r[0], bool(done[0])) == (flat_state(2, bits), -1.0, False)
    assert model.size[0] == 4 and not model.is_known[0].reshape(3, 4, 2)[[0, 2]].any()


def test_outcomes_are_drawn_by_the_counts():
    maze = made(1, 3, 2, slip=0.3)
    model, M = taught(maze, 600), 4000
    P, u = model.table(), (np.arange(M) + 0.5) / M
    for pair in model.known[0, : model.size[0] : 7]:
        s, a, _, s2, _ = model.outcome(np.full(M, pair), u, np.zeros(M, int))
        drawn = np.bincount(s2, minlength=maze.mdp.S) / M
        assert np.abs(drawn - P[s[0], a[0]]).max() < 2e-3  # a regular grid of u: every outcome has its share


def test_pairs_are_drawn_uniformly_from_the_known_ones():
    model = taught(made(2, 2, 2), 60)
    size = int(model.size[0])
    u = np.stack([(np.arange(size) + 0.5) / size, np.full(size, 0.5)], axis=1)
    s, a, *_ = model.draw(u, np.zeros(size, int))
    assert sorted(s * ACTIONS + a) == sorted(model.known[0, :size]) and len(set(model.known[0, :size])) == size
    assert model.is_known[0].sum() == size


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_mixed_questions_put_the_bits_of_one_step_to_the_place_of_another(seed):
    maze, K = made(seed, 3, 2), 2
    s, a, *_ = steps = lived(maze, 80, seed)
    for model in (FactoredModel(1, maze.cells, K, ACTIONS), TableModel(1, maze.mdp.S, ACTIONS)):
        mixed, own = (MixedQuestions(model, K, 100, mix=mix) for mix in (True, False))
        for step in zip(*steps, strict=True):
            mixed.add(*step)
        own.s, own.a, own.added = mixed.s, mixed.a, mixed.added
        u, rows = np.random.default_rng(seed).random((300, 2)), np.zeros(300, int)
        asked, acted, *_ = mixed.draw(u, rows)
        assert model.is_known[0, asked * ACTIONS + acted].all()
        assert set(zip(asked >> K, acted, strict=True)) <= set(zip(s[:, 0] >> K, a[:, 0], strict=True))
        assert set(asked % 2**K) <= set(s[:, 0] % 2**K)
        lived_pairs = set(zip(s[:, 0], a[:, 0], strict=True))
        asked_own = set(zip(*own.draw(u, rows)[:2], strict=True))
        assert asked_own <= lived_pairs
        if isinstance(model, TableModel):  # it cannot go beyond what was tried
            assert set(zip(asked, acted, strict=True)) <= lived_pairs


def test_mixed_questions_reach_pairs_that_nobody_tried():
    maze, K = made(0, 3, 2), 2
    steps = lived(maze, 300)
    mixed = MixedQuestions(FactoredModel(1, maze.cells, K, ACTIONS), K, 300)
    for step in zip(*steps, strict=True):
        mixed.add(*step)
    s, a, *_ = mixed.draw(np.random.default_rng(0).random((2000, 2)), np.zeros(2000, int))
    assert len(set(zip(s, a, strict=True)) - set(zip(steps[0][:, 0], steps[1][:, 0], strict=True))) > 10


def test_a_table_asked_what_was_tried_draws_as_replay_does():
    maze, K = made(3, 2, 1, slip=0.3), 1
    replay, table = Replay(1, 200), MixedQuestions(TableModel(1, maze.mdp.S, ACTIONS), K, 200, mix=False)
    for step in zip(*lived(maze, 200), strict=True):
        replay.add(*step)
        table.add(*step)
    grid = (np.arange(200) + 0.5) / 200
    u = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)  # (40000, 2)
    shares = []
    for experience in (replay, table):
        s, a, _, s2, _ = experience.draw(u, np.zeros(len(u), int))
        shares.append(np.bincount((s * ACTIONS + a) * maze.mdp.S + s2, minlength=maze.mdp.S**2 * ACTIONS) / len(u))
    assert np.abs(shares[0] - shares[1]).max() < 5e-3
