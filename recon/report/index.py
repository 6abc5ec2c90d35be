"""reports/index.html: one line per run, made from history in one go; old reports are never rendered again for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recon.audit import history
from recon.audit.result import TrendPoint
from recon.config.settings import SEVERITIES, Settings
from recon.report import html
from recon.report.files import run_folder, write
from recon.report.words import Words, iso
from recon.warehouse.standstill import watched

RUNS = 1000
"""Lines of the index; older runs stay in history."""


def write_index(settings: Settings) -> Path:
    """Write the index of the state folder and return its path."""
    with history.opened(settings.state_dir) as store, watched(store.connection, "the runs for the index were read"):
        points, ended, reopened = store.points(RUNS), store.ended(), store.reopened()
    return write(settings.state_dir / "reports" / "index.html", [render(points, settings, ended, reopened)])


def render(points: Sequence[TrendPoint], settings: Settings, ended: Sequence[tuple[str, int, float]] = (), reopened: int = 0) -> bytes:
    """The page; a run is linked to where its report is still there. ``ended``: severity, how many were resolved, median days until then."""
    runs = [_line(place, points, settings) for place in range(len(points))]
    trend = [None if run["outcome"] == "no_verdict" else run["total"] for run in runs[-30:]]
    words = Words(settings.report.locale)
    lasted = [(severity, count, words.hours(days * 24)) for severity, count, days in ended]
    page = {"title": settings.title, "runs": runs[::-1], "trend": trend, "ended": lasted, "reopened": reopened, "SEVERITIES": SEVERITIES}
    return html.page("index.html", words, page)


def _line(place: int, points: Sequence[TrendPoint], settings: Settings) -> dict[str, Any]:
    point = points[place]
    total = sum(point.severities.values())
    before = next((one for one in reversed(points[:place]) if one.outcome != "no_verdict"), None)
    has_report = (run_folder(settings.state_dir, point.run_id) / "report.html").is_file()
    return {
        "run_id": point.run_id,
        "at": iso(point.started_at),
        "outcome": point.outcome,
        "open": dict(point.severities),
        "total": total,
        "new": point.new if before else None,
        "resolved": point.resolved if before else None,
        "unknown": point.unknown,
        "change": total - sum(before.severities.values()) if before and point.outcome != "no_verdict" else None,
        "href": f"{point.run_id}/report.html" if has_report else None,
    }
