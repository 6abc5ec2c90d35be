"""Many records in one call (sObject Collections) and many calls in one (Composite)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.dml import Dml
from recon.sandbox.salesforce.sobjects import record_json, visible
from recon.sandbox.salesforce.values import Problem
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, Literally, answer_json, answer_problem, dump

MOST_RECORDS = 200
MOST_PARTS = 25
MOST_RETRIEVED = 2000

Work = Callable[[Dml, Any], dict[str, Any]]


class _Undo(Exception):
    """Leaves a transaction after a failure in an all-or-none call."""


def _keep_if(well: bool) -> None:
    if not well:
        raise _Undo


def _collection(call: Call, records: Sequence[Any], work: Work, *, all_or_none: bool, upsert: bool = False) -> Answer:
    """Do ``work`` for every record in order; results are in the same order."""
    if len(records) > MOST_RECORDS:
        raise Problem("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call")
    dml = call.dml()
    results: list[dict[str, Any]] = []
    try:
        with call.org.store.transaction():
            results += [_one(dml, record, work) for record in records]
            _keep_if(not all_or_none or all(result["success"] for result in results))
    except _Undo:
        results = [_rolled_back() if result["success"] else result for result in results]
    if upsert:
        results = [result if "created" in result or not result["success"] else {**result, "created": False} for result in results]
    return answer_json(_disturbed(call, results))


def _one(dml: Dml, record: Any, work: Work) -> dict[str, Any]:
    try:
        with dml.store.transaction():
            return work(dml, record)
    except Problem as problem:
        return _failed(problem)


def _failed(problem: Problem) -> dict[str, Any]:
    error = {"statusCode": problem.code, "message": problem.message, "fields": list(problem.fields)}
    extra = {key: value for key, value in problem.more.items() if key != "http"}
    return {"success": False, "errors": [error | extra]}


def _rolled_back() -> dict[str, Any]:
    message = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    return _failed(Problem("ALL_OR_NONE_OPERATION_ROLLED_BACK", message))


def _disturbed(call: Call, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fewer = call.take("results_fewer")
    if fewer is not None:
        results = results[: max(0, len(results) - int(fewer.args.get("count", 1)))]
    if call.take("results_more") is not None:
        results = [*results, *results[-1:]]
    return results[::-1] if call.take("results_reordered") is not None else results


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    sent = call.json_object()
    records = sent.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Problem("JSON_PARSER_ERROR", "The request body must have a list called records")
    return records, sent.get("allOrNone") is True


def _type_of(record: Mapping[str, Any]) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not name:
        raise Problem("INVALID_TYPE", "each record needs attributes with a type")
    return str(name)


@ROUTES.add("POST", "/composite/sobjects")
def create(call: Call) -> Answer:
    """Create up to 200 records."""
    records, all_or_none = _records(call)

    def work(dml: Dml, record: dict[str, Any]) -> dict[str, Any]:
        return {"id": dml.create(_type_of(record), record), "success": True, "errors": []}

    return _collection(call, records, work, all_or_none=all_or_none)


@ROUTES.add("PATCH", "/composite/sobjects")
def update(call: Call) -> Answer:
    """Change up to 200 records by id."""
    records, all_or_none = _records(call)
    seen: set[str] = set()

    def work(dml: Dml, record: dict[str, Any]) -> dict[str, Any]:
        record_id = str(next((value for key, value in record.items() if key.lower() == "id"), ""))
        if not record_id:
            raise Problem("MISSING_ARGUMENT", "Id not specified in an update call", ("Id",))
        if (ids.normal(record_id) or record_id) in seen:
            raise Problem("DUPLICATE_VALUE", f"duplicate id in list: {record_id}", ("Id",))
        seen.add(ids.normal(record_id) or record_id)
        dml.update(_type_of(record), record_id, record)
        return {"id": ids.normal(record_id), "success": True, "errors": []}

    return _collection(call, records, work, all_or_none=all_or_none)


@ROUTES.add("PATCH", "/composite/sobjects/{name}/{key}")
def upsert(call: Call, name: str, key: str) -> Answer:
    """Create or change up to 200 records by external id."""
    spec = visible(call, name)
    one = spec.find(key)
    if one is None or not one.is_key:
        raise Problem("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {key}")
    records, all_or_none = _records(call)
    seen: set[str] = set()

    def work(dml: Dml, record: dict[str, Any]) -> dict[str, Any]:
        if _type_of(record).lower() != spec.name.lower():
            raise Problem("INVALID_TYPE", f"records of one upsert are all {spec.name}")
        value = next((sent for field, sent in record.items() if field.lower() == key.lower()), None)
        text = str(value) if one.case_sensitive else str(value).lower()
        if value is not None and text in seen:
            raise Problem("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (one.name,))
        seen.add(text)
        record_id, created = dml.upsert(spec.name, one.name, value, record)
        return {"id": record_id, "success": True, "errors": [], "created": created}

    return _collection(call, records, work, all_or_none=all_or_none, upsert=True)


@ROUTES.add("DELETE", "/composite/sobjects")
def remove(call: Call) -> Answer:
    """Delete up to 200 records, ``?ids=a,b``."""
    wanted = [one.strip() for one in call.query.get("ids", "").split(",") if one.strip()]
    prefixes = {spec.prefix: spec.name for spec in call.org.visible().values()}

    def work(dml: Dml, record_id: str) -> dict[str, Any]:
        name = prefixes.get(record_id[:3])
        if name is None or ids.normal(record_id) is None:
            raise Problem("MALFORMED_ID", f"malformed id {record_id}", ("Id",))
        dml.delete(name, record_id)
        return {"id": ids.normal(record_id), "success": True, "errors": []}

    return _collection(call, wanted, work, all_or_none=call.query.get("allOrNone", "").lower() == "true")


@ROUTES.add("GET", "/composite/sobjects/{name}")
def retrieve(call: Call, name: str) -> Answer:
    """Read records by id, ``?ids=…&fields=…``; null for those that are not there."""
    return _retrieve(call, name, call.query.get("ids", "").split(","), call.query.get("fields", "").split(","))


@ROUTES.add("POST", "/composite/sobjects/{name}")
def retrieve_many(call: Call, name: str) -> Answer:
    """Read records by id, with ``ids`` and ``fields`` in the body."""
    sent = call.json_object()
    return _retrieve(call, name, sent.get("ids", []), sent.get("fields", []))


def _retrieve(call: Call, name: str, wanted: Sequence[str], fields: Sequence[str]) -> Answer:
    spec = visible(call, name)
    named = [field.strip() for field in fields if field.strip()]
    if not named:
        raise Problem("MISSING_ARGUMENT", "fields are required")
    if len(wanted) > MOST_RETRIEVED:
        raise Problem("EXCEEDED_ID_LIMIT", "record limit reached")
    shown: list[Any] = []
    for record_id in wanted:
        full = ids.normal(record_id.strip())
        row = call.org.store.get(spec.name, full) if full else None
        gone = row is None or row.get("IsDeleted")
        shown.append(None if gone else Literally(record_json(call.org, spec, str(full), call.version, named)))
    return answer_json(shown)


# composite


@ROUTES.add("POST", "/composite")
def composite(call: Call) -> Answer:
    """Up to 25 calls that may refer to each other's answers by ``@{reference.field}``."""
    sent = call.json_object()
    parts = sent.get("compositeRequest")
    if not isinstance(parts, list) or len(parts) > MOST_PARTS:
        raise Problem("LIMIT_EXCEEDED", f"compositeRequest is a list of at most {MOST_PARTS}")
    all_or_none = sent.get("allOrNone") is True
    answers: list[dict[str, Any]] = []
    try:
        with call.org.store.transaction():
            known: dict[str, Any] = {}
            for part in parts:
                answers.append(_part(call, part, known))
                _keep_if(not all_or_none or answers[-1]["httpStatusCode"] < 400)
    except _Undo:
        answers = _halted(parts, answers)
    return answer_json({"compositeResponse": answers})


def _part(call: Call, part: Mapping[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    reference = str(part.get("referenceId", ""))
    try:
        with call.org.store.transaction():
            made = call.part(
                str(part.get("method", "")),
                _filled(str(part.get("url", "")), known),
                _filled(part.get("body"), known),
                part.get("httpHeaders") or {},
            )
            answer = _dispatch(made)
    except Problem as problem:
        answer = answer_problem(problem)
    body = Literally(answer.body.decode()) if answer.body else None
    if body is not None:
        known[reference] = json.loads(body)
    return {"body": body, "httpHeaders": {}, "httpStatusCode": answer.status, "referenceId": reference}


def _dispatch(call: Call) -> Answer:
    found = re.fullmatch(r"/services/data/v\d+\.\d(/.*)", call.path)
    if found is None or found[1].startswith(("/composite/batch", "/jobs")) or found[1].rstrip("/") == "/composite":
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    return ROUTES.handle(call, found[1])


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    """Put what earlier parts answered in place of ``@{reference.path}``."""
    if isinstance(value, dict):
        return {key: _filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known) for inner in value]
    return re.sub(r"@\{([^}]+)\}", lambda found: _looked_up(found[1], known), value) if isinstance(value, str) else value


def _looked_up(path: str, known: Mapping[str, Any]) -> str:
    here: Any = known
    for step in re.findall(r"[^.\[\]]+", path):
        try:
            here = here[int(step)] if isinstance(here, list) else here[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise Problem("PROCESSING_HALTED", f"Invalid reference specified. No value for {path} found") from None
    return here if isinstance(here, str) else dump(here)


def _halted(parts: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    halted = [
        {
            "errorCode": "PROCESSING_HALTED",
            "message": "The transaction was rolled back since another operation in the same transaction failed.",
        }
    ]
    shown: list[dict[str, Any]] = []
    for number, part in enumerate(parts):
        if number == len(answers) - 1:
            shown.append(dict(answers[number]))
        else:
            shown.append({"body": halted, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": part.get("referenceId", "")})
    return shown
