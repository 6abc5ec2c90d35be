"""The words, names and weights that matching knows, from the files beside its queries and from the library of nicknames."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path

import duckdb

from recon import assets
from recon.errors import StoreError

VALUE_CAP = 40
"""Records of one system that may share an address or a number before it is nobody's."""

CAPS = (
    ("id", 200), ("e-mail address", 40), ("phone number", 40), ("mail box", 15), ("address", 30), ("begin of names and postal code", 30),
    ("full name", 20), ("sound of full name", 10), ("sound of names and town", 20), ("day of birth and family name", 30),
    ("day of birth and given name", 30), ("street and family name", 20), ("family name", 60), ("postal code", 60),
    ("given name and postal code", 60), ("street", 40), ("business", 20), ("begin of business and postal code", 30),
)  # fmt: skip
"""Kinds of keys, as queries/identity/keys.sql numbers them, and how many records of one system may share one before it is no key."""


@dataclass(frozen=True)
class Weight:
    """One line of weights.csv: how often records of one person (``m``) and of two (``u``) stand so to each other."""

    field: str
    level: str
    m: float
    u: float | None
    floor: float | None
    why: str = ""


def folder() -> Path:
    """Where queries, words and weights of matching lie."""
    return assets.folder("queries") / "identity"


def weights(path: Path | None = None) -> list[Weight]:
    """The weights of a file, by default those that come with recon; StoreError names what is wrong with a file of one's own."""
    shipped = _read(folder() / "weights.csv")
    return shipped if path is None else _whole(path, _read(path), shipped)


def _read(path: Path) -> list[Weight]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path.name} cannot be read.", "Save it as CSV in UTF-8, or remove it.") from error
    found = []
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            found.append(
                Weight(row["field"], row["level"], _share(row["m"]), _perhaps(row["u"]), _perhaps(row["floor"]), row.get("why") or "")
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{path.name} line {number} is no weight.", "m, u and floor are shares above 0 and up to 1.") from error
    return found


def _whole(path: Path, found: list[Weight], shipped: list[Weight]) -> list[Weight]:
    """A weight that is not there would make every score unknown, and nobody a duplicate: every one of them must stand in the file once."""
    remedy = "Begin with what `recon identity calibrate --output` writes, or remove the file."
    by_name = {(one.field, one.level): one for one in found}
    for one in shipped:
        own = by_name.pop((one.field, one.level), None)
        if own is None:
            raise StoreError(f"{path.name} has no weight {one.field} {one.level}.", remedy)
        if (own.u is None) != (one.u is None) or (own.floor is None) != (one.floor is None):
            raise StoreError(f"{path.name}: weight {one.field} {one.level} does not fill the same columns as the one of recon.", remedy)
    if by_name:
        raise StoreError(f"{path.name}: recon knows no weight {' '.join(next(iter(by_name)))}.", remedy)
    if len(found) > len(shipped):
        twice = next(
            one for number, one in enumerate(found) if (one.field, one.level) in {(each.field, each.level) for each in found[:number]}
        )
        raise StoreError(f"{path.name} has the weight {twice.field} {twice.level} twice.", remedy)
    return found


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError(text)
    return value


def _perhaps(text: str) -> float | None:
    return _share(text) if text else None


@cache
def words() -> tuple[tuple[str, str], ...]:
    """(kind, word) of words.toml."""
    kinds = tomllib.loads((folder() / "words.toml").read_text(encoding="utf-8"))
    return tuple((kind, word) for kind, found in sorted(kinds.items()) for word in sorted(set(found)))


@cache
def nicknames() -> tuple[tuple[str, str], ...]:
    """Pairs of names that one person may bear, both ways round: a name and its short form, and two short forms of one rare name."""
    from nicknames import NickNamer

    pairs = {(name, short) for name, shorts in NickNamer().nickname_lookup.items() for short in shorts}
    with (folder() / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        pairs |= {(row["name"], row["short"]) for row in csv.DictReader(file)}
    return tuple(sorted({(a, b) for pair in pairs for a, b in permutations(pair)}))


@cache
def known_names() -> tuple[tuple[str, bool], ...]:
    """Given names that people really bear, and whether many are christened so: those of given_names.txt, and all names and short forms."""
    lines = (folder() / "given_names.txt").read_text(encoding="utf-8").splitlines()
    found = {name for line in lines if not line.startswith("#") for name in line.partition(":")[2].split()}
    return tuple((name, name in found) for name in sorted(found | {name for name, _ in nicknames()}))


def load(con: duckdb.DuckDBPyConnection, chosen: Iterable[Weight] | None = None) -> None:
    """Put all lists into tables of the attached database ``identity``."""
    given = list(chosen if chosen is not None else weights())
    table(con, "words", "kind varchar, word varchar", list(words()))
    table(con, "name_list", "name varchar, is_common boolean", list(known_names()))
    table(con, "nickname_list", "a varchar, b varchar", list(nicknames()))
    table(con, "weights", "field varchar, level varchar, m double, u double, floor double",
           [(one.field, one.level, one.m, one.u, one.floor) for one in given])  # fmt: skip
    caps = [("value", None, VALUE_CAP), *((name, kind, cap) for kind, (name, cap) in enumerate(CAPS))]
    table(con, "caps", "name varchar, kind utinyint, value integer", caps)
    # NOTE: names are folded by the macro that folds the records, so both sides are written alike.
    con.execute(
        "create or replace table identity.known_names as "
        "select fold(name) as name, bool_or(is_common) as is_common from identity.name_list group by fold(name)"
    )
    con.execute(
        "create or replace table identity.nicknames as select distinct fold(a) as a, fold(b) as b from identity.nickname_list "
        "where fold(a) <> fold(b)"
    )


def table(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    """A table of the database ``identity`` with these rows."""
    con.execute(f"create or replace table identity.{name} ({columns})")
    if rows:
        values = ", ".join(f"unnest(${number})" for number in range(1, len(rows[0]) + 1))
        con.execute(f"insert into identity.{name} select {values}", [list(column) for column in zip(*rows, strict=True)])
