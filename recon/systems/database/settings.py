"""What ``kind = "database"`` has in recon.toml."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from recon.config.secrets import SecretRef
from recon.systems.tables.settings import Table, Tables, TableSystem

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "oracle": 1521}


class QueryTable(Table):
    """One canonical table and the SELECT that gives its rows."""

    select: str = Field(
        description="One SELECT. Without columns, its result is named like the canonical columns: select order_no as record_id, …"
    )

    @field_validator("select")
    @classmethod
    def _one_select(cls, value: str) -> str:
        text = value.strip().rstrip(";").strip()
        bare = re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`", " ", text, flags=re.DOTALL)
        if not re.match(r"(select|with)\b", bare.strip(), re.IGNORECASE):
            raise ValueError("must be one SELECT (or WITH … SELECT)")
        if ";" in bare:
            raise ValueError("must be one SELECT, without a second statement")
        return text


class QueryTables(Tables):
    """Canonical tables and their SELECTs."""

    orders: QueryTable | None = None
    order_lines: QueryTable | None = None
    customers: QueryTable | None = None
    products: QueryTable | None = None
    prices: QueryTable | None = None
    locations: QueryTable | None = None
    inventory_levels: QueryTable | None = None
    refunds: QueryTable | None = None
    fulfillments: QueryTable | None = None
    payments: QueryTable | None = None
    returns: QueryTable | None = None
    return_lines: QueryTable | None = None
    refund_lines: QueryTable | None = None
    fulfillment_lines: QueryTable | None = None
    companies: QueryTable | None = None
    subscriptions: QueryTable | None = None


class Settings(TableSystem):
    """One database."""

    kind: Literal["database"] = Field("database", description="Platform.")
    engine: Literal["postgresql", "mysql", "mariadb", "sqlserver", "oracle"] = Field(description="Which database it is.")
    host: str = Field(min_length=1, description="Host name.")
    port: int | None = Field(None, ge=1, le=65535, description="Port; the engine's usual one where nothing is said.")
    database: str = Field(min_length=1, description="Name of the database; for Oracle the service name.")
    user: str = Field(min_length=1, description="User with read rights only.")
    password: SecretRef | None = Field(None, description="Where the user's password is.")
    tls: Literal["verify", "off"] = Field(
        "verify", description="Encrypted with the host's certificate checked (ca_bundle names other roots), or off inside a closed network."
    )
    tables: QueryTables = Field(description="Canonical tables and their SELECTs.")

    @property
    def at(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or PORTS[self.engine]
