"""A workspace's own rules: begun by a command, tested by a command, changed in recon.toml; a bad one is named and stops nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon import report
from recon.audit import ruletest
from recon.audit.rules import MAX_FILE, load
from recon.cli import run
from recon.report import html
from tests.audit.conftest import RULE

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


@pytest.mark.parametrize("name", ["order", "Order.mine", "order.mine.more", "../x.y", "order.", "order.mine\n", "order.total_drift"])
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
    assert states["try.escape"] == ("error", 0)
    assert states["try.sound"] == ("findings", 1)


def test_what_only_sounds_like_a_clock_is_asked(workspace: Any, order: Order) -> None:
    workspace.rule("try.age", f"select *, 40 - x.ago as age from ({SOUND.replace('select ', 'select 1 as ago, ')}) as x where age > 20")
    workspace.rule("try.span", SOUND + " where age(o.created_at, timestamp '2000-01-01') > interval 1 day")
    workspace.rule("try.steps", f"with today as ({SOUND}), query as (select * from today) select * from query")
    workspace.only("try.age", "try.span", "try.steps")
    result = workspace.audit({"orders": [order("1")]})
    assert [(rule.reason, rule.counts.open) for rule in result.rules if rule.id.startswith("try.")] == [(None, 1)] * 3


def test_what_is_no_file_of_text_is_named_and_nothing_waits_for_it(workspace: Any, order: Order) -> None:
    workspace.rule("try.sound", SOUND)
    folder = workspace.folder / "queries/rules/try"
    os.mkfifo(folder / "pipe.sql")
    (folder / "device.sql").symlink_to("/dev/zero")
    (folder / "gone.sql").symlink_to(folder / "nowhere.sql")
    (folder / "folder.sql").mkdir()
    (folder / "huge.sql").write_text(RULE.format(sql=SOUND + " --" + "hugehuge" * (MAX_FILE // 8), severity="high"))
    (folder / "sound.SQL").write_text((folder / "sound.sql").read_text())
    os.mkfifo(workspace.folder / "queries/stray.sql")
    workspace.only("try.sound")
    result = workspace.audit({"orders": [order("1")]})
    reasons = {rule.id: str(rule.reason) for rule in result.rules if rule.id.startswith("try")}
    for name in ("pipe", "device", "folder"):
        assert reasons[f"try.{name}"].startswith(f"The rule try.{name} cannot be read: {name}.sql is no file of text.")
    assert "No such file" in reasons["try.gone"] and "has more than 1,000,000 bytes" in reasons["try.huge"]
    assert reasons["try/sound.sql"].startswith("try/sound.SQL and try/sound.sql are both the rule try.sound.")
    assert not any("hugehuge" in rule.sql for rule in result.rules)
    assert (result.run.exit_code, len(result.findings)) == (3, 1)


def test_a_damaged_header_leaves_no_trace_in_the_console(workspace: Any, order: Order) -> None:
    workspace.rule("try.needs", SOUND)
    path = workspace.folder / "queries/rules/try/needs.sql"
    path.write_text(path.read_text().replace('["shop.orders"]', '["orders"]'))
    workspace.settings.path.write_text("config_version = 1\n")
    workspace.snapshot({"orders": [order("1")]})
    done = subprocess.run(
        [sys.executable, "-m", "recon", "audit", "--config", str(workspace.settings.path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3 and "try.needs" in done.stderr + done.stdout
    assert "leaked" not in done.stderr


def having(expression: str) -> str:
    return SOUND.replace("as message", f"as message, {expression}")


STRANGE = {
    "no_field": (having("[{'field': null::varchar, 'shop': 'a', 'salesforce': 'b'}] as diff"), "gives differences without a field"),
    "no_difference": (
        having("[null::struct(field varchar, shop varchar, salesforce varchar)] as diff"),
        "gives differences without a field",
    ),
    "no_related": (
        having("[{'system': 'shop', 'record_id': null::varchar}] as related"),
        "gives related records without a system or an id",
    ),
    "elsewhere": (SOUND.replace("o.system,", "'mars' as system,"), "gives findings of a system that the snapshot lacks"),
    "nothing": (having("'nonsense' as entity"), "gives findings of an entity that is no canonical table of records"),
    "coverage": (having("'coverage' as entity"), "gives findings of an entity that is no canonical table of records"),
    "endless_text": (having("1 as one").replace("'Order '", "repeat('x', 1000000)"), "says more than 20,000 characters of a finding"),
    "one_by_one": (SOUND + ", range(3)", "gives several findings for the same records"),
}
"""Rule → what of its findings neither history nor report could hold."""

LIVELY = {
    "year_20000": having("timestamp '20000-01-01' as occurred_at"),
    "for_ever": having("'infinity'::timestamp as occurred_at, 'infinity'::timestamp as last"),
    "long_ago": having("timestamp '0044-03-15 (BC) 00:00:00' as occurred_at"),
    "times": having("[timestamp '2026-01-02 03:04:05'] as times, interval 1 day as every, map {'a': 1} as map, 'nan'::double as ratio"),
    "ended": SOUND + "; -- that is all",
    "ended_twice": SOUND + " where o.number <> 'a -- b';;\n/* over */",
}
"""Rules that are unusual and sound."""


def test_what_history_and_report_could_not_hold_is_named_and_the_rest_is_found(workspace: Any, order: Order) -> None:
    workspace.settings.path.write_text("config_version = 1\n")
    for name, sql in {**{name: sql for name, (sql, _) in STRANGE.items()}, **LIVELY}.items():
        workspace.rule(f"try.{name}", sql)
    folder = workspace.folder / "queries/rules/try"
    text = (folder / "times.sql").read_text()
    (folder / "less.sql").write_text(text.replace("select count(*) from orders", "select -count(*) from orders"))
    (folder / "marked.sql").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (folder / "loud.SQL").write_text(text)
    wanted = {**{name: words for name, (_, words) in STRANGE.items()}, "less": "gives less than nothing"}
    workspace.only(*(f"try.{name}" for name in [*wanted, *LIVELY, "marked", "loud"]))
    result = workspace.audit({"orders": [order("1")]})
    states = {rule.id.removeprefix("try."): (rule.state, rule.reason or "") for rule in result.rules if rule.id.startswith("try.")}
    assert {name for name, (state, _) in states.items() if state == "error"} == set(wanted)
    assert {name for name, (state, _) in states.items() if state == "findings"} == {*LIVELY, "marked", "loud"}
    assert all(words in states[name][1] for name, words in wanted.items()), states
    found = {one.rule.removeprefix("try."): one for one in result.findings}
    assert {found[name].occurred_at for name in ("year_20000", "for_ever", "long_ago")} == {None}
    assert found["times"].evidence == {"times": ["2026-01-02T03:04:05Z"], "every": "1 day", "map": "{a=1}", "ratio": "nan"}
    assert b"Order 1 is there." in html.render(report.load(workspace.settings)[1])


def test_a_rule_cannot_take_the_name_of_another_one(workspace: Any, order: Order) -> None:
    for name, alias in {"thief": "order.total_drift", "first": "try.before", "second": "try.before", "odd": "<b>"}.items():
        workspace.rule(f"try.{name}", SOUND)
        path = workspace.folder / f"queries/rules/try/{name}.sql"
        path.write_text(path.read_text().replace("since ", f'aliases  = ["{alias}"]\nsince ', 1))
    told = {rule.id: str(rule.error) for rule in load(workspace.settings).broken}
    assert set(told) == {"try.thief", "try.second", "try.odd"}
    assert "has the alias order.total_drift, which is a name of order.total_drift" in told["try.thief"]
    assert "has the alias try.before, which is a name of try.first" in told["try.second"]
    assert "aliases: must be names of rules" in told["try.odd"]


@pytest.mark.parametrize(
    ("name", "default", "words"),
    [
        ("limit", "1.5", "must be true or false, a whole number"),
        ("limit", "[1]", "must be true or false, a whole number"),
        ("limit", "2026-01-01", "must be true or false, a whole number"),
        ("limit", "1" + "0" * 30, "must be true or false, a whole number"),
        ("as_of", "1", "and not as_of"),
        ("Limit", "1", "lower case letters"),
    ],
)
def test_a_parameter_that_cannot_be_is_told(workspace: Any, name: str, default: str, words: str) -> None:
    workspace.rule("try.mine", f"{SOUND} where o.total > ${name}")
    path = workspace.folder / "queries/rules/try/mine.sql"
    path.write_text(path.read_text().replace("+++ */", f'[params.{name}]\ndefault = {default}\nhelp = "What it is for."\n+++ */'))
    (broken,) = load(workspace.settings).broken
    assert words in str(broken.error) and "Value error" not in str(broken.error)
