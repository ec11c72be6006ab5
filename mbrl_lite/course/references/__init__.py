"""The references: the solutions' own functions, which stand in for exercises not done; `make chapters` writes them."""

import importlib
import pkgutil
from collections.abc import Callable

from mbrl_lite.errors import MbrlError


def find(id: str) -> Callable:
    """The reference of an exercise, e.g. "00.1"; raises `MbrlError` if no chapter brings one."""
    for info in pkgutil.iter_modules(__path__):
        if info.name[:2] == id[:2]:
            module = importlib.import_module(f"{__name__}.{info.name}")
            if id in module.REFERENCES:
                return module.REFERENCES[id]
    raise MbrlError(f"exercise {id} has no reference yet: build the chapters with  make chapters")


def chapter_ids(name: str) -> tuple[str, ...]:
    """The ids of the exercises in one notebook, e.g. "00_start_here"; none if there is no such chapter."""
    if name not in {info.name for info in pkgutil.iter_modules(__path__)}:
        return ()
    return tuple(importlib.import_module(f"{__name__}.{name}").REFERENCES)
