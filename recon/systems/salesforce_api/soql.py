"""SOQL text: the one place where values and names become part of a query."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}(\.[A-Za-z][A-Za-z0-9_]{0,254}){0,5}")
_ESCAPES = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}

Value = str | bool | int | Decimal | datetime | date | None


def literal(value: Value) -> str:
    """A value as SOQL literal.

    Raises ValueError for what SOQL cannot say: a time without zone, NaN, a lone surrogate. Floats are refused by type: money is
    Decimal. Vendor source: "SOQL and SOSL Reference", Quoted String Escape Sequences and Date Formats.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{_escaped(value)}'"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    raise ValueError("this value has no SOQL literal")


def literals(values: Iterable[Value]) -> str:
    """A list for IN, in the given order; raises ValueError when it is empty."""
    items = [literal(value) for value in values]
    if not items:
        raise ValueError("IN needs at least one value")
    return f"({', '.join(items)})"


def like(text: str) -> str:
    """The inner text of a LIKE pattern that matches ``text`` itself; pass the pattern on to :func:`literal`.

    A backslash before ``%`` and ``_`` makes them plain; a backslash of the text itself is doubled for the same reason.
    """
    return re.sub(r"[\\%_]", lambda found: "\\" + found[0], text)


def name(text: str) -> str:
    """An object, field or relationship path as it is; raises ValueError for anything else, so that no text becomes syntax."""
    if not _NAME.fullmatch(text):
        raise ValueError("this is not the API name of a field or object")
    return text


def select(columns: Iterable[str], source: str, where: str = "", order: Iterable[str] = ()) -> str:
    """``select … from … [where …] [order by …]``; names are checked, ``where`` must be made from :func:`literal`."""
    text = f"SELECT {', '.join(name(column) for column in columns)} FROM {name(source)}"
    if where:
        text += f" WHERE {where}"
    if by := ", ".join(name(column) for column in order):
        text += f" ORDER BY {by}"
    return text


def count(source: str, where: str = "") -> str:
    """A query whose ``totalSize`` is the number of records."""
    return f"SELECT COUNT() FROM {name(source)}" + (f" WHERE {where}" if where else "")


def _escaped(text: str) -> str:
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ValueError("a lone surrogate is no text")
    return "".join(_ESCAPES.get(char) or (f"\\u{ord(char):04X}" if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 else char) for char in text)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without zone has no SOQL literal")
    utc = value.astimezone(UTC)
    text = utc.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{utc.microsecond // 1000:03d}Z" if utc.microsecond else f"{text}Z"
