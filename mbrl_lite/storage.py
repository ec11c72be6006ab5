"""Files that survive: tensors and JSON in one safetensors file, written whole or not at all."""

import errno
import json
import os
import tempfile
import zlib
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from mbrl_lite.errors import MbrlError

TEMPORARY = ".tmp"
_UMASK = os.umask(0)  # reading it means setting it
os.umask(_UMASK)


def write_atomic(path: Path, data: bytes) -> None:
    """Write to a temporary file, sync, rename: a reader sees the old file or the new one, never half.

    If the disk is full or the folder is closed to us, the old file stays and `MbrlError` says so.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=TEMPORARY)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_UMASK)  # mkstemp keeps its files private, ours are to be shared
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _refused(path, error) from error
        raise


def append(path: Path, text: str) -> None:
    """Add text to the end of a file; raises `MbrlError` if the disk is full or the file is closed to us."""
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise _refused(path, error) from error


def sync(path: Path) -> None:
    """Return once everything in the file has reached the disk."""
    with open(path, "ab") as file:
        os.fsync(file.fileno())


def sweep(folder: Path) -> None:
    """Remove the temporary files of writes that were killed."""
    for path in folder.glob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def _refused(path: Path, error: OSError) -> MbrlError:
    """What to tell of a file that the system would not write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return MbrlError(
            f"the disk is full: {path} could not be written, what was there stays; "
            f"free some space and continue with  mbrl-lite train --resume"
        )
    return MbrlError(
        f"{path} could not be written ({error.strerror}): choose another folder or open this one to yourself"
    )


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _checksum(kind: str, info: str, tensors: dict[str, torch.Tensor]) -> str:
    """A number that changes with any byte of the content: safetensors itself does not look."""
    crc = zlib.crc32(f"{kind} {info}".encode())
    for name, tensor in sorted(tensors.items()):
        crc = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), crc)
        crc = zlib.crc32(tensor.flatten().view(torch.uint8).numpy(), crc)
    return str(crc)


def save_tensors(path: Path, kind: str, tensors: dict[str, torch.Tensor], info: dict) -> str:
    """Write tensors and plain data; returns their checksum. `kind` names format and version: "mbrl_lite run 1"."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    metadata = {"kind": kind, "info": json.dumps(info)}
    metadata["crc32"] = _checksum(kind, metadata["info"], tensors)
    write_atomic(Path(path), safetensors.torch.save(tensors, metadata))
    return metadata["crc32"]


def load_tensors(path: Path, kind: str, checksum: str | None = None) -> tuple[dict[str, torch.Tensor], dict]:
    """Read what `save_tensors` wrote; raises `MbrlError` naming a file that is missing, damaged or of another kind.

    With `checksum` a sound file that holds something else is refused too.
    """
    path = Path(path)
    if not path.is_file():
        raise MbrlError(f"expected a file of kind {kind!r} at {path}, but there is none: check the path")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, ValueError, OSError) as error:
        raise _damaged(path, kind, error) from error
    if metadata.get("kind") != kind:
        raise MbrlError(
            f"expected a file of kind {kind!r}, but {path} is of kind {metadata.get('kind', 'unknown')!r}: "
            f"choose the right file"
        )
    info = metadata.get("info", "")
    content = _checksum(kind, info, tensors)
    if {metadata.get("crc32", content), checksum or content} != {content} or not info:
        raise _damaged(path, kind, "its checksum is wrong")
    return tensors, json.loads(info)


def _damaged(path: Path, kind: str, why: Exception | str) -> MbrlError:
    return MbrlError(
        f"expected a file of kind {kind!r}, but {path} is damaged ({why}): use another checkpoint or train anew"
    )
