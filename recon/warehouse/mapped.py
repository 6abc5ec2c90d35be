"""Views over flat raw tables with one column per role, so that staging never sees a field name.

For every canonical table of the mapping there is ``mapped.<table>`` with ``object``, ``kind``, ``id``, ``is_deleted``,
``created_at``, ``updated_at``, ``modstamp``, ``created_by``, ``master_id``, ``related_order_id``, ``life_cycle``, ``is_reduction``,
evidence, and text columns ``role_<role>``. ``external_ids`` has the key ``external_id`` and one for every system that has a field of its
own there: with a NULL where that is blank, so that a key that is missing means a system whose records carry the shared id.
Statuses come twice: ``role_status`` as held, ``value_status`` as the mapping translates it (NULL where it says nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary

import duckdb

from recon.config.mapping import GENERIC_ID, TABLE_KINDS, Mapping, ObjectMapping, id_fields, roles_of
from recon.errors import StoreError
from recon.warehouse.engine import identifier, quote

STATUS_ROLES = ("status", "payment_status", "fulfillment_status")

Columns = Dictionary[str, Sequence[str]]
"""raw stream → its columns"""


def create(con: duckdb.DuckDBPyConnection, mapping: Mapping, columns: Columns, kind: str = "salesforce") -> None:
    """Create ``mapped.*`` for one system with a mapping whose raw streams are loaded; ids are only Salesforce's in Salesforce."""
    for table, roles in roles_of(kind).items():
        objects = [entry for entry in getattr(mapping, table) if entry.object.lower() in columns]
        parts = [_object(kind, roles, entry, objects, columns[entry.object.lower()]) for entry in objects]
        con.execute(f"create or replace view mapped.{table} as {' union all by name '.join(parts) if parts else _nothing(roles)}")
    con.execute(f"create or replace view mapped.person_contacts as {_person_contacts(columns)}")
    con.execute(f"create or replace view mapped.order_summaries as {_order_summaries(columns)}")
    con.execute(f"create or replace view mapped.line_summaries as {_line_summaries(columns)}")
    con.execute(f"create or replace view mapped.field_changes as {_field_changes(columns, mapping)}")


def _object(kind: str, table_roles: Sequence[str], entry: ObjectMapping, siblings: Sequence[ObjectMapping], columns: Sequence[str]) -> str:
    known = {name.lower(): name for name in columns}
    own = kind not in TABLE_KINDS

    def column(name: str) -> str:
        return f"r.{identifier(known[name.lower()])}" if name.lower() in known else "cast(null as varchar)"

    roles = [f"{_role(entry, role, column(entry.fields[role]) if role in entry.fields else None)} as role_{role}" for role in table_roles]
    values = [f"{_value(entry, role, column(entry.fields.get(role, '')))} as value_{role}" for role in STATUS_ROLES if role in table_roles]
    select = [
        f"{quote(entry.object)} as object",
        f"{quote(entry.kind or '')} as kind",
        f"{'id18' if own else 'blank'}({column('Id')}) as id",
        f"coalesce(try_flag({column('IsDeleted')}), false) as is_deleted",
        f"try_utc({column('CreatedDate')}) as created_at",
        f"try_utc({column('LastModifiedDate')}) as updated_at",
        f"try_utc({column('SystemModstamp')}) as modstamp",
        f"id18({column('CreatedById')}) as created_by",
        f"id18({column('MasterRecordId')}) as master_id",
        f"id18({column('RelatedOrderId')}) as related_order_id",
        f"upper({column('OrderLifeCycleType')}) as life_cycle",
        f"coalesce({column('OriginalOrderItemId')}, {column('RelatedOrderItemId')}) is not null as is_reduction",
        f"{_external_ids(entry, column)} as external_ids",
        *roles,
        *values,
        "r.file" if own else f"coalesce({column('@file')}, r.file) as file",
        "r.line" if own else f"coalesce(try_cast({column('@line')} as bigint), r.line) as line",
        "r.seen_at",
    ]
    where = [*_filter(entry, known), *_persons(entry, siblings, known), *_charges(entry, known), *_summaries_of(entry, siblings, known)]
    text = f"select {', '.join(select)} from raw.{identifier(entry.object.lower())} as r"
    return f"{text} where {' and '.join(where)}" if where else text


def _external_ids(entry: ObjectMapping, column: Callable[[str], str]) -> str:
    ids = {GENERIC_ID: "cast(null as varchar)"} | {key: f"nullif(trim({column(field)}), '')" for key, field in id_fields(entry).items()}
    if not entry.external_ids:
        return f"external_ids_of({ids[GENERIC_ID]})"
    fields = ", ".join(f"{identifier(key)} := {value}" for key, value in ids.items())
    return f"case when coalesce({', '.join(ids.values())}) is not null then cast(struct_pack({fields}) as map (varchar, varchar)) end"


def _role(entry: ObjectMapping, role: str, column: str | None) -> str:
    if column is None:
        return "cast(null as varchar)"
    if role == "store" and entry.stores:
        return _translated(column, entry.stores, f"nullif(trim({column}), '')")
    if role in entry.values and role not in STATUS_ROLES:
        return _translated(column, entry.values[role], f"nullif(trim({column}), '')")
    return f"nullif(trim({column}), '')"


def _value(entry: ObjectMapping, role: str, column: str) -> str:
    if role not in entry.values or role not in entry.fields:
        return "cast(null as varchar)"
    return _translated(column, entry.values[role], "cast(null as varchar)")


def _translated(column: str, values: Dictionary[str, str], otherwise: str) -> str:
    cases = " ".join(f"when {quote(old.strip().lower())} then {quote(new)}" for old, new in values.items())
    return f"case lower(trim({column})) {cases} else {otherwise} end" if values else otherwise


def _filter(entry: ObjectMapping, known: Dictionary[str, str]) -> list[str]:
    if not entry.where_field:
        return []
    if entry.where_field.lower() not in known:
        raise StoreError(
            f"The mapping of {entry.object} takes only rows with certain values of {entry.where_field}, which the snapshot does not hold.",
            "Grant the field to the integration user, or change the mapping, and take a new snapshot.",
        )
    values = ", ".join(quote(value.strip().lower()) for value in entry.where_values)
    return [f"lower(trim(r.{identifier(known[entry.where_field.lower()])})) in ({values})"] if values else []


def _persons(entry: ObjectMapping, siblings: Sequence[ObjectMapping], known: Dictionary[str, str]) -> list[str]:
    """A person account is one person: Salesforce also answers it as a Contact, which must not be counted again."""
    if "ispersonaccount" not in known or not any(other.kind == "person_account" for other in siblings):
        return []
    flag = f"coalesce(try_flag(r.{identifier(known['ispersonaccount'])}), false)"
    return [flag if entry.kind == "person_account" else f"not {flag}"]


def _charges(entry: ObjectMapping, known: Dictionary[str, str]) -> list[str]:
    """Order Management keeps delivery and fees as lines of the order, where other orders have an amount; they are no goods."""
    if entry.object.lower() != "orderitem" or "typecode" not in known:
        return []
    return [f"coalesce(lower(r.{identifier(known['typecode'])}), 'product') <> 'charge'"]


def _summaries_of(entry: ObjectMapping, siblings: Sequence[ObjectMapping], known: Dictionary[str, str]) -> list[str]:
    """Where both orders and their summaries are mapped, an order counts once."""
    if entry.object.lower() != "ordersummary" or "originalorderid" not in known:
        return []
    if not any(other.object.lower() == "order" for other in siblings):
        return []
    original = f"id18(r.{identifier(known['originalorderid'])})"
    return [f'not exists (select 1 from raw."order" as o where id18(o."Id") = {original})']


def _order_summaries(columns: Columns) -> str:
    """Order id → its summary, where the org has Order Management."""
    names = columns.get("ordersummary", ())
    if not {"Id", "OriginalOrderId"} <= set(names):
        texts = ", ".join(f"cast(null as varchar) as {name}" for name in ("order_id", "summary_id", "life_cycle"))
        return f"select {texts}, cast(null as decimal(38, 6)) as total where false"
    alive = f"not coalesce(try_flag({_optional('IsDeleted', names)}), false)"
    return (
        'select id18("OriginalOrderId") as order_id, min(id18("Id")) as summary_id, '
        f"max(upper({_optional('OrderLifeCycleType', names)})) as life_cycle, "
        f"max(try_money({_optional('GrandTotalAmount', names)})) as total from raw.ordersummary where {alive} group by 1"
    )


def _line_summaries(columns: Columns) -> str:
    """Order line → units that are still ordered, where the org has Order Management: the line itself stays as it was placed."""
    names = columns.get("orderitemsummary", ())
    if not {"OriginalOrderItemId", "QuantityOrdered", "QuantityCanceled"} <= set(names):
        return "select cast(null as varchar) as line_id, cast(null as decimal(18, 4)) as quantity where false"
    alive = f"not coalesce(try_flag({_optional('IsDeleted', names)}), false)"
    return (
        'select id18("OriginalOrderItemId") as line_id, '
        'max(try_quantity("QuantityOrdered") - coalesce(try_quantity("QuantityCanceled"), 0)) as quantity '
        f'from raw.orderitemsummary where "OriginalOrderItemId" is not null and {alive} group by 1'
    )


def _nothing(roles: Sequence[str]) -> str:
    texts = [
        "object",
        "kind",
        "id",
        "created_by",
        "master_id",
        "related_order_id",
        "life_cycle",
        "file",
        *(f"role_{role}" for role in roles),
    ]
    texts += [f"value_{role}" for role in STATUS_ROLES if role in roles]
    select = [f"cast(null as varchar) as {name}" for name in texts]
    select += [f"cast(null as timestamp) as {name}" for name in ("created_at", "updated_at", "modstamp", "seen_at")]
    select += [
        "cast(null as boolean) as is_deleted",
        "cast(null as boolean) as is_reduction",
        "cast(null as bigint) as line",
        "external_ids_of(cast(null as varchar)) as external_ids",
    ]
    return f"select {', '.join(select)} where false"


def _person_contacts(columns: Columns) -> str:
    """Contact id → person account id, from whichever side was read."""
    parts = []
    if {"Id", "PersonContactId"} <= set(columns.get("account", ())):
        parts.append('select id18("PersonContactId") as contact_id, id18("Id") as account_id from raw.account')
    if {"Id", "AccountId", "IsPersonAccount"} <= set(columns.get("contact", ())):
        parts.append('select id18("Id") as contact_id, id18("AccountId") as account_id from raw.contact where try_flag("IsPersonAccount")')
    if not parts:
        return "select cast(null as varchar) as contact_id, cast(null as varchar) as account_id where false"
    pairs = " union all ".join(parts)
    return f"select contact_id, min(account_id) as account_id from ({pairs}) where contact_id is not null group by contact_id"


def _field_changes(columns: Columns, mapping: Mapping) -> str:
    """Rows of the history objects, with the canonical column that the field is mapped to and who it is that changed it."""
    parts = []
    for stream, names in sorted(columns.items()):
        if not stream.endswith("history") or not {"Id", "Field", "NewValue"} <= set(names):
            continue
        parent = next((name for name in names if name.endswith("Id") and name not in {"Id", "CreatedById"}), None)
        parts.append(
            f'select id18("Id") as record_id, {quote(stream.removesuffix("history").removesuffix("field"))} as object, '
            f'{f"id18({identifier(parent)})" if parent else "cast(null as varchar)"} as parent_id, "Field" as field, '
            f'{_optional("OldValue", names)} as old_value, "NewValue" as new_value, id18({_optional("CreatedById", names)}) as changed_by, '
            f"try_utc({_optional('CreatedDate', names)}) as changed_at, seen_at, file, line from raw.{identifier(stream)}"
        )
    if parts:
        rows = " union all by name ".join(parts)
        return (
            f"select h.*, k.entity, k.column_name, u.writer, coalesce(u.acts_for, []) as acts_for from ({rows}) as h "
            f"left join ({_known_fields(mapping)}) as k on h.object = k.object and lower(h.field) = k.field "
            f"left join ({_writers(columns, mapping)}) as u on h.changed_by = u.id"
        )
    texts = ["record_id", "object", "parent_id", "field", "entity", "column_name", "old_value", "new_value", "changed_by", "writer", "file"]
    select = [f"cast(null as varchar) as {name}" for name in texts]
    select += ["cast(null as timestamp) as changed_at", "cast(null as timestamp) as seen_at", "cast(null as bigint) as line"]
    select += ["cast(null as varchar[]) as acts_for"]
    return f"select {', '.join(select)} where false"


def _known_fields(mapping: Mapping) -> str:
    """(object, field) → canonical table and column. Histories name a standard lookup without the Id at its end."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for table, roles in roles_of("salesforce").items():
        for entry in getattr(mapping, table):
            for role in (role for role in roles if role in entry.fields):
                field = entry.fields[role].lower()
                name = entry.object.lower().removesuffix("__c")
                for each in {field, field.removesuffix("id")} if field.endswith("id") else {field}:
                    found.setdefault((name, each), (table, role))
    rows = [f"({', '.join(map(quote, (*key, *value)))})" for key, value in sorted(found.items())]
    columns = "(object, field, entity, column_name)"
    return f"select * from (values {', '.join(rows)}) as v {columns}" if rows else f"select * from (values ('', '', '', '')) as v {columns}"


def _writers(columns: Columns, mapping: Mapping) -> str:
    """Users with their names and the systems that they write for, by name or id as the mapping says it."""
    said = [(who.strip().lower(), systems) for who, systems in sorted(mapping.writers.items())]
    lists = [f"when {{key}} = {quote(who)} then [{', '.join(map(quote, systems))}]" for who, systems in said]

    def acts(*keys: str) -> str:
        cases = " ".join(case.format(key=key) for key in keys for case in lists)
        return f"case {cases} else cast([] as varchar[]) end" if cases else "cast([] as varchar[])"

    if {"Id", "Name"} <= set(columns.get("user", ())):
        ids = ('lower(id18(r."Id"))', 'lower(trim(r."Name"))')
        return f'select id18(r."Id") as id, r."Name" as writer, {acts(*ids)} as acts_for from raw."user" as r'
    given = ", ".join(f"({quote(who)})" for who in mapping.writers) or "('')"
    return (
        f"select id18(v.id) as id, cast(null as varchar) as writer, {acts('lower(id18(v.id))')} as acts_for from (values {given}) as v (id)"
    )


def _optional(name: str, names: Sequence[str]) -> str:
    return identifier(name) if name in names else "cast(null as varchar)"
