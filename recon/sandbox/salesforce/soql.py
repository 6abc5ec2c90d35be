"""A parser of the part of SOQL that integrations use. Everything else is refused, as the real service refuses nonsense.

Known: fields and parent paths, ``COUNT()``, aggregates with aliases, ``WHERE`` with ``AND``, ``OR``, ``NOT`` and parentheses
(a mixture of AND and OR needs parentheses), ``= != <> < <= > >= LIKE IN``, ``NOT IN``, null, text with escapes, numbers, dates, datetimes,
a few date words, ``GROUP BY``, ``ORDER BY`` with ``NULLS``, ``LIMIT``, ``OFFSET``. Source: the vendor's SOQL and SOSL reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from recon.sandbox.salesforce.values import Problem

MAX_LENGTH = 100_000

_GRAMMAR = r"""
    query: _SELECT select_list _FROM NAME [NAME] where? group? order? limit? offset?
    select_list: select_item ("," select_item)*
    select_item: path                              -> field
               | AGGREGATE "(" [path] ")" [NAME]   -> aggregate
    where: _WHERE _expr
    _expr: or_expr | and_expr | _term
    or_expr: _term (_OR _term)+
    and_expr: _term (_AND _term)+
    _term: negation | _simple
    negation: _NOT _term
    _simple: "(" _expr ")" | comparison | membership
    comparison: path OPERATOR _literal | path LIKE _literal
    membership: path IN "(" _literal ("," _literal)* ")"
              | path _NOT IN "(" _literal ("," _literal)* ")"  -> absence
    group: _GROUP _BY path ("," path)*
    order: _ORDER _BY order_item ("," order_item)*
    order_item: path [DIRECTION] [_NULLS FIRST_LAST]
    limit: _LIMIT INTEGER
    offset: _OFFSET INTEGER
    path: NAME ("." NAME)*
    _literal: string | datetime | date | number | constant | date_word
    string: STRING
    datetime: DATETIME
    date: DATE
    number: NUMBER | INTEGER
    constant: CONSTANT
    date_word: DATE_WORD [":" INTEGER]

    _SELECT.3: /select\b/i
    _FROM.3: /from\b/i
    _WHERE.3: /where\b/i
    _AND.3: /and\b/i
    _OR.3: /or\b/i
    _NOT.3: /not\b/i
    LIKE.3: /like\b/i
    IN.3: /in\b/i
    _GROUP.3: /group\b/i
    _ORDER.3: /order\b(?=\s+by\b)/i
    _BY.3: /by\b/i
    _LIMIT.3: /limit\b/i
    _OFFSET.3: /offset\b/i
    _NULLS.3: /nulls\b/i
    DIRECTION.3: /(asc|desc)\b/i
    FIRST_LAST.3: /(first|last)\b/i
    AGGREGATE.4: /(count_distinct|count|sum|avg|min|max)(?=\s*\()/i
    CONSTANT.3: /(true|false|null)\b/i
    DATE_WORD.3: /(today|yesterday|tomorrow|last_n_days|next_n_days)\b/i
    OPERATOR: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
    DATETIME.5: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})/
    DATE.4: /\d{4}-\d{2}-\d{2}(?![\dT])/
    NUMBER.3: /[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?/
    INTEGER.2: /[+-]?\d+(?![\d.])/
    STRING: /'(?:[^'\\\n\r]|\\.)*'/
    NAME: /[A-Za-z]\w*/
    %ignore /\s+/
"""

_ESCAPES = {"n": "\n", "N": "\n", "r": "\r", "R": "\r", "t": "\t", "T": "\t", "b": "\b", "B": "\b", "f": "\f", "F": "\f",
            '"': '"', "'": "'", "\\": "\\\\"}  # fmt: skip


@dataclass(frozen=True)
class Path:
    """``Account.Owner.Name``; ``column`` is where it begins in the query, counted from 1."""

    names: tuple[str, ...]
    column: int = 0

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Aggregate:
    """``COUNT(Id) orders``; ``path`` None is ``COUNT()``."""

    function: str
    path: Path | None
    alias: str | None


@dataclass(frozen=True)
class Literal:
    """A value in a query: ``kind`` is string, number, date, datetime, boolean, null or word.

    ``value`` of a string keeps ``%``, ``_`` and the backslash escaped where they were, since only LIKE gives that a meaning;
    :attr:`text` is the plain text.
    """

    kind: str
    value: Any

    @property
    def text(self) -> str:
        """The value of a string without escapes."""
        return re.sub(r"\\([%_\\])", r"\1", str(self.value))


@dataclass(frozen=True)
class Comparison:
    """``path operator literal``; the operator is one of = != < <= > >= like."""

    path: Path
    operator: str
    literal: Literal


@dataclass(frozen=True)
class Membership:
    """``path IN (…)`` or, ``negated``, ``path NOT IN (…)``."""

    path: Path
    literals: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True)
class Logic:
    """``and``, ``or`` or ``not`` of conditions."""

    word: str
    parts: tuple[Condition, ...]


Condition = Comparison | Membership | Logic


@dataclass(frozen=True)
class OrderItem:
    """One ``ORDER BY`` item; ``nulls`` is first, last or None."""

    path: Path
    descending: bool
    nulls: str | None


@dataclass(frozen=True)
class Query:
    """A parsed query."""

    items: tuple[Path | Aggregate, ...]
    source: str
    alias: str | None
    where: Condition | None
    group: tuple[Path, ...]
    order: tuple[OrderItem, ...]
    limit: int | None
    offset: int | None

    @property
    def is_aggregate(self) -> bool:
        """Whether rows are groups."""
        return bool(self.group) or any(isinstance(item, Aggregate) and item.path is not None for item in self.items)

    @property
    def is_count(self) -> bool:
        """Whether it is ``SELECT COUNT()``."""
        return len(self.items) == 1 and isinstance(self.items[0], Aggregate) and self.items[0].path is None


class _Build(Transformer[Token, Any]):
    """From the tree to the dataclasses above."""

    def path(self, names: list[Token]) -> Path:
        return Path(tuple(str(name) for name in names), names[0].column or 0)

    def field(self, parts: list[Path]) -> Path:
        return parts[0]

    def aggregate(self, parts: list[Any]) -> Aggregate:
        return Aggregate(str(parts[0]).lower(), parts[1], str(parts[2]) if parts[2] is not None else None)

    def select_list(self, items: list[Any]) -> tuple[str, Any]:
        return "items", tuple(items)

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        return "where", parts[0]

    def and_expr(self, parts: list[Any]) -> Logic:
        return Logic("and", tuple(parts))

    def or_expr(self, parts: list[Any]) -> Logic:
        return Logic("or", tuple(parts))

    def negation(self, parts: list[Any]) -> Logic:
        return Logic("not", tuple(parts))

    def comparison(self, parts: list[Any]) -> Comparison:
        operator = str(parts[1]).lower()
        return Comparison(parts[0], "!=" if operator == "<>" else operator, parts[2])

    def membership(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], tuple(parts[2:]), negated=False)

    def absence(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], tuple(parts[2:]), negated=True)

    def group(self, paths: list[Path]) -> tuple[str, Any]:
        return "group", tuple(paths)

    def order(self, items: list[Any]) -> tuple[str, Any]:
        return "order", tuple(items)

    def order_item(self, parts: list[Any]) -> OrderItem:
        return OrderItem(parts[0], str(parts[1] or "asc").lower() == "desc", str(parts[2]).lower() if parts[2] else None)

    def limit(self, parts: list[Token]) -> tuple[str, Any]:
        return "limit", int(parts[0])

    def offset(self, parts: list[Token]) -> tuple[str, Any]:
        return "offset", int(parts[0])

    def string(self, parts: list[Token]) -> Literal:
        return Literal("string", _unescape(str(parts[0])[1:-1]))

    def datetime(self, parts: list[Token]) -> Literal:
        return Literal("datetime", str(parts[0]))

    def date(self, parts: list[Token]) -> Literal:
        return Literal("date", str(parts[0]))

    def number(self, parts: list[Token]) -> Literal:
        return Literal("number", str(parts[0]))

    def constant(self, parts: list[Token]) -> Literal:
        word = str(parts[0]).lower()
        return Literal("null", None) if word == "null" else Literal("boolean", word == "true")

    def date_word(self, parts: list[Any]) -> Literal:
        return Literal("word", (str(parts[0]).lower(), int(parts[1]) if parts[1] is not None else None))

    def query(self, parts: list[Any]) -> Query:
        named: dict[str, Any] = dict(part for part in parts if isinstance(part, tuple))
        names = [part for part in parts if not isinstance(part, tuple)]
        return Query(
            items=named["items"],
            source=str(names[0]),
            alias=str(names[1]) if names[1] is not None else None,
            where=named.get("where"),
            group=named.get("group", ()),
            order=named.get("order", ()),
            limit=named.get("limit"),
            offset=named.get("offset"),
        )


def _unescape(text: str) -> str:
    out: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter != "\\":
            out.append(letter)
            continue
        following = next(letters)
        if following in "%_":
            out.append("\\" + following)
        elif following in _ESCAPES:
            out.append(_ESCAPES[following])
        else:
            raise Problem("MALFORMED_QUERY", f"invalid escape sequence '\\{following}' in string literal")
    return "".join(out)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="query", parser="lalr", maybe_placeholders=True, propagate_positions=False)


def parse(text: str) -> Query:
    """Read a query; raises :class:`Problem` with MALFORMED_QUERY for everything that is not known."""
    if len(text) > MAX_LENGTH:
        raise Problem("QUERY_TOO_COMPLICATED", "Query is too complicated: SOQL statements are at most 100,000 characters")
    try:
        query: Query = _Build().transform(_parser().parse(text))
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedToken as error:
        raise Problem("MALFORMED_QUERY", _near(text, error, f"unexpected token: '{str(error.token) or '<EOF>'}'")) from None
    except UnexpectedCharacters as error:
        raise Problem("MALFORMED_QUERY", _near(text, error, f"unexpected character: '{text[error.pos_in_stream or 0]}'")) from None
    except UnexpectedInput as error:
        raise Problem("MALFORMED_QUERY", _near(text, error, "unexpected end of query")) from None
    _check(query)
    return query


def _near(text: str, error: UnexpectedInput, says: str) -> str:
    column = max(error.column, 1)
    return f"\n{text[max(column - 20, 0) : column + 20]}\n^\nERROR at Row:{max(error.line, 1)}:Column:{column}\n{says}"


def _check(query: Query) -> None:
    """What the grammar cannot say."""
    counts = [item for item in query.items if isinstance(item, Aggregate) and item.path is None]
    if counts and (len(query.items) > 1 or counts[0].function != "count" or counts[0].alias):
        raise Problem("MALFORMED_QUERY", "COUNT() must be the only thing that is selected")
    if query.is_count and (query.group or query.order):
        raise Problem("MALFORMED_QUERY", "COUNT() goes neither with GROUP BY nor with ORDER BY")
    if (query.limit is not None and query.limit < 0) or (query.offset is not None and query.offset < 0):
        raise Problem("MALFORMED_QUERY", "LIMIT and OFFSET are not negative")
    if query.offset is not None and query.offset > 2000:
        raise Problem("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
    plain = [item for item in query.items if isinstance(item, Path)]
    lowered = [str(item).lower() for item in plain]
    repeated = next((name for name in lowered if lowered.count(name) > 1), None)
    if repeated is not None:
        raise Problem("INVALID_FIELD", f"duplicate field selected: {repeated}")
    if query.is_aggregate:
        grouped = {str(path).lower() for path in query.group}
        loose = next((item for item in plain if str(item).lower() not in grouped), None)
        if loose is not None:
            raise Problem("MALFORMED_QUERY", f"Field must be grouped or aggregated: {loose}")
