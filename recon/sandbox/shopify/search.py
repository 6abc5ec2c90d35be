"""The Admin API's search language with its traps, turned into SQL over the index.

Behaviour as recorded from live stores: an unquoted timestamp falls apart at its colons, an unknown filter is ignored with
a warning beside the data, a value that a filter does not accept finds nothing, ``<`` and ``>`` include their end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

UNKNOWN_FIELD = "Invalid search field for this query."


@dataclass(frozen=True, slots=True)
class Filter:
    """How one filter of a list compares: ``kind`` is id, time, day, text, boolean or number; ``accepted`` an enumeration."""

    kind: str
    column: str
    accepted: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """``name:value`` with its comparison; ``name`` is empty for plain words."""

    name: str
    compare: str
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Terms joined by ``and``, ``or``, or negated by ``not``."""

    word: str
    parts: tuple[Any, ...]


@dataclass
class Found:
    """A compiled search: SQL condition with its values, and what the answer says beside the data."""

    sql: str
    values: list[Any]
    parsed: Any
    warnings: list[dict[str, str]] = field(default_factory=list)


class BadTimestampError(Exception):
    """A list that refuses wrong timestamps was given one; ``args[0]`` is the filter."""


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\()|(?P<close>\))|(?P<colon>:)
      |(?P<word>AND|OR|NOT)(?=[\s(]|$)
      |(?P<minus>-)(?=[A-Za-z0-9_"'(])
      |(?:(?P<name>[A-Za-z0-9_.]+):(?P<compare><=|>=|<|>|)\s*)?(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s():]+))
    )""",
    re.VERBOSE,
)


def parse(text: str) -> Any:
    """Text → Term or Group; None for an empty search. Broken syntax reads as far as it makes sense, as the vendor's does."""
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        if match.lastgroup != "colon":
            tokens.append(match)
    node, _ = _alternatives(tokens, 0)
    return node


def _alternatives(tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    parts = []
    while True:
        node, at = _sequence(tokens, at)
        if node is not None:
            parts.append(node)
        if at < len(tokens) and tokens[at]["word"] == "OR":
            at += 1
            continue
        return _join("or", parts), at


def _sequence(tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    parts = []
    while at < len(tokens) and tokens[at]["word"] != "OR" and not tokens[at]["close"]:
        if tokens[at]["word"] == "AND":
            at += 1
            continue
        node, at = _single(tokens, at)
        if node is not None:
            parts.append(node)
    return _join("and", parts), at


def _single(tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    token = tokens[at]
    if token["minus"] or token["word"] == "NOT":
        node, at = _single(tokens, at + 1) if at + 1 < len(tokens) else (None, at + 1)
        return (Group("not", (node,)) if node is not None else None), at
    if token["open"]:
        node, at = _alternatives(tokens, at + 1)
        return node, at + 1
    if token["close"]:
        return None, at + 1
    quoted = token["double"] if token["double"] is not None else token["single"]
    value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token["bare"]
    return Term((token["name"] or "").lower(), token["compare"] or "", value or "", quoted is not None), at + 1


def _join(word: str, parts: list[Any]) -> Any:
    return None if not parts else parts[0] if len(parts) == 1 else Group(word, tuple(parts))


class Compiler:
    """Turns one search into SQL for one list."""

    def __init__(self, filters: dict[str, Filter], zone: ZoneInfo, now: datetime, *, words: bool, strict_times: bool) -> None:
        self.filters = filters
        self.zone = zone
        self.now = now
        self.words = words
        self.strict_times = strict_times
        self.warnings: list[dict[str, str]] = []

    def compile(self, text: str) -> Found:
        """SQL, values, parse tree and warnings of a search; raises BadTimestampError where the list refuses wrong times."""
        node = parse(text)
        if node is None:
            return Found("1", [], {})
        sql, values = self._sql(node)
        return Found(sql, values, self._parsed(node), self.warnings)

    def _sql(self, node: Any) -> tuple[str, list[Any]]:
        if isinstance(node, Term):
            return self._term(node)
        parts = [self._sql(part) for part in node.parts]
        # an ignored term is no condition at all, not a true one: "not ignored" must not empty the list
        kept = [(sql, values) for sql, values in parts if sql != "1"]
        if not kept:
            return "1", []
        values = [value for _, some in kept for value in some]
        if node.word == "not":
            return f"not coalesce(({kept[0][0]}), 0)", values
        if node.word == "or" and len(kept) < len(parts):
            return "1", []
        return "(" + f" {node.word} ".join(sql for sql, _ in kept) + ")", values

    def _term(self, term: Term) -> tuple[str, list[Any]]:
        if not term.name:
            if not self.words:
                self._warn("", "A search field must be named in this query.", "missing_named_field")
                return "1", []
            return "exists (select 1 from json_each(idx.facets, '$.default') where instr(value, ?))", [term.value.lower()]
        one = self.filters.get(term.name)
        if one is None:
            self._warn(term.name, UNKNOWN_FIELD, "invalid_field")
            return "1", []
        made: tuple[str, list[Any]] | None = getattr(self, f"_{one.kind}")(one, term)
        if made is None:
            self._warn(term.name, f"Input `{term.value}` is not an accepted value.", "invalid_value")
            return "0", []
        return made

    def _warn(self, name: str, message: str, code: str) -> None:
        self.warnings.append({"field": name, "message": message, "code": code})

    def _id(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        number = term.value.rsplit("/", 1)[-1]
        if not number.isdigit():
            return None
        column = f"idx.{one.column}" if one.column == "num" else None
        if column is None:
            return f"exists (select 1 from json_each(idx.facets, '$.{one.column}') where value = ?)", [number]
        return f"{column} {_operator(term.compare)} ?", [int(number)]

    def _time(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        ends = read_time(term.value, self.zone, self.now)
        if ends is None:
            if self.strict_times:
                raise BadTimestampError(term.name)
            return None
        first, last = ends
        if term.compare in {">", ">="}:
            return f"idx.{one.column} >= ?", [_stamp(first)]
        if term.compare in {"<", "<="}:
            return f"idx.{one.column} <= ?", [_stamp(first)]
        return f"(idx.{one.column} >= ? and idx.{one.column} <= ?)", [_stamp(first), _stamp(last)]

    def _day(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        """Matches whole days of the shop's zone, as customers' updated_at does."""
        ends = read_time(term.value, self.zone, self.now)
        if ends is None:
            return None
        start = ends[0].astimezone(self.zone).replace(hour=0, minute=0, second=0)
        end = (start + timedelta(days=1)).astimezone(UTC) - timedelta(seconds=1)
        conditions, values = [], []
        if term.compare not in {"<", "<="}:
            conditions.append(f"idx.{one.column} >= ?")
            values.append(_stamp(start))
        if term.compare not in {">", ">="}:
            conditions.append(f"idx.{one.column} <= ?")
            values.append(_stamp(end))
        return "(" + " and ".join(conditions) + ")", values

    def _text(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        value = term.value.lower()
        if one.accepted is not None and value not in one.accepted:
            return None
        each = f"select 1 from json_each(idx.facets, '$.{one.column}')"
        if one.column.endswith("_not"):
            each = f"select 1 from json_each(idx.facets, '$.{one.column.removesuffix('_not')}')"
            return f"not exists ({each} where value = ?)", [value]
        if value == "*" and not term.quoted:
            return f"exists ({each})", []
        if value.endswith("*") and not term.quoted:
            return f"exists ({each} where value like ? escape '\\')", [re.sub(r"([%_\\])", r"\\\1", value[:-1]) + "%"]
        if one.column == "name":
            return f"exists ({each} where value in (?, ?))", [value, f"#{value}"]  # name:1494 finds #1494
        return f"exists ({each} where value = ?)", [value]

    def _boolean(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        if term.value.lower() not in {"true", "false"}:
            return None
        return f"json_extract(idx.facets, '$.{one.column}') = ?", [int(term.value.lower() == "true")]

    def _number(self, one: Filter, term: Term) -> tuple[str, list[Any]] | None:
        try:
            number = float(term.value)
        except ValueError:
            return None
        return f"json_extract(idx.facets, '$.{one.column}') {_operator(term.compare)} ?", [number]

    def _parsed(self, node: Any) -> Any:
        if isinstance(node, Group):
            inner = [self._parsed(part) for part in node.parts]
            return {node.word: inner[0] if node.word == "not" else inner}
        one = self.filters.get(node.name)
        if node.compare:
            value = node.value
            if one is not None and one.kind in {"time", "day"} and (ends := read_time(value, self.zone, self.now)):
                value = ends[0].astimezone(self.zone).isoformat()
            return {"field": node.name, "range_gte" if node.compare.startswith(">") else "range_lte": value}
        how = "match_phrase" if node.quoted else "match_all"
        return {"field": node.name, how: node.value} if node.name else {how: node.value}


def _operator(compare: str) -> str:
    # < and > include their end
    return {">": ">=", ">=": ">=", "<": "<=", "<=": "<="}.get(compare, "=")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_TIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?)?)?(Z|[+-]\d\d:?\d\d)?")


def read_time(text: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime] | None:
    """The first and the last second that a time may mean; without an offset it is read in the shop's zone."""
    if text.lower() == "now":
        return now, now
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    where: Any = zone
    if offset:
        where = UTC if offset == "Z" else datetime.strptime(offset.replace(":", ""), "%z").tzinfo
    try:
        first = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=where)
    except ValueError:
        return None
    if second or minute or hour:
        return first, first + timedelta(seconds=0 if second else 59 if minute else 3599)
    if day:
        return first, first + timedelta(days=1) - timedelta(seconds=1)
    end = first.replace(month=12, day=31) if not month else (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first, end.replace(hour=23, minute=59, second=59)
