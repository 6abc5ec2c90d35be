"""What ``recon doctor`` would choose for the mapping, and why: a preset, and for each table the field with the shop's id.

Nothing is chosen: every line says what is mapped now, what ranks highest, and what to write where that is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recon.config.mapping import Mapping as OrgMapping
from recon.config.mapping import ObjectMapping, id_fields
from recon.errors import ReconError
from recon.systems.base import Check
from recon.systems.salesforce import detect, leftovers
from recon.systems.salesforce_api import soql
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.describe import Catalogue

LIKELY = {
    "orders": ("Order", "Opportunity"),
    "order_lines": ("OrderItem",),
    "customers": ("Account", "Contact"),
    "products": ("Product2",),
}
"""Objects that are looked at besides the mapped ones."""

SAMPLE = 200
"""Newest records whose values are compared with the newest snapshot."""
CLOSE = 15
"""Points by which another field must lead before it is worth a warning."""


def run(mapping: OrgMapping, client: Client, catalogue: Catalogue) -> Iterator[Check]:
    """The preset first, then table by table, then where errors may lie."""
    yield _preset(mapping, catalogue)
    for table in detect.THINGS:
        yield from _table(table, mapping, client, catalogue)
    yield from leftovers.check(mapping, catalogue, lambda source, field: _fill(client, source, field))


def _preset(mapping: OrgMapping, catalogue: Catalogue) -> Check:
    subject, used = "proposal.preset", mapping.preset or "none"
    ranked = detect.fits(catalogue)
    if not ranked:
        return Check("ok", subject, f"The org has no field of a known integration; recon.toml uses {used}.")
    first, others = ranked[0], ranked[1:]
    behind = f" Behind it: {'; '.join(map(str, others[:2]))}." if others else ""
    if first.preset.name == used:
        return Check("ok", subject, f"{first} is used and fits best.{behind}")
    text = f"{first} would fit best; recon.toml uses {used}.{behind}"
    mapped = any(_ids(item) for item in mapping.orders)
    hint = f'If the integration is {first.preset.title}: preset = "{first.preset.name}". Nothing is chosen by itself.'
    return Check("ok" if mapped else "warn", subject, text, hint)


def _table(table: str, mapping: OrgMapping, client: Client, catalogue: Catalogue) -> Iterator[Check]:
    items: Sequence[ObjectMapping] = getattr(mapping, table)
    if not items:
        return
    ranked = _ranked(table, items, client, catalogue)
    if not ranked:
        return
    subject = f"proposal.{table}"
    mapped = [one for one in ranked if (one.object.lower(), one.field.lower()) in _mapped(items)]
    first = ranked[0]
    behind = f" Behind it: {'; '.join(str(one) for one in ranked[1:])}." if ranked[1:] else ""
    if first in mapped:
        yield Check("ok", subject, f"{first} is mapped and ranks highest.{behind}")
    elif mapped and mapped[0].score + CLOSE >= first.score:
        yield Check("ok", subject, f"{mapped[0]} is mapped; {first} ranks about as high.")
    elif mapped:
        hint = "Compare a few records by hand, then correct the mapping. Nothing is chosen by itself."
        yield Check("warn", subject, f"{mapped[0]} is mapped, but {first} ranks higher.", hint)
    elif not any(_ids(item) for item in items):
        role = "number" if first.is_number else "external_id"
        hint = f'If that is right: {role} = "{first.field}" under mapping.{table}.fields of {first.object}. Nothing is chosen by itself.'
        yield Check("warn", subject, f"No field is mapped as the shop's id. It would be {first}.{behind}", hint)


def _ranked(table: str, items: Sequence[ObjectMapping], client: Client, catalogue: Catalogue) -> list[detect.Candidate]:
    """The best few by name and marks, then ranked by what is in them."""
    objects = dict.fromkeys([*(item.object.lower() for item in items), *(name.lower() for name in LIKELY.get(table, ()))])
    groups = []
    for name in objects:
        described = catalogue.object(name)
        if described is not None:
            groups.append(detect.candidates(described, table))
    mapped = _mapped(items)
    chosen = [one for one in detect.best(groups, 100) if (one.object.lower(), one.field.lower()) in mapped]
    chosen += [one for one in detect.best(groups, 3) if one not in chosen]
    return detect.best([[_measured(one, table, client) for one in chosen]], 4)


def _measured(one: detect.Candidate, table: str, client: Client) -> detect.Candidate:
    share = _fill(client, one.object, one.field)
    found = detect.filled(one, share)
    if client.overlaps is None or share == 0:
        return found
    values = _values(client, one.object, one.field)
    return detect.compared(found, client.overlaps(table, values)) if values else found


def _mapped(items: Sequence[ObjectMapping]) -> set[tuple[str, str]]:
    return {(item.object.lower(), field.lower()) for item in items for field in _ids(item)}


def _ids(item: ObjectMapping) -> list[str]:
    """Fields by which a record of the shop is found: its id, one for each shop where there are several, or its number."""
    named = [*id_fields(item).values(), *(item.fields[role] for role in ("number",) if role in item.fields)]
    return [name for name in named if name.endswith("__c")]


def _fill(client: Client, source: str, field: str) -> float | None:
    """Share of records in which a field is filled; None where it cannot be counted."""
    try:
        total = client.count(source)
        return client.count(source, f"{soql.name(field)} != null") / total if total else None
    except ReconError:
        return None


def _values(client: Client, source: str, field: str) -> list[str]:
    """Values of the newest records; none where the field cannot be asked so."""
    name = soql.name(field)
    try:
        rows = client.rows(f"SELECT {name} FROM {soql.name(source)} WHERE {name} != null ORDER BY CreatedDate DESC LIMIT {SAMPLE}")
    except ReconError:
        return []
    return [str(row[field]) for row in rows if row.get(field) is not None]
