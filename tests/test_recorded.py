"""Recorded curves: made once, read afterwards, continued where they were stopped, and never mixed up."""

import shutil
from dataclasses import replace

import pytest
from tiny import complaint, train_config

from mbrl_lite.agents import load_agent
from mbrl_lite.claims.one_configuration import ONE, changed, config_for
from mbrl_lite.config import differences, from_dict, to_dict
from mbrl_lite.evaluation.curves import load_curve
from mbrl_lite.evaluation.tasks import TASKS
from mbrl_lite.training import Run, TrainConfig
from mbrl_lite.training.loop import train
from mbrl_lite.training.recorded import _Clock, recorded, settings_of, shipped_agent


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.setenv("MBRL_LITE_RUNS", str(tmp_path / "live"))
    return tmp_path / "live"


def test_a_run_is_made_once_and_read_afterwards(tmp_path, work):
    curve = recorded("tiny", train_config(), tmp_path)
    assert len(curve.step) == len(curve.returns) == len(curve.seconds) > 2 and curve.budget == 160
    assert load_curve(tmp_path / "cartpole-v1" / "tiny-0.json") == curve
    (work / "tiny-cartpole-v1-0" / "checkpoint" / "run.safetensors").unlink()  # it would be missed if it ran again
    assert recorded("tiny", train_config(threads=0, save_every=7), tmp_path) == curve


def test_other_settings_are_not_mistaken_for_these(tmp_path):
    recorded("tiny", train_config(), tmp_path)
    message = complaint(lambda: recorded("tiny", train_config(every=10), tmp_path))
    assert "every 20, here 10" in message and "tiny-0.json" in message


class Enough(Exception):
    """Stands in for a machine that is switched off."""


def test_a_run_that_was_stopped_goes_on(tmp_path, work):
    config = train_config()
    whole = recorded("tiny", config, tmp_path / "whole")
    half = Run(config, work / "half-cartpole-v1-0")
    half.begin()

    def stop(run, record):
        if run.env_steps > 100:
            raise Enough

    with pytest.raises(Enough):
        train(half, [_Clock(half), stop])
    curve = recorded("half", config, tmp_path / "whole")
    assert (curve.step, curve.returns) == (whole.step, whole.returns)
    assert len(curve.seconds) == len(curve.step)


def test_the_agent_of_a_run_ships_and_is_not_needed_afterwards(tmp_path, work, monkeypatch):
    monkeypatch.setattr("mbrl_lite.training.recorded.asset", lambda *names: tmp_path)
    curve = recorded("tiny", train_config(), tmp_path)
    path = shipped_agent("tiny", curve.env, curve.seed, "tiny.safetensors")
    assert load_agent(path).env == curve.env
    live, was = work / "tiny-cartpole-v1-0", path.read_bytes()
    assert was == (live / "agent.safetensors").read_bytes()
    shutil.rmtree(live)
    assert shipped_agent("tiny", curve.env, curve.seed, "tiny.safetensors").read_bytes() == was


def test_differences_are_told_field_by_field():
    one, two = to_dict(train_config()), to_dict(train_config(envs=3, agent=replace(train_config().agent, batch=5)))
    assert differences(one, two) == ["agent.batch 4, here 5", "envs 2, here 3"]
    assert differences(one, one) == []


def test_the_one_configuration_says_everything_but_task_and_seed():
    assert differences(to_dict(from_dict(TrainConfig, ONE)), to_dict(TrainConfig())) == []
    free = {"env", "seed", "steps", "target", "window", "threads", "save_every", "expected_steps"}
    assert not free & set(ONE)
    configs = [config_for(ONE, goal, 1000, 3) for goal in TASKS.values()]
    assert len({str(settings_of(replace(c, env="", target=None, window=1))) for c in configs}) == 1


def test_a_change_names_its_path():
    other = changed(ONE, {"agent.behaviour.numbers": "raw", "every": 2})
    assert differences(ONE, other) == ["agent.behaviour.numbers two_hot, here raw", "every 4, here 2"]
    with pytest.raises(KeyError, match="numbrs"):
        changed(ONE, {"agent.behaviour.numbrs": "raw"})
