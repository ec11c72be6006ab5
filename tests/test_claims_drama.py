"""What the claims about Drama measure: errors at dream starts leave a run alone, sizes are alike, chance is chance."""

import numpy as np
import pytest
import torch
from tiny import train_config

from mbrl_lite.agents import Dreamer
from mbrl_lite.claims.atari import SETTINGS, random_returns
from mbrl_lite.claims.catalogue import drama, drama_dfs, drama_dfs_v2, mamba_meta_rl
from mbrl_lite.claims.one_configuration import MEMORIES, ONE, changed, with_memory
from mbrl_lite.config import from_dict
from mbrl_lite.envs import EnvSpec
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.training import Run, TrainConfig, preset, train
from mbrl_lite.training.family import as_agent
from mbrl_lite.training.recorded import settings_of
from mbrl_lite.training.results import read_metrics


def watched(folder) -> Run:
    run = Run(as_agent(train_config(sampler="dfs", steps=120, every=1), "drama", expand=1, head=16, state=4), folder)
    run.begin()
    return run


def test_the_family_is_of_one_size():
    sizes = {}
    for name, its in {"dreamer": ONE, **{name: with_memory(name) for name in MEMORIES}}.items():
        agent = Dreamer(EnvSpec("grid", (7, 7, 3), 7), from_dict(TrainConfig, its).agent)
        sizes[name] = sum(p.numel() for p in agent.parameters())
    assert max(sizes.values()) < 1.2 * min(sizes.values()) and max(sizes.values()) < 1e6, sizes


def test_looking_at_dream_starts_leaves_a_run_as_it_was(tmp_path):
    settings, runs = {"each": 30, "starts": 6, "dreamt": 2}, []
    for name, watch in (("looked at", True), ("alone", False)):  # making a run sets torch's generator
        runs.append(watched(tmp_path / name))
        train(runs[-1], [drama_dfs.Watch(runs[-1], settings)] if watch else [])
    seen = read_metrics(tmp_path / "looked at", "dream_starts")
    assert len(seen) >= 2 and all(record["error"] > 0 for record in seen)
    one, other = (run.agent.state_dict() for run in runs)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert np.array_equal(runs[0].sampler.dreamt, runs[1].sampler.dreamt)


def test_both_kinds_of_starts_are_seen_under_one_model(tmp_path):
    run = watched(tmp_path)
    settings = {"each": 30, "starts": 6, "dreamt": 2, "uniform": 1e9}
    train(run, [drama_dfs_v2.Watch(run, settings)])
    seen = read_metrics(tmp_path, "dream_starts")
    assert len(seen) >= 2 and all(record["dfs"] > 0 and record["uniform"] > 0 for record in seen)
    tau = run.sampler.tau
    assert drama_dfs.error_at_starts(run, 6, 2) == drama_dfs.error_at_starts(run, 6, 2, tau=tau)
    assert run.sampler.tau == tau != settings["uniform"]


def test_a_dream_of_no_model_is_as_wrong_as_its_picture(tmp_path, monkeypatch):
    run = watched(tmp_path)
    train(run)
    decoder = run.agent.model.decoder
    decoder = getattr(decoder, "net", decoder)
    exact = drama_dfs.error_at_starts(run, 8, 2)
    monkeypatch.setattr(type(decoder), "mode", lambda self, feat: 1e3 + torch.zeros(len(feat), 4))
    assert drama_dfs.error_at_starts(run, 8, 2) > 900 > exact


def test_the_last_return_is_that_of_the_last_episodes():
    curve = Curve("a", "CartPole-v1", 0, {}, {}, (10, 50, 95, 99), (1.0, 2.0, 5.0, 7.0), (1, 2, 3, 4), 100)
    assert drama.last_return(curve, 10) == 6.0 and drama.last_return(curve, 60) == pytest.approx(14 / 3)


def test_random_play_is_that_of_the_seeds():
    returns = random_returns("CartPole-v1", 6, 3)
    assert len(returns) == 6 and returns == random_returns("CartPole-v1", 6, 3) != random_returns("CartPole-v1", 6, 4)
    assert 9 <= np.mean(returns) <= 45  # 22 on average


def test_the_claims_about_atari_run_the_preset():
    own = from_dict(TrainConfig, SETTINGS | {"env": "mbrl_lite/Atari32-Pong-v0", "target": None})
    assert settings_of(own) == settings_of(preset("atari"))


def test_a_life_is_measured_by_halves_and_its_training_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("MBRL_LITE_RUNS", str(tmp_path))
    rival = Curve("rppo", "mbrl_lite/HiddenGoalS3-v0", 0, {}, {}, (10,), (1.0,), (2.0,), 400_000)
    monkeypatch.setattr(mamba_meta_rl, "rival_curve", lambda *_: rival)
    small = mamba_meta_rl.CLAIM.settings | {"steps": 600, "lives": 4}
    small["agent"] = changed(small["agent"], {"prefill": 560, "agent.batch": 2})
    values = mamba_meta_rl.measure(small, 0)
    assert values["share"] == values["second"] / 6 and values["steps"] == 600 and values["steps.rival"] == 400_000
    assert mamba_meta_rl.measure(small, 0) == values  # nothing is trained twice
    curve = mamba_meta_rl.learning_curve(mamba_meta_rl.train_life(small, 0))
    assert len(curve.step) == len(curve.returns) >= 30 and curve.step[-1] <= 600
