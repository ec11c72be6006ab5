"""The README tells the truth: its example runs, its numbers are the logged ones, its pictures and links exist."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from mbrl_lite.claims import find_claim, load_record
from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.tasks import SIX
from mbrl_lite.training.record import BEGIN, END, LIMIT, results_table, with_results

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
LOGGED = json.loads((ROOT / "assets" / "data" / "dreamer_doorkey5x5.json").read_text())


def test_the_example_runs_and_is_five_lines(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len([line for line in example.splitlines() if line.strip()]) == 5
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 8 <= float(done.stdout.split()[-1]) <= 500  # CartPole pays 1 a step; a fall takes at least 8
    assert (tmp_path / "runs" / "mine" / "agent.safetensors").is_file()


def test_the_numbers_are_the_logged_ones():
    assert with_results(README, results_table(LOGGED)) == README


def test_the_comparison_with_ppo_is_the_logged_claim():
    record, text = load_record(find_claim("dreamerv3"), ROOT / "assets" / "claims"), " ".join(README.split())
    wanted = ("steps", "minutes", "rival", "rival_minutes")
    end = {key: median(run[f"doorkey.{key}"] for run in record.values) for key in wanted}
    assert f"{end['steps']:,.0f} steps for the Dreamer and {end['rival']:,.0f} for PPO" in text
    assert f"{end['rival_minutes']:.1f} minutes against {end['minutes']:.1f}, medians" in text
    fewer, half = record.verdicts
    assert f"Seen, {fewer.n} seeds each: fewer on {fewer.estimate:.0f}, at most half on {half.estimate:.0f}." in text
    worst = {name: median(run[f"{name}.steps"] / run[f"{name}.rival"] for run in record.values) for name in SIX}
    assert [name for name, share in worst.items() if share > 1] == ["pendulum"]


def test_the_logged_seeds_keep_the_promise():
    reached = [row["reached"] for row in LOGGED["seeds"]]
    assert [row["seed"] for row in LOGGED["seeds"]] == [0, 1, 2, 3, 4]
    assert sorted(reached)[2] <= 14_000 and max(reached) <= 25_000
    assert min(row["eval_return"] for row in LOGGED["seeds"]) >= 0.93
    assert all(row["eval_episodes"] == 100 for row in LOGGED["seeds"])


def test_a_readme_without_its_marks_is_refused():
    with pytest.raises(MbrlError, match="marks"):
        with_results("no marks here", "table")
    assert with_results(f"a{BEGIN}old{END}b", "new") == f"a{BEGIN}\nnew\n{END}b"


def test_pictures_and_links_exist():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) >= 4
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_picture_has_words():
    pictures = re.findall(r"!\[(.*?)\]\(", README)
    assert pictures and all(len(alt.split()) >= 8 for alt in pictures)


def test_shipped_files_are_small_and_whole():
    lines = (ROOT / "assets" / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {
        p.relative_to(ROOT / "assets").as_posix(): p
        for p in (ROOT / "assets").rglob("*")
        if p.is_file() and p.name != "SHA256SUMS"
    }
    assert sums == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert max(path.stat().st_size for path in files.values()) < LIMIT
    assert sum(path.stat().st_size for path in files.values()) < 60_000_000
