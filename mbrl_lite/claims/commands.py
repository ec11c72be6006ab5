"""What `mbrl-lite claim run | list | report` do."""

from pathlib import Path

import mbrl_lite
from mbrl_lite.assets import asset
from mbrl_lite.claims.record import Record, load_record
from mbrl_lite.claims.registry import claims, find_claim
from mbrl_lite.claims.report import beside, list_text, report_text
from mbrl_lite.claims.run import run_claim, try_claim
from mbrl_lite.claims.spec import Claim
from mbrl_lite.errors import MbrlError
from mbrl_lite.training.record import write_checksums

_CHECKOUT = Path(mbrl_lite.__file__).resolve().parent.parent


def folder_to_write() -> Path:
    """Where new records go: the shipped ones in a checkout, a folder `claims` here for an installed library."""
    return _CHECKOUT / "assets" / "claims" if (_CHECKOUT / "pyproject.toml").exists() else Path("claims")


def folder_to_read() -> Path:
    """Where records are looked for: one's own if there are any, else the shipped ones."""
    own = folder_to_write()
    return own if own.is_dir() else asset("claims")


def run(id: str | None, folder: Path | None, jobs: int, trial: int, quiet: bool = False) -> None:
    """Run one claim, or "all" of them in turn; with `trial` so many seeds from 100 on, of which nothing is kept."""
    if id is None:
        raise MbrlError("expected the id of a claim to run, got none: take one from  mbrl-lite claim list,  or all")
    for claim in claims().values() if id == "all" else [find_claim(id)]:
        if trial != 0:
            tried = try_claim(claim, trial, jobs, quiet)
            print(f"{report_text(tried)}\n  All measures, {beside(tried, tried.values[0])}")
            continue
        target = folder or folder_to_write()
        if not load_record(claim, target).missing:
            print(f"All {claim.seeds} seeds of {claim.id} are in {target} already. To run them again: --out FOLDER.")
        try:
            record = run_claim(claim, target, jobs, quiet)
        finally:
            if target.resolve() == _CHECKOUT / "assets" / "claims":
                write_checksums(target.resolve().parent)
        print(report_text(record))


def show(id: str | None, folder: Path | None) -> list[Record]:
    """Print what the records say: of one claim, or of all."""
    picked = [find_claim(id)] if id else claims().values()
    records = [load_record(claim, folder or folder_to_read()) for claim in picked]
    print("\n\n".join(report_text(record) for record in records))
    return records


def table(folder: Path | None) -> None:
    """Print a line a claim."""
    print(list_text([_record_or_none(claim, folder or folder_to_read()) for claim in claims().values()]))


def _record_or_none(claim: Claim, folder: Path) -> tuple[Claim, Record | None]:
    """The claim and its record; None for one that cannot be used, so that it does not hide the others."""
    try:
        return claim, load_record(claim, folder)
    except MbrlError:
        return claim, None
