"""What ``kind = "commerce_cloud"`` has in recon.toml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings

ACCOUNT = "https://account.demandware.com"
"""Account Manager: where tokens come from."""

Source = Literal["api", "impex", "none"]
"""Where something is read from"""
Kind = Literal["customers", "orders", "inventory", "catalog", "pricebook"]

_TENANT = re.compile(r"^[a-z]{4}_[a-z0-9]{3}$")
_CODE = re.compile(r"^[A-Za-z0-9-]{4,32}$")
_NAME = re.compile(r"^[^\s/?#&%\\][^/?#&%\\\x00-\x1f]{0,99}$")


class Settings(SystemSettings):
    """An instance. Files alone are enough (``impex``); the APIs need an API client of Account Manager."""

    kind: Literal["commerce_cloud"] = Field("commerce_cloud", description="Platform.")
    short_code: str | None = Field(None, description="Short code of the realm, the first part of the API's host.")
    url: str | None = Field(None, description="Address of the Admin APIs, where it is not that of the short code.")
    tenant_id: str | None = Field(None, description="Realm and instance, such as zzxy_prd.")
    sites: tuple[str, ...] = Field((), description="Ids of the sites that are audited.")
    client_id: str | None = Field(None, min_length=1, description="Id of the API client, or a reference such as env:SFCC_CLIENT_ID.")
    client_secret: SecretRef | None = Field(None, description="Where the API client's password is.")
    private_key: SecretRef | None = Field(None, description="Where the private key (PEM) of the API client's certificate is, instead.")
    ocapi_client_id: str | None = Field(
        None, min_length=1, description="A client of its own for OCAPI and WebDAV; the same where not said."
    )
    ocapi_client_secret: SecretRef | None = Field(None, description="Where its password is.")
    ocapi_private_key: SecretRef | None = Field(None, description="Where its private key is, instead.")
    account_url: str = Field(ACCOUNT, description="Where tokens come from.")
    instance_url: str | None = Field(None, description="Address of the instance itself, for stock by OCAPI.")
    ocapi_version: str = Field("v25_6", pattern=r"^v[0-9]{2}_[0-9]{1,2}$", description="Version of OCAPI Data.")
    orders: Source = Field("api", description="Where orders are read: api, impex (files) or none.")
    products: Source = Field("api", description="The same for products.")
    inventory: Source = Field("api", description="The same for stock.")
    inventory_lists: tuple[str, ...] = Field((), description="Ids of the inventory lists that are audited; none means all.")
    catalogs: tuple[str, ...] = Field((), description="Ids of the catalogs whose products are audited; none means all.")
    customer_lists: tuple[str, ...] = Field((), description="Ids of the customer lists that are audited; none means all.")
    price_books: tuple[str, ...] = Field((), description="Ids of the price books that are audited; none means all.")
    default_price_book: str | None = Field(None, description="The price book that holds the shop's own prices, compared as list default.")
    impex: str | None = Field(None, description="Folder with exported XML, relative to recon.toml, or its WebDAV address (https).")
    impex_whole: tuple[Kind, ...] = Field(
        (), description="Kinds of files of which only the newest time stamp counts, because every export holds everything."
    )
    page_size: int = Field(200, ge=2, le=200, description="Records in one call.")

    @field_validator("tenant_id")
    @classmethod
    def _tenant(cls, value: str | None) -> str | None:
        if value is not None and not _TENANT.match(value):
            raise ValueError("must be realm and instance, such as zzxy_prd")
        return value

    @field_validator("short_code")
    @classmethod
    def _code(cls, value: str | None) -> str | None:
        if value is not None and not _CODE.match(value):
            raise ValueError("must be the short code alone, without host")
        return value

    @field_validator("sites", "inventory_lists", "catalogs", "customer_lists", "price_books")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _NAME.match(name) for name in value):
            raise ValueError("must be ids as Business Manager shows them")
        if len(set(value)) != len(value):
            raise ValueError("names the same id twice")
        return value

    @field_validator("account_url", "instance_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        return cls._https_only(value)

    @field_validator("impex")
    @classmethod
    def _place(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if "://" not in value:
            base = info.context.get("folder") if isinstance(info.context, dict) else None
            return str((base or Path.cwd()) / Path(value).expanduser())
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment or "\\" in value:
            raise ValueError("must be a folder, or look like https://host/on/demandware.servlet/webdav/Sites/Impex/src/folder")
        if ".." in parts.path.split("/"):
            raise ValueError("must not contain ..")
        return value.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _files_alone(cls, values: Any) -> Any:
        """Without an API client everything comes from files."""
        if not isinstance(values, dict) or values.get("client_id") or values.get("ocapi_client_id") or not values.get("impex"):
            return values
        return {"orders": "impex", "products": "impex", "inventory": "impex", **values}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in ("orders", "products", "inventory"):
            if getattr(self, name) == "impex" and self.impex is None:
                raise ValueError(f'needs impex, the folder of the files, where {name} = "impex"')
        scapi = "api" in {self.orders, self.products}
        if scapi and not (self.tenant_id and (self.short_code or self.url)):
            raise ValueError("needs tenant_id and short_code, to read orders and products by the Admin APIs")
        if self.orders == "api" and not self.sites:
            raise ValueError("needs sites: orders are asked for site by site")
        if self.inventory == "api" and not self.instance_url:
            raise ValueError('needs instance_url, to read stock by OCAPI; or say inventory = "impex" or "none"')
        self._check_client("", needed=scapi or ((self.inventory == "api" or self.is_dav) and not self.ocapi_client_id))
        self._check_client("ocapi_", needed=self.ocapi_client_id is not None)
        return self

    def _check_client(self, front: str, *, needed: bool) -> None:
        client, secret, key = (getattr(self, front + name) for name in ("client_id", "client_secret", "private_key"))
        if client is None and (needed or secret or key):
            raise ValueError(f"needs {front}client_id as well")
        if client is not None and (secret is None) == (key is None):
            raise ValueError(f"needs exactly one of {front}client_secret and {front}private_key")

    @property
    def is_dav(self) -> bool:
        """Whether files are fetched by WebDAV."""
        return self.impex is not None and self.impex.startswith("https://")

    @property
    def has_api(self) -> bool:
        """Whether anything is asked of an API."""
        return "api" in {self.orders, self.products, self.inventory}

    @property
    def api_url(self) -> str:
        """Origin of the Admin APIs."""
        return self.url or f"https://{self.short_code or 'unknown'}.api.commercecloud.salesforce.com"

    @property
    def organization(self) -> str:
        """organizationId in the paths of the Admin APIs."""
        return f"f_ecom_{self.tenant_id}"
