"""What ``kind = "files"`` has in recon.toml."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from recon.config.settings import Model
from recon.systems.tables.settings import Table, Tables, TableSystem, Words

Format = Literal["auto", "csv", "tsv", "xlsx", "json", "ndjson", "parquet"]


class Layout(Model):
    """How files are laid out; a table's own word wins over the system's."""

    format: Format | None = Field(None, description="Format; by the file's ending where nothing is said.")
    encoding: str | None = Field(None, description="Encoding of text files: utf-8 where nothing is said; latin-1, cp1252, …")
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="Between two columns; of , ; tab and | the one that gives the columns wanted."
    )
    header_row: int | None = Field(None, ge=1, le=100, description="Line that names the columns; the first where nothing is said.")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError(f"{value!r} is no encoding; use utf-8, latin-1, cp1252, utf-16 or the like") from None
        return value


class FileTable(Table, Layout):
    """One canonical table and the files that hold it."""

    path: Words = Field(description="Files, relative to folder; * and ? stand for anything. Every file must match one table's columns.")
    sheet: str | int | None = Field(None, description="Sheet of a workbook, by name or by number from 0; the first where nothing is said.")
    root: str | None = Field(None, description="Where the list of records is in a JSON file, such as data.orders.")
    fill_down: tuple[str, ...] = Field((), description="Columns whose blank cells mean the value above.")
    fill_by: str | None = Field(None, description="Column within whose equal values fill_down reaches, and @nth counts.")
    repeats: Literal["refuse", "first", "last"] | None = Field(
        None, description="What a second row with the same id is: an error (default), a row of the same record, or its newer version."
    )


class FileTables(Tables):
    """Canonical tables and their files."""

    orders: FileTable | None = None
    order_lines: FileTable | None = None
    customers: FileTable | None = None
    products: FileTable | None = None
    prices: FileTable | None = None
    locations: FileTable | None = None
    inventory_levels: FileTable | None = None
    refunds: FileTable | None = None
    fulfillments: FileTable | None = None
    payments: FileTable | None = None
    returns: FileTable | None = None
    return_lines: FileTable | None = None
    refund_lines: FileTable | None = None
    fulfillment_lines: FileTable | None = None
    companies: FileTable | None = None
    subscriptions: FileTable | None = None


class Settings(TableSystem, Layout):
    """Files of one system."""

    kind: Literal["files"] = Field("files", description="Platform.")
    folder: Path = Field(Path(), validate_default=True, description="Folder of the files, relative to recon.toml.")
    keep_originals: bool = Field(True, description="Copy the files themselves into the snapshot, compressed, as evidence.")
    tables: FileTables = Field(description="Canonical tables and their files.")

    @field_validator("folder")
    @classmethod
    def _from_recon_toml(cls, value: Path, info: ValidationInfo) -> Path:
        base = (info.context or {}).get("folder") if isinstance(info.context, dict) else None
        return (base or Path.cwd()) / value.expanduser()
