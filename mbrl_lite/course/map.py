"""chapters/README.md, the map of the course: its chapters, its claims, all papers of the atlas, and a glossary."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from mbrl_lite.assets import asset
from mbrl_lite.claims import claims, load_record
from mbrl_lite.claims.record import Record
from mbrl_lite.claims.report import STATUS, beside, rows, words
from mbrl_lite.course.exercise import in_chapter

PARTS = {
    "Start": ["00"],
    "I. Models you can hold": ["01", "02", "03", "04", "05", "06"],
    "II. Dreaming": ["07", "08", "09", "10"],
    "III. Variations": ["11", "12", "13", "14"],
    "IV. Beyond control": ["15", "16", "17", "18", "19"],
}
TITLES = {
    "00": "Start here",
    "01": "Tabular Dyna: what is a model worth?",
    "02": "Models you can read",
    "03": "Ensembles and short rollouts",
    "04": "Objective mismatch",
    "05": "Planning and acting",
    "06": "Offline",
    "07": "RSSM from scratch",
    "08": "Sequence models, GRU to Mamba-2",
    "09": "Dreamer, complete",
    "10": "Drama",
    "11": "No decoder (TD-MPC2)",
    "12": "Distractions",
    "13": "Tokens and diffusion",
    "14": "Exploration, transfer, never forgetting",
    "15": "Rewards from people",
    "16": "RL with checkable answers",
    "17": "Seeing and answering",
    "18": "Agents, tools, programs as models",
    "19": "Capstone: a world model that drives",
}
TIERS = {
    "A": "a part of the library, a section, an exercise and a logged claim",
    "B": "a plug-in with a unit test, a section and a logged claim",
    "C": "an exercise with its solution, and a logged claim",
    "D": "a survey, a theory or a dataset: a worked demonstration with its number",
}


def map_text(root: Path) -> str:
    """The whole page, from the atlas, the records, the exercises and the minutes in the sources under `root`."""
    papers = read_table(asset("data", "atlas.tsv"))
    records = {id: load_record(claim, asset("claims")) for id, claim in claims().items()}
    notebooks = sorted((root / "solutions").glob("[0-9][0-9]*_*.py"))
    written = {path.stem[:2] for path in notebooks}
    computed = sum(status(paper["id"], records) != "planned" for paper in papers)
    blocks = [
        "# The map of the course",
        f"A course in model-based reinforcement learning: {len(TITLES)} chapters, {len(written)} of them here. "
        "Below are the chapters, what we claimed before running it and what came out, and the place of each paper. "
        "*(Written by `make chapters` from the records in `assets/claims/`: do not edit.)*",
        "[Chapters](#chapters) · [What we claim, and what was seen](#what-we-claim-and-what-was-seen) · "
        f"[All {len(papers)} papers](#all-{len(papers)}-papers) · [Find a paper](#find-a-paper) · "
        "[Glossary](#glossary)",
        _chapters(notebooks, papers, records),
        _claims(records, notebooks),
        _papers(papers, records, computed),
        _index(papers, records, notebooks),
        _glossary(read_table(asset("data", "glossary.tsv"))),
    ]
    return "\n\n".join(blocks) + "\n"


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a tab-separated file, by the names in its first line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def status(paper: str, records: dict[str, Record]) -> str:
    """The computed status of a paper: of its claim, or of all its versions, oldest first. `planned` without any."""
    return ", ".join(record.status for record in records.values() if record.claim.paper == paper) or "planned"


def _chapters(notebooks: list[Path], papers: list[dict], records: dict[str, Record]) -> str:
    rows = []
    for part, numbers in PARTS.items():
        for place, number in enumerate(numbers):
            mine = [path for path in notebooks if path.stem.startswith(number)]
            links = " · ".join(f"[{path.stem.split('_')[0]}]({path.stem}.ipynb)" for path in mine) or "being written"
            minutes = sum(map(minutes_of, mine))
            placed = [paper["id"] for paper in papers if paper["chapter"] == number]
            done = sum(status(id, records) != "planned" for id in placed)
            counted = f"{len(placed)} ({done} computed)" if done else str(len(placed) or "")
            time, tasks = f"{minutes:,}" if minutes else "", str(len(in_chapter(number)) or "")
            rows.append(("" if place else part, f"{number} {TITLES[number]}", links, time, tasks, counted))
    head = ("part", "chapter", "notebooks", "minutes", "exercises", "papers")
    return f"## Chapters\n\n{_table(head, rows)}"


def minutes_of(source: Path) -> int:
    """The minutes of a chapter's source: the sum of its table `| part | minutes |`."""
    text = source.read_text(encoding="utf-8").partition("| part | minutes |")[2]
    rows = re.match(r"(?:\n# \|.*\|)*", text).group().splitlines()
    return sum(int(cells[-1]) for cells in (re.findall(r"\d+", row) for row in rows) if cells)


def _claims(records: dict[str, Record], notebooks: list[Path]) -> str:
    legend = "\n".join(f"- `{name}`: {meaning}" for name, meaning in STATUS.items())
    text = [
        "## What we claim, and what was seen",
        "A claim is written down with its target, its seeds and its budget before its first run. The status is "
        "computed from the numbers of the single seeds; a target is not lowered afterwards. In brackets: 90 % "
        "intervals over seeds; where each seed must hold, the range. Ratios are geometric means over seeds. "
        "`mbrl-lite claim run ID --out FOLDER` runs all seeds again, into a folder of your own.",
        legend,
    ]
    for id, record in records.items():
        claim = record.claim
        where = _place(claim.chapter, claim.section, notebooks)
        log = f" · [log](../assets/claims/{id}.json)" if record.runs else ""
        text += [
            f"### {claim.title}",
            f"`{id}` · {where}{log} · **`{record.status}`**\n\n"
            + " ".join(f"*{name}:* {text.rstrip('.')}." for name, text in words(record)),
            _table(("statement", "target", "seen", "status"), [(*row[:3], f"`{row[3]}`") for row in rows(record)]),
            *([beside(record)[0].upper() + beside(record)[1:] + "."] if record.values and claim.beside else []),
        ]
    return "\n\n".join(text)


def _place(chapter: str, section: str, notebooks: list[Path]) -> str:
    """Where a claim is told: a link to its notebook, or the chapter's number."""
    name = section.split(",")[0].strip()
    for path in notebooks:
        if path.stem.split("_")[0] == name:
            return f"[{section.replace(',', ', section')}]({path.stem}.ipynb)"
    return "[README](../README.md)" if name == "README" else f"chapter {chapter}"


def _papers(papers: list[dict], records: dict[str, Record], computed: int) -> str:
    tiers = "\n".join(f"- **{tier}**: {meaning}" for tier, meaning in TIERS.items())
    text = [
        f"## All {len(papers)} papers",
        f"{computed} of {len(papers)} are computed so far; the others are `planned`. Each paper has its place in a "
        "chapter, and the small experiment that would show its claim on a laptop, written down before any run. "
        "What was really run is in the record, where it may differ. "
        f"The tier says what a paper becomes:\n\n{tiers}",
    ]
    for number, title in TITLES.items():
        placed = [paper for paper in papers if paper["chapter"] == number]
        if placed:
            rows = [
                (f'<a id="{p["id"]}"></a>{p["title"]}', p["tier"], p["experiment"], _status_cell(p["id"], records))
                for p in sorted(placed, key=lambda p: (p["tier"], p["id"]))
            ]
            text += [f"### {number} {title}", _table(("paper", "tier", "planned experiment", "status"), rows)]
    return "\n\n".join(text)


def _status_cell(paper: str, records: dict[str, Record]) -> str:
    found = status(paper, records)
    return f"**`{found}`**" if found != "planned" else "`planned`"


def _index(papers: list[dict], records: dict[str, Record], notebooks: list[Path]) -> str:
    rows = []
    for paper in sorted(papers, key=lambda paper: paper["title"].casefold()):
        own = [record.claim for record in records.values() if record.claim.paper == paper["id"]]
        where = _place(own[-1].chapter, own[-1].section, notebooks) if own else f"chapter {paper['chapter']}"
        rows.append((f"[{paper['title']}](#{paper['id']})", where))
    return f"## Find a paper\n\n{_table(('paper', 'where'), rows)}"


def _glossary(terms: list[dict]) -> str:
    rows = [(term["term"], term["letter"], term["meaning"], term["chapter"]) for term in terms]
    return f"## Glossary\n\n{_table(('term', 'letter', 'meaning', 'chapter'), rows)}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown; a bar inside a cell would end the cell."""
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
