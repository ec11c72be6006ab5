"""The map of the course: every paper is on it, every status is computed, every link leads somewhere."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mbrl_lite.assets import asset
from mbrl_lite.claims import claims, find_claim, load_record
from mbrl_lite.course import evidence, notice
from mbrl_lite.course.build import ROOT
from mbrl_lite.course.map import PARTS, TIERS, TITLES, map_text, minutes_of, read_table, status
from mbrl_lite.errors import MbrlError

PAGE = (ROOT / "chapters" / "README.md").read_text(encoding="utf-8")
ATLAS = read_table(asset("data", "atlas.tsv"))
RECORDS = {id: load_record(claim, asset("claims")) for id, claim in claims().items()}


def test_the_page_is_what_the_records_give():
    assert map_text(ROOT) == PAGE


def test_all_papers_have_a_chapter_a_tier_and_a_row():
    assert len(ATLAS) == 119 == len({paper["id"] for paper in ATLAS})
    assert {paper["chapter"] for paper in ATLAS} <= set(TITLES) and {paper["tier"] for paper in ATLAS} == set(TIERS)
    rows = re.findall(r'^\| <a id="([^"]+)"></a>.* `?\*?\*?`([a-z, ]+)`\*?\*? \|$', PAGE, re.MULTILINE)
    assert dict(rows) == {paper["id"]: status(paper["id"], RECORDS) for paper in ATLAS}


# Papers of chapters 07 to 10 whose claims are written down, or left for later, and not yet run.
STILL_TO_RUN = {"achievement-distillation", "robohorizon", "drama"}


def test_the_papers_of_the_chapters_that_are_here_are_computed_but_for_those_named():
    written = {path.stem[:2] for path in (ROOT / "solutions").glob("[0-9][0-9]*_*.py")}
    planned = {p["id"] for p in ATLAS if p["chapter"] in written and status(p["id"], RECORDS) == "planned"}
    assert planned == STILL_TO_RUN


def told_in_a_notebook(claim) -> bool:
    """Whether the notebook that the claim names shows it."""
    sources = (ROOT / "solutions").glob(f"{claim.section.split(',')[0]}_*.py")
    return any(f'"{claim.id}"' in source.read_text() for source in sources)


def test_every_claim_is_told_somewhere():
    papers = {paper["id"] for paper in ATLAS}
    for id, record in RECORDS.items():
        (told,) = re.findall(rf"^`{id}` · .*$", PAGE, re.MULTILINE)
        assert told.endswith(f"**`{record.status}`**")
        assert record.claim.paper in papers or record.claim.section == "README" or told_in_a_notebook(record.claim)


def test_the_parts_hold_every_chapter_once():
    assert Counter(number for numbers in PARTS.values() for number in numbers) == Counter(list(TITLES))


def test_links_lead_somewhere():
    anchors = set(re.findall(r'<a id="([^"]+)">', PAGE))
    for heading in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE):
        anchors.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (ROOT / "chapters" / target).resolve().is_file(), target


def test_minutes_are_read_from_a_chapter(tmp_path):
    source = tmp_path / "07_x.py"
    source.write_text(
        "# %% [markdown]\n# | part | minutes |\n# |---|---|\n# | 1. One | 3 |\n# | 2. Two of 9 | 14 |\n#\n# 5 |\n"
    )
    assert minutes_of(source) == 17
    source.write_text("# nothing\n")
    assert minutes_of(source) == 0


def test_glossary_terms_are_in_order_and_placed():
    terms = read_table(asset("data", "glossary.tsv"))
    assert [t["term"] for t in terms] == sorted((t["term"] for t in terms), key=str.casefold)
    assert all(t["meaning"] and t["chapter"] in TITLES for t in terms)


def test_evidence_shows_the_record(capsys):
    evidence("dreamer-doorkey")
    shown = capsys.readouterr().out
    assert RECORDS["dreamer-doorkey"].status in shown and "at least 2 times" in shown
    evidence("model-based-generalization")
    assert "medians over seeds: replay.episodes" in capsys.readouterr().out
    with pytest.raises(MbrlError, match="did you mean"):
        evidence("dreamer-dorkey")


def test_evidence_in_a_notebook_folds_away_what_was_not_run(monkeypatch):
    shown = []
    monkeypatch.setattr(notice, "display", lambda rich, plain: shown.append(rich))
    evidence("memory-length")
    assert "<th style='text-align: left'>256</th>" in shown[0]  # a row for each model, a column for each length
    assert shown[0].index("<table>") < shown[0].index("<details>")
    claim = replace(find_claim("memory-length"), id="memory-length-v99")  # nobody has run it
    monkeypatch.setattr("mbrl_lite.claims.find_claim", lambda id: claim)
    evidence(claim.id)
    assert shown[1].startswith("<details>") and "<table>" not in shown[1] and claim.parts[0].says in shown[1]


def test_the_map_needs_no_network_and_stays_small():
    assert not re.search(r"\]\(/|https?://", PAGE)
    assert Path(ROOT / "chapters" / "README.md").stat().st_size < 200_000
