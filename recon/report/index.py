"""reports/index.html: one line per run, made from history in one go; old reports are never rendered again for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recon.audit import history
from recon.audit.result import AuditResult
from recon.config.settings import SEVERITIES, Settings
from recon.report import html
from recon.report.files import run_folder, write
from recon.report.result import points_of
from recon.report.words import Words

RUNS = 400
"""Lines of the index; older runs stay in history."""


def write_index(settings: Settings) -> Path:
    """Write the index of the state folder and return its path."""
    latest = history.load(settings.state_dir, None, limit=1)
    folder = settings.state_dir / "reports"
    return write(folder / "index.html", [render(latest, settings, folder)])


def render(latest: AuditResult, settings: Settings, folder: Path) -> bytes:
    """The page; a run is linked to where its report is still there."""
    points = points_of(latest, RUNS)
    runs: list[dict[str, Any]] = []
    for place, point in enumerate(points):
        total = sum(point.open.values())
        before = points[place - 1] if place else None
        has_report = (run_folder(settings.state_dir, point.run_id) / "report.html").is_file()
        runs.append(
            {
                "run_id": point.run_id,
                "at": point.at,
                "outcome": point.outcome,
                "open": point.open,
                "total": total,
                "change": total - sum(before.open.values()) if before and "no_verdict" not in (before.outcome, point.outcome) else None,
                "href": f"{point.run_id}/report.html" if has_report else None,
            }
        )
    page = {"title": latest.run.title, "runs": runs[::-1], "trend": _trend(runs[-30:]), "SEVERITIES": SEVERITIES}
    return html.page("index.html", Words(settings.report.locale), page)


def _trend(runs: Sequence[dict[str, Any]]) -> list[int | None]:
    return [None if run["outcome"] == "no_verdict" else run["total"] for run in runs]
