"""The life of findings over runs, waivers, and the file that holds it all."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.audit import history, waivers
from recon.audit.query import Filter, matching
from recon.audit.result import AuditResult
from recon.config.settings import Waiver
from recon.errors import ConfigError, LockedError, StoreError, UsageError

Order = Callable[..., dict[str, Any]]
MISSING = "order.missing_in_salesforce"
DRIFT = "order.total_drift"


def states(result: AuditResult) -> dict[str, str]:
    return {str(f.record_id): f.state for f in (*result.findings, *result.resolved)}


def pair(order: Order, shop: str, salesforce: str) -> dict[str, Any]:
    return {
        "orders": [order("1", total=shop), order("801A", system="salesforce", total=salesforce)],
        "order_links": [{"shop_id": "1", "salesforce_id": "801A"}],
    }


def test_life_over_runs(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    first = workspace.audit({"orders": [order("1"), order("2")]})
    assert states(first) == {"1": "new", "2": "new"}
    second = workspace.audit({"orders": [order("1"), order("3")]})
    assert states(second) == {"1": "unchanged", "2": "resolved", "3": "new"}
    third = workspace.audit({"orders": [order("1"), order("2")]})
    assert states(third) == {"1": "unchanged", "2": "new", "3": "resolved"}
    old, back = (next(f for f in third.findings if f.record_id == i) for i in ("1", "2"))
    assert (old.runs_open, old.reopened, old.first_seen_at) == (3, False, first.run.as_of)
    assert (back.runs_open, back.reopened, back.first_seen_at) == (1, True, first.run.as_of)
    counts = next(rule.counts for rule in third.rules if rule.id == MISSING)
    assert (counts.open, counts.new, counts.unchanged, counts.resolved) == (2, 1, 1, 1)


def test_other_values_are_an_update_of_the_same_finding(workspace: Any, order: Order) -> None:
    workspace.only(DRIFT)
    first = workspace.audit(pair(order, "10.00", "12.00"))
    second = workspace.audit(pair(order, "10.00", "13.00"))
    third = workspace.audit(pair(order, "10.00", "13.00"))
    assert [r.findings[0].state for r in (first, second, third)] == ["new", "updated", "unchanged"]
    assert len({r.findings[0].finding_id for r in (first, second, third)}) == 1


def test_the_id_depends_on_records_only(workspace: Any, order: Order) -> None:
    workspace.only(DRIFT)
    before = workspace.audit(pair(order, "10.00", "12.00")).findings[0]
    rows = pair(order, "99.00", "12.00")
    rows["orders"][0]["number"] = "another number"
    after = workspace.audit(rows).findings[0]
    assert before.finding_id == after.finding_id
    assert before.message != after.message


def test_a_rule_that_did_not_run_leaves_its_findings_unknown(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1")]})
    blind = workspace.audit({}, coverage=[])
    assert states(blind) == {"1": "unknown"}
    assert blind.run.exit_code == 3
    blind = workspace.audit({}, coverage=[])
    assert states(blind) == {"1": "unknown"}, "and they stay so"
    assert blind.findings[0].message == "Order #1 of 10.00 EUR is not in Salesforce."
    again = workspace.audit({"orders": [order("1")]})
    assert states(again) == {"1": "unchanged"}
    assert again.findings[0].runs_open == 2


def test_findings_of_a_system_that_is_not_in_the_snapshot_are_unknown(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1"), order("2", system="outlet")]}, systems=("shop", "outlet", "salesforce"))
    assert states(workspace.audit({})) == {"1": "resolved", "2": "unknown"}


def test_findings_of_another_shop_of_the_same_name_are_not_resolved(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    here, there = {"shop": "acme.example.com"}, {"shop": "other.example.com"}
    both = {"orders": [order("1"), order("2")]}
    workspace.audit(both, accounts=here)
    for runs_open in (1, 2):
        moved = workspace.audit({"orders": [order("1")]}, accounts=there)
        assert {f.record_id: f.runs_open for f in moved.findings} == {"1": runs_open, "2": 1}
        assert states(moved) == {"1": "new" if runs_open == 1 else "unchanged", "2": "unknown"}, "order 1 is another order in each"
        assert not moved.findings[0].reopened
        (note,) = moved.run.notes
        assert note.startswith("shop was acme.example.com and is other.example.com now: what was found in the other one is kept")
    back = workspace.audit({}, accounts=here)
    assert states(back) == {"1": "unknown", "2": "resolved"}, "order 1 was last seen in the other shop"


def test_nothing_is_resolved_where_the_org_is_another_one(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1")]}, accounts={"salesforce": "00D000000000001AAA"})
    assert states(workspace.audit({}, accounts={"salesforce": "00D000000000002AAA"})) == {"1": "unknown"}
    assert states(workspace.audit({}, accounts={"salesforce": "00D000000000001AAA"})) == {"1": "resolved"}


def test_a_system_whose_account_is_not_known_counts_as_the_same(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1")]})
    assert states(workspace.audit({}, accounts={"shop": "acme.example.com"})) == {"1": "resolved"}


def test_findings_of_a_rule_that_is_switched_off_rest(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1")]})
    workspace.only()
    assert states(workspace.audit({})) == {}


def test_an_older_snapshot_does_not_turn_life_back(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    old = workspace.snapshot({"orders": [order("1"), order("2")]})
    workspace.audit({"orders": [order("2")]})
    aside = workspace.audit(folder=old)
    assert states(aside) == {"1": "new", "2": "unchanged"}
    after = workspace.audit({"orders": [order("2")]})
    assert states(after) == {"2": "unchanged"}
    assert after.findings[0].runs_open == 2


def test_a_renamed_rule_keeps_its_findings(workspace: Any, order: Order) -> None:
    sql = "select o.system, o.record_id, o.number as label, 'Order is there.' as message from orders as o"
    workspace.rule("try.old", sql)
    workspace.only("try.old")
    before = workspace.audit({"orders": [order("1")]}).findings[0]
    path = workspace.folder / "queries/rules/try/old.sql"
    path.with_name("new.sql").write_text(path.read_text().replace("since ", 'aliases = ["try.old"]\nsince '))
    path.unlink()
    after = workspace.audit({"orders": [order("1")]}).findings[0]
    assert (after.rule, after.state, after.finding_id) == ("try.new", "unchanged", before.finding_id)


def test_trend_has_a_point_for_each_run_and_a_gap_without_verdict(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1"), order("2")]})
    workspace.audit({}, coverage=[])
    result = workspace.audit({"orders": [order("1")]})
    assert [point.rules[MISSING] for point in result.trend] == [2, None, 1]
    assert [point.outcome for point in result.trend] == ["problems", "no_verdict", "problems"]
    assert [point.severities["critical"] for point in result.trend] == [2, 0, 1]


def test_ageing_adds_up(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1", currency="USD")]})
    workspace.day += 9
    result = workspace.audit({"orders": [order("1", currency="USD"), order("2")]})
    assert [(bucket.count, [money.currency for money in bucket.amounts]) for bucket in result.ageing] == [
        (1, ["EUR"]),
        (0, []),
        (1, ["USD"]),
        (0, []),
    ]
    assert sum(bucket.count for bucket in result.ageing) == sum(total.counts.open for total in result.totals)


def waiver(**values: Any) -> Waiver:
    return Waiver(**{"rule": MISSING, "reason": "known", "owner": "ada", "until": date(2026, 12, 31), **values})


@pytest.mark.parametrize(
    "match",
    [{"record_id": "1"}, {"rule": "order.*", "record_id": "1"}, {"system": "shop", "record_id": "1"}],
)
def test_a_waived_finding_does_not_count(workspace: Any, order: Order, match: dict[str, Any]) -> None:
    workspace.only(MISSING)
    workspace.settings.waivers = [waiver(**match)]
    result = workspace.audit({"orders": [order("1"), order("2")]})
    assert states(result) == {"1": "waived", "2": "new"}
    (use,) = result.waivers
    assert (use.matched, use.expired, use.unused, use.origin) == (1, False, False, "recon.toml")
    waived = next(f for f in result.findings if f.state == "waived")
    assert waived.waiver is not None and waived.waiver.reason == "known"
    counts = next(rule.counts for rule in result.rules if rule.id == MISSING)
    assert (counts.open, counts.waived) == (1, 1)


def test_everything_waived_is_not_a_finding(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.settings.waivers = [waiver()]
    result = workspace.audit({"orders": [order("1")]})
    assert (result.run.exit_code, result.verdict.outcome) == (0, "clean")


def test_expired_and_unused_waivers_are_reported(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    workspace.settings.waivers = [
        waiver(record_id="1", until=date(2026, 11, 19)),
        waiver(record_id="1", until=date(2026, 11, 20)),
        waiver(record_id="77"),
        waiver(rule="price.*"),
    ]
    result = workspace.audit({"orders": [order("1")]})
    assert [(use.expired, use.unused, use.matched) for use in result.waivers] == [
        (True, False, 0),
        (False, False, 1),
        (False, True, 0),
        (False, True, 0),
    ]
    assert states(workspace.audit({"orders": [order("1")]})) == {"1": "unchanged"}, "the day after, both have expired"


def test_waivers_are_written_and_taken_back(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    finding = workspace.audit({"orders": [order("1")]}).findings[0]
    awkward = 'said "fine"\n\\ and \x7f went'
    path = waivers.add(workspace.settings, waiver(finding=finding.finding_id, reason=awkward))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [held.waiver.reason for held in waivers.load(workspace.settings)] == [awkward]
    assert states(workspace.audit({"orders": [order("1")]})) == {"1": "waived"}
    assert waivers.remove(workspace.settings, finding.finding_id) == 1
    assert states(workspace.audit({"orders": [order("1")]})) == {"1": "unchanged"}
    with pytest.raises(UsageError, match="holds no waiver"):
        waivers.remove(workspace.settings, finding.finding_id)


@pytest.mark.parametrize(
    "text",
    [
        "[[waivers]]\nrule = 'x.y'\nowner = 'a'\nuntil = 2026-01-01\n",
        "not toml",
        "[[waiver]]\nrule = 'x.y'\n",
        "[[waivers]]\nrule = 'x.y'\nreason = 'because'\nowner = 'a'\n",
    ],
)
def test_a_waiver_without_reason_or_end_is_refused(workspace: Any, text: str) -> None:
    (workspace.folder / "waivers.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"waivers\.toml"):
        workspace.audit({})


def test_history_can_be_read_again(workspace: Any, order: Order) -> None:
    stored = workspace.audit({"orders": [order("1"), order("2")]}, run_id="run-1")
    state = workspace.settings.state_dir
    assert history.load(state) == history.load(state, "run-1") == stored
    assert len(list(history.stream(state, "run-1"))) == 2
    assert len(history.load(state, limit=1).findings) == 1
    assert [f.record_id for f in matching(state, "run-1", Filter(record="#2"))] == ["2"]
    assert list(matching(state, "run-1", Filter(severity="critical", rule="order.*", system="shop", state="resolved"))) == []
    assert history.runs(state) == ["run-1"]
    with pytest.raises(UsageError, match="no run other"):
        history.load(state, "other")
    with pytest.raises(StoreError, match="already"):
        workspace.audit({}, run_id="run-1")
    assert stat.S_IMODE((state / history.FILE_NAME).stat().st_mode) == 0o600


def test_no_history_yet_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run in the history yet"):
        history.load(tmp_path)
    assert history.runs(tmp_path) == []


@pytest.mark.parametrize("damage", ["truncated", "zeros", "foreign", "flipped"])
def test_a_damaged_history_is_named(workspace: Any, order: Order, damage: str) -> None:
    workspace.audit({"orders": [order("1")]})
    path = workspace.settings.state_dir / history.FILE_NAME
    data = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(data[: len(data) // 3])
    elif damage == "zeros":
        path.write_bytes(bytes(len(data)))
    elif damage == "foreign":
        path.write_bytes(b"SQLite format 3\0" + bytes(4096))
    else:
        for place in range(4096 * 3, len(data), 997):
            data[place] ^= 0xFF
        path.write_bytes(data)
    with pytest.raises(StoreError, match=r"history\.duckdb is damaged"):
        history.load(workspace.settings.state_dir)


def test_a_history_of_a_newer_recon_is_refused(workspace: Any) -> None:
    workspace.audit({})
    with history.opened(workspace.settings.state_dir, write=True) as store:
        store._con.execute("update meta set version = 99")
    with pytest.raises(StoreError, match="written by a newer recon"):
        history.load(workspace.settings.state_dir)


def test_an_older_history_is_brought_up(workspace: Any, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.audit({"orders": [order("1")]})
    monkeypatch.setattr(history, "MIGRATIONS", {history.VERSION: ("alter table runs add column note varchar",)})
    monkeypatch.setattr(history, "VERSION", history.VERSION + 1)
    assert history.load(workspace.settings.state_dir).findings_total == 1
    with history.opened(workspace.settings.state_dir) as store:
        assert store._con.execute("select version from meta").fetchall() == [(history.VERSION,)]


def test_a_history_from_before_owners_goes_on(workspace: Any, order: Order) -> None:
    workspace.audit({"orders": [order("1")]})
    with history.opened(workspace.settings.state_dir, write=True) as store:
        store._con.execute("alter table findings drop column owning_system; update meta set version = 1")
    assert [item.owning_system for item in history.load(workspace.settings.state_dir).findings] == [None]
    again = workspace.audit({"orders": [order("1")]})
    assert [(item.state, item.owning_system, item.label) for item in again.findings] == [("unchanged", "shop", "#1")]


def test_a_migration_that_fails_changes_nothing(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.audit({})
    with monkeypatch.context() as patch:
        patch.setattr(
            history,
            "MIGRATIONS",
            {history.VERSION: ("alter table runs add column note varchar", "alter table nothing add column x varchar")},
        )
        patch.setattr(history, "VERSION", history.VERSION + 1)
        with pytest.raises(StoreError, match=f"cannot be brought from version {history.VERSION - 1} to {history.VERSION}"):
            history.load(workspace.settings.state_dir)
    assert history.load(workspace.settings.state_dir).run.fail_on == "high"


def test_a_history_that_another_process_writes_is_not_damaged(workspace: Any) -> None:
    workspace.audit({})
    path = workspace.settings.state_dir / history.FILE_NAME
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        with pytest.raises(LockedError):
            history.load(workspace.settings.state_dir)
        other.communicate()


def test_a_failing_run_stores_nothing(workspace: Any, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.only(MISSING)
    workspace.audit({"orders": [order("1")]})

    def stop(*args: Any) -> None:
        raise StoreError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(history.History, "_store_run", stop)
        with pytest.raises(StoreError, match="stopped"):
            workspace.audit({"orders": [order("2")]})
    assert states(workspace.audit({"orders": [order("1")]})) == {"1": "unchanged"}
    assert not (workspace.settings.state_dir / "judging").exists()


def test_a_history_that_the_first_version_wrote_is_brought_up_and_goes_on(workspace: Any, order: Order) -> None:
    state = workspace.settings.state_dir
    state.mkdir(parents=True)
    with duckdb.connect(str(state / history.FILE_NAME)) as con:
        con.execute(Path(__file__).with_name("history-1.sql").read_text(encoding="utf-8"))
    old = history.load(state)
    assert states(old) == {"1": "unchanged", "2": "resolved"} and old.second_look is None
    assert [item.owning_system for item in old.findings] == [None]
    assert [(point.outcome, point.severities["critical"]) for point in old.trend] == [("problems", 2), ("problems", 1)]
    with history.opened(state) as store:
        assert store.connection.execute("select version from meta").fetchall() == [(history.VERSION,)]
        assert {"second_looks"} <= {name for (name,) in store.connection.execute("select table_name from duckdb_tables()").fetchall()}
        columns = dict(store.connection.execute("select column_name, data_type from duckdb_columns()").fetchall())
    workspace.day = 2
    workspace.only(MISSING)
    new = workspace.audit({"orders": [order("1"), order("2")]})
    assert states(new) == {"1": "unchanged", "2": "new"}
    (back,) = (item for item in new.findings if item.record_id == "2")
    assert back.reopened and back.first_seen_at == old.resolved[0].first_seen_at
    fresh = workspace.folder / "fresh"
    with history.opened(fresh, write=True) as store:
        wanted = dict(store.connection.execute("select column_name, data_type from duckdb_columns()").fetchall())
    assert columns == wanted, "a file that was brought up has what a new one has"
