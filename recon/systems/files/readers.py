"""Rows of files, cell by cell, without a guess about types: text stays text, what a format marks as number or time is marked so."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from recon.errors import ConfigError, SourceError
from recon.systems.tables.values import Cell, Moment, Number

DELIMITERS = ",;\t|"
FIELD_BYTES = 16 * 2**20
UNPACKED_BYTES = 4 * 2**30
"""A workbook or JSON file larger than this is refused: both are held in memory."""

ENDINGS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".json": "json", ".ndjson": "ndjson",
    ".jsonl": "ndjson", ".parquet": "parquet",
}  # fmt: skip

Row = tuple[int, list[Cell]]
"""Line (or row, or number of the record) and cells in the order of the columns asked for."""


@dataclass(frozen=True)
class Layout:
    """How one file is laid out."""

    format: str
    encoding: str = "utf-8"
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | int | None = None
    root: str | None = None

    @property
    def place(self) -> str:
        """What a place in such a file is called."""
        return {"xlsx": "row", "json": "record", "parquet": "record"}.get(self.format, "line")


def format_of(path: Path, said: str | None) -> str:
    """Format by what recon.toml says or by the ending; SourceError where neither tells."""
    if said and said != "auto":
        return said
    name = path.name.lower()
    for end in (".gz", ".zst"):
        name = name.removesuffix(end)
    found = ENDINGS.get(Path(name).suffix)
    if found is None:
        raise SourceError(f"{path.name} has no ending that tells its format.", 'Say it in recon.toml, such as format = "csv".')
    return found


def header(path: Path, layout: Layout) -> tuple[str, ...]:
    """Names of a file's columns; for JSON those of the first records."""
    with _explained(path, layout):
        if layout.format in {"csv", "tsv"}:
            return tuple(name.strip() for name in _csv_header(path, layout)[0])
        if layout.format == "xlsx":
            return _sheet_header(path, layout)[1]
        if layout.format == "parquet":
            return tuple(name for name, _ in _parquet_columns(path))
        return _json_header(path, layout)


def rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    """Rows with the cells of the columns wanted; SourceError names file, line and what is wrong."""
    reader = {"csv": _csv_rows, "tsv": _csv_rows, "xlsx": _sheet_rows, "parquet": _parquet_rows}.get(layout.format, _json_rows)
    with _explained(path, layout):
        yield from reader(path, layout, wanted)


def places(path: Path, names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where the columns wanted stand in a header; upper and lower case make no difference."""
    folded = [name.strip().casefold() for name in names]
    result = []
    for name in wanted:
        count = folded.count(name.strip().casefold())
        if count != 1:
            said = "has no column" if count == 0 else f"has {count} columns"
            shown = ", ".join(name for name in names[:40] if name)
            raise SourceError(f"{path.name} {said} {name!r}.", f"Correct recon.toml; the file has: {shown}.")
        result.append(folded.index(name.strip().casefold()))
    return result


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is packed."""
    ending = path.suffix.lower()
    with path.open("rb") as raw:
        if ending == ".gz":
            with gzip.open(raw, "rb") as stream:
                yield cast("IO[bytes]", stream)
        elif ending == ".zst":
            with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as packed:
                yield cast("IO[bytes]", io.BufferedReader(packed))
        else:
            yield raw


@contextmanager
def _explained(path: Path, layout: Layout) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        line, encoding = _first_undecodable(path, layout.encoding), layout.encoding
        where = f", line {line}," if line else ""
        raise SourceError(
            f"{path.name}{where} is not {encoding}.", 'Say its encoding in recon.toml, such as encoding = "cp1252".'
        ) from None
    except (OSError, EOFError, zstandard.ZstdError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or "it is damaged or cut"
        raise SourceError(f"{path.name} cannot be read: {reason}.", "Check the file and its permissions, or export it again.") from error


def _first_undecodable(path: Path, encoding: str) -> int | None:
    with opened(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


# -- text with delimiters ------------------------------------------------------------------------------------


@contextmanager
def _text(path: Path, layout: Layout) -> Iterator[IO[str]]:
    with opened(path) as stream:
        start = stream.read(4)
    encoding = layout.encoding
    with opened(path) as stream:
        if start.startswith(b"\xef\xbb\xbf"):
            encoding = "utf-8-sig"
        elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
            yield text


def _csv_header(path: Path, layout: Layout) -> tuple[list[str], str]:
    with _text(path, layout) as text:
        for _ in range((layout.header_row or 1) - 1):
            text.readline()
        line = text.readline()
    if not line.strip():
        raise SourceError(f"{path.name}, line {layout.header_row or 1}, does not name columns.", "Say which line does: header_row.")
    delimiter = layout.delimiter or ("\t" if layout.format == "tsv" else max(DELIMITERS, key=lambda mark: _count(line, mark)))
    return next(csv.reader([line], delimiter=delimiter)), delimiter


def _count(line: str, mark: str) -> int:
    """How many columns a delimiter would make; quoted ones do not count, and the comma wins a tie."""
    return re.sub(r'"[^"]*"', "", line).count(mark)


def _csv_rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    names, delimiter = _csv_header(path, layout)
    order = places(path, names, wanted)
    csv.field_size_limit(FIELD_BYTES)
    width, above = len(names), (layout.header_row or 1) - 1
    with _text(path, layout) as text:
        for _ in range(above):
            text.readline()
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        last = above
        try:
            for cells in reader:
                first, last = last + 1, reader.line_num + above
                if first == above + 1 or not cells or (len(cells) == 1 and not cells[0].strip()):
                    continue
                if len(cells) != width:
                    _check_width(path, first, cells, width)
                yield first, [cells[place] for place in order]
        except csv.Error as error:
            raise SourceError(
                f"{path.name}, line {reader.line_num + above}, is not well-formed: {error}.",
                "Mend the quotes there, or export the file again.",
            ) from error


def _check_width(path: Path, line: int, cells: list[str], width: int) -> None:
    if len(cells) > width and not any(cells[width:]):
        return
    raise SourceError(
        f"{path.name}, line {line}, has {len(cells)} cells where the header names {width}.",
        "The file is cut, or a cell holds the delimiter without quotes: export it again.",
    )


# -- workbooks -----------------------------------------------------------------------------------------------


def _sheet(path: Path, layout: Layout) -> Any:
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise ConfigError(
            f"{path.name} is a workbook, but the extra for them is not installed.", "Install salesforce-recon[files]."
        ) from error
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > UNPACKED_BYTES:
            raise SourceError(f"{path.name} is too large for a workbook.", "Export it as CSV.")
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        wanted = layout.sheet if layout.sheet is not None else 0
        name = wanted if isinstance(wanted, str) else names[wanted] if wanted < len(names) else None
        if name not in names:
            raise SourceError(f"{path.name} has no sheet {wanted!r}.", f"It has: {', '.join(names)}.")
        return book.get_sheet_by_name(name)
    except calamine.CalamineError as error:
        raise SourceError(f"{path.name} cannot be read as a workbook.", "Save it again as .xlsx, without a password.") from error


def _sheet_lines(path: Path, layout: Layout) -> Iterator[tuple[int, list[Any]]]:
    """Row number and cells from the first column of the sheet; the reader leaves out unused columns on the left, but no rows."""
    sheet = _sheet(path, layout)
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell != "" for cell in cells):
            yield number, left + cells


def _sheet_header(path: Path, layout: Layout) -> tuple[int, tuple[str, ...]]:
    for number, cells in _sheet_lines(path, layout):
        if number >= (layout.header_row or 1):
            return number, tuple(str(cell).strip() for cell in cells)
    raise SourceError(f"{path.name} has no row that names columns.", "Check sheet and header_row in recon.toml.")


def _sheet_rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    head, names = _sheet_header(path, layout)
    order = places(path, names, wanted)
    wrong = _error_cells(path, layout)
    for number, cells in _sheet_lines(path, layout):
        if number <= head:
            continue
        if number in wrong:
            _check_errors(path, number, wrong[number], order, wanted)
        yield number, [_typed(cells[place]) if place < len(cells) else None for place in order]


def _typed(value: Any) -> Cell:
    """A value of a typed format. Numbers of a workbook have 15 digits, as its screen shows them; the rest is noise of the binary form."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return Number(format(value, ".15g") if abs(value) < 1e15 else repr(value))
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, datetime | date):
        return Moment(value.isoformat())
    return str(value)


def _error_cells(path: Path, layout: Layout) -> dict[int, list[int]]:
    """Row → columns of cells that hold an error such as #N/A; the reader would show them as blank."""
    found: dict[int, list[int]] = {}
    with zipfile.ZipFile(path) as packed:
        part = _sheet_part(packed, layout)
        if part is None:
            return found
        for tag in re.findall(rb"<(?:[a-z]+:)?c\b[^>]*>", packed.read(part)):
            if b't="e"' in tag and (place := re.search(rb'\br="([A-Z]+)([0-9]+)"', tag)):
                column = 0
                for letter in place.group(1):
                    column = column * 26 + letter - 64
                found.setdefault(int(place.group(2)), []).append(column - 1)
    return found


def _sheet_part(packed: zipfile.ZipFile, layout: Layout) -> str | None:
    """Which part of the package the sheet is; None where the package says it in a way that is not known here."""
    try:
        book = packed.read("xl/workbook.xml").decode()
        links = packed.read("xl/_rels/workbook.xml.rels").decode()
    except KeyError:
        return None
    sheets = re.findall(r"<(?:[a-z]+:)?sheet\b[^>]*>", book)
    wanted = layout.sheet if layout.sheet is not None else 0
    for number, tag in enumerate(sheets):
        name, link = re.search(r'\bname="([^"]*)"', tag), re.search(r'\br:id="([^"]*)"', tag)
        if link and (wanted == number or (name and name.group(1) == wanted)):
            for relation in re.findall(r"<Relationship\b[^>]*>", links):
                target = re.search(r'\bTarget="([^"]*)"', relation)
                if f'Id="{link.group(1)}"' in relation and target:
                    part = target.group(1)
                    return part.lstrip("/") if part.startswith("/") else f"xl/{part}"
    return None


def _check_errors(path: Path, row: int, wrong: list[int], order: Sequence[int], wanted: Sequence[str]) -> None:
    for place, name in zip(order, wanted, strict=True):
        if place in wrong:
            raise SourceError(
                f"{path.name}, row {row}, column {name!r}, holds a spreadsheet error.", "Mend the formula and save the file again."
            )


# -- JSON ----------------------------------------------------------------------------------------------------


def _json_records(path: Path, layout: Layout) -> Iterator[tuple[int, dict[str, Any]]]:
    if layout.format == "ndjson":
        with _text(path, layout) as text:
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield number, _object(path, layout, number, _parsed(path, line, number))
        return
    if path.stat().st_size > UNPACKED_BYTES:
        raise SourceError(f"{path.name} is too large for one JSON document.", "Export JSON lines (.ndjson) instead.")
    with _text(path, layout) as text:
        found = _parsed(path, text.read(), None)
    for key in (layout.root or "").split(".") if layout.root else ():
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        where = f"under {layout.root}" if layout.root else "at its top"
        raise SourceError(f"{path.name} holds no list of records {where}.", 'Say where it is, such as root = "data.orders".')
    for number, item in enumerate(found, 1):
        yield number, _object(path, layout, number, item)


def _parsed(path: Path, text: str, line: int | None) -> Any:
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=_no_constant)
    except ValueError as error:
        found = line or getattr(error, "lineno", None)
        where = f", line {found}," if found else ""
        raise SourceError(f"{path.name}{where} is not valid JSON.", "The file is cut or damaged: export it again.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _object(path: Path, layout: Layout, number: int, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise SourceError(f"{path.name}, {layout.place} {number}, is no object with named values.", "Check root and format in recon.toml.")
    return item


_ABSENT = object()


def _lookup(record: dict[str, Any], name: str) -> Any:
    """A value by its name, or by a path such as customer.email."""
    if name in record:
        return record[name]
    found: Any = record
    for key in name.split("."):
        if found is None:
            return None
        if not isinstance(found, dict) or key not in found:
            return _ABSENT
        found = found[key]
    return found


def _json_header(path: Path, layout: Layout) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for count, (_, record) in enumerate(_json_records(path, layout)):
        names.update(dict.fromkeys(_flat(record)))
        if count >= 100:
            break
    return tuple(names)


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def _json_rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    unseen, any_row = set(wanted), False
    for number, record in _json_records(path, layout):
        any_row = True
        cells: list[Cell] = []
        for name in wanted:
            value = _lookup(record, name)
            if value is not _ABSENT:
                unseen.discard(name)
            if isinstance(value, list | dict):
                raise SourceError(
                    f"{path.name}, {layout.place} {number}, column {name!r}, holds a list or an object.",
                    "Name a value inside it with dots, or export its records as a file of their own.",
                )
            cells.append(None if value is _ABSENT else _typed(value))
        yield number, cells
    if any_row and unseen:
        raise SourceError(f"No record of {path.name} has {sorted(unseen)[0]!r}.", "Correct the column's name in recon.toml.")


# -- Parquet -------------------------------------------------------------------------------------------------


def _parquet_columns(path: Path) -> list[tuple[str, str]]:
    import duckdb

    try:
        with duckdb.connect() as con:
            found = con.execute("describe select * from read_parquet($file)", {"file": str(path)})
            return [(row[0], row[1]) for row in found.fetchall()]
    except duckdb.Error as error:
        raise SourceError(f"{path.name} cannot be read as Parquet.", "The file is cut or damaged: export it again.") from error


def _parquet_rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    """DuckDB casts each column to text: decimals and whole numbers exactly, doubles in their shortest form, times with UTC's offset."""
    import duckdb

    columns = _parquet_columns(path)
    order = places(path, [name for name, _ in columns], wanted)
    chosen = [columns[place] for place in order]
    texts = ", ".join('cast("' + name.replace('"', '""') + '" as varchar)' for name, _ in chosen)
    kinds = [_parquet_kind(path, name, kind) for name, kind in chosen]
    try:
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            con.execute("set preserve_insertion_order = true")
            found = con.execute(f"select {texts} from read_parquet($file)", {"file": str(path)})
            number = 0
            while block := found.fetchmany(10_000):
                for cells in block:
                    number += 1
                    yield number, [None if cell is None else kind(cell) for kind, cell in zip(kinds, cells, strict=True)]
    except duckdb.Error as error:
        raise SourceError(f"{path.name} cannot be read as Parquet.", "The file is cut or damaged: export it again.") from error


def _parquet_kind(path: Path, name: str, kind: str) -> Any:
    word = kind.partition("(")[0].upper()
    if word in {"VARCHAR", "BOOLEAN", "ENUM", "UUID"}:
        return str
    if word in {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"} and not kind.endswith("]"):
        return Moment
    if word.endswith(("INT", "INTEGER")) or word in {"DECIMAL", "DOUBLE", "FLOAT"}:
        return Number
    raise SourceError(f"{path.name}, column {name!r}, is of a type that no canonical column has.", "Choose another column.")
