"""Proposes where an integration leaves what it could not write: error fields of mapped objects, and objects of faults.

Names are all there is to go by, so nothing is chosen; ``recon doctor`` shows what to write where it is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recon.config.mapping import ROLES
from recon.config.mapping import Mapping as OrgMapping
from recon.systems.base import Check
from recon.systems.salesforce_api.describe import Catalogue, Object

_WRITER = r"(sync|integration|interface|connector|import|inbound|shopify|magento|woo|bigcommerce|sfcc|celigo|mule|netsuite|erp)"
_FAULT = r"(error|fail|exception|dead_?letter)"
_NAME = re.compile(rf"(?i)({_WRITER}.*{_FAULT}|{_FAULT}.*{_WRITER}).*__c$")
_TEXTS = frozenset({"string", "textarea"})
_PARTS: tuple[tuple[str, frozenset[str], re.Pattern[str]], ...] = (
    ("message", _TEXTS, re.compile(r"(?i)message|error|exception|detail|reason|text")),
    (
        "target_id",
        _TEXTS,
        re.compile(r"(?i)(record|source|target|external|order|customer|key).*(id|key|no|number)__c$|(record|source)_?id"),
    ),
    ("occurred_at", frozenset({"datetime"}), re.compile(r"(?i)(_at|date|time|stamp)__c$|happened|occurred")),
    ("is_resolved", frozenset({"boolean", "picklist"}), re.compile(r"(?i)resolved|handled|done|fixed|processed|closed")),
)
"""Role → types and names of the fields of a fault that may play it"""
_LIMIT = 3


@dataclass(frozen=True)
class Place:
    """An object with the fields that would be mapped, role by role; ``is_field``: its records carry their error themselves."""

    object: str
    fields: dict[str, str]
    is_field: bool

    def __str__(self) -> str:
        return f"{self.object}.{self.fields['message']}" if self.is_field else self.object

    @property
    def lines(self) -> str:
        """What to write into recon.toml."""
        fields = ", ".join(f'{role} = "{name}"' for role, name in self.fields.items())
        return f'object = "{self.object}", fields = {{ {fields} }}'


def places(mapping: OrgMapping, catalogue: Catalogue) -> list[Place]:
    """Error fields of the mapped objects, then objects that are named like a store of faults."""
    mapped = dict.fromkeys(item.object.lower() for table in ROLES if table != "write_errors" for item in getattr(mapping, table))
    objects = [described for name in mapped if (described := catalogue.object(name))]
    found = [place for described in objects for place in _fields(described)]
    for name, exact in sorted(catalogue.names().items()):
        if name not in mapped and _NAME.search(exact) and (described := catalogue.object(name)):
            found += _faults(described)
    return found


def _fields(described: Object) -> Iterator[Place]:
    for field in described.fields.values():
        if field.type in _TEXTS and _NAME.search(field.name):
            stem = field.name.removesuffix("__c").lower()
            when = next(
                (one.name for one in described.fields.values() if one.type == "datetime" and one.name.lower().startswith(stem)), None
            )
            yield Place(described.name, {"message": field.name} | ({"occurred_at": when} if when else {}), is_field=True)


def _faults(described: Object) -> Iterator[Place]:
    fields: dict[str, str] = {}
    for role, types, name in _PARTS:
        chosen = [one.name for one in described.fields.values() if one.type in types and one.name.endswith("__c") and name.search(one.name)]
        fields |= {role: chosen[0]} if chosen and chosen[0] not in fields.values() else {}
    if "message" in fields:
        yield Place(described.name, fields, is_field=False)


def check(mapping: OrgMapping, catalogue: Catalogue, fill: Callable[[str, str], float | None]) -> Iterator[Check]:
    """One line where the org seems to have such places; ``fill`` gives the share of records in which a field is filled."""
    subject = "proposal.write_errors"
    known = {(item.object.lower(), item.fields.get("message", "").lower()) for item in mapping.write_errors}
    found = places(mapping, catalogue)
    others = [place for place in found if (place.object.lower(), place.fields["message"].lower()) not in known][:_LIMIT]
    if not others:
        used = [str(place) for place in found]
        if used:
            yield Check(
                "ok", subject, f"{', '.join(used)} may hold errors of the integration and {'is' if len(used) == 1 else 'are'} mapped."
            )
        return
    named = []
    for place in others:
        share = fill(place.object, place.fields["message"]) if place.is_field else None
        named.append(f"{place}{'' if share is None else f' (filled in {share:.0%})'}")
    text = f"Errors of the integration may lie in {', '.join(named)}, which {'is' if len(named) == 1 else 'are'} not mapped."
    hint = f"If that is right, add under mapping.write_errors: {'; '.join(place.lines for place in others)}. Nothing is chosen by itself."
    yield Check("ok" if mapping.write_errors else "warn", subject, text, hint)
