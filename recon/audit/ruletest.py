"""Tests of rules as data: rows in, findings out. Used by the test suite and by ``recon rules test``.

A file is TOML: ``as_of``, optional ``[defaults.<table>]`` and ``[[case]]`` with a name, rows for canonical tables and ``expect``,
a list of what each finding must hold. ``systems`` and ``coverage`` are filled in where a case does not give them; ``ownership`` is a list
of ``{ table = "prices", owner = "erp" }`` as in ``[ownership]`` of recon.toml.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from recon import assets
from recon.audit.judge import Bench
from recon.audit.rules import Checker, Rule, load
from recon.config.settings import Settings
from recon.errors import RuleError
from recon.warehouse.build import create_model, declare
from recon.warehouse.engine import connect, identifier

SYSTEMS = [
    {"system": "shop", "kind": "shopify", "side": "shop", "currency": "EUR"},
    {"system": "salesforce", "kind": "salesforce", "side": "salesforce", "currency": "EUR"},
]
_FILLED: dict[str, dict[str, Any]] = {
    "orders": {"is_test": False},
    "order_links": {
        "shop_system": "shop",
        "salesforce_system": "salesforce",
        "method": "external_id",
        "certainty": "certain",
        "is_primary": True,
    },
}
_LINKS = ("line_links", "customer_links", "product_links", "location_links", "company_links", "subscription_links")
_DERIVED = (
    "matched",
    "compared",
    "followers",
    "product_twins",
    "location_twins",
    "order_pairs",
    "line_pairs",
    "line_extras",
    "customer_pairs",
    "product_pairs",
    "missing_orders",
    "refund_pairs",
    "fulfillment_pairs",
    "return_pairs",
    "current_prices",
    "price_pairs",
    "list_sales",
    "inventory_pairs",
)
_META = ("name", "expect", "params", "as_of")

SECONDS = 30
"""Time that a rule may take over the few rows of a case."""


@dataclass(frozen=True)
class Case:
    """One case of a test file."""

    rule_id: str
    name: str
    as_of: datetime
    tables: Mapping[str, list[dict[str, Any]]]
    expect: list[dict[str, Any]]
    params: Mapping[str, Any]


def cases(rule_id: str, path: Path) -> list[Case]:
    """Cases of a test file; RuleError where it is no valid one."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        as_of = data.get("as_of", datetime(2026, 11, 23, 9, tzinfo=UTC))
        defaults: dict[str, dict[str, Any]] = data.get("defaults", {})
        return [_case(rule_id, raw, as_of, defaults) for raw in data["case"]]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError) as error:
        missing = f"a case has no {error}" if isinstance(error, KeyError) else error
        raise RuleError(f"The tests of rule {rule_id} cannot be read: {missing}.", "See docs/rules.md for their form.") from error


@dataclass(frozen=True)
class Report:
    """What testing one rule gave; ``problems`` empty means that it holds."""

    rule_id: str
    words: str
    problems: tuple[str, ...]


def run_all(settings: Settings, wanted: Sequence[str] = ()) -> Iterator[Report]:
    """Check rules, all or the wanted ones, and run their data tests: those of the workspace lie beside the rules.

    One that cannot be used, whatever is wrong with it, is reported and does not stop the others. Raises UsageError for an unknown id.
    """
    rules = load(settings)
    broken = {rule.id: rule.error for rule in rules.broken}
    chosen = [rules.get(rule_id) for rule_id in wanted if rule_id not in broken] if wanted else list(rules.rules)
    for rule_id, error in broken.items():
        if not wanted or rule_id in wanted:
            yield Report(rule_id, "cannot be used", (str(error),))
    for rule in chosen:
        path = _data_file(rule)
        try:
            found = cases(rule.id, path) if path.is_file() else []
            problems = [f"{case.name}: {problem}" for case in found for problem in run(rule, case)] or _check(rule)
        except RuleError as error:
            yield Report(rule.id, "cannot be used", (str(error),))
        except duckdb.Error as error:
            yield Report(rule.id, "cannot be used", (f"A row of {path.name} cannot be filled in: {str(error).strip().splitlines()[0]}",))
        else:
            yield Report(rule.id, f"{len(found)} cases" if found else "checked; it has no data tests", tuple(problems))


def _data_file(rule: Rule) -> Path:
    if rule.origin == "workspace":
        return rule.path.with_suffix(".toml")
    packed = assets.folder("queries").parent / "rule_tests"
    folder = packed if packed.is_dir() else assets.folder("queries").parent / "tests" / "rules"
    return folder.joinpath(*rule.id.split(".")).with_suffix(".toml")


def _check(rule: Rule) -> list[str]:
    con = connect(None, locked=False)
    try:
        create_model(con)
        con.execute("set enable_external_access = false")  # already binding a rule may open the files that it names
        Checker(con).check(rule)
    finally:
        con.close()
    return []


def _case(rule_id: str, raw: Mapping[str, Any], as_of: datetime, defaults: Mapping[str, dict[str, Any]]) -> Case:
    if not isinstance(raw["expect"], list) or not all(isinstance(wanted, dict) for wanted in raw["expect"]):
        raise TypeError("`expect` must be a list of tables")
    tables = {name: [{**defaults.get(name, {}), **row} for row in rows] for name, rows in raw.items() if name not in _META}
    return Case(rule_id, raw["name"], raw.get("as_of", as_of), tables, raw["expect"], raw.get("params", {}))


def run(rule: Rule, case: Case) -> list[str]:
    """What is wrong with the rule by this case, as sentences; nothing when it holds."""
    with TemporaryDirectory(prefix="recon-rule-") as folder:
        warehouse = Path(folder) / "warehouse.duckdb"
        warehouse.write_bytes(_empty_warehouse())
        con = connect(warehouse, read_only=False, locked=False)
        con.execute("set enable_external_access = false")
        columns = Checker(con).check(rule)
        _fill(con, rule, case)
        con.close()
        with Bench(warehouse, Path(folder) / "bench", memory="512MB", threads=1) as bench:
            values = {name: param.default for name, param in rule.header.params.items()} | dict(case.params)
            judgement = bench.judge(rule, columns, values, case.as_of, SECONDS)
            if judgement.error:
                raise judgement.error
            found = list(_found(bench))
    return list(_compare(case.expect, found))


@lru_cache(maxsize=1)
def _empty_warehouse() -> bytes:
    with TemporaryDirectory(prefix="recon-rule-") as folder:
        path = Path(folder) / "warehouse.duckdb"
        con = connect(path, read_only=False, locked=False)
        create_model(con)
        con.execute("checkpoint")
        con.close()
        return path.read_bytes()


def _fill(con: duckdb.DuckDBPyConnection, rule: Rule | None, case: Case) -> None:
    tables = {"systems": SYSTEMS, **case.tables}
    known = {
        row[0]: set(row[1]) for row in con.execute("select table_name, list(column_name) from duckdb_columns() group by all").fetchall()
    }
    if "coverage" not in tables:
        con.execute(
            "insert into coverage by name select unnest($systems) as system, entity, true as readable, true as complete "
            "from (select unnest($tables) as entity)",
            {"systems": [row["system"] for row in tables["systems"]], "tables": sorted(known)},
        )
    ownership = tables.pop("ownership", [])
    for table, rows in tables.items():
        if table not in known:
            raise RuleError(
                f"The test {case.name!r} of rule {case.rule_id} fills {table}, which is no canonical table.", "Correct its name."
            )
        for row in rows:
            usual = _FILLED.get("order_links" if table in _LINKS else table, {})
            usual = {"snapshot_started_at": case.as_of} if table == "systems" else usual
            _insert(con, table, {**usual, **row}, known[table], case)
    if "owners" not in tables:
        declare(con, {row["table"]: [row["owner"]] for row in ownership})
    for derived in _needed(rule) if rule else _DERIVED:
        if derived not in tables:
            con.execute(f"insert into {derived} by name {_matching(derived)}")


def _needed(rule: Rule) -> list[str]:
    """Tables of :data:`_DERIVED` that a rule reads, itself or by way of others, in the order in which they are made."""
    wanted = _mentioned(f"{rule.sql} {rule.header.checked} {rule.header.needs}")
    for derived in reversed(_DERIVED):
        if derived in wanted:
            wanted |= _mentioned(_matching(derived))
    return [derived for derived in _DERIVED if derived in wanted]


def _mentioned(text: str) -> set[str]:
    return {derived for derived in _DERIVED if re.search(rf"\b{derived}\b", text)}


@lru_cache(maxsize=64)
def _matching(name: str) -> str:
    return (assets.folder("queries") / "matching" / f"{name}.sql").read_text(encoding="utf-8")


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any], known: set[str], case: Case) -> None:
    if unknown := sorted(set(row) - known):
        raise RuleError(
            f"The test {case.name!r} of rule {case.rule_id} fills {table}.{unknown[0]}, which is no column.", "Correct its name."
        )
    places = [
        f"map_from_entries(cast($v{i} as struct(k varchar, v varchar)[]))" if isinstance(v, dict) else f"$v{i}"
        for i, v in enumerate(row.values())
    ]
    values = {f"v{i}": _value(value) for i, value in enumerate(row.values())}
    con.execute(f"insert into {identifier(table)} ({', '.join(map(identifier, row))}) values ({', '.join(places)})", values)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, dict):
        return [{"k": key, "v": str(item)} for key, item in value.items()]
    if isinstance(value, float):
        raise RuleError("Tests of rules write amounts as text.", 'Write "119.90" instead of 119.90.')
    return value


def _found(bench: Bench) -> Iterator[dict[str, Any]]:
    sql = """
select to_json(f) from (
  select
    g.system, g.record_id, g.salesforce_id, g.owning_system,
    g.severity, g.label, g.message, g.diff, cast(g.amount as varchar) as amount, g.currency,
    strftime(g.occurred_at, '%Y-%m-%dT%H:%M:%SZ') as occurred_at, g.confidence, g.related, cast(g.evidence as json) as evidence
  from scratch.findings as g
  order by g.system, g.record_id, g.salesforce_id, g.finding_id
) as f
"""
    for (text,) in bench.rows(sql):
        row = json.loads(text)
        if row["amount"] is not None:
            row["amount"] = row["amount"].rstrip("0").rstrip(".")
        yield row


def _compare(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[str]:
    left = list(found)
    for wanted in expected:
        match = next((row for row in left if _fits(wanted, row)), None)
        if match is None:
            yield f"expected a finding with {json.dumps(wanted, default=str)}, which is not among {json.dumps(left, default=str)}"
        else:
            left.remove(match)
    for row in left:
        yield f"did not expect the finding {json.dumps(row, default=str)}"


def _fits(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    for name, value in wanted.items():
        actual = row[name] if name in row else row["evidence"].get(name)
        if name == "diff":
            actual = [{key: "" if item is None else item for key, item in element.items()} for element in actual or []]
        if actual != _plain(value) and not (value == "" and actual is None):  # TOML has no null
            return False
    return True


def _plain(value: Any) -> Any:
    """Amounts may be written with zeros at the end."""
    return value.rstrip("0").rstrip(".") if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value) else value
