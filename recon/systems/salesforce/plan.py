"""Which objects of an org are read, and with which columns: as few as the mapping needs, so that quotas stay free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recon.config.mapping import ROLES, ObjectMapping
from recon.config.mapping import Mapping as OrgMapping
from recon.systems.salesforce_api.describe import UNREADABLE_TYPES, Catalogue, Object
from recon.systems.salesforce_api.plan import SYSTEM_FIELDS, Plan, cursor_of, readable

USEFUL: Mapping[str, tuple[str, ...]] = {
    "Account": ("Name", "ParentId", "MasterRecordId", "IsPersonAccount", "PersonContactId"),
    "Contact": ("AccountId", "MasterRecordId", "IsPersonAccount"),
    "Order": (
        "OrderNumber", "Status", "StatusCode", "Type", "EffectiveDate", "AccountId", "BillToContactId", "Pricebook2Id", "TotalAmount",
        "OriginalOrderId", "IsReductionOrder", "RelatedOrderId", "RelatedOrderType", "OrderReferenceNumber",
        "ActivatedDate",
    ),
    "OrderItem": (
        "OrderId", "Product2Id", "PricebookEntryId", "Quantity", "UnitPrice", "TotalPrice", "OriginalOrderItemId", "RelatedOrderItemId",
        "Type", "TypeCode",
    ),
    "Product2": ("Name", "ProductCode", "StockKeepingUnit", "IsActive", "IsArchived", "ProductClass"),
    "Pricebook2": ("Name", "IsActive", "IsStandard"),
    "PricebookEntry": ("Pricebook2Id", "Product2Id", "UnitPrice", "UseStandardPrice", "IsActive"),
    "ProductItem": ("Product2Id", "LocationId", "QuantityOnHand"),
    "Location": ("Name", "LocationType", "IsInventoryLocation", "ExternalReference"),
    "OrderSummary": ("OrderNumber", "OriginalOrderId", "Status", "OrderLifeCycleType", "AccountId", "GrandTotalAmount", "OrderedDate"),
    "OrderItemSummary": ("OrderSummaryId", "OriginalOrderItemId", "QuantityOrdered", "QuantityCanceled"),
    "Opportunity": ("Name", "AccountId", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon"),
    "OpportunityLineItem": ("OpportunityId", "Product2Id", "PricebookEntryId", "Quantity", "UnitPrice", "TotalPrice"),
    "User": ("Name", "UserType", "IsActive"),
}  # fmt: skip
"""Standard fields that explain a finding and cost little; read where the org shows them."""

COMPANIONS = {"Order": ("OrderSummary",), "OrderItem": ("OrderItemSummary",), "PricebookEntry": ("Pricebook2",)}
"""Objects read beside a mapped one, where the org has them."""

IMPLIED: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("customers", "Account"): {"merged_into": "MasterRecordId", "is_person_account": "IsPersonAccount"},
    ("customers", "Contact"): {"merged_into": "MasterRecordId", "is_person_account": "IsPersonAccount", "account_id": "AccountId"},
    ("orders", "Order"): {"original_order_id": "OriginalOrderId"},
    ("order_lines", "OrderItem"): {"order_id": "OrderId", "product_id": "Product2Id"},
    ("order_lines", "OpportunityLineItem"): {"order_id": "OpportunityId", "product_id": "Product2Id"},
    ("prices", "PricebookEntry"): {"product_id": "Product2Id"},
    ("inventory_levels", "ProductItem"): {"product_id": "Product2Id", "location_id": "LocationId"},
}
"""Roles that the vendor's own data model fixes: nothing about them is a choice, so a mapping need not name them."""

PERSONAL_ROLES = frozenset({"email", "phone", "first_name", "last_name", "address1", "address2", "city", "postal_code", "note", "message"})
PERSONAL_FIELDS = frozenset({("Account", "Name"), ("User", "Name"), ("Opportunity", "Name")})

TITLES = {"OrderItem": "Order lines", "Product2": "Products", "Pricebook2": "Price books", "PricebookEntry": "Prices", "User": "Users"}


@dataclass(frozen=True)
class Gap:
    """A mapped field that cannot be read; ``role`` is ``where_field`` for the field that chooses rows."""

    table: str
    object: str
    role: str
    field: str
    reason: str


def applicable(mapping: OrgMapping, catalogue: Catalogue) -> OrgMapping:
    """The mapping without what an org that has no person accounts cannot have: there every contact is a plain one."""
    account = catalogue.object("Account")
    if account is None or account.field("IsPersonAccount"):
        return mapping
    return mapping.model_copy(update={"customers": _plain(mapping.customers), "companies": _plain(mapping.companies)})


def _plain(items: Iterable[ObjectMapping]) -> list[ObjectMapping]:
    kept: list[ObjectMapping] = []
    for item in items:
        if (item.where_field or "").lower() != "ispersonaccount":
            kept.append(item)
        elif [value.lower() for value in item.where_values] == ["false"]:
            kept.append(item.model_copy(update={"where_field": None, "where_values": ()}))
    return kept


def plans(mapping: OrgMapping, catalogue: Catalogue) -> dict[str, Plan]:
    """Stream name → plan: mapped objects first, then their companions and histories, then users."""
    found: dict[str, Plan] = {}
    for name in _wanted(mapping, catalogue):
        described = catalogue.object(name)
        if described is not None:
            found[described.name.lower()] = _plan(described, mapping, catalogue)
    histories = [history for plan in list(found.values()) if plan.entities for history in _history(plan.source, catalogue)]
    for described in histories:
        found[described.name.lower()] = _history_plan(described)
    users = catalogue.object("User")
    if users is not None:
        found["user"] = _plan(users, mapping, catalogue)
    return found


def not_covered(mapping: OrgMapping, catalogue: Catalogue) -> dict[str, str]:
    """Canonical table → why this org does not offer it."""
    reasons = {}
    for table in ROLES:
        objects: list[ObjectMapping] = getattr(mapping, table)
        why = [_unusable(item, catalogue) for item in objects]
        if not objects:
            reasons[table] = f"The mapping names no object that holds {table.replace('_', ' ')}."
        elif all(why):
            reasons[table] = " ".join(dict.fromkeys(why))
    return reasons


def absent(mapping: OrgMapping) -> set[str]:
    """Tables of :func:`not_covered` that no object is mapped to."""
    return {table for table in ROLES if not getattr(mapping, table)}


def as_read(mapping: OrgMapping, catalogue: Catalogue) -> dict[str, Any]:
    """The mapping as plain JSON with exact API names and the implied roles, without objects that cannot be read.

    A field that cannot be read keeps its name, so that whoever misses its column finds the reason in the stream's ``unreadable``.
    """
    result: dict[str, Any] = {"preset": mapping.preset, "writers": dict(mapping.writers)}
    for table in ROLES:
        result[table] = [
            _exact(table, item, described, catalogue)
            for item in getattr(mapping, table)
            if (described := catalogue.object(item.object)) is not None and not _unusable(item, catalogue)
        ]
    return result


def missing(mapping: OrgMapping, catalogue: Catalogue) -> Iterator[Gap]:
    """Every mapped field that cannot be read."""
    for table in ROLES:
        for item in getattr(mapping, table):
            described = catalogue.object(item.object)
            if described is None:
                continue
            for role, path in _named(item):
                reason = _why_not(path, described, catalogue)
                if reason:
                    yield Gap(table, described.name, role, path, reason)


def _wanted(mapping: OrgMapping, catalogue: Catalogue) -> list[str]:
    mapped = [item.object for table in ROLES for item in getattr(mapping, table)]
    exact = [catalogue.names().get(name.lower(), name) for name in mapped]
    return list(dict.fromkeys([*exact, *(other for name in exact for other in COMPANIONS.get(name, ()))]))


def _named(item: ObjectMapping) -> Iterator[tuple[str, str]]:
    yield from item.fields.items()
    yield from ((f"external_ids.{system}", path) for system, path in item.external_ids.items())
    if item.where_field:
        yield "where_field", item.where_field


def _unusable(item: ObjectMapping, catalogue: Catalogue) -> str:
    """Why an object cannot be used at all; empty where it can."""
    described = catalogue.object(item.object)
    if described is None:
        return f"{item.object} cannot be queried: it does not exist, or the integration user has no read permission on it."
    reason = _why_not(item.where_field, described, catalogue) if item.where_field else ""
    return f"Which rows of {described.name} belong here cannot be told: {reason}" if reason else ""


def _why_not(path: str, described: Object, catalogue: Catalogue) -> str:
    """Why a mapped field cannot be read; empty where it can."""
    found = catalogue.path(described, path)
    if found is None:
        return f"{described.name}.{path} does not exist, or field-level security hides it from the integration user."
    if not found[1].readable:
        return f"{described.name}.{path} is {UNREADABLE_TYPES[found[1].type]}, which cannot be read as one value."
    return ""


def _plan(described: Object, mapping: OrgMapping, catalogue: Catalogue) -> Plan:
    columns = readable(described, (*SYSTEM_FIELDS, "CurrencyIsoCode", *USEFUL.get(described.name, ("Name",))))
    entities: list[str] = []
    personal = [name for name in columns if (described.name, name) in PERSONAL_FIELDS]
    unreadable = {gap.field: gap.reason for gap in missing(mapping, catalogue) if gap.object == described.name}
    for table in ROLES:
        for item in getattr(mapping, table):
            if item.object.lower() != described.name.lower():
                continue
            entities.append(table)
            for role, path in (*_named(item), *IMPLIED.get((table, described.name), {}).items()):
                found = catalogue.path(described, path)
                if found is not None and found[1].readable:
                    columns.append(found[0])
                    personal += [found[0]] if role in PERSONAL_ROLES else []
    return Plan(
        source=described.name,
        columns=tuple(dict.fromkeys(columns)),
        cursor=cursor_of(described),
        entities=tuple(dict.fromkeys(entities)),
        personal=tuple(dict.fromkeys(personal)),
        title=TITLES.get(described.name, _plural(described.label)),
        unreadable=unreadable,
    )


def _history(source: str, catalogue: Catalogue) -> Iterator[Object]:
    """The history object of an object, where field history is switched on. OpportunityFieldHistory is named differently."""
    name = f"{source.removesuffix('__c')}__History" if source.endswith("__c") else f"{source}History"
    for candidate in (name, f"{source}FieldHistory"):
        described = catalogue.object(candidate)
        if described is not None:
            yield described
            return


def _history_plan(described: Object) -> Plan:
    parents = [one.name for one in described.fields.values() if one.type == "reference" and one.name != "CreatedById"]
    columns = readable(described, ("Id", "IsDeleted", *parents, "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate"))
    return Plan(
        source=described.name,
        columns=tuple(columns),
        cursor="CreatedDate",
        entities=("field_changes",),
        personal=tuple(name for name in ("OldValue", "NewValue") if name in columns),
        title=_plural(described.label),
    )


def _exact(table: str, item: ObjectMapping, described: Object, catalogue: Catalogue) -> dict[str, Any]:
    implied = {role: path for role, path in IMPLIED.get((table, described.name), {}).items() if described.field(path)}
    fields = {**implied, **_currency(table, described), **item.fields}
    return {
        **item.model_dump(mode="json"),
        "object": described.name,
        "fields": {role: _exact_path(path, described, catalogue) for role, path in fields.items()},
        "external_ids": {system: _exact_path(path, described, catalogue) for system, path in item.external_ids.items()},
        "where_field": _exact_path(item.where_field, described, catalogue) if item.where_field else None,
    }


def _exact_path(path: str, described: Object, catalogue: Catalogue) -> str:
    """The field as the org spells it; one that cannot be read keeps its name."""
    found = catalogue.path(described, path)
    return found[0] if found is not None else path


def _currency(table: str, described: Object) -> dict[str, str]:
    """In an org with several currencies every record has its own; in others the field does not exist."""
    return {"currency": "CurrencyIsoCode"} if "currency" in ROLES[table] and described.field("CurrencyIsoCode") else {}


def _plural(label: str) -> str:
    return label if label.endswith(("s", "y")) else f"{label}s"
