"""Which claims there are, and where their records lie."""

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

from mbrl_lite.claims import catalogue
from mbrl_lite.claims.spec import Claim
from mbrl_lite.errors import MbrlError

Measure = Callable[[dict, int], dict[str, float]]


def claims() -> dict[str, Claim]:
    """All claims by id, in the order of their chapters."""
    names = [info.name for info in pkgutil.iter_modules(catalogue.__path__)]
    found = [importlib.import_module(f"{catalogue.__name__}.{name}").CLAIM for name in names]
    return {claim.id: claim for claim in sorted(found, key=lambda claim: (claim.chapter, claim.section, claim.id))}


def find_claim(id: str) -> Claim:
    """The claim with this id; raises `MbrlError` naming the nearest one."""
    known = claims()
    if id not in known:
        near = difflib.get_close_matches(id, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "mbrl-lite claim list  shows them all"
        raise MbrlError(f"there is no claim {id!r}: {hint}")
    return known[id]


def experiment(claim: Claim) -> tuple[Measure, Path]:
    """The function that measures one seed of a claim, and the file in which it stands."""
    module = importlib.import_module(f"{catalogue.__name__}.{claim.id.replace('-', '_')}")
    return module.measure, Path(module.__file__)
