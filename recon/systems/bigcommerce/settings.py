"""What ``kind = "bigcommerce"`` has in recon.toml."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings

API = "https://api.bigcommerce.com"
B2B_API = "https://api-b2b.bigcommerce.com"

_STORE = re.compile(r"^[a-z0-9]{1,32}$")

PerOrder = Literal["shipments", "transactions"]


class Settings(SystemSettings):
    """A BigCommerce store, read with the token of a store-level API account."""

    kind: Literal["bigcommerce"] = Field("bigcommerce", description="Platform.")
    store: str = Field(
        description="Store hash: what stands behind /stores/ in the API path and behind store- in the control panel's address."
    )
    token: SecretRef = Field(description="Where the access token of the store-level API account is.")
    per_order: tuple[PerOrder, ...] = Field(
        (), description="What is read although it takes one call for every order: shipments, transactions."
    )
    quota_reserve: float = Field(0.1, ge=0, lt=1, description="Share of the store's request quota that is left to other apps.")
    b2b: bool = Field(False, description="True where the store has B2B Edition, so that its companies are read.")
    b2b_url: str | None = Field(None, description="Address of B2B Edition where it is not api-b2b.bigcommerce.com.")
    b2b_token: SecretRef | None = Field(None, description="Where the token for B2B Edition is, if it is not the same.")

    @field_validator("store")
    @classmethod
    def _hash(cls, value: str) -> str:
        value = value.strip().lower()
        if not _STORE.match(value):
            raise ValueError("must be the store hash, such as a1b2c3d4e5, without address or slashes")
        return value

    @field_validator("b2b_url")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
            raise ValueError("must look like https://host, without path, query or user")
        return f"https://{parts.netloc.lower()}"

    @property
    def address(self) -> str:
        """Origin that requests go to."""
        return self.url or API

    @property
    def b2b_address(self) -> str:
        """Origin of B2B Edition."""
        return self.b2b_url or B2B_API
