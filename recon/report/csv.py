"""findings.csv: every finding in one line, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from recon.report.model import Finding

COLUMNS = (
    "rule", "system", "record_id", "salesforce_id", "finding_id", "severity", "state", "label", "message", "differences",
    "amount", "currency", "owner", "confidence", "occurred_at", "first_seen_at", "known_for_days", "url_shop", "url_salesforce", "waiver",
    "owning_system",
)  # fmt: skip

_NUMBERS = frozenset({"amount", "known_for_days"})

_TRIGGER = re.compile("[\\s\ufeff]*[=+\\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")


def safe(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula: a single quote goes before =, +, -, @, tab, return, NUL and their wide forms."""
    if not text:
        return ""
    return f"'{text}" if _TRIGGER.match(text) else text


def differences(item: Finding) -> str:
    """``total: 119.90 | 109.90; currency: EUR | empty``: shop first, then Salesforce, or the ERP that the shop follows."""
    return "; ".join(f"{entry.field}: {entry.shop or 'empty'} | {entry.salesforce or 'empty'}" for entry in item.diff)


def cells(item: Finding) -> list[str | None]:
    """What stands in the columns of one finding, as plain text."""
    waiver = f"{item.waiver.owner} until {item.waiver.until}: {item.waiver.reason}" if item.waiver else None
    return [
        item.rule, item.system, item.record_id, item.salesforce_id, item.finding_id, item.severity, item.state, item.label, item.message,
        differences(item), item.amount, item.currency, item.owner, item.confidence, item.occurred_at, item.first_seen_at,
        None if item.age_days is None else str(item.age_days), item.url_shop, item.url_salesforce, waiver, item.owning_system,
    ]  # fmt: skip


def line(item: Finding) -> list[str]:
    """The same for a spreadsheet. Amounts and days are numbers and stay as they are, negative ones too."""
    pairs = zip(COLUMNS, cells(item), strict=True)
    return [value or "" if name in _NUMBERS else safe(value) for name, value in pairs]


def render(items: Iterable[Finding]) -> Iterator[bytes]:
    """The file in chunks: UTF-8 with a byte order mark (so that Excel reads it as such), RFC 4180 lines."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(COLUMNS)
    for number, item in enumerate(items, start=1):
        writer.writerow(line(item))
        if number % 1000 == 0:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")
