"""What a claim is: a statement about learning, written down with its target and its budget before the first run."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass

from mbrl_lite.errors import MbrlError

KINDS = ("better", "not_worse", "bound")
DIRECTIONS = ("less", "more")
SCALES = ("difference", "ratio")


@dataclass(frozen=True)
class Part:
    """One measurable statement of a claim, about numbers that `measure` returns for each seed.

    better: `treatment` beats `baseline` in the good `direction`, by `target` at least: a difference, or on the scale
    "ratio" a factor ("2 times fewer" is direction less, target 2). not_worse: it may fall behind by the margin
    `target`: a difference, or a factor such as 0.95. bound: the mean of `treatment` stays below ("less") or above
    ("more") the limit `target`; with `every` each single seed does.
    """

    name: str
    says: str  # the statement in one sentence
    kind: str
    treatment: str
    direction: str
    target: float
    baseline: str | None = None
    scale: str = "difference"
    every: bool = False

    def __post_init__(self):
        for what, value, known in (
            ("kind", self.kind, KINDS),
            ("direction", self.direction, DIRECTIONS),
            ("scale", self.scale, SCALES),
        ):
            if value not in known:
                raise MbrlError(
                    f"expected a {what} out of {', '.join(known)} in part {self.name}, got {value!r}: choose one"
                )
        if (self.baseline is None) != (self.kind == "bound"):
            raise MbrlError(f"part {self.name}: a bound has no baseline, the other kinds need one: mend the part")
        if self.kind != "bound" and self.scale == "ratio" and self.target <= 0:
            raise MbrlError(f"part {self.name}: a ratio's target must be above 0, got {self.target}: choose a factor")


@dataclass(frozen=True)
class Claim:
    """A claim: who said what where, what we do here, and the parts that decide. A paper's claim bears its atlas id.

    `settings` holds everything the experiment reads, as plain data. `seeds` are 0, 1, ..., each one unit;
    `core_minutes` is the expected cost of all of them. `alone`: times are measured, so seeds run one after another.
    `beside`: measures that decide nothing and are shown beside the parts.
    """

    id: str
    title: str
    chapter: str
    section: str
    original: str  # claim and domain of the paper
    here: str  # environment and scale
    kept: str  # the mechanism
    replaced: str  # what was not kept
    chance: str  # what acting or guessing at random gives
    settings: dict
    parts: tuple[Part, ...]
    seeds: int
    core_minutes: float
    alone: bool = False
    beside: tuple[str, ...] = ()

    def __post_init__(self):
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise MbrlError(
                f"expected an id of small letters, digits and single hyphens, a claim's id, got {self.id!r}: rename it"
            )
        names = [part.name for part in self.parts]
        if not names or len(set(names)) < len(names):
            raise MbrlError(
                f"claim {self.id} needs at least one part, each with a name of its own, and has {names}: mend its parts"
            )

    @property
    def paper(self) -> str:
        """The id without a version's ending: `a-claim-v2` is another try at what `a-claim` said."""
        return re.sub(r"-v\d+$", "", self.id)

    @property
    def next_id(self) -> str:
        """The id of a changed claim: of `a-claim` it is `a-claim-v2`, of `a-claim-v2` `a-claim-v3`."""
        version = re.search(r"-v(\d+)$", self.id)
        return f"{self.paper}-v{int(version.group(1)) + 1 if version else 2}"

    def specification(self) -> dict:
        """What may not change after the first run, as plain data; the words around it may."""
        parts = [{key: value for key, value in asdict(part).items() if key != "says"} for part in self.parts]
        fixed = {"id": self.id, "seeds": self.seeds, "core_minutes": self.core_minutes, "settings": self.settings}
        return json.loads(json.dumps(fixed | {"parts": parts}))

    @property
    def hash(self) -> str:
        """SHA-256 of the specification."""
        return digest(self.specification())


def digest(content) -> str:
    """SHA-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
