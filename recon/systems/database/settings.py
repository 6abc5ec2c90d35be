"""What ``kind = "database"`` has in recon.toml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

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
    engine: Literal["postgresql", "mysql", "mariadb", "sqlserver", "oracle", "sqlite"] = Field(description="Which database it is.")
    host: str = Field("", description="Host name; needed for all but sqlite.")
    port: int | None = Field(None, ge=1, le=65535, description="Port; the engine's usual one where nothing is said.")
    database: str = Field("", description="Name of the database; for Oracle the service name. Needed for all but sqlite.")
    user: str = Field("", description="User with read rights only; needed for all but sqlite.")
    file: Path | None = Field(None, description="File of an SQLite database, relative to recon.toml.")
    password: SecretRef | None = Field(None, description="Where the user's password is.")
    tls: Literal["verify", "off"] = Field(
        "verify", description="Encrypted with the host's certificate checked (ca_bundle names other roots), or off inside a closed network."
    )
    tables: QueryTables = Field(description="Canonical tables and their SELECTs.")

    @field_validator("file")
    @classmethod
    def _beside_the_settings(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        base = (info.context or {}).get("folder") if isinstance(info.context, dict) else None
        return None if value is None else (base or Path.cwd()) / value.expanduser()

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        needed = ("file",) if self.engine == "sqlite" else ("host", "database", "user")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"engine {self.engine} needs {missing[0]}")
        if self.engine == "sqlite" and (self.host or self.port or self.password):
            raise ValueError("engine sqlite is a file: it has no host, port or password")
        if self.engine != "sqlite" and self.file:
            raise ValueError(f"engine {self.engine} has no file")
        return self

    @property
    def at(self) -> tuple[str, int]:
        """Host and port of a server."""
        return self.host, self.port or PORTS[self.engine]

    @property
    def place(self) -> str:
        """Where the database is, for people and as its identity."""
        return str(self.file) if self.file else f"{self.at[0]}:{self.at[1]}/{self.database}"
