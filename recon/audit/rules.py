"""Rules: plain SQL files with a TOML header, found by folder, checked before they run.

The id of a rule is its path: ``queries/rules/order/total_drift.sql`` is ``order.total_drift``. A workspace may hold rules of
its own in ``queries/rules`` beside recon.toml. What a rule must select is described in docs/rules.md.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from recon import assets
from recon.config.settings import RuleSettings, Settings, Severity
from recon.errors import RuleError, UsageError

_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+[ \t]*\r?\n(.*?)\r?\n[ \t]*\+\+\+\s*\*/", re.DOTALL)
_NEED = re.compile(r"^(shop|owner|salesforce|any|each|follower|erp)\.([a-z_]+)(?:\.([a-z_0-9]+)(\?)?)?$")
ID_PART = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
"""Area and name of a rule."""

BUILT_IN_PARAM = "as_of"
"""Bound into every rule that uses it: TIMESTAMP in UTC, the older of the systems' reading times."""

CONTRACT: dict[str, tuple[str, ...]] = {
    "system": ("VARCHAR",),
    "record_id": ("VARCHAR",),
    "salesforce_id": ("VARCHAR",),
    "label": ("VARCHAR",),
    "message": ("VARCHAR",),
    "diff": ("STRUCT(field VARCHAR, shop VARCHAR, salesforce VARCHAR)[]",),
    "amount": ("DECIMAL", "BIGINT", "INTEGER", "HUGEINT"),
    "currency": ("VARCHAR",),
    "occurred_at": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
    "confidence": ("VARCHAR",),
    "related": ("STRUCT(system VARCHAR, record_id VARCHAR)[]",),
    "severity": ("VARCHAR",),
    "discriminator": ("VARCHAR",),
    "entity": ("VARCHAR",),
}
"""Columns with a meaning and the types they may have; an untyped NULL fits all. Any other column is evidence."""

REQUIRED = ("system", "record_id", "label", "message")

_CLOCKS_AND_DICE = (
    r"random|uuid|uuidv4|uuidv7|gen_random_uuid|setseed|nextval|now|today|(current|local)_?(timestamp|date|time)|current_local(time|timestamp)"
    r"|get_current_time(stamp)?|transaction_timestamp|txid_current|current_(query|connection|transaction)_id"
    r"|pg_postmaster_start_time|pg_conf_load_time"
)
_SINCE_TODAY = "age|ago"
"""Functions that count from today; columns may bear these names."""
_CATALOGUE = r"pg_settings|(duckdb|pragma)_[a-z_]+"
"""Functions and views that tell of the engine and its settings."""
_OF_THE_MACHINE = rf"query|current_query|current_setting|getvariable|{_CATALOGUE}"
"""And ``query``, whose text nobody has checked."""
_UNSTEADY = {kind: re.compile(words) for kind, words in (("call", f"{_CLOCKS_AND_DICE}|{_SINCE_TODAY}"), ("word", _CLOCKS_AND_DICE))}
_MACHINE = {kind: re.compile(words) for kind, words in (("call", _OF_THE_MACHINE), ("table", _CATALOGUE))}
_PERHAPS_UNSTEADY = re.compile(rf"\b({_CLOCKS_AND_DICE}|{_SINCE_TODAY}|{_OF_THE_MACHINE})\b", re.IGNORECASE)

MAX_FILE = 1_000_000
"""Bytes of a rule file: the report shows its text."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Param(_Strict):
    """A threshold of a rule, with its unit and what it means."""

    default: bool | int | str
    unit: str = ""
    help: str = Field(min_length=10, max_length=200)

    @field_validator("default", mode="before")
    @classmethod
    def _default(cls, value: Any) -> Any:
        if type(value) not in {bool, int, str} or (type(value) is int and abs(value) >= 2**63):
            raise ValueError("must be true or false, a whole number of up to 18 digits, or text")
        return value


class Header(_Strict):
    """What a rule says of itself. ``title`` is the healthy state; ``why`` is for the manager; ``checked`` counts the records looked at."""

    title: str = Field(min_length=10, max_length=120)
    question: str = Field(min_length=10, max_length=240, pattern=r"\?$")
    severity: Severity
    entity: str
    owned: str | None = None
    """table whose owner is right about what a finding compares, where it is not the entity that the finding names"""
    status: Literal["stable", "testing"] = "stable"
    since: str = Field(pattern=r"^\d+\.\d+$")
    needs: tuple[str, ...] = Field(min_length=1)
    why: str = Field(min_length=20, max_length=400)
    remedy: str = Field(min_length=20, max_length=400)
    false_alarms: str = Field(min_length=10, max_length=400)
    fix: Literal["safe", "review", "none"] = "none"
    recheck: bool = False
    optional: bool = False
    """True: a deployment without such data in Salesforce has nothing to ask; else it is a gap that somebody must mend or switch off"""
    given: tuple[str, ...] = ()
    """attributes of queries/causes by which the rule itself chooses its records: never named as a cause"""
    aliases: tuple[str, ...] = ()
    checked: str = Field(min_length=10, description="one SELECT that gives the number of records looked at")
    params: dict[str, Param] = Field(default_factory=dict)

    @field_validator("needs")
    @classmethod
    def _needs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for need in value:
            if not all(_NEED.match(part) for part in need.split("|")):
                raise ValueError(f"{need!r} must look like shop.orders or salesforce.orders.total")
        return value

    @field_validator("aliases")
    @classmethod
    def _aliases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not all(ID_PART.match(part) for part in name.split(".")):
                raise ValueError("must be names of rules, such as order.total_drift")
        return value

    @field_validator("params")
    @classmethod
    def _params(cls, value: dict[str, Param]) -> dict[str, Param]:
        for name in value:
            if name == BUILT_IN_PARAM or not ID_PART.match(name):
                raise ValueError(f"must be named in lower case letters, digits and underscores, and not {BUILT_IN_PARAM}")
        return value

    @field_validator("why", "remedy", "false_alarms")
    @classmethod
    def _sentence(cls, value: str) -> str:
        if not value.rstrip().endswith("."):
            raise ValueError("must end with a full stop")
        return value.strip()


@dataclass(frozen=True)
class Need:
    """A table, or one column of it, that must have been read completely on one side.

    Sides: ``shop`` every system that the rule's entity is compared of, ``owner`` every system that this very table is compared of,
    ``salesforce``, ``any`` at least one system, ``each`` every system by itself, and for entities that an ERP owns ``erp`` itself and
    each ``follower``, a shop that sells with its values.
    """

    side: str
    table: str
    column: str | None
    if_mapped: bool = False
    """``…?``: the column may have no field; where it has one, that must have been read"""

    def __str__(self) -> str:
        return f"{self.side}.{self.table}" + (f".{self.column}" if self.column else "") + ("?" if self.if_mapped else "")


@dataclass(frozen=True)
class Rule:
    """One loaded rule with the deployment's overrides."""

    id: str
    header: Header
    sql: str
    """the whole file, so that line numbers in messages are those of the file"""
    path: Path
    origin: str
    """recon, or workspace"""
    override: RuleSettings = field(default_factory=RuleSettings)

    @property
    def identity(self) -> str:
        """The name that finding ids are made of: the first one the rule ever had, so that renaming changes no id."""
        return self.header.aliases[0] if self.header.aliases else self.id

    @property
    def severity(self) -> str:
        """Severity of this deployment."""
        return self.override.severity or self.header.severity

    @property
    def needs(self) -> tuple[tuple[Need, ...], ...]:
        """What must be covered: of each inner tuple at least one."""
        return tuple(
            tuple(Need(match[1], match[2], match[3], bool(match[4])) for part in need.split("|") if (match := _NEED.match(part)))
            for need in self.header.needs
        )

    @property
    def body(self) -> str:
        """The SQL without the header."""
        return _HEADER.sub("", self.sql, count=1).strip() + "\n"

    @property
    def select(self) -> str:
        """The SQL as it stands inside a larger statement: without the semicolon and the comments after its end."""
        return bare(self.sql)

    def values(self, settings: Settings) -> dict[str, bool | int | str]:
        """Parameters of this deployment: rule override, else the audit setting of that name (grace_minutes), else the default."""
        values: dict[str, bool | int | str] = {}
        for name, param in self.header.params.items():
            shared = settings.audit.grace_minutes if name == "grace_minutes" else param.default
            values[name] = self.override.params.get(name, shared)
        return values


@dataclass(frozen=True)
class BrokenRule:
    """A rule file that cannot be used; it never stops the others, but there is no verdict without it."""

    id: str
    path: Path
    origin: str
    sql: str
    error: RuleError


@dataclass(frozen=True)
class RuleSet:
    """All rules of a deployment."""

    rules: tuple[Rule, ...]
    broken: tuple[BrokenRule, ...]

    @property
    def digest(self) -> str:
        """Hash over the ids and texts of all rules."""
        lines = sorted([(rule.id, rule.sql) for rule in self.rules] + [(rule.id, rule.sql) for rule in self.broken])
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:16]

    def get(self, rule_id: str) -> Rule:
        """The rule of that id or alias; UsageError with the nearest id where there is none."""
        for rule in self.rules:
            if rule_id == rule.id or rule_id in rule.header.aliases:
                return rule
        for broken in self.broken:
            if broken.id == rule_id:
                raise broken.error
        raise UsageError(f"There is no rule {rule_id}.", nearest(rule_id, [rule.id for rule in self.rules]))


def nearest(word: str, words: list[str]) -> str:
    """A hint that names the nearest known word, or nothing."""
    found = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return f"Did you mean {found[0]}?" if found else ""


def load(settings: Settings) -> RuleSet:
    """Find all rules, built in and of the workspace; a file of the workspace replaces a built-in one of the same id."""
    folders = [(assets.folder("queries") / "rules", "recon"), (settings.workspace / "queries" / "rules", "workspace")]
    found: dict[str, tuple[Path, str]] = {}
    taken: set[Path] = set()
    rules: list[Rule] = []
    broken: list[BrokenRule] = []
    if folders[0][0].resolve() == folders[1][0].resolve():
        folders.pop()
    for folder, origin in folders:
        for path in _files(folder) if folder.is_dir() else []:
            if path.name.lower().endswith(".fix.sql"):
                continue
            taken.add(path)
            rule_id = ".".join(path.relative_to(folder).with_suffix("").parts)
            if found.get(rule_id, (path, ""))[1] == origin:
                broken.append(_said_twice(rule_id, path, found[rule_id][0], folder))
            else:
                found[rule_id] = (path, origin)
    for rule_id, (path, origin) in sorted(found.items()):
        text = ""
        try:
            text = _read(rule_id, path)
            rules.append(parse(rule_id, text, path=path, origin=origin, override=_override(settings, rule_id, text)))
        except RuleError as error:
            broken.append(BrokenRule(rule_id, path, origin, text if _HEADER.match(text) else "", _alone(error)))
    rules, twice = _named_once(rules)
    broken += twice
    broken += [_misplaced(settings, path) for path in _strays(settings) if path not in taken]
    return RuleSet(tuple(rules), tuple(broken))


def _files(folder: Path) -> list[Path]:
    """Files of SQL; somebody's computer may have written .SQL."""
    return sorted(folder.rglob("*.[sS][qQ][lL]"))


def _said_twice(rule_id: str, path: Path, first: Path, folder: Path) -> BrokenRule:
    """Two files of one name would take turns; the second one is named after its place, so that both are in the report."""
    places = [one.relative_to(folder).as_posix() for one in (first, path)]
    error = RuleError(f"{places[0]} and {places[1]} are both the rule {rule_id}.", "Remove one of them.")
    return BrokenRule(places[1], path, "workspace", "", error)


def _alone(error: RuleError) -> RuleError:
    """The error without the frames that it came through: it is kept until the end, and would keep whatever database they held."""
    return RuleError(error.message, error.hint)


def _named_once(rules: Sequence[Rule]) -> tuple[list[Rule], list[BrokenRule]]:
    """Findings are known by the name of their rule: one that takes the name of another rule would share its history."""
    taken = {rule.id: rule.id for rule in rules}
    kept, broken = [], []
    for rule in sorted(rules, key=lambda rule: (rule.origin != "recon", rule.id)):
        other = next((name for name in rule.header.aliases if taken.setdefault(name, rule.id) != rule.id), None)
        if other is None:
            kept.append(rule)
        else:
            error = RuleError(f"The rule {rule.id} has the alias {other}, which is a name of {taken[other]}.", "Remove it from its header.")
            broken.append(BrokenRule(rule.id, rule.path, rule.origin, rule.sql, error))
    return sorted(kept, key=lambda rule: rule.id), broken


def _strays(settings: Settings) -> list[Path]:
    """Files with the header of a rule that lie in the workspace, but not where rules are looked for."""
    if (assets.folder("queries")).resolve() == (settings.workspace / "queries").resolve():
        return []
    places = (settings.workspace / "queries", settings.workspace / "rules")
    files = [path for place in places for path in _files(place) if not path.name.lower().endswith(".fix.sql")]
    return [path for path in files if _is_rule(path)]


def _is_rule(path: Path) -> bool:
    try:
        match = _HEADER.match(_read("", path))
    except RuleError:
        return False
    return match is not None and re.search(r"^\s*severity\s*=", match[1], re.MULTILINE) is not None


def _misplaced(settings: Settings, path: Path) -> BrokenRule:
    place = path.relative_to(settings.workspace).as_posix()
    text = path.read_text(encoding="utf-8-sig")
    error = RuleError(f"{place} looks like a rule, but no rule is looked for there.", f"Move it to queries/rules/<area>/{path.name}.")
    return BrokenRule(place[: -len(path.suffix)].replace("/", "."), path, "workspace", text, error)


def unknown_overrides(settings: Settings, rules: RuleSet) -> list[str]:
    """Sentences about ``[rules."…"]`` tables of recon.toml that name no rule."""
    known = {rule.id for rule in rules.rules} | {alias for rule in rules.rules for alias in rule.header.aliases}
    known |= {rule.id for rule in rules.broken}
    return [f'[rules."{name}"] names no rule. {nearest(name, sorted(known))}'.strip() for name in settings.rules if name not in known]


def _read(rule_id: str, path: Path) -> str:
    try:
        kind, size = path.stat().st_mode, path.stat().st_size
        if not stat.S_ISREG(kind):  # reading a pipe or a device might never end
            raise RuleError(f"The rule {rule_id} cannot be read: {path.name} is no file of text.", "Rename it, or remove it.")
        if size > MAX_FILE:
            raise RuleError(f"The rule {rule_id} has more than {MAX_FILE:,} bytes.", "Nobody could read it; make several rules of it.")
        return path.read_text(encoding="utf-8-sig")  # editors on Windows begin a file with a mark
    except OSError as error:
        raise RuleError(f"The rule {rule_id} cannot be read: {error.strerror}.", f"See {path.name}.") from error
    except UnicodeDecodeError as error:
        raise RuleError(f"The rule {rule_id} cannot be read as UTF-8 text.", f"See {path.name}.") from error


def _override(settings: Settings, rule_id: str, text: str) -> RuleSettings:
    if rule_id in settings.rules:
        return settings.rules[rule_id]
    for name, override in settings.rules.items():
        if f'"{name}"' in text and name in _aliases(text):
            return override
    return RuleSettings()


def _aliases(text: str) -> list[str]:
    match = _HEADER.match(text)
    try:
        return list(tomllib.loads(match[1]).get("aliases", [])) if match else []
    except tomllib.TOMLDecodeError:
        return []


def parse(rule_id: str, text: str, *, path: Path, origin: str = "workspace", override: RuleSettings | None = None) -> Rule:
    """Make a rule of a file's text; RuleError names the rule, and the line where it can."""
    if not all(ID_PART.match(part) for part in rule_id.split(".")) or "." not in rule_id:
        raise RuleError(f"The rule {rule_id} has no usable name.", "Name it <area>/<name>.sql in lower case, digits and underscores.")
    match = _HEADER.match(text)
    if not match:
        raise RuleError(f"The rule {rule_id} has no header.", "Begin the file with TOML between the lines `/* +++` and `+++ */`.")
    try:
        data = tomllib.loads(match[1])
    except tomllib.TOMLDecodeError as error:
        raise RuleError(
            f"The header of rule {rule_id} is not valid TOML: {error}.", "The line is counted from the one after `/* +++`."
        ) from error
    try:
        header = Header.model_validate(data)
    except ValidationError as error:
        raise RuleError(f"The header of rule {rule_id} is not valid: {_problems(error)}.", _hint(error)) from error
    override = override or RuleSettings()
    _check_override(rule_id, header, override)
    return Rule(rule_id, header, text, path, origin, override)


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()[:3]
    )


def _hint(error: ValidationError) -> str:
    for item in error.errors():
        if item["type"] == "extra_forbidden":
            return nearest(str(item["loc"][-1]), list(Header.model_fields))
    return "See docs/rules.md for what a header holds."


def _check_override(rule_id: str, header: Header, override: RuleSettings) -> None:
    for name, value in override.params.items():
        if name not in header.params:
            raise RuleError(
                f'[rules."{rule_id}"] sets {name}, which is no parameter of that rule.', nearest(name, list(header.params)) or "Remove it."
            )
        wanted = type(header.params[name].default)
        if type(value) is not wanted:
            words = {bool: "true or false", int: "a whole number", str: "text"}
            raise RuleError(f'[rules."{rule_id}"] {name} must be {words[wanted]}.', "Correct it in recon.toml.")


class Checker:
    """Checks rules against empty canonical tables; nothing is read and nothing can be written.

    ``con`` holds the canonical tables and macros, and nothing else.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        rows = con.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
        self._columns: dict[str, set[str]] = {}
        for table, column in rows:
            self._columns.setdefault(table, set()).add(column)

    def check(self, rule: Rule) -> dict[str, str]:
        """Columns of the rule with their types; RuleError where it breaks the contract of rules."""
        if "record_id" not in self._columns.get(rule.header.entity, ()):
            raise RuleError(
                f"The rule {rule.id} names the entity {rule.header.entity}, which is no canonical table of records.",
                nearest(rule.header.entity, sorted(name for name, columns in self._columns.items() if "record_id" in columns)),
            )
        self._check_needs(rule)
        used = self._one_select(rule, rule.sql) | self._one_select(rule, rule.header.checked, part="checked")
        declared = set(rule.header.params)
        if missing := sorted(used - declared - {BUILT_IN_PARAM}):
            raise RuleError(f"The rule {rule.id} uses ${missing[0]} without declaring it.", f"Add [params.{missing[0]}] to its header.")
        if unused := sorted(declared - used):
            raise RuleError(f"The rule {rule.id} declares the parameter {unused[0]} but never uses it.", "Remove it from the header.")
        values = {name: param.default for name, param in rule.header.params.items()}
        columns = self._describe(rule, rule.sql, values)
        self._check_columns(rule, columns)
        counted = self._describe(rule, rule.header.checked, values, part="checked")
        if len(counted) != 1 or not next(iter(counted.values())).endswith(("INT", "INTEGER")):
            raise RuleError(f"`checked` of rule {rule.id} must give one whole number.", "Write it as select count(*) from ….")
        return columns

    def _check_needs(self, rule: Rule) -> None:
        for need in (need for alternatives in rule.needs for need in alternatives):
            if need.table not in self._columns:
                raise RuleError(f"The rule {rule.id} needs {need}, but there is no such table.", nearest(need.table, sorted(self._columns)))
            if need.column and need.column not in self._columns[need.table]:
                hint = nearest(need.column, sorted(self._columns[need.table]))
                raise RuleError(f"The rule {rule.id} needs {need}, but there is no such column.", hint)

    def _one_select(self, rule: Rule, sql: str, part: str = "") -> set[str]:
        where = f"`{part}` of rule {rule.id}" if part else f"The rule {rule.id}"
        try:
            statements = self._con.extract_statements(sql)
        except duckdb.Error as error:
            raise self._explain(rule, sql, error, part) from error
        if len(statements) != 1:
            raise RuleError(f"{where} holds {len(statements)} statements.", "Write exactly one SELECT.")
        if statements[0].type != duckdb.StatementType.SELECT:
            raise RuleError(f"{where} is not a SELECT.", "Rules only ask; they never change anything.")
        # A name that is called stands in the text; only then is the statement taken apart, which costs more than the rest of the check.
        for kind, name in _names(self._con, statements[0].query) if _PERHAPS_UNSTEADY.search(bare(sql)) else ():
            if kind in _UNSTEADY and _UNSTEADY[kind].fullmatch(name):
                raise RuleError(f"{where} calls {name}, which gives another answer each time.", "Use $as_of for the present.")
            if kind in _MACHINE and _MACHINE[kind].fullmatch(name):
                raise RuleError(f"{where} asks {name}, which is no canonical table.", "Rules read canonical tables only.")
        return set(statements[0].named_parameters)

    def _describe(self, rule: Rule, sql: str, values: Mapping[str, Any], part: str = "") -> dict[str, str]:
        names = set(self._con.extract_statements(sql)[0].named_parameters)
        bound = {name: value for name, value in bind(values, datetime(2000, 1, 1, tzinfo=UTC)).items() if name in names}
        try:
            rows = self._con.execute(f"describe {bare(sql)}", bound or None).fetchall()
        except duckdb.Error as error:
            raise self._explain(rule, sql, error, part) from error
        seen: set[str] = set()
        for row in rows:
            if row[0] in seen:
                raise RuleError(f"The rule {rule.id} selects two columns named {row[0]}.", "Give each its own name with `as`.")
            seen.add(row[0])
        return {row[0]: row[1] for row in rows}

    def _check_columns(self, rule: Rule, columns: Mapping[str, str]) -> None:
        for name in REQUIRED:
            if name not in columns:
                close = difflib.get_close_matches(name, [column.lower() for column in columns], n=1, cutoff=0.7)
                meant = next((column for column in columns if close and column.lower() == close[0]), "")
                hint = f"Did you mean {meant} by it? Names are in lower case." if meant.lower() == name else ""
                hint = hint or (f"Did you mean {meant} by it?" if meant else "Select it; use null::varchar where there is no value.")
                raise RuleError(f"The rule {rule.id} does not select the column {name}.", hint)
        for name, allowed in CONTRACT.items():
            kind = columns.get(name)
            if kind is None:
                continue
            plain = kind.replace('"NULL"', "VARCHAR").replace('"', "") if kind.startswith("STRUCT") else kind
            if kind != '"NULL"' and not any(plain == fits or (fits == "DECIMAL" and plain.startswith("DECIMAL(")) for fits in allowed):
                raise RuleError(f"The rule {rule.id} selects {name} as {kind}.", f"It must be {allowed[0]}; cast it.")

    def _explain(self, rule: Rule, sql: str, error: duckdb.Error, part: str = "") -> RuleError:
        """DuckDB's message in our words. These come from binding on empty tables, so they hold no data."""
        text = str(error)
        where = f"`checked` of rule {rule.id}" if part else f"The rule {rule.id}"
        line = line_of(sql, text)
        at = f" in line {line}" if line else ""
        column = re.search(r'does not have a column named "([^"]+)"|Referenced column "([^"]+)" not found', text)
        if column:
            name = column[1] or column[2]
            line = _line_of_word(sql, name) or line
            at = f" in line {line}" if line else ""
            words = sorted({word for words in self._columns.values() for word in words})
            offered = (
                re.findall(r'"([^"]+)"', text.split("Candidate bindings", 1)[1].split("\n", 1)[0]) if "Candidate bindings" in text else []
            )
            return RuleError(
                f"{where} asks for the column {name}{at}, which does not exist.", nearest(name, offered or words) or nearest(name, words)
            )
        table = re.search(r"Table with name (\S+) does not exist", text)
        if table:
            return RuleError(f"{where} asks for the table {table[1]}{at}, which does not exist.", nearest(table[1], sorted(self._columns)))
        if "data-modifying" in text or "read-only" in text:
            return RuleError(f"{where} tries to change data.", "Rules only ask; they never change anything.")
        if isinstance(error, duckdb.PermissionException):
            return RuleError(f"{where} reaches for files{at}.", "Rules read canonical tables only.")
        first = text.split("\n", 1)[0].split(":", 1)[-1].strip().rstrip("!.")
        return RuleError(f"{where} is not valid SQL{at}: {first}.", f"See {rule.path.name}.")


def line_of(sql: str, message: str) -> int | None:
    """Line of the file that DuckDB's message means; DuckDB counts from the first word after leading comments."""
    match = re.search(r"^LINE (\d+):(.*)$", message, re.MULTILINE)
    if not match:
        return None
    header = _HEADER.match(sql)
    skipped = sql[: len(sql) - len(sql[header.end() :].lstrip())].count("\n") if header else 0
    text = match[2].strip().removesuffix("...").removeprefix("...")
    lines = sql.splitlines()
    number = int(match[1])
    for candidate in (number, number + skipped):
        if 0 < candidate <= len(lines) and text and text[:40] in lines[candidate - 1]:
            return candidate
    return number + skipped


def _line_of_word(sql: str, word: str) -> int | None:
    header = _HEADER.match(sql)
    start = header.end() if header else 0
    found = re.search(rf"\b{re.escape(word)}\b", sql[start:])
    return sql[: start + found.start()].count("\n") + 1 if found else None


def bare(sql: str) -> str:
    """The statement without the header, and without the semicolons and comments after its end."""
    text = _HEADER.sub("", sql, count=1).strip().encode()
    end = len(text)
    try:
        for offset, kind in reversed(duckdb.tokenize(text.decode())):
            if kind != duckdb.token_type.comment and text[offset:end].strip() != b";":
                break
            end = offset
    except duckdb.Error:
        pass  # a text that nobody can take apart is told by whoever asks it
    return text[:end].decode().rstrip()


def bind(values: Mapping[str, Any], as_of: datetime) -> dict[str, Any]:
    """Values as DuckDB takes them: an instant goes in as a naive TIMESTAMP in UTC."""
    return {**values, BUILT_IN_PARAM: as_of.astimezone(UTC).replace(tzinfo=None)}


def _names(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, str]]:
    """Lower-case names of functions (``call``), tables (``table``) and columns (``word``: CURRENT_DATE looks like one)."""
    row = con.execute("select json_serialize_sql($query::varchar)", {"query": query.strip().removesuffix(";")}).fetchone()
    pending: list[Any] = [json.loads(row[0])] if row else []
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            name = str(node.get("function_name") or "").lower()
            if name and not (name == "age" and len(node.get("arguments") or node.get("children") or ()) == 2):  # that is the span of both
                yield "call", name
            if isinstance(node.get("table_name"), str):
                yield "table", node["table_name"].lower()
            if node.get("class") == "COLUMN_REF" and len(node.get("column_names", [])) == 1:
                yield "word", str(node["column_names"][0]).lower()
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
