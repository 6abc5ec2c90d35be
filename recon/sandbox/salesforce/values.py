"""Values between the wire and the file: what Salesforce accepts for each type, and how it writes it.

In the file: text for text, dates, times (``2026-11-23T09:00:00Z``, whole seconds) and numbers (exact decimal text
without trailing zeros), 0 or 1 for checkboxes, NULL for empty. On the wire: JSON by :func:`as_json`, CSV by :func:`as_csv`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.schema import ID_TYPES, NUMBER_TYPES, TEXT_TYPES, FieldSpec

Stored = str | int | None

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.,]+(\.[^@\s.,]+)+")
_quote = json.encoder.encode_basestring


class Problem(Exception):
    """Salesforce refuses a record or a request: its code, what it says, and the fields concerned."""

    def __init__(self, code: str, message: str, fields: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields
        self.more = more


def utc_text(moment: datetime) -> str:
    """A moment as it is kept: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_datetime(text: str) -> str:
    """Any ISO 8601 spelling with an offset, as it is kept; raises ValueError."""
    cleaned = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.strip())
    moment = datetime.fromisoformat(cleaned)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return utc_text(moment)


def decimal_text(number: Decimal) -> str:
    """Plain digits without trailing zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def incoming(field: FieldSpec, value: Any, *, strict: bool = True, from_csv: bool = False) -> Stored:
    """What is kept for a value that a client sent (or a test loads, ``strict=False``); raises :class:`Problem`."""
    if value is None or value == "":
        return None
    if field.type == "boolean":
        return _boolean(field, value)
    if field.type in NUMBER_TYPES:
        return _number(field, value, strict=strict, from_csv=from_csv)
    if field.type == "datetime":
        return _moment(field, value)
    if field.type == "date":
        return _date(field, value)
    if field.type in ID_TYPES:
        return _id(field, value, strict=strict)
    return _text(field, value, strict=strict)


def _wrong_type(field: FieldSpec, value: Any) -> Problem:
    kind = {"boolean": "boolean", "date": "date", "datetime": "datetime", "int": "int"}.get(field.type, "double")
    shape = "VALUE_STRING" if isinstance(value, str) else "VALUE"
    return Problem("JSON_PARSER_ERROR", f"Cannot deserialize instance of {kind} from {shape} value of {field.name}", (field.name,))


def _boolean(field: FieldSpec, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if value in {0, 1}:
        return int(value)
    if isinstance(value, str) and value.strip().lower() in {"true", "false", "1", "0"}:
        return int(value.strip().lower() in {"true", "1"})
    raise _wrong_type(field, value)


def _number(field: FieldSpec, value: Any, *, strict: bool, from_csv: bool) -> str:
    if isinstance(value, bool) or (isinstance(value, str) and strict and not from_csv and not re.fullmatch(r"-?\d+(\.\d+)?", value)):
        raise _wrong_type(field, value)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _wrong_type(field, value) from None
    if not number.is_finite():
        raise _wrong_type(field, value)
    if field.type == "int":
        if number != number.to_integral_value():
            raise _wrong_type(field, value)
        return str(int(number))
    scale, precision = field.scale or 0, field.precision or 18
    if strict:
        number = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        if abs(number) >= Decimal(10) ** (precision - scale):
            raise Problem(
                "NUMBER_OUTSIDE_VALID_RANGE", f"{field.label or field.name}: value outside of valid range on numeric field", (field.name,)
            )
    return decimal_text(number)


def _moment(field: FieldSpec, value: Any) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    try:
        return parse_datetime(str(value))
    except ValueError:
        raise _wrong_type(field, value) from None


def _date(field: FieldSpec, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise _wrong_type(field, value) from None


def _id(field: FieldSpec, value: Any, *, strict: bool) -> str:
    full = ids.normal(value)
    if full is None:
        if not strict:
            return str(value)
        raise Problem("MALFORMED_ID", f"{field.label or field.name}: id value of incorrect type: {str(value)[:40]}", (field.name,))
    return full


def _text(field: FieldSpec, value: Any, *, strict: bool) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = str(value) if isinstance(value, (int, float, Decimal)) else value
    if not isinstance(text, str):
        raise Problem("JSON_PARSER_ERROR", f"Cannot deserialize instance of string from START_OBJECT value of {field.name}", (field.name,))
    if not strict:
        return text
    text = text.strip()
    if not text:
        return None
    if field.type not in {"picklist", "multipicklist"} and field.length and len(text) > field.length:
        raise Problem("STRING_TOO_LONG", f"{field.label or field.name}: data value too large: (max length={field.length})", (field.name,))
    if field.type == "email" and not _EMAIL.fullmatch(text):
        raise Problem("INVALID_EMAIL_ADDRESS", f"{field.label or field.name}: invalid email address: {text}", (field.name,))
    chosen = set(text.split(";")) if field.type == "multipicklist" else {text}
    if field.restricted and field.picklist and not chosen <= set(field.picklist):
        message = f"{field.label or field.name}: bad value for restricted picklist field: {text}"
        raise Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    return text


def number_text(field: FieldSpec, text: str, *, exponent: bool) -> str:
    """A number as Salesforce writes it: integers bare, others with a decimal point.

    From ten millions on, JSON has the exponent form of Java's doubles (``1.25E7``), CSV has plain digits.
    """
    if field.type == "int":
        return text
    if exponent and abs(Decimal(text)) >= 10_000_000:
        sign, digits, power = Decimal(text).normalize().as_tuple()
        assert isinstance(power, int)  # noqa: S101 - only finite numbers are kept
        shown = "".join(map(str, digits))
        return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power + len(digits) - 1}"
    return text if "." in text else f"{text}.0"


def as_json(field: FieldSpec) -> Callable[[Any], str]:
    """How values of a field are written as JSON."""
    if field.type == "boolean":
        return lambda value: "true" if value else "false"
    if field.type in NUMBER_TYPES:
        return lambda value: "null" if value is None else number_text(field, str(value), exponent=True)
    if field.type == "datetime":
        return lambda value: "null" if value is None else f'"{value[:19]}.000+0000"'
    return lambda value: "null" if value is None else _quote(str(value))


def as_csv(field: FieldSpec) -> Callable[[Any], str]:
    """How values of a field are written in Bulk CSV, without quotes."""
    if field.type == "boolean":
        return lambda value: "" if value is None else "true" if value else "false"
    if field.type in NUMBER_TYPES:
        return lambda value: "" if value is None else number_text(field, str(value), exponent=False)
    if field.type == "datetime":
        return lambda value: "" if value is None else f"{value[:19]}.000Z"
    return lambda value: "" if value is None else str(value)


def as_python(field: FieldSpec, value: Stored) -> Any:
    """A kept value for Python: Decimal, bool or text."""
    if value is None:
        return None
    if field.type == "boolean":
        return bool(value)
    return Decimal(value) if field.type in NUMBER_TYPES else value


def collation(field: FieldSpec) -> str:
    """How two values of the field compare: text regardless of case unless the field says otherwise."""
    return "nocase" if field.type in TEXT_TYPES and not field.case_sensitive else "binary"


def day_start(moment: datetime, days: int) -> str:
    """Midnight UTC, ``days`` from the day of ``moment``."""
    return utc_text(moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days))
