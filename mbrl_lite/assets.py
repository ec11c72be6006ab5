"""Where the shipped files are: assets/ beside the package in a checkout, inside the package in a wheel."""

from pathlib import Path

from mbrl_lite.errors import MbrlError

_PACKAGE = Path(__file__).resolve().parent


def asset(*parts: str) -> Path:
    """Path of a shipped file or folder; raises `MbrlError` naming it if it is not there."""
    for root in (_PACKAGE / "assets", _PACKAGE.parent / "assets"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise MbrlError(
        f"the shipped file assets/{'/'.join(parts)} was not found: reinstall mbrl_lite, or check it out again"
    )
