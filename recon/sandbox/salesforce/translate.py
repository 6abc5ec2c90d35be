"""From a parsed SOQL query to parameterised SQL over the org's tables, under the rules of describe.

Semantics that differ from SQL and are kept here: ``!=`` and ``NOT IN`` include rows without a value, text compares regardless of
case, an empty text is no value, deleted rows are shown only to queryAll, and only filterable, sortable or groupable fields may be used so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from recon.sandbox.salesforce import ids
from recon.sandbox.salesforce.schema import COMPOUND_TYPES, ID_TYPES, NUMBER_TYPES, TEXT_TYPES, FieldSpec, ObjectSpec
from recon.sandbox.salesforce.soql import Aggregate, Comparison, Condition, Literal, Logic, Membership, Path, Query
from recon.sandbox.salesforce.store import quoted, table
from recon.sandbox.salesforce.values import Problem, day_start, decimal_text, parse_datetime

MAX_DEPTH = 5
"""Relationships in one path."""

COUNT_FIELD = FieldSpec("expr", "int")


@dataclass(frozen=True)
class Column:
    """One selected thing: ``path`` are the keys under which it appears in a record.

    ``places`` are positions in the SQL row (one, or the parts of a compound field); ``parents`` are positions of the
    ids of the records on the way.
    """

    path: tuple[str, ...]
    field: FieldSpec
    places: tuple[int, ...]
    parents: tuple[tuple[int, str], ...] = ()
    parts: tuple[FieldSpec, ...] = ()


@dataclass
class Plan:
    """SQL of one query. ``page`` takes a JSON list of ids as its only parameter."""

    source: ObjectSpec
    columns: list[Column]
    ids: str
    page: str
    values: list[Any]
    count: str
    aggregate: str | None
    query: Query


@dataclass
class Translator:
    """Turns one query into a :class:`Plan`; ``objects`` are the objects that the caller may see, by lower-case name."""

    objects: Mapping[str, ObjectSpec]
    now: datetime
    all_rows: bool = False
    bulk: bool = False
    joins: dict[tuple[str, ...], tuple[str, ObjectSpec]] = field(default_factory=dict)
    join_sql: list[str] = field(default_factory=list)
    selected: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def plan(self, query: Query) -> Plan:
        """Translate; raises :class:`Problem` for what describe does not allow."""
        source = self.objects.get(query.source.lower())
        if source is None:
            raise Problem(
                "INVALID_TYPE",
                f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, "
                "be sure to append the '__c' after the entity name.",
            )
        self.joins[()] = ("t0", source)
        self._refuse_for_bulk(query, source)
        self.selected.append('t0."Id"')
        columns = (
            [] if query.is_aggregate or query.is_count else [self._column(item, query) for item in query.items if isinstance(item, Path)]
        )
        aggregate = self._aggregate(query) if query.is_aggregate else None
        where = self._where(query, source)
        order = self._order(query)
        source_sql = f"from {table(source.name)} as t0 {' '.join(self.join_sql)}"
        end = f"{f' limit {query.limit}' if query.limit is not None else ''}"
        if query.offset:
            end = f"{end or ' limit -1'} offset {query.offset}"
        inner = f'select t0."Id" as id {source_sql} where {where}'
        grouped = f"{aggregate} {source_sql} where {where}{self._grouping(query)}{order}{end}" if aggregate else None
        return Plan(
            source=source,
            columns=columns,
            ids=f"{inner}{order or ' order by t0.Id'}{end}",
            page=f'select {", ".join(self.selected)} {source_sql} where t0."Id" in (select value from json_each(?))',
            values=self.values,
            count=f"select count(*) from ({inner}{end})",
            aggregate=grouped,
            query=query,
        )

    def _refuse_for_bulk(self, query: Query, source: ObjectSpec) -> None:
        if not self.bulk:
            return
        if not source.bulk:
            raise Problem("INVALIDENTITY", f"Entity '{source.name}' is not supported by the Bulk API.")
        if query.is_aggregate or query.is_count or query.offset is not None:
            raise Problem("API_ERROR", "Aggregate Relationship, OFFSET and aggregate queries are not supported in Bulk Query")

    # select

    def _column(self, path: Path, query: Query) -> Column:
        parents, spec, alias = self._resolve(path, query)
        keys = self._keys(parents, spec)
        trail = tuple((self._select(f'{self.joins[key][0]}."Id"'), self.joins[key][1].name) for key in parents)
        if spec.type not in COMPOUND_TYPES:
            return Column(keys, spec, (self._select(f"{alias}.{quoted(spec.name)}"),), trail)
        if self.bulk:
            raise Problem("API_ERROR", "Selecting compound data not supported in Bulk Query")
        owner = self.joins[parents[-1] if parents else ()][1]
        parts = tuple(one for one in owner.fields.values() if one.compound == spec.name)
        places = tuple(self._select(f"{alias}.{quoted(one.name)}") for one in parts)
        return Column(keys, spec, places, trail, parts)

    def _select(self, expression: str) -> int:
        if expression not in self.selected:
            self.selected.append(expression)
        return self.selected.index(expression)

    def _keys(self, parents: tuple[tuple[str, ...], ...], spec: FieldSpec) -> tuple[str, ...]:
        names: list[str] = []
        for key in parents:
            owner = self.joins[key[:-1]][1]
            reference = owner.relationship(key[-1])
            names.append(reference.relationship if reference and reference.relationship else key[-1])
        return (*names, spec.name)

    def _aggregate(self, query: Query) -> str:
        shown: list[str] = []
        for path in query.group:
            _, spec, alias = self._resolve(path, query)
            if not spec.groupable:
                raise Problem("INVALID_FIELD", f"field '{spec.name}' can not be grouped in a query call")
        for item in query.items:
            if isinstance(item, Path):
                _, spec, alias = self._resolve(item, query)
                shown.append(f"{alias}.{quoted(spec.name)}")
            elif item.path is not None:
                _, spec, alias = self._resolve(item.path, query)
                shown.append(_aggregated(item, spec, f"{alias}.{quoted(spec.name)}"))
        return f"select {', '.join(shown)}"

    def aggregate_columns(self, query: Query) -> list[tuple[str, FieldSpec]]:
        """Names and types of the columns of an aggregate query; unnamed ones are ``expr0``, ``expr1``…"""
        named: list[tuple[str, FieldSpec]] = []
        unnamed = 0
        for item in query.items:
            path = item if isinstance(item, Path) else item.path
            assert path is not None  # noqa: S101 - COUNT() alone is not an aggregate query
            _, spec, _ = self._resolve(path, query)
            if isinstance(item, Path):
                named.append((spec.name, spec))
                continue
            named.append((item.alias or f"expr{unnamed}", COUNT_FIELD if item.function.startswith("count") else spec))
            unnamed += item.alias is None
        return named

    def _grouping(self, query: Query) -> str:
        if not query.group:
            return ""
        paths = [self._resolve(path, query) for path in query.group]
        return f" group by {', '.join(f'{alias}.{quoted(spec.name)}' for _, spec, alias in paths)}"

    # paths

    def _resolve(self, path: Path, query: Query) -> tuple[tuple[tuple[str, ...], ...], FieldSpec, str]:
        names = path.names
        if len(names) > 1 and names[0].lower() in {query.source.lower(), (query.alias or "").lower()} - {""}:
            names = names[1:]
        if len(names) > MAX_DEPTH + 1:
            raise Problem("MALFORMED_QUERY", f"relationship path too deep: {path}")
        key: tuple[str, ...] = ()
        parents: list[tuple[str, ...]] = []
        for name in names[:-1]:
            key = self._join(key, name)
            parents.append(key)
        alias, owner = self.joins[key]
        spec = owner.find(names[-1])
        if spec is None:
            raise Problem(
                "INVALID_FIELD",
                f"\nERROR at Row:1:Column:{path.column}\nNo such column '{names[-1]}' on entity '{owner.name}'. If you are attempting "
                "to use a custom field, be sure to append the '__c' after the custom field name.",
            )
        return tuple(parents), spec, alias

    def _join(self, key: tuple[str, ...], name: str) -> tuple[str, ...]:
        new = (*key, name.lower())
        if new in self.joins:
            return new
        alias, owner = self.joins[key]
        reference = owner.relationship(name)
        target = (
            next((self.objects[to.lower()] for to in reversed(reference.reference_to) if to.lower() in self.objects), None)
            if reference
            else None
        )
        if reference is None or target is None:
            raise Problem("INVALID_FIELD", f"Didn't understand relationship '{name}' in field path of entity '{owner.name}'.")
        joined = f"t{len(self.joins)}"
        self.join_sql.append(f'left join {table(target.name)} as {joined} on {joined}."Id" = {alias}.{quoted(reference.name)}')
        self.joins[new] = (joined, target)
        return new

    # conditions

    def _where(self, query: Query, source: ObjectSpec) -> str:
        parts = [self._condition(query.where, query)] if query.where is not None else []
        if "IsDeleted" in source.fields and not self.all_rows:
            parts.append('t0."IsDeleted" = 0')
        return " and ".join(f"({part})" for part in parts) or "1"

    def _condition(self, condition: Condition, query: Query) -> str:
        if isinstance(condition, Logic):
            parts = [self._condition(part, query) for part in condition.parts]
            if condition.word == "not":
                return f"not ifnull(({parts[0]}), 0)"
            return f" {condition.word} ".join(f"({part})" for part in parts)
        _, spec, alias = self._resolve(condition.path, query)
        if not spec.filterable:
            raise Problem("INVALID_FIELD", f"field '{spec.name}' can not be filtered in a query call")
        expression = f"{alias}.{quoted(spec.name)}"
        if isinstance(condition, Membership):
            return self._membership(condition, spec, expression)
        return self._comparison(condition, spec, expression)

    def _membership(self, condition: Membership, spec: FieldSpec, expression: str) -> str:
        if any(literal.kind == "word" for literal in condition.literals):
            raise Problem("MALFORMED_QUERY", "date words can not be used in a list")
        values = [self._value(spec, literal) for literal in condition.literals]
        given = [value for value in values if value is not None]
        empty = len(given) < len(values)
        self.values += given
        listed = f"{expression} in ({', '.join('?' * len(given))})" if given else "0"
        if condition.negated:
            return f"({expression} is not null and not {listed})" if empty else f"({expression} is null or not {listed})"
        return f"({expression} is null or {listed})" if empty else listed

    def _comparison(self, condition: Comparison, spec: FieldSpec, expression: str) -> str:
        operator, literal = condition.operator, condition.literal
        if literal.kind == "word":
            return self._day(spec, expression, operator, literal)
        value = self._value(spec, literal)
        if operator == "like":
            if spec.type not in TEXT_TYPES:
                raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {spec.type} field: {spec.name}")
            if value is None:
                return f"{expression} is null"
            self.values.append(str(literal.value))
            return f"{expression} like ? escape '\\'"
        if value is None:
            return {"=": f"{expression} is null", "!=": f"{expression} is not null"}.get(operator, "0")
        if operator in {"=", "!="}:
            self.values.append(value)
            return f"{expression} = ?" if operator == "=" else f"{expression} is not ?"
        if spec.type in ID_TYPES | {"boolean", "multipicklist"} and spec.type != "id":
            raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {spec.type} field: {spec.name}")
        if spec.type in NUMBER_TYPES:
            self.values.append(float(str(value)))
            return f"cast({expression} as real) {operator} ?"
        self.values.append(value)
        return f"{expression} {operator} ?"

    def _day(self, spec: FieldSpec, expression: str, operator: str, literal: Literal) -> str:
        if spec.type not in {"date", "datetime"}:
            raise _type_problem(spec)
        word, count = literal.value
        if word.endswith("_n_days") == (count is None):
            raise Problem("MALFORMED_QUERY", f"unexpected use of {word.upper()}")
        days = count or 0
        first, last = {
            "today": (0, 1), "yesterday": (-1, 0), "tomorrow": (1, 2), "last_n_days": (-days, 1), "next_n_days": (1, days + 1),
        }[word]  # fmt: skip
        start, end = day_start(self.now, first), day_start(self.now, last)
        if spec.type == "date":
            start, end = start[:10], end[:10]
        inside = f"({expression} >= ? and {expression} < ?)"
        sql, values = {
            "=": (inside, [start, end]), "!=": (f"not ifnull({inside}, 0)", [start, end]), ">": (f"{expression} >= ?", [end]),
            ">=": (f"{expression} >= ?", [start]), "<": (f"{expression} < ?", [start]), "<=": (f"{expression} < ?", [end]),
        }[operator]  # fmt: skip
        self.values += values
        return sql

    def _value(self, spec: FieldSpec, literal: Literal) -> str | int | None:
        if literal.kind == "null":
            return None
        if spec.type in NUMBER_TYPES and literal.kind == "number":
            return decimal_text(Decimal(literal.value))
        if spec.type == "boolean" and literal.kind == "boolean":
            return int(literal.value)
        if spec.type == literal.kind == "datetime":
            return parse_datetime(literal.value)
        if spec.type == literal.kind == "date":
            return str(literal.value)
        if spec.type in ID_TYPES and literal.kind == "string":
            full = ids.normal(literal.text)
            if full is None and literal.value:
                raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}")
            return full
        if spec.type in TEXT_TYPES and literal.kind == "string":
            return literal.text or None
        raise _type_problem(spec)

    def _order(self, query: Query) -> str:
        items: list[str] = []
        for item in query.order:
            _, spec, alias = self._resolve(item.path, query)
            if not spec.sortable:
                raise Problem("INVALID_FIELD", f"field '{spec.name}' can not be sorted in a query call")
            expression = f"{alias}.{quoted(spec.name)}"
            if spec.type in NUMBER_TYPES:
                expression = f"cast({expression} as real)"
            nulls = item.nulls or ("last" if item.descending else "first")
            items.append(f"{expression} {'desc' if item.descending else 'asc'} nulls {nulls}")
        return f" order by {', '.join(items)}" if items else ""


def _aggregated(item: Aggregate, spec: FieldSpec, expression: str) -> str:
    number = spec.type in NUMBER_TYPES
    if item.function == "count":
        return f"count({expression})"
    if item.function == "count_distinct":
        return f"count(distinct {expression})"
    if item.function in {"sum", "avg"} and not number:
        raise Problem("INVALID_FIELD", f"field {spec.name} does not support aggregate operator {item.function.upper()}")
    if spec.type in {"boolean", "multipicklist"} | COMPOUND_TYPES or not spec.filterable:
        raise Problem("INVALID_FIELD", f"field {spec.name} does not support aggregate operator {item.function.upper()}")
    return f"dec_{item.function}({expression})" if number else f"{item.function}({expression})"


def _type_problem(spec: FieldSpec) -> Problem:
    kind = "string" if spec.type in TEXT_TYPES | ID_TYPES else {"datetime": "dateTime"}.get(spec.type, spec.type)
    quotes = "should be enclosed in quotes" if kind == "string" else "should not be enclosed in quotes"
    return Problem("INVALID_FIELD", f"value of filter criterion for field '{spec.name}' must be of type {kind} and {quotes}")
