"""Errors a user can mend: one sentence that says what was expected, what came and what to do."""

import importlib


class MbrlError(Exception):
    """A mistake in the input, not in the program. The command line prints its text and nothing else."""


class MissingExtra(MbrlError):
    """An optional package is not installed."""


def require(module: str, extra: str):
    """Import an optional module, or raise `MissingExtra` naming the command that installs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # a broken package is not a missing one
        raise MissingExtra(
            f"this needs the optional package {module.split('.')[0]!r}, which is not installed: "
            f"install it with  pip install 'mbrl_lite[{extra}]'  and try again"
        ) from None
