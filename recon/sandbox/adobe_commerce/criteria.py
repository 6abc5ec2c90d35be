"""searchCriteria of a request, as SQL over the stored documents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Value = str | int

_NAME = re.compile(r"^search_?[cC]riteria\[(?P<part>\w+)\](?:\[(?P<group>\d+)\](?:\[filters\]\[(?P<number>\d+)\])?(?:\[(?P<key>\w+)\])?)?$")
_FIELD = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
_NUMERIC = frozenset({
    "entity_id", "id", "store_id", "website_id", "order_id", "group_id", "customer_id", "stock_id", "type", "customer_group_id",
})  # fmt: skip
_COMPARED = {"eq": "=", "neq": "<>", "gt": ">", "gteq": ">=", "moreq": ">=", "lt": "<", "lteq": "<=", "from": ">=", "to": "<=",
             "like": "like", "nlike": "not like"}  # fmt: skip


class BadCriteria(Exception):
    """The shop would answer 400 with this text."""


@dataclass
class Criteria:
    """Groups of filters (AND between groups, OR within one), order and page."""

    groups: dict[int, dict[int, dict[str, str]]] = field(default_factory=dict)
    orders: dict[int, dict[str, str]] = field(default_factory=dict)
    size: int | None = None
    page: int = 1
    given: bool = False


def parse(pairs: list[tuple[str, str]]) -> Criteria:
    """Both spellings are taken, filter_groups and filterGroups; raises BadCriteria where there are none or a page is no number."""
    found = Criteria()
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            continue
        found.given = True
        part, key = match["part"].replace("_", "").lower(), (match["key"] or "").replace("_", "").lower()
        if part == "filtergroups":
            found.groups.setdefault(int(match["group"] or 0), {}).setdefault(int(match["number"] or 0), {})[key] = value
        elif part == "sortorders":
            found.orders.setdefault(int(match["group"] or 0), {})[key] = value
        elif part == "pagesize":
            found.size = _number(value)
        elif part == "currentpage":
            found.page = max(_number(value), 1)
    if not found.given:
        raise BadCriteria('"%fieldName" is required. Enter and try again.')
    return found


def _number(value: str) -> int:
    if not value.isdigit():
        raise BadCriteria("Invalid type for value")
    return int(value)


def where(criteria: Criteria, key: str) -> tuple[str, list[Value]]:
    """A condition over ``doc``; ``key`` is what the records call their entity_id."""
    terms, values = ["1"], []
    for group in criteria.groups.values():
        options = []
        for entry in group.values():
            text, bound = _condition(entry, key)
            options.append(text)
            values += bound
        terms.append(f"({' or '.join(options)})")
    return " and ".join(terms), values


def order(criteria: Criteria, key: str) -> str:
    """The order asked for; without one it is any, and another one for every page."""
    named = [entry for _, entry in sorted(criteria.orders.items()) if entry.get("field")]
    if not named:
        return f"(num * 7919 + {criteria.page} * 104729) % 1013"
    return ", ".join(
        f"{_column(entry['field'], key)} {'desc' if entry.get('direction', '').upper() == 'DESC' else 'asc'}" for entry in named
    )


def _column(name: str, key: str) -> str:
    if not _FIELD.match(name):
        raise BadCriteria("Invalid attribute name")
    if name == "entity_id" and key != "entity_id":
        name = key
    if name == key and key in {"entity_id", "id"}:
        return "num"
    return f"json_extract(doc, '$.{name}')" + ("" if name in _NUMERIC else " collate nocase")


def _condition(entry: dict[str, str], key: str) -> tuple[str, list[Value]]:
    column, condition, value = _column(entry.get("field", ""), key), entry.get("conditiontype") or "eq", entry.get("value", "")
    name = entry["field"]
    if condition in {"null", "notnull"}:
        return f"{column} is {'not ' if condition == 'notnull' else ''}null", []
    if condition in {"in", "nin"}:
        values = [_bound(name, part) for part in value.split(",")]
        return f"{column} {'not ' if condition == 'nin' else ''}in ({', '.join('?' * len(values))})", values
    if condition not in _COMPARED:
        raise BadCriteria("Invalid condition type")
    return f"{column} {_COMPARED[condition]} ?", [_bound(name, value)]


def _bound(name: str, value: str) -> Value:
    return int(value) if name in _NUMERIC and re.fullmatch(r"-?\d+", value) else value


def trimmed(value: Any, fields: str) -> Any:
    """What ``fields=items[id,sku],total_count`` leaves of an answer."""
    tree, _ = _tree(fields, 0)
    return _cut(value, tree)


def _tree(text: str, place: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    name = ""
    while place < len(text):
        sign = text[place]
        place += 1
        if sign == "[":
            found[name], place = _tree(text, place)
            name = ""
        elif sign in ",]":
            if name:
                found[name] = None
            name = ""
            if sign == "]":
                return found, place
        else:
            name += sign
    if name:
        found[name] = None
    return found, place


def _cut(value: Any, tree: dict[str, Any] | None) -> Any:
    if tree is None:
        return value
    if isinstance(value, list):
        return [_cut(entry, tree) for entry in value]
    if isinstance(value, dict):
        return {key: _cut(value[key], below) for key, below in tree.items() if key in value}
    return value
