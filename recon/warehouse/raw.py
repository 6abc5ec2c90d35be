"""Lands the files of a snapshot (and of the snapshots it builds on) in raw tables of a scratch database.

Every stream becomes a view ``raw.<stream>`` with one row per record in its newest version, and beside the record's own columns
``file`` and ``line`` (where it lies), ``seen_at`` (when it was read). Files are read once; rows stay in the order of the files,
which is how a row knows its line. Nothing is skipped silently: a cut or garbled line, a changed type or a missing file is a StoreError.
Only a record that is whole, but holds half a surrogate pair (a sign cut in two by its vendor), is set aside: no reader of ours takes it,
its stream then counts as incomplete, and ``coverage`` names the line.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import duckdb
import zstandard

from recon.errors import StoreError
from recon.snapshot import again
from recon.snapshot.files import open_private
from recon.snapshot.manifest import FileEntry, Manifest, StreamEntry, SystemEntry
from recon.snapshot.manifest import load as load_manifest
from recon.warehouse.engine import identifier, quote

NO_ROOM = ("No space left on device", "Could not write", "Disk quota exceeded")
"""What DuckDB says when the disk of its own file is full; nothing is wrong with the snapshot then."""

AGAIN = "The file was changed or cut after it was written; use another snapshot, or take a new one with `recon snapshot --full`."


@dataclass(frozen=True)
class Part:
    """One file of a stream: where it is, what the finding shows as its place, and which snapshot of the chain it belongs to."""

    path: Path
    shown: str
    entry: FileEntry
    age: int
    seen_at: datetime


@dataclass(frozen=True)
class Source:
    """A stream over the whole chain; ``entry`` is its newest manifest entry."""

    system: SystemEntry
    entry: StreamEntry
    parts: tuple[Part, ...]
    chained: bool
    window_from: datetime | None
    is_current: bool
    is_whole: bool = True
    """the chain begins with a full read, not with a part such as `--since` asks for"""
    entries: tuple[StreamEntry, ...] = ()
    """manifest entries of the whole chain, oldest first; what one of them lacks, the rows that it brought lack too"""
    set_aside: list[str] = field(default_factory=list)
    """places of records that could not be read, filled while the stream is loaded"""

    @property
    def name(self) -> str:
        """Name of the raw view."""
        return self.entry.name

    @property
    def unreadable(self) -> dict[str, str]:
        """Fields that at least one snapshot of the chain could not read, with the newest reason."""
        return {field: why for entry in self.entries or (self.entry,) for field, why in entry.unreadable.items()}

    def lacks(self, column: str) -> bool:
        """Whether rows of an older snapshot of the chain were read without this column: they are empty for no reason of their own."""
        return any(
            entry.columns is not None
            and any(file.rows != 0 for file in entry.files)
            and column.lower() not in {name.lower() for name in entry.columns}
            for entry in self.entries
        )


def chain(folder: Path) -> list[tuple[Path, Manifest]]:
    """The snapshot and those it builds on, base first; StoreError where one is missing or they go in circles."""
    found: list[tuple[Path, Manifest]] = []
    seen: set[str] = set()
    current: Path | None = folder
    while current is not None:
        manifest = load_manifest(current)
        if manifest.snapshot_id in seen:
            raise StoreError(f"Snapshot {manifest.snapshot_id} builds on itself.", "Take a full one with `recon snapshot --full`.")
        seen.add(manifest.snapshot_id)
        found.insert(0, (current, manifest))
        current = current.parent / manifest.base if manifest.base else None
        if current is not None and not current.is_dir():
            raise StoreError(
                f"Snapshot {manifest.snapshot_id} builds on {manifest.base}, which is not there.",
                "Take a full one with `recon snapshot --full`.",
            )
    return found


def sources(links: Sequence[tuple[Path, Manifest]], system: str, second: again.SecondLook | None = None) -> list[Source]:
    """Streams of one system over the chain. A stream that a later snapshot read in full replaces what came before.

    Records of a second look are newer than all others; about completeness and windows they say nothing.
    """
    newest = links[-1][0]
    names: dict[str, list[tuple[int, Path, SystemEntry, StreamEntry]]] = {}
    whole: set[str] = set()
    for age, (folder, manifest) in enumerate(links):
        for entry in manifest.systems:
            if entry.name != system:
                continue
            for stream in entry.streams:
                if manifest.mode == "full" or stream.window_from is None:
                    names[stream.name] = []
                    whole.add(stream.name)
                names.setdefault(stream.name, []).append((age, folder, entry, stream))
    found = [_source(found, newest, len(links) - 1, whole=name in whole) for name, found in sorted(names.items())]
    return [_seen_again(source, newest, len(links), second) for source in found] if second else found


def _seen_again(source: Source, folder: Path, age: int, second: again.SecondLook) -> Source:
    """The stream with the records of a second look behind its own."""
    files = [
        file
        for system in second.systems
        if system.name == source.system.name
        for stream in system.streams
        if stream.name == source.name
        for file in stream.files
        if file.rows
    ]
    parts = tuple(
        Part(
            path=folder / again.FOLDER / file.path,
            shown=f"{again.FOLDER}/{file.path}",
            entry=file,
            age=age,
            seen_at=second.finished_at,
        )
        for file in files
    )
    return replace(source, parts=(*source.parts, *parts), chained=source.chained or bool(parts and source.parts))


def _source(found: list[tuple[int, Path, SystemEntry, StreamEntry]], newest: Path, last: int, *, whole: bool) -> Source:
    parts = tuple(
        Part(
            path=folder / file.path,
            shown=file.path if folder == newest else f"../{folder.name}/{file.path}",
            entry=file,
            age=age,
            seen_at=stream.window_to or system.finished_at,
        )
        for age, folder, system, stream in found
        for file in stream.files
        if file.rows != 0
    )
    age, _, system, entry = found[-1]
    return Source(
        system,
        entry,
        parts,
        len({part.age for part in parts}) > 1,
        found[0][3].window_from,
        age == last,
        whole,
        tuple(item[3] for item in found),
    )


def literal(path: Path) -> str:
    """A path for DuckDB's readers, which otherwise take brackets, stars and question marks for patterns."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def load_nested(con: duckdb.DuckDBPyConnection, source: Source, sql: str) -> None:
    """Land a stream of nested JSON lines by its SQL (one SELECT over ``read_json($files, …)``) as ``raw.<stream>``."""
    _check_files(source)
    with _readable(con, source, f"create or replace table {_rows_table(source)} as {sql}") as landed:
        _finish(con, landed, key="r.id", version="updated_at", parent="parent_id")


@contextmanager
def _readable(con: duckdb.DuckDBPyConnection, source: Source, sql: str) -> Iterator[Source]:
    """Load the files; where a line holds half a surrogate pair, load them again with an empty record in its place."""
    mended: list[Path] = []
    try:
        try:
            _run(con, source, sql, [literal(part.path) for part in source.parts])
        except StoreError as error:
            if "is damaged" not in error.message:
                raise
            parts = tuple(_without_halves(part, source.set_aside, mended) for part in source.parts)
            if not mended:
                raise
            source = replace(source, parts=parts)
            _run(con, source, sql, [literal(part.path) for part in parts])
        yield source
    finally:
        for path in mended:
            path.unlink(missing_ok=True)


def _without_halves(part: Part, set_aside: list[str], mended: list[Path]) -> Part:
    """The file without records that hold half a surrogate pair; an empty one keeps the place, so that lines stay what they were."""
    if _kind(part) != "jsonl":
        return part
    bad = _halves(part)
    if not bad:
        return part
    path = part.path.with_name(f"{part.path.name}.mended.part.jsonl")
    mended.append(path)
    with _open(part.path) as given, os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
        for number, line in enumerate(given, 1):
            file.write(b"{}\n" if number in bad else line)
    set_aside += [f"{part.shown}, line {number}" for number in sorted(bad)]
    return replace(part, path=path)


def _halves(part: Part) -> frozenset[int]:
    """Lines that are JSON and hold half a surrogate pair."""
    found = set()
    try:
        with _open(part.path) as stream:
            for number, line in enumerate(stream, 1):
                if b"\\u" in line and _is_half(line):
                    found.add(number)
    except (OSError, EOFError, zstandard.ZstdError):
        return frozenset()
    return frozenset(found)


def _is_half(line: bytes) -> bool:
    try:
        json.dumps(json.loads(line), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except ValueError:
        return False
    return False


def empty_nested(con: duckdb.DuckDBPyConnection, name: str, sql: str, nothing: Path) -> None:
    """``raw.<stream>`` without rows, where a stream was not read; ``nothing`` is an empty file to take the columns from."""
    con.execute(f"create or replace table raw.{identifier(name + '__rows')} as {sql}", {"files": [literal(nothing)]})
    _view(con, name, (), "")


def load_flat(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, ...]:
    """Land a flat stream as text columns under the vendor's names; return the columns."""
    _check_files(source)
    with ExitStack() as stack:
        landed = replace(source, parts=tuple(_load_groups(con, source, stack)))
        names = tuple(row[0] for row in con.execute(f"describe {_rows_table(source)}").fetchall() if row[0] != "filename")
        if source.parts and "id" not in {name.lower() for name in names}:
            raise StoreError(
                f"{source.parts[0].shown} has no column Id.",
                "The first line of a CSV file names the columns as Salesforce does, between commas.",
            )
        version = next((name for name in ("SystemModstamp", "LastModifiedDate", "CreatedDate") if name in names), None)
        _finish(con, landed, key='id18(r."Id")', version=version, parent=None)  # an export may mix both lengths of an id
    return names


def _load_groups(con: duckdb.DuckDBPyConnection, source: Source, stack: ExitStack) -> list[Part]:
    """Load files with the same columns together; the parts come back in the order in which their rows lie."""
    groups: dict[tuple[str, tuple[str, ...]], list[Part]] = {}
    for part in source.parts:
        groups.setdefault((_kind(part), _columns_of(part, source)), []).append(part)
    ordered: list[Part] = []
    for number, ((_, columns), parts) in enumerate(groups.items()):
        target = f"create or replace table {_rows_table(source)} as" if number == 0 else f"insert into {_rows_table(source)} by name"
        if number:
            _add_columns(con, source, columns)
        some = replace(source, parts=tuple(parts))
        ordered.extend(stack.enter_context(_readable(con, some, f"{target} {_flat_select(columns, parts)}")).parts)
    if not groups:
        _create_empty(con, _rows_table(source), tuple(source.entry.columns or ("Id",)))
    return ordered


def _rows_table(source: Source) -> str:
    return f"raw.{identifier(source.name + '__rows')}"


def shape(con: duckdb.DuckDBPyConnection, source: Source | None, name: str, sql: str) -> None:
    """Land a flat stream as ``raw.<name>`` with at least the columns of ``sql``, a SELECT without rows; what was not read is NULL.

    Names of columns are compared regardless of case. A stream that is absent (None) gives a table without rows.
    """
    evidence = "cast(null as varchar) as file, cast(null as bigint) as line, cast(null as timestamp) as seen_at"
    columns = f"select s.*, {evidence} from ({sql}) as s"
    rows = ""
    if source is not None:
        load_flat(con, source)
        con.execute(f"alter view raw.{identifier(name)} rename to {identifier(name + '__landed')}")
        rows = f" union all by name select * from raw.{identifier(name + '__landed')}"
    con.execute(f"create or replace view raw.{identifier(name)} as {columns}{rows}")


def _create_empty(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> None:
    fields = ", ".join(f"{identifier(name)} varchar" for name in (*columns, "filename"))
    con.execute(f"create or replace table {table} ({fields})")


def _add_columns(con: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[str]) -> None:
    table = _rows_table(source)
    known = {row[0] for row in con.execute(f"describe {table}").fetchall()}
    for name in columns:
        if name not in known:
            con.execute(f"alter table {table} add column {identifier(name)} varchar")


def _flat_select(columns: Sequence[str], parts: Sequence[Part]) -> str:
    names = ", ".join(identifier(name) for name in columns)
    kind = _kind(parts[0])
    if kind == "parquet":
        texts = ", ".join(f"cast({identifier(name)} as varchar) as {identifier(name)}" for name in columns)
        return f"select {texts}, filename from read_parquet($files, filename = true)"
    types = "{" + ", ".join(f"{quote(name)}: 'varchar'" for name in columns) + "}"
    if kind == "jsonl":
        return (
            f"select {names}, filename from read_json($files, format = 'newline_delimited', filename = true, "
            f"maximum_object_size = 134217728, columns = {types})"
        )
    return (
        f"select {names}, filename from read_csv($files, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = '', null_padding = false, strict_mode = true, filename = true, max_line_size = 16777216, buffer_size = 33554432, "
        f"columns = {types})"
    )


def _kind(part: Part) -> str:
    name = part.entry.path.lower()
    for end in (".zst", ".gz"):
        name = name.removesuffix(end)
    kind = name.rpartition(".")[2]
    if kind in {"jsonl", "ndjson", "json"}:
        return "jsonl"
    if kind in {"csv", "parquet"}:
        return kind
    raise StoreError(f"{part.shown} is of no format that recon reads.", "Use .jsonl, .csv or .parquet, plain or packed as .zst or .gz.")


def _columns_of(part: Part, source: Source) -> tuple[str, ...]:
    """Columns of a flat file. A CSV names them in its first line; JSON lines and Parquet follow the manifest, or name them."""
    kind = _kind(part)
    if kind == "csv":
        header = _csv_header(part)
        lost = [name for name in source.entry.columns or () if name not in header]
        if lost and part.age == source.parts[-1].age:
            raise StoreError(f"{part.shown} has no column {lost[0]}, which the manifest promises.", AGAIN)
        return header
    if source.entry.columns:
        return tuple(source.entry.columns)
    with duckdb.connect() as con:
        reader = "read_parquet" if kind == "parquet" else "read_json_auto"
        return tuple(row[0] for row in con.execute(f"describe select * from {reader}($file)", {"file": literal(part.path)}).fetchall())


def _csv_header(part: Part) -> tuple[str, ...]:
    try:
        with _open(part.path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            header = tuple(next(csv.reader(text), ()))
    except UnicodeDecodeError as error:
        raise StoreError(f"{part.shown} is not UTF-8 text.", "Export it again as UTF-8.") from error
    except (OSError, zstandard.ZstdError, csv.Error) as error:
        raise StoreError(f"{part.shown}, line 1, cannot be read.", AGAIN) from error
    if not header or len(set(header)) != len(header) or not all(header):
        raise StoreError(f"{part.shown}, line 1, does not name its columns, or names one twice.", AGAIN)
    return header


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".zst":
        return cast("IO[bytes]", zstandard.open(path, "rb"))
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _check_files(source: Source) -> None:
    for part in source.parts:
        if not part.path.is_file():
            raise StoreError(f"{part.shown} of {source.system.name}.{source.name} is missing.", AGAIN)
        if part.entry.bytes is not None and part.path.stat().st_size != part.entry.bytes:
            raise StoreError(f"{part.shown} of {source.system.name}.{source.name} does not have the size that the manifest states.", AGAIN)
        if part.entry.sha256:
            with part.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if digest != part.entry.sha256:
                raise StoreError(f"{part.shown} of {source.system.name}.{source.name} is not the file that was written.", AGAIN)
        if part.entry.rows is None and part.path.suffix == ".zst" and not _is_whole(part.path):
            raise StoreError(f"{part.shown} of {source.system.name}.{source.name} is cut.", AGAIN)


def _is_whole(path: Path) -> bool:
    """Whether the last zstd frame is complete. DuckDB takes a cut one for the end of the file, and no count would tell here."""
    with path.open("rb") as stream:
        frame = zstandard.ZstdDecompressor().decompressobj()
        while block := stream.read(1 << 20):
            while block:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                frame.decompress(block)
                block = frame.unused_data if frame.eof else b""
    return bool(frame.eof)


_LINE = re.compile(r"(?:in line |CSV Error on Line: )(\d+)")


def _run(con: duckdb.DuckDBPyConnection, source: Source, sql: str, files: list[str]) -> None:
    try:
        con.execute(sql, {"files": files})
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"{source.system.name}.{source.name} does not fit into the memory allowed.", "Raise memory under [audit] in recon.toml."
        ) from error
    except duckdb.Error as error:
        if any(words in str(error) for words in NO_ROOM):
            raise StoreError(
                f"There is no room to stage {source.system.name}.{source.name}.", "Free some space and run the same command again."
            ) from error
        raise StoreError(_where(source, str(error)), AGAIN) from error


def _where(source: Source, message: str) -> str:
    """File and line out of DuckDB's message; the rest of it may quote a customer's data and is left out."""
    part = next((part for part in source.parts if str(part.path) in message), None)
    found = _LINE.search(message)
    line = int(found.group(1)) if found else None
    if part and "Malformed JSON" in message:
        # NOTE: DuckDB counts one too many for JSON that it cannot parse; Python takes some that DuckDB refuses, as half a surrogate.
        line = _malformed_line(part) or (line - 1 if line else None)
    place = part.shown if part else f"A file of {source.system.name}.{source.name}"
    place += f", line {line}," if line else ""
    reason = (
        "holds a value of another type than expected" if "transform error" in message or "Conversion Error" in message else "is damaged"
    )
    return f"{place} {reason}."


def _malformed_line(part: Part) -> int | None:
    try:
        with _open(part.path) as stream:
            for number, line in enumerate(stream, 1):
                try:
                    json.loads(line)
                except ValueError:
                    return number
    except (OSError, EOFError, zstandard.ZstdError):
        return None
    return None


def _finish(con: duckdb.DuckDBPyConnection, source: Source, *, key: str, version: str | None, parent: str | None) -> None:
    _check_counts(con, source)
    newest = _newest(con, source, key, version, parent)
    _view(con, source.name, source.parts, newest)


def _check_counts(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    table = _rows_table(source)
    found = dict(con.execute(f"select filename, count(*) from {table} group by filename").fetchall())
    for part in source.parts:
        rows = found.get(str(part.path), 0)
        if part.entry.rows is not None and rows != part.entry.rows:
            raise StoreError(f"{part.shown} holds {rows} records, the manifest says {part.entry.rows}.", AGAIN)


MANY = 64
"""Files of a stream above which a row finds its file by a join and no longer by its place."""


def _view(con: duckdb.DuckDBPyConnection, name: str, parts: Sequence[Part], newest: str) -> None:
    """``raw.<stream>``: the rows with their evidence. Rows lie in the order of the files, so that their place tells the file."""
    rows = f"raw.{identifier(name + '__rows')}"
    firsts = dict(con.execute(f"select filename, min(rowid) from {rows} group by filename").fetchall())
    landed = sorted(((firsts[str(part.path)], part) for part in parts if str(part.path) in firsts), key=lambda found: found[0])
    if len(landed) > MANY:
        _joined_view(con, name, landed, newest)
        return
    file = _by_place([(first, quote(part.shown)) for first, part in landed], "cast(null as varchar)")
    before = _by_place([(first, str(first - _first_line([part]))) for first, part in landed], "0")
    seen_at = _by_place([(first, _instant(part.seen_at)) for first, part in landed], "cast(null as timestamp)")
    con.execute(
        f"create or replace view raw.{identifier(name)} as select r.* exclude (filename), {file} as file, "
        f"r.rowid - {before} as line, {seen_at} as seen_at from {rows} as r {newest}"
    )


def _by_place(values: Sequence[tuple[int, str]], otherwise: str) -> str:
    """An expression for the value of the file in which a row lies; a constant where all files agree."""
    if len({value for _, value in values}) <= 1:
        return values[0][1] if values else otherwise
    ends = [first for first, _ in values[1:]]
    cases = " ".join(f"when r.rowid < {end} then {value}" for end, (_, value) in zip(ends, values, strict=False))
    return f"case {cases} else {values[-1][1]} end"


def _joined_view(con: duckdb.DuckDBPyConnection, name: str, landed: Sequence[tuple[int, Part]], newest: str) -> None:
    rows, files = f"raw.{identifier(name + '__rows')}", f"raw.{identifier(name + '__files')}"
    con.execute(f"create or replace table {files} (filename varchar, file varchar, before bigint, seen_at timestamp)")
    con.executemany(
        f"insert into {files} values (?, ?, ?, ?)",
        [
            (str(part.path), part.shown, first - _first_line([part]), part.seen_at.astimezone(UTC).replace(tzinfo=None))
            for first, part in landed
        ],
    )
    con.execute(
        f"create or replace view raw.{identifier(name)} as select r.* exclude (filename), f.file, r.rowid - f.before as line, f.seen_at "
        f"from {rows} as r inner join {files} as f on r.filename = f.filename {newest}"
    )


def _first_line(parts: Sequence[Part]) -> int:
    """Line of the first record: a CSV begins with its header."""
    return 2 if parts and _kind(parts[0]) == "csv" else 1


def _instant(value: datetime | None) -> str:
    if value is None:
        return "cast(null as timestamp)"
    return f"cast({quote(value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))} as timestamp)"


def _newest(con: duckdb.DuckDBPyConnection, source: Source, key: str, version: str | None, parent: str | None) -> str:
    """A condition that keeps the newest version of every record; empty where no record comes twice, which is the usual case."""
    rows = f"raw.{identifier(source.name + '__rows')}"
    root = f"where {identifier(parent)} is null" if parent else ""
    found = con.execute(f"select count(*), count(distinct {key}), count({key}) from {rows} as r {root}").fetchone()
    total, distinct, known = found or (0, 0, 0)
    if total - known != len(source.set_aside):
        raise StoreError(
            f"{source.system.name}.{source.name} holds {total - known} records without an id.", "Take a new snapshot with `recon snapshot`."
        )
    if distinct == known and not source.chained:
        return f"where {key} is not null" if source.set_aside else ""
    keep = f"raw.{identifier(source.name + '__keep')}"
    ages = ", ".join(f"({quote(str(part.path))}, {part.age})" for part in source.parts)
    con.execute(f"create or replace table {keep} as {_keep_sql(rows, ages, key, version, parent)}")
    return f"where r.rowid in (select k.place from {keep} as k)"


def _keep_sql(rows: str, ages: str, key: str, version: str | None, parent: str | None) -> str:
    """Rowids to keep: of every root the newest version, and of its children those read in the same snapshot as that version."""
    above = f"r.{identifier(parent)}" if parent else "cast(null as varchar)"
    newer = f"r.{identifier(version)}" if version else "cast(null as varchar)"
    return f"""
        with ages(filename, age) as (values {ages}),
        base as (
            select r.rowid as place, {key} as id, {above} as parent_id, {newer} as version, ages.age
            from {rows} as r inner join ages on r.filename = ages.filename
        ),
        parents as (select distinct id, parent_id from base where parent_id is not null),
        rooted as (
            select b.*, coalesce(p.parent_id, b.parent_id, b.id) as root_id
            from base as b left join parents as p on b.parent_id = p.id
        ),
        winners as (
            select id as root_id, age, place,
                row_number() over (partition by id order by age desc, version desc nulls last, place desc) as nth
            from base where parent_id is null and id is not null
        ),
        children as (
            select r.place, row_number() over (partition by r.id, r.parent_id order by r.place desc) as nth
            from rooted as r inner join winners as w on r.root_id = w.root_id and r.age = w.age and w.nth = 1
            where r.parent_id is not null
        )
        select place from winners where nth = 1
        union all
        select place from children where nth = 1
    """
