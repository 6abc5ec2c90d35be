"""Files as text, through whatever they are packed in: zstd, gzip, zip (Excel), Parquet, DuckDB, and what a report carries along."""

from __future__ import annotations

import base64
import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import duckdb
import zstandard

from recon.errors import StoreError
from recon.warehouse.engine import connect, identifier

BLOCK = 4 * 2**20
_OVERLAP = 4096
_ZSTD, _GZIP, _ZIP, _PARQUET = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_PACKED = re.compile(r"H4sI[A-Za-z0-9+/=]{20,}")
"""Gzip in base64, as a report carries its findings."""

Swap = Callable[[str], str]


def texts(path: Path) -> Iterator[str]:
    """Everything that can be read in a file, in pieces that overlap; StoreError where it cannot be opened."""
    with path.open("rb") as file:
        head = file.read(16)
    if head[8:12] == b"DUCK":
        yield from _database(path)
    try:
        with path.open("rb") as file:
            yield from _stream(file)
    except (OSError, EOFError, zstandard.ZstdError, zipfile.BadZipFile) as error:
        raise StoreError(f"{path} cannot be read, so nobody can say what it holds.", "Remove it, or mend it, and try again.") from error


def _stream(file: IO[bytes]) -> Iterator[str]:
    head = file.read(4)
    file.seek(0)
    if head == _ZSTD:
        with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as inner:
            yield from _blocks(inner)
    elif head[:2] == _GZIP:
        with gzip.open(file, "rb") as inner_file:
            yield from _blocks(inner_file)
    elif head == _ZIP:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield name
                yield from _stream(io.BytesIO(archive.read(name)))
    elif head == _PARQUET:
        yield from _table(file.read())
    else:
        yield from _blocks(file)


def _blocks(file: Any) -> Iterator[str]:
    """Text of a stream; what is packed once more inside is opened too."""
    first = file.read(BLOCK)
    if first[:4] in {_ZSTD, _ZIP, _PARQUET} or first[:2] == _GZIP:
        yield from _stream(io.BytesIO(first + file.read()))
        return
    encoding = _encoding(first)
    carried = b""
    while first:
        text = (carried + first).decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
        yield text
        yield from (_unpacked(hit.group()) for hit in _PACKED.finditer(text))
        if _PACKED.search(text[-_OVERLAP:]) and len(first) == BLOCK:
            carried += first  # what is packed goes on in the next block
        else:
            carried = (carried + first)[-_OVERLAP - (_OVERLAP % 2) :]
        first = file.read(BLOCK)


def _unpacked(text: str) -> str:
    try:
        return gzip.decompress(base64.b64decode(text)).decode("utf-8", "surrogateescape")
    except (OSError, EOFError, ValueError):
        return ""


def _encoding(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    try:
        data[: data.rfind(b"\n") + 1 or len(data)].decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(data) - 4 else "cp1252" if b"\x00" not in data[:1000] else "latin-1"
    return "utf-8"


def _table(data: bytes) -> Iterator[str]:
    import polars as pl

    frame = pl.read_parquet(io.BytesIO(data))
    for start in range(0, frame.height, 10_000):
        yield "\n".join("\t".join(map(str, row)) for row in frame.slice(start, 10_000).iter_rows())


def _database(path: Path) -> Iterator[str]:
    """Every cell of every table of a DuckDB file as text: inside the file texts are compressed."""
    con = connect(path, read_only=True, locked=False)
    try:
        for schema, table in con.execute("select schema_name, table_name from duckdb_tables() where not temporary").fetchall():
            cursor = con.cursor()
            cursor.execute(f"select cast(t as varchar) from {identifier(schema)}.{identifier(table)} as t")
            while rows := cursor.fetchmany(5000):
                yield "\n".join(row[0] or "" for row in rows)
            cursor.close()
    except duckdb.Error as error:
        raise StoreError(f"{path} is damaged, so nobody can say what it holds.", "Remove it, or mend it, and try again.") from error
    finally:
        con.close()


def rewritten(data: bytes, swap: Swap) -> bytes | None:
    """The same file with its text changed, packed as it was; None where there is no way to do that."""
    if data[:4] == _ZSTD:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as inner:
            made = rewritten(inner.read(), swap)
        return None if made is None else zstandard.ZstdCompressor(level=3).compress(made)
    if data[:2] == _GZIP:
        made = rewritten(gzip.decompress(data), swap)
        return None if made is None else gzip.compress(made, 6, mtime=0)
    if data[:4] == _ZIP:
        return _rezipped(data, swap)
    if data[:4] == _PARQUET:
        return _retabled(data, swap)
    if data[8:12] == b"DUCK" or _PACKED.search(data.decode("latin-1")):
        return None
    encoding = _encoding(data)
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    return swap(data.decode(encoding, errors)).encode(encoding, errors)


def _rezipped(data: bytes, swap: Swap) -> bytes | None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            made = rewritten(old.read(entry), swap)
            if made is None:
                return None
            new.writestr(entry, made)
    return out.getvalue()


def _retabled(data: bytes, swap: Swap) -> bytes:
    import polars as pl

    frame = pl.read_parquet(io.BytesIO(data))
    texts_of = [name for name, kind in frame.schema.items() if kind == pl.String]
    changed = frame.with_columns(
        pl.Series(name, [None if v is None else swap(v) for v in frame[name]], dtype=pl.String) for name in texts_of
    )
    out = io.BytesIO()
    changed.write_parquet(out, compression="zstd")
    return out.getvalue()
