"""Every ``.fix.sql`` keeps the contract of corrections."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from recon.audit.rules import load
from recon.config.settings import Settings
from recon.errors import RuleError
from recon.fix import declared
from recon.fix.declared import Declared, Desk, Header

ROOT = Path(__file__).parent.parent.parent
RULES = {rule.id: rule for rule in load(Settings()).rules}
FOUND = sorted(".".join(path.relative_to(ROOT / "queries/rules").parts) for path in (ROOT / "queries/rules").rglob("*.fix.sql"))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with declared.empty_desk() as made:
        yield made


@pytest.mark.parametrize("name", [name.removesuffix(".sql") for name in FOUND])
def test_a_correction_keeps_the_contract(name: str, desk: Desk) -> None:
    rule = RULES[name.removesuffix(".fix")]  # a correction without its rule is nothing
    correction = declared.load(rule)
    assert correction is not None
    assert list(desk.wants(correction, [])) == []


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_every_rule_is_corrected_or_says_why_not(rule_id: str) -> None:
    is_corrected = declared.load(RULES[rule_id]) is not None
    why = declared.left_alone().get(rule_id)
    assert (why is None) == is_corrected, "a .fix.sql beside the rule, or a line in queries/fix/left_alone.toml"
    assert why is None or (why.endswith(".") and 20 < len(why) < 200)
    assert (RULES[rule_id].header.fix != "none") == is_corrected, "the rule's header says something else"


def test_reasons_are_those_of_rules() -> None:
    assert set(declared.left_alone()) <= set(RULES)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select 1 as finding_id", "lacks the column entity"),
        ("selct", "not valid SQL"),
        ("delete from findings", "not one SELECT"),
        (
            "select f.finding_id, f.entity, f.salesforce_id, f.system, f.record_id, '' as role, '' as value, 1 as more from findings as f",
            "has the column more",
        ),
    ],
)
def test_a_correction_that_breaks_the_contract_is_named(sql: str, said: str, desk: Desk) -> None:
    with pytest.raises(RuleError, match=said):
        list(desk.wants(Declared("x.y", Header(what="Writes nothing at all."), sql, Path("y.fix.sql")), []))


def test_only_the_door_asks_for_writing_methods() -> None:
    """A client writes what it is given a ``Write`` for (recon/systems/http.py); nobody else takes that word from there."""
    asking = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "recon").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _names_write(node)
    ]
    client = "recon/systems/salesforce_api/client.py"  # hands on what it is given
    assert set(asking) - {client} == {"recon/fix/door.py"}


def _names_write(node: ast.AST) -> bool:
    """Taken from the module, or reached through it."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "recon.systems.http" and any(one.name in {"Write", "*"} for one in node.names)
    return isinstance(node, ast.Attribute) and node.attr == "Write" and getattr(node.value, "id", "") == "http"
