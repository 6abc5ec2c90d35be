"""How lists are walked so that nothing is lost while the store goes on changing, and so that reading goes on after any page.

Orders and products are walked by id, customers and prices by the vendor's cursor. Where only page numbers exist, the vendor's total is
watched: when it falls, rows have moved to pages already read, and the list is walked once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recon.errors import IncompleteError
from recon.systems.bigcommerce.client import Client, Gone, Query, TooLarge

State = dict[str, Any]
Record = dict[str, Any]

IDLE = 4
"""Answers without anything new before reading is given up"""

WALKS = 3
"""Times that a list is walked when rows vanish from it meanwhile"""

SMALLEST = 10


@dataclass
class Size:
    """Records per page; halved where the vendor calls a page too large (413)."""

    value: int

    def halve(self) -> bool:
        """Whether it could still be made smaller."""
        if self.value <= SMALLEST:
            return False
        self.value = max(SMALLEST, self.value // 2)
        return True


def ask(client: Client, path: str, query: Query, size: Size, *, encode_colons: bool = False) -> Any:
    """One page, in a size that the vendor can bear; IncompleteError where none is."""
    while True:
        try:
            return client.get(path, [*query, ("limit", str(size.value))], encode_colons=encode_colons)
        except TooLarge:
            if not size.halve():
                raise repeated(client, path) from None


def repeated(client: Client, path: str) -> IncompleteError:
    """The error for a walk that does not get on."""
    return IncompleteError(f"{client.name}: the pages of {path} do not go on.", "Run it again later.", system=client.name)


def records_of(client: Client, path: str, answer: Any) -> list[Record]:
    """Records of a page: bare in V2 (None: 204, the end), below ``data`` in V3. IncompleteError for anything else."""
    data = [] if answer is None else answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        raise IncompleteError(f"{client.name}: an answer of {path} is no list.", "Run it again later.", system=client.name)
    return data


def number_of(record: Mapping[str, Any]) -> int:
    """The id of a record; -1 where it has none, which counts as nothing new."""
    value = record.get("id")
    return value if isinstance(value, int) else -1


def total_of(answer: Any) -> int | None:
    """The vendor's own count of a V3 list."""
    meta = answer.get("meta") if isinstance(answer, dict) else None
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    total = pagination.get("total") if isinstance(pagination, dict) else None
    return total if isinstance(total, int) else None


def by_id(client: Client, path: str, query: Query, size: Size, after: int, *, least: str, inclusive: bool) -> Iterator[list[Record]]:
    """Pages in the order of ids, each beginning behind the last id of the one before, until an empty one.

    ``least`` is the filter that says where to begin, ``inclusive`` whether it lets its own value through. A page that brings nothing
    behind ``after`` (one that was delivered twice, say) is asked for again; IncompleteError when that does not help.
    """
    idle = 0
    while True:
        begin = str(after + 1 if inclusive else after)
        found = records_of(client, path, ask(client, path, [*query, (least, begin)], size))
        if not found:
            return
        ids = [number_of(record) for record in found]
        if ids != sorted(ids) or ids[0] <= after:
            idle += 1
            if idle >= IDLE:
                raise repeated(client, path)
            continue
        idle, after = 0, ids[-1]
        yield found


def by_cursor(client: Client, path: str, query: Query, size: Size, cursor: str) -> Iterator[tuple[list[Record], str, int | None]]:
    """Pages of a V3 list with the cursor behind each and the vendor's total, which comes with the first page only.

    A cursor that was there before (the page came again, or the walk turns in a circle) is asked for anew; IncompleteError when that
    does not help.
    """
    idle = 0
    seen = {cursor}
    while True:
        place: Query = [("after", cursor)] if cursor else [("page", "1")]
        answer = ask(client, path, [*query, *place], size)
        found = records_of(client, path, answer)
        if not found:
            return
        behind = _end_cursor(answer)
        if not behind and len(found) < size.value:
            yield found, cursor, total_of(answer)
            return
        if behind in seen or not behind:
            idle += 1
            if idle >= IDLE:
                raise repeated(client, path)
            continue
        idle, cursor = 0, behind
        seen.add(behind)
        yield found, cursor, total_of(answer)


def _end_cursor(answer: Any) -> str:
    meta = answer.get("meta") if isinstance(answer, dict) else None
    paging = meta.get("cursor_pagination") if isinstance(meta, dict) else None
    return str(paging.get("end_cursor") or "") if isinstance(paging, dict) else ""


def _key(record: Mapping[str, Any]) -> Any:
    if "id" in record:
        return record["id"]
    identity = record.get("identity")
    if isinstance(identity, dict):
        return (identity.get("product_id"), identity.get("variant_id"), identity.get("sku"))
    return (record.get("variant_id"), record.get("currency"))


def by_page(client: Client, path: str, query: Query, size: Size, state: State, *, encode_colons: bool = False) -> Iterator[list[Record]]:
    """Pages by number; ``state`` is kept up to date (page, total, walk, fell, distinct, walked) and is that of the page just given.

    When the vendor's total fell on the way, the list is walked again, WALKS times at most: rows that come twice are harmless.
    """
    idle = 0
    last: list[Any] = []
    while not state.get("walked"):
        page = int(state.get("page") or 0) + 1
        answer = ask(client, path, [*query, ("page", str(page))], size, encode_colons=encode_colons)
        found = records_of(client, path, answer)
        keys = [_key(record) for record in found]
        if found and keys == last:
            idle += 1
            if idle >= IDLE:
                raise repeated(client, path)
            continue
        _watch(state, total_of(answer))
        if not found:
            last = []
            _end_walk(state)
            continue
        idle, last = 0, keys
        state["page"], state["distinct"] = page, int(state.get("distinct") or 0) + len(found)
        yield found


def _watch(state: State, total: int | None) -> None:
    known = state.get("total")
    if total is not None:
        state["fell"] = bool(state.get("fell")) or (known is not None and total < known)
        state["total"] = total


def _end_walk(state: State) -> None:
    walk = int(state.get("walk") or 1)
    if state.get("fell") and walk < WALKS:
        state.update(page=0, distinct=0, walk=walk + 1, fell=False, total=None)
    else:
        state["walked"] = True


def everything(client: Client, path: str, query: Query, size: int) -> list[Record]:
    """A short list as a whole, such as the lines of one order: pages until an empty one or one that says it is the last.

    Empty where what it belongs to was deleted meanwhile.
    """
    found: list[Record] = []
    page, paging = 1, Size(size)
    last: Sequence[Any] = ()
    idle = 0
    while True:
        try:
            answer = ask(client, path, [*query, ("page", str(page))], paging)
        except Gone:
            return []
        records = records_of(client, path, answer)
        keys = [_key(record) for record in records]
        if records and keys == list(last):
            idle += 1
            if idle >= IDLE:
                raise repeated(client, path)
            continue
        found += records
        total = total_of(answer)
        if not records or (total is not None and len(found) >= total):
            return found
        last, page = keys, page + 1
