"""Files of a report: written beside and renamed, so that nobody ever opens half of one; readable by their owner only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from recon.errors import UsageError
from recon.faultpoints import faultpoint
from recon.snapshot.files import explained, make_directory, open_private, sync_directory


def run_folder(state_dir: Path, run_id: str) -> Path:
    """``reports/<run-id>`` in the state folder; raises UsageError for a run id that is not a plain name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", run_id):
        raise UsageError(f"{run_id!r} is not the id of a run.", "Open reports/index.html in the state folder for a list of them.")
    return state_dir / "reports" / run_id


def write(path: Path, chunks: Iterable[bytes]) -> Path:
    """Write a file whole or not at all, mode 0600. Raises StoreError where the folder does not allow it."""
    make_directory(path.parent)
    aside = path.with_name(f"{path.name}.part")
    with explained(path):
        try:
            with os.fdopen(open_private(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            faultpoint("report.before_rename")
            aside.replace(path)
            sync_directory(path.parent)
        finally:
            aside.unlink(missing_ok=True)
    return path


def sweep(state_dir: Path) -> None:
    """Remove what a killed run left half written; the caller holds the WorkspaceLock or renders again by hand."""
    for aside in (state_dir / "reports").glob("**/*.part"):
        aside.unlink(missing_ok=True)
