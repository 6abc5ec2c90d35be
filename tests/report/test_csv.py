"""findings.csv: reads back as it was, and no cell is a formula."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from recon.audit import result as audit
from recon.report import csv as report_csv
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    " =1",
    "\ufeff=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("https://evil.example";"x")',
    "\n=1",
]


def rows_of(source: audit.AuditResult) -> list[dict[str, str]]:
    data = b"".join(report_csv.render(build(source, show_personal=True).findings))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_finding_is_one_line(merchant: Merchant) -> None:
    source = merchant()
    rows = rows_of(source)
    assert [row["finding_id"] for row in rows] == [item.finding_id for item in build(source).findings]
    assert len(rows) == len(source.findings)
    assert list(rows[0])[:4] == ["rule", "system", "record_id", "salesforce_id"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_begins_like_a_formula(merchant: Merchant, text: str) -> None:
    source = merchant(0.1)
    item = dataclasses.replace(source.findings[0], label=text, message=text, owner=text, currency=text, record_id=text, salesforce_id=text)
    row = rows_of(dataclasses.replace(source, findings=(item,)))[0]
    for column in ("label", "message", "owner", "currency", "record_id", "salesforce_id"):
        assert row[column] == "'" + text


def test_negative_amounts_stay_numbers(merchant: Merchant) -> None:
    source = merchant(0.1)
    item = dataclasses.replace(source.findings[0], amount=Decimal("-5"), currency="EUR")
    assert rows_of(dataclasses.replace(source, findings=(item,)))[0]["amount"] == "-5.00"


def test_difficult_texts_come_back_as_they_were(merchant: Merchant, shared: Path) -> None:
    source = merchant(0.1)
    texts = [text for text in json.loads((shared / "data/naughty_strings/blns.json").read_text(encoding="utf-8")) if text]
    items = tuple(dataclasses.replace(source.findings[0], finding_id=str(i), label=text, message=text) for i, text in enumerate(texts))
    rows = rows_of(dataclasses.replace(source, findings=items))
    assert len(rows) == len(texts)
    for row in rows:
        text = texts[int(row["finding_id"])]
        assert row["label"].removeprefix("'") == text.removeprefix("'")
        assert row["label"][0] not in "=+-@\t\r"


def test_differences_name_both_sides() -> None:
    from recon.report.model import Difference, Finding

    item = Finding(
        rule="r",
        system="s",
        finding_id="1",
        severity="high",
        entity="orders",
        label="l",
        message="m",
        state="new",
        diff=[Difference(field="total", shop="1.00", salesforce="2.00"), Difference(field="currency", shop="EUR")],
    )
    assert report_csv.differences(item) == "total: 1.00 | 2.00; currency: EUR | empty"
