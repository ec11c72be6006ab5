"""Laws of the learning curves: the statistic, what a file holds, and files that are not what they should be."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve, load_curves, settings_hash
from mbrl_lite.evaluation.tasks import SIX, TASKS, task
from mbrl_lite.evaluation.yardstick import first_reach

EPISODES = st.lists(st.tuples(st.integers(0, 40), st.floats(-1e4, 1e4), st.floats(0, 9)), max_size=60)


def curve(step=(10, 20, 30, 40), returns=(0, 1, 1, 1), seconds=(1, 2, 3, 4), seed=0, **changes) -> Curve:
    return Curve("some", "MinAtar/Breakout-v1", seed, changes or {"lr": 0.1}, {}, step, returns, seconds, 100)


def running(values):
    return [sum(values[: i + 1]) for i in range(len(values))]


def test_the_first_reach_is_the_end_of_the_first_full_window_that_is_good_enough():
    assert curve().reach(1.0, 2) == 30 and curve().reach_seconds(1.0, 2) == 3
    assert curve().reach(0.5, 2) == 20 and curve().reach(1.0, 4) is None and curve().reach_seconds(1.0, 4) is None
    assert curve().reach(0.0, 5) is None


def test_the_time_of_the_first_reach_is_that_of_its_own_episode_where_parallel_ones_end_together():
    together = curve(step=(8, 8, 8, 16), returns=(0, 1, 1, 1), seconds=(1, 2, 3, 4))
    assert together.reach(1.0, 2) == 8 and together.reach_seconds(1.0, 2) == 3


@settings(deadline=None)
@given(EPISODES, st.integers(1, 20), st.floats(-1e4, 1e4))
def test_a_curve_comes_back_as_it_was_and_so_does_its_statistic(tmp_path_factory, episodes, window, threshold):
    gaps, returns, spent = zip(*episodes) if episodes else ((), (), ())
    made = curve(running(gaps), returns, running(spent), lr=0.5, nested={"n": [1, 2]})
    loaded = load_curve(made.save(tmp_path_factory.getbasetemp() / "curve.json"))
    assert loaded == made and loaded.reach(threshold, window) == first_reach(made.step, made.returns, threshold, window)
    assert all(abs(a - b) <= 5.1e-5 for a, b in zip(loaded.returns, returns))


@pytest.mark.parametrize(
    "wrong",
    [
        {"returns": (0, 1, 1)},
        {"seconds": (1, 2, 3)},
        {"step": (10, 20, 15, 40)},
        {"seconds": (1, 2, 1, 4)},
        {"returns": (0, float("nan"), 1, 1)},
    ],
)
def test_episodes_that_do_not_fit_together_are_refused(wrong):
    with pytest.raises(MbrlError, match=r"expected .*, got .*: note|expected .*: pass the episodes"):
        curve(**wrong)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[1, 2]",
        lambda text: "{}",
        lambda text: text.replace("curve 1", "curve 0"),
        lambda text: text.replace('"agent"', '"angel"'),
        lambda text: text.replace('"step":[10', '"step":["x"'),
        lambda text: json.dumps(json.loads(text) | {"returns": [1.0]}),
        lambda text: text.replace('"step":[10,10', '"step":[10,-10'),
    ],
)
def test_a_damaged_or_foreign_file_is_named_with_what_to_do(tmp_path, damage):
    path = curve().save(tmp_path / "some.json")
    damaged = damage(path.read_text())
    assert damaged != path.read_text()
    path.write_text(damaged)
    with pytest.raises(MbrlError) as error:
        load_curve(path)
    message = str(error.value)
    assert "some.json is damaged or of another kind" in message and message.endswith("run that seed again")
    assert "\n" not in message


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MbrlError, match=r"none\.json, which cannot be read .*check the path"):
        load_curve(tmp_path / "none.json")


def test_each_run_has_its_own_file_whose_folder_is_the_environment(tmp_path):
    for seed in (2, 0, 1):
        saved = curve(seed=seed)
        saved.save(curve_path("some", saved.env, seed, tmp_path))
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.json")} == {
        f"minatar-breakout-v1/some-{seed}.json" for seed in range(3)
    }
    assert [c.seed for c in load_curves("some", "MinAtar/Breakout-v1", range(3), tmp_path)] == [0, 1, 2]


def test_an_environment_variable_names_another_folder(tmp_path, monkeypatch):
    shipped = curve_path("some", "MinAtar/Breakout-v1", 0)
    monkeypatch.setenv("MBRL_LITE_CURVES", str(tmp_path))
    assert curve().save() == tmp_path / "minatar-breakout-v1" / "some-0.json" != shipped
    assert load_curves("some", "MinAtar/Breakout-v1", [0]) == (curve(),)


def test_a_hash_of_settings_knows_every_setting_and_no_order():
    one = settings_hash({"lr": 0.1, "more": {"a": 1, "b": 2}})
    assert one == settings_hash({"more": {"b": 2, "a": 1}, "lr": 0.1}) and len(one) == 8
    assert one != settings_hash({"lr": 0.1, "more": {"a": 1, "b": 3}})


def test_tasks_have_a_finish_line_between_chance_and_perfection():
    assert set(SIX) < set(TASKS) and all(task(name).name == name for name in TASKS)
    for one in TASKS.values():
        assert one.random < one.threshold and (one.perfect is None or one.threshold < one.perfect)
        assert one.budget > 0 and one.window > 0
    with pytest.raises(MbrlError, match=r"got 'pong': choose one of cartpole"):
        task("pong")
