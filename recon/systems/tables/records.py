"""Rows of a source to flat records with canonical text, as they land in the snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from recon.config.mapping import TABLE_ROLES
from recon.systems.tables.settings import Table
from recon.systems.tables.values import Cell, Formats, Number, Unfit, caster, code, decimal, plain

LANDED = {"record_id": "Id", "is_deleted": "IsDeleted", "created_at": "CreatedDate", "updated_at": "LastModifiedDate"}
"""Roles that the warehouse knows by the names of its flat streams."""

STATUSES = ("status", "payment_status", "fulfillment_status")
"""Translated in the warehouse, which keeps them as held too."""

PERSONAL = (
    "email", "phone", "first_name", "last_name", "company", "address1", "address2", "city", "region", "postal_code",
)  # fmt: skip


class UnfitColumn(Unfit):
    """The same with the column that it is about."""

    def __init__(self, column: str, cause: Unfit) -> None:
        super().__init__(cause.message, cause.hint)
        self.column = column


@dataclass(frozen=True)
class Maker:
    """Makes the records of one canonical table; ``sources`` are the columns it wants, in the order in which rows bring them."""

    table: str
    chosen: Table
    formats: Formats
    currency: str | None = None
    extra: tuple[str, ...] = field(default=())
    """further columns that rows bring"""

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Columns of the source that are needed."""
        names = [name for columns in self.chosen.columns.values() for name in columns]
        names += [term.removeprefix("-") for terms in self.chosen.sums.values() for term in terms]
        return tuple(dict.fromkeys([*names, *self.chosen.where, *self.extra]))

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Roles that something is said about, in the order of the canonical table."""
        given = {*self.chosen.columns, *self.chosen.sums, *self.chosen.defaults}
        if self.currency and "currency" in TABLE_ROLES[self.table]:
            given.add("currency")
        return tuple(role for role in ("record_id", *TABLE_ROLES[self.table]) if role in given)

    @cached_property
    def landed(self) -> tuple[str, ...]:
        """Columns of a landed record."""
        return tuple(LANDED.get(role, role) for role in self.roles)

    @property
    def mapping(self) -> dict[str, Any]:
        """The entry of recon.config.mapping for the landed stream."""
        fields = {role: LANDED.get(role, role) for role in self.roles if role != "record_id"}
        values = {role: dict(words) for role, words in self.chosen.values.items() if role in STATUSES}
        return {"object": self.table, "fields": fields, "values": values}

    @property
    def personal(self) -> tuple[str, ...]:
        """Landed columns with personal data."""
        return tuple(role for role in self.roles if role in PERSONAL)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.sources)}

    @cached_property
    def _steps(self) -> tuple[tuple[str, str, Callable[[Sequence[Cell]], str | None]], ...]:
        return tuple((LANDED.get(role, role), role, self._step(role)) for role in self.roles)

    @cached_property
    def _where(self) -> tuple[tuple[int, frozenset[str]], ...]:
        return tuple((self._places[name], frozenset(words)) for name, words in self.chosen.where.items())

    def wants(self, row: Sequence[Cell]) -> bool:
        """Whether the row is one of those that ``where`` lets through."""
        return all((row[place] or "").strip() in words for place, words in self._where)

    def record(self, row: Sequence[Cell]) -> dict[str, str | None]:
        """The landed record; UnfitColumn names the column that cannot be read."""
        return {name: step(row) for name, _, step in self._steps}

    def _step(self, role: str) -> Callable[[Sequence[Cell]], str | None]:
        default = self._default(role)
        if role in self.chosen.sums:
            return self._sum(role, default)
        columns = self.chosen.columns.get(role, ())
        if len(columns) > 1:
            return self._joined(columns)
        if not columns:
            return lambda row: default
        name = columns[0]
        place, cast, formats = self._places[name], caster(role), self.formats
        words = {} if role in STATUSES else {old.strip().lower(): new for old, new in self.chosen.values.get(role, {}).items()}
        needed = role == "record_id"

        def step(row: Sequence[Cell]) -> str | None:
            try:
                cell = plain(row[place], formats)
                if cell is None:
                    return default if not needed else _blank_id()
                if words and (word := words.get(cell.lower())) is not None:
                    return word
                return cast(cell, formats)
            except Unfit as error:
                raise UnfitColumn(name, error) from error

        return step

    def _default(self, role: str) -> str | None:
        if role in self.chosen.defaults:
            return self.chosen.defaults[role]
        return self.currency if role == "currency" else None

    def _joined(self, columns: Sequence[str]) -> Callable[[Sequence[Cell]], str | None]:
        def step(row: Sequence[Cell]) -> str | None:
            parts = []
            for name in columns:
                try:
                    cell = plain(row[self._places[name]], self.formats)
                    parts.append(_blank_id() if cell is None else code(cell, self.formats))
                except Unfit as error:
                    raise UnfitColumn(name, error) from error
            return "/".join(parts)

        return step

    def _sum(self, role: str, default: str | None) -> Callable[[Sequence[Cell]], str | None]:
        terms = [(term.removeprefix("-"), -1 if term.startswith("-") else 1) for term in self.chosen.sums[role]]
        cast = caster(role)

        def step(row: Sequence[Cell]) -> str | None:
            total = None
            for name, sign in terms:
                try:
                    cell = plain(row[self._places[name]], self.formats)
                    if cell is not None:
                        total = (total or Decimal(0)) + sign * Decimal(decimal(cell, self.formats, 6))
                except Unfit as error:
                    raise UnfitColumn(name, error) from error
            return default if total is None else cast(Number(total), self.formats)

        return step


def _blank_id() -> str:
    raise Unfit("is blank, but it is a record's id or a part of one", "Leave such rows out with where, or choose another column.")
