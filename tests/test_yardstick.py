"""Laws of the yardstick: what is stored is the statistic, what is shipped is whole, and a bad file is named."""

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbrl_lite.assets import asset
from mbrl_lite.envs import make
from mbrl_lite.errors import MbrlError, MissingExtra
from mbrl_lite.evaluation import yardstick
from mbrl_lite.evaluation.yardstick import first_reach, load_yardstick, record, thin

RUNS = st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), min_size=0, max_size=120)


def run_of(pairs):
    return {"step": np.cumsum([gap for gap, _ in pairs], dtype=int).tolist(), "return": [r for _, r in pairs]}


@settings(deadline=None)
@given(RUNS, st.integers(1, 60))
def test_the_thinned_curve_is_the_statistic_over_the_episodes_ended_by_then(pairs, window):
    run, grid = run_of(pairs), np.arange(25, 501, 25)
    for step, value in zip(grid, thin(run["step"], run["return"], grid, window)):
        ended = [r for s, r in zip(run["step"], run["return"]) if s <= step][-window:]
        assert value == pytest.approx(sum(ended) / len(ended)) if ended else np.isnan(value)


@settings(deadline=None)
@given(st.lists(RUNS, min_size=1, max_size=4))
def test_a_record_comes_back_as_it_was(tmp_path_factory, all_pairs):
    runs = {seed: run_of(pairs) | {"seconds": 1.5} for seed, pairs in enumerate(all_pairs)}
    path = tmp_path_factory.getbasetemp() / "y.json"
    path.write_text(yardstick._pretty(record(runs, 1000, 100, "a command", {"torch": "2.13.0"})))
    loaded = load_yardstick(path)
    assert loaded.steps.tolist() == list(range(100, 1001, 100)) and loaded.env_id == yardstick.ENV_ID
    for seed, run in runs.items():
        assert np.allclose(
            loaded.curves[seed], thin(run["step"], run["return"], loaded.steps), atol=1e-4, equal_nan=True
        )
        assert loaded.reach[seed] == first_reach(run["step"], run["return"])


def test_a_run_that_never_arrives_counts_as_its_budget(tmp_path):
    good = {"step": list(range(10, 610, 10)), "return": [1.0] * 60, "seconds": 1.0}
    bad = good | {"return": [0.0] * 60}
    path = tmp_path / "y.json"
    path.write_text(json.dumps(record({0: good, 1: bad, 2: bad}, 1000, 100, "", {})))
    assert load_yardstick(path).median_reach == 1000
    path.write_text(json.dumps(record({0: good, 1: good, 2: bad}, 1000, 100, "", {})))
    assert load_yardstick(path).median_reach == 500


def test_the_shipped_yardstick_is_whole_and_small_and_says_how_it_was_made():
    path = asset("data", "ppo_doorkey5x5.json")
    content, loaded = json.loads(path.read_text()), load_yardstick()
    assert path.stat().st_size < 200_000 and loaded.env_id == "MiniGrid-DoorKey-5x5-v0"
    assert len(loaded.reach) == 5 and loaded.window == 50 and loaded.threshold == 0.9 and loaded.budget == 60_000
    assert content["command"] == "python -m mbrl_lite.evaluation.yardstick --out assets/data/ppo_doorkey5x5.json"
    assert content["settings"] == yardstick.SETTINGS


def test_the_shipped_curves_agree_with_their_first_reach():
    content, loaded = json.loads(asset("data", "ppo_doorkey5x5.json").read_text()), load_yardstick()
    for seed, curve in zip(content["seeds"], loaded.curves):
        reach = loaded.budget + 1 if seed["reach_step"] is None else seed["reach_step"]
        waiting = (loaded.steps >= seed["full_window_step"]) & (loaded.steps < reach)
        assert (curve[waiting] < loaded.threshold + 1e-4).all()
        assert reach > loaded.budget or (curve[loaded.steps >= reach] >= loaded.threshold - 1e-4).any()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "{}",
        lambda text: "[1, 2]",
        lambda text: text.replace('"every": 250', '"every": 500'),
        lambda text: text.replace('"seeds"', '"trees"'),
        lambda text: text.replace("null", '"much"', 1),
        lambda text: text.replace('"steps": 60000', '"steps": "many"'),
        lambda text: json.dumps(json.loads(text) | {"seeds": []}),
    ],
)
def test_a_damaged_or_foreign_file_is_named_with_what_to_do(tmp_path, damage):
    path = tmp_path / "some.json"
    path.write_text(damage(asset("data", "ppo_doorkey5x5.json").read_text()))
    with pytest.raises(MbrlError) as error:
        load_yardstick(path)
    assert "some.json is damaged or of another kind" in str(error.value)
    assert "python -m mbrl_lite.evaluation.yardstick --out" in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MbrlError, match=r"none\.json, which cannot be read .*make it again"):
        load_yardstick(tmp_path / "none.json")


def test_the_baseline_sees_one_number_set_per_channel_of_each_cell():
    env = yardstick.OneHotView(make(yardstick.ENV_ID))
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert observation.reshape(49, 20).sum(0)[:11].sum() == 49 and observation.sum() == 3 * 49


def test_without_the_baselines_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    with pytest.raises(MissingExtra, match=r"mbrl_lite\[baselines\]"):
        yardstick.run_seed(0, 100)


def test_the_command_writes_a_file_that_loads_and_says_how_it_was_made(tmp_path, monkeypatch, capsys):
    def quick(seed, steps):
        return {"step": list(range(10, 610, 10)), "return": [float(seed > 0)] * 60, "seconds": 0.5}

    monkeypatch.setattr(yardstick, "run_seed", quick)
    monkeypatch.setattr(yardstick.torch, "set_num_threads", lambda n: None)
    monkeypatch.setattr(yardstick.importlib.metadata, "version", lambda name: "0")  # the extra may not be installed
    out = tmp_path / "y.json"
    yardstick.main(out, seeds=2, steps=1000)
    assert load_yardstick(out).reach == (None, 500) and [file.name for file in tmp_path.iterdir()] == ["y.json"]
    assert json.loads(out.read_text())["command"].endswith(f"--out {out.as_posix()}")
    assert "seed 0: never reaches" in capsys.readouterr().out
