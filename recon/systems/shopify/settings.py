"""What ``kind = "shopify"`` has in recon.toml."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings

VERSIONS = ("2026-07", "2026-10")
"""API versions whose documents are checked against the vendor's schema; the first is the default."""

RESULT_HOST = "storage.googleapis.com"
"""Where Shopify puts results of bulk operations."""

_SHOP = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$")
_HOST = re.compile(r"^[a-z0-9.-]+(:[0-9]{1,5})?$")


class Settings(SystemSettings):
    """A Shopify shop. Either ``token`` or ``client_id`` with ``client_secret`` is needed."""

    kind: Literal["shopify"] = Field("shopify", description="Platform.")
    shop: str = Field(description="Domain of the shop, such as acme.myshopify.com.")
    api_version: Literal["2026-07", "2026-10"] = Field("2026-07", description="Version of the GraphQL Admin API.")
    client_id: str | None = Field(None, description="Client id of the app in the Dev Dashboard, as text or as a secret reference.")
    client_secret: SecretRef | None = Field(None, description="Where the app's client secret is.")
    token: SecretRef | None = Field(None, description="Where the access token of an older custom app is (shpat_…).")
    full_read: Literal["bulk", "pages"] = Field("bulk", description="How everything is read: by bulk operations, or page by page.")
    result_hosts: tuple[str, ...] = Field((RESULT_HOST,), description="Hosts that results of bulk operations may come from.")

    @field_validator("shop")
    @classmethod
    def _domain(cls, value: str) -> str:
        value = value.strip().lower()
        if not _SHOP.match(value):
            raise ValueError("must be the shop's own domain, such as acme.myshopify.com, without https://")
        return value

    @field_validator("result_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _HOST.match(host.lower()) for host in value):
            raise ValueError("must be host names, with a port at most")
        return tuple(host.lower() for host in value)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        app = self.client_id is not None or self.client_secret is not None
        if app == (self.token is not None):
            raise ValueError("needs either token, or client_id and client_secret")
        if app and (self.client_id is None or self.client_secret is None):
            raise ValueError("needs both client_id and client_secret")
        return self

    @property
    def address(self) -> str:
        """Origin that requests go to."""
        return self.url or f"https://{self.shop}"

    @property
    def handle(self) -> str:
        """The shop's name in admin addresses."""
        return self.shop.removesuffix(".myshopify.com")
