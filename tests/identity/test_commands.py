"""The commands of `recon identity` on a warehouse of a few people."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.cli import run
from recon.config.load import default_settings
from recon.config.settings import Settings
from recon.errors import ConfigError, StoreError, UsageError
from recon.warehouse import build
from recon.warehouse.engine import connect
from recon.warehouse.identity import calibrate, decisions, explain, lists
from recon.warehouse.identity.decisions import Decision, Record

Put = Callable[..., None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return default_settings().model_copy(update={"path": tmp_path / "recon.toml"})


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with connect(path, read_only=False, locked=False) as con:
        build.create_model(con)
        con.execute("insert into systems by name select 'salesforce' as system, 'salesforce' as kind, 'salesforce' as side")
        con.execute(
            "insert into customers by name select 'salesforce' as system, id as record_id, given as first_name, 'Byron' as last_name, "
            "mail as email_key, '+493012345678' as phone_key from (values "
            "('A', 'Ada', 'ada.byron77@x.example'), ('B', 'Ada', 'ada.byron77@x.example'), "
            "('C', 'Charles', 'ada.byron77@x.example'), ('D', 'Zoe', 'z@y.example')) as t (id, given, mail)"
        )
        build.match(con)
    return path


def test_the_bits_add_up_to_the_score(warehouse: Path) -> None:
    found = explain.explain(warehouse, "salesforce:A", "B")
    assert found.tier == "certain"
    assert found.prior + sum((one.bits for one in found.evidence), Decimal()) == found.score
    assert {one.field: one.level for one in found.evidence} == {"given": "exact", "family": "exact", "email": "exact", "phone": "exact"}
    assert found.group == (Record("salesforce", "A"), Record("salesforce", "B"))
    assert found.sentence.startswith("certain: ")


def test_the_score_is_the_one_that_the_audit_used(warehouse: Path) -> None:
    with connect(warehouse) as con:
        known = con.execute("select score, tier from identity_pairs where record_id = 'A' and other_id = 'B'").fetchall()
    found = explain.explain(warehouse, "A", "B")
    assert known == [(found.score, found.tier)]


def test_a_veto_is_named(warehouse: Path) -> None:
    found = explain.explain(warehouse, "A", "C")
    assert (found.tier, found.veto, found.group) == ("related", "given", ())
    assert found.sentence.startswith("kept apart (different given names): ")


def test_a_customer_who_is_not_there_is_named(warehouse: Path) -> None:
    with pytest.raises(UsageError, match="No system of this snapshot has a customer nobody"):
        explain.explain(warehouse, "A", "nobody")
    with pytest.raises(UsageError, match="same record"):
        explain.explain(warehouse, "A", "salesforce:A")


def test_few_pairs_change_no_weight_much(warehouse: Path, tmp_path: Path) -> None:
    found = calibrate.calibrate(warehouse)
    assert max(abs(one.gained) for one in found.proposals) < 0.1
    assert found.before == found.after
    calibrate.write(tmp_path / "weights.csv", found)
    written = lists.weights(tmp_path / "weights.csv")
    assert [(one.field, one.level, one.m) for one in written] == [(one.weight.field, one.weight.level, one.m) for one in found.proposals]


def test_decisions_are_kept_replaced_and_taken_back(settings: Settings) -> None:
    one, other = Record("salesforce", "B"), Record("salesforce", "A")
    decisions.decide(settings, Decision(first=str(one), second=str(other), verdict="same", reason='asked "them"'))
    assert [(each.pair, each.verdict) for each in decisions.load(settings)] == [((other, one), "same")]
    decisions.decide(settings, Decision(first=str(other), second=str(one), verdict="not-same"))
    assert [each.verdict for each in decisions.load(settings)] == ["not-same"]
    assert decisions.forget(settings, one, other)
    assert not decisions.forget(settings, one, other)
    assert decisions.load(settings) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[decisions]]\nfirst = 'a:1'\nsecond = 'a:1'\nverdict = 'same'\n", "names the same record twice"),
        ("[[decisions]]\nfirst = 'a'\nsecond = 'b:1'\nverdict = 'same'\n", "not of the form system:record"),
        ("[[decisions]]\nfirst = 'a:1'\nsecond = 'b:1'\nverdict = 'perhaps'\n", "not valid at verdict"),
        ("[[waivers]]\n", "has no table 'waivers'"),
        ("[[decisions", "cannot be read as TOML"),
        (
            "[[decisions]]\nfirst = 'a:1'\nsecond = 'b:1'\nverdict = 'same'\n"
            "[[decisions]]\nfirst = 'b:1'\nsecond = 'a:1'\nverdict = 'not-same'\n",
            "says same and not-same",
        ),
        (
            "[[decisions]]\nfirst = 'a:1'\nsecond = 'a:2'\nverdict = 'same'\n"
            "[[decisions]]\nfirst = 'a:3'\nsecond = 'a:2'\nverdict = 'same'\n"
            "[[decisions]]\nfirst = 'a:3'\nsecond = 'a:4'\nverdict = 'same'\n"
            "[[decisions]]\nfirst = 'a:1'\nsecond = 'a:4'\nverdict = 'not-same'\n",
            "says not-same of a:1 and a:4, and same of both by way of a:2, a:3",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(settings: Settings, text: str, said: str) -> None:
    (settings.workspace / decisions.FILE_NAME).write_text(text)
    with pytest.raises(ConfigError, match=said):
        decisions.load(settings)


def test_decide_writes_what_the_next_audit_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recon.toml").write_text('title = "x"\n')
    assert run(["identity", "decide", "salesforce:A", "salesforce:B", "not-same", "--reason", "father and son"]) == 0
    assert "holds from the next audit on" in capsys.readouterr().err
    assert run(["identity", "decide", "salesforce:A", "B", "same"]) == 2
    assert run(["identity", "decide", "salesforce:A", "salesforce:A", "same"]) == 2
    assert run(["identity", "decide", "salesforce:A", "salesforce:B", "forget"]) == 0
    assert run(["identity", "decide", "salesforce:A", "salesforce:B", "forget"]) == 2


def test_a_decision_or_another_weight_builds_the_warehouse_anew(tmp_path: Path) -> None:
    plain = build.identity("s1", {})
    decided = build.identity("s1", {}, [Decision(first="a:1", second="b:1", verdict="same")])
    weights = tmp_path / "w.csv"
    weights.write_text("field,level,m,u,floor,why\n")
    assert len({json.dumps(one) for one in (plain, decided, build.identity("s1", {}, (), weights))}) == 3


def test_every_level_of_a_comparison_is_said_in_words() -> None:
    levels = {(one.field, one.level) for one in lists.weights() if one.field not in {"prior", "swapped"}}
    assert levels | {("given", "swapped")} == set(explain.SAID)


def written(path: Path, change: Callable[[list[str]], list[str]]) -> Path:
    lines = (lists.folder() / "weights.csv").read_text().splitlines()
    path.write_text("\n".join(change(lines)) + "\n")
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[:1], "has no weight prior pair"),
        (lambda lines: lines[:-1], "has no weight id same"),
        (lambda lines: [*lines, lines[1]], "has the weight prior pair twice"),
        (lambda lines: [*lines, "shoe,size,0.5,,,"], "knows no weight shoe size"),
        (
            lambda lines: [line.replace("given,typo,0.06,0.004", "given,typo,0.06,") for line in lines],
            "given typo does not fill the same columns",
        ),
        (lambda lines: [line.replace("given,typo,0.06", "given,typo,6") for line in lines], "line 5 is no weight"),
        (lambda lines: ["nothing"], "has no weight prior pair"),
    ],
)
def test_weights_that_would_silence_matching_are_refused(tmp_path: Path, change: Callable[[list[str]], list[str]], said: str) -> None:
    with pytest.raises(StoreError, match=said):
        lists.weights(written(tmp_path / "w.csv", change))


def test_weights_of_a_spreadsheet_are_read_and_other_bytes_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "w.csv", list)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert lists.weights(path) == lists.weights()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="cannot be read"):
        lists.weights(path)


def test_a_proposal_keeps_what_each_weight_means(warehouse: Path, tmp_path: Path) -> None:
    calibrate.write(tmp_path / "w.csv", calibrate.calibrate(warehouse))
    assert [one.why for one in lists.weights(tmp_path / "w.csv")] == [one.why for one in lists.weights()]
    assert all(one.why for one in lists.weights())


def test_what_was_decided_is_told_with_the_explanation(warehouse: Path) -> None:
    apart = Decision(first="salesforce:B", second="salesforce:A", verdict="not-same")
    assert explain.explain(warehouse, "A", "B", decisions=[apart]).decided == "not-same"
    assert explain.explain(warehouse, "A", "C", decisions=[apart]).decided is None


def test_a_record_that_no_snapshot_holds_is_named_when_it_is_decided(
    warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    folder = tmp_path / ".recon/snapshots/20261123T020000Z-7f3a"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    warehouse.rename(folder / "warehouse.duckdb")
    assert run(["identity", "decide", "salesforce:A", "salesforce:typo", "not-same"]) == 0
    said = capsys.readouterr().err
    assert "has no customer salesforce:typo" in said
    assert "has no customer salesforce:A" not in said


def test_the_short_form_of_an_id_is_written_in_full(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recon.toml").write_text(
        'config_version = 1\n[systems.salesforce]\nkind = "salesforce"\nurl = "https://x.example"\n'
        'client_id = "x"\nclient_secret = "env:X"\n'
        '[systems.shop]\nkind = "shopify"\nshop = "x.myshopify.com"\nclient_id = "x"\nclient_secret = "env:X"\n'
    )
    assert run(["identity", "decide", "salesforce:003Q0000000dupA", "shop:123456789012345", "same"]) == 0
    text = (tmp_path / decisions.FILE_NAME).read_text()
    assert '"salesforce:003Q0000000dupAIAQ"' in text
    assert '"shop:123456789012345"' in text


def test_a_decision_against_others_is_refused_and_one_of_them_can_be_taken_back(settings: Settings) -> None:
    for one, other, verdict in (("s:A", "s:B", "same"), ("s:B", "s:C", "same"), ("s:C", "s:D", "not-same")):
        decisions.decide(settings, Decision.model_validate({"first": one, "second": other, "verdict": verdict}))
    against = Decision(first="s:C", second="s:A", verdict="not-same")
    with pytest.raises(ConfigError, match="by way of s:B"):
        decisions.decide(settings, against)
    assert len(decisions.load(settings)) == 3
    assert decisions.forget(settings, Record("s", "A"), Record("s", "B"))
    decisions.decide(settings, against)
    assert len(decisions.load(settings)) == 3


def test_blanks_around_a_record_do_not_count_and_other_bytes_are_refused(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    assert Record.parse(" salesforce : 003A ") == Record("salesforce", "003A")
    assert run(["identity", "decide", "salesforce:A", "salesforce:B", "same", "--reason", "\udcff"]) == 2
    assert not (tmp_path / decisions.FILE_NAME).exists()


@pytest.mark.parametrize(("name", "text"), [(decisions.FILE_NAME, "[[decisions"), (decisions.WEIGHTS_NAME, "field,level,m,u,floor,why\n")])
def test_a_run_names_what_cannot_be_meant_before_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    (tmp_path / name).write_text(text)
    assert run(["run"]) in {2, 3}
    assert name in capsys.readouterr().err
    assert not (tmp_path / ".recon/snapshots").exists()
