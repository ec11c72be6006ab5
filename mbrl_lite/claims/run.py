"""Running a claim: seed by seed, each kept as soon as it is finished."""

import subprocess
import time
from pathlib import Path

import torch
from joblib import Parallel, delayed, parallel_config
from tqdm import tqdm

from mbrl_lite.claims.record import Record, load_record
from mbrl_lite.claims.registry import experiment
from mbrl_lite.claims.spec import Claim
from mbrl_lite.errors import MbrlError
from mbrl_lite.training.shared import code_version
from mbrl_lite.viz.report import machine_class, versions

TRIAL = 100  # seeds from here on are for trying things out


def run_claim(claim: Claim, folder: Path, jobs: int = 2, quiet: bool = False) -> Record:
    """Run the seeds that the record in `folder` lacks, `jobs` at a time, and save after each. Stop it when you like.

    Raises `MbrlError` if the specification is not committed, was changed, or a seed's numbers are not finite.
    """
    _check_count("jobs", jobs)
    record, source = load_record(claim, folder), experiment(claim)[1]
    if not record.missing:
        return record
    made = {"commit": _commit(source, claim), "code": code_version(source)[:12]}
    made |= {"versions": versions(), "machine": machine_class()}
    for seed, values, seconds in _measured(claim, record.missing, jobs, quiet, len(record.runs)):
        record = load_record(claim, folder)  # another process may have saved a seed meanwhile
        record.add(seed, values, seconds, made)
        record.save(folder)
    return record


def try_claim(claim: Claim, count: int, jobs: int = 2, quiet: bool = False) -> Record:
    """Measure `count` trial seeds (100, 101, ...) and keep nothing: to tune an experiment before its claim is run."""
    _check_count("trial", count)
    _check_count("jobs", jobs)
    trial = Record(claim)
    for seed, values, seconds in _measured(claim, list(range(TRIAL, TRIAL + count)), jobs, quiet):
        trial.add(seed, values, seconds, {})
    return trial


def _measured(claim: Claim, seeds: list[int], jobs: int, quiet: bool, done: int = 0):
    """(seed, values, seconds) of each seed as it is finished, each on one thread, whatever `jobs` is."""
    measure, _ = experiment(claim)
    jobs = 1 if claim.alone else jobs
    with parallel_config(backend="loky", inner_max_num_threads=1):
        results = Parallel(n_jobs=jobs, return_as="generator_unordered")(
            delayed(_timed)(measure, claim.settings, seed) for seed in seeds
        )
        bar = {"initial": done, "total": done + len(seeds), "desc": claim.id, "unit": "seed"}
        yield from tqdm(results, **bar, disable=quiet)


def _timed(measure, settings: dict, seed: int) -> tuple[int, dict[str, float], float]:
    start, threads = time.perf_counter(), torch.get_num_threads()
    torch.set_num_threads(1)  # the last digits depend on it
    try:
        return seed, measure(settings, seed), time.perf_counter() - start
    finally:
        torch.set_num_threads(threads)


def _check_count(name: str, count: int) -> None:
    if count < 1:
        raise MbrlError(f"expected {name} to be 1 or more, got {count}: choose a larger number")


def _commit(path: Path, claim: Claim) -> str | None:
    """The commit that holds the specification and the code it runs; None outside a checkout.

    Raises `MbrlError` if anything beside the specification's file or below `mbrl_lite` is not committed.
    """
    package = path.parents[2] if path.parent.name == "catalogue" else path.parent
    changed = _git(path, "status", "--porcelain", "--", str(package))
    if changed:
        first = changed.splitlines()[0].split()[-1]
        raise MbrlError(
            f"claim {claim.id} is run from committed code only, and {first} is not committed: commit it, then run"
        )
    return _git(path, "rev-parse", "HEAD") if _git(path, "ls-files", "--", path.name) else None


def _git(path: Path, *command: str) -> str | None:
    """What git prints in the file's folder; None where there is no git or no checkout."""
    try:
        done = subprocess.run(["git", *command], cwd=path.parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
