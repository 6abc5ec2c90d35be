"""What ``kind = "adobe_commerce"`` has in recon.toml."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings

IMS = "https://ims-na1.adobelogin.com"
"""Where Commerce as a Cloud Service gets its tokens."""

_CODE = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
_FOLDER = re.compile(r"^(/[A-Za-z0-9._-]+)*$")
_TENANT = re.compile(r"^[A-Za-z0-9_-]{4,64}$")

OAUTH = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
SERVER = ("client_id", "client_secret", "organization_id", "tenant_id")


class Settings(SystemSettings):
    """A shop. OAuth needs the four values of an integration; ``token`` alone is sent as bearer; the cloud service has its own four."""

    kind: Literal["adobe_commerce"] = Field("adobe_commerce", description="Platform.")
    url: str | None = Field(description="Address of the shop, such as https://shop.example, or of the cloud service's API.")
    folder: str = Field("", description="Folder of the shop below its host, such as /shop or /index.php.")
    scope: str = Field("all", description="Store code that values are read for; all means the values before any store changes them.")
    consumer_key: SecretRef | None = Field(None, description="Where the integration's consumer key is.")
    consumer_secret: SecretRef | None = Field(None, description="Where the integration's consumer secret is.")
    access_token: SecretRef | None = Field(None, description="Where the integration's access token is.")
    access_token_secret: SecretRef | None = Field(None, description="Where the integration's access token secret is.")
    token: SecretRef | None = Field(None, description="Where a token is that the shop takes as bearer.")
    client_id: SecretRef | None = Field(None, description="Where the client id of the server-to-server credential is (cloud service).")
    client_secret: SecretRef | None = Field(None, description="Where its client secret is (cloud service).")
    organization_id: str | None = Field(None, description="IMS organization, ending in @AdobeOrg (cloud service).")
    tenant_id: str | None = Field(None, description="Tenant in the API address (cloud service).")
    ims_url: str = Field(IMS, description="Where tokens of the cloud service come from.")
    stores: tuple[str, ...] = Field((), description="Codes of the store views that are audited; none means all.")
    amounts: Literal["base", "order"] = Field("base", description="Money that is compared: the website's base currency, or the buyer's.")
    page_size: int = Field(100, ge=1, le=300, description="Records in one call.")
    tracking_days: int = Field(14, ge=0, le=90, description="How far back shipments are read again for tracking numbers added later.")
    salable: bool = Field(True, description="Whether salable quantities are read: a call per hundred products and website.")

    stock_by_sku: bool = Field(
        False, description="Whether stock is read product by product, a call each, where multi source inventory is not installed."
    )

    @field_validator("folder")
    @classmethod
    def _plain_folder(cls, value: str) -> str:
        value = value.rstrip("/")
        if not _FOLDER.match(value):
            raise ValueError("must look like /folder")
        return value

    @field_validator("scope")
    @classmethod
    def _code(cls, value: str) -> str:
        if not _CODE.match(value):
            raise ValueError("must be a store code: letters, digits and _")
        return value

    @field_validator("stores")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _CODE.match(code) for code in value):
            raise ValueError("must be store codes: letters, digits and _")
        return value

    @field_validator("tenant_id")
    @classmethod
    def _tenant(cls, value: str | None) -> str | None:
        if value is not None and not _TENANT.match(value):
            raise ValueError("must be the tenant id in the API's address, without slashes")
        return value

    @field_validator("ims_url")
    @classmethod
    def _ims(cls, value: str) -> str:
        found = cls._https_only(value)
        if found is None:
            raise ValueError("must look like https://host")
        return found

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.url is None:
            raise ValueError("needs url, the address of the shop")
        ways = [self._all_or_none(OAUTH), self._all_or_none(SERVER), self.token is not None]
        if sum(ways) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(OAUTH)}; or token; or {', '.join(SERVER)}")
        return self

    def _all_or_none(self, names: tuple[str, ...]) -> bool:
        missing = [name for name in names if getattr(self, name) is None]
        if missing and len(missing) < len(names):
            raise ValueError(f"needs {missing[0]} as well")
        return not missing

    @property
    def is_service(self) -> bool:
        """Whether this is Commerce as a Cloud Service."""
        return self.tenant_id is not None

    @property
    def address(self) -> str:
        """Origin that requests go to."""
        return self.url or ""

    @property
    def root(self) -> str:
        """What stands before /V1 in every path. The cloud service takes the store from a header (vendor's guide)."""
        return f"{self.folder}/{self.tenant_id}" if self.is_service else f"{self.folder}/rest/{self.scope}"
