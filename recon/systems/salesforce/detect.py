"""Proposes which field holds a shop's id. It ranks and explains; a person writes the mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recon.systems.salesforce_api.describe import Field, Object

# NOTE: names seen in connectors and in hand-made orgs begin with the platform and end in what is stored.
_PLATFORM = r"(?P<platform>shopify|magento|mage|woocommerce|woo|bigcommerce|bc|sfcc|b2c|demandware|omsqs|global|celigo|netsuite)"
_THING = r"(?P<thing>sales_?order|order|customer|individual|contact|account|product|variant|sku|line_?item|line|refund|location)"
_NAME = re.compile(rf"(?i)(?:^|_){_PLATFORM}.*?(?:_|(?<=[a-z0-9])(?=[A-Z]))?(?:{_THING})?.*?(?P<key>id|no|number|num|key)__c$")
_TYPES = frozenset({"string", "double", "email", "int", "textarea", "encryptedstring", "picklist", "reference", "url", "phone"})

THINGS = {
    "orders": ("order", "salesorder", "sales_order"),
    "order_lines": ("line", "lineitem", "line_item"),
    "customers": ("customer", "individual", "contact", "account"),
    "products": ("product", "variant", "sku"),
    "refunds": ("refund",),
    "locations": ("location",),
}


@dataclass(frozen=True)
class Candidate:
    """A field that may hold the shop's id; ``score`` only orders candidates, ``reasons`` say what speaks for it."""

    object: str
    field: str
    score: int
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.object}.{self.field} ({', '.join(self.reasons)})"


def candidates(described: Object, table: str, fill: Callable[[str], float | None] | None = None) -> list[Candidate]:
    """Candidates for the role external_id of a canonical table, best first.

    ``fill`` returns the share of records in which a field is filled (None: not known); it costs a query for each field, so only
    fields that look right are asked for.
    """
    found = []
    for field in described.fields.values():
        rated = _rate(field, table)
        if rated is None:
            continue
        score, reasons = rated
        share = fill(field.name) if fill else None
        if share is not None:
            score += round(20 * share)
            reasons.append(f"filled in {share:.0%}")
        found.append(Candidate(described.name, field.name, score, tuple(reasons)))
    return sorted(found, key=lambda one: (-one.score, one.field))


def best(groups: Iterable[list[Candidate]], count: int = 3) -> list[Candidate]:
    """The best few of several objects."""
    return sorted((one for group in groups for one in group), key=lambda one: (-one.score, one.object, one.field))[:count]


def _rate(field: Field, table: str) -> tuple[int, list[str]] | None:
    named = _NAME.search(field.name)
    custom = field.name.endswith("__c")
    if field.type not in _TYPES or not custom or not (named or field.external_id):
        return None
    score, reasons = 0, []
    if field.external_id:
        score += 40
        reasons.append("external id")
    if field.unique:
        score += 20
        reasons.append("unique")
    if named:
        score += 30
        reasons.append("named like a shop's key")
        score += _fit(named, table)
    if field.type == "double":
        score -= 10
        reasons.append("a number: large ids lose digits")
    return score, reasons


def _fit(named: re.Match[str], table: str) -> int:
    """Whether the name speaks of this table, and of an id rather than a number."""
    thing = (named["thing"] or "").lower()
    wanted = THINGS.get(table, ())
    fit = 20 if thing in wanted else (0 if not thing else -40)
    return fit + (5 if named["key"].lower() in {"id", "key"} else -5)
