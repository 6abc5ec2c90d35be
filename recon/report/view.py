"""What a page shows of a result: the same pieces for the rows that are written into it and for those drawn later."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from recon.report.difference import compare, printable
from recon.report.model import (
    Cause,
    Cell,
    DuplicateGroup,
    Finding,
    GroupField,
    Latency,
    Planned,
    PlannedValue,
    RelatedGroup,
    Result,
    Rule,
    Stock,
    Updates,
)
from recon.report.words import Words, parse_iso, when

ENTITIES = (
    "orders", "order_lines", "fulfillments", "fulfillment_lines", "refunds", "refund_lines", "returns", "return_lines", "payments",
    "customers", "companies", "products", "prices", "locations", "inventory_levels", "subscriptions", "write_errors",
)  # fmt: skip
"""Order of rows in the coverage matrix; others follow by name."""

TITLES = {
    "address1": "street",
    "address2": "street, second line",
    "email": "e-mail",
    "email_key": "e-mail",
    "sms_consent": "SMS consent",
    "email_consent": "e-mail consent",
    "exposures": "free texts",
    "sku": "SKU",
    "sku_key": "SKU",
    "external_id": "external id",
    "salesforce_id": "Salesforce id",
    "customer_id": "customer",
    "product_id": "product",
    "order_id": "order",
}


def title_of(name: str) -> str:
    """Canonical name as words: ``current_total`` → current total."""
    return TITLES.get(name) or name.replace("_", " ").strip() or name


def row(item: Finding, words: Words, group: DuplicateGroup | None = None) -> dict[str, Any]:
    """One finding as a page shows it, with the card of its group of duplicates; :func:`slim` makes it smaller for the script."""
    return {
        "id": item.finding_id,
        "r": item.rule,
        "s": item.severity,
        "t": item.state,
        "y": item.system,
        "h": item.against,
        "e": item.entity,
        "l": printable(item.label)[:200],
        "m": printable(item.message)[:1000],
        "d": [_difference(entry.field, entry.shop, entry.salesforce, entry.note) for entry in item.diff],
        "a": item.amount,
        "c": item.currency if item.amount is not None else None,
        "p": words.money(item.amount, item.currency) if item.amount is not None else None,
        "g": item.age_days,
        "o": item.owner,
        "k": item.confidence if item.confidence != "certain" else None,
        "us": item.url_shop,
        "uf": item.url_salesforce,
        "i": item.record_id,
        "j": item.salesforce_id,
        "x": facts(item, with_card=group is not None),
        "q": card(group, words) if group else None,
        "n": planned(item.planned) if item.planned else None,
        "w": item.corrected_by,
    }


PLANNED = {
    "safe": "Planned correction: safe, it follows from the data alone",
    "review": "Planned correction: to review before it is applied",
    "skipped": "Not planned",
    "written": "Corrected by recon after this run",
    "refused": "The correction was not written",
}
"""State of a correction → heading beside its finding."""

TAGS = {"safe": "planned, safe", "review": "planned, to review", "written": "corrected since", "refused": "not written"}
"""The same in the finding's line; what is not planned says so only when the finding is opened."""

WRITES, VALUES = 5, 40
"""Writes of a finding, and values of a write, that a page shows; `recon fix show` has them all."""

_VERBS = {"insert": "Create", "update": "Change", "delete": "Delete"}


def planned(item: Planned) -> list[Any]:
    """What a plan says of a finding: state, plan, reason, writes, how many of them are left out.

    A write is [verb, object, record, [[field, before, after], …]].
    """
    writes = [
        [_VERBS[write.action], write.object, write.record_id or "", [_value(write.action, value) for value in write.values[:VALUES]]]
        for write in item.writes[:WRITES]
    ]
    return [item.state, item.plan, printable(item.reason)[:600], writes, max(0, len(item.writes) - WRITES)]


def _value(action: str, value: PlannedValue) -> list[str | None]:
    after = "id of the new record" if value.made_by else value.after
    return [
        value.field,
        *(None if text is None else printable(text)[:300] for text in (value.before if action != "insert" else None, after)),
    ]


def card(group: DuplicateGroup | RelatedGroup, words: Words) -> dict[str, Any]:
    """A group side by side: heads of columns are its records, rows its fields.

    ``h``: [id, address, whether it is suggested to be kept] each. ``f``: [field, cells, whether all are equal] each, a cell being
    [text, whether it differs from the first record's, whether this value is suggested to be kept, why this one and not the first
    record's]. ``t``: sentences. ``e``: records elsewhere as [text, address].
    """
    survivor = group.survivor_id if isinstance(group, DuplicateGroup) else None
    elsewhere = group.elsewhere if isinstance(group, DuplicateGroup) else []
    return {
        "h": [[printable(one.record_id), one.url, one.record_id == survivor] for one in group.records],
        "f": [*(_card_row(one, group) for one in group.fields if any(one.values)), *_card_times(group, words)],
        "t": [printable(text) for text in _card_sentences(group, words)],
        "e": [[printable(f"{one.system} {one.record_id}"), one.url] for one in elsewhere[:20]],
    }


def _card_row(one: GroupField, group: DuplicateGroup | RelatedGroup) -> list[Any]:
    first = one.values[0]
    cells: list[Any] = []
    for record, value in zip(group.records, one.values, strict=True):
        is_kept = one.keep is not None and record.record_id == one.keep_from
        why = one.reason if is_kept and record is not group.records[0] else None
        cells.append([printable(value)[:200] if value else None, bool(one.differs and value and value != first), is_kept, why])
    return [title_of(one.field), cells, len(set(one.values)) == 1]


def _card_times(group: DuplicateGroup | RelatedGroup, words: Words) -> list[list[Any]]:
    """How much hangs on each record, and how old it is: what the choice rests on, never marked."""
    known = {
        "orders": ["–" if one.orders is None else words.number(one.orders) for one in group.records],
        "created": [one.created_at[:10] if one.created_at else "–" for one in group.records],
        "last changed": [one.updated_at[:10] if one.updated_at else "–" for one in group.records],
    }
    return [[name, [[value, False, False, None] for value in values], False] for name, values in known.items() if set(values) != {"–"}]


def _card_sentences(group: DuplicateGroup | RelatedGroup, words: Words) -> list[str]:
    shared = f": {', '.join(group.reasons)}" if group.reasons else ""
    if isinstance(group, RelatedGroup):
        said = [f"{group.relation.capitalize()}{shared}. Kept apart by {', '.join(group.apart) or 'a decision'}."]
    else:
        said = [f"{group.confidence.capitalize()} that these are one customer{shared}."]
        if group.survivor_id:
            said.append(f"Suggested to be kept: {group.survivor_id}{f', {group.survivor_reason}' if group.survivor_reason else ''}.")
        said.append("recon merges nothing.")
    if group.records_total > len(group.records):
        said.append(f"{len(group.records)} of {words.number(group.records_total)} records are shown.")
    return said


_OBJECTS = {
    "001": "Account", "003": "Contact", "01t": "Product2", "01u": "PricebookEntry", "131": "Location", "1ys": "ProductItem",
    "801": "Order", "802": "OrderItem",
}  # fmt: skip
"""First three characters of an id → object, for the standard objects that are read."""


def objects(result: Result) -> dict[str, str]:
    """The same for every id among the findings whose object is known: an object of one's own by the table that is made of it."""
    made: dict[str, set[str]] = defaultdict(set)
    for stream in (stream for system in result.systems if system.side == "salesforce" for stream in system.streams):
        for entity in stream.entities:
            if stream.source and stream.source.endswith("__c"):
                made[entity].add(stream.source)
    found = dict(_OBJECTS)
    owners = {"orders", "customers", "products"} & made.keys()
    for item in result.findings:
        prefix, named = (item.salesforce_id or "")[:3], made.get(item.entity, set())
        # NOTE: a finding about a refund may carry the id of its order; where orders are custom objects, nobody can tell which it is.
        if prefix and prefix not in found and len(named) == 1 and (item.entity in owners or not owners):
            found[prefix] = next(iter(named))
    return found


def slim(data: dict[str, Any]) -> dict[str, Any]:
    """The same without what is empty, so that 20,000 of them stay small."""
    small = {key: value for key, value in data.items() if value not in (None, [], "")}
    if "d" in small:
        small["d"] = [_trimmed(parts) for parts in small["d"]]
    return small


def _trimmed(parts: list[Any]) -> list[Any]:
    kept = 5 if parts[4] else 4 if parts[3] else 3
    return parts[:kept]


def _difference(field: str, shop: str | None, salesforce: str | None, note: str | None) -> list[Any]:
    sides = compare(shop, salesforce)
    same = sides.shop == sides.salesforce and note is None
    return [field, _list(sides.shop), _list(sides.salesforce), note or sides.note, same]


def _list(pieces: tuple[str, str, str] | None) -> list[str] | None:
    return list(pieces) if pieces else None


_ON_THE_CARD = {"reasons", "records", "survivor", "survivor_reason", "taken_over"}


def facts(item: Finding, *, with_card: bool = False) -> list[list[str]]:
    """Everything else that is known of a finding, as (name, text) or (name, text, address); ``with_card`` leaves out what a card shows."""
    pairs: list[tuple[str, str | None]] = [
        ("Record", f"{item.system} {item.record_id}" if item.record_id else None),
        ("Salesforce record", item.salesforce_id),
        ("Whose value is right", item.owning_system if item.owning_system != item.system else None),
        ("Happened", when(item.occurred_at) if item.occurred_at else None),
        ("First seen", _first_seen(item)),
        ("Not looked at since", when(item.last_seen_at) if item.state == "unknown" and item.last_seen_at else None),
        ("Owner", item.owner),
        ("Confidence", item.confidence if item.confidence != "certain" else None),
        ("Waived", f"by {item.waiver.owner} until {item.waiver.until}: {item.waiver.reason}" if item.waiver else None),
        *((title_of(name), _fact(value)) for name, value in sorted(item.evidence.items()) if not (with_card and name in _ON_THE_CARD)),
        ("In the snapshot", f"{item.source.file}{f', line {item.source.line}' if item.source.line else ''}" if item.source else None),
    ]
    related = [
        ["Belongs together with", printable(f"{other.system} {other.record_id}"), *([other.url] if other.url else [])]
        for other in ([] if with_card else item.related)
    ]
    known = [[name, printable(text)[:600]] for name, text in pairs if text]
    ids = sum(name in {"Record", "Salesforce record"} for name, *_ in known)
    return [*known[:ids], *related[:20], *known[ids:]]


def _first_seen(item: Finding) -> str | None:
    if not item.first_seen_at:
        return None
    runs = f", open in {item.runs_open} runs" if item.runs_open and item.runs_open > 1 else ""
    return f"{when(item.first_seen_at)}{runs}{', came back' if item.reopened else ''}"


def _fact(value: Any) -> str | None:
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True)
        if isinstance(value, dict | list)
        else str(value)
    )


def spark(values: Sequence[int | None], width: int = 96, height: int = 22) -> dict[str, Any]:
    """Points of a sparkline: a path with gaps where a run had no verdict, and the dot at its end. Empty for less than two numbers."""
    known = [value for value in values if value is not None]
    top = max(known, default=0) or 1
    step = (width - 6) / max(len(values) - 1, 1)
    if len(known) < 2:
        return {}  # one number is no trend
    path, pen_up, last = [], True, None
    for index, value in enumerate(values):
        if value is None:
            pen_up = True
            continue
        x, y = round(3 + index * step, 1), round(height - 3 - value * (height - 6) / top, 1)
        path.append(f"{'M' if pen_up else 'L'}{x:g} {y:g}")
        last, pen_up = (x, y), False
    text = ", ".join("no verdict" if value is None else str(value) for value in values[-10:])
    runs = (
        "this run" if len(values) == 1 else f"last {len(values)} runs, oldest first" if len(values) <= 10 else "last 10 runs, oldest first"
    )
    return {"path": " ".join(path), "last": last, "label": f"{runs}: {text}", "width": width, "height": height}


Line = tuple[str, list[Cell | None]]


def matrix(result: Result) -> tuple[list[Line], list[Line]]:
    """Coverage as lines: entity → one cell per system. First what can be compared, then what only one side has."""
    cells = {(cell.entity, cell.system): cell for cell in result.coverage}
    names = {cell.entity for cell in result.coverage}
    order = [*(entity for entity in ENTITIES if entity in names), *sorted(names.difference(ENTITIES))]
    sides = {system.name: "salesforce" if system.side == "salesforce" else "shop" for system in result.systems}
    lines: list[Line] = [(entity, [cells.get((entity, system.name)) for system in result.systems]) for entity in order]
    both = [line for line in lines if _is_compared(line[0], line[1], sides)]
    return both, [line for line in lines if line not in both]


def _is_compared(entity: str, cells: Sequence[Cell | None], sides: Mapping[str, str]) -> bool:
    read = {sides[cell.system] for cell in cells if cell is not None and cell.state != "not_covered" and cell.system in sides}
    trouble = any(cell is not None and (cell.open or cell.state == "incomplete") for cell in cells)
    return trouble or (entity in ENTITIES and read == {"shop", "salesforce"})


def gaps(result: Result) -> list[tuple[str, str, str]]:
    """Everything that could not be read, as (system, what, why)."""
    found: list[tuple[str, str, str]] = []
    for cell in result.coverage:
        if cell.state != "complete":
            why = cell.reason or ("It was not read completely." if cell.state == "incomplete" else "Not offered or not mapped.")
            found.append((cell.system, title_of(cell.entity), why))
        found.extend((cell.system, f"{title_of(cell.entity)}: {title_of(name)}", why) for name, why in sorted(cell.fields.items()))
    return found


def causes(rules: Iterable[Rule], most: int = 3) -> list[tuple[Rule, Cause]]:
    """What explains most of the worst rules, one cause of a rule each."""
    found = [(rule, rule.causes[0]) for rule in rules if rule.causes and rule.counts.open]
    return found[:most]


def within(item: Latency | Updates | Stock, words: Words, target: float | None = None) -> list[tuple[str, str, bool]]:
    """How long it takes as (share, time, whether that misses the target); shares that take equally long are said once."""
    times = [("half", item.p50_seconds), ("95\u00a0%", item.p95_seconds), ("99\u00a0%", item.p99_seconds)]
    said = [(share, words.duration(value), target is not None and value > target) for share, value in times if value is not None]
    return [one for one, after in zip(said, [*said[1:], None], strict=True) if after is None or one[1] != after[1]]


SOON = 14
"""Days before its end from which a waiver is pointed at."""


def expiring(result: Result) -> int:
    """Active waivers that end soon after the run."""
    as_of = result.run.as_of or result.run.started_at
    today = parse_iso(as_of).date() if as_of else None
    ends = [date.fromisoformat(one.until) for one in result.waivers if one.state == "active" and one.findings]
    return sum(today is not None and (end - today).days <= SOON for end in ends)


def open_rules(rules: Iterable[Rule], most: int = 3) -> set[str]:
    """Rules whose tables are unfolded at first: the worst with something new, else the worst."""
    failed = [rule for rule in rules if rule.state == "findings" and rule.counts.open]
    fresh = [rule.id for rule in failed if rule.counts.new + rule.counts.updated and rule.severity in {"critical", "high"}]
    return set(fresh[:most] or [rule.id for rule in failed[:1]])
