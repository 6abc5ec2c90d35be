"""What each rule can correct: ``<rule>.fix.sql`` beside the rule, found by its name, run on the warehouse that found the findings.

Such a query sees the canonical tables, its rule's open ``findings`` and ``wanted``, which says in roles of the mapping what Salesforce
should hold of every shop record concerned. It selects one row per role that is to be written. It decides nothing about Salesforce:
which field a role is, whether that may be written and how, is the planner's affair and the same for all.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recon import assets
from recon.audit.result import Finding
from recon.audit.rules import Rule
from recon.errors import RuleError
from recon.warehouse.build import create_model
from recon.warehouse.engine import connect
from recon.warehouse.standstill import watched

_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+[ \t]*\r?\n(.*?)\r?\n[ \t]*\+\+\+\s*\*/", re.DOTALL)

REQUIRED = ("finding_id", "entity", "salesforce_id", "system", "record_id", "role", "value")
OPTIONAL: Mapping[str, str] = {"safety": "null", "reason": "null", "optional": "false"}
"""safety: over that of the header; reason: why the finding is not corrected; optional: may stay undone where nothing is mapped"""

_FINDINGS = """
create or replace temp table findings (
  finding_id varchar, rule varchar, system varchar, record_id varchar, salesforce_id varchar, entity varchar, label varchar,
  confidence varchar, diff struct(field varchar, shop varchar, salesforce varchar)[], related struct(system varchar, record_id varchar)[],
  evidence varchar
)
"""


_NAMED = """
create or replace temp table named as
select distinct x.record_id
from (
  select f.salesforce_id as record_id from findings as f
  union all
  select r.related.record_id as record_id from findings as f, unnest(f.related) as r (related)
  union all
  select cast(f.evidence as json) ->> '$.survivor' as record_id from findings as f
) as x
where x.record_id is not null
"""
"""Salesforce records that findings name, so that nobody has to hold all those of an org"""


class Header(BaseModel):
    """What a correction says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str = Field(min_length=10, max_length=300, pattern=r"\.$", description="What is written, as a sentence.")
    safety: Literal["safe", "review"] = Field("review", description="safe: follows from the data alone; review: somebody should look.")


@dataclass(frozen=True)
class Declared:
    """One correction."""

    rule: str
    header: Header
    sql: str
    path: Path

    @property
    def body(self) -> str:
        """The SQL without the header."""
        return _HEADER.sub("", self.sql, count=1).strip().removesuffix(";")


@dataclass(frozen=True)
class Want:
    """One role of one record that a finding asks for."""

    finding_id: str
    entity: str
    salesforce_id: str | None
    system: str
    record_id: str
    role: str
    value: str | None
    safety: str | None
    reason: str | None
    optional: bool


def load(rule: Rule) -> Declared | None:
    """The correction that lies beside a rule; RuleError where it cannot be used."""
    path = rule.path.with_suffix(".fix.sql")
    if not path.is_file():
        return None
    sql = path.read_text(encoding="utf-8")
    match = _HEADER.match(sql)
    try:
        header = Header.model_validate(tomllib.loads(match[1]) if match else {})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise RuleError(f"The header of {path.name} is not valid.", "It holds what (a sentence) and safety (safe or review).") from error
    return Declared(rule.id, header, sql, path)


def common() -> list[Path]:
    """SQL that all corrections share: macros, what is needed, what is wanted."""
    folder = assets.folder("queries") / "fix"
    return [folder / f"{name}.sql" for name in ("macros", "needed", "wanted")]


def left_alone() -> dict[str, str]:
    """Rule → why it has no correction, of recon's own rules."""
    path = assets.folder("queries") / "fix" / "left_alone.toml"
    return {rule: str(why) for rule, why in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def overview(rules: Iterable[Rule]) -> str:
    """docs/corrections-by-rule.md: what is corrected of the findings of each rule, or why not."""
    reasons = left_alone()
    rows = []
    for rule in sorted(rules, key=lambda one: one.id):
        found = load(rule)
        word = "no" if found is None else "proposal" if "roposes" in found.header.what else found.header.safety
        rows.append(f"| `{rule.id}` | {word} | {found.header.what if found else reasons.get(rule.id, rule.header.remedy)} |\n")
    return "".join(
        [
            "# What is corrected, rule by rule\n\n",
            "<!-- Generated by `make docs`; do not edit. -->\n\n",
            "safe follows from the data alone, review should be looked at, proposal is for people to carry out. Single findings may be ",
            "safer or less safe than their rule, and may be left out with a reason: [corrections.md](corrections.md).\n\n",
            "| rule | corrected | what, or why not |\n|---|---|---|\n",
            *rows,
        ]
    )


def digest(rules: Iterable[tuple[str, str]]) -> str:
    """Hash over rules and corrections (name, text) and what corrections share."""
    texts = sorted([*rules, *((path.name, path.read_text(encoding="utf-8")) for path in common())])
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]


class Desk:
    """A warehouse with findings laid out for corrections. ``con`` is a connection to it of its own."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        macros, self._needed, self._wanted = (path.read_text(encoding="utf-8") for path in common())
        con.execute(macros)

    def lay_out(self, findings: Sequence[Finding]) -> None:
        """Put findings and what they concern on the desk."""
        with watched(self.con, "findings were laid out for corrections"):
            self._fill(findings)
            self.con.execute(_NAMED)
            self.con.execute(f"create or replace temp table needed as select distinct n.* from (\n{self._needed}\n) as n")
            self.con.execute(f"create or replace temp table wanted as\n{self._wanted}")

    def wants(self, declared: Declared, findings: Sequence[Finding]) -> Iterator[Want]:
        """What a correction asks for, finding by finding; RuleError where it breaks the contract."""
        self._fill(findings)
        columns = self._columns(declared)
        chosen = ", ".join([*(f"cast(x.{name} as varchar)" for name in REQUIRED), *(_or(name, columns) for name in OPTIONAL)])
        sql = f"select {chosen} from (\n{declared.body}\n) as x order by all"
        try:
            with watched(self.con, f"the correction {declared.path.name} was asked"):
                rows = self.con.execute(sql).fetchall()
        except duckdb.Error as error:
            raise RuleError(f"The correction {declared.path.name} failed.", "Run its SQL with `recon sql` to see more.") from error
        known = {finding.finding_id for finding in findings}
        for row in rows:
            want = Want(*row)
            if want.finding_id not in known:
                raise RuleError(f"The correction {declared.path.name} names a finding that is not its rule's.", "Select f.finding_id.")
            yield want

    def wanted(self) -> dict[tuple[str, str, str], dict[str, str | None]]:
        """(entity, system, shop id) → role → value."""
        found: dict[tuple[str, str, str], dict[str, str | None]] = {}
        for entity, system, record_id, role, value in self.con.execute("select * from wanted").fetchall():
            found.setdefault((entity, system, record_id), {})[role] = value
        return found

    def _fill(self, findings: Sequence[Finding]) -> None:
        self.con.execute(_FINDINGS)
        rows = [
            (
                one.finding_id, one.rule, one.system, one.record_id, one.salesforce_id, one.entity, one.label, one.confidence,
                [{"field": d.field, "shop": d.shop, "salesforce": d.salesforce} for d in one.diff],
                [{"system": r.system, "record_id": r.record_id} for r in one.related], _evidence(one),
            )
            for one in findings
        ]  # fmt: skip
        if rows:
            self.con.executemany(f"insert into findings values ({', '.join('?' * len(rows[0]))})", rows)

    def _columns(self, declared: Declared) -> set[str]:
        try:
            statements = self.con.extract_statements(declared.body)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise RuleError(f"The correction {declared.path.name} is not one SELECT.", "Corrections only ask; the engine writes.")
            columns = {row[0] for row in self.con.execute(f"describe {declared.body}").fetchall()}
        except duckdb.Error as error:
            first = str(error).split("\n", 1)[0].split(":", 1)[-1].strip()
            raise RuleError(f"The correction {declared.path.name} is not valid SQL: {first}.", "See docs/corrections.md.") from error
        missing = [name for name in REQUIRED if name not in columns]
        if missing or columns - set(REQUIRED) - set(OPTIONAL):
            wrong = missing or sorted(columns - set(REQUIRED) - set(OPTIONAL))
            raise RuleError(
                f"The correction {declared.path.name} {'lacks' if missing else 'has'} the column {wrong[0]}.", "See docs/corrections.md."
            )
        return columns


@contextmanager
def empty_desk() -> Iterator[Desk]:
    """A desk over empty tables, on which corrections can be checked by :meth:`Desk.wants`."""
    with connect(None, memory="256MB", threads=1, locked=False) as con:
        create_model(con)
        desk = Desk(con)
        desk.lay_out([])
        yield desk


def _evidence(finding: Finding) -> str:
    return json.dumps(finding.evidence, default=str, sort_keys=True)


def _or(name: str, columns: set[str]) -> str:
    return f"x.{name}" if name in columns else f"{OPTIONAL[name]} as {name}"
