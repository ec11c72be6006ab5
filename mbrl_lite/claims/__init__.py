"""What the course claims, and how each claim is run: specification first, seed by seed, with a computed status."""

from mbrl_lite.claims.record import Record, load_record
from mbrl_lite.claims.registry import claims, find_claim
from mbrl_lite.claims.run import run_claim, try_claim
from mbrl_lite.claims.spec import Claim, Part

__all__ = [
    "Claim",
    "Part",
    "Record",
    "claims",
    "find_claim",
    "load_record",
    "run_claim",
    "try_claim",
]
