"""Amounts as whole minor units of the shop currency, and how each system writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MINOR_DIGITS = {"JPY": 0, "KWD": 3}
"""Currencies of the demo whose minor unit is not a hundredth (ISO 4217)."""

RATES = {
    "EUR": Decimal(1),
    "USD": Decimal("1.1617"),
    "GBP": Decimal("0.8721"),
    "JPY": Decimal("179.43"),
    "KWD": Decimal("0.35721"),
}
"""What one euro bought in each presentment currency; fixed, so that a run can be repeated."""

SHOP_CURRENCY = "EUR"


def euros(cents: int) -> Decimal:
    """Cents as an amount with two decimals."""
    return Decimal(cents).scaleb(-2)


def converted(cents: int, currency: str) -> Decimal:
    """Euro cents in another currency, rounded to what that currency can express."""
    digits = MINOR_DIGITS.get(currency, 2)
    return (euros(cents) * RATES[currency]).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def shop_text(amount: Decimal) -> str:
    """An amount as Shopify writes it: no trailing zeros, but at least one decimal (``13.5``, ``226.0``)."""
    text = f"{amount:f}".rstrip("0") if "." in f"{amount:f}" else f"{amount:f}"
    return text + "0" if text.endswith(".") else text if "." in text else text + ".0"


def money_bag(cents: int, presentment: str) -> dict[str, Any]:
    """Both sides of an amount as the shop shows them."""
    shop = shop_text(euros(cents))
    shown = shop if presentment == SHOP_CURRENCY else shop_text(converted(cents, presentment))
    return {
        "shopMoney": {"amount": shop, "currencyCode": SHOP_CURRENCY},
        "presentmentMoney": {"amount": shown, "currencyCode": presentment},
    }


def money(cents: int, currency: str = SHOP_CURRENCY) -> dict[str, str]:
    """One amount with its currency, as MoneyV2."""
    return {"amount": shop_text(euros(cents)), "currencyCode": currency}


def share(amount: int, part: int, whole: int) -> int:
    """The part of an amount in whole minor units, half up."""
    if whole == 0:
        return 0
    return int((Decimal(amount) * part / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def tax_within(gross: int, per_mille: int) -> int:
    """Tax contained in a gross amount; the rate is in tenths of a percent."""
    return share(gross, per_mille, 1000 + per_mille)


def tax_on(net: int, per_mille: int) -> int:
    """Tax on top of a net amount; the rate is in tenths of a percent."""
    return share(net, per_mille, 1000)
