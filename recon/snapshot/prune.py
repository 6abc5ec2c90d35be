"""What may be thrown away: snapshots that nothing needs any more, readings that were never finished, reports of long ago.

History stays: the life of findings is made of it, and nothing else could make it again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from recon.errors import StoreError
from recon.snapshot import manifest as manifests
from recon.snapshot.files import explained
from recon.snapshot.run import chain, latest

UNFINISHED = timedelta(days=2)
"""Age from which a reading that was never finished is not resumed any more."""

_GOING = ".removing"


@dataclass(frozen=True)
class Leftover:
    """One folder that may go; ``size`` in bytes."""

    kind: Literal["snapshot", "unfinished", "report"]
    path: Path
    at: datetime
    size: int


def leftovers(state_dir: Path, now: datetime, *, keep_days: int, keep_reports_days: int) -> list[Leftover]:
    """Everything that may go, oldest first.

    A snapshot stays while it is younger than ``keep_days``, while it is the newest, and while one that stays builds on it. Raises
    StoreError where a manifest cannot be read: what is not understood is not removed.
    """
    found = [*_snapshots(state_dir, now, timedelta(days=keep_days)), *_reports(state_dir, now - timedelta(days=keep_reports_days))]
    return sorted(found, key=lambda item: (item.at, item.path.name))


def remove(items: Iterable[Leftover]) -> int:
    """Remove folders and return the bytes freed. A folder is renamed first, so that nobody takes half of one for a whole."""
    freed = 0
    for item in items:
        aside = item.path.with_name(f"{item.path.name}{_GOING}")
        with explained(item.path):
            item.path.rename(aside)
            shutil.rmtree(aside)
        freed += item.size
    return freed


def sweep(state_dir: Path) -> None:
    """Finish what an interrupted removal began."""
    for place in ("snapshots", "reports"):
        for folder in (state_dir / place).glob(f"*{_GOING}"):
            with explained(folder):
                shutil.rmtree(folder)


def _snapshots(state_dir: Path, now: datetime, keep: timedelta) -> Iterator[Leftover]:
    folders = [path for path in (state_dir / "snapshots").glob("*/") if not path.name.endswith(_GOING)]
    finished = {path: manifests.load(path).started_at for path in folders if (path / manifests.FILE_NAME).is_file()}
    newest = latest(state_dir)
    staying = {path for path, started in finished.items() if started > now - keep} | ({newest} if newest else set())
    needed = {base for path in staying for base in _bases(path)}
    for path in folders:
        if path in finished:
            if path not in needed:
                yield Leftover("snapshot", path, finished[path], _size(path))
        elif (changed := _changed(path)) < now - UNFINISHED:
            yield Leftover("unfinished", path, changed, _size(path))


def _bases(path: Path) -> set[Path]:
    try:
        return set(chain(path))
    except StoreError:
        return {path}  # its base is gone already: nothing more to keep for it


def _reports(state_dir: Path, until: datetime) -> Iterator[Leftover]:
    for path in (state_dir / "reports").glob("*/"):
        if not path.name.endswith(_GOING) and (changed := _changed(path)) < until:
            yield Leftover("report", path, changed, _size(path))


def _changed(path: Path) -> datetime:
    """When anything in a folder was last written."""
    return datetime.fromtimestamp(max(item.lstat().st_mtime for item in (path, *path.rglob("*"))), UTC)


def _size(path: Path) -> int:
    return sum(item.lstat().st_size for item in path.rglob("*") if item.is_file())
