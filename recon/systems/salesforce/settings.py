"""What ``[systems.<name>]`` with ``kind = "salesforce"`` may say."""

from __future__ import annotations

import difflib
import re
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from recon.config import presets
from recon.config.mapping import ROLES, Mapping, ObjectMapping
from recon.config.secrets import SecretRef
from recon.config.settings import SystemSettings
from recon.errors import ConfigError

_OBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}(\.[A-Za-z][A-Za-z0-9_]{0,79})?")


class Settings(SystemSettings):
    """One Salesforce org."""

    kind: Literal["salesforce"] = Field(description="salesforce")
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
    mapping: Mapping = Field(
        default_factory=lambda: _mapping({}), description="Which object and field holds what; preset names a known integration."
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

    @field_validator("mapping", mode="before")
    @classmethod
    def _merged(cls, value: Any) -> Any:
        return _merge(value) if isinstance(value, dict) else value

    @field_validator("mapping")
    @classmethod
    def _sound(cls, value: Mapping) -> Mapping:
        problems = list(_problems(value))
        if problems:
            raise ValueError("; ".join(problems))
        return value

    @model_validator(mode="after")
    def _one_flow(self) -> Settings:
        bearer = self.username is not None or self.private_key is not None
        if self.client_secret is not None and bearer:
            raise ValueError("has both client_secret and username or private_key; keep the ones of the flow that the app is set up for")
        if self.client_secret is None and (self.username is None or self.private_key is None):
            raise ValueError("needs client_secret (client credentials flow), or username and private_key (JWT bearer flow)")
        return self


def _merge(value: dict[str, Any]) -> dict[str, Any]:
    preset = value.get("preset")
    if preset is None and not any(table in value for table in ROLES):
        preset = "standard"
    if preset is not None and not isinstance(preset, str):
        return value
    try:
        return presets.merge(preset, value)
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _mapping(value: dict[str, Any]) -> Mapping:
    return Mapping.model_validate(_merge(value))


def _problems(mapping: Mapping) -> list[str]:
    """Roles that do not exist and names that cannot be API names."""
    found = []
    for table, roles in ROLES.items():
        for item in getattr(mapping, table):
            place = f"{table} ({item.object})"
            if not _OBJECT.fullmatch(item.object):
                found.append(f"{table}: {item.object!r} is not the API name of an object")
            for role, field in item.fields.items():
                if role not in roles:
                    near = difflib.get_close_matches(role, roles, 1)
                    found.append(
                        f"{place}: there is no role {role!r}; " + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(roles)}")
                    )
                if not _FIELD.fullmatch(field):
                    found.append(f"{place}: {field!r} is not the API name of a field (one relationship is allowed, as in Product2.Name)")
            found.extend(f"{place}: values for {role!r}, which is no role" for role in item.values if role not in roles)
            found.extend(_id_problems(place, item, roles))
            if item.where_field and not _FIELD.fullmatch(item.where_field):
                found.append(f"{place}: where_field {item.where_field!r} is not the API name of a field")
    return found


def _id_problems(place: str, item: ObjectMapping, roles: tuple[str, ...]) -> list[str]:
    """What is wrong with the ids and stores of several shops."""
    found = [
        f"{place}: external_ids.{system}: {field!r} is not the API name of a field"
        for system, field in item.external_ids.items()
        if not _FIELD.fullmatch(field)
    ]
    if item.external_ids and "external_id" not in roles:
        found.append(f"{place}: external_ids are not known there")
    if item.stores and "store" not in item.fields:
        found.append(f"{place}: stores need a field for the role store")
    return found
