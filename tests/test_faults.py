"""Faults in a run or an agent's file: one sentence each, and the last checkpoint stays."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import AGENT, Counter, one_sentence, train_config

from mbrl_lite import storage
from mbrl_lite.agents import Dreamer, load_agent, save_agent
from mbrl_lite.envs import EnvSpec, make
from mbrl_lite.errors import MbrlError
from mbrl_lite.models import Latent
from mbrl_lite.storage import load_tensors, save_tensors
from mbrl_lite.training import Run, TrainConfig, train
from mbrl_lite.training.run import CHUNK_KIND

# Agents ------------------------------------------------------------------------------------------

SPEC = EnvSpec("vector", (4,), 2)


def test_a_loaded_agent_does_what_the_saved_one_did(tmp_path):
    agent = Dreamer(SPEC, AGENT)
    torch.nn.init.normal_(agent.behaviour.actor.net[-1].weight)
    starts = Latent(torch.randn(2, 16), torch.randn(2, 12))
    save_agent(tmp_path / "agent", agent, "CartPole-v1", starts, env_steps=5)
    saved = load_agent(tmp_path / "agent")
    assert saved.env == "CartPole-v1" and saved.info == {"env_steps": 5} and saved.agent.config == AGENT
    assert saved.agent.spec == SPEC and torch.equal(saved.starts.feat, starts.feat)
    obs, first, answers = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32), np.ones(9, bool), []
    for one in (agent, saved.agent):
        torch.manual_seed(0)
        action, (latent, _) = one.act(obs, first)
        dream = one.model.imagine(one.behaviour.act, latent, 4)
        told = (dream.feat, dream.action, dream.reward, dream.cont, dream.ones.index)
        answers.append([torch.from_numpy(action), latent.feat, *told, one.behaviour.value(dream.feat)])
    assert all(map(torch.equal, *answers))
    assert not any(p.requires_grad for p in saved.agent.parameters())


def test_the_demo_s_agent_is_a_small_file(tmp_path):
    save_agent(tmp_path / "agent", Dreamer(EnvSpec("grid", (7, 7, 3), 7), TrainConfig().agent), TrainConfig().env)
    assert (tmp_path / "agent").stat().st_size < 5e6


@pytest.mark.parametrize("change", [lambda w: {}, lambda w: w | {"agent.behaviour.range": torch.zeros(3)}])
def test_weights_that_do_not_fit_their_configuration_are_refused(tmp_path, change):
    save_agent(tmp_path / "agent", Dreamer(SPEC, AGENT), "CartPole-v1")
    tensors, info = load_tensors(tmp_path / "agent", "mbrl_lite agent 1")
    starts = {name: tensors[name] for name in ("starts.h", "starts.z")}
    save_tensors(tmp_path / "agent", "mbrl_lite agent 1", starts | change(tensors), info)
    with pytest.raises(MbrlError, match="do not fit") as error:
        load_agent(tmp_path / "agent")
    assert str(tmp_path / "agent") in one_sentence(error.value)


def test_a_field_of_another_version_is_named(tmp_path):
    save_agent(tmp_path / "agent", Dreamer(SPEC, AGENT), "CartPole-v1")
    tensors, info = load_tensors(tmp_path / "agent", "mbrl_lite agent 1")
    save_tensors(tmp_path / "agent", "mbrl_lite agent 1", tensors, info | {"config": info["config"] | {"warp": 9}})
    with pytest.raises(MbrlError, match="'warp'") as error:
        load_agent(tmp_path / "agent")
    one_sentence(error.value)


# Disks ------------------------------------------------------------------------------------------


def test_a_real_limit_on_file_size_stops_a_run_with_one_sentence(tmp_path):
    """The operating system refuses to write more than 20 kB into any file: a disk that is really full."""
    run = Run(train_config(), tmp_path / "run")
    run.begin()
    before = run.checkpoint.read_bytes()
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from mbrl_lite.cli import main; sys.exit(main(['train', '--resume', sys.argv[1], '--quiet']))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "disk is full" in one_sentence(done.stderr) and "--resume" in done.stderr
    assert run.checkpoint.read_bytes() == before
    assert not list((tmp_path / "run").rglob(".*"))
    assert train(Run.resume(tmp_path / "run")).finished


def test_a_log_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run = Run(train_config(), tmp_path)
    run.begin()
    monkeypatch.setattr(storage, "open", full, raising=False)
    with pytest.raises(MbrlError, match="disk is full") as error:
        train(run)
    one_sentence(error.value)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MbrlError, match="could not be written") as error:
        Run(train_config(), tmp_path / "file" / "run").begin()
    one_sentence(error.value)


# Runs --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory) -> Path:
    """A run with a full replay chunk on disk and half of its steps to go."""
    folder = tmp_path_factory.mktemp("faults") / "run"
    run = Run(train_config(steps=1100, prefill=2000), folder)
    run.begin()
    train(run)
    return folder


@pytest.fixture
def copy(run_folder, tmp_path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "copy"))


def refusal(folder: Path) -> str:
    with pytest.raises(MbrlError) as error:
        Run.resume(folder)
    return one_sentence(error.value)


def test_a_missing_or_damaged_replay_file_is_named(copy):
    chunk = copy / "checkpoint" / "replay-00000.safetensors"
    whole = chunk.read_bytes()
    for content in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[: len(whole) // 2], b""):
        chunk.write_bytes(content)
        assert str(chunk) in refusal(copy)
    chunk.unlink()
    assert str(chunk) in refusal(copy)


def test_a_sound_replay_file_of_another_run_is_refused(copy):
    chunk = copy / "checkpoint" / "replay-00000.safetensors"
    fields, info = load_tensors(chunk, CHUNK_KIND)
    save_tensors(chunk, CHUNK_KIND, fields, info)
    assert Run.resume(copy).replay.head > 512  # the same content may be written again
    save_tensors(chunk, CHUNK_KIND, fields | {"reward": fields["reward"] + 1}, info)
    assert str(chunk) in refusal(copy)


def test_a_damaged_checkpoint_is_named(copy):
    path, rng = copy / "checkpoint" / "run.safetensors", np.random.default_rng(0)
    whole = path.read_bytes()
    for place in rng.integers(len(whole), size=40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        assert str(path) in refusal(copy)
    shutil.copyfile(copy / "agent.safetensors", path)  # sound, but not a run
    assert "'mbrl_lite agent 1'" in refusal(copy)


def test_a_missing_or_shortened_log_is_named(copy):
    log = copy / "metrics.jsonl"
    log.write_bytes(log.read_bytes()[:-10])
    assert str(log) in refusal(copy)
    log.unlink()
    assert str(log) in refusal(copy)


def test_a_folder_that_holds_a_run_is_not_begun_anew(copy):
    before = (copy / "metrics.jsonl").read_bytes()
    with pytest.raises(MbrlError, match="already holds a run") as error:
        Run(train_config(), copy).begin()
    assert "--resume" in one_sentence(error.value) and (copy / "metrics.jsonl").read_bytes() == before


def test_what_an_older_run_left_in_the_folder_does_not_reach_a_new_one(copy):
    (copy / "checkpoint" / "run.safetensors").unlink()  # given up, say because it was damaged
    fresh = Run(train_config(steps=1100, prefill=2000, seed=5), copy)
    fresh.begin()
    train(fresh)
    assert np.array_equal(Run.resume(copy).replay.ticks(0, 512)["obs"], fresh.replay.ticks(0, 512)["obs"])


@pytest.mark.parametrize("what", ["reward", "observation"])
def test_a_number_that_is_none_stops_training_and_names_the_last_checkpoint(tmp_path, what):
    run = Run(train_config(save_every=10), tmp_path, lambda: make(lambda: Counter(30, bad=(what, np.nan))))
    run.begin()
    with pytest.raises(MbrlError, match=what) as error:
        train(run)
    text = one_sentence(error.value)
    assert "seed" in text and str(tmp_path) in text and "step 50" in text and "--resume" in text
    assert Run.resume(tmp_path, run.make_env).env_steps == 50
