"""One object that is read: columns, order, condition. Which ones those are is decided by the platform on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from recon.systems.base import Stream
from recon.systems.salesforce_api.describe import Object

SYSTEM_FIELDS = ("Id", "IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById")


@dataclass
class Plan:
    """One object that is read."""

    source: str
    columns: tuple[str, ...]
    cursor: str
    """SystemModstamp, or CreatedDate for history rows, which never change"""
    entities: tuple[str, ...]
    personal: tuple[str, ...]
    title: str
    unreadable: dict[str, str] = field(default_factory=dict)
    """field → why it cannot be read"""
    name: str = ""
    """of the stream; by default that of the object in lower case"""
    where: str = ""
    """SOQL condition of the rows that are read; empty for all"""
    has_delta: bool = True

    @property
    def stream(self) -> Stream:
        """As the snapshot sees it. Columns hold the exact API names."""
        return Stream(
            name=self.name or self.source.lower(),
            entities=self.entities,
            source=self.source,
            title=self.title,
            columns=self.columns,
            personal=self.personal,
            has_delta=self.has_delta,
        )


def both(*conditions: str) -> str:
    """Conditions that must all hold; empty ones are left out."""
    held = [condition for condition in conditions if condition]
    return " AND ".join(f"({condition})" for condition in held) if len(held) > 1 else "".join(held)


def cursor_of(described: Object) -> str:
    """The field by which changes are found."""
    return "SystemModstamp" if described.field("SystemModstamp") else "CreatedDate"


def readable(described: Object, names: Iterable[str]) -> list[str]:
    """Exact names of those of the fields that the integration user sees."""
    found = (described.field(name) for name in names)
    return [one.name for one in found if one is not None and one.readable]
