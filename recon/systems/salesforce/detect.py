"""Proposes which preset fits and which field holds a shop's id. It ranks and explains; a person writes the mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from recon.config import presets
from recon.systems.base import Overlap
from recon.systems.salesforce_api.describe import Catalogue, Field, Object

# NOTE: names seen in connectors and in hand-made orgs begin with the platform and end in what is stored.
_PLATFORM = r"(?P<platform>shopify|magento|mage|woocommerce|woo|bigcommerce|bc|sfcc|b2c|demandware|omsqs|global|celigo|netsuite)"
_THING = r"(?P<thing>sales_?order|order|customer|individual|contact|account|product|variant|sku|line_?item|line|refund|location)"
_NAME = re.compile(rf"(?i)(?:^|_){_PLATFORM}.*?(?:_|(?<=[a-z0-9])(?=[A-Z]))?(?:{_THING})?.*?(?P<key>id|no|number|num|key)__c$")
_TYPES = frozenset({"string", "double", "email", "int", "textarea", "encryptedstring", "picklist", "reference", "url", "phone"})

FILLED, OVERLAP, STRANGE = 20, 60, -30
"""What a filled field, values that are keys of the shop, and values that are not, add to a score."""

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
    is_number: bool = False
    """Its values are order numbers and no ids"""

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
        candidate = Candidate(described.name, field.name, score, tuple(reasons))
        found.append(filled(candidate, fill(field.name) if fill else None))
    return sorted(found, key=lambda one: (-one.score, one.field))


def filled(one: Candidate, share: float | None) -> Candidate:
    """The candidate with the share of records in which it is filled, where that is known."""
    if share is None:
        return one
    return replace(one, score=one.score + round(FILLED * share), reasons=(*one.reasons, f"filled in {share:.0%}"))


def best(groups: Iterable[list[Candidate]], count: int = 3) -> list[Candidate]:
    """The best few of several objects."""
    return sorted((one for group in groups for one in group), key=lambda one: (-one.score, one.object, one.field))[:count]


def compared(one: Candidate, overlaps: Sequence[Overlap]) -> Candidate:
    """The candidate with what a comparison of its values with the newest snapshot says."""
    top = max(overlaps, key=lambda each: (each.share, each.key == "id"), default=None)
    if top is None or not top.share:
        return replace(one, score=one.score + STRANGE, reasons=(*one.reasons, "none of its values is in the newest snapshot of a shop"))
    what = f"{top.share:.0%} of its values are {top.key}s of {top.system}"
    return replace(one, score=one.score + round(OVERLAP * top.share), reasons=(*one.reasons, what), is_number=top.key == "number")


@dataclass(frozen=True)
class Fit:
    """How many of a preset's marks an org has."""

    preset: presets.Preset
    there: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.preset.name} ({len(self.there)} of its {len(self.preset.marks)} fields exist: {', '.join(self.there)})"


def fits(catalogue: Catalogue) -> list[Fit]:
    """Presets of which at least one mark exists, the best first: by the share of their marks, then by their number."""
    found = []
    for preset in map(presets.load, presets.names()):
        there = tuple(mark for mark in preset.marks if _exists(catalogue, mark))
        if there:
            found.append(Fit(preset, there))
    return sorted(found, key=lambda fit: (-len(fit.there) / len(fit.preset.marks), -len(fit.there), fit.preset.name))


def _exists(catalogue: Catalogue, mark: str) -> bool:
    source, _, field = mark.partition(".")
    described = catalogue.object(source)
    return described is not None and described.field(field) is not None


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
