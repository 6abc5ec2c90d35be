"""Reads an object by REST queries: pages in the order of (cursor, Id), so that reading can go on after any page.

More records than a page with one and the same time stamp (a bulk load) are no problem, since Id decides between them; an expired
cursor of the server is replaced by a new query from the last record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from recon.errors import IncompleteError
from recon.systems.base import Chunk
from recon.systems.salesforce_api import soql
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.errors import LOCATOR, Refusal
from recon.systems.salesforce_api.plan import Plan, both

RESTARTS = 5
"""Queries begun anew without a single new record before reading is given up"""


@dataclass
class Place:
    """The last record that was read; reading goes on behind it."""

    stamp: str
    id: str

    @property
    def moment(self) -> datetime:
        """The stamp as a time."""
        return moment(self.stamp)


class Seen:
    """Tells pages that go on from pages that come again, without relying on how the org sorts ids."""

    def __init__(self, place: Place | None) -> None:
        self._latest = place.moment if place else None
        self._ids: set[str] = {place.id} if place else set()
        """Records that bear the latest stamp"""

    def takes(self, places: list[Place]) -> bool:
        """Whether a page is new and in order; if so it is remembered."""
        latest, ids = self._latest, set(self._ids)
        for place in places:
            if latest is not None and (place.moment < latest or (place.moment == latest and place.id in ids)):
                return False
            if place.moment != latest:
                latest, ids = place.moment, set()
            ids.add(place.id)
        self._latest, self._ids = latest, ids
        return bool(places)


def read(client: Client, plan: Plan, since: datetime | None, state: Mapping[str, Any], page_size: int = 2000) -> Iterator[Chunk]:
    """Pages as chunks of JSON lines with flat text values; ``state`` is that of the last page stored, with ``started``.

    Raises IncompleteError where the server repeats itself without end.
    """
    place = Place(state["stamp"], state["id"]) if state.get("id") else None
    seen = Seen(place)
    rows = int(state.get("rows", 0))
    idle = 0
    headers = {"Sforce-Query-Options": f"batchSize={page_size}"}
    page = client.query(_text(plan, since, place), headers)
    while True:
        records = page["records"]
        fresh = seen.takes([_place(plan, record) for record in records])
        if fresh:
            idle = 0
            place = _place(plan, records[-1])
            rows += len(records)
            yield _chunk(plan, records, {**state, "method": "rest", "stamp": place.stamp, "id": place.id, "rows": rows})
        # No records although there are some is the answer to another question, as some gateways give it.
        if page["done"] and (fresh or not (records or page["totalSize"])):
            return
        if not fresh:
            idle += 1
            if idle > RESTARTS:
                raise IncompleteError(
                    f"{client.system}: the pages of {plan.source} repeat themselves.", "Run it again later.", system=client.system
                )
        page = _next(client, plan, since, place, page, headers) if fresh else client.query(_text(plan, since, place), headers)


def _next(
    client: Client, plan: Plan, since: datetime | None, place: Place | None, page: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    try:
        return client.more(str(page.get("nextRecordsUrl", "")))
    except Refusal as refusal:
        if refusal.code not in LOCATOR:
            raise
        return client.query(_text(plan, since, place), headers)


def _text(plan: Plan, since: datetime | None, place: Place | None) -> str:
    where = both(plan.where, _behind(plan.cursor, since, place))
    return soql.select(plan.columns, plan.source, where=where, order=(plan.cursor, "Id"))


def window(plan: Plan, since: datetime | None) -> str:
    """Condition of what is read: the rows that belong here, changed since a moment."""
    return both(plan.where, changed_since(plan.cursor, since))


def _behind(cursor: str, since: datetime | None, place: Place | None) -> str:
    if place is None:
        return changed_since(cursor, since)
    stamp = soql.literal(moment(place.stamp))
    return f"{cursor} > {stamp} OR ({cursor} = {stamp} AND Id > {soql.literal(place.id)})"


def changed_since(cursor: str, since: datetime | None) -> str:
    """Condition of a window; empty for everything."""
    return f"{cursor} >= {soql.literal(since)}" if since else ""


def _place(plan: Plan, record: Mapping[str, Any]) -> Place:
    stamp, record_id = record.get(plan.cursor), record.get("Id")
    if not isinstance(stamp, str) or not isinstance(record_id, str):
        raise IncompleteError(f"A record of {plan.source} came without Id or {plan.cursor}.", "Run it again later.")
    return Place(stamp, record_id)


def _chunk(plan: Plan, records: list[dict[str, Any]], state: dict[str, Any]) -> Chunk:
    lines = [json.dumps(flat(record, plan.columns), ensure_ascii=False).encode() + b"\n" for record in records]
    return Chunk(lines=lines, state=state, rows=len(records))


def flat(record: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, str | None]:
    """The columns of a record as text, as Bulk API would send them; a parent that is not there gives None."""
    return {column: _text_of(_value(record, column)) for column in columns}


def _value(record: Mapping[str, Any], column: str) -> Any:
    first, _, rest = column.partition(".")
    value = record.get(first)
    if not rest:
        return value
    return _value(value, rest) if isinstance(value, Mapping) else None


def _text_of(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"  # REST writes 12500000.0 as 1.25E7
    return json.dumps(value, ensure_ascii=False)


def moment(text: str) -> datetime:
    """A time of Salesforce (REST ``…+0000``, Bulk ``…Z``)."""
    return datetime.fromisoformat(text)
