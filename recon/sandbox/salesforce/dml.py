"""Writes through the API: what is checked, in which order, and what each leaves behind.

Every write that succeeds adds one row to the table ``effects`` (who, when, which request, fields before and after), and one
row per tracked field to the object's history. A write that fails leaves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import ids, loading, rules
from recon.sandbox.salesforce.derive import Row, derive, full_name, sum_orders
from recon.sandbox.salesforce.schema import FieldSpec, ObjectSpec
from recon.sandbox.salesforce.store import quoted, table
from recon.sandbox.salesforce.values import Problem, Stored, incoming

if TYPE_CHECKING:
    from recon.sandbox.salesforce.org import Org

STAMPS = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"})


class SeveralMatches(Problem):
    """More than one record has the external id; ``found`` are their ids."""

    def __init__(self, field: str, found: tuple[str, ...]) -> None:
        message = f"{field}: more than one record found for external id field: [{', '.join(found)}]"
        super().__init__("DUPLICATE_EXTERNAL_ID", message, (field,))
        self.found = found


class Dml:
    """Writes of one request by one user."""

    def __init__(self, org: Org, *, user_id: str, request_id: int = 0, faults: Faults | None = None, allow_save: bool = False) -> None:
        self.org = org
        self.store = org.store
        self.user_id = user_id
        self.request_id = request_id
        self.faults = faults
        self.allow_save = allow_save

    # what the rest asks

    def spec(self, name: str) -> ObjectSpec:
        """The object as the user sees it; raises NOT_FOUND."""
        found = self.org.visible().get(name.lower())
        if found is None:
            raise Problem("NOT_FOUND", "The requested resource does not exist", http=404)
        return found

    def status_code(self, order: Mapping[str, Stored]) -> str:
        """Category of an order's status."""
        return str(self.org.options["order_statuses"].get(str(order.get("Status")), "Draft"))

    def is_activated(self, order_id: str) -> bool:
        """Whether an order is activated."""
        return self.status_code(self.store.get("Order", order_id) or {}) == "Activated"

    def has_lines(self, order_id: str) -> bool:
        """Whether an order has order products."""
        return self.store.one(f"select 1 from {table('OrderItem')} where OrderId = ? and IsDeleted = 0 limit 1", (order_id,)) is not None

    def by_key(self, spec: ObjectSpec, field_name: str, value: Any) -> str | None:
        """Id of the one record that is not deleted and has the value; raises :class:`SeveralMatches`, NOT_FOUND for no such key."""
        one = spec.find(field_name)
        if one is None or not one.is_key:
            message = f"Provided external ID field does not exist or is not accessible: {field_name}"
            raise Problem("NOT_FOUND", message, http=404)
        kept = incoming(one, value, strict=False)
        if one.type == "id":
            kept = ids.normal(str(value))
        if kept is None:
            return None
        found = [row for row in self.store.find(spec.name, one.name, kept) if not row.get("IsDeleted")]
        if len(found) > 1:
            raise SeveralMatches(one.name, tuple(str(row["Id"]) for row in found))
        return str(found[0]["Id"]) if found else None

    # writes

    def create(self, name: str, fields: Mapping[str, Any], *, from_csv: bool = False) -> str:
        """Store a new record; returns its id."""
        spec = self.spec(name)
        if not spec.createable:
            raise Problem("INVALID_TYPE_FOR_OPERATION", f"entity type {spec.name} does not support create")
        with self.store.transaction():
            given = self._given(spec, fields, creating=True, from_csv=from_csv)
            self._struck("create", spec, str(next(iter(given.values()), "")), given)
            self._required(spec, given)
            full = self.org.objects[spec.name]
            row = loading.new_row(self.org, full, given, self.user_id)
            rules.before_create(self, spec.name, row, given)
            derive(spec.name, row, self.store.get, self.org.options["order_statuses"])
            self._unique(spec, given, None)
            if spec.name == "Account" and row["IsPersonAccount"]:
                loading.mirror(self.org, [row])
            self.store.insert(spec.name, row)
            record_id = str(row["Id"])
            self._after(spec.name, row)
            self._effect(spec.name, record_id, "create", {}, {key: row[key] for key in given})
            self._history(spec.name, record_id, {"created": (None, None)})
        return record_id

    def update(self, name: str, record_id: str, fields: Mapping[str, Any], *, from_csv: bool = False) -> None:
        """Change a record. LastModifiedDate and SystemModstamp move even when every value stays, as with the vendor."""
        spec = self.spec(name)
        if not spec.updateable:
            raise Problem("INVALID_TYPE_FOR_OPERATION", f"entity type {spec.name} does not support update")
        with self.store.transaction():
            old = self.existing(spec, record_id)
            given = self._given(spec, fields, creating=False, from_csv=from_csv)
            self._struck("update", spec, str(old["Id"]), given)
            self._not_emptied(spec, given)
            changes = {key: value for key, value in given.items() if old[key] != value}
            rules.before_update(self, spec.name, old, changes)
            self._unique(spec, changes, str(old["Id"]))
            row: Row = {**old, **given}
            derive(spec.name, row, self.store.get, self.org.options["order_statuses"])
            self._activate(spec.name, old, row)
            now = self.org.now_text()
            row |= {"LastModifiedDate": now, "LastModifiedById": self.user_id, "SystemModstamp": now}
            self.store.update(spec.name, str(old["Id"]), {key: value for key, value in row.items() if old[key] != value})
            if spec.name == "Account" and row["IsPersonAccount"]:
                loading.mirror(self.org, [row])
            self._after(spec.name, row)
            self._effect(spec.name, str(old["Id"]), "update", {key: old[key] for key in given}, dict(given))
            self._history(spec.name, str(old["Id"]), {key: (old[key], value) for key, value in changes.items()})

    def upsert(
        self, name: str, key: str, value: Any, fields: Mapping[str, Any], *, update_only: bool = False, from_csv: bool = False
    ) -> tuple[str, bool]:
        """Update the record with this external id, or create one; returns its id and whether it is new."""
        spec = self.spec(name)
        one = spec.find(key)
        found = self.by_key(spec, key, value) if value not in {None, ""} or one is None else None
        rest = {field: sent for field, sent in fields.items() if field.lower() != key.lower()}
        if found is not None:
            self.update(name, found, rest, from_csv=from_csv)
            return found, False
        if update_only or (one is not None and one.type == "id" and value):
            raise Problem("NOT_FOUND", "The requested resource does not exist", http=404)
        if one is not None and one.type != "id":
            if value in {None, ""}:
                raise Problem("MISSING_ARGUMENT", f"{one.name} not specified", (one.name,))
            rest = {one.name: value, **rest}
        return self.create(name, rest, from_csv=from_csv), True

    def delete(self, name: str, record_id: str) -> None:
        """Put a record and what hangs on it into the recycle bin."""
        spec = self.spec(name)
        if not spec.deletable:
            raise Problem("INSUFFICIENT_ACCESS_OR_READONLY", f"entity type {spec.name} does not support delete")
        with self.store.transaction():
            old = self.existing(spec, record_id)
            self._struck("delete", spec, str(old["Id"]), old)
            rules.before_delete(self, spec.name, old)
            self._bin(spec.name, old, self.org.now_text())

    def existing(self, spec: ObjectSpec, record_id: str) -> Row:
        """A record that is not deleted; raises the vendor's errors for the others."""
        full = ids.normal(record_id)
        if full is None or not full.startswith(spec.prefix):
            raise Problem("MALFORMED_ID", f"malformed id {record_id}", ("Id",), http=404 if full else 400)
        row = self.store.get(spec.name, full)
        if row is None:
            raise Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", http=404)
        if row.get("IsDeleted"):
            raise Problem("ENTITY_IS_DELETED", "entity is deleted", http=404)
        return row

    # steps

    def _given(self, spec: ObjectSpec, fields: Mapping[str, Any], *, creating: bool, from_csv: bool) -> Row:
        given: Row = {}
        for key, value in fields.items():
            if key.lower() in {"attributes", "id"} and not (key.lower() == "id" and value and creating):
                continue
            reference = spec.relationship(key) if isinstance(value, Mapping) else None
            if reference is not None:
                given[reference.name] = self._by_foreign_key(reference, value)
                continue
            one = spec.find(key)
            if one is None:
                raise Problem("INVALID_FIELD", f"No such column '{key}' on sobject of type {spec.name}", (key,))
            if not (one.createable if creating else one.updateable):
                message = f"Unable to create/update fields: {one.name}. Please check the security settings of this field."
                raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", message, (one.name,))
            given[one.name] = incoming(one, value, from_csv=from_csv)
            if one.type == "boolean" and given[one.name] is None:
                raise Problem("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{one.name}: value not of required type: ", (one.name,))
            self._reference(one, given[one.name])
        return given

    def _by_foreign_key(self, reference: FieldSpec, value: Mapping[str, Any]) -> str:
        keys = [(key, sent) for key, sent in value.items() if key != "attributes"]
        for target in reference.reference_to:
            spec = self.org.visible().get(target.lower())
            if spec is None or len(keys) != 1:
                continue
            key, sent = keys[0]
            found = self.by_key(spec, key, sent)
            if found is None:
                raise Problem("INVALID_FIELD", f"Foreign key external ID: {sent} not found for field {key} in entity {spec.name}", ())
            return found
        raise Problem("INVALID_FIELD", f"{reference.relationship}: one external id field is needed to find the record", (reference.name,))

    def _reference(self, one: FieldSpec, value: Stored) -> None:
        if one.type != "reference" or value is None:
            return
        targets = [self.org.objects[name] for name in one.reference_to if name in self.org.objects]
        known = [spec for spec in targets if str(value).startswith(spec.prefix)]
        if targets and not known:
            raise Problem("FIELD_INTEGRITY_EXCEPTION", f"{one.name}: id value of incorrect type: {value}", (one.name,))
        for spec in known:
            row = self.store.get(spec.name, str(value))
            if row is None:
                raise Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (one.name,))
            if row.get("IsDeleted"):
                raise Problem("ENTITY_IS_DELETED", "entity is deleted", (one.name,))

    def _required(self, spec: ObjectSpec, given: Row) -> None:
        missing = [one.name for one in spec.fields.values() if _is_required(one) and given.get(one.name) is None]
        if missing:
            raise Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", tuple(missing))

    def _not_emptied(self, spec: ObjectSpec, given: Row) -> None:
        emptied = [name for name, value in given.items() if value is None and _is_required(spec.fields[name])]
        if emptied:
            raise Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(emptied)}]", tuple(emptied))

    def _unique(self, spec: ObjectSpec, given: Mapping[str, Stored], own_id: str | None) -> None:
        for name, value in given.items():
            if value is None or not spec.fields[name].unique:
                continue
            for row in self.store.find(spec.name, name, value):
                if row["Id"] != own_id and not row.get("IsDeleted"):
                    message = f"duplicate value found: {name} duplicates value on record with id: {str(row['Id'])[:15]}"
                    raise Problem("DUPLICATE_VALUE", message, ())

    def _struck(self, operation: str, spec: ObjectSpec, what: str, given: Mapping[str, Stored]) -> None:
        """Faults that strike single records; expressions are searched in ``create Order 801…`` and the values of keys."""
        if self.faults is None:
            return
        keys = [str(value) for name, value in given.items() if name in spec.fields and spec.fields[name].is_key and value]
        targets = [f"{operation} {spec.name} {key}" for key in dict.fromkeys([what, *keys])]
        if self.faults.take("row_lock", *targets):
            raise Problem("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {what}", ())
        broken = self.faults.take("row_error", *targets)
        if broken is not None:
            code = str(broken.args.get("code", "FIELD_CUSTOM_VALIDATION_EXCEPTION"))
            raise Problem(code, str(broken.args.get("message", "refused by a rule")), tuple(broken.args.get("fields", ())))
        doubled = self.faults.take("duplicates_detected", *targets)
        if doubled is not None and not (self.allow_save and doubled.args.get("allow", False)):
            raise _duplicates(spec.name, tuple(doubled.args.get("ids", ())), allow=bool(doubled.args.get("allow", False)))
        if self.faults.take("maintenance", *targets):
            message = "The org is read-only during maintenance."
            raise Problem("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", message, ())

    def _activate(self, name: str, old: Row, row: Row) -> None:
        if name == "Order" and self.status_code(old) == "Draft" and self.status_code(row) == "Activated":
            row |= {"ActivatedDate": self.org.now_text(), "ActivatedById": self.user_id}

    def _after(self, name: str, row: Row) -> None:
        if name == "OrderItem":
            sum_orders(self.store, [str(row["OrderId"])])
        elif name == "OpportunityLineItem":
            self.store.update("Opportunity", str(row["OpportunityId"]), {"HasOpportunityLineItem": 1})
        elif name == "Contact":
            row["Name"] = full_name(row)

    def _bin(self, name: str, old: Row, now: str) -> None:
        record_id = str(old["Id"])
        if name == "Account" and old.get("PersonContactId"):
            self.store.update("Contact", str(old["PersonContactId"]), {"IsDeleted": 1, "SystemModstamp": now, "LastModifiedDate": now})
        for spec in self.org.objects.values():
            for one in spec.fields.values():
                if not (one.cascade and name in one.reference_to):
                    continue
                for child in self.store.find(spec.name, one.name, record_id, limit=100_000):
                    if not child.get("IsDeleted") and child["Id"] != old.get("PersonContactId"):
                        rules.before_delete(self, spec.name, child)
                        self._bin(spec.name, child, now)
        self.store.update(
            name, record_id, {"IsDeleted": 1, "SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": self.user_id}
        )
        self._after(name, old)
        self._effect(name, record_id, "delete", {"IsDeleted": 0}, {"IsDeleted": 1})

    def _effect(self, name: str, record_id: str, operation: str, before: Row, after: Row) -> None:
        self.store.run(
            "insert into effects (at, request_id, user_id, object, id, operation, before, after) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.org.now_text(), self.request_id, self.user_id, name, record_id, operation, json.dumps(before), json.dumps(after)),
        )

    def _history(self, name: str, record_id: str, changes: Mapping[str, tuple[Stored, Stored]]) -> None:
        history = self.org.history_of(name)
        if history is None:
            return
        spec = self.org.objects[name]
        tracked = {key: pair for key, pair in changes.items() if key == "created" or spec.fields[key].track}
        parent = next(one.name for one in self.org.objects[history].fields.values() if name in one.reference_to)
        for (key, (old, new)), number in zip(tracked.items(), self.store.numbers("id 017", len(tracked)), strict=True):
            row: Row = {"Id": ids.mint("017", number), "IsDeleted": 0, parent: record_id, "CreatedById": self.user_id}
            row |= {"CreatedDate": self.org.now_text(), "Field": key, "OldValue": _shown(old), "NewValue": _shown(new)}
            columns = ", ".join(map(quoted, row))
            self.store.run(f"insert into {table(history)} ({columns}) values ({', '.join('?' * len(row))})", tuple(row.values()))


def _is_required(one: FieldSpec) -> bool:
    return not one.nillable and one.createable and not one.defaulted and one.type != "boolean" and one.default is None


def _shown(value: Stored) -> str | None:
    return None if value is None else str(value)[:255]


def _duplicates(name: str, found: tuple[str, ...], *, allow: bool) -> Problem:
    matches = [
        {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": {"attributes": {"type": name}, "Id": one}}
        for one in found
    ]
    result = {
        "allowSave": allow,
        "duplicateRule": f"Standard_{name}_Duplicate_Rule",
        "duplicateRuleEntityType": name,
        "errorMessage": "Use one of these records?",
        "matchResults": [
            {"entityType": name, "errors": [], "matchEngine": "FuzzyMatchEngine", "matchRecords": matches,
             "rule": f"Standard_{name}_Match_Rule", "size": len(found), "success": True},
        ],
    }  # fmt: skip
    return Problem("DUPLICATES_DETECTED", "Use one of these records?", (), duplicateResult=result)
