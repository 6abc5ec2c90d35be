"""Several systems in recon.toml: whose value is right, whose id is whose, and every mistake about them in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recon.config.load import check_settings, load_settings
from recon.config.ownership import resolve
from recon.config.show import effective
from recon.systems import registry
from recon.systems.salesforce.settings import Settings as Org

SIDES = {"eu": "shop", "us": "shop", "erp": "erp", "salesforce": "salesforce"}

TOML = """
[systems.eu]
kind = "woocommerce"
url = "https://eu.example"
consumer_key = "env:A"
consumer_secret = "env:B"
[systems.us]
kind = "woocommerce"
url = "https://us.example"
consumer_key = "env:A"
consumer_secret = "env:B"
[systems.erp]
kind = "files"
[systems.erp.tables.products]
path = "products.csv"
columns = { record_id = "id" }
[systems.salesforce]
kind = "salesforce"
url = "https://acme.my.salesforce.com"
client_id = "x"
client_secret = "env:C"
"""


def problems(tmp_path: Path, more: str) -> list[str]:
    path = tmp_path / "recon.toml"
    path.write_text(TOML + more)
    _, found = check_settings(path, registry.settings_models())
    return [str(problem).removeprefix(str(path)) for problem in found]


def owners(ownership: dict[str, list[str]], table: str, column: str | None = None) -> list[str]:
    return [system for entity, field, system in resolve(ownership, SIDES) if (entity, field) == (table, column)]


def test_everything_is_the_shops_unless_something_is_said() -> None:
    assert owners({}, "orders") == owners({}, "prices") == ["eu", "us"]
    assert owners({"prices": ["erp"]}, "orders") == ["eu", "us"]


def test_what_hangs_on_a_table_follows_its_owner() -> None:
    said = {"orders": ["us"], "refunds": ["eu"], "stock": ["erp", "us"]}
    assert owners(said, "order_lines") == owners(said, "fulfillments") == ["us"]
    assert owners(said, "refunds") == ["eu"]
    assert owners(said, "locations") == owners(said, "inventory_levels") == ["erp", "us"]


def test_a_column_has_an_owner_of_its_own() -> None:
    said = {"accounts": ["shop"], "customers.email": ["salesforce"]}
    assert owners(said, "customers") == ["eu", "us"]
    assert owners(said, "customers", "email") == ["salesforce"]


def test_owners_are_written_as_a_name_or_a_list_with_quotes_or_without(tmp_path: Path) -> None:
    path = tmp_path / "recon.toml"
    path.write_text(TOML + '[ownership]\nprices = "erp"\norders = ["eu", "us"]\ncustomers.email = "salesforce"\n"products.title" = "eu"\n')
    settings = load_settings(path, registry.settings_models())
    wanted = {"prices": ["erp"], "orders": ["eu", "us"], "customers.email": ["salesforce"], "products.title": ["eu"]}
    assert settings.ownership == wanted
    shown = {row.key: (row.value, row.source.rpartition(":")[2]) for row in effective(path, registry.settings_models())}
    last = len(TOML.splitlines())
    assert shown["ownership.prices"] == (["erp"], str(last + 2))
    assert shown["ownership.products.title"] == (["eu"], str(last + 5))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('prises = "erp"', ": ownership.prises names no table that can be owned. Did you mean prices?"),
        ('"customers.e_mail" = "eu"', ": ownership.customers.e_mail names no column of customers. Did you mean email?"),
        ('prices = "sap"', ": ownership.prices names 'sap', which is no system of recon.toml. Known: "),
        ('orders = ["eu", "salesforce"]', ": ownership.orders names Salesforce beside other owners. "),
        ('"prices.amount" = "erp"', ": ownership.prices.amount gives a single column to an ERP. "),
        ("prices = []", ": ownership.prices names no owner. "),
        ('stock = "erp"\ninventory = "eu"', ": ownership.inventory says again what stock says. "),
        ("prices = 7", ": ownership.prices input should be a valid list."),
    ],
)
def test_a_mistake_about_owners_is_one_sentence(tmp_path: Path, line: str, said: str) -> None:
    (problem,) = problems(tmp_path, f"[ownership]\n{line}\n")
    assert re.sub(r"^:\d+", "", problem).startswith(said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[systems.salesforce.mapping.writers]\n"Sync" = "uk"', "writers.Sync names 'uk', which is no shop or ERP"),
        ('[systems.salesforce.mapping.orders.external_ids]\nuk = "Uk_Id__c"', "orders.external_ids.uk names 'uk', which is no shop or ERP"),
        ('[systems.salesforce.mapping.orders.external_ids]\neu = "Eu Id"', "external_ids.eu: 'Eu Id' is not the API name of a field"),
        ('[systems.salesforce.mapping.prices.external_ids]\neu = "Eu__c"', "external_ids are not known there"),
        ('[systems.salesforce.mapping.orders]\nstores = { EU = "eu" }', "stores need a field for the role store"),
        (
            '[systems.salesforce.mapping.orders]\nfields = { store = "Store__c" }\nstores = { EU = "salesforce" }',
            "orders.stores.EU names 'salesforce', which is no shop or ERP of recon.toml.",
        ),
    ],
)
def test_a_mistake_about_ids_and_stores_is_one_sentence(tmp_path: Path, more: str, said: str) -> None:
    mapping = '[systems.salesforce.mapping]\npreset = "standard"\n'
    (problem,) = problems(tmp_path, mapping + more + "\n")
    assert said in problem


def test_the_example_of_the_documentation_is_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parent.parent.parent / "docs/several-systems.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "recon.toml"
    path.write_text(example)
    settings = load_settings(path, registry.settings_models())
    org = settings.systems["salesforce"]
    assert isinstance(org, Org)
    assert org.mapping.orders[0].external_ids == {"magento": "Magento_Order_Id__c", "woo": "Woo_Order_Id__c"}
    assert settings.ownership["customers.email"] == ["salesforce"]
