"""The org's part of a second look: records by a field whose values are given, deleted ones too.

A record that was merged into another one is a deleted one with its MasterRecordId set (vendor: queryAll, Account and Contact). One that
was purged from the recycle bin, or that the integration user may not see, does not come at all; the org does not tell which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from recon.systems.base import GONE, HERE, Fate, Look
from recon.systems.salesforce_api import soql
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.org import id18
from recon.systems.salesforce_api.plan import Plan, both
from recon.systems.salesforce_api.rest import flat

BATCH = 200
"""Values in one query: with 18 characters each they fit into an address"""

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def read(
    client: Client, plan: Plan, fields: Mapping[str, str], keys: Sequence[str], *, is_own: bool, prefix: str | None = None
) -> Iterator[Look]:
    """Records in which one of the fields (path → type) has one of the keys.

    ``is_own``: they are what was asked for, and not what lies beside it; ``prefix`` are the first three characters of their ids. A key
    that no field can hold, or an id of another object, is answered as gone without a call: the org refuses the whole query for it.
    """
    values = {
        key: {field: value for field, kind in fields.items() if (value := _value(key, field, kind, prefix)) is not None} for key in keys
    }
    fits = [key for key in values if values[key]]
    if odd := {key: GONE for key in values if not values[key]}:
        yield Look((), 0, odd)
    for start in range(0, len(fits), BATCH):
        batch = fits[start : start + BATCH]
        terms = [(field, [values[key][field] for key in batch if field in values[key]]) for field in fields]
        wanted = " OR ".join(f"{soql.name(field)} IN {soql.literals(given)}" for field, given in terms if given)
        columns = tuple(dict.fromkeys([*plan.columns, *fields]))
        rows = client.rows(soql.select(columns, plan.source, where=both(plan.where, wanted)))
        lines = [json.dumps(flat(row, plan.columns), ensure_ascii=False).encode() + b"\n" for row in rows]
        found = _fates(rows, tuple(fields)) if is_own else {}
        yield Look(lines, len(lines), {key: found.get(_plain(key), GONE) for key in batch})


def _value(key: str, field: str, kind: str, prefix: str | None) -> str | Decimal | None:
    """A key as a field can hold it, or None."""
    if kind in {"id", "reference"}:
        is_there = _ID.fullmatch(key) and (field != "Id" or prefix is None or key.startswith(prefix))
        return key if is_there else None
    if kind in {"double", "int", "currency"}:
        return Decimal(key) if key.isdecimal() and len(key) < 18 else None
    return key if _is_text(key) else None


def _is_text(key: str) -> bool:
    """What stands in a field of an org: no controls, no halves of signs."""
    return bool(key.strip()) and key.isprintable()


def _fates(rows: Sequence[Mapping[str, Any]], fields: tuple[str, ...]) -> dict[str, Fate]:
    """Value of a field → what became of the record that has it; where several have it, a living one counts."""
    found: dict[str, Fate] = {}
    for row in rows:
        fate = _fate(row)
        texts = flat(row, fields)
        for value in texts.values():
            if value is not None and (fate is HERE or _plain(value) not in found):
                found[_plain(value)] = fate
    return found


def _fate(row: Mapping[str, Any]) -> Fate:
    if row.get("IsDeleted") is not True:
        return HERE
    master = row.get("MasterRecordId")
    return Fate("merged", id18(master)) if isinstance(master, str) and master else Fate("deleted")


def _plain(value: str) -> str:
    """Texts compare without case and outer blanks in an org, numbers come as 1001.0; ids come in two lengths, and their case matters."""
    text = value.strip().removesuffix(".0")
    return id18(text) if _ID.fullmatch(text) and not text.isdecimal() else text.lower()
