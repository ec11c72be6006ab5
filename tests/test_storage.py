"""Files: what was saved is loaded, what was damaged is refused, and a full disk keeps what was there."""

import errno
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from tiny import one_sentence

from mbrl_lite import storage
from mbrl_lite.errors import MbrlError
from mbrl_lite.storage import load_tensors, save_tensors, write_atomic

KIND = "test 1"
TENSORS = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor([True, False]), "c": torch.randn(3).bfloat16()}
INFO = {"step": 7, "names": ["ä", "b"]}


@pytest.fixture
def file(tmp_path) -> Path:
    save_tensors(tmp_path / "file.safetensors", KIND, TENSORS, INFO)
    return tmp_path / "file.safetensors"


def assert_intact(path: Path) -> None:
    tensors, info = load_tensors(path, KIND)
    assert info == INFO and tensors.keys() == TENSORS.keys()
    assert all(
        torch.equal(tensors[name], TENSORS[name]) and tensors[name].dtype == TENSORS[name].dtype for name in TENSORS
    )


def complaint(path: Path, kind: str = KIND) -> str:
    """What `load_tensors` says, once it is seen to be a sentence that names the file."""
    with pytest.raises(MbrlError) as error:
        load_tensors(path, kind)
    assert str(path) in one_sentence(error.value)
    return str(error.value)


# Files that are not what they should be ----------------------------------------------------------


def test_what_was_saved_is_loaded(file):
    assert_intact(file)
    assert [path.name for path in file.parent.iterdir()] == ["file.safetensors"]


def test_every_flipped_byte_is_noticed(file):
    """Whatever byte is damaged: the file is refused, or (in the padding) nothing has changed."""
    whole, rng = file.read_bytes(), np.random.default_rng(0)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(damaged)
        try:
            assert_intact(file)
        except MbrlError as error:
            assert str(file) in one_sentence(error)


def test_a_damaged_number_is_noticed(file):
    whole = file.read_bytes()
    for place in range(len(whole) - 32, len(whole)):  # the numbers stand at the end
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "damaged" in complaint(file)


def test_a_truncated_file_is_refused_wherever_it_was_cut(file):
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        assert "damaged" in complaint(file)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", pickle.dumps({"a": 1}), b"\xff" * 100])
def test_a_foreign_file_is_refused(file, content):
    file.write_bytes(content)
    assert "damaged" in complaint(file)


def test_torch_files_and_strange_safetensors_are_refused(file):
    torch.save({"a": torch.ones(3)}, file)
    complaint(file)
    safetensors.torch.save_file({"a": torch.ones(3)}, file)
    assert "unknown" in complaint(file)


def test_a_file_of_another_kind_says_both_kinds(file):
    assert "'test 1'" in complaint(file, "mbrl_lite run 1") and "'mbrl_lite run 1'" in complaint(
        file, "mbrl_lite run 1"
    )


def test_no_file_and_a_folder_are_sentences(tmp_path):
    assert "there is none" in complaint(tmp_path / "nothing")
    assert "there is none" in complaint(tmp_path)


# Disks that fill ---------------------------------------------------------------------------------


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["fsync", "replace", "fdopen"])
def test_a_full_disk_keeps_what_was_there(file, monkeypatch, where):
    monkeypatch.setattr(storage.os, where, full)
    with pytest.raises(MbrlError, match="disk is full") as error:
        save_tensors(file, KIND, {"a": torch.zeros(9)}, {})
    assert str(file) in one_sentence(error.value)
    assert_intact(file)
    assert [path.name for path in file.parent.iterdir()] == ["file.safetensors"]  # no temporary is left


def test_a_disk_too_full_for_a_name_is_a_sentence_too(file, monkeypatch):
    monkeypatch.setattr(storage.tempfile, "mkstemp", full)
    with pytest.raises(MbrlError, match="disk is full"):
        write_atomic(file, b"new")
    assert_intact(file)
