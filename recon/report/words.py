"""Numbers, money and times as people write them; the language of the sentences is English, the numbers follow the locale."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal, get_currency_precision

from recon.errors import ConfigError
from recon.report.model import Money

SYMBOLS = {"critical": "◆", "high": "▲", "medium": "●", "low": "○", "info": "·"}
"""Severity = symbol + word, so that it is readable without colour."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def parse_locale(name: str) -> Locale:
    """Locale of the report; raises ConfigError for one that Babel does not know."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise ConfigError(f"The locale {name!r} of [report] is not known.", "Use one such as en, en_GB, de, fr or ja.") from error


def iso(moment: datetime | None) -> str | None:
    """An aware datetime as text in UTC; naive ones are UTC already."""
    if moment is None:
        return None
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> datetime:
    """The reverse of :func:`iso`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Decimals of a currency, 2 where it is unknown."""
    return get_currency_precision(currency) if len(currency) == 3 else 2


def plain_amount(amount: Decimal, currency: str | None) -> str:
    """An amount without grouping: at least the decimals of its currency, more only where they are not zero."""
    digits = minor_digits(currency or "")
    exponent = amount.normalize().as_tuple().exponent
    used = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return format(amount.quantize(Decimal(1).scaleb(-max(digits, used))), "f")


def _in_minor_units(amount: str, currency: str) -> str:
    """A sum of findings may hold amounts that were written in the wrong currency, with more decimals than it has."""
    return str(Decimal(amount).quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_EVEN))


def plural(count: int, one: str, many: str = "") -> str:
    """The right form of a noun, without the number."""
    return one if count == 1 else many or one + "s"


def join(parts: Iterable[str]) -> str:
    """a, b and c."""
    items = list(parts)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def since(then: str | None, now: str | None) -> str:
    """How a person names the day of the run before: yesterday, Friday, 3 Nov."""
    if not then or not now:
        return "the last run"
    before, today = parse_iso(then), parse_iso(now)
    days = (today.date() - before.date()).days
    if days == 0:
        return f"{before:%H:%M} today"
    if days == 1:
        return "yesterday"
    if days < 7:
        return _DAYS[before.weekday()]
    year = "" if before.year == today.year else f" {before.year}"
    return f"{before.day} {before:%b}{year}"


class Words:
    """Formatting in one locale; handed to templates as filters."""

    def __init__(self, locale: str = "en") -> None:
        self.locale = parse_locale(locale)

    def number(self, value: int | None) -> str:
        """A whole number with separators, a dash for not known."""
        return "–" if value is None else format_decimal(value, locale=self.locale)

    def percent(self, part: int, whole: int) -> str:
        """A share with two decimals that never rounds up to 100 (or down to 0) while something differs."""
        if whole == 0:
            return "–"
        share = Decimal(part) * 100 / whole
        rounded = share.quantize(Decimal("0.01"))
        if part < whole and rounded == 100:
            rounded = Decimal("99.99")
        if part > 0 and rounded == 0:
            rounded = Decimal("0.01")
        return f"{format_decimal(rounded.normalize() if rounded == rounded.to_integral() else rounded, locale=self.locale)} %"

    def money(self, amount: str | None, currency: str | None) -> str:
        """``12,480.00 EUR``: the code follows the amount."""
        if amount is None:
            return ""
        try:
            value = Decimal(amount)
        except InvalidOperation:
            return f"{amount} {currency or ''}".strip()
        decimals = plain_amount(value, currency).partition(".")[2]
        pattern = "#,##0" + ("." + "0" * len(decimals) if decimals else "")
        return f"{format_decimal(value, format=pattern, locale=self.locale, decimal_quantization=False)} {currency or ''}".strip()

    def sums(self, amounts: Iterable[Money], most: int = 0) -> list[str]:
        """One text per currency, in whole minor units of it; with ``most`` the rest is counted in words."""
        texts = [self.money(_in_minor_units(item.amount, item.currency), item.currency) for item in amounts]
        if most and len(texts) > most:
            return [*texts[:most], f"+ {len(texts) - most} more {plural(len(texts) - most, 'currency', 'currencies')}"]
        return texts

    def signed(self, value: int) -> str:
        """A change: ▲3, ▼12 or =."""
        return "=" if value == 0 else ("▲" if value > 0 else "▼") + self.number(abs(value))

    def duration(self, seconds: float | None) -> str:
        """4 min 12 s, 3 h 5 min, 16 days."""
        if seconds is None:
            return "–"
        whole = round(seconds)
        if whole < 1:
            return "under 1 s"
        if whole >= 48 * 3600:
            return f"{self.number(round(whole / 86400))} days"
        hours, rest = divmod(whole, 3600)
        minutes, secs = divmod(rest, 60)
        parts = [(hours, "h"), (minutes, "min"), (secs if not hours else 0, "s")]
        return " ".join(f"{value} {unit}" for value, unit in parts if value)

    def hours(self, value: float | None) -> str:
        """Age of data: 12 min, 3.5 h, 4 days."""
        if value is None:
            return ""
        if value < 1:
            return f"{round(value * 60)} min"
        if value < 48:
            return f"{format_decimal(round(value, 1), locale=self.locale)} h"
        return f"{self.number(round(value / 24))} days"

    def age(self, days: int | None) -> str:
        """Age of a finding."""
        return "–" if days is None else "today" if days == 0 else f"{self.number(days)} d"


def glued(text: str) -> str:
    """Amounts and their currency stay on one line."""
    return re.sub(r"(?<=\d) (?=[A-Z]{3}\b)", "\u00a0", text)


def when(text: str | None) -> str:
    """A moment for people: 2026-11-23 09:00 UTC."""
    return f"{parse_iso(text):%Y-%m-%d %H:%M} UTC" if text else "–"


def clock(text: str | None) -> str:
    """Only the time of day."""
    return f"{parse_iso(text):%H:%M}" if text else "–"


def day(text: str | None) -> str:
    """Monday 23 Nov 2026."""
    if not text:
        return "–"
    moment = parse_iso(text)
    return f"{_DAYS[moment.weekday()]} {moment.day} {moment:%b %Y}"
