"""The one door through which anything is ever written: sObject Collections and Bulk API 2.0 ingest of one org.

Nothing here decides; it sends what it is given and hands back what Salesforce answered, row by row. No write is repeated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from recon.errors import AuthError, RetriableError
from recon.fix.values import to_json
from recon.systems.base import Context
from recon.systems.exact import dump
from recon.systems.http import Write
from recon.systems.salesforce_api import rest, soql
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.describe import Catalogue
from recon.systems.salesforce_api.errors import Refusal
from recon.systems.salesforce_api.org import id18, organization
from recon.systems.salesforce_api.settings import OrgSettings

T = TypeVar("T")

ROWS = 200
"""Records of one call. Vendor source: REST API Developer Guide, sObject Collections."""

_DATA = r"/services/data/v\d+\.0"
WRITES = (
    Write("POST", rf"{_DATA}/composite/sobjects"),
    Write("PATCH", rf"{_DATA}/composite/sobjects"),
    Write("DELETE", rf"{_DATA}/composite/sobjects"),
    Write("POST", rf"{_DATA}/jobs/ingest"),
    Write("PUT", rf"{_DATA}/jobs/ingest/\w+/batches"),
    Write("PATCH", rf"{_DATA}/jobs/ingest/\w+"),
)
"""All that can be written; merging, hard deletes and everything else have no door."""


class Unclear(Exception):
    """A request left and nobody knows what came of it."""


@dataclass(frozen=True)
class Answered:
    """What Salesforce says of one row."""

    success: bool
    record_id: str | None = None
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Row:
    """What one record is sent with: field → (type, value)."""

    fields: Mapping[str, tuple[str, str | None]]
    record_id: str | None = None


class Door:
    """One org, opened for writing."""

    def __init__(self, settings: OrgSettings, context: Context, *, allow_duplicates: bool = False) -> None:
        self.client = Client(settings, context, WRITES)
        self.catalogue = Catalogue(self.client)
        self.system = context.name
        self._headers = {"Sforce-Auto-Assign": "FALSE", "Content-Type": "application/json"}
        if allow_duplicates:
            self._headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"

    def close(self) -> None:
        """Close connections."""
        self.client.http.close()

    # -- who we are ----------------------------------------------------------------------------------

    def identity(self) -> tuple[str, str, bool]:
        """Org id, user id, and whether the org is a sandbox; AuthError where token and org disagree."""
        record = organization(self.client)
        org_id, user_id = (id18(text) for text in self.client.identity)
        if id18(str(record["Id"])) != org_id:
            raise AuthError(f"{self.system}: the token is for another org than the address.", "Check url and the credentials.")
        return org_id, user_id, record.get("IsSandbox") is True

    # -- looking -----------------------------------------------------------------------------------------

    def records(self, name: str, ids: Iterable[str], fields: Iterable[str]) -> dict[str, dict[str, str | None]]:
        """Records by id, those in the recycle bin too, as text; what is gone for good is not among them."""
        columns = tuple(dict.fromkeys(("Id", "IsDeleted", "SystemModstamp", "LastModifiedById", *fields)))
        found: dict[str, dict[str, str | None]] = {}
        for some in pieces(sorted(set(ids)), ROWS):
            for record in self.client.rows(soql.select(columns, name, f"Id IN {soql.literals(some)}")):
                found[str(record["Id"])] = rest.flat(record, columns)
        return found

    def matching(self, name: str, fields: Sequence[str], values: Iterable[Mapping[str, str | None]]) -> list[dict[str, str | None]]:
        """Records that have one of the combinations of values in these fields and are not deleted."""
        columns = tuple(dict.fromkeys(("Id", "IsDeleted", "SystemModstamp", "CreatedById", "CreatedDate", *fields)))
        found: list[dict[str, str | None]] = []
        for some in pieces(list(values), 100):
            if len(fields) == 1:
                where = f"{soql.name(fields[0])} IN {soql.literals([one[fields[0]] for one in some])}"
            else:
                each = [" AND ".join(f"{soql.name(field)} = {soql.literal(one[field])}" for field in fields) for one in some]
                where = " OR ".join(f"({one})" for one in each)
            found += [rest.flat(record, columns) for record in self.client.rows(soql.select(columns, name, where))]
        return [record for record in found if record["IsDeleted"] != "true"]

    def automation(self, objects: Iterable[str]) -> list[tuple[str, str, str]] | None:
        """Active triggers, record-triggered flows and processes as (object, kind, name); None where the user may not see them.

        Vendor source: object reference, ApexTrigger and FlowDefinitionView. A flow names its object by label, and ``IsActive`` only says
        whether its *latest* version is the active one: a flow that somebody is working on runs all the same.
        """
        described = {one.name: one for name in objects if (one := self.catalogue.object(name)) is not None}
        labels: dict[str, list[str]] = {}
        for one in described.values():
            labels.setdefault(one.label, []).append(one.name)
        if self.catalogue.object("ApexTrigger") is None or self.catalogue.object("FlowDefinitionView") is None:
            return None
        triggers = self.client.rows("SELECT Id, Name, TableEnumOrId FROM ApexTrigger WHERE Status = 'Active'")
        found = [(str(row["TableEnumOrId"]), "trigger", str(row["Name"])) for row in triggers if row["TableEnumOrId"] in described]
        columns = "ApiName, ProcessType, TriggerType, TriggerObjectOrEventLabel"
        flows = self.client.rows(f"SELECT {columns} FROM FlowDefinitionView WHERE ActiveVersionId != null")
        found += [
            (name, "flow", str(flow["ApiName"]))
            for flow in flows
            if str(flow.get("TriggerType") or "").startswith("Record") or flow.get("ProcessType") == "Workflow"
            for name in labels.get(str(flow["TriggerObjectOrEventLabel"]), ())
        ]
        return sorted(found)

    # -- writing -----------------------------------------------------------------------------------------

    def write(self, verb: str, name: str, rows: Sequence[Row]) -> list[Answered]:
        """Insert, update or delete at most 200 records of one object, each on its own (allOrNone false).

        Raises :class:`Unclear` where the request may have been carried out without an answer that can be read, QuotaError and AuthError
        where it certainly was not.
        """
        path = "/composite/sobjects"
        try:
            if verb == "delete":
                ids = ",".join(str(row.record_id) for row in rows)
                answer = self.client.request("DELETE", path, headers=self._headers, params={"ids": ids, "allOrNone": "false"})
            else:
                body = {"allOrNone": False, "records": [_record(name, row) for row in rows]}
                method = {"insert": "POST", "update": "PATCH"}[verb]
                answer = self.client.request(method, path, headers=self._headers, data=dump(body))
        except RetriableError as error:
            raise Unclear(error.message) from None
        return _results(answer.data, rows)

    # -- Bulk API 2.0 ---------------------------------------------------------------------------------------

    def create_job(self, verb: str, name: str) -> str:
        """A new ingest job; nothing is written before it is closed."""
        body = {"object": name, "operation": verb, "contentType": "CSV", "lineEnding": "LF"}
        return str(self.client.shaped(self.client.request("POST", "/jobs/ingest", headers=self._headers, json=body).data, "id")["id"])

    def upload(self, job: str, content: bytes) -> None:
        """The rows of a job, once."""
        headers = {**self._headers, "Content-Type": "text/csv"}
        self.client.request("PUT", f"/jobs/ingest/{job}/batches", headers=headers, data=content, expect="any")

    def close_job(self, job: str, state: str = "UploadComplete") -> None:
        """Let Salesforce begin, or (``Aborted``) give the job up."""
        self.client.request("PATCH", f"/jobs/ingest/{job}", headers=self._headers, json={"state": state})

    def job(self, job: str) -> dict[str, Any] | None:
        """State of a job; None where Salesforce does not have it any more."""
        try:
            return self.client.shaped(self.client.request("GET", f"/jobs/ingest/{job}").data, "state")
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def results(self, job: str, kind: str) -> bytes:
        """``successfulResults``, ``failedResults`` or ``unprocessedrecords`` as CSV."""
        with self.client.download(f"/jobs/ingest/{job}/{kind}", {}) as file:
            return b"".join(file.lines())


def _record(name: str, row: Row) -> dict[str, Any]:
    fields = {field: to_json(kind, value) for field, (kind, value) in row.fields.items()}
    return {"attributes": {"type": name}, **({"Id": row.record_id} if row.record_id else {}), **fields}


def _results(data: Any, rows: Sequence[Row]) -> list[Answered]:
    """One answer per row, in its order; Unclear where they are not that."""
    if not isinstance(data, list) or len(data) != len(rows) or not all(isinstance(one, dict) and "success" in one for one in data):
        raise Unclear("was answered with results that are not those of the rows")
    found = [_answered(one) for one in data]
    ids = [one.record_id for one in found if one.success]
    if len(set(ids)) != len(ids) or None in ids:
        raise Unclear("was answered with results that are not those of the rows")
    for row, one in zip(rows, found, strict=True):
        if row.record_id and one.success and one.record_id != row.record_id:
            raise Unclear("was answered with results in another order than the rows")
    return found


def _answered(result: Mapping[str, Any]) -> Answered:
    if result["success"] is True:
        return Answered(True, id18(str(result["id"])) if result.get("id") else None)
    errors = result.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    fields = ", ".join(str(field) for field in first.get("fields") or ())
    message = str(first.get("message") or "")
    code = str(first.get("statusCode") or "UNKNOWN")
    if code == "DUPLICATES_DETECTED":
        message = f"{message} {json.dumps(first.get('duplicateResult', {}))}"
    return Answered(False, code=code, message=f"{message} [{fields}]" if fields else message)


def pieces(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items."""
    rest_of = iter(items)
    while some := list(islice(rest_of, size)):
        yield some
