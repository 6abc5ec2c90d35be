"""Writing files so that a crash leaves either the old or the new one, readable by nobody else."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recon.errors import StoreError

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600


def make_directory(path: Path) -> Path:
    """Create a private folder with its parents."""
    with explained(path):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):  # NOTE: mkdir(parents=True) gives the mode only to the last one
            folder.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
    return path


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a private file; never follows a link that somebody put in its place."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)


def write_atomic(path: Path, data: bytes) -> None:
    """Write aside, fsync, rename, fsync the folder."""
    with explained(path):
        aside = path.with_name(path.name + ".part")
        descriptor = open_private(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        aside.replace(path)
        sync_directory(path.parent)


def write_json(path: Path, data: Any) -> None:
    """The same for JSON."""
    write_atomic(path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def sync_directory(path: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError into a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreError(
                f"There is no space left to write {path}.", "Free some space and run the same command again; it goes on where it stopped."
            ) from error
        reason = error.strerror or type(error).__name__
        raise StoreError(f"{path} cannot be written ({reason}).", "Check its permissions and the disk.") from error
