"""How recon.toml says which column plays which role, and how a source writes numbers and times."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from recon.config.mapping import TABLE_ROLES
from recon.config.settings import Model, SystemSettings, check_time_zone
from recon.systems.tables.values import Formats, strptime_format


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""One text or a list of them."""


class Writing(Model):
    """How a source writes numbers and times; a table's own word wins over the system's."""

    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark; a point where nothing is said.")
    thousands: Literal["", ".", ",", " ", "'", "’"] | None = Field(None, description="Mark between thousands; none where nothing is said.")
    date_format: Words | None = Field(
        None, description="How times are written, such as dd.mm.yyyy HH:MM:SS, iso, unix, unix_ms or a strptime format; several are tried."
    )
    time_zone: str | None = Field(None, description="IANA zone of times that carry none.")
    blanks: tuple[str, ...] | None = Field(None, description="Words that mean nothing, such as NULL.")

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return None if value is None else check_time_zone(value)

    @field_validator("date_format")
    @classmethod
    def _patterns(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for text in value or ():
            if "%" not in strptime_format(text) and text not in {"iso", "unix", "unix_ms"}:
                raise ValueError("must be made of yyyy mm dd HH MM SS, or be iso, unix or unix_ms")
        return value

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.thousands and self.thousands == (self.decimal or "."):
            raise ValueError("decimal and thousands must differ")
        return self


class Table(Writing):
    """One canonical table of such a system."""

    columns: dict[str, Words] = Field(
        default_factory=dict, description="Canonical column → column of the source; of several, the id is made by joining them with /."
    )
    sums: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Canonical column → columns that are added up; a minus before a name subtracts it."
    )
    defaults: dict[str, str] = Field(default_factory=dict, description="Canonical column → what a blank or missing one means.")
    values: dict[str, dict[str, str]] = Field(default_factory=dict, description="Canonical column → the source's word → recon's word.")
    where: dict[str, Words] = Field(default_factory=dict, description="Column of the source → only rows with one of these values count.")


class Tables(Model):
    """Canonical tables."""

    orders: Table | None = None
    order_lines: Table | None = None
    customers: Table | None = None
    products: Table | None = None
    prices: Table | None = None
    locations: Table | None = None
    inventory_levels: Table | None = None
    refunds: Table | None = None
    fulfillments: Table | None = None
    payments: Table | None = None
    returns: Table | None = None
    return_lines: Table | None = None
    refund_lines: Table | None = None
    fulfillment_lines: Table | None = None
    companies: Table | None = None
    subscriptions: Table | None = None


class TableSystem(SystemSettings, Writing):
    """What both platforms have."""

    side: Literal["erp", "shop"] = Field("erp", description="Which side it is on: erp, or shop for the exports of a shop.")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Currency of amounts that come without one.")
    tax_included: bool | None = Field(None, description="True where prices contain tax.")
    record_url_template: str | None = Field(
        None, pattern="^https://", description="Address of a record for people, with {object} and {record_id} left to fill."
    )

    def chosen(self) -> dict[str, Table]:
        """Canonical table → what recon.toml says of it."""
        tables: Tables = getattr(self, "tables")  # noqa: B009 - declared by the platforms, each with its own kind of table
        return {name: table for name in TABLE_ROLES if (table := getattr(tables, name)) is not None}

    def formats(self, table: Table) -> Formats:
        """How a table writes numbers and times."""
        blanks = table.blanks if table.blanks is not None else self.blanks
        return Formats(
            decimal=table.decimal or self.decimal or ".",
            thousands=(table.thousands if table.thousands is not None else self.thousands) or "",
            date_format=table.date_format or self.date_format or (),
            time_zone=table.time_zone or self.time_zone,
            blanks=frozenset(blanks or ()),
        )

    @model_validator(mode="after")
    def _roles_exist(self) -> Self:
        for name, table in self.chosen().items():
            check_roles(name, table)
        return self


def check_roles(name: str, table: Table) -> None:
    """ValueError where a table names a column that its canonical table does not have."""
    known = {"record_id", *TABLE_ROLES[name]}
    for part in ("columns", "sums", "defaults", "values"):
        for role in getattr(table, part):
            if role not in known:
                raise ValueError(f"tables.{name}.{part} names {role}, which {name} has not; known: {', '.join(sorted(known))}")
    if table.columns and "record_id" not in table.columns:
        raise ValueError(f"tables.{name}.columns must say which column is record_id")
    for role, columns in table.columns.items():
        if len(columns) != 1 and role != "record_id" and not role.endswith("_id"):
            raise ValueError(f"tables.{name}.columns.{role} must name one column")
