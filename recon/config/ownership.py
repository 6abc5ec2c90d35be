"""``[ownership]``: which system's value is the truth, per canonical table and per column of one.

The default owner of everything is ``shop``: every shop, each for its own records. Tables that hang on another one (the lines of an
order, its refunds) follow it unless something is said about them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from recon.config.mapping import TABLE_ROLES

SHOP = "shop"
"""The word for every shop, also where one of the systems has that name."""

ALIASES = {
    "accounts": "customers", "contacts": "customers", "stock": "inventory_levels", "inventory": "inventory_levels", "lines": "order_lines",
    "shipments": "fulfillments",
}  # fmt: skip
"""Words that people use for canonical tables."""

FOLLOWS = {
    "order_lines": "orders", "payments": "orders", "refunds": "orders", "refund_lines": "refunds", "returns": "orders",
    "return_lines": "returns", "fulfillments": "orders", "fulfillment_lines": "fulfillments", "locations": "inventory_levels",
}  # fmt: skip
"""Tables that have the owner of another one where nothing is said about them."""

TABLES = (*TABLE_ROLES, *(table for table in ("companies", "payments", "returns", "subscriptions") if table not in TABLE_ROLES))
"""Canonical tables that can be owned."""


def _flat(value: Any) -> Any:
    """``customers.email = …`` without quotes is a table in TOML; owners may be one name or a list of them."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, Any] = {}
    for key, owner in value.items():
        below = owner if isinstance(owner, Mapping) else {"": owner}
        for column, one in below.items():
            flat[f"{key}.{column}" if column else str(key)] = [one] if isinstance(one, str) else one
    return flat


Ownership = Annotated[dict[str, list[str]], BeforeValidator(_flat)]
"""``table`` or ``table.column`` → owners, as recon.toml says it."""


def split(key: str) -> tuple[str, str | None]:
    """Canonical table and column of a key."""
    table, _, column = key.partition(".")
    return ALIASES.get(table, table), column or None


def problems(ownership: Mapping[str, list[str]], sides: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Key, sentence and hint for everything that is wrong; ``sides`` is system name → side of all systems of recon.toml."""
    seen: dict[tuple[str, str | None], str] = {}
    for key, owners in ownership.items():
        table, column = split(key)
        if table not in TABLES:
            yield key, "names no table that can be owned.", _near(table, [*TABLES, *ALIASES])
        elif column is not None and column not in TABLE_ROLES.get(table, ()):
            yield key, f"names no column of {table}.", _near(column, TABLE_ROLES.get(table, ()))
        elif (table, column) in seen:
            yield key, f"says again what {seen[(table, column)]} says.", "Keep one of them."
        seen.setdefault((table, column), key)
        for message, hint in _wrong_owners(owners, sides, column):
            yield key, message, hint


def _wrong_owners(owners: list[str], sides: Mapping[str, str], column: str | None) -> Iterator[tuple[str, str]]:
    unknown = next((name for name in owners if name != SHOP and name not in sides), None)
    if not owners:
        yield "names no owner.", 'Write a system of recon.toml, a list of them, or "shop" for every shop.'
    elif unknown is not None:
        yield f"names {unknown!r}, which is no system of recon.toml.", _near(unknown, [*sides, SHOP])
    elif len(owners) > 1 and any(sides.get(name) == "salesforce" for name in owners):
        yield (
            "names Salesforce beside other owners.",
            'What Salesforce owns it owns alone; write single columns, such as "customers.email".',
        )
    elif column is not None and any(sides.get(name) == "erp" for name in owners):
        yield "gives a single column to an ERP.", "An ERP owns whole tables: its rows are compared instead of the shops'."


def resolve(ownership: Mapping[str, list[str]], sides: Mapping[str, str]) -> list[tuple[str, str | None, str]]:
    """(table, column or None, system) for every table and every column that something is said about; sorted."""
    said = {split(key): owners for key, owners in ownership.items()}
    found: set[tuple[str, str | None, str]] = set()
    for table in TABLES:
        at: str | None = table
        while at is not None and (at, None) not in said:
            at = FOLLOWS.get(at)
        found |= {(table, None, name) for name in _names(said.get((at or table, None), [SHOP]), sides)}
    for (table, column), owners in said.items():
        if column is not None:
            found |= {(table, column, name) for name in _names(owners, sides)}
    return sorted(found, key=lambda row: (row[0], row[1] or "", row[2]))


def _names(owners: Iterable[str], sides: Mapping[str, str]) -> Iterator[str]:
    shops = [name for name, side in sides.items() if side == "shop"]
    for owner in owners:
        yield from shops if owner == SHOP else [owner]


def _near(word: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, 1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(names)}."
