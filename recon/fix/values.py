"""Values between plan, wire and comparison. In a plan every value is text; what it means follows from the field's type."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from recon.systems.exact import exact
from recon.systems.salesforce_api.describe import Field

NUMBERS = frozenset({"int", "double", "currency", "percent"})
PICKLISTS = frozenset({"picklist", "multipicklist"})
EMPTIED = "#N/A"
"""The word of Bulk API that empties a field; an empty cell leaves it as it is. Vendor source: Bulk API 2.0, Prepare CSV Files."""


def normal(kind: str, value: str | None) -> Any:
    """A value so that two of them are equal exactly where Salesforce holds the same."""
    if value is None or value == "":
        return None
    if kind in NUMBERS:
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    if kind == "boolean":
        return value.lower() == "true"
    if kind == "datetime":
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    if kind == "date":
        return value[:10]
    return value


def same(kind: str, one: str | None, other: str | None) -> bool:
    """Whether two values are the same for Salesforce."""
    return bool(normal(kind, one) == normal(kind, other))


def to_json(kind: str, value: str | None) -> Any:
    """As it stands in the body of a request; numbers digit by digit (see :mod:`recon.systems.exact`)."""
    if value is None:
        return None
    if kind in NUMBERS:
        return exact(value)
    return value == "true" if kind == "boolean" else value


def to_csv(value: str | None) -> str:
    """As it stands in a cell of Bulk API."""
    return EMPTIED if value is None else value


def settled(field: Field, value: str | None) -> tuple[str | None, str]:
    """A wanted value in the form in which the field holds it, and why it cannot be held (empty where it can)."""
    if value is None or value == "":
        return (None, "") if field.nillable else (None, f"{field.label} must not be blank")
    if field.type in NUMBERS:
        return _number(field, value)
    if field.type == "boolean":
        word = {"true": "true", "1": "true", "false": "false", "0": "false"}.get(value.lower())
        return (word, "") if word else (None, f"{field.label} is a checkbox")
    if field.type in {"date", "datetime"}:
        return _moment(field, value)
    if field.type in PICKLISTS and field.choices and value not in field.choices:
        near = next((choice for choice in field.choices if choice.lower() == value.lower()), None)
        return (near, "") if near else (None, f"{field.label} does not have the value {value}")
    text = value.strip()
    if field.type not in PICKLISTS and field.length and len(text) > field.length:
        return None, f"{field.label} holds {field.length} characters, the value has {len(text)}"
    return text or None, ""


def _number(field: Field, value: str) -> tuple[str | None, str]:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None, f"{field.label} is a number"
    places = 0 if field.type == "int" else field.scale
    rounded = number.quantize(Decimal(1).scaleb(-places))
    if rounded != number:
        return None, f"{field.label} keeps {places} decimals, which is less than the value has"
    if field.digits and abs(rounded) >= Decimal(10) ** field.digits:
        return None, f"{field.label} has no room for the number"
    return f"{rounded:f}", ""


def _moment(field: Field, value: str) -> tuple[str | None, str]:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None, f"{field.label} is a {field.type}"
    if field.type == "date":
        return moment.date().isoformat(), ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z", ""
