"""Reports in the state folder, from a real history: whole files, private, the same bytes, and an index over all runs."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from recon import report
from recon.audit import history
from recon.cli.report import command
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.report import terminal
from recon.report.files import run_folder, write

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
Day = Callable[..., str]


def test_a_run_is_written_into_the_state_folder(settings: Settings, day: Day) -> None:
    path = report.write_all(settings, day(3))
    assert path == settings.state_dir / "reports" / path.parent.name / "report.html"
    assert sorted(file.name for file in path.parent.iterdir()) == ["findings.csv", "report.html", "report.json"]
    data = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((path.parent / "findings.csv").read_text(encoding="utf-8-sig"), newline="")))
    assert len(data["findings"]) == len(rows) == 3
    assert data["verdict"]["sentence"] == "3 critical differences, 7.50 EUR affected."


def test_files_are_private(settings: Settings, day: Day) -> None:
    path = report.write_all(settings, day(1))
    for file in [*path.parent.iterdir(), path.parent.parent / "index.html"]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_writing_again_gives_the_same_bytes_also_after_later_runs(settings: Settings, day: Day) -> None:
    first = day(5)
    path = report.write_all(settings, first)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    report.write_all(settings, day(2))
    report.write_all(settings, first)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_the_trend_and_the_index_come_from_history_not_from_old_files(settings: Settings, day: Day) -> None:
    runs = [day(3), day(5), day(2)]
    path = report.write_all(settings, runs[-1])
    data = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert [point["open"]["critical"] for point in data["trend"]] == [3, 5, 2]
    calm = r"Nothing new since .+; 2 differences are still open, 4\.00 EUR affected in all; 3 resolved\."
    assert re.fullmatch(calm, data["verdict"]["sentence"])
    index = (path.parent.parent / "index.html").read_text(encoding="utf-8")
    assert all(run in index for run in runs)
    assert index.count('href="') == 1 and f'href="{runs[-1]}/report.html"' in index


def test_the_index_tells_what_came_and_went_and_how_long_it_took(settings: Settings, day: Day) -> None:
    for orders in (4, 2, 3):
        report.write_all(settings, day(orders))
    index = (settings.state_dir / "reports" / "index.html").read_text(encoding="utf-8")
    cells = re.findall(r'data-label="(new|resolved)">([^<]+)<', index)
    assert cells == [("new", "1"), ("resolved", "–"), ("new", "–"), ("resolved", "2"), ("new", "–"), ("resolved", "–")]
    assert "Median time to resolve: critical 24 h (2 resolved). 1 open finding came back." in index
    asked: list[str] = []
    with history.opened(settings.state_dir) as store:
        con = store.connection
        store._con = SimpleNamespace(execute=lambda sql, *values: asked.append(sql) or con.execute(sql, *values))  # type: ignore[assignment]
        assert [point.severities["critical"] for point in store.points(1000)] == [4, 2, 3]
        store._con = con
    assert len(asked) == 1, "however many runs there are"


def test_the_index_escapes_what_it_is_given(settings: Settings, day: Day) -> None:
    settings.title = "</title><script>alert(1)</script>"
    index = report.write_all(settings, day(1)).parent.parent / "index.html"
    text = index.read_text(encoding="utf-8")
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "Content-Security-Policy" in text and "default-src &#39;none&#39;" in text


def test_a_day_without_a_verdict_is_a_gap_and_never_resolves(settings: Settings, day: Day) -> None:
    day(2)
    blind = day(2, covered=False)
    path = report.write_all(settings, blind)
    data = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert data["verdict"]["outcome"] == "no_verdict" and data["resolved"] == []
    assert {item["state"] for item in data["findings"]} == {"unknown"}
    assert 'class="verdict blind"' in path.read_text(encoding="utf-8")


def test_more_findings_than_a_page_holds_are_all_in_csv_and_json(settings: Settings, day: Day) -> None:
    settings.report.max_findings = 100
    path = report.write_all(settings, day(130))
    assert "holds the 100 worst of 130 findings" in path.read_text(encoding="utf-8")
    data = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert len(data["findings"]) == data["findings_total"] == 130
    assert len((path.parent / "findings.csv").read_text(encoding="utf-8").splitlines()) == 131


def test_the_terminal_says_what_the_report_says(settings: Settings, day: Day) -> None:
    day(1)
    run = day(3)
    said = "\n".join(terminal.summarise(settings, run))
    assert re.search(r"2 new critical differences since .+, 7\.50 EUR affected in all\.", said)
    assert "order.missing_in_salesforce" in said and "◆ critical" in said


def run_command(settings: Settings, *arguments: str) -> Any:
    return CliRunner().invoke(command, ["--config", str(settings.path), *arguments])


def test_the_command_prints_the_path_last(settings: Settings, day: Day) -> None:
    day(2)
    result = run_command(settings, "--format", "csv")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip().endswith("findings.csv") and Path(result.stdout.strip()).is_file()
    assert "2 critical differences" in result.stderr


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was opened in one, from a terminal."""
    seen: list[str] = []
    monkeypatch.setattr("recon.cli.report.is_interactive", lambda: True)
    monkeypatch.setattr("recon.cli.report.webbrowser.open", seen.append)
    return seen


@pytest.mark.usefixtures("told_once")
def test_the_page_is_opened_when_somebody_is_there_to_see_it(
    settings: Settings, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = [Path(run_command(settings).stdout.strip()).as_uri()]
    assert browser == page  # on findings, which there are
    run_command(settings, "--open", "never")
    run_command(settings, "--open", "always", "--format", "csv")
    assert browser == page
    run_command(settings, "--open", "always")
    assert browser == page * 2
    monkeypatch.setattr("recon.cli.report.is_interactive", lambda: False)
    run_command(settings, "--open", "always")
    assert browser == page * 2


def test_without_findings_the_page_is_opened_only_when_asked_for(settings: Settings, day: Day, browser: list[str]) -> None:
    day(0)
    run_command(settings)
    assert browser == []
    run_command(settings, "--open", "always")
    assert len(browser) == 1


@pytest.mark.parametrize("form", ["html", "json", "csv"])
def test_a_dash_means_stdout(settings: Settings, day: Day, form: str) -> None:
    day(2)
    result = run_command(settings, "--format", form, "--output", "-")
    assert result.exit_code == 0 and result.stderr == ""
    begin = {"html": b"<!doctype html>", "json": b"{", "csv": b"\xef\xbb\xbfrule,"}[form]
    assert result.stdout_bytes.lstrip().startswith(begin)


def test_a_file_elsewhere_has_no_link_to_the_index(settings: Settings, day: Day, tmp_path: Path) -> None:
    day(1)
    result = run_command(settings, "--output", str(tmp_path / "out" / "mail.html"))
    assert result.exit_code == 0, result.output
    assert "index.html" not in (tmp_path / "out" / "mail.html").read_text(encoding="utf-8")


def test_a_folder_is_no_file_to_write(settings: Settings, day: Day, tmp_path: Path) -> None:
    day(1)
    result = run_command(settings, "--output", str(tmp_path))
    assert result.exit_code == 2 and "is a directory" in result.stderr


def test_runs_can_be_listed(settings: Settings, day: Day) -> None:
    runs = [day(1), day(2)]
    assert run_command(settings, "--list").stdout.split() == runs[::-1]


def test_a_run_that_is_not_there_is_a_usage_error(settings: Settings, day: Day) -> None:
    with pytest.raises(UsageError, match="no run in the history"):
        report.write_all(settings)
    day(1)
    with pytest.raises(UsageError, match="nothing"):
        report.write_all(settings, "nothing")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\x00", "x" * 200, "-x", "ü"])
def test_a_run_id_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        run_folder(tmp_path, name)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = write(tmp_path / "report.html", [b"old"])

    def broken() -> Any:
        yield b"new"
        raise RuntimeError("stopped in the middle")

    with pytest.raises(RuntimeError):
        write(path, broken())
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
