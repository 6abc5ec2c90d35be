"""Files as recon reads them: every file of a table in the order of its name, and a proof that none changed meanwhile."""

from __future__ import annotations

import glob
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recon.errors import IncompleteError, ReconError, SourceError
from recon.systems.base import Check, Chunk, Context, Estimate, Proof, ReadOnce, Stream, SystemFacts, Window, fewer
from recon.systems.files import exports, readers
from recon.systems.files.settings import FileTable, Settings
from recon.systems.tables.records import Maker, UnfitColumn
from recon.systems.tables.seen import Seen
from recon.systems.tables.values import Cell

ORIGINALS = "originals"
BLOCK = 5_000
"""Records that are stored together."""

_BYTES = 1 << 20
_SAMPLE = 1_000
_NOT_IN_FILES = {
    "deletions": "Files do not tell what was deleted.",
    "field_changes": "Files hold no history of single fields.",
}
_PSEUDO = frozenset({"@nth", "@file", "@row"})


@dataclass(frozen=True)
class File:
    """A file with what must not change while it is read."""

    path: Path
    shown: str
    size: int
    changed: int

    @property
    def mark(self) -> list[Any]:
        """The same as JSON."""
        return [self.shown, self.size, self.changed]


class Files(ReadOnce):
    """Reads the files of one system; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self._makers: dict[str, tuple[Maker, FileTable]] = {}

    # -- what there is -------------------------------------------------------------------------------------

    def facts(self) -> SystemFacts:
        """Facts as recon.toml states them, and the mapping of every table whose files can be understood."""
        return SystemFacts(
            account_id=self.context.name,
            title=self.settings.title or self.context.name,
            base_url="",
            record_url_template=self.settings.record_url_template or "",
            time_zone=self.settings.time_zone,
            currency=self.settings.currency,
            api_version="",
            tax_included=self.settings.tax_included,
            mapping={table: [self._mapping(table)] for table in self.settings.chosen()},
        )

    def streams(self) -> tuple[Stream, ...]:
        """One stream per table, and one for the files themselves."""
        found = [self._stream(table) for table in self.settings.chosen()]
        if self.settings.keep_originals:
            found.append(Stream(ORIGINALS, (), "files as they are", "Files as they are", has_delta=False))
        return tuple(found)

    def not_covered(self) -> Mapping[str, str]:
        """What files cannot tell."""
        return _NOT_IN_FILES

    def absent(self) -> Collection[str]:
        """All of it: files that recon.toml does not name are nobody's data."""
        return set(_NOT_IN_FILES)

    @property
    def calls(self) -> int:
        """Nobody is called."""
        return 0

    def close(self) -> None:
        """Nothing is held open."""

    def _mapping(self, table: str) -> dict[str, Any]:
        try:
            return self._maker(table)[0].mapping
        except ReconError:
            return {"object": table}

    def _stream(self, table: str) -> Stream:
        title = table.replace("_", " ").capitalize()
        source = ", ".join(self._chosen(table).path)
        try:
            maker, _ = self._maker(table)
        except ReconError:
            return Stream(table, (table,), source, title, has_delta=False)
        return Stream(table, (table,), source, title, (*maker.landed, "@file", "@line"), maker.personal, has_delta=False)

    def _chosen(self, table: str) -> FileTable:
        chosen = getattr(self.settings.tables, table)
        if not isinstance(chosen, FileTable):
            raise TypeError(table)
        return chosen

    def files(self, chosen: FileTable) -> list[File]:
        """Files of a table by name; SourceError where there is none."""
        found: dict[Path, File] = {}
        for pattern in chosen.path:
            names = glob.glob(str(self.settings.folder / pattern), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
            matches = [path for path in map(Path, names) if path.is_file()]
            if not matches:
                raise self._error(
                    f"No file matches {pattern} in {self.settings.folder}.", "Correct path in recon.toml, or put the files there."
                )
            for path in matches:
                state = path.stat()
                shown = path.relative_to(self.settings.folder).as_posix() if path.is_relative_to(self.settings.folder) else path.name
                found[path] = File(path, shown, state.st_size, state.st_mtime_ns)
        return [found[path] for path in sorted(found)]

    def _error(self, message: str, hint: str) -> SourceError:
        return SourceError(f"{self.context.name}: {message}", hint, system=self.context.name)

    def _layout(self, file: File, chosen: FileTable) -> readers.Layout:
        own = self.settings
        return readers.Layout(
            format=readers.format_of(file.path, chosen.format or own.format),
            encoding=chosen.encoding or own.encoding or "utf-8",
            delimiter=chosen.delimiter or own.delimiter,
            header_row=chosen.header_row or own.header_row,
            sheet=chosen.sheet,
            root=chosen.root,
        )

    def _maker(self, table: str) -> tuple[Maker, FileTable]:
        """What makes records of a table; an export that is recognised fills in what recon.toml does not say."""
        if table not in self._makers:
            chosen = self._chosen(table)
            first = self.files(chosen)[0]
            if not chosen.columns:
                header = readers.header(first.path, self._layout(first, chosen))
                export = exports.recognised(table, header)
                if export is None:
                    raise self._error(
                        f"{first.shown} is no export that recon recognises, and recon.toml names no columns for {table}.",
                        f"Name them under tables.{table}.columns; the file has: {', '.join(header[:40])}.",
                    )
                chosen = exports.filled_in(table, chosen, export, header)
            extra = (*chosen.fill_down, *((chosen.fill_by,) if chosen.fill_by else ()))
            self._makers[table] = Maker(table, chosen, self.settings.formats(chosen), self.settings.currency, extra), chosen
        return self._makers[table]

    # -- reading -------------------------------------------------------------------------------------------

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Files and bytes; their rows are known only by reading them."""
        if stream.name == ORIGINALS:
            found = self._all_files()
            return Estimate(len(found), 0, f"{len(found)} files")
        files = self.files(self._chosen(stream.name))
        return Estimate(None, 0, f"{len(files)} files, {sum(file.size for file in files) / 2**20:,.1f} MiB")

    def _all_files(self) -> list[File]:
        found: dict[Path, File] = {}
        for table in self.settings.chosen():
            try:
                found.update({file.path: file for file in self.files(self._chosen(table))})
            except SourceError:
                continue  # its own stream says so
        return [found[path] for path in sorted(found)]

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Everything, whatever the window: files do not tell what changed."""
        if stream.name == ORIGINALS:
            yield from self._originals(state)
            return
        files = self.files(self._chosen(stream.name))
        marks = [file.mark for file in files]
        if state and state["files"] != marks:
            raise IncompleteError(
                f"{self.context.name}: files of {stream.name} changed while they were read.", "Run recon snapshot --full again."
            )
        done = int(state["records"]) if state else 0
        block: list[bytes] = []
        count = 0
        for record in self.records(stream.name, files):
            count += 1
            if count <= done:
                continue
            block.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            if len(block) == BLOCK:
                yield Chunk(lines=block, rows=len(block), state={"files": marks, "records": count})
                block = []
        if not (state and state.get("done")):
            yield Chunk(lines=block, rows=len(block), state={"files": marks, "records": count, "done": True})

    def _originals(self, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        files = self._all_files()
        marks = [file.mark for file in files]
        done = list(state["files"]) if state else []
        if done != marks[: len(done)]:
            raise IncompleteError(f"{self.context.name}: files changed while they were copied.", "Run recon snapshot --full again.")
        for place in range(len(done), len(files)):
            yield Chunk(_blocks(files[place].path), {"files": marks[: place + 1]}, 1, "file", part=True, name=Path(files[place].shown).name)

    def records(self, table: str, files: Sequence[File]) -> Iterator[dict[str, str | None]]:
        """Landed records of a table over all its files; SourceError names file, line and column."""
        maker, chosen = self._maker(table)
        wanted = [name for name in maker.sources if name not in _PSEUDO]
        with Seen() as seen:
            for file in files:
                layout = self._layout(file, chosen)
                below = Below(chosen, wanted)
                for line, cells in readers.rows(file.path, layout, wanted):
                    row = below.fill(cells, maker.sources, {"@file": file.shown, "@row": str(line)})
                    if not maker.wants(row):
                        continue
                    place = f"{file.shown}, {layout.place} {line}"
                    try:
                        record = maker.record(row)
                    except UnfitColumn as error:
                        raise self._error(f"{place}, column {error.column!r}, {error.message}.", error.hint) from error
                    if self._keeps(chosen, str(record["Id"]), place, seen):
                        yield {**record, "@file": file.shown, "@line": str(line)}

    def _keeps(self, chosen: FileTable, record_id: str, place: str, seen: Seen) -> bool:
        before = seen.before(record_id, place)
        if before is None:
            return True
        if chosen.repeats == "first":
            return False
        if chosen.repeats == "last":
            return True
        raise self._error(
            f"{place} has the same id as {before}.",
            'Choose a column that is unique, or say repeats = "first" (rows of one record) or repeats = "last" (newer versions).',
        )

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Complete where all files that match were read to their end, and are still the same files."""
        method = "all files read, unchanged meanwhile"
        marks = (state or {}).get("files")
        try:
            files = self._all_files() if stream.name == ORIGINALS else self.files(self._chosen(stream.name))
        except SourceError as error:
            return Proof(False, method, reason=str(error))
        if marks is not None and [file.mark for file in files] != marks:
            return Proof(False, method, reason="Files changed, came or went while they were read.")
        if short := fewer(rows, len(marks or ()) if stream.name == ORIGINALS else int((state or {}).get("records") or 0)):
            return Proof(False, method, reason=short[0])
        if marks is not None and stream.name != ORIGINALS and not (state or {}).get("done"):
            return Proof(False, method, reason="The files were not read to their end.")
        newest = max((file.changed for file in files), default=0)
        written = datetime.fromtimestamp(newest / 1e9, UTC) if newest else window.until
        return Proof(True, method, watermark=min(written, window.until))

    # -- doctor --------------------------------------------------------------------------------------------

    def checks(self) -> Iterator[Check]:
        """Per table: files, columns, and whether the first rows can be read."""
        for table in self.settings.chosen():
            try:
                files = self.files(self._chosen(table))
                maker, chosen = self._maker(table)
                count = sum(1 for _, _ in zip(self.records(table, files), range(_SAMPLE), strict=False))
            except ReconError as error:
                yield Check("fail", "access" if isinstance(error, SourceError) else "extra", error.message, error.hint)
                continue
            except UnicodeError:
                yield Check("fail", "access", f"{table} cannot be decoded.", "Say its encoding in recon.toml.")
                continue
            how = "" if self._chosen(table).columns else f" recognised as {self._recognised(table, files[0], chosen)},"
            yield Check(
                "ok", f"tables.{table}", f"{len(files)} files,{how} {len(maker.roles)} columns; the first {count:,} rows can be read."
            )

    def _recognised(self, table: str, first: File, chosen: FileTable) -> str:
        export = exports.recognised(table, readers.header(first.path, self._layout(first, chosen)))
        return export.title if export else "nothing"


class Below:
    """Fills blank cells from above, and counts rows that belong together."""

    def __init__(self, chosen: FileTable, wanted: Sequence[str]) -> None:
        self.by = wanted.index(chosen.fill_by) if chosen.fill_by else None
        self.down = [wanted.index(name) for name in chosen.fill_down]
        self.above: list[Cell] = []
        self.nth = 0

    def fill(self, cells: list[Cell], sources: Sequence[str], pseudo: dict[str, str]) -> list[Cell]:
        """The row in the order of ``sources``, with what it takes from above and the columns that no file has."""
        same = bool(self.above) and (self.by is None or cells[self.by] == self.above[self.by])
        self.nth = self.nth + 1 if same else 1
        for place in self.down:
            if same and not (cells[place] or "").strip():
                cells[place] = self.above[place]
        self.above = cells
        if len(sources) == len(cells):
            return cells
        held = iter(cells)
        return [str(self.nth) if name == "@nth" else pseudo[name] if name in pseudo else next(held) for name in sources]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BYTES):
            yield block
