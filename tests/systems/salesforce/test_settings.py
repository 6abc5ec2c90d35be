"""The part of recon.toml that describes an org, and its presets."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from recon.config import presets
from recon.config.mapping import ROLES
from recon.errors import ConfigError
from recon.systems import registry
from recon.systems.salesforce import Settings


def settings(**changes: Any) -> Settings:
    base = {"kind": "salesforce", "url": "https://acme.my.salesforce.com", "client_id": "abc", "client_secret": "env:SF_SECRET"}
    return Settings.model_validate({key: value for key, value in {**base, **changes}.items() if value is not ...})


def test_the_folder_names_the_platforms() -> None:
    assert {"salesforce", "shopify"} <= set(registry.platforms())
    assert registry.settings_models()["salesforce"] is Settings
    assert registry.side("salesforce") == "salesforce" and registry.side("shopify") == "shop"


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_the_audience_follows_the_address(url: str, audience: str) -> None:
    assert settings(url=url).audience == audience
    assert settings(url=url, login_url="https://test.salesforce.com").audience == "https://test.salesforce.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://login.salesforce.com"},
        {"url": "https://acme.lightning.force.com"},
        {"url": "http://acme.my.salesforce.com"},
        {"url": ...},
        {"client_secret": "the secret itself"},
        {"client_secret": ...},
        {"client_secret": ..., "username": "a@b.example"},
        {"username": "a@b.example", "private_key": "env:KEY"},
        {"api_version": "66"},
        {"org_id": "001000000000001"},
        {"mapping": {"preset": "shopify-hand"}},
        {"mapping": {"orders": {"object": "Order", "fields": {"totl": "Total__c"}}}},
        {"mapping": {"orders": {"object": "Order; DROP", "fields": {}}}},
        {"mapping": {"orders": {"object": "Order", "fields": {"total": "Total__c FROM User"}}}},
        {"mapping": {"orders": {"object": "Order", "fields": {"total": "A.B.C"}}}},
        {"mapping": {"ordres": {"object": "Order"}}},
        {"mapping": {"orders": 7}},
        {"password": "x"},
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert "the secret itself" not in str(caught.value.errors(include_input=False, include_url=False))


def test_both_flows_can_be_configured() -> None:
    assert settings().client_secret == "env:SF_SECRET"
    assert settings(client_secret=..., username="a@b.example", private_key="file:/key.pem").username == "a@b.example"


def test_without_a_mapping_the_standard_fields_are_read() -> None:
    assert settings().mapping == settings(mapping={"preset": "standard"}).mapping
    assert settings(mapping={"orders": {"object": "Order"}}).mapping.customers == []


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_a_sound_mapping(name: str) -> None:
    mapping = settings(mapping={"preset": name}).mapping
    assert mapping.orders and mapping.customers and mapping.products
    preset = presets.load(name)
    assert preset.title and preset.source and set(preset.tables) <= set(ROLES)


def test_recon_toml_overrides_a_preset_key_by_key() -> None:
    mapping = settings(mapping={"preset": "shopify-handmade", "orders": {"fields": {"total": "Grand__c", "placed_date": ""}}}).mapping
    fields = mapping.orders[0].fields
    assert fields["total"] == "Grand__c" and "placed_date" not in fields and fields["external_id"] == "Shopify_Order_Id__c"
    assert mapping.orders[0].values["status"]["Activated"] == "open"


def test_one_object_of_several_can_be_changed() -> None:
    mapping = settings(mapping={"preset": "standard", "customers": {"object": "contact", "fields": {"external_id": "Key__c"}}}).mapping
    assert [item.kind for item in mapping.customers] == ["person_account", "contact"]
    assert mapping.customers[1].fields["external_id"] == "Key__c" and "external_id" not in mapping.customers[0].fields


def test_another_object_takes_the_place_of_the_presets() -> None:
    mapping = settings(mapping={"preset": "standard", "orders": {"object": "Opportunity", "fields": {"total": "Amount"}}}).mapping
    assert [item.object for item in mapping.orders] == ["Opportunity"] and mapping.orders[0].fields == {"total": "Amount"}


def test_a_list_is_the_list_of_objects() -> None:
    mapping = settings(mapping={"preset": "standard", "customers": [{"object": "Contact", "fields": {"phone": "MobilePhone"}}]}).mapping
    assert [item.object for item in mapping.customers] == ["Contact"]
    assert mapping.customers[0].fields["phone"] == "MobilePhone" and mapping.customers[0].fields["email"] == "Email"


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="shopify-handmade"):
        presets.load("shopify_handmade")
