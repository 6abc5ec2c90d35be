"""What recon.toml may say about a shop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from recon.systems import registry
from recon.systems.shopify import KIND, SIDE, Settings
from recon.systems.shopify.doctor import supported_until

APP = {"client_id": "abc", "client_secret": "env:SHOP_SECRET"}


def test_the_platform_is_found_by_its_kind() -> None:
    assert registry.settings_models()[KIND] is Settings
    assert registry.side(KIND) == SIDE == "shop"


def test_defaults() -> None:
    settings = Settings(shop="acme.myshopify.com", **APP)
    assert settings.api_version == "2026-07"
    assert settings.address == "https://acme.myshopify.com"
    assert settings.handle == "acme"
    assert settings.result_hosts == ("storage.googleapis.com",)


@pytest.mark.parametrize(
    "shop",
    [
        "acme",
        "https://acme.myshopify.com",
        "acme.myshopify.com.evil.example",
        "acme.myshopify.com/admin",
        "a b.myshopify.com",
        "",
        "-x.myshopify.com",
    ],
)
def test_only_the_shops_own_domain_is_a_shop(shop: str) -> None:
    with pytest.raises(ValidationError, match=r"acme\.myshopify\.com"):
        Settings(shop=shop, **APP)


@pytest.mark.parametrize(
    "given", [{}, {"client_id": "abc"}, {"client_secret": "env:S"}, {**APP, "token": "env:T"}, {"client_id": "abc", "token": "env:T"}]
)
def test_there_is_exactly_one_way_in(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="needs"):
        Settings(shop="acme.myshopify.com", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["token", "client_secret"])
def test_a_secret_itself_is_refused_and_not_repeated(key: str) -> None:
    given = {"token": "shpat_canary"} if key == "token" else {**APP, "client_secret": "shpat_canary"}
    with pytest.raises(ValidationError) as caught:
        Settings(shop="acme.myshopify.com", **given)
    assert "canary" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("changes", [{"api_version": "2025-01"}, {"result_hosts": ("https://x",)}, {"full_read": "rest"}, {"shopp": "x"}])
def test_unknown_values_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(shop="acme.myshopify.com", **APP, **changes)  # type: ignore[arg-type]


def test_a_version_is_supported_for_a_year() -> None:
    assert supported_until("2026-07") == datetime(2027, 7, 1, 17, tzinfo=UTC)
    assert supported_until("2026-10") == datetime(2027, 10, 1, 17, tzinfo=UTC)
