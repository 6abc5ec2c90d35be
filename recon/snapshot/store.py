"""Lands chunks on disk: whole or not at all, and resumable after any kill.

Pages of one stream are appended to a part file as zstd frames of their own; a progress file names the
bytes that are certain. After a kill the part is cut back to them, so at most one page is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

from recon.errors import IncompleteError, StoreError
from recon.faultpoints import faultpoint
from recon.snapshot.files import explained, make_directory, open_private, sync_directory, write_json
from recon.snapshot.manifest import FileEntry
from recon.systems.base import Chunk

PART_BYTES = 128 * 2**20
"""A part file of pages is closed at this size (compressed), so that readers can work in parallel."""

LEVEL = 3
_CHILD = b'"__parentId":'
"""Inside a string the first quote would be escaped, so this is always the key of a child line."""


@dataclass
class Counter:
    """Counts what passes by: ``rows`` lines or CSV records, ``records`` those that are no children."""

    format: str
    rows: int = 0
    records: int = 0
    _in_quotes: bool = False
    _tail: bytes = b""

    def lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass blocks on while counting; blocks may be cut anywhere. A file that lands as it is counts as one."""
        if self.format == "file":
            self.rows = self.records = 1
            yield from blocks
            return
        for block in blocks:
            if block:
                self._count(self._tail + block)
                yield block
        if self._tail:
            raise IncompleteError("The last line of an answer is cut.", "Run the same command again; it goes on where it stopped.")
        if self.format == "csv" and self.rows:
            self.rows -= 1  # the header
            self.records -= 1

    def _count(self, data: bytes) -> None:
        *lines, self._tail = data.split(b"\n")
        if self.format == "jsonl":
            filled = [line for line in lines if line.strip()]
            self.rows += len(filled)
            self.records += sum(_CHILD not in line for line in filled)
            return
        for line in lines:
            self._in_quotes ^= bool(line.count(b'"') & 1)
            if not self._in_quotes and line.strip(b"\r"):
                self.rows += 1
                self.records += 1


@dataclass
class Progress:
    """What of a stream is certain: files with their certain bytes, and the state from which reading goes on."""

    files: list[FileEntry] = field(default_factory=list)
    state: dict[str, Any] | None = None
    rows: int = 0
    records: int = 0
    calls: int = 0
    formats: list[str] = field(default_factory=list)
    done: dict[str, Any] | None = None
    """the finished StreamEntry, once its proof is made"""


class StreamStore:
    """The folder of one stream in one snapshot."""

    def __init__(self, snapshot: Path, system: str, stream: str) -> None:
        self.snapshot = snapshot
        self.folder = snapshot / system / stream
        self.relative = f"{system}/{stream}"
        self.progress_path = snapshot / "progress" / f"{system}.{stream}.json"
        make_directory(self.folder)
        make_directory(self.progress_path.parent)
        self.progress = self._restore()

    def restart(self) -> None:
        """Forget everything that was read of this stream."""
        shutil.rmtree(self.folder, ignore_errors=True)
        make_directory(self.folder)
        self.progress = Progress()
        self._save()

    def add(self, chunk: Chunk) -> tuple[int, int]:
        """Store a chunk and the state after it; returns its rows and records. IncompleteError where it lacks rows."""
        counter = Counter(chunk.format)
        blocks = counter.lines(chunk.lines)
        whole_file = chunk.part or chunk.format != "jsonl"
        entry = self._write_part(chunk, blocks) if whole_file else self._append_frame(blocks)
        if chunk.rows is not None and counter.rows != chunk.rows:
            self._undo(entry)
            raise IncompleteError(
                f"{self.relative} brought {counter.rows:,} rows where {chunk.rows:,} were announced.",
                "Run the same command again; it goes on where it stopped.",
            )
        if entry is not None and counter.rows == 0:
            self._undo(entry)
            entry = None
        self._keep(entry, chunk, counter)
        return counter.rows, counter.records

    def finish(self, entry: dict[str, Any]) -> None:
        """Record the finished stream; after this it is not read again."""
        self.progress.done = entry
        self._save()
        faultpoint("snapshot.after_stream")

    def files(self) -> list[FileEntry]:
        """Files with their checksums."""
        return [entry.model_copy(update={"sha256": checksum(self.snapshot / entry.path)}) for entry in self.progress.files]

    def _keep(self, entry: FileEntry | None, chunk: Chunk, counter: Counter) -> None:
        progress = self.progress
        if entry is not None:
            rows = counter.rows
            if progress.files and progress.files[-1].path == entry.path:
                rows += progress.files.pop().rows or 0
            progress.files.append(entry.model_copy(update={"rows": rows}))
            if chunk.format not in progress.formats:
                progress.formats.append(chunk.format)
        progress.rows += counter.rows
        progress.records += counter.records
        progress.state = dict(chunk.state)
        self._save()
        faultpoint("snapshot.after_progress")

    def _append_frame(self, blocks: Iterator[bytes]) -> FileEntry | None:
        faultpoint("snapshot.before_frame")
        data = b"".join(blocks)
        if not data:
            return None
        last = self.progress.files[-1] if self.progress.files else None
        if last is None or not last.path.endswith(".jsonl.zst") or (last.bytes or 0) >= PART_BYTES:
            last = FileEntry(path=f"{self.relative}/part-{len(self.progress.files):04d}.jsonl.zst", bytes=0)
        path = self.snapshot / last.path
        frame = zstandard.ZstdCompressor(level=LEVEL).compress(data)
        start = last.bytes or 0
        with explained(path):
            descriptor = open_private(path, os.O_WRONLY | os.O_CREAT)
            try:
                _write_all(descriptor, frame, start)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        faultpoint("snapshot.after_frame")
        return last.model_copy(update={"bytes": start + len(frame)})

    def _write_part(self, chunk: Chunk, blocks: Iterator[bytes]) -> FileEntry | None:
        ending = _safe(chunk.name) if chunk.format == "file" else chunk.format
        name = f"part-{len(self.progress.files):04d}.{ending}.zst"
        path = self.folder / name
        aside = path.with_name(name + ".part")
        empty = True
        with explained(path):
            descriptor = open_private(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                with (
                    os.fdopen(descriptor, "wb", closefd=False) as file,
                    zstandard.ZstdCompressor(level=LEVEL).stream_writer(file, closefd=False) as out,
                ):
                    for block in blocks:
                        empty = False
                        out.write(block)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if empty:
                aside.unlink()
                return None
            aside.replace(path)
            sync_directory(self.folder)
        faultpoint("snapshot.after_part")
        return FileEntry(path=f"{self.relative}/{name}", bytes=path.stat().st_size)

    def _undo(self, entry: FileEntry | None) -> None:
        """Take back what a bad chunk wrote; a certain part of the same file stays."""
        if entry is None:
            return
        last = self.progress.files[-1] if self.progress.files else None
        path = self.snapshot / entry.path
        if last is not None and last.path == entry.path:
            with explained(path):
                os.truncate(path, last.bytes or 0)
        else:
            path.unlink(missing_ok=True)

    def _save(self) -> None:
        progress = self.progress
        write_json(
            self.progress_path,
            {
                "files": [entry.model_dump() for entry in progress.files],
                "state": progress.state,
                "rows": progress.rows,
                "records": progress.records,
                "calls": progress.calls,
                "formats": progress.formats,
                "done": progress.done,
            },
        )

    def _restore(self) -> Progress:
        try:
            data = json.loads(self.progress_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            data = {}
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{self.progress_path} is damaged.", f"Remove the unfinished snapshot {self.snapshot} and run again."
            ) from error
        files = [FileEntry.model_validate(item) for item in data.pop("files", [])]
        self._cut_back(files)
        return Progress(files=files, **data)

    def _cut_back(self, files: list[FileEntry]) -> None:
        """Remove what a killed run wrote beyond the certain bytes."""
        certain = {entry.path: entry.bytes or 0 for entry in files}
        for path in sorted(self.folder.iterdir()):
            relative = path.relative_to(self.snapshot).as_posix()
            if relative not in certain:
                path.unlink()
            elif path.stat().st_size > certain[relative]:
                os.truncate(path, certain[relative])
        for relative, size in certain.items():
            path = self.snapshot / relative
            if not path.is_file() or path.stat().st_size < size:
                raise StoreError(
                    f"{path} lost bytes that were already certain.", f"Remove the unfinished snapshot {self.snapshot} and run again."
                )


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _safe(name: str) -> str:
    """A file's own name without anything that could mean something to a file system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-80:].strip(".") or "file"


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
