"""The org itself: its options, objects, users and records, in a folder that can be reopened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from recon.sandbox.control import Clock, RequestLog, utc_now
from recon.sandbox.salesforce import ids, loading
from recon.sandbox.salesforce.derive import Row
from recon.sandbox.salesforce.objects import HISTORIES, custom_object, history_object, standard_objects
from recon.sandbox.salesforce.schema import FieldSpec, ObjectSpec
from recon.sandbox.salesforce.store import Store, quoted, table
from recon.sandbox.salesforce.values import as_python, utc_text

API_VERSIONS = tuple(f"{number}.0" for number in range(58, 69))
"""What the org offers; 68.0 is Winter '27."""

DEFAULTS: dict[str, Any] = {
    "org_id": "00D7Q0000000001UAA",
    "instance_name": "EU99",
    "name": "Acme Demo",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "currencies": ["EUR"],
    "multi_currency": False,
    "person_accounts": False,
    "order_management": False,
    "commerce": False,
    "sandbox": False,
    "edit_activated_orders": True,
    "daily_limit": 100_000,
    "token_seconds": 7200,
    "bulk_polls": 0,
    "order_statuses": {"Draft": "Draft", "Activated": "Activated", "Completed": "Activated", "Cancelled": "Canceled", "Expired": "Expired"},
}
"""Options of an org that is made; a folder that exists keeps its own unless others are given."""


class Org:
    """One org in ``folder``. Options are those of ``DEFAULTS``; they are kept with the records.

    ``now`` replaces the clock; ``clock`` is that with the offset set by a test. ``log`` lists requests.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = utc_now, **options: Any) -> None:
        unknown = set(options) - set(DEFAULTS)
        if unknown:
            raise ValueError(f"an org has no option {sorted(unknown)}; there are {sorted(DEFAULTS)}")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = Clock(folder / "clock.json", now)
        self.log = RequestLog(folder / "requests.jsonl")
        self.store = Store(folder / "org.sqlite")
        given = {name: value for name, value in options.items() if value is not None}
        self.options: dict[str, Any] = {**DEFAULTS, **self.store.meta("options", {}), **json.loads(json.dumps(given))}
        self.options["org_id"] = ids.normal(self.options["org_id"]) or self.options["org_id"]
        self.options["currencies"] = sorted({*self.options["currencies"], self.options["currency"]})
        self.store.set_meta("options", self.options)
        self.objects: dict[str, ObjectSpec] = {}
        self._visible: dict[str, ObjectSpec] | None = None
        self.described: dict[tuple[str, ...], str] = {}
        self._read_definitions()
        with self.store.transaction():
            for spec in self.objects.values():
                self.store.prepare(spec)
            self._first_records()

    def close(self) -> None:
        """Close the file; the folder can be opened again."""
        self.store.close()

    # what the org is

    @property
    def org_id(self) -> str:
        """The organisation's id."""
        return str(self.options["org_id"])

    @property
    def admin_id(self) -> str:
        """The user who owns what is loaded without an owner; the first user of an org is its own."""
        return str(self.store.meta("admin_id", ids.mint("005", 1)))

    @property
    def standard_pricebook_id(self) -> str:
        """The price book that every org has."""
        return str(self.store.meta("standard_pricebook_id"))

    def now_text(self) -> str:
        """The present as it is kept in records."""
        return utc_text(self.clock())

    def visible(self) -> dict[str, ObjectSpec]:
        """Objects by lower-case name as an integration sees them: without what is hidden or not switched on."""
        if self._visible is None:
            hidden = {(entry[0], entry[1]) for entry in self.store.meta("hidden", [])}
            shown = (
                self._shown(spec, hidden) for spec in self.objects.values() if (spec.name, None) not in hidden and self._has(spec.feature)
            )
            self._visible = {spec.name.lower(): spec for spec in shown}
            self.described.clear()  # answers to describe, which are the same until something is defined or hidden
        return self._visible

    def _has(self, feature: str | None) -> bool:
        if feature == "selling":
            return bool(self.options["commerce"] or self.options["order_management"])
        return feature is None or bool(self.options[feature])

    def _shown(self, spec: ObjectSpec, hidden: set[tuple[str, str | None]]) -> ObjectSpec:
        fields = {one.name: one for one in spec.fields.values() if self._has(one.feature) and (spec.name, one.name) not in hidden}
        if "CurrencyIsoCode" in fields:
            fields["CurrencyIsoCode"] = replace(fields["CurrencyIsoCode"], picklist=tuple(self.options["currencies"]))
        if spec.name == "Order" and "Status" in fields:
            fields["Status"] = replace(fields["Status"], picklist=tuple(self.options["order_statuses"]))
        if spec.name == "Account" and self.options["person_accounts"]:
            fields["Name"] = replace(fields["Name"], nillable=True)
        if "IsPersonAccount" in fields or spec.name != "Account":
            return replace(spec, fields=fields)
        own = {name: one for name, one in fields.items() if not name.endswith("__pc")}
        return replace(spec, fields=own)

    # customisation

    def define(self, name: str, fields: Sequence[FieldSpec] = (), *, label: str | None = None) -> ObjectSpec:
        """Add fields to an object; an unknown name ending in ``__c`` makes a custom object with history."""
        definition = self._definition(name)
        known = {entry["name"]: entry for entry in definition["fields"]}
        for one in fields:
            known[one.name] = one.to_json()
        definition["fields"] = list(known.values())
        definition["label"] = label or definition.get("label")
        if name == "Contact":
            self._mirror(fields)
        with self.store.transaction():
            self.store.run("insert or replace into definitions values (?, ?)", (name, json.dumps(definition)))
            self._apply(name, definition)
            for made in (name, self.history_of(name)):
                if made is not None:
                    self.store.prepare(self.objects[made])
        self._visible = None
        return self.objects[name]

    def _definition(self, name: str) -> dict[str, Any]:
        found = self.store.one("select body from definitions where object = ?", (name,))
        if found is not None:
            body: dict[str, Any] = json.loads(found[0])
            return body
        if name not in self.objects and not name.endswith("__c"):
            raise ValueError(f"the stand-in has no object {name}; names of custom objects end in __c")
        prefix = None if name in self.objects else f"a{ids.ALPHABET[self.store.numbers('prefix')[0]]}0"
        return {"fields": [], "prefix": prefix}

    def _mirror(self, fields: Sequence[FieldSpec]) -> None:
        """Custom fields of contacts appear on person accounts as ``…__pc``."""
        mirrored = [replace(one, name=f"{one.name[:-3]}__pc", external_id=False, unique=False, id_lookup=False, relationship=None)
                    for one in fields if one.name.endswith("__c")]  # fmt: skip
        if mirrored:
            self.define("Account", mirrored)

    def _read_definitions(self) -> None:
        self.objects = standard_objects()
        for name, body in self.store.all("select object, body from definitions"):
            self._apply(name, json.loads(body))

    def _apply(self, name: str, definition: Mapping[str, Any]) -> None:
        fields = [FieldSpec.from_json(entry) for entry in definition["fields"]]
        if definition["prefix"] is not None:
            self.objects[name] = custom_object(name, definition["prefix"], fields)
            history = f"{name[:-3]}__History"
            self.objects[history] = history_object(name, history, "ParentId")
            return
        base = standard_objects()[name]
        self.objects[name] = replace(base, fields={**base.fields, **{one.name: one for one in fields}})

    def history_of(self, name: str) -> str | None:
        """The object that keeps the changes of another, if any does."""
        if name in HISTORIES:
            return HISTORIES[name]
        history = f"{name[:-3]}__History"
        return history if history in self.objects else None

    def hide(self, name: str, field: str | None = None) -> None:
        """Take a field (or a whole object) from the integration user: it vanishes from describe and cannot be used."""
        self._hidden(name, field, hide=True)

    def show(self, name: str, field: str | None = None) -> None:
        """Undo :meth:`hide`."""
        self._hidden(name, field, hide=False)

    def _hidden(self, name: str, field: str | None, *, hide: bool) -> None:
        if name not in self.objects or (field is not None and field not in self.objects[name].fields):
            raise ValueError(f"there is no {name}{f'.{field}' if field else ''} to hide")
        entries = [entry for entry in self.store.meta("hidden", []) if entry != [name, field]]
        self.store.set_meta("hidden", [*entries, [name, field]] if hide else entries)
        self._visible = None

    # users and apps

    def add_user(self, username: str, last_name: str = "Integration", **fields: Any) -> str:
        """Add a user, or find the one of that name; returns the id."""
        found = self.store.find("User", "Username", username)
        if found:
            return str(found[0]["Id"])
        row = {
            "Username": username,
            "LastName": last_name,
            "Email": username,
            "Alias": username[:8],
            "IsActive": True,
            "UserType": "Standard",
        }
        return self.load("User", [{**row, "TimeZoneSidKey": "UTC", "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US", **fields}])[0]

    def add_client(
        self, client_id: str, secret: str | None = None, *, public_key: str | None = None, username: str, approved: bool = True
    ) -> None:
        """Add an app that may sign in: with ``secret`` by client credentials, with ``public_key`` (PEM, also a certificate) by JWT bearer.

        ``username`` is the user it runs as (and the only one a JWT may name); ``approved`` False leaves out the administrator's approval.
        """
        self.add_user(username)
        self.store.run("insert or replace into clients values (?, ?, ?, ?, ?)", (client_id, secret, public_key, username, int(approved)))

    # records

    def load(self, name: str, rows: Iterable[Mapping[str, Any]], *, validate: bool = False) -> list[str]:
        """Put records in as they are, or with ``validate`` through the rules of the API; returns their ids in order.

        Ids are made where missing. CreatedDate, LastModifiedDate, SystemModstamp, CreatedById… are kept as given, else now and the
        administrator. Unknown fields raise ValueError. Names, totals and person contacts are computed as Salesforce does.
        """
        if not validate:
            return loading.load(self, name, rows)
        from recon.sandbox.salesforce.dml import Dml

        dml = Dml(self, user_id=self.admin_id)
        with self.store.transaction():
            return [dml.create(name, row) for row in rows]

    # looking

    def get(self, name: str, record_id: str) -> dict[str, Any] | None:
        """One record with Python values, deleted or not."""
        row = self.store.get(name, record_id)
        return None if row is None else {key: as_python(self.objects[name].fields[key], value) for key, value in row.items()}

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """All records of an object with Python values, deleted ones too, by id."""
        fields = [one for one in self.objects[name].fields.values() if one.stored]
        sql = f"select {', '.join(quoted(one.name) for one in fields)} from {table(name)} order by Id"
        for row in self.store.all(sql):
            yield {one.name: as_python(one, value) for one, value in zip(fields, row, strict=True)}

    def count(self, name: str) -> int:
        """Records of an object that are not deleted."""
        where = "where IsDeleted = 0" if "IsDeleted" in self.objects[name].fields else ""
        found = self.store.one(f"select count(*) from {table(name)} {where}")
        return int(found[0]) if found else 0

    def effects(self) -> list[dict[str, Any]]:
        """Every write that came through the API, oldest first, with the fields before and after."""
        names = ("n", "at", "request_id", "user_id", "object", "id", "operation", "before", "after")
        found = [dict(zip(names, row, strict=True)) for row in self.store.all(f"select {', '.join(names)} from effects order by n")]
        return [{**entry, "before": json.loads(entry["before"]), "after": json.loads(entry["after"])} for entry in found]

    # doing what other people do in an org

    def change(self, name: str, record_id: str, fields: Mapping[str, Any], *, user: str = "somebody.else@acme-demo.example") -> None:
        """Change a record as another user, through the API's rules."""
        from recon.sandbox.salesforce.dml import Dml

        Dml(self, user_id=self.add_user(user, "Else")).update(name, record_id, fields)

    def merge(self, name: str, master_id: str, losers: Sequence[str]) -> None:
        """Merge records as a person does: the losers are deleted and point to the winner, their children move."""
        now = self.now_text()
        with self.store.transaction():
            for loser in losers:
                changed: Row = {"IsDeleted": 1, "MasterRecordId": master_id, "SystemModstamp": now, "LastModifiedDate": now}
                self.store.update(name, loser, changed)
                for spec in self.objects.values():
                    for one in spec.fields.values():
                        if name in one.reference_to and one.name != "MasterRecordId":
                            self.store.run(
                                f"update {table(spec.name)} set {quoted(one.name)} = ? where {quoted(one.name)} = ?", (master_id, loser)
                            )

    def put_into_bin(self, name: str, record_id: str) -> None:
        """Delete a record as a person does: it lies in the recycle bin."""
        now = self.now_text()
        self.store.update(name, record_id, {"IsDeleted": 1, "SystemModstamp": now, "LastModifiedDate": now})

    def purge(self, name: str, record_id: str) -> None:
        """Empty the recycle bin of one record: no trace remains."""
        self.store.run(f"delete from {table(name)} where Id = ?", (record_id,))

    def _first_records(self) -> None:
        """What every org has from its first day."""
        if self.store.meta("admin_id") is not None:
            return
        admin = self.add_user("admin@acme-demo.example", "Admin", FirstName="Ada")
        self.store.set_meta("admin_id", admin)
        options = self.options
        organisation = {
            "Id": options["org_id"],
            "Name": options["name"],
            "InstanceName": options["instance_name"],
            "IsSandbox": options["sandbox"],
        }
        organisation |= {"TimeZoneSidKey": options["time_zone"], "DefaultLocaleSidKey": "de_DE", "LanguageLocaleKey": "en_US"}
        self.load("Organization", [{**organisation, "OrganizationType": "Enterprise Edition", "FiscalYearStartMonth": 1}])
        self.store.set_meta(
            "standard_pricebook_id", self.load("Pricebook2", [{"Name": "Standard Price Book", "IsStandard": True, "IsActive": True}])[0]
        )
        self.load("OrderStatus", [
            {"MasterLabel": name, "ApiName": name, "SortOrder": number, "IsDefault": number == 1, "StatusCode": code}
            for number, (name, code) in enumerate(options["order_statuses"].items(), 1)
        ])  # fmt: skip
        if options["person_accounts"]:
            person = {
                "Name": "Person Account",
                "DeveloperName": "PersonAccount",
                "SobjectType": "Account",
                "IsActive": True,
                "IsPersonType": True,
            }
            self.load("RecordType", [person])
        rate = {"ConversionRate": 1, "IsActive": True}
        self.load("CurrencyType", [{**rate, "IsoCode": code, "IsCorporate": code == options["currency"]} for code in options["currencies"]])
