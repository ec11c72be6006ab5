"""`make lab`: the learner's own copy of the chapters in my/, and JupyterLab opened there."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mbrl_lite.errors import MbrlError

REPOSITORY = Path(__file__).resolve().parents[2]
FIRST = "00_start_here.ipynb"
# On this machine only, with the usual token; no news, nor the question about it, no look for updates.
QUIET = [
    "--ServerApp.ip=127.0.0.1",
    f"--LabApp.app_settings_dir={Path(__file__).with_name('lab_settings')}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]


def copy_chapters(chapters: Path, mine: Path) -> tuple[list[str], list[str]]:
    """Copy into `mine` the notebooks of `chapters` it lacks; returns the names copied and those with a newer chapter.

    A notebook that is in `mine` is never touched, whatever has become of the chapter. Raises `MbrlError` if there
    are no chapters, or if `mine` is not a folder.
    """
    sources = sorted(chapters.glob("*.ipynb"))
    if not sources:
        raise MbrlError(f"no chapters were found in {chapters}: run this in a checkout of the course, not in a wheel")
    if mine.exists() and not mine.is_dir():
        raise MbrlError(f"{mine} should be the folder of your notebooks, but it is a file: move it away and try again")
    receipts = mine / ".copied"  # what each chapter was when it was copied
    receipts.mkdir(parents=True, exist_ok=True)
    copied, newer = [], []
    for source in sources:
        target, receipt = mine / source.name, receipts / f"{source.name}.sha256"
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        if not target.exists():
            receipt.write_text(digest + "\n")
            _copy_whole(source, target)
            copied.append(source.name)
        elif receipt.exists() and receipt.read_text().strip() != digest:
            newer.append(source.name)
    return copied, newer


def open_lab(mine: Path, options: list[str]) -> int:
    """Run JupyterLab in `mine` on chapter 00 until it is closed; returns its exit status."""
    # In a container one is often root, where JupyterLab refuses to start unless told.
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    where = [f"--ServerApp.root_dir={mine}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    command = [sys.executable, "-m", "jupyterlab", *QUIET, *root, *where, *options]
    try:
        return subprocess.call(command, cwd=mine)
    except KeyboardInterrupt:  # Ctrl-C is how one leaves JupyterLab, which has closed by itself by now
        return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line; what it does not know is passed on to JupyterLab."""
    parser = argparse.ArgumentParser(prog="python -m mbrl_lite.course.lab", description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-open", action="store_true", help="copy the chapters only")
    chosen, options = parser.parse_known_args(arguments)
    mine = REPOSITORY / "my"
    copied, newer = copy_chapters(REPOSITORY / "chapters", mine)
    others = ", the others as you left them" if len(list(mine.glob("*.ipynb"))) > len(copied) else ""
    print(f"Your notebooks are in {os.path.relpath(mine)}{os.sep}: {len(copied)} new{others}.")
    for name in newer:
        print(f"chapters{os.sep} has a newer {name}; yours is untouched. To have it, rename yours and run this again.")
    return 0 if chosen.no_open else open_lab(mine, options)


def _copy_whole(source: Path, target: Path) -> None:
    """Copy under another name, then rename: a copy that is cut short is not taken for the learner's notebook."""
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    os.rename(part, target)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MbrlError as error:
        sys.exit(str(error))
