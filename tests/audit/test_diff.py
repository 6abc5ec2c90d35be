"""`recon diff`: every change between two runs told apart, and what one of them could not see kept apart from all of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.audit import compare as comparing
from recon.audit import history
from recon.cli import run
from recon.config.settings import RuleSettings, Settings, Waiver
from recon.errors import UsageError
from recon.report import diff
from recon.warehouse.build import tables

Order = Callable[..., dict[str, Any]]
MISSING = "order.missing_in_salesforce"
DRIFT = "order.total_drift"
MAIL = "try.mail"
MAIL_SQL = (
    "select o.system, o.record_id, o.number as label, 'Order is there.' as message, "
    "[diff_field('email', o.email, null)] as diff from orders as o where o.email is not null"
)


def known(order: Order, *numbers: str, total: str = "12.00", **values: Any) -> dict[str, Any]:
    """Orders that Salesforce lacks, and one that it has with another total."""
    pair = [order("7"), order("801", system="salesforce", total=total)]
    return {"orders": [*(order(number, **values) for number in numbers), *pair], "order_links": [{"shop_id": "7", "salesforce_id": "801"}]}


@pytest.fixture(scope="module")
def days(new_workspace: Callable[[], Any], order: Order) -> Settings:
    """Nine runs of one workspace, each named for what it is like."""
    space = new_workspace()
    space.settings.path.write_text("config_version = 1\n")
    space.rule(MAIL, MAIL_SQL)
    space.only(MISSING, DRIFT)
    space.audit(known(order, "1", "2"), run_id="begin")
    space.audit(known(order, "1", "3", total="13.00"), run_id="next")
    space.audit({}, coverage=[], run_id="blind")
    rows = known(order, "2", "3", total="13.00")
    rows["orders"] += [order("4", total="0.20"), order("5", currency="JPY", total="700"), order("6", currency="KWD", total="1.234")]
    space.audit(rows, run_id="money")
    rows = known(order, "3", total="13.00")
    rows["orders"].append(order("8", system="outlet"))
    space.audit(rows, systems=("shop", "outlet", "salesforce"), run_id="outlet")
    waiver = {"rule": MISSING, "reason": "known", "owner": "ada", "until": date(2026, 12, 31)}
    space.settings.waivers = [Waiver(**waiver, record_id="1"), Waiver(**waiver, record_id="2")]
    space.audit(known(order, "1", "2", "3"), run_id="waived")
    space.settings.waivers = [Waiver(**waiver, record_id="2"), Waiver(**waiver, record_id="3")]
    space.settings.rules[MISSING] = RuleSettings(severity="low")
    space.settings.audit.grace_minutes = 60
    space.audit(known(order, "1", "2", "3"), run_id="other")
    space.only(MAIL)
    space.settings.rules[MAIL] = RuleSettings(enabled=True)
    space.settings.rules[MISSING] = RuleSettings(enabled=False)
    for name in ("ada", "anna"):
        space.audit(known(order, "1", email=f"{name}@example.com"), run_id=name)
    settings: Settings = space.settings
    return settings


def changes(settings: Settings, *names: str) -> dict[str, str]:
    """Record → change; unchanged ones are not listed."""
    found = comparing.compare(settings.state_dir, *names)
    return {str((one.after or one.before).record_id): one.change for one in found.changed}  # type: ignore[union-attr]


def counts(settings: Settings, *names: str) -> dict[str, int]:
    found = comparing.compare(settings.state_dir, *names)
    return {total.change: total.count for total in found.totals if total.count}


def test_new_changed_resolved_and_unchanged(days: Settings) -> None:
    assert changes(days, "begin", "next") == {"2": "resolved", "3": "new", "7": "updated"}
    assert counts(days, "begin", "next") == {"resolved": 1, "new": 1, "updated": 1, "unchanged": 1}
    assert changes(days, "next", "begin") == {"3": "resolved", "2": "new", "7": "updated"}, "also backwards"


def test_any_two_runs_whatever_lies_between(days: Settings) -> None:
    assert changes(days, "begin", "money") == {"1": "resolved", "3": "new", "4": "new", "5": "new", "6": "new", "7": "updated"}
    assert counts(days, "begin", "money")["unchanged"] == 1, "2 was gone for a while: it was there and is there"


def test_changed_fields_are_named_with_both_values(days: Settings) -> None:
    made = diff.build(days, "begin", "next")
    (item,) = (item for item in made.items if item.change == "updated")
    assert [one.model_dump() for one in item.fields] == [{"field": "total", "side": "salesforce", "before": "12.00", "after": "13.00"}]
    group = made.groups["updated"]
    assert [money.amount for money in (*group.amounts_before, *group.amounts_after)] == ["2.00", "3.00"]
    assert any("(total in Salesforce 12.00 → 13.00)" in row[-1] for row in diff.rows(made))
    assert "      1  changed: 1 high; 2.00 EUR before, 3.00 EUR now" in "\n".join(diff.sentences(made, "en"))


def test_money_is_summed_per_currency(days: Settings) -> None:
    new = comparing.compare(days.state_dir, "begin", "money").total("new")
    assert {money.currency: str(money.amount.normalize()) for money in new.after} == {"EUR": "10.2", "JPY": "7E+2", "KWD": "1.234"}
    assert "10,20 EUR, 700 JPY and 1,234 KWD" in "\n".join(diff.sentences(diff.build(days, "begin", "money"), "de"))


def test_a_rule_that_did_not_run_resolves_nothing_and_brings_nothing(days: Settings) -> None:
    assert changes(days, "next", "blind") == dict.fromkeys("137", "not_compared")
    assert set(changes(days, "blind", "money").values()) == {"not_compared"}
    made = diff.build(days, "next", "blind")
    assert made.exit_code == 3
    assert [(one.run_id, one.rule, one.systems, one.findings) for one in made.blind] == [
        ("blind", MISSING, ["shop"], 2),
        ("blind", DRIFT, ["shop"], 1),
    ]
    assert all("read" in one.reason for one in made.blind)
    (line,) = (line for line in diff.sentences(made, "en") if "could not compare:" in line)
    assert line.startswith(f"  could not compare: {MISSING} and {DRIFT} in blind: ") and line.endswith("That leaves 3 findings open.")


def test_a_rule_that_could_not_look_is_said_also_where_nothing_was_found(workspace: Any) -> None:
    workspace.only(MISSING)
    workspace.audit({}, run_id="seen")
    workspace.audit({}, coverage=[], run_id="blind")
    made = diff.build(workspace.settings)
    assert [(one.run_id, one.rule, one.findings) for one in made.blind] == [("blind", MISSING, 0)]
    assert made.exit_code == 3


def test_systems_that_one_run_did_not_read_cannot_be_compared(days: Settings) -> None:
    assert changes(days, "money", "outlet")["8"] == "not_compared"
    assert changes(days, "outlet", "waived") == {"8": "not_compared", "1": "waived", "2": "waived", "7": "updated"}
    (blind,) = comparing.compare(days.state_dir, "outlet", "waived").blind
    assert (blind.systems, blind.reason, blind.findings) == (("outlet",), "outlet was not part of it.", 1)


def test_a_rule_that_was_switched_off_or_is_new_cannot_be_compared(days: Settings) -> None:
    reasons = {one.rule: one.reason for one in comparing.compare(days.state_dir, "other", "ada").blind}
    assert reasons == {MAIL: "It is switched off in recon.toml.", MISSING: "It is switched off in recon.toml.", DRIFT: reasons[DRIFT]}
    assert diff.build(days, "other", "ada").groups["resolved"].count == 0


def test_a_rule_that_one_run_did_not_know(workspace: Any, order: Order) -> None:
    workspace.only()
    workspace.audit({}, run_id="without")
    workspace.rule("try.own", "select o.system, o.record_id, o.number as label, 'Order is there.' as message from orders as o")
    workspace.audit({"orders": [order("1")]}, run_id="with")
    assert changes(workspace.settings) == {"1": "not_compared"}
    assert [one.reason for one in comparing.compare(workspace.settings.state_dir).blind] == ["The rule try.own did not exist."]


def test_orders_beyond_the_reach_of_a_shop_are_not_resolved(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    old = datetime(2026, 9, 1, tzinfo=UTC)
    workspace.audit({"orders": [order("1", placed_at=old, created_at=old), order("2")]})
    windowed = [
        {"system": name, "entity": table, "readable": True, "complete": True}
        | ({"window_from": datetime(2026, 10, 1, tzinfo=UTC)} if (name, table) == ("shop", "orders") else {})
        for name in ("shop", "salesforce")
        for table in tables()
    ]
    workspace.audit({}, coverage=windowed)
    assert changes(workspace.settings) == {"1": "not_compared", "2": "resolved"}
    (blind,) = comparing.compare(workspace.settings.state_dir).blind
    assert blind.reason == "Orders of shop could be read only from 2026-10-01 on."


def test_another_shop_of_the_same_name_is_not_compared(days: Settings, tmp_path: Path) -> None:
    shutil.copy(days.state_dir / history.FILE_NAME, tmp_path)
    with history.opened(tmp_path, write=True) as store:
        for name, account in (("begin", "acme.myshopify.com"), ("next", "other.myshopify.com")):
            (document,) = store.connection.execute("select r.document from runs as r where r.run_id = $n", {"n": name}).fetchall()[0]
            data = json.loads(document)
            next(system for system in data["systems"] if system["name"] == "shop")["account_id"] = account
            store.connection.execute("update runs set document = $d where run_id = $n", {"d": json.dumps(data), "n": name})
    found = comparing.compare(tmp_path, "begin", "next")
    assert {one.change for one in found.changed} == {"not_compared"}, "also order 7, which both have and which is another one in each"
    assert found.total("unchanged").count == 0
    assert {one.reason for one in found.blind} == {"shop was acme.myshopify.com in the first run and other.myshopify.com in the second."}


def test_waived_findings_have_groups_of_their_own(days: Settings) -> None:
    found = comparing.compare(days.state_dir, "waived", "other")
    assert counts(days, "waived", "other") == {"no_longer_waived": 1, "waived": 1, "still_waived": 1, "unchanged": 1}
    assert [money.currency for money in found.total("waived").before] == ["EUR"] and found.total("waived").after == ()


def test_other_parameters_and_severities_are_told(days: Settings) -> None:
    made = diff.build(days, "waived", "other")
    assert MISSING in made.asked_differently
    assert any("did not ask the same in both runs" in line for line in diff.sentences(made, "en"))
    (back,) = (item for item in made.items if item.change == "no_longer_waived")
    assert (back.finding.severity, made.exit_code) == ("low", 0), "what is low now does not fail a pipeline"
    assert diff.build(days, "waived", "other", fail_on="low").exit_code == 1


def test_a_renamed_rule_is_the_same_rule(workspace: Any, order: Order) -> None:
    sql = "select o.system, o.record_id, o.number as label, 'Order is there.' as message from orders as o"
    workspace.rule("try.old", sql)
    workspace.only("try.old")
    workspace.audit({"orders": [order("1"), order("2")]})
    path = workspace.folder / "queries/rules/try/old.sql"
    path.with_name("new.sql").write_text(path.read_text().replace("since ", 'aliases = ["try.old"]\nsince '))
    path.unlink()
    workspace.audit({"orders": [order("1")]})
    assert counts(workspace.settings) == {"resolved": 1, "unchanged": 1}


def test_personal_data_is_masked_and_still_told_apart(days: Settings) -> None:
    masked = diff.build(days)
    assert [(one.before, one.after) for one in masked.items[0].fields] == [("a…@example.com (1)", "a…@example.com (2)")]
    assert "ada@" not in masked.model_dump_json()
    shown = diff.build(days, show_personal=True)
    assert [(one.before, one.after) for one in shown.items[0].fields] == [("ada@example.com", "anna@example.com")]


def test_runs_that_cannot_be_meant(days: Settings, workspace: Any) -> None:
    for names, words in (
        (("nothing",), "no run nothing in the history"),
        (("begin", "a"), "2 runs begin with a"),
        (("begin", "begin"), "compared with another one"),
        (("anna", "latest"), "compared with another one"),
        ((None, "begin"), "no run before begin"),
    ):
        with pytest.raises(UsageError, match=words):
            comparing.compare(days.state_dir, *names)
    with pytest.raises(UsageError, match="no run in the history yet"):
        comparing.compare(workspace.settings.state_dir)
    assert changes(days) == changes(days, "ada") == changes(days, "previous", "latest") == {"1": "updated"}
    assert changes(days, "be", "nex") == changes(days, "begin", "next")


def test_the_command_prints_a_table_json_and_the_exit_code(days: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["diff", "--config", str(days.path)]
    assert run([*call, "begin", "next"]) == 1
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()[2:]] == ["new", "changed", "resolved"]
    assert "      1  new: 1 critical; 10.00 EUR" in printed.err and "      1  unchanged" in printed.err
    assert run([*call, "--json", "--quiet", "next", "begin"]) == 1
    printed = capsys.readouterr()
    data = json.loads(printed.out)
    assert (data["schema"], data["before"]["run_id"], data["exit_code"], printed.err) == ("recon.diff/1", "next", 1, "")
    assert {name: group["count"] for name, group in data["groups"].items() if group["count"]} == counts(days, "next", "begin")
    assert run([*call, "--limit", "1", "--quiet", "begin", "money"]) == 1
    assert capsys.readouterr().err.startswith("3 more are not listed")
    assert run([*call, "--fail-on", "critical", "ada", "anna"]) == 0
    assert run([*call, "begin", "run-9"]) == 2
    assert "did not come to its end" in capsys.readouterr().err
