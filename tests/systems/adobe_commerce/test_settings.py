"""What recon.toml may say of a shop."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from recon.systems.adobe_commerce import KIND, SIDE, Settings
from recon.systems.registry import settings_models

OAUTH = {"consumer_key": "env:A", "consumer_secret": "env:B", "access_token": "env:C", "access_token_secret": "env:D"}
SERVICE = {"client_id": "env:A", "client_secret": "env:B", "organization_id": "1@AdobeOrg", "tenant_id": "abcd1234"}
URL = {"url": "https://shop.example"}


def test_the_platform_is_known() -> None:
    assert (KIND, SIDE) == ("adobe_commerce", "shop")
    assert settings_models()[KIND] is Settings


@pytest.mark.parametrize("way", [OAUTH, SERVICE, {"token": "env:T"}])
def test_three_ways_in(way: dict[str, str]) -> None:
    settings = Settings(**URL, **way)  # type: ignore[arg-type]
    assert settings.root == ("/abcd1234" if "tenant_id" in way else "/rest/all")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (URL, "needs exactly one of"),
        ({**URL, **OAUTH, "token": "env:T"}, "needs exactly one of"),
        ({**URL, "consumer_key": "env:A"}, "needs consumer_secret as well"),
        ({**URL, "token": "a-token-and-no-reference"}, "must name a secret"),
        ({"url": "http://shop.example", "token": "env:T"}, "https://host"),
        ({"token": "env:T"}, "Field required"),
        ({**URL, "token": "env:T", "scope": "../admin"}, "store code"),
        ({**URL, "token": "env:T", "folder": "shop"}, "must look like /folder"),
        ({**URL, "token": "env:T", "stores": ["a b"]}, "store codes"),
        ({**URL, **SERVICE, "tenant_id": "a/b"}, "tenant id"),
        ({**URL, **SERVICE, "ims_url": "http://x"}, "https://host"),
        ({**URL, "token": "env:T", "amounts": "shop"}, "Input should be 'base' or 'order'"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Settings(**given)
    assert "a-token-and-no-reference" not in "".join(error["msg"] for error in caught.value.errors())


def test_a_shop_below_a_folder() -> None:
    assert Settings(url="https://shop.example", token="env:T", folder="/store/index.php", scope="default").root == (
        "/store/index.php/rest/default"
    )
