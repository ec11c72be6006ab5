"""The record of a claim: its specification's hash, the numbers of every seed, and the status they give."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mbrl_lite.claims.spec import Claim, digest
from mbrl_lite.claims.statistics import Verdict, judge, status_of
from mbrl_lite.errors import MbrlError
from mbrl_lite.storage import write_atomic


@dataclass
class Record:
    """What has been run of a claim. `runs` maps a seed to its values, its seconds and the index of how it was made."""

    claim: Claim
    runs: dict[int, dict] = field(default_factory=dict)
    made: list[dict] = field(default_factory=list)  # commit, versions and machine, each combination once

    def add(self, seed: int, values: dict[str, float], seconds: float, made: dict) -> None:
        """Take in one finished seed; raises `MbrlError` if a number is not finite."""
        for name, value in values.items():
            if not math.isfinite(value):
                raise MbrlError(
                    f"expected finite numbers, but seed {seed} of claim {self.claim.id} measured {name} = {value}: "
                    f"let a run that fails be counted"
                )
        unknown = sorted(set(self.claim.beside) - set(values))
        if unknown:
            raise MbrlError(f"claim {self.claim.id} shows {unknown[0]!r} beside it, which it does not measure: mend it")
        if made not in self.made:
            self.made.append(made)
        values = {name: float(f"{value:.8g}") for name, value in values.items()}
        self.runs[seed] = {"values": values, "seconds": round(seconds, 2), "made": self.made.index(made)}

    @property
    def missing(self) -> list[int]:
        """The seeds that are still to be run."""
        return [seed for seed in range(self.claim.seeds) if seed not in self.runs]

    @property
    def values(self) -> list[dict[str, float]]:
        """The numbers of the finished seeds, in the order of the seeds."""
        return [self.runs[seed]["values"] for seed in sorted(self.runs)]

    @property
    def verdicts(self) -> list[Verdict]:
        """What each part's numbers say."""
        return [judge(part, self.values) for part in self.claim.parts]

    @property
    def status(self) -> str:
        """The claim's computed status."""
        return status_of(self.claim, self.verdicts)

    @property
    def minutes(self) -> float:
        """Core-minutes of all finished seeds together."""
        return sum(run["seconds"] for run in self.runs.values()) / 60

    def save(self, folder: Path) -> Path:
        """Write ID.json whole or not at all; raises `MbrlError` for trial seeds, which no record may hold."""
        foreign = sorted(set(self.runs) - set(range(self.claim.seeds)))
        if foreign:
            raise MbrlError(
                f"expected the seeds 0 to {self.claim.seeds - 1} of claim {self.claim.id}, got {foreign[0]}: "
                f"trials are not recorded"
            )
        content = {
            "id": self.claim.id,
            "status": self.status,
            "hash": self.claim.hash,
            "specification": self.claim.specification(),
            "parts": [asdict(verdict) for verdict in self.verdicts],
            "core_minutes": round(self.minutes, 2),
            "made": self.made,
            "runs": [{"seed": seed} | self.runs[seed] for seed in sorted(self.runs)],
        }
        path = Path(folder) / f"{self.claim.id}.json"
        write_atomic(path, _pretty(content | {"checksum": digest(content)}).encode())
        return path


def load_record(claim: Claim, folder: Path) -> Record:
    """The claim's record in `folder`, an empty one if there is none.

    Raises `MbrlError` for a record that is damaged, or that was made with another specification of the claim.
    """
    path = Path(folder) / f"{claim.id}.json"
    if not path.exists():
        return Record(claim)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = content.pop("checksum")
        runs = {int(run["seed"]): {key: run[key] for key in ("values", "seconds", "made")} for run in content["runs"]}
        hash, made = content["hash"], content["made"]
        sound = all(_is_sound(seed, run, claim, len(made)) for seed, run in runs.items())
    except OSError as error:
        raise _damaged(path, claim, f"it cannot be read, {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise _damaged(path, claim, f"it is cut off or no JSON, see line {error.lineno}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path, claim, "it is not a claim's record") from None
    if checksum != digest(content) or len(runs) != len(content["runs"]):
        raise _damaged(path, claim, "it was changed after it was written, its checksum is wrong")
    if hash != claim.hash:
        raise MbrlError(
            f"claim {claim.id} was changed after its first run ({path} holds another specification): "
            f"put the old one back and give the changed one the id {claim.next_id}"
        )
    if not sound:
        raise _damaged(path, claim, "it holds a seed or a number that does not belong there")
    return Record(claim, runs, made)


def _is_sound(seed: int, run: dict, claim: Claim, kinds: int) -> bool:
    """Whether a stored run has a seed of the claim, finite numbers, and a way it was made."""
    numbers = [*run["values"].values(), run["seconds"]]
    return seed in range(claim.seeds) and run["made"] in range(kinds) and all(math.isfinite(x) for x in numbers)


def _damaged(path: Path, claim: Claim, why: str) -> MbrlError:
    return MbrlError(
        f"the record {path} is damaged ({why}): restore it from version control, "
        f"or delete it and run  mbrl-lite claim run {claim.id} --out {path.parent}"
    )


def _pretty(content: dict) -> str:
    """JSON with one line a seed: short to read and to compare."""
    runs = ",\n".join("  " + json.dumps(run) for run in content["runs"])
    return json.dumps(content | {"runs": []}, indent=1).replace('"runs": []', f'"runs": [\n{runs}\n ]') + "\n"
