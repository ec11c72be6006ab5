"""Configurations: frozen dataclasses to plain data and back, so that a file can say how it was made."""

from dataclasses import asdict, fields, is_dataclass
from typing import get_type_hints

from mbrl_lite.errors import MbrlError


def to_dict(config) -> dict:
    """A configuration as plain data for JSON."""
    return asdict(config)


def from_dict(cls: type, data: dict):
    """The inverse of `to_dict`; a field missing from `data` takes its default, an unknown one raises `MbrlError`."""
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(data) - known)
    if unknown:
        raise MbrlError(
            f"the configuration has the field {unknown[0]!r}, which {cls.__name__} of this version does not know: "
            f"use the version that wrote it"
        )
    hints = get_type_hints(cls)
    return cls(
        **{
            name: from_dict(hints[name], value) if is_dataclass(hints[name]) else _untuple(hints[name], value)
            for name, value in data.items()
        }
    )


def _untuple(hint, value):
    """JSON has no tuples: give them back."""
    return tuple(value) if isinstance(value, list) and str(hint).startswith("tuple") else value


def differences(one: dict, two: dict, where: str = "") -> list[str]:
    """What differs between two configurations as plain data, a short text a field: "agent.batch 32, here 16"."""
    found = []
    for name in sorted(one.keys() | two.keys()):
        a, b, path = one.get(name), two.get(name), f"{where}{name}"
        if isinstance(a, dict) and isinstance(b, dict):
            found += differences(a, b, f"{path}.")
        elif a != b:
            found.append(f"{path} {a}, here {b}")
    return found
