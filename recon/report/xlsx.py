"""findings.xlsx: a workbook for people who sort and filter in Excel: findings with types, and the verdict on a sheet before them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.report import csv, table
from recon.report.model import Finding, Result
from recon.report.words import minor_digits, parse_iso

ROWS = 1_048_576
"""What a sheet holds, its head included."""

CELL = 32_767
"""Characters that a cell holds."""

_WIDTHS = {"message": 70, "label": 24, "differences": 50, "waiver": 40, "rule": 30}
_PIECE = 2**20


def render(result: Result, items: Iterable[Finding]) -> Iterator[bytes]:
    """The file in pieces. Text is written as text and never as a formula or link; what one sheet cannot hold goes on to the next."""
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="recon-xlsx-") as folder:
        path = Path(folder) / "findings.xlsx"
        book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
                "tmpdir": folder, "remove_timezone": True,
            },
        )  # fmt: skip
        # NOTE: the writer would put the present in; the same run gives the same bytes.
        moment = parse_iso(result.run.started_at) if result.run.started_at else datetime(2000, 1, 1, tzinfo=UTC)
        book.set_properties({"title": f"recon {result.run.id}", "created": moment.replace(tzinfo=None)})
        _summary(book, result)
        _findings(book, items)
        book.close()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _summary(book: Any, result: Result) -> None:
    sheet, bold = book.add_worksheet("Summary"), book.add_format({"bold": True})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 6, 16)
    lines: list[list[Any]] = [
        [result.verdict.sentence], [result.verdict.detail], [], ["run", result.run.id], ["as of (UTC)", result.run.as_of], [],
        ["severity", "open", "new", "change", "money affected"],
        *([t.severity, t.open, t.new, t.change, ", ".join(f"{m.amount} {m.currency}" for m in t.amounts)] for t in result.totals.tiles),
        ["all", result.totals.open, result.totals.new, None, ", ".join(f"{m.amount} {m.currency}" for m in result.totals.amounts)], [],
        ["rule", "severity", "state", "open", "new", "waived", "checked"],
        *([r.id, r.severity, r.state, r.counts.open, r.counts.new, r.counts.waived, r.checked] for r in result.rules),
    ]  # fmt: skip
    for place, cells in enumerate(lines):
        style = bold if place == 0 or cells[:1] in (["severity"], ["rule"]) else None
        for column, value in enumerate(cells):
            _put(sheet, place, column, value, style)


def _findings(book: Any, items: Iterable[Finding]) -> None:
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        **{str(digits): book.add_format({"num_format": f"#,##0.{'0' * digits}" if digits else "#,##0"}) for digits in (0, 2, 3, 4)},
    }
    sheet, number, place = _sheet(book, 1, styles), 1, 0
    for item in items:
        place += 1
        if place == ROWS:
            sheet.autofilter(0, 0, place - 1, len(csv.COLUMNS) - 1)
            number, place = number + 1, 1
            sheet = _sheet(book, number, styles)
        for column, (name, value) in enumerate(table.row(item).items()):
            style = styles["time"] if name in table.TIMES else None
            if name in table.NUMBERS:
                style = styles.get(str(minor_digits(item.currency or "")), styles["2"])
            _put(sheet, place, column, value, style)
    sheet.autofilter(0, 0, place, len(csv.COLUMNS) - 1)


def _sheet(book: Any, number: int, styles: dict[str, Any]) -> Any:
    sheet = book.add_worksheet("Findings" if number == 1 else f"Findings {number}")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(csv.COLUMNS):
        sheet.set_column(column, column, _WIDTHS.get(name, 16))
        sheet.write_string(0, column, name, styles["head"])
    return sheet


def _put(sheet: Any, place: int, column: int, value: Any, style: Any) -> None:
    """Excel keeps fifteen digits: an amount that has more goes in as text, so that nothing is rounded silently."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(place, column, value, style)
    elif isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > 15:
        sheet.write_string(place, column, format(value, "f"), style)
    elif isinstance(value, int | Decimal):
        sheet.write_number(place, column, value, style)
    else:
        text = str(value)
        sheet.write_string(place, column, text if len(text) <= CELL else text[: CELL - 1] + "…", style)
