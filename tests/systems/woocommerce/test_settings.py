"""What recon.toml may say about a site."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from recon.systems import registry
from recon.systems.woocommerce import KIND, SIDE, Settings

KEYS: dict[str, Any] = {"consumer_key": "env:KEY", "consumer_secret": "env:SECRET"}


def test_the_platform_is_found_by_its_kind() -> None:
    assert registry.settings_models()[KIND] is Settings
    assert registry.side(KIND) == SIDE == "shop"


def test_a_site_may_lie_in_a_folder() -> None:
    settings = Settings(url="https://WWW.Example.com/store/", **KEYS)
    assert (settings.origin, settings.folder, settings.signed) == ("https://www.example.com", "/store", False)


@pytest.mark.parametrize(
    "url", ["www.example.com", "ftp://example.com", "https://user@example.com", "https://example.com/?a=b", "https://exa mple.com", ""]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(url=url, **KEYS)


def test_plain_http_is_for_this_machine_or_on_request() -> None:
    with pytest.raises(ValidationError, match="plain_http"):
        Settings(url="http://shop.example.com", **KEYS)
    assert Settings(url="http://shop.example.com", plain_http=True, **KEYS).signed
    assert Settings(url="http://localhost:8080", **KEYS).signed


def test_the_secret_is_never_sent_without_tls() -> None:
    with pytest.raises(ValidationError, match="keys_in_query"):
        Settings(url="http://localhost:8080", keys_in_query=True, **KEYS)


def test_a_secret_itself_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(url="https://example.com", consumer_key="env:KEY", consumer_secret="cs_canary")
    assert "canary" not in str(caught.value.errors(include_input=False))
