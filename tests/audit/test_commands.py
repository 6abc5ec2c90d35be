"""The commands audit, findings, rules and sql, from arguments to exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from recon.audit.docs import rules_markdown
from recon.audit.rules import CONTRACT, load
from recon.cli import run
from recon.config.settings import Settings

Order = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]
MISSING = "order.missing_in_salesforce"


@pytest.fixture
def recon(workspace: Any, order: Order, capsys: pytest.CaptureFixture[str]) -> Run:
    """A workspace with a snapshot of two missing orders, and a way to call a command in it."""
    workspace.settings.path.write_text(
        "\n".join(["config_version = 1", "[systems.shop]", 'kind = "shopify"', 'shop = "acme.myshopify.com"', 'token = "env:NONE"', ""])
    )
    workspace.snapshot(
        {"orders": [order("1"), order("2")], "customers": [{"system": "shop", "record_id": "c1", "email": "ada@example.com"}]}
    )

    def call(*arguments: str) -> tuple[int, str, str]:
        names = (
            arguments[:2]
            if arguments[0] in {"findings", "rules"} and arguments[1:2] and not arguments[1].startswith("-")
            else arguments[:1]
        )
        code = run([*names, "--config", str(workspace.settings.path), *arguments[len(names) :]])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_audit_prints_a_table_and_ends_with_findings(recon: Run) -> None:
    code, out, err = recon("audit")
    assert code == 1
    assert MISSING in out
    assert "critical" in err
    code, out, _ = recon("audit", "--json", "--quiet")
    data = json.loads(out)
    assert (code, data["exit_code"], data["outcome"]) == (1, 1, "problems")
    assert len(data["rules"]) == len(load(Settings()).rules)


def test_findings_as_json_begin_with_the_four_keys(recon: Run) -> None:
    recon("audit")
    code, out, _ = recon("findings", "--json", "--rule", MISSING)
    data = json.loads(out)
    assert code == 0
    assert [list(one)[:4] for one in data] == [["rule", "system", "record_id", "salesforce_id"]] * 2
    assert [one["record_id"] for one in data] == ["1", "2"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--state", "resolved"), 0),
        (("--severity", "critical"), 2),
        (("--record", "#2"), 1),
        (("--rule", "customer.*"), 1),
        (("--system", "salesforce"), 0),
        (("--limit", "1"), 1),
        (("--state", "all"), 3),
    ],
)
def test_findings_are_filtered(recon: Run, options: tuple[str, ...], count: int) -> None:
    recon("audit")
    assert len(json.loads(recon("findings", "--json", *options)[1])) == count


def test_personal_data_is_masked_unless_asked_for(recon: Run) -> None:
    recon("audit")
    assert "ada@example.com" not in recon("findings", "--rule", "customer.*")[1]
    assert "ada@example.com" in recon("findings", "--rule", "customer.*", "--show-pii")[1]


def test_a_finding_is_shown_waived_and_taken_back(recon: Run) -> None:
    recon("audit")
    finding = json.loads(recon("findings", "--json", "--record", "#1")[1])[0]["finding_id"]
    code, out, _ = recon("findings", "show", finding[:8])
    assert code == 0
    assert "Order #1 of 10.00 EUR is not in Salesforce." in out
    assert "shop/orders/part-0000.jsonl, line 7" in out
    code, _, err = recon("findings", "waive", finding, "--reason", "known", "--owner", "ada", "--until", "2099-12-31")
    assert code == 0 and "waivers.toml" in err
    assert recon("findings", "waive", finding, "--reason", "known now", "--owner", "ada", "--until", "2099-12-31")[0] == 0
    recon("audit")
    assert [one["waiver"]["owner"] for one in json.loads(recon("findings", "--json", "--state", "waived")[1])] == ["ada"]
    code, _, err = recon("findings", "unwaive", finding[:8])
    assert code == 0 and "Removed 1 waiver;" in err
    recon("audit")
    assert json.loads(recon("findings", "--json", "--state", "waived")[1]) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("findings", "show", "zzz"), "No finding of that run begins with zzz"),
        (("findings", "waive", "zzz", "--reason", "known", "--owner", "a", "--until", "2099-01-01"), "No finding"),
        (("findings", "waive", "zzz", "--reason", "known", "--owner", "a", "--until", "2020-01-01"), "lies in the past"),
        (("findings", "waive", "zzz", "--reason", "known", "--owner", "a"), "--until"),
        (("findings", "waive", "zzz", "--reason", "known", "--owner", "a", "--until", "tomorrow"), "--until"),
        (("findings", "unwaive", "zzz"), "holds no waiver"),
        (("findings", "--rule", "order.missing"), "That run knows no rule order.missing. Did you mean order."),
        (("findings", "--system", "shopp"), "That run knows no system shopp. It knows "),
        (("findings", "--run", "other"), "There is no run other"),
        (("audit", "--snapshot", "other"), "other is no finished snapshot"),
        (("rules", "show", "order.missing"), "There is no rule order.missing. Did you mean order."),
        (("sql", "select 1; select 2"), "holds 2 statements"),
        (("sql", "drop table orders"), "Only SELECT is possible here"),
        (("sql", "select nonsense from orders"), "nonsense"),
        (("sql", "--json", "--csv", "select 1"), "contradict"),
    ],
)
def test_mistakes_are_one_sentence(recon: Run, arguments: tuple[str, ...], words: str) -> None:
    recon("audit")
    code, out, err = recon(*arguments)
    assert code == 2
    assert words in err
    assert out == ""


def test_a_filter_that_fits_nothing_says_so(recon: Run) -> None:
    recon("audit")
    code, out, err = recon("findings", "--record", "nobody")
    assert (code, out) == (0, "")
    assert "No finding of this run fits" in err


def test_findings_without_history_say_what_to_do(recon: Run) -> None:
    code, _, err = recon("findings")
    assert code == 2
    assert "There is no run in the history yet. Start one with `recon run` or `recon audit`." in err


def test_sql_answers_as_table_json_and_csv(recon: Run) -> None:
    query = "select o.record_id, o.total, o.created_at from orders as o order by o.record_id"
    assert recon("sql", query)[1].splitlines()[2] == "1          10.000000  2026-11-19T09:00:00Z"
    assert json.loads(recon("sql", "--json", query)[1])[0] == {"record_id": "1", "total": "10.000000", "created_at": "2026-11-19T09:00:00Z"}
    assert recon("sql", "--csv", query)[1].splitlines() == [
        "record_id,total,created_at",
        "1,10.000000,2026-11-19T09:00:00Z",
        "2,10.000000,2026-11-19T09:00:00Z",
    ]
    _, out, err = recon("sql", "--limit", "1", query)
    assert len(out.splitlines()) == 3
    assert "first 1 rows" in err


@pytest.mark.parametrize("query", ["select * from read_text('/etc/hostname')", "select * from glob('/etc/*')", "select getenv('HOME')"])
def test_sql_reaches_nothing_outside(recon: Run, query: str) -> None:
    assert recon("sql", query)[0] == 2


def test_rules_are_listed_shown_and_tested(recon: Run, workspace: Any) -> None:
    code, out, _ = recon("rules", "list", "--json")
    assert code == 0 and len(json.loads(out)) == len(load(Settings()).rules)
    assert "$grace_minutes = 15 minutes" in recon("rules", "show", MISSING)[1]
    assert json.loads(recon("rules", "show", MISSING, "--json")[1])["params"]["grace_minutes"]["value"] == 15
    assert recon("rules", "test", "inventory.oversold")[0] == 0
    workspace.rule("try.mine", "select o.system, o.record_id, o.number as label, 'Order is there.' as message from orders as o")
    data = workspace.folder / "queries/rules/try/mine.toml"
    data.write_text(
        '[[case]]\nname = "an order"\norders = [{ system = "shop", record_id = "1", number = "#1" }]\nexpect = [{ record_id = "1" }]\n'
    )
    assert recon("rules", "test", "try.mine")[0] == 0
    data.write_text(data.read_text().replace('expect = [{ record_id = "1" }]', "expect = []"))
    code, out, _ = recon("rules", "test", "try.mine")
    assert code == 3 and "did not expect the finding" in out
    workspace.rule("try.broken", "select")
    code, _, _ = recon("rules", "list")
    assert code == 0, "listing does not bind"
    code, out, _ = recon("rules", "test", "try.broken")
    assert code == 3 and "is not valid SQL" in out


def test_an_override_of_a_rule_that_does_not_exist_is_said(recon: Run, workspace: Any) -> None:
    with workspace.settings.path.open("a") as file:
        file.write('[rules."order.total_drft"]\nenabled = false\n')
    assert '[rules."order.total_drft"] names no rule. Did you mean order.total_drift?' in recon("audit")[2]


def test_the_page_of_rules_names_every_rule_column_and_parameter() -> None:
    page = rules_markdown()
    for rule in load(Settings()).rules:
        assert f"### {rule.id}\n" in page
        for name in rule.header.params:
            assert f"`{name}`" in page
    for column in CONTRACT:
        assert f"| `{column}` |" in page


def test_the_rule_in_the_docs_works(workspace: Any) -> None:
    from recon.audit import ruletest

    page = rules_markdown()
    path = workspace.folder / "queries/rules/order/large_without_buyer.sql"
    path.parent.mkdir(parents=True)
    path.write_text(page.split("```sql\n")[1].split("```")[0])
    path.with_suffix(".toml").write_text(page.split("```toml\n")[2].split("```")[0])
    (report,) = ruletest.run_all(workspace.settings, ["order.large_without_buyer"])
    assert report == ruletest.Report("order.large_without_buyer", "2 cases", ())


def test_a_list_that_is_cut_says_so_also_when_quiet(recon: Run) -> None:
    recon("audit")
    code, out, err = recon("findings", "--quiet", "--limit", "1")
    assert code == 0 and len(out.splitlines()) == 3
    assert "Only the first 1 are shown" in err
    assert "Only the first 1 rows are shown" in recon("sql", "--quiet", "--limit", "1", "select record_id from orders")[2]


def test_csv_for_a_spreadsheet_holds_no_formulas(recon: Run) -> None:
    query = "select '=1+1' as a, -5 as b, '-5.10' as c, cast(-1.5 as decimal(9, 2)) as d, '@x' as e, '-x' as f, null as g"
    assert recon("sql", "--csv", query)[1].splitlines()[1] == "=1+1,-5,-5.10,-1.50,@x,-x,"
    assert recon("sql", "--safe-csv", query)[1].splitlines()[1] == "'=1+1,-5,-5.10,-1.50,'@x,'-x,"
    code, _, err = recon("sql", "--safe-csv", "--csv", query)
    assert code == 2 and "contradict" in err


def test_a_rule_that_lies_elsewhere_is_named_and_leaves_no_verdict(recon: Run, workspace: Any) -> None:
    workspace.rule("own.one", "select 'shop' as system, '1' as record_id, 'a' as label, 'b' as message where false")
    right = workspace.folder / "queries/rules/own/one.sql"
    (workspace.folder / "queries/drift").mkdir()
    stray = workspace.folder / "queries/drift/one.sql"
    stray.write_text(right.read_text())
    (workspace.folder / "queries/note.sql").write_text("select 1")
    code, out, err = recon("rules", "list")
    assert code == 3 and "own.one" in out
    assert "queries/drift/one.sql looks like a rule, but no rule is looked for there. Move it to queries/rules/<area>/one.sql." in err
    assert "note.sql" not in err
    assert recon("audit")[0] == 3
    stray.unlink()
    assert recon("rules", "list")[0] == 0
