"""Claims: statistics on data whose answer is known, records that cannot be bent, runs that lose nothing."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import one_sentence

from mbrl_lite.assets import asset
from mbrl_lite.claims import Claim, Part, claims, find_claim, load_record
from mbrl_lite.claims import run as running
from mbrl_lite.claims.record import Record
from mbrl_lite.claims.registry import experiment as experiment_of
from mbrl_lite.claims.report import list_text, report_text
from mbrl_lite.claims.spec import digest
from mbrl_lite.claims.statistics import WORST_FIRST, interval, judge, status_of
from mbrl_lite.cli import main
from mbrl_lite.errors import MbrlError
from mbrl_lite.training.shared import code_version

LESS = Part("steps", "fewer steps", "better", "ours", "less", 2.0, "theirs", "ratio")
MORE = Part("score", "a higher score", "better", "ours", "more", 0.1, "theirs")
LIMIT = Part("gap", "a small gap", "bound", "gap", "less", 1.0)


def claim_of(*parts: Part, seeds: int = 6, **changes) -> Claim:
    words = dict.fromkeys(("original", "here", "kept", "replaced", "chance"), "nothing")
    fields = {"id": "made-up", "title": "made up", "chapter": "01", "section": "1", "settings": {"a": 1}}
    return Claim(**fields | words | {"parts": parts, "seeds": seeds, "core_minutes": 1.0} | changes)


def paired(ours, theirs) -> list[dict[str, float]]:
    return [{"ours": float(a), "theirs": float(b)} for a, b in zip(ours, theirs, strict=True)]


# --- statistics: known answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 12, 29, 30, 60])
@pytest.mark.parametrize("draw", ["normal", "exponential", "uniform"])
def test_without_an_effect_few_claims_succeed(n, draw):
    rng = np.random.default_rng(n)
    trials = 4000 if n < 30 else 400  # a bootstrap costs more
    found = [judge(MORE, paired(*getattr(rng, draw)(size=(2, n)))).status for _ in range(trials)]
    wrongly = np.mean([status in ("effect", "direction") for status in found])
    assert wrongly <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)  # one side of a 90 % interval errs in one of twenty
    assert np.mean([status == "opposite" for status in found]) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert "none" in found


@pytest.mark.parametrize("n, most", [(5, 0.18), (29, 0.12), (30, 0.14)])
def test_how_often_skewed_numbers_break_a_bound_on_their_mean(n, most):
    rng = np.random.default_rng(n)
    trials = 4000 if n < 30 else 600
    at_the_limit = [[{"gap": value} for value in rng.exponential(size=n)] for _ in range(trials)]
    held = np.mean([judge(LIMIT, runs).status == "holds" for runs in at_the_limit])
    assert 0.05 < held <= most  # more than one in twenty: the docstring of `interval` says so


@pytest.mark.parametrize("n", [5, 29, 30, 100])
def test_intervals_hold_the_truth_nine_times_in_ten(n):
    rng = np.random.default_rng(1)
    trials = 3000 if n < 30 else 300
    held = [low <= 3.0 <= high for low, high in (interval(rng.normal(3.0, 2.0, n)) for _ in range(trials))]
    assert abs(np.mean(held) - 0.9) <= 4 * math.sqrt(0.9 * 0.1 / trials) + (0.02 if n == 30 else 0)


def test_a_large_effect_is_found_and_a_small_one_is_only_a_direction():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 40)
    assert judge(MORE, paired(1.3 + noise, np.ones(40))).status == "effect"
    assert judge(MORE, paired(1.05 + noise, np.ones(40))).status == "direction"
    assert judge(MORE, paired(0.7 + noise, np.ones(40))).status == "opposite"


def test_a_ratio_is_read_as_so_many_times_better():
    verdict = judge(LESS, paired([10.0] * 6, [30.0] * 6))
    assert verdict.status == "effect" and verdict.estimate == pytest.approx(3.0) and verdict.low == pytest.approx(3.0)
    assert judge(LESS, paired([20.0] * 6, [30.0] * 6)).status == "direction"
    assert judge(replace(LESS, direction="more"), paired([30.0] * 6, [10.0] * 6)).estimate == pytest.approx(3.0)


def test_pairs_are_compared_and_not_groups():
    easy_and_hard = np.array([1.0, 10, 100, 1000, 10_000, 100_000])  # seeds differ more than the two arms do
    assert judge(LESS, paired(easy_and_hard / 2.5, easy_and_hard)).status == "effect"


@pytest.mark.parametrize(
    "ours, status",
    [(0.99, "holds"), (0.5, "opposite"), (1.5, "holds")],
)
def test_not_worse_allows_the_margin(ours, status):
    rng = np.random.default_rng(0)
    runs = paired(ours + rng.normal(0, 0.01, 8), np.ones(8))
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.9, "theirs", "ratio"), runs).status == status
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.1, "theirs"), runs).status == status


def test_not_worse_needs_evidence_and_not_its_absence():
    wide = paired([0.2, 1.9, 0.4, 1.5, 1.1], np.ones(5))
    assert judge(Part("n", "", "not_worse", "ours", "more", 0.1, "theirs"), wide).status == "none"


def test_bounds_on_the_mean_and_on_each_seed():
    def gaps(values):
        return [{"gap": value} for value in values]

    assert judge(LIMIT, gaps([0.5, 0.6, 0.7, 0.5, 0.6])).status == "holds"
    assert judge(LIMIT, gaps([0.2, 1.9, 0.4, 1.5, 0.9])).status == "none"
    assert judge(LIMIT, gaps([1.5, 1.6, 1.7, 1.5, 1.6])).status == "opposite"
    each = replace(LIMIT, every=True)
    assert judge(each, gaps([0.1, 0.2, 1.0, 0.3, 0.4])).status == "holds"
    assert judge(each, gaps([0.1, 0.1, 1.1, 0.1, 0.1])).status == "opposite"
    above = replace(LIMIT, direction="more")
    assert judge(above, gaps([1.5, 1.6, 1.7, 1.5, 1.6])).status == "holds"
    assert judge(above, gaps([0.5, 0.6, 0.7, 0.5, 0.6])).status == "opposite"


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=40), st.floats(-10, 10))
def test_turning_the_sign_turns_the_verdict(values, shift):
    runs = paired(np.array(values) + shift, np.zeros(len(values)))
    mirrored = paired(np.zeros(len(values)), np.array(values) + shift)
    part = replace(MORE, target=0.0)
    swapped = {"effect": "opposite", "direction": "opposite", "none": "none", "opposite": "effect"}
    status, other = judge(part, runs).status, judge(part, mirrored).status
    if len(values) < 30:  # the bootstrap's two ends are samples, equal only nearly
        assert other == swapped[status]
    else:
        assert (status, other) != ("effect", "effect") and (status, other) != ("opposite", "opposite")


def test_few_units_decide_nothing_and_nobody_peeks():
    runs = paired([1.0] * 6, [10.0] * 6)
    claim = claim_of(LESS)
    assert status_of(claim, [judge(LESS, [])]) == "planned"
    assert status_of(claim, [judge(LESS, runs[:4])]) == "runs"
    assert status_of(claim, [judge(LESS, runs[:5])]) == "runs"  # one seed of six is missing
    assert status_of(claim, [judge(LESS, runs)]) == "effect"
    assert status_of(claim_of(LESS, seeds=3), [judge(LESS, runs[:3])]) == "runs"


def test_a_claim_has_the_status_of_its_worst_part():
    verdict = judge(LESS, paired([1.0] * 6, [10.0] * 6))
    statuses = {(a, b): status_of(claim_of(LESS), [replace(verdict, status=a), replace(verdict, status=b)])
                for a in WORST_FIRST for b in WORST_FIRST}  # fmt: skip
    for (a, b), both in statuses.items():
        if {a, b} == {"effect", "holds"}:
            assert both == "effect"
        else:
            assert both == min(a, b, key=WORST_FIRST.index)


@pytest.mark.parametrize(
    "part, runs, words",
    [
        (LESS, [{"ours": 1.0}] * 6, ["theirs", "ours"]),
        (LESS, paired([0.0] * 6, [1.0] * 6), ["ratio", "above 0"]),
        (MORE, paired([math.nan] * 6, [1.0] * 6), ["ours", "not finite"]),
    ],
)
def test_numbers_that_cannot_be_judged(part, runs, words):
    with pytest.raises(MbrlError) as error:
        judge(part, runs)
    assert all(word in one_sentence(str(error.value)) for word in words)


# --- specifications --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, words",
    [
        ({"kind": "best"}, ["better, not_worse, bound", "'best'"]),
        ({"direction": "up"}, ["less, more", "'up'"]),
        ({"scale": "percent"}, ["difference, ratio", "'percent'"]),
        ({"baseline": None}, ["baseline"]),
        ({"target": 0.0}, ["above 0"]),
    ],
)
def test_a_part_that_means_nothing_is_refused(change, words):
    with pytest.raises(MbrlError) as error:
        replace(LESS, **change)
    assert all(word in one_sentence(str(error.value)) for word in words)


def test_a_claim_has_an_id_and_parts_with_names():
    for bad in ("Upper-Case", "a--b", "a_b", ""):
        with pytest.raises(MbrlError, match="claim's id"):
            claim_of(LESS, id=bad)
    with pytest.raises(MbrlError, match="at least one part"):
        claim_of()
    with pytest.raises(MbrlError, match="name of its own"):
        claim_of(LESS, LESS)


def test_the_hash_covers_what_decides_and_not_the_words():
    claim = claim_of(LESS)
    assert claim.hash == replace(claim, title="other words", here="elsewhere").hash
    assert claim.hash == claim_of(replace(LESS, says="in other words")).hash
    changed = [
        claim_of(replace(LESS, target=1.5)),
        claim_of(replace(LESS, direction="more")),
        claim_of(LESS, seeds=7),
        claim_of(LESS, settings={"a": 2}),
        claim_of(LESS, MORE),
        claim_of(LESS, id="made-up-v2"),
    ]
    assert len({claim.hash, *(other.hash for other in changed)}) == 7
    assert claim_of(LESS, id="made-up-v2").paper == "made-up" == claim.paper
    assert [claim_of(LESS, id=id).next_id for id in ("made-up", "made-up-v2")] == ["made-up-v2", "made-up-v3"]


# --- records ---------------------------------------------------------------------------------------------------------


def filled(claim: Claim, seeds: int) -> Record:
    record = Record(claim)
    for seed in range(seeds):
        record.add(seed, {"ours": 1.0 + 0.01 * seed, "theirs": 10.0}, 1.5, {"commit": "abc"})
    return record


def test_a_record_comes_back_and_its_status_is_computed(tmp_path):
    claim = claim_of(LESS)
    record = filled(claim, 6)
    path = record.save(tmp_path)
    again = load_record(claim, tmp_path)
    assert (again.runs, again.made, again.status) == (record.runs, [{"commit": "abc"}], "effect")
    assert json.loads(path.read_text())["status"] == "effect" and again.save(tmp_path).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"status": "effect"', '"status": "holds"'),
        lambda text: text.replace('"theirs": 10.0', '"theirs": 99.0', 1),
        lambda text: "[]",
        lambda text: "",
    ],
)
def test_a_damaged_record_is_named(tmp_path, damage):
    claim = claim_of(LESS)
    path = filled(claim, 6).save(tmp_path)
    changed = damage(path.read_text())
    assert changed != path.read_text()
    path.write_text(changed)
    with pytest.raises(MbrlError) as error:
        load_record(claim, tmp_path)
    assert str(path) in one_sentence(str(error.value)) and "damaged" in str(error.value)


def test_a_changed_claim_is_refused_and_its_record_stays(tmp_path):
    path = filled(claim_of(LESS), 6).save(tmp_path)
    before = path.read_bytes()
    with pytest.raises(MbrlError) as error:
        load_record(claim_of(replace(LESS, target=1.1)), tmp_path)
    assert "made-up-v2" in one_sentence(str(error.value)) and path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda run: run | {"seed": 100},
        lambda run: run | {"made": 7},
        lambda run: run | {"values": {"ours": math.inf, "theirs": 1.0}},
        lambda run: run | {"values": {"ours": "many", "theirs": 1.0}},
    ],
)
def test_a_record_with_a_good_checksum_and_bad_content_is_refused(tmp_path, change):
    claim = claim_of(LESS)
    path = filled(claim, 6).save(tmp_path)
    content = json.loads(path.read_text())
    content.pop("checksum")
    content["runs"][2] = change(content["runs"][2])
    path.write_text(json.dumps(content | {"checksum": digest(content)}))
    with pytest.raises(MbrlError, match="damaged"):
        load_record(claim, tmp_path)


def test_trials_are_not_recorded(tmp_path):
    trial = Record(claim_of(LESS))
    trial.add(100, {"ours": 1.0, "theirs": 2.0}, 1.0, {})
    with pytest.raises(MbrlError) as error:
        trial.save(tmp_path)
    assert "got 100" in one_sentence(str(error.value)) and list(tmp_path.iterdir()) == []


def test_what_is_shown_beside_a_claim_is_measured():
    with pytest.raises(MbrlError, match="shows 'minutes' beside it"):
        Record(claim_of(LESS, beside=("minutes",))).add(0, {"ours": 1.0, "theirs": 2.0}, 1.0, {})


def test_numbers_that_are_not_finite_are_not_taken_in():
    record = Record(claim_of(LESS))
    with pytest.raises(MbrlError) as error:
        record.add(3, {"ours": math.nan}, 1.0, {})
    assert "seed 3 of claim made-up measured ours = nan" in one_sentence(str(error.value))
    assert record.runs == {}


# --- running ---------------------------------------------------------------------------------------------------------


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


# --- the claims that there are ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: claim.id)
def test_every_claim_is_complete_and_its_record_is_its_own(claim):
    assert claim.seeds >= 5 and 0 < claim.core_minutes <= 30
    assert experiment_of(claim)[1].stem == claim.id.replace("-", "_")
    assert all(
        len(text.split()) >= 3 for text in (claim.original, claim.here, claim.kept, claim.replaced, claim.chance)
    )
    record = load_record(claim, Path(__file__).parents[1] / "assets" / "claims")
    measured = {name for part in claim.parts for name in (part.treatment, part.baseline)} - {None}
    assert all(measured | set(claim.beside) <= set(run) for run in record.values)
    assert claim.id in report_text(record) and record.status in report_text(record)
    assert claim.id in list_text([(claim, record)])


def test_every_record_has_its_claim():
    folder = Path(__file__).parents[1] / "assets" / "claims"
    assert {path.stem for path in folder.glob("*.json")} <= set(claims())


def test_an_unknown_claim_is_told_its_neighbour(capsys):
    with pytest.raises(MbrlError, match="did you mean 'dreamer-doorkey'"):
        find_claim("dreamer-dorkey")
    assert main(["claim", "report", "no-such-thing-at-all"]) == 2
    assert "mbrl-lite claim list" in one_sentence(capsys.readouterr().err)


def test_the_command_line_lists_and_reports(capsys, tmp_path):
    assert main(["claim", "list"]) == 0
    assert "dreamer-doorkey" in capsys.readouterr().out
    assert main(["claim", "report", "dreamer-doorkey", "--out", str(tmp_path)]) == 0
    assert "planned" in capsys.readouterr().out
    (tmp_path / "dreamer-doorkey.json").write_text("{}")
    assert main(["claim", "report", "dreamer-doorkey", "--out", str(tmp_path)]) == 2
    assert "damaged" in one_sentence(capsys.readouterr().err)


def test_counts_on_the_command_line_are_checked(capsys):
    for option in (["--jobs", "0"], ["--trial", "-3"]):
        assert main(["claim", "run", "survey-mbrl-luo", *option]) == 2
        assert "1 or more" in one_sentence(capsys.readouterr().err)


def test_a_damaged_record_does_not_hide_the_others(capsys, tmp_path):
    (tmp_path / "dreamer-doorkey.json").write_text("{}")
    assert main(["claim", "report", "survey-mbrl-luo", "--out", str(tmp_path)]) == 0
    assert "planned" in capsys.readouterr().out


def test_a_claim_to_run_is_named_and_a_finished_one_says_so(capsys, tmp_path):
    assert main(["claim", "run"]) == 2
    assert "mbrl-lite claim list" in one_sentence(capsys.readouterr().err)
    assert main(["claim", "run", "survey-mbrl-luo"]) == 0
    assert "All 30 seeds of survey-mbrl-luo are in" in capsys.readouterr().out
    (tmp_path / "dreamer-doorkey.json").write_text("{}")
    assert main(["claim", "list", "--out", str(tmp_path)]) == 0
    assert re.search(r"dreamer-doorkey .*damaged", capsys.readouterr().out)


def test_trials_report_every_measure(capsys):
    assert main(["claim", "run", "survey-mbrl-luo", "--trial", "1", "--jobs", "1", "--quiet"]) == 0
    assert "All measures" in capsys.readouterr().out


def test_the_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1}) != digest({"a": 1, "b": [2, 1]})
