"""Cells to canonical text: money with a point, times in UTC, flags as true and false. Nothing is guessed and nothing is rounded.

Messages never show a cell, since it may be a customer's; they show its form, with 9 for every digit and a for every letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from zoneinfo import ZoneInfo

MONEY = frozenset({
    "subtotal", "discount", "shipping", "tax", "duties", "tip", "gift_card", "rounding", "total", "current_total", "refunded",
    "authorized", "presentment_total", "unit_price", "amount", "compare_at", "total_spent", "credit_limit",
})  # fmt: skip
QUANTITIES = frozenset({
    "quantity", "current_quantity", "fulfilled_quantity", "refunded_quantity", "on_hand", "available", "committed", "incoming",
    "safety_stock", "min_quantity", "total_quantity",
})  # fmt: skip
WHOLE = frozenset({"line_no", "orders_count"})
TIMES = frozenset({
    "created_at", "updated_at", "deleted_at", "cancelled_at", "closed_at", "edited_at", "last_synced_at", "consent_at", "shipped_at",
    "delivered_at", "valid_from", "valid_to", "processed_at", "expires_at", "next_billing_at",
})  # fmt: skip
FLAGS = frozenset({
    "is_deleted", "is_test", "is_guest", "is_edited", "is_active", "is_tracked", "is_gift_card", "tax_included", "money_moved",
    "email_opt_out", "is_exchange", "is_negotiated",
})  # fmt: skip
CURRENCIES = frozenset({"currency", "presentment_currency"})
CODES = frozenset({
    "record_id", "external_id", "number", "sku", "barcode", "phone", "postal_code", "code", "tracking_number", "merged_into",
})  # fmt: skip
"""Texts of digits that a spreadsheet spoils: they are refused where it did. Every role ending in _id is one too."""

MONEY_PLACES, QUANTITY_PLACES = 6, 4
TRUE = frozenset({"true", "1", "yes", "y", "t", "x", "ja", "j", "wahr", "oui", "si", "sí"})
FALSE = frozenset({"false", "0", "no", "n", "f", "nein", "falsch", "non"})
ERRORS = frozenset({"#n/a", "#nv", "#ref!", "#bezug!", "#value!", "#wert!", "#div/0!", "#name?", "#null!", "#num!", "#zahl!"})

_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+-][0-9]+")
_GUARDED = re.compile(r"=\"(.*)\"", re.DOTALL)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?\s?(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?")
_ZONES = ("Z", "z", "UTC")
_WORDS = {
    "yyyy": "%Y", "yy": "%y", "mmm": "%b", "mm": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "MM": "%M", "SS": "%S", "ff": "%f", "AM": "%p",
    "zz": "%z",
}  # fmt: skip


class Number(str):
    """The literal of a number that its file marks as one (JSON, Parquet, a spreadsheet's cell): always with a point."""

    __slots__ = ()


class Moment(str):
    """The same for a date or time: always ISO 8601."""

    __slots__ = ()


Cell = str | None
"""Text, Number, Moment, or None for nothing."""


class Unfit(ValueError):
    """A cell that cannot be read as what its column is; ``message`` continues "file, line, column …", ``hint`` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def form(text: str) -> str:
    """What a cell looks like without what it says."""
    shape = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))
    return f"“{shape[:24]}{'…' if len(shape) > 24 else ''}”"


@dataclass(frozen=True)
class Formats:
    """How a source writes numbers and times."""

    decimal: str = "."
    thousands: str = ""
    date_format: tuple[str, ...] = ()
    time_zone: str | None = None
    blanks: frozenset[str] = frozenset()

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """Formats for strptime."""
        return tuple(strptime_format(text) for text in self.date_format)

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """Zone of times that carry none."""
        return ZoneInfo(self.time_zone) if self.time_zone else None

    @cached_property
    def number(self) -> re.Pattern[str]:
        """Whole part, fraction."""
        point = re.escape(self.decimal)
        if not self.thousands:
            return re.compile(rf"([0-9]+)(?:{point}([0-9]*))?|{point}([0-9]+)")
        return re.compile(rf"([0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+|[0-9]+)(?:{point}([0-9]*))?|{point}([0-9]+)")


def strptime_format(text: str) -> str:
    """``dd.mm.yyyy HH:MM`` as strptime wants it; what holds a % is taken as it is. mm is the month, MM the minutes."""
    if "%" in text or text in {"iso", "unix", "unix_ms"}:
        return text
    return re.sub("|".join(_WORDS), lambda found: _WORDS[found.group()], text)


def plain(cell: Cell, formats: Formats) -> Cell:
    """The cell without white space around it and without a spreadsheet's guards; None where it is blank."""
    if cell is None:
        return None
    text = cell.strip().strip("\u00a0\ufeff")
    if not text or text in formats.blanks:
        return None
    if text.startswith('="') and (guarded := _GUARDED.fullmatch(text)):
        text = guarded.group(1).strip() or ""
        return text or None
    if text[0] == "'" and len(text) > 1 and text[1] in "0123456789+-=@":
        text = text[1:]
    if text[0] == "#" and text.lower() in ERRORS:
        raise Unfit(f"holds the spreadsheet error {text}", "Mend the formula and export again, or list the word under blanks.")
    if text is cell or text == cell:
        return cell
    return type(cell)(text) if isinstance(cell, Number | Moment) else text


def caster(role: str) -> Callable[[str, Formats], str]:
    """What makes canonical text of a cell of this role."""
    if role in MONEY:
        return lambda cell, formats: decimal(cell, formats, MONEY_PLACES)
    if role in QUANTITIES:
        return lambda cell, formats: decimal(cell, formats, QUANTITY_PLACES)
    if role in WHOLE:
        return lambda cell, formats: decimal(cell, formats, 0)
    if role in TIMES:
        return instant
    if role == "placed_at":
        return lambda cell, formats: instant(cell, formats, keep_dates=True)
    if role == "placed_date":
        return day
    if role in FLAGS:
        return flag
    if role in CURRENCIES:
        return currency
    return code if role in CODES or role.endswith("_id") else lambda cell, formats: str(cell)


def code(cell: str, formats: Formats) -> str:
    """An id or number that is text: leading zeros stay, what a spreadsheet shortened is refused."""
    if isinstance(cell, Number):
        value = Decimal(cell)
        if value != value.to_integral_value():
            return format(value.normalize(), "f")
        text = format(value, "f").partition(".")[0]
        if "e" in cell.lower() or len(text.lstrip("-")) > 15:
            raise Unfit("holds a number of more digits than a number can keep", "Store the column as text and export again.")
        return text
    if _SCIENTIFIC.fullmatch(cell):
        raise Unfit(
            "was shortened by a spreadsheet (such as 1.23E+11), so its last digits are lost",
            "Export again without opening the file in a spreadsheet, or format the column as text there.",
        )
    return str(cell)


def decimal(cell: str, formats: Formats, places: int) -> str:
    """An exact number with a point; also ``12,50-`` and ``(12,50)``, as accountants write negative ones."""
    if isinstance(cell, Number):
        try:
            return _exact(Decimal(cell), places)
        except InvalidOperation:
            raise Unfit("holds no number", "Blank it in the source, or leave the column out.") from None
    text, negative = _signed(re.sub(r"[\u00a0\u202f\u2009]", " ", cell))
    found = formats.number.fullmatch(text)
    if not found:
        raise Unfit(f"holds no number; it looks like {form(cell)}", _hint(text, formats))
    whole = re.sub(r"[^0-9]", "", found.group(1) or "0")
    fraction = found.group(2) or found.group(3) or ""
    if len(fraction) > places:
        fraction = _cut(fraction, places)
    return f"{'-' if negative else ''}{whole}{'.' + fraction if fraction else ''}"


def _signed(text: str) -> tuple[str, bool]:
    text = text.strip().replace("\u2212", "-")
    if text[:1] == "(" and text[-1:] == ")":
        return text[1:-1].strip(), True
    if text[-1:] == "-":
        return text[:-1].strip(), True
    return (text[1:].strip(), text[0] == "-") if text[:1] in {"-", "+"} else (text, False)


def _cut(fraction: str, places: int) -> str:
    if fraction[places:].strip("0"):
        raise Unfit(f"has more than {places} decimals" if places else "is no whole number", "Round it in the source: recon never rounds.")
    return fraction[:places]


def _exact(value: Decimal, places: int) -> str:
    if not value.is_finite():
        raise Unfit("holds no finite number", "Mend it in the source.")
    whole, _, fraction = format(value, "f").partition(".")
    fraction = _cut(fraction, places)
    return f"{whole}.{fraction}" if fraction else whole


def _hint(text: str, formats: Formats) -> str:
    other = "." if formats.decimal == "," else ","
    if re.fullmatch(rf"[0-9]+{re.escape(other)}[0-9]+", text) and other != formats.thousands:
        return f'If that is the decimal mark, set decimal = "{other}".'
    if re.fullmatch(r"[0-9]{1,3}([., '’][0-9]{3})+([.,][0-9]+)?", text):
        return "Say how the source writes numbers with decimal and thousands."
    return "Correct the column's name in recon.toml, or the cell in the source; words that mean nothing go under blanks."


def flag(cell: str, formats: Formats) -> str:
    """Truth in the usual words."""
    word = cell.lower()
    if isinstance(cell, Number):
        word = word.removesuffix(".0")
    if word in TRUE:
        return "true"
    if word in FALSE:
        return "false"
    raise Unfit(f"holds neither yes nor no; it looks like {form(cell)}", 'Say what its words mean: values.<column> = { "…" = "true" }.')


def currency(cell: str, formats: Formats) -> str:
    """Three letters."""
    word = cell.upper()
    if re.fullmatch("[A-Z]{3}", word):
        return word
    raise Unfit(f"holds no currency code; it looks like {form(cell)}", 'Say what its words mean: values.currency = { "€" = "EUR" }.')


def instant(cell: str, formats: Formats, *, keep_dates: bool = False) -> str:
    """A time in UTC. A date alone is midnight in the source's zone, or stays a date where the canonical table can hold one."""
    found, is_date = _moment(cell, formats)
    if is_date and keep_dates:
        return f"{found:%Y-%m-%d}"
    return _utc(found, formats)


def day(cell: str, formats: Formats) -> str:
    """A date; of a time, its day in the source's zone."""
    found, _ = _moment(cell, formats)
    if found.tzinfo is not None and formats.zone is not None:
        found = found.astimezone(formats.zone)
    return f"{found:%Y-%m-%d}"


def _moment(cell: str, formats: Formats) -> tuple[datetime, bool]:
    """The time, and whether it was a date alone."""
    patterns = formats.patterns
    if (isinstance(cell, Moment) or not patterns or "iso" in patterns) and _ISO.fullmatch(cell):
        return _iso(cell), len(cell) == 10
    for pattern in patterns:
        if pattern in {"unix", "unix_ms"}:
            if re.fullmatch(r"[0-9]{1,14}(\.[0-9]+)?", cell):
                return datetime.fromtimestamp(float(cell) / (1000 if pattern == "unix_ms" else 1), UTC), False
            continue
        try:
            found = datetime.strptime(cell, pattern)  # noqa: DTZ007 - the zone follows, from the cell or from recon.toml
        except ValueError:
            continue
        return found, not any(word in pattern for word in ("%H", "%I", "%c", "%X", "%T"))
    wanted = " or ".join(formats.date_format) or "ISO 8601, such as 2026-01-31 14:05:00"
    raise Unfit(
        f"holds no time as {wanted}; it looks like {form(cell)}",
        'Say how the source writes times, such as date_format = "dd.mm.yyyy HH:MM".',
    )


def _iso(text: str) -> datetime:
    text = text.replace(",", ".")
    for zone in _ZONES:
        if text.endswith(zone):
            text = text.removesuffix(zone).rstrip() + "+00:00"
    text = re.sub(r"\s(?=[+-][0-9:]+$)", "", text)
    text = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("holds a time that no calendar has", "Mend it in the source.") from None


def _utc(found: datetime, formats: Formats) -> str:
    if found.tzinfo is None:
        if formats.zone is None:
            raise Unfit("holds a time without a zone", 'Say in which zone it is meant, such as time_zone = "Europe/Berlin".')
        local = found.replace(tzinfo=formats.zone)
        back = local.astimezone(UTC).astimezone(formats.zone).replace(tzinfo=None)
        if abs(back - found) > timedelta(0):
            raise Unfit(
                f"holds a time that does not exist in {formats.time_zone}: clocks were put forward then",
                "Correct time_zone; the source seems to write another zone.",
            )
        found = local
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
