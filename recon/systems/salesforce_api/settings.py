"""What recon.toml says of the way into an org on the Salesforce core."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings


class OrgSettings(SystemSettings):
    """One org: where it is and how to sign in."""

    url: str = Field(description="My Domain of the org, such as https://acme.my.salesforce.com.")
    login_url: Literal["https://login.salesforce.com", "https://test.salesforce.com"] | None = Field(
        None, description="Audience of the JWT; by default test.salesforce.com for addresses with .sandbox., else login.salesforce.com."
    )
    api_version: str = Field(
        "66.0", pattern=r"^[1-9][0-9]\.0$", description="API version, pinned so that answers do not change by themselves."
    )
    client_id: str = Field(min_length=1, description="Consumer key of the external client app, or a reference such as env:SF_CLIENT_ID.")
    client_secret: SecretRef | None = Field(None, description="Consumer secret, for the client credentials flow.")
    username: str | None = Field(None, min_length=3, description="Integration user, for the JWT bearer flow.")
    private_key: SecretRef | None = Field(None, description="Private key (PEM) of the app's certificate, for the JWT bearer flow.")
    org_id: str | None = Field(
        None, pattern=r"^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Id that the org must have; corrections in production need it."
    )
    production: bool = Field(True, description="False for a sandbox or scratch org.")
    currency: str | None = Field(
        None,
        pattern=r"^[A-Z]{3}$",
        description="Currency of an org that has only one; its records carry none and the API does not tell it.",
    )

    @property
    def audience(self) -> str:
        """``aud`` of the JWT. Vendor source: OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration."""
        if self.login_url:
            return self.login_url
        sandbox = ".sandbox." in self.url or urlsplit(self.url).hostname == "test.salesforce.com"
        return "https://test.salesforce.com" if sandbox else "https://login.salesforce.com"

    @field_validator("url")
    @classmethod
    def _my_domain(cls, value: str) -> str:
        if urlsplit(value).hostname in {"login.salesforce.com", "test.salesforce.com"}:
            raise ValueError("must be the My Domain of the org (Setup → My Domain), such as https://acme.my.salesforce.com")
        if (urlsplit(value).hostname or "").endswith(".lightning.force.com"):
            raise ValueError("must be the My Domain (….my.salesforce.com), not the Lightning address")
        return value

    @model_validator(mode="after")
    def _one_flow(self) -> Self:
        bearer = self.username is not None or self.private_key is not None
        if self.client_secret is not None and bearer:
            raise ValueError("has both client_secret and username or private_key; keep the ones of the flow that the app is set up for")
        if self.client_secret is None and (self.username is None or self.private_key is None):
            raise ValueError("needs client_secret (client credentials flow), or username and private_key (JWT bearer flow)")
        return self
