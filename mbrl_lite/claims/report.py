"""What a claim's record says, in words: the standing wording, a line a part, a table of all claims."""

from collections.abc import Iterable
from statistics import median

from mbrl_lite.claims.record import Record
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.claims.statistics import Verdict

STATUS = {
    "planned": "not run yet",
    "runs": "runs, but not all seeds or parts are done, or too few to decide",
    "opposite": "in at least one part the opposite was seen, or a limit was crossed",
    "none": "no difference detected, or a limit that lies within the interval",
    "direction": "in the stated direction, but smaller than stated",
    "effect": "seen, and at least as large as stated",
    "holds": "every limit was kept",
}


def number(value: float) -> str:
    """A number in three digits, as short as it can be written."""
    return f"{value:.1e}" if abs(value) >= 1e6 else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def seen(part: Part, verdict: Verdict) -> str:
    """Number, interval and seeds of one part: "3.7 times [1.7, 8.1], 5 seeds"."""
    if verdict.estimate is None:
        return "nothing yet"
    unit = {"better": " times", "not_worse": " times as good", "bound": ""}[part.kind] if part.scale == "ratio" else ""
    text = f"{number(verdict.estimate)}{unit}"
    if verdict.low is not None:
        text += f" [{number(verdict.low)}, {number(verdict.high)}]"
    return f"{text}, {verdict.n} {'seed' if verdict.n == 1 else 'seeds'}"


def wanted(part: Part) -> str:
    """The target in a few words: "at least 2 times less", "at most 0.05"."""
    target = number(part.target)
    if part.kind == "bound":
        limit = f"{'at most' if part.direction == 'less' else 'at least'} {target}"
        return limit + (" in each seed" if part.every else "")
    if part.kind == "better" and part.scale == "ratio" and part.target == 1:
        return part.direction
    if part.kind == "better":
        return f"at least {target}{' times' if part.scale == 'ratio' else ''} {part.direction}"
    return f"at least {target} times as good" if part.scale == "ratio" else f"at most {target} behind"


def wording(record: Record) -> list[tuple[str, str]]:
    """The standing wording of a claim: original, here, kept, replaced, seen and status, as pairs of name and text."""
    claim = record.claim
    found = [f"{says}: {number} ({status}; target: {target})" for says, target, number, status in rows(record)]
    return [
        ("Original", claim.original),
        ("Here", claim.here),
        ("Kept", claim.kept),
        ("Not kept or replaced", claim.replaced),
        ("Chance", claim.chance),
        *(("Seen", text) for text in found),
        *([("Beside it", beside(record))] if record.values and claim.beside else []),
        ("Status", f"{record.status}: {STATUS[record.status]}"),
    ]


def words(record: Record) -> list[tuple[str, str]]:
    """The first part of the wording, which needs no run: original, here, kept, replaced and chance."""
    return [pair for pair in wording(record) if pair[0] not in ("Seen", "Beside it", "Status")]


def rows(record: Record) -> list[tuple[str, str, str, str]]:
    """A row a part: what is stated, its target, what was seen, and the status."""
    pairs = zip(record.claim.parts, record.verdicts, strict=True)
    return [(part.says, wanted(part), seen(part, verdict), verdict.status) for part, verdict in pairs]


def report_text(record: Record) -> str:
    """A claim and what was seen, as plain text."""
    claim = record.claim
    return "\n".join([f"{claim.id}: {claim.title}", *(f"  {name}: {text}" for name, text in wording(record))])


def beside(record: Record, names: Iterable[str] | None = None) -> str:
    """Medians over the seeds of what is shown beside the parts, or of the measures `names`, in one line."""
    return "medians over seeds: " + ", ".join(f"{name} {value}" for name, value in medians(record, names).items())


def medians(record: Record, names: Iterable[str] | None = None) -> dict[str, str]:
    """Medians over the seeds by the names of the measures, those shown beside the parts or `names`, in words."""
    names = record.claim.beside if names is None else names
    return {name: number(median(run[name] for run in record.values)) for name in names}


def list_text(records: list[tuple[Claim, Record | None]]) -> str:
    """A line a claim: id, chapter, seeds done, core-minutes and status; None stands for a record that is damaged."""
    rows = [("claim", "chapter", "seeds", "core-minutes", "status")]
    for claim, record in records:
        if record is None:
            rows.append((claim.id, claim.chapter, "", "", f"damaged: see  mbrl-lite claim report {claim.id}"))
            continue
        done = f"{len(record.runs)} of {claim.seeds}"
        spent = f"{record.minutes:.1f} of {claim.core_minutes:g}" + " (over)" * (record.minutes > claim.core_minutes)
        rows.append((claim.id, claim.chapter, done, spent, record.status))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
