"""A workspace's own rules: begun by a command, tested by a command, changed in recon.toml; a bad one is named and stops nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon.audit import ruletest
from recon.cli import run

Order = Callable[..., dict[str, Any]]
Call = Callable[..., tuple[int, str, str]]
MINE = "order.large_without_buyer"
SOUND = "select o.system, o.record_id, o.record_id as label, 'Order ' || o.record_id || ' is there.' as message from orders as o"
CASE = '[[case]]\nname = "an order"\norders = [{ system = "shop", record_id = "1" }]\nexpect = [{ record_id = "1" }]\n'
ENDLESS = f"{SOUND}, range(1000000000) as a, range(1000000000) as b where a.range + b.range < 0"


@pytest.fixture
def call(workspace: Any, capsys: pytest.CaptureFixture[str]) -> Call:
    """A command in a workspace with a recon.toml."""
    workspace.settings.path.write_text("config_version = 1\n")

    def recon(*words: str) -> tuple[int, str, str]:
        names = words[: 2 if words[0] == "rules" else 1]
        code = run([*names, "--config", str(workspace.settings.path), *words[len(names) :]])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return recon


def with_test(workspace: Any, rule_id: str, sql: str, data: str = CASE) -> None:
    workspace.rule(rule_id, sql)
    workspace.folder.joinpath("queries", "rules", *rule_id.split(".")).with_suffix(".toml").write_text(data)


def test_a_new_rule_passes_its_test_and_is_asked_by_the_next_audit(call: Call, workspace: Any, order: Order) -> None:
    code, out, err = call("rules", "new", MINE)
    paths = [Path(line) for line in out.splitlines()]
    assert code == 0 and [path.name for path in paths] == ["large_without_buyer.sql", "large_without_buyer.toml"]
    assert f"recon rules test {MINE}" in err
    assert call("rules", "test", MINE, "--verbose")[::2] == (0, f"  {MINE}: 3 cases\nAll rules hold.\n")
    with workspace.settings.path.open("a") as file:
        file.write(f'[rules."{MINE}"]\nseverity = "low"\nowner = "order desk"\nparams = {{ limit_amount = 5 }}\n')
        file.write(f'[[waivers]]\nrule = "{MINE}"\nrecord_id = "2"\nreason = "known"\nowner = "ada"\nuntil = 2099-01-01\n')
    workspace.snapshot({"orders": [order("1"), order("2"), order("3", customer_id="c")]})
    call("audit")
    found = {one["record_id"]: one for one in json.loads(call("findings", "--rule", MINE, "--state", "all", "--json")[1])}
    assert {key: (one["severity"], one["owner"], one["state"]) for key, one in found.items()} == {
        "1": ("low", "order desk", "new"),
        "2": ("low", "order desk", "waived"),
    }
    assert found["1"]["message"] == "Order #1 of 10.00 EUR has no customer."


@pytest.mark.parametrize("name", ["order", "Order.mine", "order.mine.more", "../x.y", "order.", "order.total_drift"])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(call: Call, workspace: Any, name: str) -> None:
    code, out, err = call("rules", "new", name)
    assert (code, out) == (2, "") and ("no name for a rule" in err or "already" in err)
    assert not (workspace.folder / "queries").exists()


def test_what_somebody_wrote_is_never_overwritten(call: Call, workspace: Any) -> None:
    call("rules", "new", MINE)
    path = workspace.folder / "queries/rules/order/large_without_buyer.sql"
    path.write_text("mine")
    assert call("rules", "new", MINE)[0] == 2 and path.read_text() == "mine"


BAD = {
    "try.syntax": ("select o.system,\nfrom orders as o where", CASE, "is not valid SQL in line"),
    "try.column": (SOUND.replace("o.record_id as label", "o.nummer as label"), CASE, "asks for the column nummer"),
    "try.write": ("create table stolen as select 1 as a", CASE, "is not a SELECT"),
    "try.file": ("select content as system from read_text('/etc/hostname')", CASE, "reaches for files"),
    "try.rows": (SOUND, CASE.replace('record_id = "1" }]\nexpect', 'total = "ten", record_id = "1" }]\nexpect'), "cannot be filled in"),
    "try.no_expect": (SOUND, CASE.split("expect", maxsplit=1)[0], "a case has no 'expect'"),
    "try.odd_expect": (SOUND, CASE.replace('[{ record_id = "1" }]\n', '"one"\n'), "`expect` must be a list"),
    "try.toml": (SOUND, "[[case", "cannot be read"),
    "try.table": (SOUND, CASE.replace("orders =", "ordrs ="), "fills ordrs, which is no canonical table"),
    "try.field": (SOUND, CASE.replace('system = "shop"', 'sytem = "shop"'), "fills orders.sytem, which is no column"),
    "try.wrong": (SOUND + " where false", CASE, "expected a finding"),
}


def test_every_bad_rule_is_named_and_the_others_are_tested_all_the_same(call: Call, workspace: Any) -> None:
    for rule_id, (sql, data, _) in BAD.items():
        with_test(workspace, rule_id, sql, data)
    with_test(workspace, "try.sound", SOUND)
    workspace.rule("try.headless", SOUND)
    path = workspace.folder / "queries/rules/try/headless.sql"
    path.write_text(SOUND)
    code, out, err = call("rules", "test", *BAD, "try.sound", "try.headless", "--verbose")
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert code == 3 and "try.sound: 1 cases" in err
    assert set(lines) == {*BAD, "try.headless"}
    for rule_id, (_, _, words) in BAD.items():
        assert words in lines[rule_id], lines[rule_id]
    assert "has no header" in lines["try.headless"]
    assert "Traceback" not in out + err


def test_an_endless_rule_ends_at_its_limit_and_the_next_one_is_tested(call: Call, workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruletest, "SECONDS", 1)
    with_test(workspace, "try.endless", ENDLESS)
    with_test(workspace, "try.sound", SOUND)
    began = time.monotonic()
    code, out, err = call("rules", "test", "try.endless", "try.sound", "--verbose")
    assert (code, time.monotonic() - began < 60) == (3, True)
    assert "try.endless: The rule try.endless was stopped after 1 seconds." in out and "try.sound: 1 cases" in err


@pytest.mark.parametrize(
    "expression",
    [
        "(select count(*) from read_csv('/etc/passwd'))",
        "(select count(*) from '/etc/passwd')",
        "(select count(*) from read_blob('/etc/passwd'))",
        "(select count(*) from query('select 1'))",
        "(select count(*) from read_json('https://127.0.0.1:1/x'))",
        "(select count(*) from scratch.findings)",
        "length(getenv('HOME'))",
        "(select count(*) from duckdb_secrets())",
        "(select count(*) from sniff_csv('/etc/passwd'))",
    ],
)
@pytest.mark.parametrize("part", ["body", "checked"])
def test_no_part_of_a_rule_reaches_outside(workspace: Any, order: Order, expression: str, part: str) -> None:
    workspace.rule("try.escape", f"{SOUND} where {expression} > 0" if part == "body" else SOUND)
    if part == "checked":
        path = workspace.folder / "queries/rules/try/escape.sql"
        path.write_text(path.read_text().replace('"select count(*) from orders"', f'"select {expression}"'))
    workspace.rule("try.sound", SOUND)
    workspace.only("try.escape", "try.sound")
    result = workspace.audit({"orders": [order("1")]})
    states = {rule.id: (rule.state, rule.counts.open) for rule in result.rules if rule.id.startswith("try.")}
    if expression in HARMLESS:
        assert states["try.escape"][0] in {"error", "clean", "findings"}
    else:
        assert states["try.escape"] == ("error", 0)
    assert states["try.sound"] == ("findings", 1)


HARMLESS = {"(select count(*) from query('select 1'))", "(select count(*) from duckdb_secrets())"}
"""What reads no file and tells nothing: a query of its own, and a list of secrets of which there are none."""
