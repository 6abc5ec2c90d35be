"""A small org for corrections: orders with amounts, their accounts, products and a price book; plans for it, made by hand from a seed."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fix_checker import Effect, State

from recon.config.load import load_settings
from recon.config.settings import Settings
from recon.fix.plan import Change, FieldChange, Plan, Question, sealed
from recon.fix.planner import mapping_digest, rules_digest
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import FieldSpec, Org
from recon.systems.registry import settings_models

CLIENT, SECRET, USER = "fix-app", "fix-secret-0123456789", "recon.fix@acme-demo.example"
ORG_ID = "00D7Q0000000001UAA"
ORDERS = 24


def make_org(folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC), **options: Any) -> Org:
    """The org with its records; the same folder is opened again."""
    org = Org(folder, now=now, org_id=ORG_ID, **options)
    org.add_client(CLIENT, SECRET, username=USER)
    if org.store.meta("made"):
        return org
    key = {"length": 40, "external_id": True, "unique": True}
    org.define("Account", [FieldSpec("Shop_Customer__c", "text", **key)])
    org.define(
        "Order", [FieldSpec("Shop_Order__c", "text", **key), FieldSpec("Total__c", "currency"), FieldSpec("Note__c", "text", length=20)]
    )
    org.define("OrderItem", [FieldSpec("Shop_Line__c", "text", **key)])
    accounts = org.load("Account", [{"Name": f"Account {n}", "Shop_Customer__c": f"a{n}"} for n in range(4)])
    product = org.load("Product2", [{"Name": "Cup", "IsActive": True, "StockKeepingUnit": "CUP"}])[0]
    entry = {"Pricebook2Id": org.standard_pricebook_id, "Product2Id": product, "UnitPrice": "5", "IsActive": True}
    org.load("PricebookEntry", [entry])
    past = "2026-01-01T00:00:00Z"
    stamps = {"CreatedDate": past, "LastModifiedDate": past, "SystemModstamp": past}
    rows = [
        {
            "AccountId": accounts[n % 4],
            "EffectiveDate": "2026-11-01",
            "Status": "Draft",
            "Pricebook2Id": org.standard_pricebook_id,
            "Shop_Order__c": f"o{n}",
            "Total__c": str(n),
            **stamps,
        }
        for n in range(ORDERS)
    ]
    org.load("Order", rows)
    org.store.set_meta("made", True)
    return org


def settings_for(folder: Path, url: str, ca: Path, **fix: Any) -> Settings:
    """A workspace that leads to the org."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "secret").chmod(0o600)
    numbers = {"settle_seconds": 0, "canary": 3, **fix}
    (folder / "recon.toml").write_text(
        "\n".join(
            [
                "config_version = 1",
                "[fix]",
                *(f"{name} = {json.dumps(value)}" for name, value in numbers.items()),
                "[limits]",
                "attempts = 2",
                "[systems.salesforce]",
                'kind = "salesforce"',
                f'url = "{url}"',
                f'ca_bundle = "{ca}"',
                f'client_id = "{CLIENT}"',
                f'client_secret = "file:{folder / "secret"}"',
                f'org_id = "{ORG_ID}"',
                'currency = "EUR"',
                "[systems.salesforce.mapping.orders]",
                'object = "Order"',
                "[systems.salesforce.mapping.orders.fields]",
                'external_id = "Shop_Order__c"',
                'total = "Total__c"',
                'channel = "Note__c"',
                'status = "Status"',
                "[systems.salesforce.mapping.order_lines]",
                'object = "OrderItem"',
                "[systems.salesforce.mapping.order_lines.fields]",
                'external_id = "Shop_Line__c"',
                "[systems.salesforce.mapping.customers]",
                'object = "Account"',
                "[systems.salesforce.mapping.customers.fields]",
                'external_id = "Shop_Customer__c"',
                'last_name = "Name"',
            ]
        ),
        encoding="utf-8",
    )
    return load_settings(folder / "recon.toml", settings_models())


class Witness:
    """Looks into the org's file from another process."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(f"file:{folder / 'org.sqlite'}?mode=ro", uri=True)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def number(self) -> int:
        """Effects so far."""
        return int(self._db.execute("select count(*) from effects").fetchone()[0])

    def effects(self, after: int) -> list[Effect]:
        """Effects from a number on."""
        rows = self._db.execute("select user_id, object, id, operation, after from effects where n > ? order by n", (after,))
        return [Effect(user, name, record, operation, json.loads(fields)) for user, name, record, operation, fields in rows]

    def state(self, *objects: str) -> State:
        """Records of objects, deleted ones too."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for name in objects or ("Account", "Order", "OrderItem"):
            cursor = self._db.execute(f'select * from "o_{name}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                record = dict(zip(columns, row, strict=True))
                found[name, str(record["Id"])] = record
        return found

    def user_id(self) -> str:
        """Id of the user that corrections are made as."""
        return str(self._db.execute('select Id from "o_User" where Username = ?', (USER,)).fetchone()[0])

    def one(self, name: str, field: str, value: str) -> dict[str, Any]:
        """A record by the value of a field."""
        return next(dict(record) for (kind, _), record in self.state(name).items() if kind == name and record[field] == value)


def plan_from(settings: Settings, witness: Witness, seed: int, *, updates: int = 10, chains: int = 2) -> Plan:
    """A plan for a seed: so many orders changed, and so many new accounts with an order, two lines and its activation."""
    rng = random.Random(seed)
    state = witness.state("Order", "PricebookEntry", "Pricebook2", "Product2")
    orders = sorted(
        (record for (name, _), record in state.items() if name == "Order" and str(record["Shop_Order__c"]).startswith("o")), key=_id
    )
    changes: list[dict[str, Any]] = []
    for record in rng.sample(orders, min(updates, len(orders))):
        after = f"{rng.randint(1, 10**6)}.{rng.randint(10, 99)}"
        changes.append(_update(record, after))
    entry = next(record for (name, _), record in state.items() if name == "PricebookEntry")
    for chain in range(chains):
        changes += _chain(f"{seed}-{rng.randint(0, 10**9)}-{chain}", str(entry["Pricebook2Id"]), str(entry["Id"]))
    return plan_of(settings, witness, changes)


def plan_of(settings: Settings, witness: Witness, changes: Sequence[Mapping[str, Any]]) -> Plan:
    """A plan of changes; names in ``made_by``, ``depends`` and ``id`` become those of the plan's own order."""
    ordered = sorted(changes, key=lambda one: (one["level"], one["object"], one["action"], one["group"], one["id"]))
    names = {one["id"]: f"c{number:04d}" for number, one in enumerate(ordered, 1)}
    made = tuple(_named(one, names) for one in ordered)
    return sealed(
        system="salesforce", org_id=ORG_ID, user_id=witness.user_id(), api_version="66.0", run_id="by hand", snapshot_id="by hand",
        data_as_of=datetime.now(UTC), rules_digest=rules_digest(settings, []), mapping_digest=mapping_digest(settings),
        question=Question(), changes=made,
    )  # fmt: skip


def _named(one: Mapping[str, Any], names: Mapping[str, str]) -> Change:
    fields = tuple(FieldChange(**{**field, "made_by": names.get(field.get("made_by") or "")}) for field in one["fields"])
    depends = tuple(sorted(names[name] for name in one.get("depends", ())))
    made_by = names[one["made_by"]] if one.get("made_by") else None
    group = names.get(one["group"], one["group"])
    return Change(**{**one, "id": names[one["id"]], "fields": fields, "depends": depends, "made_by": made_by, "group": group})


def _id(record: Mapping[str, Any]) -> str:
    return str(record["Id"])


def _update(record: Mapping[str, Any], after: str, field: str = "Total__c", kind: str = "currency") -> dict[str, Any]:
    return {
        "id": f"u{record['Id']}", "level": 0, "action": "update", "object": "Order", "entity": "orders", "record_id": record["Id"],
        "label": str(record["Shop_Order__c"]), "modstamp": record["SystemModstamp"], "group": record["AccountId"], "safety": "safe",
        "findings": (f"f{record['Id']}",), "fields": [{"field": field, "type": kind, "before": record[field], "after": after}],
    }  # fmt: skip


def _chain(name: str, book: str, entry: str) -> list[dict[str, Any]]:
    common = {"safety": "review", "findings": (f"f{name}",)}

    def text(field: str, after: str, kind: str = "string") -> dict[str, Any]:
        return {"field": field, "type": kind, "after": after}

    account = {
        **common, "id": f"a{name}", "level": 0, "action": "insert", "object": "Account", "entity": "customers",
        "key": ("Shop_Customer__c",),
        "label": f"Account {name}", "group": "",
        "fields": [text("Name", f"Account {name}"), text("Shop_Customer__c", f"k{name}")],
    }  # fmt: skip
    order = {
        **common, "id": f"b{name}", "level": 1, "action": "insert", "object": "Order", "entity": "orders", "key": ("Shop_Order__c",),
        "label": f"Order {name}", "group": account["id"], "depends": (account["id"],),
        "fields": [
            {"field": "AccountId", "type": "reference", "made_by": account["id"]}, text("EffectiveDate", "2026-11-20", "date"),
            text("Pricebook2Id", book, "reference"), text("Shop_Order__c", f"k{name}"), text("Status", "Draft", "picklist"),
            text("Total__c", "10.00", "currency"),
        ],
    }  # fmt: skip
    lines = [
        {
            **common, "id": f"d{name}-{n}", "level": 2, "action": "insert", "object": "OrderItem", "entity": "order_lines",
            "key": ("Shop_Line__c",), "label": f"Line {n} of {name}", "group": order["id"], "depends": (order["id"],),
            "fields": [
                {"field": "OrderId", "type": "reference", "made_by": order["id"]}, text("PricebookEntryId", entry, "reference"),
                text("Quantity", "1", "double"), text("UnitPrice", "5.00", "currency"), text("Shop_Line__c", f"k{name}-{n}"),
            ],
        }
        for n in range(2)
    ]  # fmt: skip
    status = {
        **common, "id": f"e{name}", "level": 3, "action": "update", "object": "Order", "entity": "orders", "made_by": order["id"],
        "label": f"Order {name}", "group": order["id"], "depends": (order["id"], *(line["id"] for line in lines)),
        "fields": [{"field": "Status", "type": "picklist", "before": "Draft", "after": "Activated"}],
    }  # fmt: skip
    return [account, order, *lines, status]


__all__ = ["ORDERS", "ORG_ID", "Faults", "Witness", "make_org", "plan_from", "plan_of", "settings_for"]
