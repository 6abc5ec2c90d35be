"""One database as recon reads it: each table in one transaction, stored whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from recon.config.mapping import TABLE_ROLES
from recon.errors import AuthError, ConfigError, ReconError, SourceError
from recon.systems.base import GONE, HERE, By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window
from recon.systems.database.drivers import ENGINES
from recon.systems.database.settings import QueryTable, Settings
from recon.systems.tables.records import Maker, UnfitColumn
from recon.systems.tables.seen import Seen
from recon.systems.tables.values import Cell

_SAMPLE = 1_000
_BLOCK = 500
_NOT_IN_DATABASES = {
    "deletions": "A SELECT does not tell what was deleted.",
    "field_changes": "A SELECT holds no history of single fields.",
}


_KEYS: Mapping[str, str] = {"id": "Id", "order": "order_id"}
"""Kind of key → landed column"""


class Database:
    """Reads one database; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.engine = ENGINES[settings.engine](settings, context, f"systems.{context.name}")
        self.sent = 0
        self._columns: dict[str, tuple[str, ...]] = {}
        self._seen = 0

    # -- what there is -------------------------------------------------------------------------------------

    def facts(self) -> SystemFacts:
        """Facts as recon.toml states them, and the mapping of every table whose SELECT runs."""
        return SystemFacts(
            account_id=self.settings.place,
            title=self.settings.title or self.context.name,
            base_url="",
            record_url_template=self.settings.record_url_template or "",
            time_zone=self.settings.time_zone,
            currency=self.settings.currency,
            api_version=self.settings.engine,
            tax_included=self.settings.tax_included,
            mapping={table: [self._mapping(table)] for table in self.settings.chosen()},
        )

    def streams(self) -> tuple[Stream, ...]:
        """One stream per table."""
        return tuple(self._stream(table) for table in self.settings.chosen())

    def not_covered(self) -> Mapping[str, str]:
        """What a SELECT cannot tell."""
        return _NOT_IN_DATABASES

    def absent(self) -> Collection[str]:
        """All of it: tables that recon.toml does not name are nobody's data."""
        return set(_NOT_IN_DATABASES)

    @property
    def calls(self) -> int:
        """Statements sent."""
        return self.sent

    def close(self) -> None:
        """Connections are closed after each table."""

    def _mapping(self, table: str) -> dict[str, Any]:
        try:
            return self._maker(table).mapping
        except (AuthError, ConfigError):
            raise
        except SourceError:
            return {"object": table}

    def _stream(self, table: str) -> Stream:
        title = table.replace("_", " ").capitalize()
        try:
            maker = self._maker(table)
        except (AuthError, ConfigError):
            raise
        except SourceError:
            return Stream(table, (table,), "SELECT", title, has_delta=False)
        return Stream(table, (table,), "SELECT", title, maker.landed, maker.personal, has_delta=False)

    def _chosen(self, table: str) -> QueryTable:
        chosen = getattr(self.settings.tables, table)
        if not isinstance(chosen, QueryTable):
            raise TypeError(table)
        return chosen

    def _maker(self, table: str) -> Maker:
        """What makes records of a table; asks the database once which columns its SELECT gives."""
        if table not in self._columns:
            none = f"select * from ({self._chosen(table).select}) q where 1 = 0"
            with self.engine.opened() as connection, self.engine.rows(connection, none) as (names, _):
                self.sent += 1
                self._columns[table] = names
        return self._maker_of(table, self._columns[table])

    def _maker_of(self, table: str, names: Sequence[str]) -> Maker:
        chosen = self._chosen(table)
        if not chosen.columns:
            columns = {name.lower(): (name,) for name in names}
            unknown = sorted(set(columns) - {"record_id", *TABLE_ROLES[table]})
            if unknown:
                raise self._error(
                    f"the SELECT of {table} gives a column {unknown[0]!r}, which {table} has not.",
                    f"Rename it with as, or leave it out; known: {', '.join(['record_id', *TABLE_ROLES[table]])}.",
                )
            if "record_id" not in columns:
                raise self._error(f"the SELECT of {table} gives no record_id.", "Name it with as: select order_no as record_id, …")
            chosen = chosen.model_copy(update={"columns": columns})
        return Maker(table, chosen, self.settings.formats(chosen), self.settings.currency)

    def _error(self, message: str, hint: str) -> SourceError:
        return SourceError(f"{self.context.name}: {message}", hint, system=self.context.name)

    # -- reading -------------------------------------------------------------------------------------------

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """Rows as the database counts them."""
        with self.engine.opened() as connection:
            self.sent += 1
            return Estimate(self.engine.count(connection, self._chosen(stream.name).select), 2, "one SELECT")

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """The whole SELECT as one file: an interrupted one begins anew, since no two runs of a SELECT need have one order."""
        if state and state.get("done"):
            return
        after: dict[str, Any] = {}
        yield Chunk(self._lines(stream.name, after), after, part=True)

    def _lines(self, table: str, after: dict[str, Any]) -> Iterator[bytes]:
        """Landed lines; fills ``after`` once the last one is out."""
        count = 0
        with self.engine.opened() as connection:
            expected = None
            if self.engine.counts:
                self.sent += 1
                expected = self.engine.count(connection, self._chosen(table).select)
            block: list[bytes] = []
            for record in self._records(connection, table, self._chosen(table).select):
                count += 1
                block.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                if len(block) == _BLOCK:
                    yield b"".join(block)
                    block = []
            yield b"".join(block)
        after.update({"done": True, "records": count, "read": self._seen, "expected": expected})

    def _records(self, connection: Any, table: str, select: str) -> Iterator[dict[str, str | None]]:
        self.sent += 1
        with self.engine.rows(connection, select) as (names, rows):
            yield from self._made(table, names, rows)

    def _made(self, table: str, names: Sequence[str], rows: Iterator[list[Cell]]) -> Iterator[dict[str, str | None]]:
        maker = self._maker_of(table, names)
        folded = [name.lower() for name in names]
        order = []
        for source in maker.sources:
            if folded.count(source.lower()) != 1:
                raise self._error(f"the SELECT of {table} gives no column {source!r}, or two.", f"It gives: {', '.join(names)}.")
            order.append(folded.index(source.lower()))
        self._seen = 0
        with Seen() as seen:
            for row in self._typed(table, rows):
                self._seen += 1
                cells = [row[place] for place in order]
                if not maker.wants(cells):
                    continue
                try:
                    record = maker.record(cells)
                except UnfitColumn as error:
                    place = f"row {self._seen} of the SELECT of {table}, column {error.column!r}"
                    raise self._error(f"{place}, {error.message}.", error.hint) from error
                if (before := seen.before(str(record["Id"]), str(self._seen))) is not None:
                    raise self._error(
                        f"row {self._seen} of the SELECT of {table} has the same id as row {before}.", "Choose a record_id that is unique."
                    )
                yield record

    def _typed(self, table: str, rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
        try:
            yield from rows
        except ValueError as error:
            raise self._error(f"a cell of the SELECT of {table} {error}.", "Cast it in the SELECT, or leave the column out.") from error

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Complete where the SELECT ended, and gave as many rows as the database counted in the same transaction."""
        after = state or {}
        expected = after.get("expected")
        method = "one transaction, counted by the database" if expected is not None else "read to the end of the SELECT"
        if not after.get("done") or rows != after["records"]:
            return Proof(False, method, reason="The SELECT was not read to its end.")
        if expected is not None and after["read"] != expected:
            return Proof(False, method, expected, reason=f"The database counts {expected:,} rows and gave {after['read']:,}.")
        return Proof(True, method, expected if after["read"] == rows else None)

    # -- second looks --------------------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Any table by its record_id, and by the order that its rows name."""
        if table not in self.settings.chosen() or by not in _KEYS:
            return ()
        return (self._stream(table),) if _KEYS[by] in self._maker(table).landed else ()

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """The SELECT once more, of which the wanted rows are kept: how ids compare in SQL is another thing in every database."""
        column, wanted = _KEYS[by], set(keys)
        lines: list[bytes] = []
        there = set()
        with self.engine.opened() as connection:
            for record in self._records(connection, stream.name, self._chosen(stream.name).select):
                if record[column] in wanted:
                    there.add(str(record[column]))
                    lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        found = GONE if by == "id" else HERE  # an order may well have no rows
        yield Look(lines, len(lines), {key: HERE if key in there else found for key in keys})

    # -- doctor --------------------------------------------------------------------------------------------

    def checks(self) -> Iterator[Check]:
        """Access, rights that are too many, and per table whether its SELECT runs and its first rows can be read."""
        try:
            with self.engine.opened() as connection:
                self.sent += 1
                mighty = self.engine.too_mighty(connection)
        except ReconError as error:
            yield Check("fail", "credentials" if isinstance(error, AuthError | ConfigError) else "access", error.message, error.hint)
            return
        yield Check("ok", "access", f"{self.settings.engine} at {self.settings.host or self.settings.place} answers.")
        if mighty:
            yield Check("warn", "rights", f"{self.settings.user} has {mighty}; recon only reads.", "Use a user with SELECT rights only.")
        for table in self.settings.chosen():
            try:
                with self.engine.opened() as connection:
                    count = sum(1 for _ in self._records(connection, table, self.engine.sample(self._chosen(table).select, _SAMPLE)))
            except ReconError as error:
                yield Check("fail", "rights" if isinstance(error, AuthError) else f"tables.{table}", error.message, error.hint)
                continue
            yield Check("ok", f"tables.{table}", f"The SELECT runs; the first {count:,} rows can be read.")
