"""What ``[systems.<name>]`` with ``kind = "b2b_commerce"`` may say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from recon.systems.salesforce_api.settings import OrgSettings


class Settings(OrgSettings):
    """The stores of one org. It may be the org that is audited, or another one."""

    kind: Literal["b2b_commerce"] = Field(description="b2b_commerce")
    stores: tuple[str, ...] = Field((), description="Names or ids of the web stores that are this shop; empty for all stores of the org.")

    @field_validator("stores")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not store.strip() for store in value) or len(set(value)) != len(value):
            raise ValueError("names every store once, by its name or its id")
        return value
