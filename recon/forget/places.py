"""History, plans and everything else in the workspace that may hold a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from recon.audit import history
from recon.config.forgotten import FORGOTTEN
from recon.config.settings import Settings
from recon.errors import PlanError, StoreError
from recon.fix import journal
from recon.fix import plan as plans
from recon.forget import layers
from recon.forget.eraser import Eraser, Value, csv_record, kind_of
from recon.forget.person import Person, full_names
from recon.report import FORMATS, write_all
from recon.snapshot.files import explained, write_atomic, write_json
from recon.warehouse.engine import quote

BESIDE = ("identity.toml", "waivers.toml")
"""Files of the workspace outside of the state folder that recon itself writes."""

_TEXTS = ("label", "message", "record_id", "salesforce_id", "discriminator", "url_shop", "url_salesforce", "source_file")


@dataclass(frozen=True)
class Found:
    """Where something of the person is, or was: a place and how many records, rows or files of it."""

    place: str
    what: str
    count: int


# -- history ----------------------------------------------------------------------------------------------------------


def know(state_dir: Path, person: Person) -> None:
    """What only history still tells of the person: records that carry the address, and values in their findings."""
    if not (state_dir / history.FILE_NAME).is_file():
        return
    with history.opened(state_dir) as store:
        for table in ("findings", "second_looks"):
            for row in _rows(store.connection, table, "true", {}):
                if any(one in json.dumps(row, ensure_ascii=False, default=str).lower() for one in person.emails):
                    kind = person.customers if row["entity"] == "customers" else person.orders
                    kind |= {(row["system"], row["record_id"])} if row["record_id"] else set()
            for row in _rows(store.connection, table, "true", {}):
                if _is_own(row, person):
                    person.values |= set(_values(row))


def _values(row: dict[str, Any]) -> Iterator[Value]:
    diff = row["diff"] or []
    names: dict[str, list[str]] = {"given": [], "family": []}
    pairs = [(entry["field"], value) for entry in diff for value in (entry["shop"], entry["salesforce"])]
    evidence = json.loads(row["evidence"])
    pairs += [(key, value) for key, value in evidence.items() if isinstance(value, str)]
    for field, value in pairs:
        kind = kind_of(field)
        if kind and value and value.strip() and not FORGOTTEN.search(value):
            yield Value(value.strip(), kind)
            names.get(kind, []).append(value)
    for first in names["given"]:
        yield from (Value(name, "name") for last in names["family"] for name in full_names(first, last))
    if row["entity"] == "customers" and not FORGOTTEN.search(row["label"]) and re.search(r"[^\W\d]", row["label"]):
        yield Value(row["label"].strip(), "email" if "@" in row["label"] else "name")


def _rows(con: duckdb.DuckDBPyConnection, table: str, where: str, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    extra = "related" if table == "findings" else "null as related"
    has = {row[0] for row in con.execute(f"describe {table}").fetchall()}
    columns = ["run_id", "system", "entity", "diff", "evidence", *(name for name in _TEXTS if name in has)]
    cursor = con.cursor()
    cursor.execute(f"select f.rowid, {', '.join(f'f.{name}' for name in columns)}, {extra} from {table} as f where {where}", values)
    while rows := cursor.fetchmany(2000):
        for row in rows:
            yield dict(zip(["rowid", *columns, "related"], row, strict=True))
    cursor.close()


def _is_own(row: dict[str, Any], person: Person) -> bool:
    known = person.records
    others = [(other["system"], other["record_id"]) for other in row["related"] or []]
    salesforce = {record_id for _, record_id in known if len(record_id) == 18}
    return (row["system"], row["record_id"]) in known or row["salesforce_id"] in salesforce or any(other in known for other in others)


def erase_history(state_dir: Path, person: Person, eraser: Eraser, *, write: bool) -> tuple[list[Found], set[str]]:
    """Findings of every run; the file is then written anew, since DuckDB keeps what was overwritten. Also which runs were concerned."""
    if not (state_dir / history.FILE_NAME).is_file():
        return [], set()
    path, runs, total = state_dir / history.FILE_NAME, set[str](), 0
    with history.opened(state_dir, write=write) as store:
        con = store.connection
        for table in ("findings", "second_looks"):
            for row in list(_rows(con, table, "true", {})):
                new = _cleaned(row, person, eraser)
                if new:
                    total += 1
                    runs.add(row["run_id"])
                    if write:
                        _update(con, table, row["rowid"], new)
        for table in ("runs", "outcomes"):
            for rowid, run_id, document in con.execute(f"select rowid, run_id, document from {table}").fetchall():
                data = json.loads(document)
                cleaned = eraser.tree(data)
                if cleaned != data:
                    total += 1
                    runs.add(run_id)
                    if write:
                        text = json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"))
                        con.execute(f"update {table} set document = $d where rowid = $r", {"d": text, "r": rowid})
        groups = list(_groups(con, person, eraser))
        if groups and write:
            con.execute("delete from customer_groups where list_contains($rows, rowid)", {"rows": [rowid for rowid, _ in groups]})
        total += len(groups)
        runs |= {run_id for _, run_id in groups}
    if write and total:
        compact(path)
    return ([Found(history.FILE_NAME, "findings", total)] if total else []), runs


def _groups(con: duckdb.DuckDBPyConnection, person: Person, eraser: Eraser) -> Iterator[tuple[int, str]]:
    """Row and run of groups of customers in which he stands, and of values that are his.

    They show people side by side, so they go as a whole.
    """
    for rowid, run_id, records, document in con.execute("select rowid, run_id, records, document from customer_groups").fetchall():
        data = json.loads(document)
        if any((one["system"], one["record_id"]) in person.records for one in records) or eraser.tree(data) != data:
            yield rowid, run_id


def _cleaned(row: dict[str, Any], person: Person, eraser: Eraser) -> dict[str, Any]:
    """Columns that change."""
    own = _is_own(row, person)
    new: dict[str, Any] = {}
    for name in (name for name in _TEXTS if row.get(name)):
        is_name = own and name in {"label", "message"}
        made = eraser.anything(name if name == "label" else "", row[name]) if is_name else eraser.clean(row[name])
        if made != row[name]:
            new[name] = made
    for name, value in (("diff", row["diff"]), ("evidence", json.loads(row["evidence"]))):
        made_tree = eraser.tree(value, own=own)
        if made_tree != value:
            new[name] = json.dumps(made_tree, ensure_ascii=False, separators=(",", ":")) if name == "evidence" else made_tree
    return new


def _update(con: duckdb.DuckDBPyConnection, table: str, rowid: int, new: dict[str, Any]) -> None:
    sets = [f"{name} = ${name}" for name in new]
    if table == "findings" and "diff" in new:
        sets.append("digest = md5(digest || uuid())")  # it was made of the values, and who knows them could tell it again
    con.execute(f"update {table} set {', '.join(sets)} where rowid = $rowid", {**new, "rowid": rowid})


def compact(path: Path) -> None:
    """Write a DuckDB file anew, so that nothing is left of what was overwritten."""
    aside = path.with_name(path.name + ".part")
    aside.unlink(missing_ok=True)
    con = duckdb.connect()
    try:
        con.execute(f"attach {quote(str(path))} as old (read_only)")
        con.execute(f"attach {quote(str(aside))} as fresh")
        con.execute("copy from database old to fresh")
        con.execute("checkpoint fresh")
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be written anew.", "Free some space, and run the same command again.") from error
    finally:
        con.close()
    with explained(path):
        aside.chmod(0o600)
        aside.replace(path)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)


# -- plans and journals -----------------------------------------------------------------------------------------------


def check_plans(state_dir: Path) -> None:
    """A plan of which nobody knows what it did must be settled first; PlanError names it."""
    for path in sorted((state_dir / plans.FOLDER).glob(f"*/{plans.FILE_NAME}")):
        plan = plans.load(path)
        standings = journal.standings(plan, journal.read(path.parent / journal.FILE_NAME))
        if any(one.result == "unknown" for one in standings.values()):
            raise PlanError(f"The outcome of some changes of {plan.id} is unknown.", "Run `recon fix resume` first, then forget.")


def erase_plans(state_dir: Path, eraser: Eraser, *, write: bool) -> list[Found]:
    """Values in plans, journals and their files; a plan that changes gets another digest and id, and so does what speaks of it."""
    found: list[Found] = []
    renamed: dict[str, str] = {}
    folders = sorted(path.parent for path in (state_dir / plans.FOLDER).glob(f"*/{plans.FILE_NAME}"))
    loaded = {folder: plans.load(folder / plans.FILE_NAME) for folder in folders}
    for folder in sorted(folders, key=lambda one: (loaded[one].kind == "revert", one.name)):
        plan = loaded[folder]
        data = plan.model_dump(mode="json")
        mine = frozenset(one["id"] for one in data["changes"] if _speaks_of(eraser, one))
        new = {**data, "reverts": renamed.get(plan.reverts or "", plan.reverts)}
        for part in ("changes", "unplanned", "merges"):
            new[part] = [eraser.tree(one, own=_speaks_of(eraser, one)) for one in data[part]]
        entries = journal.read(folder / journal.FILE_NAME)
        lines = [eraser.tree(entry, mine=mine) for entry in entries]
        others = [path for path in folder.rglob("*") if path.is_file() and path.name not in {plans.FILE_NAME, journal.FILE_NAME}]
        hits = [path for path in others if any(eraser.is_hit(text) or eraser.names(text) for text in layers.texts(path))]
        touched = sum(a != b for part in ("changes", "unplanned", "merges") for a, b in zip(data[part], new[part], strict=True))
        touched += sum(a != b for a, b in zip(entries, lines, strict=True))
        if new == data and lines == entries and not any(_changes(path, eraser) for path in hits):
            continue
        found.append(Found(f"{plans.FOLDER}/{plan.id}", "changes and lines of the journal", touched))
        if write:
            renamed |= _store_plan(state_dir, folder, plan, new, lines, hits, eraser)
    return found


def _speaks_of(eraser: Eraser, node: Any) -> bool:
    text = json.dumps(node, ensure_ascii=False)
    return eraser.names(text) or eraser.is_hit(text)


def _changes(path: Path, eraser: Eraser) -> bool:
    return path.suffix == ".html" or (
        path.suffix == ".csv" and _csv(path.read_text(encoding="utf-8"), eraser) != path.read_text(encoding="utf-8")
    )


def _store_plan(
    state_dir: Path, folder: Path, plan: plans.Plan, data: dict[str, Any], lines: list[Any], others: list[Path], eraser: Eraser
) -> dict[str, str]:
    facts = {name: value for name, value in dict(plans.Plan.model_validate(data)).items() if name not in {"id", "digest"}}
    sealed = plans.sealed(**facts)
    for path in others:
        if path.suffix == ".csv":
            write_atomic(path, _csv(path.read_text(encoding="utf-8"), eraser).encode())
        elif path.suffix == ".html":
            path.unlink()  # `recon fix show --html` writes it again
    names = {plan.id: sealed.id, plan.digest: sealed.digest}
    if lines:
        text = "".join(json.dumps(_renamed(line, names), ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        write_atomic(folder / journal.FILE_NAME, text.encode())
    proof = folder / "proof.json"
    if proof.is_file():
        write_json(proof, _renamed(eraser.tree(json.loads(proof.read_text(encoding="utf-8"))), names))
    text = json.dumps(sealed.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomic(folder / plans.FILE_NAME, text.encode())
    folder.rename(plans.folder_of(state_dir, sealed.id))
    return {plan.id: sealed.id}


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, str):
        return names.get(node, node)
    if isinstance(node, dict):
        return {key: _renamed(value, names) for key, value in node.items()}
    return [_renamed(item, names) for item in node] if isinstance(node, list) else node


def _csv(text: str, eraser: Eraser) -> str:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    header = [name.strip('"') for name in lines[0].strip().split(",")]
    declared = frozenset(name for name in header if kind_of(name.removesuffix("_BEFORE")) is not None)
    made, held = [lines[0]], ""
    for line in lines[1:]:
        held += line
        if held.count('"') % 2 == 0:
            own = eraser.names(held) or eraser.is_hit(held)
            made.append(csv_record(eraser, held, header, declared, ",") if own else held)
            held = ""
    return "".join(made) + held


# -- reports and everything else --------------------------------------------------------------------------------------


def erase_reports(settings: Settings, runs: set[str], eraser: Eraser, *, write: bool) -> list[Found]:
    """Reports of runs that had something to say of the person are rendered again from what history holds now."""
    found = []
    known = set(history.runs(settings.state_dir))
    for folder in sorted(path for path in (settings.state_dir / "reports").glob("*/") if path.is_dir()):
        inside = sorted(path for path in folder.iterdir() if path.is_file())
        if folder.name not in runs and not any(eraser.is_hit(text) for path in inside for text in layers.texts(path)):
            continue
        found.append(Found(f"reports/{folder.name}", "files", len(inside)))
        if write:
            formats = [form for form, name in FORMATS.items() if (folder / name).is_file()]
            for path in inside:
                path.unlink()
            if folder.name in known:
                write_all(settings, folder.name, also=formats)
    return found


def erase_rest(settings: Settings, eraser: Eraser, *, write: bool) -> list[Found]:
    """Whatever else holds a value: notices, decisions, waivers, leftovers. Warehouses are built again when they are asked for."""
    found = []
    for path in every_file(settings):
        if path.parent == settings.state_dir and path.name == history.FILE_NAME:
            continue
        relative = path.relative_to(settings.workspace if path.name in BESIDE else settings.state_dir)
        if relative.parts[0] in {"reports", plans.FOLDER} or (
            relative.parts[0] == "snapshots" and path.suffix not in {".duckdb", ".part", ".wal"}
        ):
            continue
        hits = sum(eraser.hits(text) for text in layers.texts(path))
        if not hits:
            continue
        found.append(Found(str(relative), "places", hits))
        if write:
            made = None if path.suffix in {".duckdb", ".part", ".wal"} else layers.rewritten(path.read_bytes(), eraser.clean)
            if made is None:
                path.unlink()
            else:
                write_atomic(path, made)
    return found


def every_file(settings: Settings) -> list[Path]:
    """All files that recon keeps of a workspace."""
    inside = [path for path in settings.state_dir.rglob("*") if path.is_file() and path != settings.state_dir / "lock"]
    return sorted([*inside, *(path for name in BESIDE if (path := settings.workspace / name).is_file())])


def left(settings: Settings, eraser: Eraser) -> dict[Path, int]:
    """Files in which a value still stands, however packed."""
    counts = {path: sum(eraser.hits(text) for text in layers.texts(path)) for path in every_file(settings)}
    return {path: count for path, count in counts.items() if count}
