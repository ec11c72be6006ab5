"""The training loop: what is counted, stored and logged; presets; a forecast that disturbs nothing."""

import json
import shutil
import signal
import threading
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from tiny import Counter, Noise, one_sentence, train_config

from mbrl_lite.agents import Dreamer
from mbrl_lite.config import from_dict, to_dict
from mbrl_lite.envs import make
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation import evaluate
from mbrl_lite.training import PRESETS, Run, Stopped, TrainConfig, fit, preset, shared, train
from mbrl_lite.training.progress import ProgressBar, forecast, settle
from mbrl_lite.training.results import read_metrics


def finished(folder, make_env=None, callbacks=(), **changes) -> Run:
    run = Run(train_config(**changes), folder, make_env)
    run.begin()
    return train(run, callbacks)


def counter():
    return Counter(5, terminates=False)


# Counting ----------------------------------------------------------------------------------------


def test_only_actions_count_as_steps(tmp_path):
    run = finished(tmp_path, counter, envs=3, steps=100)
    assert run.env_steps == sum(len(env.unwrapped.taken) for env in run.vec.envs) >= 100
    assert run.env_steps - 3 < 100  # it ends with the tick that passes the limit


def test_updates_keep_their_pace(tmp_path):
    for prefill, every in ((40, 7), (30, 1), (10**6, 4)):
        run = finished(tmp_path / str(prefill), counter, prefill=prefill, every=every)
        assert run.updates == max(0, -(-(run.env_steps - prefill) // every))


def test_what_is_stored_is_what_was_done(tmp_path):
    run = finished(tmp_path, counter, envs=2)
    held = run.replay.ticks(0, run.replay.head)
    for i, env in enumerate(run.vec.envs):
        taken = held["action"][~held["is_last"][:, i], i]  # the action of a last step is a dummy
        assert taken.tolist() == env.unwrapped.taken
        assert held["obs"][:12, i, 0].tolist() == held["reward"][:12, i].tolist() == [0, 1, 2, 3, 4, 5] * 2
        assert np.flatnonzero(held["is_first"][:, i]).tolist() == list(range(0, run.replay.head, 6))
    assert not held["is_terminal"].any() and held["is_last"][5::6].all()


def test_every_episode_is_logged_once_with_its_return(tmp_path):
    seen = []
    run = finished(tmp_path, counter, [lambda run, record: seen.append(dict(record))], envs=2)
    episodes = read_metrics(tmp_path, "episode")
    assert [e["return"] for e in episodes] == run.returns == [15.0] * len(episodes)  # 1 + 2 + 3 + 4 + 5
    assert len(episodes) == 2 * (run.env_steps // 10) and {e["length"] for e in episodes} == {5}
    assert [(e["step"], e["env"]) for e in episodes[:4]] == [(10, 0), (10, 1), (20, 0), (20, 1)]
    assert seen == [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]


def test_updates_are_logged_with_their_terms(tmp_path):
    finished(tmp_path, counter, steps=150, every=2)
    updates = read_metrics(tmp_path, "update")
    assert [u["updates"] for u in updates] == [20, 40] and updates[0]["step"] >= 80
    assert {"recon", "reward", "cont", "dyn", "rep", "actor", "critic", "entropy"} <= set(updates[-1])
    assert all(np.isfinite(value) for value in updates[-1].values() if not isinstance(value, str))


def test_the_target_ends_training_and_the_step_is_noted(tmp_path):
    run = finished(tmp_path, counter, envs=2, window=3, target=15.0)
    assert run.env_steps == 20 and run.score == 15.0 and len(run.returns) == 4
    assert run.reached == 20  # a full window of returns of 0.9 or more
    assert Run(train_config(), tmp_path).score == -np.inf


def test_training_works_outside_the_main_thread(tmp_path):
    done = []
    thread = threading.Thread(target=lambda: done.append(finished(tmp_path, counter, prefill=10**6)))
    thread.start()
    thread.join()
    assert done[0].finished


def test_the_bar_follows_whatever_is_logged(tmp_path):
    run = Run(train_config(every=2), tmp_path)
    run.begin()
    bar = ProgressBar(run, quiet=True)
    train(run, [bar])
    bar.close()
    assert set(bar.losses) >= {"recon", "reward"}


# One's own environment ---------------------------------------------------------------------------


class Mine(gym.Env):
    """Somebody's environment: its observation is a number out of four, its actions are 1 and 2."""

    def __init__(self):
        self.observation_space, self.action_space = spaces.Discrete(4), spaces.Discrete(2, start=1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return 0, {}

    def step(self, action):
        assert self.action_space.contains(action)
        self.t += 1
        return self.t, float(action == 2), self.t == 3, False, {}


def test_a_function_that_makes_an_environment_is_enough(tmp_path, capsys):
    run = fit(Mine, tmp_path / "run", "smoke", quiet=True, steps=120)
    assert run.finished and run.vec.spec.shape == (4,)
    assert evaluate(run.agent, run.make_env, 5).lengths.tolist() == [3] * 5
    again = Run.resume(tmp_path / "run", Mine, steps=160)
    assert train(again).env_steps >= 160
    assert "Predicted" in capsys.readouterr().out


def test_a_run_made_by_a_function_is_continued_as_its_own_message_says(tmp_path):
    folder = tmp_path / "run"
    fit(Mine, folder, "smoke", quiet=True, steps=120)
    with pytest.raises(MbrlError, match="already holds a run") as error:
        fit(Mine, folder, "smoke", quiet=True, steps=120)
    assert "--" not in one_sentence(error.value)  # the command line cannot make this environment
    way = str(error.value).partition("continue it with  ")[2].partition("  in Python")[0]
    again = eval(way, {"train": train, "Run": Run, "make_env": Mine})
    assert again.env_steps >= 240 and again.finished


def test_a_stopped_run_says_how_it_is_continued(tmp_path):
    presses = iter([signal.SIGINT])  # once: who presses Ctrl-C twice is in a hurry

    def press(run, record):
        for number in presses:
            signal.raise_signal(number)

    with pytest.raises(Stopped) as stopped:
        finished(tmp_path, Mine, [press], env="function Mine")
    assert f"train(Run.resume({str(tmp_path)!r}, make_env))" in one_sentence(stopped.value)


def test_a_run_refuses_what_make_refuses(tmp_path):
    with pytest.raises(MbrlError, match="Discrete action space"):
        Run(train_config(), tmp_path, lambda: Noise(spaces.Box(0, 1, (2,)), spaces.MultiDiscrete([2, 2])))


# Settings ----------------------------------------------------------------------------------------


def test_presets_are_found_by_name_environment_or_default(monkeypatch):
    monkeypatch.delenv("MBRL_LITE_PRESET", raising=False)
    assert preset() == PRESETS["laptop"] and preset("gpu") == PRESETS["gpu"]
    monkeypatch.setenv("MBRL_LITE_PRESET", "smoke")
    assert preset() == PRESETS["smoke"] and preset("laptop") == PRESETS["laptop"]
    assert preset("smoke", steps=7) == replace(PRESETS["smoke"], steps=7)


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(MbrlError) as error:
        preset("labtop")
    assert "did you mean 'laptop'?" in one_sentence(error.value) and "smoke" in str(error.value)
    with pytest.raises(MbrlError, match="smoke, laptop, gpu"):
        preset("xyz")


@pytest.mark.parametrize("name, value", [("every", 0), ("envs", 0), ("steps", -1), ("seed", -1), ("save_every", 0)])
def test_a_number_that_cannot_work_is_refused_before_it_does_harm(name, value):
    with pytest.raises(MbrlError, match=f"{name} must be at least .*, got {value}") as error:
        preset("smoke", **{name: value})
    one_sentence(error.value)


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_json(name):
    assert from_dict(TrainConfig, json.loads(json.dumps(to_dict(PRESETS[name])))) == PRESETS[name]


def test_an_unknown_field_is_named():
    with pytest.raises(MbrlError, match="'warp'") as error:
        from_dict(TrainConfig, {"warp": 9})
    one_sentence(error.value)


def test_what_is_left_open_is_settled_for_this_machine():
    config = settle(train_config(threads=0, agent=replace(train_config().agent, precision="auto", device="auto")))
    assert config.threads >= 1 and config.agent.precision in ("float32", "bfloat16")
    assert config.agent.device == ("cuda" if torch.cuda.is_available() else "cpu")
    assert settle(config) == config
    torch.set_num_threads(1)


def test_a_forecast_disturbs_nothing(tmp_path):
    run, plain = Run(train_config(), tmp_path / "a"), Run(train_config(), tmp_path / "b")
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert 0 < forecast(run) < 1
    assert torch.equal(torch.get_rng_state(), before)
    assert run.vec.state_dict() == plain.vec.state_dict() and run.replay.head == 0
    assert all(map(torch.equal, run.agent.state_dict().values(), plain.agent.state_dict().values()))


def test_the_same_seed_is_the_same_run_and_another_is_not(tmp_path):
    runs = [finished(tmp_path / str(n), lambda: make("CartPole-v1"), seed=seed) for n, seed in enumerate((3, 3, 4))]
    weights = [torch.cat([p.flatten() for p in run.agent.parameters()]) for run in runs]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert runs[0].returns == runs[1].returns != runs[2].returns


def test_a_forecast_times_whole_updates(tmp_path, monkeypatch):
    """Before a first reward an update is only half of one; the forecast must not take it for the whole."""
    seen, whole = [], Dreamer.update
    monkeypatch.setattr(Dreamer, "update", lambda self, *args: seen.append(whole(self, *args)) or seen[-1])
    forecast(Run(train_config(), tmp_path))
    assert seen and all("actor" in metrics for metrics in seen)


def test_a_shared_run_lies_where_its_settings_and_its_code_say():
    config = preset("smoke", seed=3)
    folder = shared.shared_folder(config, Path("runs"))
    assert folder == shared.shared_folder(preset("smoke", seed=3), Path("runs")) and folder.parent == Path("runs")
    others = [preset("smoke", seed=4), preset("smoke", seed=3, steps=500), preset("laptop", seed=3)]
    assert len({folder, *(shared.shared_folder(other, Path("runs")) for other in others)}) == 4


def test_the_code_of_a_run_is_what_its_loop_imports(tmp_path, monkeypatch):
    package = tmp_path / "mbrl_lite"
    shutil.copytree(Path(shared.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(shared, "_PACKAGE", package)
    before = shared.code_version()
    (package / "viz" / "curves.py").write_text("# drawing trains nothing\n")
    assert shared.code_version() == before
    for part in ("models/rssm.py", "data/replay.py", "envs/vector.py", "agents/behaviour.py", "training/loop.py"):
        (package / part).write_text((package / part).read_text() + "# changed\n")
        assert shared.code_version() != before, part
        before = shared.code_version()
