"""Claims: specifications that cannot be bent, records that notice, and the claims that there are."""

import json
import math
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from made_up import LESS, MORE, claim_of, filled
from tiny import one_sentence

from mbrl_lite.claims import claims, find_claim, load_record
from mbrl_lite.claims.record import Record
from mbrl_lite.claims.registry import experiment as experiment_of
from mbrl_lite.claims.report import list_text, report_text
from mbrl_lite.claims.spec import digest
from mbrl_lite.claims.statistics import FEW
from mbrl_lite.cli import main
from mbrl_lite.errors import MbrlError

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


# --- the claims that there are ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", sorted({claim.chapter for claim in claims().values()}))
def test_the_claims_of_a_chapter_can_be_run_again_in_a_weekend(chapter):
    assert sum(claim.core_minutes for claim in claims().values() if claim.chapter == chapter) <= 30 * 60


ATARI = {"atari-pong", "atari-boxing", "atari-crazyclimber"}
SHOWN = {"dreamer-doorkey-8x8", "drama"} | ATARI  # an hour a seed: three of them show runs, and their status says no more


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: claim.id)
def test_every_claim_is_complete_and_its_record_is_its_own(claim):
    assert claim.seeds >= FEW or claim.id in SHOWN
    assert 0 < claim.core_minutes / claim.seeds <= 60  # a seed may be many runs, of minutes each
    assert experiment_of(claim)[1].stem == claim.id.replace("-", "_")
    assert all(
        len(text.split()) >= 3 for text in (claim.original, claim.here, claim.kept, claim.replaced, claim.chance)
    )
    record = load_record(claim, Path(__file__).parents[1] / "assets" / "claims")
    measured = {name for part in claim.parts for name in (part.treatment, part.baseline)} - {None}
    assert all(measured | set(claim.beside) <= set(run) for run in record.values)
    assert claim.id in report_text(record) and record.status in report_text(record)
    assert claim.id in list_text([(claim, record)])


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: claim.id)
def test_a_record_says_what_is_computed_of_it_today(claim):
    folder = Path(__file__).parents[1] / "assets" / "claims"
    record, path = load_record(claim, folder), folder / f"{claim.id}.json"
    if not path.exists():
        assert record.status == "planned"
        return
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["status"] == record.status
    for stored, verdict in zip(content["parts"], map(asdict, record.verdicts), strict=True):
        numbers = [name for name, value in verdict.items() if isinstance(value, float)]
        assert {name: stored[name] for name in numbers} == pytest.approx({name: verdict[name] for name in numbers})
        assert [stored[name] for name in stored if name not in numbers] == [
            verdict[name] for name in stored if name not in numbers
        ]


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
