"""An audit as a whole: verdicts, limits, attacks, determinism."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from recon.audit.result import AuditResult, RuleOutcome
from recon.config.settings import RuleSettings
from recon.errors import UsageError

Order = Callable[..., dict[str, Any]]
MISSING = "order.missing_in_salesforce"
EVERY_ORDER = "select o.system, o.record_id, o.number as label, 'Order ' || o.number || ' is there.' as message from orders as o"


def outcome(result: AuditResult, rule_id: str) -> RuleOutcome:
    return next(rule for rule in result.rules if rule.id == rule_id)


def test_a_finding_carries_everything(workspace: Any, order: Order) -> None:
    result = workspace.audit({"orders": [order("1", channel="pos")]})
    (finding,) = result.findings
    assert (finding.rule, finding.system, finding.record_id, finding.salesforce_id) == (MISSING, "shop", "1", None)
    assert (finding.severity, finding.state, finding.amount, finding.currency) == ("critical", "new", Decimal("10.00"), "EUR")
    assert finding.evidence["channel"] == "pos"
    assert finding.url_shop == "https://shop.example.com/orders/1"
    assert finding.source is not None and (finding.source.file, finding.source.line) == ("shop/orders/part-0000.jsonl", 7)
    assert finding.occurred_at is not None and finding.occurred_at.tzinfo is not None
    assert result.run.exit_code == 1
    assert result.verdict.outcome == "problems"


def test_nothing_to_look_at_is_not_clean(workspace: Any) -> None:
    result = workspace.audit({})
    assert (result.run.exit_code, result.verdict.outcome) == (3, "no_verdict")
    assert result.verdict.sentence == "No verdict: there was not one record to compare."


def test_nothing_found_is_clean(workspace: Any) -> None:
    result = workspace.audit({"inventory_levels": [{"system": "shop", "record_id": "1", "available": "5"}]})
    assert (result.run.exit_code, result.verdict.outcome) == (0, "clean")
    assert result.verdict.sentence == "No differences: 1 rule found nothing."


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 0), ("high", 0), ("medium", 1), ("low", 1), ("info", 1)])
def test_fail_on_decides_about_the_exit_code(workspace: Any, order: Order, fail_on: str, code: int) -> None:
    workspace.only(MISSING)
    workspace.settings.rules[MISSING] = RuleSettings(severity="medium")
    assert workspace.audit({"orders": [order("1")]}, fail_on=fail_on).run.exit_code == code


def test_nothing_covered_is_no_verdict(workspace: Any, order: Order) -> None:
    result = workspace.audit({"orders": [order("1")]}, coverage=[])
    assert {rule.state for rule in result.rules if rule.checked != 0} - {"not_applicable"} == {"not_run"}
    assert (result.run.exit_code, result.verdict.outcome) == (3, "no_verdict")
    assert result.findings == ()
    reason = outcome(result, MISSING).reason
    assert reason is not None and "orders of shop were not read." in reason and "recon doctor" in reason


def test_no_verdict_beats_findings(workspace: Any, order: Order) -> None:
    coverage = [{"system": s, "entity": "orders", "readable": True, "complete": True} for s in ("shop", "salesforce")]
    result = workspace.audit({"orders": [order("1")]}, coverage=coverage)
    assert outcome(result, MISSING).state == "findings"
    assert outcome(result, "price.drift").state == "not_run"
    assert result.run.exit_code == 3


def test_a_rule_switched_off_does_not_cost_the_verdict(workspace: Any, order: Order) -> None:
    workspace.only(MISSING)
    coverage = [{"system": s, "entity": "orders", "readable": True, "complete": True} for s in ("shop", "salesforce")]
    result = workspace.audit({"orders": [order("1")]}, coverage=coverage)
    assert outcome(result, "price.drift").state == "disabled"
    assert result.run.exit_code == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"readable": False, "complete": True, "reason": "The scope read_orders is missing."},
            "could not be read (The scope read_orders is missing)",
        ),
        ({"readable": True, "complete": False, "reason": "Page 3 is missing."}, "are not proven complete (Page 3 is missing)"),
    ],
)
def test_incomplete_tables_are_not_judged(workspace: Any, order: Order, row: dict[str, Any], words: str) -> None:
    workspace.only(MISSING)
    coverage = [
        {"system": "salesforce", "entity": "orders", "readable": True, "complete": True},
        {"system": "shop", "entity": "orders", **row},
    ]
    result = workspace.audit({"orders": [order("1")]}, coverage=coverage)
    assert outcome(result, MISSING).state == "not_run"
    assert words in str(outcome(result, MISSING).reason)
    assert outcome(result, MISSING).checked is None


def test_a_column_that_could_not_be_read_stops_only_the_rules_that_need_it(workspace: Any) -> None:
    workspace.only("order.total_drift", MISSING)
    coverage = [{"system": s, "entity": "orders", "readable": True, "complete": True} for s in ("shop", "salesforce")]
    hidden = {
        "system": "salesforce",
        "entity": "orders",
        "field": "total",
        "readable": False,
        "complete": False,
        "reason": "No field is mapped to it.",
    }
    result = workspace.audit({}, coverage=[*coverage, hidden])
    assert outcome(result, "order.total_drift").state == "not_run"
    assert "orders.total of salesforce could not be read (No field is mapped to it)." in str(outcome(result, "order.total_drift").reason)
    assert outcome(result, MISSING).state == "clean"


def test_one_of_two_columns_is_enough_where_the_rule_says_so(workspace: Any) -> None:
    rule = "customer.consent_drift"
    workspace.only(rule)
    coverage = [{"system": s, "entity": "customers", "readable": True, "complete": True} for s in ("shop", "salesforce")]
    hidden = [
        {"system": "salesforce", "entity": "customers", "field": f"{c}_consent", "readable": False, "complete": False}
        for c in ("email", "sms")
    ]
    assert outcome(workspace.audit({}, coverage=[*coverage, hidden[1]]), rule).state == "clean"
    assert outcome(workspace.audit({}, coverage=[*coverage, *hidden]), rule).state == "not_run"


def test_a_snapshot_without_salesforce_says_so(workspace: Any, order: Order) -> None:
    result = workspace.audit({"orders": [order("1")]}, systems=("shop",))
    assert "The snapshot holds no Salesforce system." in str(outcome(result, MISSING).reason)
    assert outcome(result, "order.arithmetic").state == "clean", "it needs any system, and there is one"


BROKEN = {
    "try.endless": (
        "select a.range as system from range(1000000000) as a, range(1000000000) as b where a.range + b.range < 0",
        "does not select the column",
    ),
    "try.syntax": ("select o.system,\nfrom orders as o where", "is not valid SQL in line"),
    "try.two": (f"{EVERY_ORDER};\nselect 1", "holds 2 statements"),
    "try.ddl": ("create table stolen as select 1 as a", "is not a SELECT"),
    "try.write": (
        "with x as (insert into orders (system, record_id) values ('a', 'b') returning system) select x.system from x",
        "tries to change data",
    ),
    "try.file": ("select content as system from read_text('/etc/hostname')", "reaches for files"),
    "try.column": (EVERY_ORDER.replace("o.number as", "o.nummer as"), "asks for the column nummer in line"),
    "try.table": (EVERY_ORDER.replace("orders as o", "ordrs as o"), "asks for the table ordrs in line"),
    "try.clock": (EVERY_ORDER + " where o.placed_at < now()", "calls now, which gives another answer each time"),
    "try.dice": (EVERY_ORDER + ' where "Random"() < 0.5', "calls random, which gives another answer each time"),
    "try.today": (EVERY_ORDER + " where o.placed_at < CURRENT_DATE", "calls current_date, which gives another answer each time"),
    "try.boot": (EVERY_ORDER + " where o.placed_at < pg_postmaster_start_time()", "calls pg_postmaster_start_time, which gives another"),
    "try.age": (EVERY_ORDER + " where age(o.placed_at) > interval 1 day", "calls age, which gives another answer each time"),
    "try.hidden": (EVERY_ORDER + ", query('select now()')", "asks query, which is no canonical table"),
    "try.setting": (EVERY_ORDER + " where current_setting('threads') > 0", "asks current_setting, which is no canonical table"),
    "try.catalogue": (EVERY_ORDER + ", duckdb_settings()", "asks duckdb_settings, which is no canonical table"),
    "try.capitals": (
        EVERY_ORDER.replace("as label", "as LABEL"),
        "does not select the column label. Did you mean LABEL by it? Names are in",
    ),
    "try.param": (EVERY_ORDER + " where o.total > $limit", "uses $limit without declaring it"),
    "try.empty": ("", "holds 0 statements"),
}


def test_a_broken_rule_never_stops_the_others(workspace: Any, order: Order) -> None:
    for rule_id, (sql, _) in BROKEN.items():
        workspace.rule(rule_id, sql)
    workspace.rule("try.sound", EVERY_ORDER)
    result = workspace.audit({"orders": [order("1")]})
    for rule_id, (_, words) in BROKEN.items():
        assert outcome(result, rule_id).state == "error", rule_id
        assert words in str(outcome(result, rule_id).reason), outcome(result, rule_id).reason
    assert "Did you mean number?" in str(outcome(result, "try.column").reason)
    assert "Did you mean orders?" in str(outcome(result, "try.table").reason)
    assert outcome(result, "try.sound").counts.open == 1
    assert outcome(result, MISSING).counts.open == 1
    assert result.run.exit_code == 3


def test_line_numbers_are_those_of_the_file(workspace: Any) -> None:
    workspace.rule("try.column", EVERY_ORDER.replace(" o.number as", "\n  o.nummer as"))
    text = (workspace.folder / "queries/rules/try/column.sql").read_text().splitlines()
    reason = str(outcome(workspace.audit({}), "try.column").reason)
    assert f"in line {next(i for i, line in enumerate(text, 1) if 'nummer' in line)}," in reason


@pytest.mark.parametrize(
    "sql",
    [
        f"{EVERY_ORDER}, range(1000000000) as a, range(1000000000) as b where a.range + b.range < 0",
        f"{EVERY_ORDER} where (select count(*) from range(1000000000) as a, range(1000000000) as b where a.range + b.range = 1) > 0",
    ],
    ids=["cross join", "counting"],
)
def test_an_endless_rule_is_stopped_at_its_time_limit(workspace: Any, order: Order, sql: str) -> None:
    workspace.rule("try.endless", sql)
    workspace.only("try.endless", MISSING)
    workspace.settings.audit.rule_seconds = 1
    result = workspace.audit({"orders": [order("1")]})
    endless = outcome(result, "try.endless")
    assert endless.state == "error"
    assert (
        endless.reason
        == "The rule try.endless was stopped after 1 seconds. Make it cheaper, or raise rule_seconds under [audit] in recon.toml."
    )
    assert endless.seconds < 20
    assert outcome(result, MISSING).counts.open == 1


def test_a_greedy_rule_is_stopped_at_its_memory_limit(workspace: Any, order: Order) -> None:
    greedy = EVERY_ORDER + " where (select len(list(r.range)) from range(100000000) as r) > 0"
    workspace.rule("try.greedy", greedy)
    workspace.only("try.greedy", MISSING)
    workspace.settings.audit.memory = "200MB"
    result = workspace.audit({"orders": [order("1")]})
    assert "memory" in str(outcome(result, "try.greedy").reason)
    assert outcome(result, MISSING).counts.open == 1


@pytest.mark.parametrize(
    "sql",
    [
        "select content as system from read_text('/etc/hostname')",
        "copy orders to '/tmp/stolen.csv'",
        "attach '/tmp/stolen.duckdb' as stolen",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "create table stolen as select 1 as a",
        "select file as system from glob('/etc/*')",
        "select getenv('HOME') as system",
    ],
)
def test_escapes_are_blocked(workspace: Any, sql: str) -> None:
    workspace.rule("try.escape", sql)
    workspace.only("try.escape")
    result = workspace.audit({})
    assert outcome(result, "try.escape").state == "error"
    assert result.run.exit_code == 3


def test_a_value_never_shows_in_an_error(workspace: Any, order: Order) -> None:
    workspace.rule("try.cast", EVERY_ORDER.replace("o.number as label", "cast(cast(o.number as integer) as varchar) as label"))
    workspace.only("try.cast")
    result = workspace.audit({"orders": [order("1", number="ada@example.com")]})
    assert outcome(result, "try.cast").state == "error"
    assert "ada@example.com" not in json.dumps(TypeAdapter(AuditResult).dump_python(result, mode="json"))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (EVERY_ORDER.replace("o.system,", "cast(null as varchar) as system,"), "findings without a system"),
        (EVERY_ORDER.replace("o.number as label", "cast(null as varchar) as label"), "findings without a label"),
        (EVERY_ORDER.replace("o.record_id,", "cast(null as varchar) as record_id,"), "findings without any record"),
        (EVERY_ORDER.replace(" from", ", 'awful' as severity from"), "findings of an unknown severity"),
        (EVERY_ORDER.replace(" from", ", 'maybe' as confidence from"), "findings of an unknown confidence"),
        (EVERY_ORDER + " union all " + EVERY_ORDER, "several findings for the same records"),
        (EVERY_ORDER.replace(" from", ", 1.5::double as amount from"), "selects amount as DOUBLE"),
        (EVERY_ORDER.replace(" from", ", o.total as currency from"), "selects currency as DECIMAL(38,6)"),
        (EVERY_ORDER.replace(" from", ", o.total as label from"), "two columns named label"),
    ],
)
def test_findings_that_break_the_contract_are_not_kept(workspace: Any, order: Order, sql: str, words: str) -> None:
    workspace.rule("try.contract", sql)
    workspace.only("try.contract")
    result = workspace.audit({"orders": [order("1")]})
    assert outcome(result, "try.contract").state == "error"
    assert words in str(outcome(result, "try.contract").reason)
    assert result.findings == ()


def test_a_rule_of_the_workspace_runs_with_severity_owner_and_parameters_of_recon_toml(workspace: Any, order: Order) -> None:
    workspace.rule("try.sound", EVERY_ORDER)
    workspace.only("try.sound", MISSING)
    workspace.settings.rules["try.sound"] = RuleSettings(severity="info", owner="order desk")
    workspace.settings.rules[MISSING] = RuleSettings(params={"grace_minutes": 100_000})
    result = workspace.audit({"orders": [order("1")]})
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.owner) == ("try.sound", "info", "order desk")
    assert outcome(result, "try.sound").origin == "workspace"
    assert outcome(result, MISSING).params["grace_minutes"].value == 100_000


def test_a_parameter_that_does_not_exist_is_an_error_with_the_nearest_name(workspace: Any) -> None:
    workspace.settings.rules[MISSING] = RuleSettings(params={"grace_minute": 1})
    assert "Did you mean grace_minutes?" in str(outcome(workspace.audit({}), MISSING).reason)


def test_a_rule_may_give_single_findings_another_severity(workspace: Any) -> None:
    workspace.only("customer.consent_drift")
    shop = {"system": "shop", "state": "enabled", "email": "a@example.com"}
    customers = [
        {**shop, "record_id": "1", "email_consent": "unsubscribed"},
        {**shop, "record_id": "2", "email_consent": "subscribed"},
        {"system": "salesforce", "record_id": "003A", "email_consent": "subscribed"},
        {"system": "salesforce", "record_id": "003B", "email_consent": "unsubscribed"},
    ]
    links = [{"shop_id": "1", "salesforce_id": "003A"}, {"shop_id": "2", "salesforce_id": "003B"}]
    result = workspace.audit({"customers": customers, "customer_links": links})
    assert [(f.record_id, f.severity) for f in result.findings] == [("1", "critical"), ("2", "low")]
    assert outcome(result, "customer.consent_drift").checked == 2


def canonical(result: AuditResult) -> bytes:
    """The result without what a clock or the run itself decides."""
    run = replace(result.run, id="", started_at=result.run.as_of, duration_seconds=0.0)
    systems = tuple(replace(system, age_hours=None, is_stale=False) for system in result.systems)
    rules = tuple(replace(rule, seconds=0.0) for rule in result.rules)
    return TypeAdapter(AuditResult).dump_json(replace(result, run=run, systems=systems, rules=rules, trend=()))


def test_the_same_snapshot_gives_the_same_bytes(workspace: Any, order: Order, tmp_path: Path) -> None:
    rows = {
        "orders": [order(str(i), total=f"{i}.10", system="shop") for i in range(400)]
        + [order(f"801{i}", system="salesforce", total="7.00", created_at=None) for i in range(400)],
        "order_links": [{"shop_id": str(i), "salesforce_id": f"801{i}"} for i in range(0, 400, 3)],
    }
    folder = workspace.snapshot(rows)
    seen = set()
    for threads in (1, 2, 4):
        workspace.settings.state = tmp_path / f"state-{threads}"
        result = workspace.audit(folder=folder, threads=threads)
        assert result.findings_total > 300
        seen.add(canonical(result))
    assert len(seen) == 1


def test_the_moment_spoken_of_is_when_the_first_system_began_to_be_read(workspace: Any, order: Order) -> None:
    folder = workspace.snapshot({"orders": [order("1")]})
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["systems"][1]["started_at"] = "2026-11-19T00:00:00Z"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = workspace.audit(folder=folder)
    assert result.run.as_of.isoformat() == "2026-11-19T00:00:00+00:00"


def test_old_data_is_called_stale(workspace: Any) -> None:
    folder = workspace.snapshot({})
    first = workspace.audit(folder=folder, now=lambda: workspace_time(folder) + timedelta(hours=26))
    later = workspace.audit(folder=folder, now=lambda: workspace_time(folder) + timedelta(hours=26, minutes=2))
    assert [system.is_stale for system in first.systems] == [False, False]
    assert [system.is_stale for system in later.systems] == [True, True]


def workspace_time(folder: Path) -> Any:
    from recon.snapshot.manifest import load

    return load(folder).started_at


def test_match_rates_count_what_was_compared(workspace: Any, order: Order) -> None:
    salesforce = {"system": "salesforce", "created_at": None}
    rows = {
        "orders": [
            *(order(i) for i in "1234"),
            order("9", is_test=True),
            order("801A", **salesforce),
            order("801B", **salesforce, total="99.00"),
            order("801C", **salesforce),
            order("801D", **salesforce),
        ],
        "order_links": [
            {"shop_id": "1", "salesforce_id": "801A"},
            {"shop_id": "2", "salesforce_id": "801B", "method": "number"},
            {"shop_id": "3", "salesforce_id": "801C", "method": "email_amount_day", "certainty": "ambiguous", "is_primary": False},
        ],
    }
    result = workspace.audit(rows)
    (orders,) = [match for match in result.match if match.entity == "orders"]
    assert (orders.compared, orders.agree, orders.differ) == (2, 1, 1)
    assert orders.linked == {"external_id": 1, "number": 1}
    assert (orders.unmatched_shop, orders.unmatched_salesforce, orders.ambiguous) == (1, 1, 1)


def test_latency_has_percentiles_and_a_share_in_target(workspace: Any, order: Order) -> None:
    minutes = [1, 2, 3, 4, 60]
    rows = {
        "orders": [order(str(i)) for i in range(5)]
        + [
            order(f"801{i}", system="salesforce", created_at=order("0")["created_at"] + timedelta(minutes=m)) for i, m in enumerate(minutes)
        ],
        "order_links": [{"shop_id": str(i), "salesforce_id": f"801{i}"} for i in range(5)],
    }
    (latency,) = workspace.audit(rows).latency
    assert (latency.orders, latency.in_target, latency.target_minutes) == (5, 4, 5)
    assert (latency.p50_seconds, latency.p95_seconds, latency.p99_seconds) == (180.0, 3600.0, 3600.0)


def test_a_snapshot_that_does_not_exist_names_the_nearest(workspace: Any) -> None:
    from recon.audit.run import snapshot_folder

    with pytest.raises(UsageError, match="There is no finished snapshot yet"):
        snapshot_folder(workspace.settings, None)
    folder = workspace.snapshot({})
    assert snapshot_folder(workspace.settings, None) == folder
    assert snapshot_folder(workspace.settings, folder.name) == folder
    with pytest.raises(UsageError, match=f"Did you mean {folder.name}"):
        snapshot_folder(workspace.settings, folder.name[:-1])


def test_a_snapshot_made_by_hand_is_audited_without_any_api(workspace: Any, write_snapshot: Callable[..., Path], tmp_path: Path) -> None:
    order = {"id": "gid://shopify/Order/1", "name": "#1", "createdAt": "2026-11-01T08:00:00Z", "updatedAt": "2026-11-01T08:00:00Z"}
    folder = write_snapshot(tmp_path / "by-hand", {"name": "shop", "kind": "shopify", "side": "shop", "streams": {"orders": [order]}})
    result = workspace.audit(folder=folder)
    assert result.run.snapshot_ids
    assert {rule.state for rule in result.rules} <= {"not_run", "clean", "findings", "not_applicable"}


def test_many_findings_are_counted_truly_though_few_are_loaded(workspace: Any) -> None:
    workspace.rule(
        "try.many",
        "select 'shop' as system, cast(r.range as varchar) as record_id, 'x' as label, 'Row is there.' as message from range(50000) as r",
    )
    workspace.only("try.many")
    result = workspace.audit({}, limit=10)
    assert len(result.findings) == 10
    assert result.findings_total == 50_000
    assert outcome(result, "try.many").counts.open == 50_000
