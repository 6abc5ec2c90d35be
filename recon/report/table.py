"""Findings as a typed table: one row each, the same columns in Parquet and Excel; CSV has them as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from recon.report import csv
from recon.report.model import Finding
from recon.report.words import parse_iso

if TYPE_CHECKING:
    import polars

BATCH = 20_000
"""Rows that are held as Python objects at a time."""

NUMBERS = frozenset({"amount"})
DAYS = frozenset({"known_for_days"})
TIMES = frozenset({"occurred_at", "first_seen_at"})


def row(item: Finding) -> dict[str, Any]:
    """One finding: text as it is, amounts ``Decimal``, times naive datetimes in UTC, days whole numbers, None where nothing is known."""
    values = dict(zip(csv.COLUMNS, csv.cells(item), strict=True))
    return {name: _typed(name, value) for name, value in values.items()}


def _typed(name: str, value: str | None) -> str | int | Decimal | datetime | None:
    if value is None or value == "":
        return None
    if name in NUMBERS:
        return Decimal(value)
    if name in DAYS:
        return int(value)
    if name in TIMES:
        return parse_iso(value).replace(tzinfo=None)
    return value


def batches(items: Iterable[Finding]) -> Iterator[list[dict[str, Any]]]:
    """Rows in lists of at most :data:`BATCH`."""
    rows = map(row, items)
    while batch := list(islice(rows, BATCH)):
        yield batch


def frame(rows: list[dict[str, Any]]) -> polars.DataFrame:
    """Rows as a data frame whose types do not depend on what the rows hold; amounts are decimals with six places."""
    import polars as pl

    types: dict[str, Any] = dict.fromkeys(csv.COLUMNS, pl.String())
    types |= dict.fromkeys(NUMBERS, pl.Decimal(38, 6)) | dict.fromkeys(DAYS, pl.Int64())
    types |= dict.fromkeys(TIMES, pl.Datetime("us"))
    return pl.DataFrame(rows, schema=types, orient="row")
