"""What recon.toml may say of an instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recon.systems.commerce_cloud import KIND, SIDE, Settings
from recon.systems.registry import settings_models

API: dict[str, Any] = {
    "short_code": "kv7kzm78",
    "tenant_id": "zzxy_prd",
    "sites": ["Nordhaus"],
    "client_id": "3f9c2d1e",
    "client_secret": "env:S",
    "instance_url": "https://shop.example",
}


def test_the_platform_is_known() -> None:
    assert (KIND, SIDE) == ("commerce_cloud", "shop")
    assert settings_models()[KIND] is Settings


def test_addresses_follow_from_short_code_and_tenant() -> None:
    settings = Settings(**API)
    assert settings.api_url == "https://kv7kzm78.api.commercecloud.salesforce.com"
    assert settings.organization == "f_ecom_zzxy_prd"
    assert (settings.orders, settings.products, settings.inventory) == ("api", "api", "api")
    assert not settings.is_dav


def test_files_alone_are_enough_and_lie_beside_recon_toml(tmp_path: Path) -> None:
    settings = Settings.model_validate({"kind": "commerce_cloud", "impex": "exports"}, context={"folder": tmp_path})
    assert settings.impex == str(tmp_path / "exports")
    assert (settings.orders, settings.products, settings.inventory) == ("impex", "impex", "impex")
    assert not settings.has_api


def test_a_folder_of_webdav_needs_a_client() -> None:
    address = "https://shop.example/on/demandware.servlet/webdav/Sites/Impex/src/recon/"
    assert Settings(**API, impex=address).is_dav
    with pytest.raises(ValidationError, match="needs client_id"):
        Settings(impex=address)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs tenant_id and short_code"),
        ({**API, "tenant_id": "f_ecom_zzxy_prd"}, "realm and instance"),
        ({**API, "tenant_id": "../x"}, "realm and instance"),
        ({**API, "short_code": "a.b/c"}, "short code alone"),
        ({**API, "sites": []}, "needs sites"),
        ({**API, "sites": ["a/b"]}, "ids as Business Manager"),
        ({**API, "sites": ["a", "a"]}, "twice"),
        ({**API, "client_secret": "the-secret-itself"}, "must name a secret"),
        ({**API, "private_key": "env:K"}, "exactly one of client_secret and private_key"),
        ({key: value for key, value in API.items() if key != "client_secret"}, "exactly one of client_secret and private_key"),
        ({key: value for key, value in API.items() if key != "instance_url"}, "needs instance_url"),
        ({**API, "ocapi_client_secret": "env:S"}, "needs ocapi_client_id"),
        ({**API, "ocapi_client_id": "x"}, "exactly one of ocapi_client_secret and ocapi_private_key"),
        ({**API, "orders": "impex"}, "needs impex"),
        ({**API, "account_url": "http://account.example"}, "https://host"),
        ({**API, "ocapi_version": "latest"}, "String should match"),
        ({**API, "impex": "https://user@shop.example/x"}, "must be a folder"),
        ({**API, "impex": "http://shop.example/x"}, "must be a folder"),
        ({**API, "impex": "https://shop.example/a/../b"}, "must not contain"),
        ({**API, "impex_whole": ["invoices"]}, "Input should be"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Settings(**given)
    assert "the-secret-itself" not in "".join(error["msg"] for error in caught.value.errors())
