"""Builds warehouse.duckdb from a snapshot: the same files always give the same tables.

It is built under another name, checked, closed and renamed, so that a file of that name is always whole. It may be deleted at any
time. Raw tables lie in a scratch database that is dropped when a system is staged.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb
from pydantic import ValidationError

from recon import __version__, assets
from recon.config import ownership as owners
from recon.config.mapping import TABLE_KINDS, Mapping, model_of, roles_of
from recon.errors import StoreError
from recon.faultpoints import faultpoint
from recon.snapshot.again import SecondLook
from recon.snapshot.manifest import Manifest, SystemEntry
from recon.warehouse import coverage, earlier, keys, mapped, raw, same_org
from recon.warehouse.engine import FILE_NAME, connect, quote
from recon.warehouse.identity import stages
from recon.warehouse.identity.decisions import Decision
from recon.warehouse.standstill import watched

FORMAT = 1
"""Raised when warehouses built before can no longer be read."""


Ownership = dict[str, list[str]]


def build(
    snapshot_dir: Path,
    *,
    ownership: Ownership | None = None,
    decisions: Sequence[Decision] = (),
    weights: Path | None = None,
    memory: str = "2GB",
    threads: int | None = None,
) -> Path:
    """Build the warehouse of a snapshot and return its path; whoever may read the folder may read it (mode 0600).

    ``ownership`` is ``[ownership]`` of recon.toml; None takes what the manifest says. ``decisions`` are a person's about pairs of
    customers, ``weights`` a file in place of the weights that come with recon. ``memory`` is DuckDB's limit, such as ``2GB``;
    ``threads`` None means one per core. Raises StoreError naming the file and line, the
    stream or the table that is at fault.
    """
    return _build(snapshot_dir, snapshot_dir / FILE_NAME, None, ownership, decisions, weights, memory, threads)


def build_again(
    snapshot_dir: Path,
    target: Path,
    second: SecondLook,
    *,
    ownership: Ownership | None = None,
    decisions: Sequence[Decision] = (),
    weights: Path | None = None,
    memory: str = "2GB",
    threads: int | None = None,
) -> Path:
    """The same with the records of a second look in their newest version, under another name; it is of use for one audit only."""
    return _build(snapshot_dir, target, second, ownership, decisions, weights, memory, threads)


def _build(
    snapshot_dir: Path,
    target: Path,
    second: SecondLook | None,
    ownership: Ownership | None,
    decisions: Sequence[Decision],
    weights: Path | None,
    memory: str,
    threads: int | None,
) -> Path:
    links = raw.chain(snapshot_dir)
    part = target.with_name(f"{target.name}.part")
    scratch = target.with_name("raw.duckdb.part")
    between = target.with_name("identity.duckdb.part")
    _remove(part, scratch, between)
    try:
        with connect(part, read_only=False, memory=memory, threads=threads, locked=False) as con:
            part.chmod(0o600)
            said = _said(links, ownership)
            with watched(con, f"the warehouse of snapshot {snapshot_dir.name} was built"):
                _fill(con, links, scratch, second)
                match(con, said, decisions, between, weights, memory)
                _remember(con, identity(links[-1][1].snapshot_id, said, decisions, weights))
                con.execute("checkpoint")
        faultpoint("warehouse.before_rename")
        part.replace(target)
    except duckdb.Error as error:
        raise StoreError(f"The warehouse of snapshot {snapshot_dir.name} cannot be written.", _hint(error)) from error
    finally:
        _remove(part, scratch, between)
    return target


def ensure(
    snapshot_dir: Path,
    *,
    ownership: Ownership | None = None,
    decisions: Sequence[Decision] = (),
    weights: Path | None = None,
    memory: str = "2GB",
    threads: int | None = None,
) -> Path:
    """The warehouse of a snapshot, built only where there is none or where queries, owners, decisions or program have changed since."""
    path = snapshot_dir / FILE_NAME
    if path.is_file():
        links = raw.chain(snapshot_dir)
        if _is_current(path, identity(links[-1][1].snapshot_id, _said(links, ownership), decisions, weights)):
            return path
    return build(snapshot_dir, ownership=ownership, decisions=decisions, weights=weights, memory=memory, threads=threads)


def model_files() -> tuple[Path, ...]:
    """SQL of the canonical model: macros first, then one file per table by name."""
    files = sorted((assets.folder("queries") / "model").glob("*.sql"))
    return tuple(sorted(files, key=lambda file: file.stem != "macros"))


def tables() -> tuple[str, ...]:
    """Names of the canonical tables, links and coverage included."""
    return tuple(file.stem for file in model_files() if file.stem != "macros")


def create_model(con: duckdb.DuckDBPyConnection) -> None:
    """Create all macros and all canonical tables, empty; rule tests run on nothing else."""
    for file in model_files():
        con.execute(file.read_text(encoding="utf-8"))


def match(
    con: duckdb.DuckDBPyConnection,
    ownership: Ownership | None = None,
    decisions: Sequence[Decision] = (),
    scratch: Path | None = None,
    weights: Path | None = None,
    memory: str | None = None,
) -> None:
    """Fill owners and links from the canonical tables; each file says in its header what it comes after. Then find who is one person.

    ``scratch`` is a file for what lies in between; None keeps it in memory. ``memory`` is the limit of the connection, such as ``2GB``.
    """
    declare(con, ownership or {})
    for file in matching_files():
        con.execute(f"delete from {file.stem}")
        _insert(con, file.stem, f"select * from (\n{_body(file)}\n)")
    with _explained(con, "customer_clusters"):
        stages.run(con, decisions, scratch, weights, memory)


def matching_files() -> list[Path]:
    """Files of queries/matching in the order in which they must run."""
    files = {file.stem: file for file in sorted((assets.folder("queries") / "matching").glob("*.sql"))}
    try:
        order = list(TopologicalSorter({name: _header(file).get("after", []) for name, file in files.items()}).static_order())
    except CycleError as error:
        raise StoreError("The files in queries/matching wait for each other.", "Correct `after` in their headers.") from error
    return [files[name] for name in order if name in files]


def digest() -> str:
    """Hash of everything that decides what a warehouse looks like."""
    found = hashlib.sha256(f"{FORMAT} {duckdb.__version__} {__version__}".encode())
    for folder in ("model", "staging", "matching", "identity"):
        for file in sorted(file for file in (assets.folder("queries") / folder).rglob("*") if file.is_file()):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def declare(con: duckdb.DuckDBPyConnection, ownership: Ownership) -> None:
    """Fill ``owners`` for the systems of a warehouse; before :func:`match`."""
    sides = dict(con.execute("select system, side from systems").fetchall())
    con.execute("delete from owners")
    if owned := owners.resolve(ownership, sides):
        con.executemany("insert into owners values (?, ?, ?)", owned)


def identity(snapshot_id: str, ownership: Ownership, decisions: Sequence[Decision] = (), weights: Path | None = None) -> dict[str, str]:
    """What a warehouse is made of, as it stands in its table ``meta``: one that says the same need not be built again."""
    return {
        "format": str(FORMAT),
        "snapshot_id": snapshot_id,
        "tool_version": __version__,
        "digest": digest(),
        "ownership": json.dumps(ownership, sort_keys=True),
        "decisions": json.dumps(sorted([*map(str, decision.pair), decision.verdict] for decision in decisions)),
        "weights": hashlib.sha256(weights.read_bytes()).hexdigest() if weights else "",
    }


def _said(links: Sequence[tuple[Path, Manifest]], ownership: Ownership | None) -> Ownership:
    """What is said about ownership; a manifest written by hand may hold anything, also owners that were not read."""
    if ownership is not None:
        return ownership
    said = links[-1][1].ownership
    known = {name: "shop" for names in said.values() for name in names} | {system.name: system.side for system in _systems(links)}
    for key, message, hint in owners.problems(said, known):
        raise StoreError(f"The ownership of {key} in the manifest {message}", hint)
    return said


def _is_current(path: Path, wanted: dict[str, str]) -> bool:
    try:
        with connect(path, read_only=True) as con:
            rows = dict(con.execute("select key, value from meta").fetchall())
    except (StoreError, duckdb.Error):
        return False
    return bool(rows == wanted)


def _remember(con: duckdb.DuckDBPyConnection, made_of: dict[str, str]) -> None:
    con.execute("create table meta (key varchar not null, value varchar)")
    con.execute("comment on table meta is 'Which snapshot and which queries this warehouse was built from.'")
    con.executemany("insert into meta values (?, ?)", list(made_of.items()))


def _fill(con: duckdb.DuckDBPyConnection, links: Sequence[tuple[Path, Manifest]], scratch: Path, second: SecondLook | None) -> None:
    create_model(con)
    con.execute("attach ':memory:' as mapped")
    for system in _systems(links):
        _remove(scratch)
        con.execute(f"attach {quote(str(scratch))} as raw")
        scratch.chmod(0o600)
        _stage_system(con, links, system, second)
        con.execute("detach raw")
    con.execute("detach mapped")
    same_org.declare(con)
    coverage.store(con, earlier.compare(con, links[-1][0], links[-1][1], digest()))


def _systems(links: Sequence[tuple[Path, Manifest]]) -> list[SystemEntry]:
    """Every system of the chain in its newest state: shops, then ERPs, then Salesforce, whose ids are theirs."""
    newest = {system.name: system for _, manifest in links for system in manifest.systems}
    return sorted(newest.values(), key=lambda system: (("shop", "erp", "salesforce").index(system.side), system.name))


def _stage_system(
    con: duckdb.DuckDBPyConnection, links: Sequence[tuple[Path, Manifest]], system: SystemEntry, second: SecondLook | None
) -> None:
    folder = assets.folder("queries") / "staging" / (TABLE_KINDS[0] if system.kind in TABLE_KINDS else system.kind)
    if not folder.is_dir():
        raise StoreError(f"System {system.name} is of kind {system.kind}, which this version of recon cannot stage.", "Update recon.")
    con.execute(f"set variable system = {quote(system.name)}")
    _insert_system(con, system)
    found = raw.sources(links, system.name, second)
    mapping = None
    columns: dict[str, Sequence[str]] = {}
    rows: list[coverage.Row] = []
    if (folder / "_raw").is_dir():
        _load_nested(con, links[-1][0], folder / "_raw", found)
    elif (folder / "_flat").is_dir():
        _load_shaped(con, folder / "_flat", found)
    else:
        mapping = _mapping(system)
        columns = {source.name: raw.load_flat(con, source) for source in found if source.entry.format != "file"}
        mapped.create(con, mapping, columns, system.kind)
        rows += coverage.of_roles(con, system, found, dict(columns), mapping)
        rows += coverage.of_new_columns(system.name, found, dict(columns))
        rows += coverage.of_writers(system, dict(columns), mapping)
    for file in sorted(folder.glob("*.sql")):
        _stage(con, system, file)
    has_texts = (folder / "exposures.sql").is_file()
    rows += coverage.of_texts(system, found, columns, mapping) if has_texts else coverage.of_unread_texts(system)
    if mapping is not None:
        rows += [*coverage.of_values(con, system.name, mapping), *coverage.of_statuses(con, system.name)]
    coverage.store(con, [*rows, *coverage.of_tables(con, system, found, mapping), *coverage.of_unreadable(con, system, found)])


def _mapping(system: SystemEntry) -> Mapping:
    """The mapping out of the manifest; one written by hand may hold anything, and a role that nobody knows would be left out silently."""
    try:
        mapping = model_of(system.kind).model_validate(system.mapping or {})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise StoreError(
            f"The mapping of {system.name} in the manifest is not valid at {where}.", "See docs/platforms/salesforce.md."
        ) from error
    for table, roles in roles_of(system.kind).items():
        for role in (role for entry in getattr(mapping, table) for role in entry.fields if role not in roles):
            raise StoreError(f"The mapping of {system.name} in the manifest names {table}.{role}.", f"Known: {', '.join(roles)}.")
    return mapping


def _insert_system(con: duckdb.DuckDBPyConnection, system: SystemEntry) -> None:
    con.execute(
        "insert into systems values ($name, $kind, $side, $title, $base_url, $template, $account, $zone, $currency, $version, $tax, "
        "cast($started as timestamptz) at time zone 'UTC', cast($finished as timestamptz) at time zone 'UTC', $calls)",
        {
            "name": system.name,
            "kind": system.kind,
            "side": system.side,
            "title": system.title,
            "base_url": system.base_url,
            "template": system.record_url_template,
            "account": system.account_id,
            "zone": system.time_zone,
            "currency": system.currency,
            "version": system.api_version,
            "tax": system.tax_included,
            "started": system.started_at.isoformat(),
            "finished": system.finished_at.isoformat(),
            "calls": system.calls,
        },
    )


def _load_nested(con: duckdb.DuckDBPyConnection, folder: Path, queries: Path, found: Sequence[raw.Source]) -> None:
    loaded = {source.name: source for source in found}
    known = sorted(file.stem for file in queries.glob("*.sql"))
    unknown = next((source for source in found if source.name not in known and source.entry.entities), None)
    if unknown:
        raise StoreError(
            f"The manifest names the stream {unknown.name} of {unknown.system.name}, which {unknown.system.kind} does not have.",
            f"Known: {', '.join(known)}.",
        )
    nothing = folder / "empty.jsonl.part"
    nothing.write_bytes(b"")
    try:
        for file in sorted(queries.glob("*.sql")):
            source = loaded.get(file.stem)
            if source is not None and source.parts:
                raw.load_nested(con, source, _body(file))
            else:
                raw.empty_nested(con, file.stem, _body(file), nothing)
    finally:
        nothing.unlink()


def _load_shaped(con: duckdb.DuckDBPyConnection, shapes: Path, found: Sequence[raw.Source]) -> None:
    """Flat streams of a vendor whose objects differ from org to org: the files in ``_flat`` say which columns staging may count on."""
    loaded = {source.name: source for source in found if source.entry.format != "file"}
    known = {file.stem: file for file in sorted(shapes.glob("*.sql"))}
    unknown = next((source for name, source in loaded.items() if name not in known and source.entry.entities), None)
    if unknown:
        raise StoreError(
            f"The manifest names the stream {unknown.name} of {unknown.system.name}, which {unknown.system.kind} does not have.",
            f"Known: {', '.join(known)}.",
        )
    for name, file in known.items():
        raw.shape(con, loaded.get(name), name, _body(file))


def _stage(con: duckdb.DuckDBPyConnection, system: SystemEntry, file: Path) -> None:
    select = f"select {quote(system.name)} as system, * from (\n{_body(file)}\n)"
    if file.stem != "customers":
        _insert(con, file.stem, select)
        return
    _insert_into(con, "raw.staged_customers", select, create=True)
    keys.phone_keys(con, "raw.staged_customers", "raw.phone_keys")
    _insert(
        con,
        file.stem,
        "select s.*, k.phone_key from raw.staged_customers as s "
        "left join raw.phone_keys as k on s.phone = k.phone and s.country is not distinct from k.country",
    )


def _insert(con: duckdb.DuckDBPyConnection, table: str, select: str) -> None:
    _insert_into(con, table, select, create=False)


def _insert_into(con: duckdb.DuckDBPyConnection, table: str, select: str, *, create: bool) -> None:
    with _explained(con, table):
        con.execute(f"create or replace table {table} as {select}" if create else f"insert into {table} by name {select}")


@contextmanager
def _explained(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[None]:
    """What goes wrong while a table is filled, as one sentence."""
    try:
        with watched(con, f"table {table} was filled"):
            yield
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"Filling table {table} does not fit into the memory allowed.", "Raise memory under [audit] in recon.toml."
        ) from error
    except duckdb.Error as error:
        if any(words in str(error) for words in raw.NO_ROOM):
            raise StoreError(f"There is no room to fill table {table}.", "Free some space and run the same command again.") from error
        kind = type(error).__name__.removesuffix("Exception")
        raise StoreError(
            f"Table {table} cannot be filled ({kind}).", "The snapshot holds a value that its vendor does not allow."
        ) from error


_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+(.*?)\+\+\+\s*\*/", re.DOTALL)


def _header(file: Path) -> dict[str, list[str]]:
    found = _HEADER.match(file.read_text(encoding="utf-8"))
    if not found:
        return {}
    try:
        return tomllib.loads(found.group(1))
    except tomllib.TOMLDecodeError as error:
        raise StoreError(f"The header of {file.name} is not TOML.", "Correct it.") from error


def _body(file: Path) -> str:
    return _HEADER.sub("", file.read_text(encoding="utf-8")).strip().removesuffix(";")


def _hint(error: BaseException) -> str:
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Raise memory under [audit] in recon.toml."
    return "Check that the disk has room and that the folder can be written."


def _remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)
        file.with_name(file.name + ".wal").unlink(missing_ok=True)
