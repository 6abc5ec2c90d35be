"""Putting records into an org without asking its rules, and what every stored record gets: ids, numbers, stamps, mirrors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.derive import Row, derive, mirror_fields, sum_orders
from recon.sandbox.salesforce.schema import ObjectSpec
from recon.sandbox.salesforce.store import quoted, table
from recon.sandbox.salesforce.values import Stored, incoming

if TYPE_CHECKING:
    from recon.sandbox.salesforce.org import Org

SHARED = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp", "IsDeleted", "CurrencyIsoCode")
"""System fields that a person contact has from its account."""

PARENTS = {"OrderItem": ("Order", "OrderId"), "OpportunityLineItem": ("Opportunity", "OpportunityId")}
"""Records whose currency is that of another: object → object and field."""

Lookup = Callable[[str, str], "Row | None"]


def load(org: Org, name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Store records as they are given; see :meth:`Org.load`."""
    spec = org.objects[name]
    with org.store.transaction():
        made = [_given(org, spec, row) for row in rows]
        if not made:
            return []
        _reserve(org, spec.prefix, [row["Id"] for row in made])
        _reserve(org, "003", [row.get("PersonContactId") for row in made])
        number(org, spec, made)
        lookup = _remembering(org)
        for row in made:
            _complete(org, name, row, lookup)
        if name == "Account" and org.options["person_accounts"]:
            mirror(org, [row for row in made if row["IsPersonAccount"]])
        _insert(org, name, made)
        if name == "OrderItem":
            sum_orders(org.store, sorted({str(row["OrderId"]) for row in made}))
    return [str(row["Id"]) for row in made]


def _given(org: Org, spec: ObjectSpec, given: Mapping[str, Any]) -> Row:
    row = _empty(spec)
    for key, value in given.items():
        one = spec.fields.get(key)
        if one is None or not one.stored:
            raise ValueError(f"{spec.name} has no field {key} to load")
        if value is not None:
            row[key] = incoming(one, value, strict=False)
    for one in spec.fields.values():
        if one.default is not None and one.name not in given:
            row[one.name] = incoming(one, one.default, strict=False)
    stamp(org, row, org.admin_id)
    return row


def _complete(org: Org, name: str, row: Row, lookup: Lookup) -> None:
    """Compute what Salesforce computes, but keep a total that was given: a test may plant a wrong one."""
    total = row.get("TotalPrice")
    derive(name, row, lookup, org.options["order_statuses"])
    if total is not None:
        row["TotalPrice"] = total
    if row.get("CurrencyIsoCode", "") is None:
        owner, field = PARENTS.get(name, ("", ""))
        parent = (lookup(owner, str(row[field])) if owner else None) or {}
        row["CurrencyIsoCode"] = parent.get("CurrencyIsoCode") or org.options["currency"]


def _remembering(org: Org) -> Lookup:
    seen: dict[tuple[str, str], Row | None] = {}

    def lookup(name: str, record_id: str) -> Row | None:
        key = (name, record_id)
        if key not in seen:
            seen[key] = org.store.get(name, record_id)
        return seen[key]

    return lookup


def _empty(spec: ObjectSpec) -> Row:
    return {one.name: 0 if one.type == "boolean" else None for one in spec.fields.values() if one.stored}


def _insert(org: Org, name: str, rows: Sequence[Row], how: str = "insert") -> None:
    columns = list(rows[0])
    sql = f"{how} into {table(name)} ({', '.join(map(quoted, columns))}) values ({', '.join('?' * len(columns))})"
    org.store.many(sql, ([row[column] for column in columns] for row in rows))


def new_row(org: Org, spec: ObjectSpec, given: Mapping[str, Stored], user_id: str) -> Row:
    """A record for the API's create: defaults, stamps, id and numbers filled in; not stored yet."""
    row = _empty(spec) | {one.name: incoming(one, one.default, strict=False) for one in spec.fields.values() if one.default is not None}
    row |= given
    stamp(org, row, user_id)
    if row.get("CurrencyIsoCode", "") is None:
        row["CurrencyIsoCode"] = org.options["currency"]
    number(org, spec, [row])
    return row


def stamp(org: Org, row: Row, user_id: str) -> None:
    """Fill in who and when, where a new record does not say."""
    created = row.get("CreatedDate") or org.now_text()
    changed = row.get("LastModifiedDate") or row.get("SystemModstamp") or created
    creator = row.get("CreatedById") or user_id
    filled: Row = {
        "CreatedDate": created,
        "CreatedById": creator,
        "LastModifiedDate": changed,
        "LastModifiedById": row.get("LastModifiedById") or creator,
        "SystemModstamp": row.get("SystemModstamp") or changed,
        "OwnerId": row.get("OwnerId") or user_id,
    }
    row.update({name: value for name, value in filled.items() if name in row})


def number(org: Org, spec: ObjectSpec, rows: Sequence[Row]) -> None:
    """Mint the ids and write the auto-numbers that are missing."""
    missing = [row for row in rows if row["Id"] is None]
    for row, count in zip(missing, org.store.numbers(f"id {spec.prefix}", len(missing)), strict=True):
        row["Id"] = ids.mint(spec.prefix, count)
    for one in spec.fields.values():
        if not one.auto_number:
            continue
        empty = [row for row in rows if row[one.name] is None]
        for row, count in zip(empty, org.store.numbers(f"auto {spec.name}.{one.name}", len(empty)), strict=True):
            row[one.name] = one.auto_number.format(count)


def _reserve(org: Org, prefix: str, given: Iterable[Stored]) -> None:
    """Ids that a test brings must not be minted again later."""
    highest = max((ids.number_of(str(one), prefix) for one in given if one is not None), default=0)
    if highest:
        org.store.at_least(f"id {prefix}", highest)


def mirror(org: Org, accounts: Sequence[Row]) -> None:
    """Write the contacts of person accounts; sets PersonContactId."""
    if not accounts:
        return
    spec = org.objects["Contact"]
    pairs = mirror_fields(org.objects["Account"], spec)
    missing = [row for row in accounts if row.get("PersonContactId") is None]
    for row, count in zip(missing, org.store.numbers("id 003", len(missing)), strict=True):
        row["PersonContactId"] = ids.mint("003", count)
    contacts: list[Row] = []
    for row in accounts:
        own: Row = {"Id": row["PersonContactId"], "AccountId": row["Id"], "IsPersonAccount": 1, "Name": row["Name"]}
        shared = {name: row.get(name) for name in SHARED}
        contacts.append(_empty(spec) | own | shared | {mine: row.get(theirs) for theirs, mine in pairs.items()})
    _insert(org, "Contact", contacts, "insert or replace")
