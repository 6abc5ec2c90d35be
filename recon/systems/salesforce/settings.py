"""What ``[systems.<name>]`` with ``kind = "salesforce"`` may say."""

from __future__ import annotations

import difflib
import re
from typing import Any, Literal

from pydantic import Field, field_validator

from recon.config import presets
from recon.config.mapping import ROLES, Mapping, ObjectMapping
from recon.errors import ConfigError
from recon.systems.salesforce_api.settings import OrgSettings

_OBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}(\.[A-Za-z][A-Za-z0-9_]{0,79})?")


class Settings(OrgSettings):
    """One Salesforce org."""

    kind: Literal["salesforce"] = Field(description="salesforce")
    mapping: Mapping = Field(
        default_factory=lambda: _mapping({}), description="Which object and field holds what; preset names a known integration."
    )

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
