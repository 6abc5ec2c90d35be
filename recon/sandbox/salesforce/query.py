"""REST queries: ``query``, ``queryAll`` and the pages behind ``nextRecordsUrl``."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.org import Org
from recon.sandbox.salesforce.soql import Query, parse
from recon.sandbox.salesforce.translate import Column, Plan, Translator
from recon.sandbox.salesforce.values import Problem, as_json
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, Literally, answer_json

PAGE = 2000
"""Rows of a page at most, and by default."""

CURSOR_LIFE = timedelta(days=2)
GROUPS = 2000
"""Rows that an aggregate query may return: it has no second page."""

Row = Sequence[Any]
Writer = Callable[[Row], str]


def plan(org: Org, text: str, *, all_rows: bool, bulk: bool = False) -> tuple[Plan, Query, Translator]:
    """Parse and translate a query for what the org shows."""
    query = parse(text)
    translator = Translator(org.visible(), org.clock(), all_rows=all_rows, bulk=bulk)
    return translator.plan(query), query, translator


def record_writer(columns: Iterable[Column], source: str, version: str) -> Writer:
    """A function that writes one SQL row (its first value is the record's id) as the vendor's JSON."""
    return _node(list(columns), source, version, 0, 0)


def _node(columns: list[Column], name: str, version: str, id_place: int, depth: int) -> Writer:
    url = f'{{"attributes":{{"type":"{name}","url":"/services/data/v{version}/sobjects/{name}/'
    parts: list[tuple[str, Writer]] = []
    done: set[str] = set()
    for column in columns:
        key = column.path[depth]
        if key in done:
            continue
        done.add(key)
        if len(column.path) == depth + 1:
            parts.append((f',"{key}":', _leaf(column)))
            continue
        inner = [one for one in columns if len(one.path) > depth + 1 and one.path[depth] == key]
        place, parent = column.parents[depth]
        parts.append((f',"{key}":', _node(inner, parent, version, place, depth + 1)))

    def write(row: Row) -> str:
        if row[id_place] is None:
            return "null"
        return f'{url}{row[id_place]}"}}{"".join(key + writer(row) for key, writer in parts)}}}'

    return write


def _leaf(column: Column) -> Writer:
    if not column.parts:
        place, encode = column.places[0], as_json(column.field)
        return lambda row: encode(row[place])
    prefix = column.field.name.removesuffix("Address") if column.field.type == "address" else ""
    named = [(part.name.removeprefix(prefix), as_json(part)) for part in column.parts]
    keys = [(name[0].lower() + name[1:], encode) for name, encode in named]

    def write(row: Row) -> str:
        values = [row[place] for place in column.places]
        if all(value is None for value in values):
            return "null"
        return "{" + ",".join(f'"{key}":{encode(value)}' for (key, encode), value in zip(keys, values, strict=True)) + "}"

    return write


def fetch(org: Org, made: Plan, record_ids: Sequence[str]) -> list[Row]:
    """Rows of a plan for these ids, in their order; those that are gone are left out."""
    found = {row[0]: row for row in org.store.all(made.page, (json.dumps(record_ids),))}
    return [found[one] for one in record_ids if one in found]


def matching_ids(org: Org, made: Plan) -> list[str]:
    """All ids that a query finds, in its order."""
    try:
        return [row[0] for row in org.store.all(made.ids, made.values)]
    except sqlite3.OperationalError:
        raise Problem(
            "QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or the filter conditions are too complicated."
        ) from None


@ROUTES.add("GET", "/query")
def query(call: Call) -> Answer:
    """``?q=…``, deleted records left out."""
    return _first(call, all_rows=False)


@ROUTES.add("GET", "/queryAll")
def query_all(call: Call) -> Answer:
    """``?q=…``, deleted records too."""
    return _first(call, all_rows=True)


@ROUTES.add("GET", "/query/{locator}")
def query_more(call: Call, locator: str) -> Answer:
    """The page that a ``nextRecordsUrl`` points to."""
    return _more(call, locator)


@ROUTES.add("GET", "/queryAll/{locator}")
def query_all_more(call: Call, locator: str) -> Answer:
    """The page that a ``nextRecordsUrl`` points to."""
    return _more(call, locator)


def _first(call: Call, *, all_rows: bool) -> Answer:
    text = call.query.get("q")
    if text is None or not text.strip():
        raise Problem("MALFORMED_QUERY", "SOQL statement cannot be empty")
    made, parsed, translator = plan(call.org, text, all_rows=all_rows)
    if parsed.is_count:
        found = call.org.store.one(made.count, made.values)
        return answer_json({"totalSize": found[0] if found else 0, "done": True, "records": []})
    if made.aggregate is not None:
        return _groups(call, made, parsed, translator)
    record_ids = matching_ids(call.org, made)
    size = batch_size(call)
    locator = ""
    if len(record_ids) > size or call.faults.list():  # a fault may make the page short
        locator = ids.mint("01g", call.org.store.numbers("id 01g")[0])
        now = call.org.clock().isoformat()
        call.org.store.run("insert into cursors values (?, ?, ?, ?, ?)", (locator, text, int(all_rows), json.dumps(record_ids), now))
    return _page(call, made, record_ids, 0, locator)


def batch_size(call: Call) -> int:
    """Rows that the client asks for by ``Sforce-Query-Options: batchSize=…``, within what the vendor allows."""
    wanted = re.search(r"batchSize\s*=\s*(\d+)", call.headers.get("sforce-query-options", ""), re.IGNORECASE)
    return min(max(int(wanted[1]), 200), PAGE) if wanted else PAGE


def _groups(call: Call, made: Plan, parsed: Query, translator: Translator) -> Answer:
    assert made.aggregate is not None  # noqa: S101 - the caller looked
    rows = call.org.store.all(made.aggregate, made.values)
    if len(rows) > GROUPS:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise Problem("EXCEEDED_ID_LIMIT", message)
    columns = [(name, as_json(spec)) for name, spec in translator.aggregate_columns(parsed)]
    head = '{"attributes":{"type":"AggregateResult"}'
    records = [
        Literally(head + "".join(f',"{name}":{encode(value)}' for (name, encode), value in zip(columns, row, strict=True)) + "}")
        for row in rows
    ]  # fmt: skip
    return answer_json({"totalSize": len(records), "done": True, "records": records})


def _page(call: Call, made: Plan, record_ids: list[str], start: int, locator: str) -> Answer:
    size = batch_size(call)
    short = call.take("short_page")
    if short is not None:
        size = max(1, min(size, int(short.args.get("rows", size // 2))))
    end = start + size
    rows = fetch(call.org, made, record_ids[start:end])
    missing = call.take("missing_rows")
    if missing is not None:
        rows = rows[: max(0, len(rows) - int(missing.args.get("count", 1)))]
    write = record_writer(made.columns, made.source.name, call.version)
    answer: dict[str, Any] = {"totalSize": len(record_ids), "done": end >= len(record_ids)}
    if not answer["done"]:
        following = start if call.take("looping_locator") is not None else end
        answer["nextRecordsUrl"] = f"/services/data/v{call.version}/query/{locator}-{following}"
    return answer_json(answer | {"records": [Literally(write(row)) for row in rows]})


def _more(call: Call, locator: str) -> Answer:
    name, _, position = locator.rpartition("-")
    found = call.org.store.one("select query, all_rows, ids, created from cursors where locator = ?", (name,))
    gone = found is None or call.take("locator_expired") is not None
    if found is None or gone or not position.isdigit() or call.org.clock() - datetime.fromisoformat(found[3]) > CURSOR_LIFE:
        raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator")
    made, _, _ = plan(call.org, found[0], all_rows=bool(found[1]))
    return _page(call, made, json.loads(found[2]), int(position), name)
