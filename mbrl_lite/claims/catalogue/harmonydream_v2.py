"""Claim harmonydream on new worlds, with ratios of gradients compared as what they are: factors."""

import math
from dataclasses import replace

from mbrl_lite.claims.catalogue import harmonydream as first

_DROWNED, _HEARD, _ERROR = first.CLAIM.parts

CLAIM = replace(
    first.CLAIM,
    id="harmonydream-v2",
    here=first.CLAIM.here + " The first version averaged the ratios themselves, which differ tenfold between seeds, so "
    "that one seed decides; this one averages their logarithms, on new worlds.",
    settings=first.CLAIM.settings | {"draw": 1000},
    beside=("ratio.fixed", "ratio.harmony", *first.CLAIM.beside),
    parts=(
        replace(_DROWNED, treatment="log10.fixed", target=math.log10(_DROWNED.target), says=_DROWNED.says + " (log10)"),
        replace(_HEARD, treatment="log10.harmony", target=math.log10(_HEARD.target), says=_HEARD.says + " (log10)"),
        _ERROR,
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """As the first version's, on worlds of their own, and `log10.B` of the ratios."""
    found = first.measure(settings, settings["draw"] + seed)
    return found | {f"log10.{name}": math.log10(found[f"ratio.{name}"]) for name in ("fixed", "harmony")}
