"""Excel, Parquet, NDJSON, Markdown and JUnit: the same findings and totals as in report.json, typed, and harmless to open."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from recon.audit import result as audit
from recon.cli import run
from recon.config.settings import Settings
from recon.report import FORMATS, csv, junit, markdown, ndjson, parquet, table, xlsx
from recon.report.model import OPEN_STATES, Result
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]
NASTY = "=cmd|'/c calc'!A1 <b>&\x00\x1b[31m\u202e]]> | `x` @all https://evil.example"


def joined(pieces: Any) -> bytes:
    return b"".join(pieces)


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def nasty(merchant: Merchant) -> Result:
    source = merchant(0.1)
    item = dataclasses.replace(source.findings[0], label=NASTY, message=NASTY, owner=NASTY, record_id=NASTY)
    return build(dataclasses.replace(source, findings=(item,)), show_personal=True)


# -- the same numbers everywhere ----------------------------------------------------------------------------------------


def test_every_format_holds_the_same_findings_and_sums(merchant: Merchant) -> None:
    result = build(merchant())
    everything = [*result.findings, *result.resolved]
    wanted = Counter((item.finding_id, item.state, item.amount and Decimal(item.amount), item.currency) for item in everything)
    key = ("finding_id", "state", "amount", "currency")

    read = pl.read_parquet(io.BytesIO(joined(parquet.render(everything))))
    assert Counter(read.select(key).iter_rows()) == wanted

    lines = [json.loads(line) for line in joined(ndjson.render(everything)).splitlines()]
    assert Counter((o["finding_id"], o["state"], o["amount"] and Decimal(o["amount"]), o["currency"]) for o in lines) == wanted

    head, *rows = sheets(joined(xlsx.render(result, everything)))["Findings"]
    assert tuple(head) == csv.COLUMNS
    places = [head.index(name) for name in key]
    cells = ([row[place] for place in places] for row in rows)
    found = Counter((a, b, Decimal(repr(c)).normalize() if c != "" else None, d or None) for a, b, c, d in cells)
    assert found == Counter({(a, b, c.normalize() if c else c, d): n for (a, b, c, d), n in wanted.items()})


def test_junit_and_the_summary_count_as_the_report_does(merchant: Merchant) -> None:
    result = build(merchant(blind=True))
    root = ElementTree.fromstring(junit.render(result))
    failures = {case.get("classname"): case.find("failure") for case in root.iter("testcase") if case.find("failure") is not None}
    assert {name: failure.get("message") for name, failure in failures.items()} == {
        rule.id: f"{rule.counts.open} open, {rule.counts.new} new" for rule in result.rules if rule.state == "findings"
    }
    errors = {case.get("classname") for case in root.iter("testcase") if case.find("error") is not None}
    assert errors == {rule.id for rule in result.rules if rule.state in {"error", "not_run"}} and errors
    assert int(root.get("tests", 0)) == len(result.rules) == sum(int(suite.get("tests", 0)) for suite in root)
    opened = sum(item.state in OPEN_STATES for item in result.findings)
    assert sum(int(re.match(r"\d+", failure.get("message")).group()) for failure in failures.values()) == opened


# -- Excel --------------------------------------------------------------------------------------------------------------


def test_cells_are_typed_and_the_sheet_is_ready_to_use(merchant: Merchant) -> None:
    result = build(merchant())
    data = joined(xlsx.render(result, result.findings))
    first, *rest = sheets(data)["Findings"][1:]
    row = dict(zip(csv.COLUMNS, first, strict=True))
    assert isinstance(row["amount"], float | int) and isinstance(row["first_seen_at"], datetime) and isinstance(row["record_id"], str)
    assert row["record_id"].isdigit() and len(rest) == len(result.findings) - 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("xl/worksheets/sheet2.xml").decode()
    assert 'state="frozen"' in text and f'<autoFilter ref="A1:{chr(64 + len(csv.COLUMNS))}{len(result.findings) + 1}"' in text
    assert sheets(data)["Summary"][0][0] == result.verdict.sentence


def test_no_text_becomes_a_formula_or_a_link(merchant: Merchant) -> None:
    data = joined(xlsx.render(result := nasty(merchant), result.findings))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}
    assert not any("<f>" in text or "<hyperlink" in text for text in parts.values())
    for text in parts.values():
        ElementTree.fromstring(text)
    row = dict(zip(csv.COLUMNS, sheets(data)["Findings"][1], strict=True))
    assert row["label"].startswith("=cmd|") and "https://evil.example" in row["label"]


def test_what_excel_cannot_hold_exactly_is_text_and_what_is_too_long_is_cut_in_sight(merchant: Merchant) -> None:
    source = merchant(0.1)
    big = dataclasses.replace(source.findings[0], amount=Decimal("12345678901234567.89"), currency="EUR", message="x" * 40_000)
    result = build(dataclasses.replace(source, findings=(big,)))
    row = dict(zip(csv.COLUMNS, sheets(joined(xlsx.render(result, result.findings)))["Findings"][1], strict=True))
    assert row["amount"] == "12345678901234567.89"
    assert len(row["message"]) == xlsx.CELL and row["message"].endswith("…")


def test_more_rows_than_a_sheet_holds_go_on_to_the_next(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 101)
    result = build(merchant())
    found = sheets(joined(xlsx.render(result, result.findings)))
    rows = [row[csv.COLUMNS.index("finding_id")] for name, sheet in found.items() if name.startswith("Findings") for row in sheet[1:]]
    assert rows == [item.finding_id for item in result.findings]
    assert all(tuple(sheet[0]) == csv.COLUMNS for name, sheet in found.items() if name.startswith("Findings"))


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_the_same_run_gives_the_same_bytes(merchant: Merchant, form: str) -> None:
    result = build(merchant())
    first, second = (joined(xlsx.render(result, result.findings) if form == "xlsx" else parquet.render(result.findings)) for _ in range(2))
    assert first == second


# -- Parquet ------------------------------------------------------------------------------------------------------------


def test_types_do_not_depend_on_the_rows(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    result = build(merchant())
    empty = pl.read_parquet(io.BytesIO(joined(parquet.render([]))))
    monkeypatch.setattr(table, "BATCH", 7)
    full = pl.read_parquet(io.BytesIO(joined(parquet.render(result.findings))))
    assert empty.schema == full.schema and empty.height == 0
    assert full["finding_id"].to_list() == [item.finding_id for item in result.findings]
    assert full.schema["amount"] == pl.Decimal(38, 6) and full.schema["occurred_at"] == pl.Datetime("us")


# -- text ---------------------------------------------------------------------------------------------------------------


def test_the_summary_never_has_more_than_twenty_lines(merchant: Merchant) -> None:
    for source in (merchant(), merchant(blind=True), merchant(0.0), merchant(previous=False)):
        text = markdown.render(build(source)).decode()
        assert len(text.splitlines()) <= markdown.LINES
        assert build(source).run.id in text


def test_records_cannot_write_markup(merchant: Merchant) -> None:
    assert markdown.escaped("[x](https://evil.example) <img> | @all\n# big") == (
        "\\[x\\]\\(https://evil.example\\) \\<img\\> \\| \\@all \\# big"
    )
    root = ElementTree.fromstring(junit.render(nasty(merchant)))
    assert "=cmd|" in " ".join(failure.text or "" for failure in root.iter("failure"))


# -- command ------------------------------------------------------------------------------------------------------------


def test_the_command_writes_each_format(settings: Settings, told_once: str, capsys: pytest.CaptureFixture[str]) -> None:
    for form, name in FORMATS.items():
        assert run(["report", "--config", str(settings.path), "--format", form, "--open", "never", "--quiet"]) == 0
        path = Path(capsys.readouterr().out.strip())
        assert path.name == name and path.stat().st_size > 0 and path.stat().st_mode & 0o077 == 0
