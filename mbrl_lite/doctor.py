"""`mbrl-lite doctor`: what this machine has, what is missing, and the settings it should train with."""

import importlib
import importlib.metadata
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Packages are imported inside the checks: the doctor must be able to say that one of them is missing or broken.

PACKAGE = "mbrl_lite"
MODULES = {"pillow": "PIL"}  # packages of the core that are imported by another name
ENOUGH_MEMORY = 1.5  # GB, the most a chapter may use


@dataclass(frozen=True)
class Check:
    """One line of the report. A failed optional check leaves the machine fit."""

    name: str
    ok: bool
    text: str
    optional: bool = False

    def __str__(self) -> str:
        return f"{'[OK]' if self.ok else '[FAIL]':<7}{self.name}: {self.text}"


def run_doctor(root: Path | None = None) -> list[Check]:
    """All checks, in the order they are read; `root` is the folder that must be writable (default: the working one)."""
    root = Path.cwd() if root is None else Path(root)
    checks = [check_python()]
    for name, look in [
        ("packages", check_core),
        ("cores", check_cores),
        ("memory", check_memory),
        ("extras", check_extras),
        ("write access", lambda: [check_write(root)]),
        ("speed", check_speed),
    ]:
        checks += _guarded(name, look)
    return checks


def print_doctor(root: Path | None = None) -> int:
    """Print the report; returns the exit status: 1 if anything that is needed has failed, else 0."""
    checks = run_doctor(root)
    for check in checks:
        print(check)
    failed = [check.name for check in checks if not check.ok and not check.optional]
    print("\nThis machine is ready." if not failed else f"\nTo be mended first: {', '.join(failed)}.")
    return 1 if failed else 0


def doctor_rows(checks: list[Check] | None = None) -> list[tuple[str, str, str]]:
    """The report as rows (status, name, text) for a table in a notebook; runs the checks if none are given."""
    return [("OK" if c.ok else "FAIL", c.name, c.text) for c in (run_doctor() if checks is None else checks)]


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Is the Python (default: the running one) new enough?"""
    seen, ok = ".".join(map(str, version)), version >= (3, 11)
    advice = "" if ok else ": install a newer Python and set up again"
    return Check("Python", ok, f"{seen} (wants >=3.11) on {platform.system()} {platform.machine()}{advice}")


def check_core() -> list[Check]:
    """One check for each package that mbrl_lite cannot do without."""
    if installed_version(PACKAGE) is None:
        return [Check(PACKAGE, False, "not installed, only found here: run  pip install -e .  in the checkout")]
    return [check_package(name, wanted) for name, wanted in requirements()[""].items()]


def check_package(name: str, wanted: str) -> Check:
    """Is the package installed, in the wanted range (such as >=2.0), and does it import?"""
    version = installed_version(name)
    if version is None or not _inside(version, wanted):
        return Check(name, False, f"{version or 'not installed'} (wants {wanted}): run  pip install '{name}{wanted}'")
    try:
        importlib.import_module(MODULES.get(name, name.replace("-", "_")))
    except Exception as error:  # a broken package may raise anything, and the report must go on
        why = (str(error) or type(error).__name__).splitlines()[0]
        mend = f"pip install --force-reinstall '{name}{wanted}'"
        return Check(name, False, f"{version} is installed but does not import ({why}): run  {mend}")
    return Check(name, True, f"{version} (wants {wanted})")


def check_extras() -> list[Check]:
    """One check for each extra; one that is not installed is in order, for it is optional."""
    if installed_version(PACKAGE) is None:
        return []  # said above, once
    return [check_extra(extra, wanted) for extra, wanted in requirements().items() if extra]


def check_extra(extra: str, wanted: dict[str, str]) -> Check:
    """Which packages of the extra are here, which are missing, and which are too old?"""
    seen = {name: installed_version(name) for name in wanted}
    old = [name for name, version in seen.items() if version and not _inside(version, wanted[name])]
    missing = [name for name, version in seen.items() if version is None]
    text = ", ".join(
        f"{name} {version}" + (f" (wants {wanted[name]})" if name in old else "")
        for name, version in seen.items()
        if version
    )
    if missing:
        text += ("; " if text else "") + (f"{', '.join(missing)} not installed" if text else "not installed")
    if missing or old:
        text += f" (optional): run  pip install '{PACKAGE}[{extra}]'"
    return Check(f"extra {extra}", not old, text, optional=True)


def check_cores() -> list[Check]:
    """How many cores the machine has, and how many this process may use."""
    from mbrl_lite.nn import speed

    return [Check("cores", True, f"{speed.physical_cores()} physical, {speed.usable_cores()} usable")]


def check_memory() -> list[Check]:
    """Is there room for the largest chapter?"""
    import psutil

    memory = psutil.virtual_memory()
    free = memory.available / 1e9
    text = f"{memory.total / 1e9:.1f} GB, {free:.1f} free (wants {ENOUGH_MEMORY} free)"
    return [Check("memory", free >= ENOUGH_MEMORY, text + ("" if free >= ENOUGH_MEMORY else ": close other programs"))]


def check_write(root: Path) -> Check:
    """Can files be made in `root`, where runs and progress go?"""
    try:
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"x")
    except OSError as error:
        why = error.strerror or error
        return Check("write access", False, f"nothing can be written in {root} ({why}): work in a folder of your own")
    # Not which folder: the report gets pasted into questions, and a path tells who one is.
    return Check(
        "write access", True, f"this folder can be written in, {shutil.disk_usage(root).free / 1e9:.1f} GB free"
    )


def check_speed(seconds: float = 1.0) -> list[Check]:
    """A measurement of matrix products at this library's shapes, and the settings it speaks for."""
    import torch

    from mbrl_lite.nn import speed

    rates = speed.measure_matmul(seconds)
    shape = " x ".join(map(str, speed.SHAPE))
    numbers = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
    text = f"{numbers} GFLOP/s at {shape} with torch's {torch.get_num_threads()} threads"
    advice = f'precision = "{speed.recommended_precision(rates)}", threads = {speed.recommended_threads()}'
    return [Check("speed", True, text), Check("recommended", True, advice)]


def requirements() -> dict[str, dict[str, str]]:
    """What the installed package asks for: {extra: {package: range}}, its core under the extra ""."""
    from packaging.requirements import Requirement

    found: dict[str, dict[str, str]] = {}
    extras = importlib.metadata.metadata(PACKAGE).get_all("Provides-Extra") or []
    for line in importlib.metadata.requires(PACKAGE) or []:
        need = Requirement(line)
        if need.name.replace("-", "_") == PACKAGE:
            continue  # an extra that only gathers others
        for extra in ["", *extras]:
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                found.setdefault(extra, {})[need.name] = str(need.specifier)
                break  # found under "": a part of the core, not of every extra
    return found


def installed_version(name: str) -> str | None:
    """The version of an installed package, None if it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _inside(version: str, wanted: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(wanted).contains(version, prereleases=True)


def _guarded(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    """The checks of `look`, or one that failed, if a package it looks with is missing or broken."""
    try:
        return look()
    except (ImportError, OSError) as error:  # OSError: a shared library of torch that does not load
        return [Check(name, False, f"could not be looked at ({error}): mend the packages above first")]


if __name__ == "__main__":
    sys.exit(print_doctor())
