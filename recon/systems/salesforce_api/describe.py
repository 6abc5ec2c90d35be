"""What an org has, from describe: the only source of names that go into queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.errors import Refusal

UNREADABLE_TYPES = {"address": "a compound field", "location": "a compound field", "base64": "a file"}
"""Types that a flat read leaves out: Bulk API refuses compound fields, whose parts are fields of their own."""


@dataclass(frozen=True)
class Field:
    """One field as the integration user sees it."""

    name: str
    label: str
    type: str
    relationship: str | None
    targets: tuple[str, ...]
    external_id: bool
    unique: bool
    length: int
    createable: bool = False
    updateable: bool = False
    nillable: bool = True
    defaulted: bool = False
    scale: int = 0
    digits: int = 0
    """of the whole number: precision less scale; 0 where the type has none"""
    choices: tuple[str, ...] = ()
    """active values of a picklist"""

    @property
    def readable(self) -> bool:
        """Whether it can stand in a select list."""
        return self.type not in UNREADABLE_TYPES


@dataclass(frozen=True)
class Object:
    """One sObject; ``fields`` by lower-case name, since SOQL does not tell cases apart."""

    name: str
    label: str
    fields: Mapping[str, Field]
    prefix: str | None = None
    """the first three characters of every id"""
    createable: bool = False
    updateable: bool = False
    deletable: bool = False

    def field(self, name: str) -> Field | None:
        """A field by name; None where it does not exist or field-level security hides it."""
        return self.fields.get(name.lower())


class Catalogue:
    """Objects and fields of one org, asked for when first needed and then remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._names: dict[str, str] | None = None
        self._objects: dict[str, Object | None] = {}

    def names(self) -> Mapping[str, str]:
        """Lower-case name → API name of every object that can be queried."""
        if self._names is None:
            entries = self._client.get("sobjects", needs="sobjects")["sobjects"]
            self._names = {str(entry["name"]).lower(): str(entry["name"]) for entry in entries if entry.get("queryable", True)}
        return self._names

    def object(self, name: str) -> Object | None:
        """An object by name; None where the org does not have it or hides it from the user."""
        key = name.lower()
        if key not in self._objects:
            self._objects[key] = self._describe(self.names()[key]) if key in self.names() else None
        return self._objects[key]

    def path(self, source: Object, path: str) -> tuple[str, Field] | None:
        """A field, also through one relationship: its exact API path and the field at the end."""
        first, _, rest = path.partition(".")
        if not rest:
            field = source.field(first)
            return (field.name, field) if field else None
        lookup = next((one for one in source.fields.values() if (one.relationship or "").lower() == first.lower()), None)
        for target in lookup.targets if lookup else ():
            parent = self.object(target)
            field = parent.field(rest) if parent else None
            if lookup and field:
                return f"{lookup.relationship}.{field.name}", field
        return None

    def reaches(self, source: Object, path: str) -> bool:
        """Whether a path over any number of relationships leads to a field that the user sees."""
        first, _, rest = path.partition(".")
        if not rest:
            return source.field(first) is not None
        lookup = next((one for one in source.fields.values() if (one.relationship or "").lower() == first.lower()), None)
        parents = [self.object(target) for target in lookup.targets] if lookup else []
        return any(parent is not None and self.reaches(parent, rest) for parent in parents)

    def _describe(self, name: str) -> Object | None:
        try:
            data = self._client.get(f"sobjects/{name}/describe", needs="fields")
        except Refusal as refusal:
            if refusal.code in {"NOT_FOUND", "INVALID_TYPE"}:
                return None
            raise
        fields = [_field(entry) for entry in data["fields"] if not entry.get("deprecatedAndHidden")]
        by_name = {field.name.lower(): field for field in fields}
        rights = {word: bool(data.get(word)) for word in ("createable", "updateable", "deletable")}
        prefix = data.get("keyPrefix") or None
        return Object(str(data.get("name") or name), str(data.get("label") or name), by_name, prefix, **rights)


def _field(entry: Mapping[str, Any]) -> Field:
    return Field(
        name=str(entry["name"]),
        label=str(entry.get("label") or entry["name"]),
        type=str(entry.get("type") or ""),
        relationship=entry.get("relationshipName"),
        targets=tuple(entry.get("referenceTo") or ()),
        external_id=bool(entry.get("externalId")),
        unique=bool(entry.get("unique")),
        length=int(entry.get("length") or 0),
        createable=bool(entry.get("createable")),
        updateable=bool(entry.get("updateable")),
        nillable=bool(entry.get("nillable", True)),
        defaulted=bool(entry.get("defaultedOnCreate")),
        scale=int(entry.get("scale") or 0),
        digits=int(entry.get("precision") or 0) - int(entry.get("scale") or 0),
        choices=tuple(str(one["value"]) for one in entry.get("picklistValues") or () if one.get("active", True)),
    )
