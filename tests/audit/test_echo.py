"""Corrections come back in the history of fields: what a journal knows is no conflict of ownership, and everything else stays one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.audit import echo
from recon.audit.judge import Bench
from recon.warehouse.build import create_model
from recon.warehouse.engine import connect

ORDER, OTHER = "801000000000001AAA", "801000000000002AAA"
US, FLOW = "005000000000001AAA", "005000000000002AAA"
SENT = datetime(2026, 11, 22, 3, tzinfo=UTC).replace(tzinfo=None)

Made = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Made]:
    """A bench on which the rule has found what ``changes`` say: (record, field, user, moment)."""
    opened: list[Bench] = []

    def make(*changes: tuple[str, str, str, datetime], writers: tuple[str, ...] = ()) -> Bench:
        path = tmp_path / "warehouse.duckdb"
        with connect(path, read_only=False, locked=False) as con:
            create_model(con)
            for number, (record, field, user, moment) in enumerate(changes):
                acts = ["shop"] if user in writers else []
                con.execute(
                    "insert into field_changes by name select 'org' as system, $id as record_id, $record as parent_id, $field as field, "
                    "'orders' as entity, lower($field) as column_name, $user as changed_by, $acts as acts_for, $moment as changed_at",
                    {"id": str(number), "record": record, "field": field, "user": user, "moment": moment, "acts": acts},
                )
        found = Bench(path, tmp_path / "judging", memory="256MB", threads=1)
        opened.append(found)
        for record, field in sorted({(record, field) for record, field, _, _ in changes}):
            count = sum(one[:2] == (record, field) and one[2] not in writers for one in changes)
            found.rows(
                "insert into scratch.findings by name select $rule as rule, $rule as identity, 'shop' as system, $record as salesforce_id, "
                "$field as discriminator, $record || $field as finding_id, 'high' as severity, 'x' as label, 'x' as message, "
                "'certain' as confidence, json_object('changes', $count) as evidence, 'orders' as entity, 'd' as digest",
                {"rule": echo.RULE, "record": record, "field": field.lower(), "count": count},
            )
        return found

    yield make
    for one in opened:
        one.close()


def applied(state: Path, record: str = ORDER, field: str = "Status", result: str | None = "done", user: str = US) -> None:
    """A plan with one change that was sent, in its folder."""
    folder = state / "plans" / f"{record}-{field}"
    folder.mkdir(parents=True)
    change: dict[str, Any] = {"id": "c1", "action": "update", "record_id": record}
    change["fields"] = [{"field": field, "before": "A", "after": "B", "made_by": None}]
    folder.joinpath("plan.json").write_text(json.dumps({"id": "p1", "user_id": user, "changes": [change]}))
    lines: list[dict[str, Any]] = [{"event": "intent", "at": "2026-11-22T03:00:00Z", "changes": {"c1": {"before": {field: "A"}}}}]
    lines += [{"event": "outcome", "change": "c1", "result": result}] if result else []
    folder.joinpath("journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def left(bench: Bench) -> list[str]:
    return [str(row[0]) for row in bench.rows("select finding_id from scratch.findings order by all")]


@pytest.mark.parametrize("result", ["done", "already", None])
def test_what_a_journal_knows_is_no_conflict(bench: Made, tmp_path: Path, result: str | None) -> None:
    applied(tmp_path, result=result)
    found = bench((ORDER, "Status", US, SENT + timedelta(seconds=4)))
    assert echo.drop(found, tmp_path) == ("1 change of a field was a correction of recon, and is no conflict of ownership.",)
    assert left(found) == []


def test_a_lookup_is_known_by_its_name_without_id(bench: Made, tmp_path: Path) -> None:
    applied(tmp_path, field="AccountId")
    found = bench((ORDER, "Account", US, SENT))
    echo.drop(found, tmp_path)
    assert left(found) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((OTHER, "Status", US, SENT), id="another record"),
        pytest.param((ORDER, "Total__c", US, SENT), id="another field"),
        pytest.param((ORDER, "Status", FLOW, SENT), id="another user"),
        pytest.param((ORDER, "Status", US, SENT - timedelta(minutes=11)), id="before it was sent"),
        pytest.param((ORDER, "Status", US, SENT + timedelta(minutes=61)), id="long after it"),
    ],
)
def test_what_no_journal_knows_stays(bench: Made, tmp_path: Path, change: tuple[str, str, str, datetime]) -> None:
    applied(tmp_path)
    found = bench(change)
    assert echo.drop(found, tmp_path) == ()
    assert len(left(found)) == 1


def test_one_change_more_than_ours_is_a_conflict(bench: Made, tmp_path: Path) -> None:
    applied(tmp_path)
    found = bench((ORDER, "Status", US, SENT), (ORDER, "Status", FLOW, SENT + timedelta(hours=5)))
    assert echo.drop(found, tmp_path) == () and len(left(found)) == 1


def test_a_user_that_writes_for_the_owner_hides_nobody_else(bench: Made, tmp_path: Path) -> None:
    applied(tmp_path)
    found = bench((ORDER, "Status", US, SENT), (ORDER, "Status", FLOW, SENT), writers=(US,))
    assert echo.drop(found, tmp_path) == () and len(left(found)) == 1


@pytest.mark.parametrize("result", ["failed", "skipped"])
def test_a_change_that_was_not_made_explains_nothing(bench: Made, tmp_path: Path, result: str) -> None:
    applied(tmp_path, result=result)
    found = bench((ORDER, "Status", US, SENT))
    assert echo.drop(found, tmp_path) == () and len(left(found)) == 1


def test_a_damaged_plan_is_said_and_hides_nothing(bench: Made, tmp_path: Path) -> None:
    applied(tmp_path)
    next((tmp_path / "plans").glob("*/plan.json")).write_text(f'{{"id": "{ORDER}"')
    found = bench((ORDER, "Status", US, SENT))
    (sentence,) = echo.drop(found, tmp_path)
    assert "could not be told" in sentence and len(left(found)) == 1
