"""Files that survive: tensors and JSON in one safetensors file, written whole or not at all."""

import errno
import json
import os
import tempfile
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from mbrl_lite.errors import MbrlError

_UMASK = os.umask(0)  # reading it means setting it
os.umask(_UMASK)


def write_atomic(path: Path, data: bytes) -> None:
    """Write to a temporary file, sync, rename: a reader sees the old file or the new one, never half.

    If the disk is full the old file stays and `MbrlError` says so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_UMASK)  # mkstemp keeps its files private, ours are to be shared
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise MbrlError(
            f"the disk is full: {path} needs {len(data) / 1e6:.1f} MB and could not be written, what was there stays; "
            f"free some space and continue with  mbrl-lite train --resume"
        ) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def save_tensors(path: Path, kind: str, tensors: dict[str, torch.Tensor], info: dict) -> None:
    """Write tensors and plain data. `kind` names the format and its version, as "mbrl_lite run 1"."""
    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    write_atomic(Path(path), safetensors.torch.save(tensors, {"kind": kind, "info": json.dumps(info)}))


def load_tensors(path: Path, kind: str) -> tuple[dict[str, torch.Tensor], dict]:
    """Read what `save_tensors` wrote; raises `MbrlError` naming a file that is missing, damaged or of another kind."""
    path = Path(path)
    if not path.is_file():
        raise MbrlError(f"expected a file of kind {kind!r} at {path}, but there is none: check the path")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - safetensors files are no mappings
    except (SafetensorError, ValueError, OSError) as error:
        raise MbrlError(
            f"expected a file of kind {kind!r}, but {path} is damaged ({error}): use another checkpoint or train anew"
        ) from error
    if metadata.get("kind") != kind:
        raise MbrlError(
            f"expected a file of kind {kind!r}, but {path} is of kind {metadata.get('kind', 'unknown')!r}: "
            f"choose the right file"
        )
    return tensors, json.loads(metadata["info"])
