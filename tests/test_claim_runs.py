"""Running claims: stopped, killed, tried, run by two, and only from what is committed."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from made_up import LESS, claim_of
from tiny import one_sentence

from mbrl_lite.assets import asset
from mbrl_lite.claims import find_claim, load_record
from mbrl_lite.claims import run as running
from mbrl_lite.errors import MbrlError
from mbrl_lite.training.shared import code_version


@pytest.fixture
def experiment(monkeypatch, tmp_path):
    """A claim whose experiment notes its calls in a file and fails at a seed when told to."""
    calls = tmp_path / "calls"

    def measure(settings, seed):
        with calls.open("a") as file:
            file.write(f"{seed}\n")
        if (tmp_path / "fail").exists() and seed == 3:
            raise KeyboardInterrupt
        return {"ours": 1.0 + seed, "theirs": 10.0 + seed}

    source = tmp_path / "code" / "made_up.py"
    source.parent.mkdir()
    source.write_text("# the claim\n")
    monkeypatch.setattr(running, "experiment", lambda claim: (measure, source))
    return calls


def test_two_who_run_one_claim_lose_nothing(experiment, tmp_path, monkeypatch):
    claim, seconds = claim_of(LESS), []

    def slow(measure, settings, seed):
        if not seconds:  # while this one runs its first seed, another one finishes seed 5
            other = load_record(claim, tmp_path)
            other.add(5, {"ours": 42.0, "theirs": 43.0}, 1.0, {"commit": "other"})
            other.save(tmp_path)
        seconds.append(seed)
        return seed, measure(settings, seed), 0.1

    monkeypatch.setattr(running, "_timed", slow)
    (tmp_path / "fail").touch()
    with pytest.raises(KeyboardInterrupt):
        running.run_claim(claim, tmp_path, jobs=1, quiet=True)
    assert load_record(claim, tmp_path).runs[5]["values"]["ours"] == 42.0
    assert sorted(load_record(claim, tmp_path).runs) == [0, 1, 2, 5]


@pytest.mark.slow
def test_a_killed_claim_goes_on_and_comes_to_the_shipped_numbers(tmp_path):
    script = (
        "from mbrl_lite.claims import find_claim, run as r; from pathlib import Path; r._commit = lambda *a: None; "
    )
    script += f"r.run_claim(find_claim('survey-mbrl-luo'), Path({str(tmp_path)!r}), jobs=2, quiet=True)"
    claim, path = find_claim("survey-mbrl-luo"), tmp_path / "survey-mbrl-luo.json"
    first = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    while first.poll() is None and not (path.exists() and len(load_record(claim, tmp_path).runs) >= 3):
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    kept = dict(load_record(claim, tmp_path).runs)
    assert 3 <= len(kept) < claim.seeds
    subprocess.run([sys.executable, "-c", script], check=True)
    record, shipped = load_record(claim, tmp_path), load_record(claim, asset("claims"))
    assert {seed: record.runs[seed] for seed in kept} == kept and record.status == shipped.status
    for ours, theirs in zip(record.values, shipped.values, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)  # another processor rounds otherwise


def test_a_stopped_claim_keeps_its_seeds_and_goes_on(experiment, tmp_path):
    claim, stop = claim_of(LESS), tmp_path / "fail"
    stop.touch()
    with pytest.raises(KeyboardInterrupt):
        running.run_claim(claim, tmp_path, jobs=1, quiet=True)
    assert sorted(load_record(claim, tmp_path).runs) == [0, 1, 2]
    stop.unlink()
    record = running.run_claim(claim, tmp_path, jobs=1, quiet=True)
    assert sorted(record.runs) == list(range(6)) == sorted(load_record(claim, tmp_path).runs)
    assert experiment.read_text().split() == ["0", "1", "2", "3", "3", "4", "5"]
    assert running.run_claim(claim, tmp_path, jobs=1, quiet=True).runs == record.runs
    assert len(experiment.read_text().split()) == 7, "a finished claim runs nothing"


def test_trials_use_other_seeds_and_keep_nothing(experiment, tmp_path):
    assert sorted(running.try_claim(claim_of(LESS), 2, jobs=1, quiet=True).runs) == [100, 101]
    assert not (tmp_path / "made-up.json").exists()


def test_each_seed_has_one_thread_also_where_only_one_is_run_at_a_time(monkeypatch):
    def measure(settings, seed):
        return {"ours": float(torch.get_num_threads()), "theirs": 1.0}

    monkeypatch.setattr(running, "experiment", lambda claim: (measure, None))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        trial = running.try_claim(claim_of(LESS), 1, jobs=1, quiet=True)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert trial.runs[100]["values"]["ours"] == 1.0


def test_a_specification_is_committed_before_its_first_run(experiment, tmp_path):
    def git(*command):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *command], cwd=tmp_path, check=True)

    claim, source = claim_of(LESS), tmp_path / "code" / "made_up.py"
    git("init", "-q")
    with pytest.raises(MbrlError) as error:
        running.run_claim(claim, tmp_path, jobs=1, quiet=True)
    assert "is not committed" in one_sentence(str(error.value))
    git("add", "code/made_up.py")
    git("commit", "-q", "-m", "claim")
    record = running.run_claim(claim, tmp_path, jobs=1, quiet=True)
    assert len(record.made[0]["commit"]) == 40
    assert record.made[0]["code"] == code_version(source)[:12]
    (source.parent / "helper.py").write_text("# what the claim runs\n")
    (tmp_path / "made-up.json").unlink()
    with pytest.raises(MbrlError, match="helper.py is not committed"):
        running.run_claim(claim, tmp_path, jobs=1, quiet=True)
