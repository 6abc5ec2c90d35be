"""Every rule against its data file: rows in, findings out; and what every rule must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recon.audit import ruletest
from recon.audit.rules import Checker, Rule, RuleSet, load
from recon.config.settings import Settings
from recon.warehouse.build import create_model
from recon.warehouse.engine import connect

HERE = Path(__file__).parent
RULES: RuleSet = load(Settings())
IDS = [rule.id for rule in RULES.rules]


def data_file(rule_id: str) -> Path:
    return HERE.joinpath(*rule_id.split(".")).with_suffix(".toml")


CASES = [case for rule_id in IDS if data_file(rule_id).exists() for case in ruletest.cases(rule_id, data_file(rule_id))]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule_id}: {case.name}" for case in CASES])
def test_case(case: ruletest.Case) -> None:
    assert ruletest.run(RULES.get(case.rule_id), case) == []


def test_no_rule_is_broken() -> None:
    assert [str(rule.error) for rule in RULES.broken] == []
    assert len(IDS) >= 24


@pytest.mark.parametrize("rule_id", IDS)
def test_has_a_hit_a_silence_and_three_cases(rule_id: str) -> None:
    cases = [case for case in CASES if case.rule_id == rule_id]
    assert len(cases) >= 3, "a hit, a near miss and a boundary"
    assert any(case.expect for case in cases)
    assert any(not case.expect for case in cases)
    assert len({case.name for case in cases}) == len(cases)


def test_every_data_file_belongs_to_a_rule() -> None:
    files = {".".join(path.relative_to(HERE).with_suffix("").parts) for path in HERE.rglob("*.toml")}
    assert files == set(IDS)


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    con = connect(None, locked=False)
    create_model(con)
    yield Checker(con)
    con.close()


@pytest.mark.parametrize("rule", RULES.rules, ids=IDS)
def test_keeps_the_contract(rule: Rule, checker: Checker) -> None:
    assert {"system", "record_id", "salesforce_id", "label", "message"} <= set(checker.check(rule))


@pytest.mark.parametrize("rule", RULES.rules, ids=IDS)
def test_words(rule: Rule) -> None:
    header = rule.header
    assert not header.title.endswith("."), "a title is no sentence"
    assert not header.title.startswith("Ensure")
    for text in (header.why, header.remedy, header.false_alarms):
        assert "  " not in text
        assert not any(word in text.lower() for word in ("mismatch", "source/target", "expected/actual"))
    assert "select *" not in rule.sql
