"""What ``kind = "woocommerce"`` has in recon.toml."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings
from recon.systems.http import is_loopback

PAGE = 100
"""Largest page that WooCommerce gives."""


class Settings(SystemSettings):
    """A WooCommerce site with an API key of read permission."""

    kind: Literal["woocommerce"] = Field("woocommerce", description="Platform.")
    url: str = Field(description="Address of the site, with its folder if it lies in one, such as https://www.example.com/store.")
    consumer_key: SecretRef = Field(description="Where the API key's consumer key is (ck_…).")
    consumer_secret: SecretRef = Field(description="Where the API key's consumer secret is (cs_…).")
    keys_in_query: bool = Field(
        False, description="True sends the key in the address, for hosts that strip the Authorization header; it then stands in their logs."
    )
    plain_http: bool = Field(False, description="True allows an http:// address; requests are then signed (OAuth 1.0a), but not encrypted.")
    api_root: str | None = Field(
        None, pattern=r"^/[A-Za-z0-9/_.-]+$", description="Path of the REST API where the site does not tell it, such as /wp-json."
    )
    page_size: int = Field(PAGE, ge=5, le=PAGE, description="Records of a page, for hosts that cannot bear large ones.")
    look_up: int = Field(
        200, ge=0, le=100_000, description="Ids between the listed orders that a full snapshot looks up one by one, the newest first."
    )

    @field_validator("url")
    @classmethod
    def _https_only(cls, value: str | None) -> str | None:
        """Takes the place of the common check: a site may lie in a folder, and on request be reached without TLS."""
        if value is None:
            return None
        if any(c.isspace() for c in value):
            raise ValueError("must not contain white space")
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("must look like https://host or https://host/folder, without query or user")
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not (self.plain_http or is_loopback(parts.hostname or "")):
            raise ValueError("url must begin with https://; plain_http = true allows http://, where anybody on the way can read along")
        if parts.scheme == "http" and self.keys_in_query:
            raise ValueError("keys_in_query needs https://: without it requests are signed, and the secret is never sent")
        return self

    @property
    def signed(self) -> bool:
        """Whether requests are signed instead of carrying the key: WooCommerce takes keys over TLS only."""
        return self.url.startswith("http://")

    @property
    def origin(self) -> str:
        """Scheme and host that requests go to."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def folder(self) -> str:
        """Folder of the site on its host: empty, or beginning with a slash."""
        return urlsplit(self.url).path
