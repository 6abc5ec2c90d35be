"""The index over runs and the page of one record in a real browser: both themes, a phone, without scripts and network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.audit.result import TrendPoint
from recon.config.settings import Settings
from recon.report import index as index_page
from recon.report import trace_page
from recon.report.trace import Below, Change, Correction, Finding, Link, Record, Trace

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CHROMIUM = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None)
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "long" * 40


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        yield chromium
        chromium.close()


def side(system: str, kind: str, title: str, number: str, total: str) -> Record:
    lines = Below(table="order_lines", columns=["sku", "title", "total"], rows=[["TEAPOT", None, total]], more=3)
    return Record(
        system=system,
        side=kind,
        title=title,
        record_id=number,
        url=f"https://{system}.example.com/{number}",
        file=f"{system}/part-0000.jsonl.zst",
        line=7,
        seen_at="2026-11-20T09:00:00Z",
        values={"number": "#77", "total": total, "channel": HOSTILE},
        below=[lines],
    )


def example() -> Trace:
    link = {"shop_system": "shop", "shop_id": "9001", "salesforce_system": "org", "salesforce_id": "801A", "method": "number"}
    change = {"at": "2026-11-19T09:00:00Z", "system": "org", "record_id": "801A", "field": "total", "old": "119.9", "new": HOSTILE}
    finding = {"finding_id": "f", "rule": "order.total_drift", "severity": "high", "state": "resolved", "message": HOSTILE}
    correction = {"plan": "p", "record_id": "801A", "action": "update", "field": "Total__c", "after": HOSTILE, "result": "planned"}
    return Trace(
        kind="order",
        wanted=HOSTILE,
        snapshot_id="20261120T090000Z-test",
        run_id="run",
        personal_data="masked",
        records=[side("shop", "shop", "Acme", "9001", "119.90"), side("org", "salesforce", "Org", "801A", "109.90")],
        fields=["number", "total", "channel"],
        differing=["total"],
        links=[Link(**link, certainty="certain", evidence="number", is_primary=True)],
        changes=[Change(**change, by="Flow", source="history")],
        findings=[Finding(**finding, first_seen_at="2026-11-18T09:00:00Z", resolved_at="2026-11-19T09:00:00Z", reopened=True)],
        corrections=[Correction(**correction)],
    )


@pytest.fixture
def pages(settings: Settings, tmp_path: Path) -> list[Path]:
    settings.title = HOSTILE
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    points = [TrendPoint(f"run-{number}", moment, moment, "problems", {"critical": number}, {}, 1, 1) for number in (3, 1, 2)]
    points.append(TrendPoint("blind", moment, moment, "no_verdict", {}, {}))
    index, record = tmp_path / "index.html", tmp_path / "record.html"
    index.write_bytes(index_page.render(points, settings, [("critical", 2, 1.5)], 1))
    record.write_bytes(trace_page.render(example(), "en"))
    return [index, record]


def test_pages_are_accessible_safe_and_fit(browser: Any, pages: list[Path]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for path in pages:
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, offline=True, bypass_csp=True)
            page, asked = context.new_page(), []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
            page.goto(path.as_uri())
            found = [f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]]
            assert (path.name, scheme, width, found) == (path.name, scheme, width, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.images.length") == 0 and asked == [path.as_uri()]
            context.close()


def test_a_record_has_all_its_sections(browser: Any, pages: list[Path]) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(pages[1].as_uri())
    assert page.locator("section > h2").all_inner_texts() == [
        "Findings", "Values", "Acme", "Org", "Links", "History", "Corrections", "Evidence",
    ]  # fmt: skip
    assert page.locator("tr.differs").all_inner_texts() == ["≠ total\t119.90\t109.90"]
    tops = [box["y"] for box in (one.bounding_box() for one in page.locator("section").all())]
    heights = [box["height"] for box in (one.bounding_box() for one in page.locator("section").all())]
    assert all(below - top - height >= 16 for top, height, below in zip(tops, heights, tops[1:], strict=False)), "sections stand apart"
    context.close()
