"""Describe, single records by id or external id, and what was deleted or updated between two moments."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.dml import SeveralMatches
from recon.sandbox.salesforce.org import Org
from recon.sandbox.salesforce.query import record_writer
from recon.sandbox.salesforce.schema import ObjectSpec
from recon.sandbox.salesforce.soql import Path, Query
from recon.sandbox.salesforce.store import table
from recon.sandbox.salesforce.translate import Plan, Translator
from recon.sandbox.salesforce.values import Problem, Stored, parse_datetime
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, Literally, answer_json

OLDEST_REPLICATION = timedelta(days=30)
MOST_DELETED = 600_000
"""Ids that one answer of /deleted holds."""


def visible(call: Call, name: str) -> ObjectSpec:
    """An object that the user sees; raises NOT_FOUND."""
    found = call.org.visible().get(name.lower())
    if found is None:
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    return found


@ROUTES.add("GET", "/sobjects")
def describe_global(call: Call) -> Answer:
    """All objects, briefly."""
    shown = [spec.summary(call.version) for spec in call.org.visible().values()]
    return answer_json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sorted(shown, key=lambda one: str(one["name"]))})


@ROUTES.add("GET", "/sobjects/{name}")
def describe_brief(call: Call, name: str) -> Answer:
    """One object, briefly."""
    return answer_json({"objectDescribe": visible(call, name).summary(call.version), "recentItems": []})


@ROUTES.add("GET", "/sobjects/{name}/describe")
def describe(call: Call, name: str) -> Answer:
    """One object with its fields."""
    spec = visible(call, name)
    key = (spec.name, call.version, call.base_url)
    if key not in call.org.described:
        made = spec.describe(call.version, call.base_url, _children(call.org, spec))
        call.org.described[key] = json.dumps(made, ensure_ascii=False)
    return answer_json(Literally(call.org.described[key]))


def _children(org: Org, spec: ObjectSpec) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": one.cascade,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": one.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": None,
            "restrictedDelete": False,
        }
        for child in org.visible().values()
        for one in child.fields.values()
        if spec.name in one.reference_to
    ]


@ROUTES.add("POST", "/sobjects/{name}")
def create(call: Call, name: str) -> Answer:
    """Create a record."""
    visible(call, name)
    record_id = call.dml().create(name, call.json_object())
    location = [("Location", f"/services/data/v{call.version}/sobjects/{name}/{record_id}")]
    return answer_json({"id": record_id, "success": True, "errors": []}, 201, location)


@ROUTES.add("GET", "/sobjects/{name}/deleted")
def deleted(call: Call, name: str) -> Answer:
    """Ids of records deleted between ``start`` and ``end``."""
    spec, start, end = _between(call, name)
    between = "SystemModstamp >= ? and SystemModstamp < ?"
    sql = f"select Id, SystemModstamp from {table(spec.name)} where IsDeleted = 1 and {between} order by 2, 1"
    rows = call.org.store.all(sql, (start, end))
    if len(rows) > MOST_DELETED:
        raise Problem("EXCEEDED_ID_LIMIT", "too many deleted records")
    return answer_json({
        "deletedRecords": [{"deletedDate": _long(moment), "id": record_id} for record_id, moment in rows],
        "earliestDateAvailable": _long(_text(call.org.clock() - timedelta(days=15))),
        "latestDateCovered": _long(end),
    })  # fmt: skip


@ROUTES.add("GET", "/sobjects/{name}/updated")
def updated(call: Call, name: str) -> Answer:
    """Ids of records created or changed between ``start`` and ``end``."""
    spec, start, end = _between(call, name)
    sql = (
        f"select Id from {table(spec.name)} where IsDeleted = 0 and SystemModstamp >= ? and SystemModstamp < ? order by SystemModstamp, Id"
    )
    return answer_json({"ids": [row[0] for row in call.org.store.all(sql, (start, end))], "latestDateCovered": _long(end)})


def _between(call: Call, name: str) -> tuple[ObjectSpec, str, str]:
    spec = visible(call, name)
    if not spec.replicateable or "IsDeleted" not in spec.fields:
        raise Problem("INVALID_TYPE_FOR_OPERATION", f"entity type {spec.name} is not replicateable")
    try:
        start, end = parse_datetime(call.query["start"].replace(" ", "+")), parse_datetime(call.query["end"].replace(" ", "+"))
    except (KeyError, ValueError):
        raise Problem("INVALID_REPLICATION_DATE", "start and end must be dates with a time and an offset") from None
    if start >= end:
        raise Problem("INVALID_REPLICATION_DATE", "endDate should be later than startDate by at least one minute")
    if start < _text(call.org.clock() - OLDEST_REPLICATION):
        raise Problem("INVALID_REPLICATION_DATE", "startDate is too far in the past")
    return spec, start, min(end, call.org.now_text())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _long(text: str) -> str:
    return f"{text[:19]}.000+0000"


# single records


def _missing(what: str) -> Problem:
    return Problem("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {what}")


def _found(call: Call, spec: ObjectSpec, record_id: str) -> dict[str, Stored]:
    full = ids.normal(record_id)
    row = call.org.store.get(spec.name, full) if full is not None else None
    if row is None:
        raise _missing(record_id)
    if row.get("IsDeleted"):
        raise Problem("ENTITY_IS_DELETED", "entity is deleted")
    return row


def record_json(org: Org, spec: ObjectSpec, record_id: str, version: str, wanted: list[str] | None = None) -> str:
    """A record as the vendor's JSON: all fields, or those that are wanted (paths to parents too)."""
    names = wanted or list(spec.fields)
    query = Query(tuple(Path(tuple(name.split("."))) for name in names), spec.name, None, None, (), (), None, None)
    translator = Translator(org.visible(), org.clock(), all_rows=True)
    made: Plan = translator.plan(query)
    row = org.store.one(made.page, (json.dumps([record_id]),))
    return "null" if row is None else record_writer(made.columns, spec.name, version)(row)


@ROUTES.add("GET", "/sobjects/{name}/{record_id}")
def read(call: Call, name: str, record_id: str) -> Answer:
    """One record by id; ``?fields=a,b``."""
    return _read(call, visible(call, name), record_id)


def _read(call: Call, spec: ObjectSpec, record_id: str) -> Answer:
    row = _found(call, spec, record_id)
    changed = _changed(row)
    since = _header_date(call, "if-modified-since", strict=False)
    if changed is not None and since is not None and changed <= since:
        return Answer(304)
    _unmodified(call, row, strict=False)
    wanted = [one.strip() for one in call.query["fields"].split(",")] if "fields" in call.query else None
    headers = [("Last-Modified", format_datetime(changed, usegmt=True))] if changed is not None else []
    return answer_json(Literally(record_json(call.org, spec, str(row["Id"]), call.version, wanted)), headers=headers)


@ROUTES.add("PATCH", "/sobjects/{name}/{record_id}")
def change(call: Call, name: str, record_id: str) -> Answer:
    """Change one record by id; ``If-Unmodified-Since`` makes it conditional."""
    spec = visible(call, name)
    with call.org.store.transaction():
        row = _found(call, spec, record_id)
        _unmodified(call, row, strict=True)
        call.dml().update(spec.name, str(row["Id"]), call.json_object())
    return Answer(204)


@ROUTES.add("DELETE", "/sobjects/{name}/{record_id}")
def remove(call: Call, name: str, record_id: str) -> Answer:
    """Delete one record by id."""
    spec = visible(call, name)
    row = _found(call, spec, record_id)
    call.dml().delete(spec.name, str(row["Id"]))
    return Answer(204)


def _by_key(call: Call, spec: ObjectSpec, key: str, value: str, act: Callable[[str | None], Answer]) -> Answer:
    """Find a record by external id and act on it; several matches are answered with 300 and their addresses."""
    try:
        return act(call.dml().by_key(spec, key, value))
    except SeveralMatches as several:
        return answer_json([f"/services/data/v{call.version}/sobjects/{spec.name}/{one}" for one in several.found], 300)


@ROUTES.add("GET", "/sobjects/{name}/{key}/{value}")
def read_by_key(call: Call, name: str, key: str, value: str) -> Answer:
    """One record by external id."""
    spec = visible(call, name)

    def act(found: str | None) -> Answer:
        if found is None:
            raise Problem("NOT_FOUND", "The requested resource does not exist")
        return _read(call, spec, found)

    return _by_key(call, spec, key, value, act)


@ROUTES.add("PATCH", "/sobjects/{name}/{key}/{value}")
def upsert_by_key(call: Call, name: str, key: str, value: str) -> Answer:
    """Create or change one record by external id; ``?updateOnly=true`` never creates."""
    spec = visible(call, name)

    def act(found: str | None) -> Answer:
        update_only = call.query.get("updateOnly", "").lower() == "true"
        if found is not None:
            _unmodified(call, _found(call, spec, found), strict=True)
        record_id, created = call.dml().upsert(spec.name, key, value, call.json_object(), update_only=update_only)
        body: dict[str, Any] = {"id": record_id, "success": True, "errors": [], "created": created}
        return answer_json(body, 201 if created else 200)

    return _by_key(call, spec, key, value, act)


@ROUTES.add("DELETE", "/sobjects/{name}/{key}/{value}")
def remove_by_key(call: Call, name: str, key: str, value: str) -> Answer:
    """Delete one record by external id."""
    spec = visible(call, name)

    def act(found: str | None) -> Answer:
        if found is None:
            raise _missing(value)
        call.dml().delete(spec.name, found)
        return Answer(204)

    return _by_key(call, spec, key, value, act)


def _changed(row: dict[str, Stored]) -> datetime | None:
    text = row.get("LastModifiedDate")
    return datetime.fromisoformat(str(text)) if text else None


def _header_date(call: Call, name: str, *, strict: bool) -> datetime | None:
    text = call.headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        if strict:
            raise Problem("INVALID_DATE_FORMAT", f"the value of {name} is no HTTP date", http=400) from None
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unmodified(call: Call, row: dict[str, Stored], *, strict: bool) -> None:
    limit = _header_date(call, "if-unmodified-since", strict=strict)
    changed = _changed(row)
    if limit is not None and changed is not None and changed > limit:
        raise Problem("ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", "the record was changed since", http=412)
