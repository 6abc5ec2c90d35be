"""How canonical roles lie in one org: object and field of each, whether they may be written, and the org's words for canonical values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recon.config.mapping import ROLES, ObjectMapping
from recon.config.mapping import Mapping as OrgMapping
from recon.config.settings import FixSettings
from recon.fix.values import PICKLISTS, settled
from recon.systems.salesforce.plan import as_read
from recon.systems.salesforce_api.describe import Catalogue, Field, Object

REFERENCES: Mapping[tuple[str, str], str] = {
    ("orders", "customer_id"): "customers",
    ("orders", "contact_id"): "customers",
    ("order_lines", "order_id"): "orders",
    ("order_lines", "product_id"): "products",
    ("prices", "product_id"): "products",
    ("inventory_levels", "product_id"): "products",
    ("inventory_levels", "location_id"): "locations",
    ("refunds", "order_id"): "orders",
    ("fulfillments", "order_id"): "orders",
    ("fulfillments", "location_id"): "locations",
    ("fulfillment_lines", "fulfillment_id"): "fulfillments",
    ("fulfillment_lines", "line_id"): "order_lines",
    ("returns", "order_id"): "orders",
    ("subscriptions", "customer_id"): "customers",
    ("customers", "account_id"): "customers",
}
"""Roles whose value is another record."""

STRUCTURE: Mapping[str, frozenset[str]] = {
    "Order": frozenset({"AccountId", "BillToContactId", "EffectiveDate", "Status", "Pricebook2Id", "CurrencyIsoCode"}),
    "OrderItem": frozenset({"OrderId", "Product2Id", "PricebookEntryId", "Quantity", "UnitPrice"}),
    "Opportunity": frozenset({"AccountId", "CloseDate", "StageName", "Name", "Pricebook2Id", "CurrencyIsoCode"}),
    "OpportunityLineItem": frozenset({"OpportunityId", "Product2Id", "PricebookEntryId", "Quantity", "UnitPrice"}),
    "PricebookEntry": frozenset({"Pricebook2Id", "Product2Id", "UnitPrice", "CurrencyIsoCode", "IsActive", "UseStandardPrice"}),
    "Product2": frozenset({"Name", "IsActive"}),
    "Contact": frozenset({"AccountId"}),
}
"""Fields without which a new record of an object cannot be: they may be written although no role of the mapping names them."""


class No(Exception):
    """Something cannot be planned; ``code`` groups the reasons, ``reason`` is a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """One object that holds rows of a canonical table."""

    entity: str
    mapping: ObjectMapping
    described: Object

    def path(self, role: str, system: str) -> str | None:
        """The field of a role; ids may have one for each shop."""
        if role == "external_id" and system in self.mapping.external_ids:
            return self.mapping.external_ids[system]
        return self.mapping.fields.get(role)


class Target:
    """The org as corrections see it."""

    def __init__(self, mapping: OrgMapping, catalogue: Catalogue, settings: FixSettings) -> None:
        self.catalogue = catalogue
        self.settings = settings
        exact = as_read(mapping, catalogue)
        self._places: dict[str, list[Place]] = {}
        for entity in ROLES:
            for entry in exact.get(entity) or ():
                described = catalogue.object(entry["object"])
                if described is not None:
                    self._places.setdefault(entity, []).append(Place(entity, ObjectMapping.model_validate(entry), described))
        self._mapped = {
            f"{place.described.name}.{path}".lower()
            for places in self._places.values()
            for place in places
            for path in (*place.mapping.fields.values(), *place.mapping.external_ids.values())
            if "." not in path
        }

    def places(self, entity: str) -> list[Place]:
        """Objects that hold rows of a canonical table."""
        return self._places.get(entity, [])

    def place(self, entity: str, kind: str | None = None) -> Place:
        """The object of a record by its kind (person_account, contact, Order …), or of a new one; raises :class:`No`."""
        places = self.places(entity)
        if kind is not None:
            places = [one for one in places if kind.lower() in {(one.mapping.kind or "").lower(), one.described.name.lower()}] or places
        if not places:
            raise No("not_mapped", f"The mapping names no object that holds {entity.replace('_', ' ')}.")
        return places[0]

    def field(self, place: Place, role: str, system: str) -> Field | None:
        """The field of a role that can be written directly; None where the role is not mapped, or only to a parent's field."""
        path = place.path(role, system)
        return place.described.field(path) if path and "." not in path else None

    def allowed(self, described: Object, field: Field) -> bool:
        """Whether a field is on the allow-list."""
        name = f"{described.name}.{field.name}".lower()
        if name in {entry.lower() for entry in self.settings.never}:
            return False
        if self.settings.fields is not None:
            return name in {entry.lower() for entry in self.settings.fields}
        return name in self._mapped or field.name in STRUCTURE.get(described.name, frozenset()) or self._marks(described, field)

    def _marks(self, described: Object, field: Field) -> bool:
        return self.settings.duplicate_field.get(described.name, "").lower() == field.name.lower()

    def checked(self, place: Place, field: Field, value: str | None, *, new: bool) -> str | None:
        """The value as the field holds it; raises :class:`No` where it must not or cannot be written."""
        name = f"{place.described.name}.{field.name}"
        if not self.allowed(place.described, field):
            raise No("not_allowed", f"{name} is not on the list of fields that corrections may write.")
        if not (field.createable if new else field.updateable):
            raise No("not_writable", f"{name} cannot be written by this user, or by nobody.")
        held, why = settled(field, value)
        if why:
            raise No("value", f"{name}: {why}.")
        return held

    def word(self, place: Place, role: str, field: Field, value: str, current: str | None = None) -> list[str]:
        """Salesforce's words for a canonical value: one, several that mean the same, or none. The one it holds is kept."""
        chosen = self.settings.values.get(f"{place.entity}.{role}", {}).get(value)
        if chosen is not None:
            return [chosen]
        said = place.mapping.values.get(role, {})
        words = [word for word, meaning in said.items() if meaning == value]
        if role in _STATUSES:
            words += [choice for choice in field.choices if choice not in said and _plain(choice) == value]
        if current is not None and current in words:
            return [current]
        if words or (said and field.type in PICKLISTS):
            return words
        return [value]


_STATUSES = frozenset({"status", "payment_status", "fulfillment_status"})
_DEFAULTS = {"draft": "open", "activated": "open", "canceled": "cancelled"}


def _plain(word: str) -> str:
    """What staging makes of a status that the mapping says nothing about."""
    return _DEFAULTS.get(word.lower(), word.lower())


def missing_fields(described: Object, given: Iterable[str]) -> list[str]:
    """Fields that a new record must have and does not."""
    have = {name.lower() for name in given}
    return [
        one.name
        for one in described.fields.values()
        if one.createable and not one.nillable and not one.defaulted and one.type != "boolean" and one.name.lower() not in have
    ]
