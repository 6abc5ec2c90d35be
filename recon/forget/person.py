"""Who is meant: the records of a person in every snapshot, found by address or id and by the links between systems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from recon import assets
from recon.config.forgotten import FORGOTTEN
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.forget.eraser import Value
from recon.report.words import join
from recon.snapshot import manifest as manifests
from recon.warehouse.build import ensure
from recon.warehouse.engine import connect
from recon.warehouse.identity import decisions
from recon.warehouse.standstill import watched

_DOING = "a snapshot was searched for a person"


@dataclass
class Person:
    """Everything that snapshots know of who somebody is."""

    emails: tuple[str, ...]
    """in lower case, as they were asked for"""
    ids: tuple[str, ...]
    customers: set[tuple[str, str]] = field(default_factory=set)
    orders: set[tuple[str, str]] = field(default_factory=set)
    values: set[Value] = field(default_factory=set)
    lines: dict[Path, set[int]] = field(default_factory=dict)
    """file of a snapshot → lines that hold his records"""

    @property
    def records(self) -> set[tuple[str, str]]:
        """(system, record) of all of them."""
        return self.customers | self.orders


def snapshots(state_dir: Path) -> list[Path]:
    """Folders of finished snapshots, oldest first."""
    return sorted(path.parent for path in (state_dir / "snapshots").glob(f"*/{manifests.FILE_NAME}"))


def find(settings: Settings, emails: Iterable[str], ids: Iterable[str]) -> Person:
    """Look through the warehouse of every snapshot; StoreError where one cannot be read, for then nobody knows what it holds.

    Raises UsageError for an address that so many records bear that it is nobody's, and for an id that several records bear.
    """
    person = Person(tuple(dict.fromkeys(one.strip().lower() for one in emails)), tuple(dict.fromkeys(one.strip() for one in ids)))
    folders = snapshots(settings.state_dir)
    paths = [ensure(one, ownership=settings.owners, **decisions.wishes(settings), memory=settings.audit.memory) for one in folders]
    if person.ids:
        for path in paths:
            with connect(path, memory=settings.audit.memory) as con, watched(con, _DOING):
                _name(con, person)
    for folder, path in zip(folders, paths, strict=True):
        with connect(path, memory=settings.audit.memory) as con, watched(con, _DOING):
            _refuse(con, person)
            _read(con, folder, person)
    person.values |= {Value(one, "email", hard=True) for one in person.emails}
    return person


def _name(con: duckdb.DuckDBPyConnection, person: Person) -> None:
    """Whoever is named by an id is also meant by the address of that record, and by the customer behind that order."""
    for record_id, systems in con.execute(_query("namesakes"), {"ids": list(person.ids)}).fetchall():
        raise UsageError(
            f"Several records are called {record_id}, in {join(systems)}.", f"Say which, like {systems[0]}:{record_id}, or --email."
        )
    emails, ids = list(person.emails), list(person.ids)
    for email, customer in con.execute(_query("named"), {"ids": ids}).fetchall():
        emails += [email] if email and not FORGOTTEN.search(email) else []
        ids += [customer] if customer else []
    person.emails, person.ids = tuple(dict.fromkeys(emails)), tuple(dict.fromkeys(ids))


def _refuse(con: duckdb.DuckDBPyConnection, person: Person) -> None:
    rows = con.execute(
        "select v.value, v.records from shared_values as v where v.kind = 'email' and list_contains($emails, v.value) order by all",
        {"emails": list(person.emails)},
    ).fetchall()
    if rows:
        raise UsageError(f"{rows[0][1]} records bear the address {rows[0][0]}: it is nobody's own.", "Name the person's records with --id.")


def _read(con: duckdb.DuckDBPyConnection, folder: Path, person: Person) -> None:
    asked = {"emails": list(person.emails), "ids": list(person.ids)}
    rows = con.execute(_query("customers"), asked).fetchall()
    for system, record_id, file, line, email, phone, phone_key, first, last, street in rows:
        person.customers.add((system, record_id))
        _place(person, folder, file, line)
        person.values |= {
            *_some((email, "email"), (phone, "phone"), (phone_key, "phone"), (street, "street"), (first, "given"), (last, "family")),
            *(Value(name, "name") for name in full_names(first, last)),
        }
    found = sorted({(row[0], row[1]) for row in rows})
    wanted = asked | {"systems": [system for system, _ in found], "customers": [record_id for _, record_id in found]}
    for system, record_id, file, line, email in con.execute(_query("orders"), wanted).fetchall():
        person.orders.add((system, record_id))
        _place(person, folder, file, line)
        person.values |= set(_some((email, "email")))


def _query(name: str) -> str:
    return (assets.folder("queries") / "forget" / f"{name}.sql").read_text(encoding="utf-8")


def _place(person: Person, folder: Path, file: str | None, line: int | None) -> None:
    if file and line:
        person.lines.setdefault((folder / file).resolve(), set()).add(line)


def _some(*pairs: tuple[str | None, str]) -> Iterator[Value]:
    for text, kind in pairs:
        if text and text.strip() and not FORGOTTEN.search(text):
            yield Value(text.strip(), kind)  # type: ignore[arg-type]


def full_names(first: str | None, last: str | None) -> set[str]:
    """The ways in which a whole name is written down."""
    if not (first and last and first.strip() and last.strip()) or FORGOTTEN.search(first + last):
        return set()
    one, other = first.strip(), last.strip()
    return {f"{one} {other}", f"{other} {one}", f"{other}, {one}"}
