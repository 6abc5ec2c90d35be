"""Every preset reads an org whose fields are those of its integration, and the doctor knows that org by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.config import presets
from recon.config.load import load_settings
from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org, create_app
from recon.sandbox.salesforce.schema import FieldSpec
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.snapshot import run
from recon.systems import registry
from recon.systems.base import Context, Overlap
from recon.warehouse import build as warehouse
from recon.warehouse import engine

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KNOWN = tuple(name for name in presets.names() if presets.load(name).marks)


class Place:
    """An org that one integration writes to, and the workspace that reads it."""

    def __init__(self, folder: Path, org: Org, server: Server, certs: Certs, stack: ExitStack) -> None:
        self.folder, self.org, self.server, self.certs, self.stack = folder, org, server, certs, stack

    def define(self, *fields: str, **more: Any) -> None:
        for one in fields:
            name, _, field = one.partition(".")
            self.org.define(name, [FieldSpec(field, "text", length=60, **more)])

    def settings(self, mapping: str) -> Any:
        path = self.folder / "recon.toml"
        path.write_text(
            f"""
[systems.salesforce]
kind = "salesforce"
url = "{self.server.url}"
ca_bundle = "{self.certs.ca_file}"
client_id = "recon-app"
client_secret = "env:SF_SECRET"
currency = "EUR"
[systems.salesforce.mapping]
{mapping}
"""
        )
        return load_settings(path, registry.settings_models())

    def tables(self, preset: str) -> Any:
        taken = run.take(self.settings(f'preset = "{preset}"'), run.Request(full=True))
        return self.stack.enter_context(engine.connect(warehouse.build(taken.folder, memory="1GB")))

    def doctor(self, mapping: str, overlaps: Any = None) -> dict[str, tuple[str, str]]:
        context = Context(name="salesforce", now=lambda: NOW, sleep=lambda _: None, limits=Limits(), overlaps=overlaps)
        extractor = registry.open_system(self.settings(mapping).systems["salesforce"], context)
        try:
            return {check.subject: (check.level, f"{check.message} {check.hint}") for check in extractor.checks()}
        finally:
            extractor.close()


@pytest.fixture
def place(tmp_path: Path, certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("SF_SECRET", "client-secret-0123456789")
    with ExitStack() as stack:
        org = Org(tmp_path / "org", now=lambda: NOW, person_accounts=True)
        org.add_client("recon-app", "client-secret-0123456789", username="integration@acme-demo.example")
        server = stack.enter_context(Server(create_app(org, Faults()), certs))
        yield Place(tmp_path, org, server, certs, stack)
        org.close()


def own_fields(preset: presets.Preset) -> list[str]:
    mapped = [f"{item['object']}.{field}" for items in preset.tables.values() for item in items for field in item["fields"].values()]
    return sorted({*preset.marks, *(field for field in mapped if field.endswith("__c"))})


def filled(preset: presets.Preset, table: str, **values: str) -> dict[str, Any]:
    """A record of the preset's last object of a table: role → field, with the value given for the role."""
    fields = preset.tables[table][-1]["fields"]
    return {fields[role]: value for role, value in values.items() if role in fields}


@pytest.mark.parametrize("name", KNOWN)
def test_an_org_of_the_integration_is_read_by_its_preset(place: Place, name: str) -> None:
    preset = presets.load(name)
    place.define(*own_fields(preset))
    orders, word = preset.tables["orders"][0], {"eshopsync-magento": "complete"}.get(name)
    account = place.org.load("Account", [{"Name": "Example GmbH"}])[0]
    contact = filled(preset, "customers", external_id="88", email="ann@example.com")
    person = preset.tables["customers"][-1]["object"] == "Account"
    about = {"LastName": "Example", "IsPersonAccount": True} if person else {"LastName": "Example", "AccountId": account}
    place.org.load("Account" if person else "Contact", [{**about, **contact}])
    base = {"Name": "1001", "StageName": "Closed Won", "CloseDate": "2026-11-01"}
    if orders["object"] == "Order":
        base = {"Status": "Draft", "EffectiveDate": "2026-11-01"}
    if word:
        base[orders["fields"]["status"]] = word
    place.org.load(orders["object"], [{**base, "AccountId": account, **filled(preset, "orders", external_id="4711", number="1001")}])
    con = place.tables(name)
    found = con.execute("select external_ids['external_id'], number_key, status from orders").fetchone()
    held = orders["fields"]
    same = held.get("external_id") == held.get("number")
    expected_id = None if "external_id" not in held else "1001" if same else "4711"
    assert found == (expected_id, "1001", "completed" if word or orders["object"] == "Opportunity" else "open")
    people = con.execute("select external_ids['external_id'], email from customers where email is not null").fetchall()
    assert people == [("88" if "external_id" in preset.tables["customers"][-1]["fields"] else None, "ann@example.com")]


@pytest.mark.parametrize("name", KNOWN)
def test_the_doctor_knows_the_integration_by_its_fields_and_chooses_nothing(place: Place, name: str) -> None:
    place.define(*own_fields(presets.load(name)))
    marks = len(presets.load(name).marks)
    level, text = place.doctor('preset = "standard"')["proposal.preset"]
    assert level == "warn"
    assert text.startswith(f"{name} ({marks} of its {marks} fields exist: ")
    assert f'preset = "{name}"' in text and "Nothing is chosen by itself" in text
    level, text = place.doctor(f'preset = "{name}"')["proposal.preset"]
    assert level == "ok" and "is used and fits best" in text


def test_an_org_without_such_fields_proposes_nothing(place: Place) -> None:
    checks = place.doctor('preset = "standard"')
    assert checks["proposal.preset"][0] == "ok" and "no field of a known integration" in checks["proposal.preset"][1]
    assert "proposal.orders" not in checks


def test_of_two_integrations_the_more_complete_one_comes_first(place: Place) -> None:
    place.define("Order.OMSQS_Shopify_Id__c", *presets.load("shopify-handmade").marks)
    _, text = place.doctor('preset = "standard"')["proposal.preset"]
    assert text.index("shopify-handmade (4 of its 4") < text.index("om-quickstart-shopify (1 of its 4")


@pytest.fixture
def two_fields(place: Place) -> Place:
    """An older field that is marked as a key, and the one that the integration really fills."""
    place.define("Order.Shopify_Order_Id__c", external_id=True, unique=True)
    place.define("Order.ShopifyOrderId__c")
    account = place.org.load("Account", [{"Name": "Example GmbH"}])[0]
    rows = [{"AccountId": account, "Status": "Draft", "EffectiveDate": "2026-11-01", "ShopifyOrderId__c": str(9000 + n)} for n in range(20)]
    rows[0]["Shopify_Order_Id__c"] = "1"
    place.org.load("Order", rows)
    return place


def keys(table: str, values: Any) -> list[Overlap]:
    inside = [value for value in values if table == "orders" and value.startswith("90")]
    return [Overlap("shop", "id", len(inside) / len(values))] if inside else []


def test_fields_are_ranked_by_marks_fill_and_what_is_in_them(two_fields: Place) -> None:
    level, text = two_fields.doctor('preset = "standard"')["proposal.orders"]
    assert level == "warn"
    assert text.startswith(
        "No field is mapped as the shop's id. It would be Order.Shopify_Order_Id__c "
        "(external id, unique, named like a shop's key, filled in 5%). "
        "Behind it: Order.ShopifyOrderId__c (named like a shop's key, filled in 100%)."
    )
    level, text = two_fields.doctor('preset = "standard"', keys)["proposal.orders"]
    assert "It would be Order.ShopifyOrderId__c (named like a shop's key, filled in 100%, 100% of its values are ids of shop)" in text
    assert "none of its values is in the newest snapshot of a shop" in text
    assert 'external_id = "ShopifyOrderId__c" under mapping.orders.fields of Order' in text


def test_a_mapped_field_that_holds_something_else_is_noticed(two_fields: Place) -> None:
    mapping = 'preset = "standard"\norders.fields.external_id = "Shopify_Order_Id__c"'
    level, text = two_fields.doctor(mapping, keys)["proposal.orders"]
    assert level == "warn" and "Order.Shopify_Order_Id__c" in text and "is mapped, but Order.ShopifyOrderId__c" in text
    mapping = 'preset = "standard"\norders.fields.external_id = "ShopifyOrderId__c"'
    checks = two_fields.doctor(mapping, keys)
    assert "is mapped and ranks highest" in checks["proposal.orders"][1]


def test_values_that_are_order_numbers_are_proposed_as_the_number(two_fields: Place) -> None:
    def numbers(table: str, values: Any) -> list[Overlap]:
        return [Overlap("shop", "number", 0.9)] if len(values) > 5 else []

    _, text = two_fields.doctor('preset = "standard"', numbers)["proposal.orders"]
    assert "90% of its values are numbers of shop" in text and 'number = "ShopifyOrderId__c"' in text


def test_values_are_compared_with_the_newest_snapshot(tmp_path: Path, write_snapshot: Callable[..., Path], model: Any) -> None:
    from recon.warehouse import lookup

    assert lookup.overlaps(None) is None
    orders = [{"id": f"gid://shopify/Order/{n}", "name": f"#{n - 4000}"} for n in range(5001, 5011)]
    folder = write_snapshot(tmp_path / "s", {"name": "shop", "currency": "EUR", "streams": {"orders": orders}})
    assert lookup.overlaps(folder) is None
    warehouse.build(folder, memory="1GB")
    compare = lookup.overlaps(folder)
    assert compare is not None
    assert compare("orders", ["5001", "gid://shopify/Order/5002", "9", "5003.0"]) == [Overlap("shop", "id", 0.75)]
    assert compare("orders", ["#1001", "1002"]) == [Overlap("shop", "number", 1.0)]
    assert compare("customers", ["5001"]) == [] and compare("prices", ["1"]) == [] and compare("orders", []) == []
