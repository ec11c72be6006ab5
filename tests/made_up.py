"""A made-up claim, its parts and its records, for the tests of claims."""

from mbrl_lite.claims import Claim, Part
from mbrl_lite.claims.record import Record

LESS = Part("steps", "fewer steps", "better", "ours", "less", 2.0, "theirs", "ratio")
MORE = Part("score", "a higher score", "better", "ours", "more", 0.1, "theirs")
LIMIT = Part("gap", "a small gap", "bound", "gap", "less", 1.0)


def claim_of(*parts: Part, seeds: int = 6, **changes) -> Claim:
    words = dict.fromkeys(("original", "here", "kept", "replaced", "chance"), "nothing")
    fields = {"id": "made-up", "title": "made up", "chapter": "01", "section": "1", "settings": {"a": 1}}
    return Claim(**fields | words | {"parts": parts, "seeds": seeds, "core_minutes": 1.0} | changes)


def paired(ours, theirs) -> list[dict[str, float]]:
    return [{"ours": float(a), "theirs": float(b)} for a, b in zip(ours, theirs, strict=True)]


def filled(claim: Claim, seeds: int) -> Record:
    record = Record(claim)
    for seed in range(seeds):
        record.add(seed, {"ours": 1.0 + 0.01 * seed, "theirs": 10.0}, 1.5, {"commit": "abc"})
    return record
