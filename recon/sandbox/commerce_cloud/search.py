"""The vendor's query language, turned into a condition over JSON documents.

Covers matchAll, term, text, bool and filtered queries with term, range, bool and query filters. What it does not know, and fields that
cannot be searched, are refused with 400 as the vendor does; so is an OR over fields of different buckets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recon.sandbox.commerce_cloud.web import Call, Refused, problem

WINDOW = 10_000
MOST = 200

Condition = tuple[str, list[Any], frozenset[str]]
"""SQL, its values, and the buckets of the fields in it"""

_COMPARED = {"is": "=", "neq": "<>", "less": "<", "greater": ">"}
_SETS = {"one_of": "in", "not_in": "not in"}
_NULLS = {"is_null": "is null", "is_not_null": "is not null"}


@dataclass(frozen=True)
class Fields:
    """What can be searched: field → (SQL over ``doc``, bucket); ``sortable`` are those that can order a result."""

    known: Mapping[str, tuple[str, str]]
    sortable: frozenset[str]


@dataclass(frozen=True)
class Search:
    """A search request that was understood."""

    condition: str
    values: list[Any]
    order: str
    limit: int
    offset: int
    request: Mapping[str, Any]


def bad(detail: str) -> Refused:
    """A request that the vendor does not understand."""
    return problem(400, "Bad Request", detail)


def understand(call: Call, fields: Fields, extra: frozenset[str] = frozenset()) -> Search:
    """Read a search request; 400 for anything unknown, ``extra`` being further keys that it may have."""
    request = call.document()
    if not isinstance(request, dict) or "query" not in request:
        raise bad("The request has no query.")
    unknown = set(request) - {"query", "limit", "offset", "sorts"} - extra
    if unknown:
        raise bad(f"The property '{min(unknown)}' is unknown.")
    limit, offset = request.get("limit", 25), request.get("offset", 0)
    if not (isinstance(limit, int) and 1 <= limit <= MOST) or not (isinstance(offset, int) and offset >= 0):
        raise bad("The limit or the offset lies outside of its bounds.")
    if limit + offset > WINDOW:
        raise bad("Offset and limit together reach beyond 10,000.")
    condition, values, _ = _query(request["query"], fields)
    return Search(condition, values, _order(request.get("sorts", []), fields), limit, offset, request)


def _order(sorts: list[Mapping[str, Any]], fields: Fields) -> str:
    terms = []
    for sort in sorts:
        field, direction = str(sort.get("field")), sort.get("sortOrder", "asc")
        if field not in fields.sortable:
            raise problem(400, "Field Not Sortable", f"Results cannot be sorted by {field}.", field=field)
        if direction not in {"asc", "desc"}:
            raise bad("The sort order is unknown.")
        terms.append(f"{fields.known[field][0]} {direction}")
    return ", ".join([*terms, "key"])


def _field(name: Any, fields: Fields) -> tuple[str, str]:
    try:
        return fields.known[str(name)]
    except KeyError:
        raise problem(400, "Field Not Searchable", f"Nothing can be searched by {name}.", field=str(name)) from None


def _only(node: Any, known: Mapping[str, Callable[[Any, Fields], Condition]], fields: Fields) -> Condition:
    if not isinstance(node, dict) or len(node) != 1:
        raise bad("A query or filter has exactly one kind.")
    kind, content = next(iter(node.items()))
    if kind not in known or not isinstance(content, dict):
        raise bad(f"The query '{kind}' is unknown.")
    return known[kind](content, fields)


def _query(node: Any, fields: Fields) -> Condition:
    return _only(node, _QUERIES, fields)


def _filter(node: Any, fields: Fields) -> Condition:
    return _only(node, _FILTERS, fields)


def _joined(parts: list[Condition], word: str) -> Condition:
    buckets = frozenset().union(*(part[2] for part in parts)) if parts else frozenset()
    if word == "or" and len(buckets) > 1:
        raise bad("Fields of different buckets cannot be joined by a disjunction.")
    sql = f" {word} ".join(part[0] for part in parts) or "true"
    return f"({sql})", [value for part in parts for value in part[1]], buckets


def _term(names: list[Any], content: Mapping[str, Any], fields: Fields) -> Condition:
    operator, values = content.get("operator"), list(content.get("values", []))
    parts: list[Condition] = []
    for name in names:
        sql, bucket = _field(name, fields)
        found, used = _compared(sql, str(operator), values)
        parts.append((found, used, frozenset({bucket})))
    return _joined(parts, "or")


def _compared(sql: str, operator: str, values: list[Any]) -> tuple[str, list[Any]]:
    # NOTE: product types are tested one by one: a product is of several at once.
    if "?" in sql:
        if operator not in {"is", "one_of"}:
            raise bad("A type can only be one of several.")
        return "(" + " or ".join([sql] * len(values)) + ")", [f"$.type.{value}" for value in values]
    if operator in _NULLS:
        return f"{sql} {_NULLS[operator]}", []
    if operator in _SETS and values:
        return f"{sql} {_SETS[operator]} ({', '.join('?' * len(values))})", values
    if operator in _COMPARED and len(values) == 1:
        return f"{sql} {_COMPARED[operator]} ?", values
    raise bad(f"The operator '{operator}' does not fit its values.")


def _term_query(content: Mapping[str, Any], fields: Fields) -> Condition:
    return _term(list(content.get("fields", [])), content, fields)


def _term_filter(content: Mapping[str, Any], fields: Fields) -> Condition:
    return _term([content.get("field")], content, fields)


def _text_query(content: Mapping[str, Any], fields: Fields) -> Condition:
    words = str(content.get("searchPhrase", "")).lower().split()
    parts: list[Condition] = []
    for name in content.get("fields", []):
        sql, bucket = _field(name, fields)
        terms = " and ".join([f"' ' || lower({sql}) || ' ' like ?"] * len(words)) or "false"
        parts.append((f"({terms})", [f"% {word} %" for word in words], frozenset({bucket})))
    if not parts:
        raise bad("A text query needs fields.")
    return _joined(parts, "or")


def _bool_query(content: Mapping[str, Any], fields: Fields) -> Condition:
    if set(content) - {"must", "mustNot", "should"}:
        raise bad("A bool query has must, mustNot and should.")
    must = [_query(node, fields) for node in content.get("must", [])]
    for sql, values, buckets in [_query(node, fields) for node in content.get("mustNot", [])]:
        must.append((f"not {sql}", values, buckets))
    should = [_query(node, fields) for node in content.get("should", [])]
    return _joined([*must, _joined(should, "or")] if should else must, "and")


def _bool_filter(content: Mapping[str, Any], fields: Fields) -> Condition:
    parts, operator = [_filter(node, fields) for node in content.get("filters", [])], content.get("operator")
    if operator == "not":
        sql, values, buckets = _joined(parts, "and")
        return f"not {sql}", values, buckets
    if operator not in {"and", "or"}:
        raise bad("The operator of a bool filter is unknown.")
    return _joined(parts, str(operator))


def _range_filter(content: Mapping[str, Any], fields: Fields) -> Condition:
    sql, bucket = _field(content.get("field"), fields)
    terms, values = [], []
    for key, sign in (("from", ">"), ("to", "<")):
        if key in content:
            terms.append(f"{sql} {sign}{'=' if content.get(f'{key}Inclusive', True) else ''} ?")
            values.append(_aligned(content[key]))
    if not terms:
        raise bad("A range has a from or a to.")
    return f"({' and '.join(terms)})", values, frozenset({bucket})


def _aligned(value: Any) -> Any:
    """Times with milliseconds, as they are kept: texts are compared."""
    text = str(value)
    return text[:-1] + ".000Z" if isinstance(value, str) and text.endswith("Z") and "." not in text else value


def _filtered_query(content: Mapping[str, Any], fields: Fields) -> Condition:
    return _joined([_query(content.get("query"), fields), _filter(content.get("filter"), fields)], "and")


_QUERIES: dict[str, Callable[[Any, Fields], Condition]] = {
    "matchAllQuery": lambda content, fields: ("true", [], frozenset()),
    "termQuery": _term_query,
    "textQuery": _text_query,
    "boolQuery": _bool_query,
    "filteredQuery": _filtered_query,
}
_FILTERS: dict[str, Callable[[Any, Fields], Condition]] = {
    "termFilter": _term_filter,
    "rangeFilter": _range_filter,
    "boolFilter": _bool_filter,
    "queryFilter": lambda content, fields: _query(content.get("query"), fields),
}
