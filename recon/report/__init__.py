"""Findings into one result object, and from it HTML, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the renderers are only imported when something is rendered, so that --help is quick
    from recon.audit.result import AuditResult
    from recon.config.settings import Settings
    from recon.report.model import Finding, Result

__all__ = ["all_findings", "load", "write_all"]

FORMATS = {"html": "report.html", "json": "report.json", "csv": "findings.csv"}
"""Format → name of its file in the folder of a run."""


def load(settings: Settings, run_id: str | None = None, *, show_personal: bool | None = None) -> tuple[AuditResult, Result]:
    """A run from history (the latest without ``run_id``) and its result object.

    Raises UsageError for a run that history does not have and StoreError where it cannot be read.
    """
    from recon.audit import history
    from recon.report.result import build

    source = history.load(settings.state_dir, run_id, limit=settings.report.max_findings)
    return source, build(source, settings.report, show_personal=show_personal)


def all_findings(settings: Settings, source: AuditResult, result: Result) -> Iterator[Finding]:
    """Every finding of the run in its public form, also those beyond the limit of one page."""
    from recon.audit import history
    from recon.report.result import stream

    if len(result.findings) >= source.findings_total and len(result.resolved) >= source.resolved_total:
        return iter([*result.findings, *result.resolved])
    return stream(source, history.stream(settings.state_dir, source.run.id), show_personal=result.run.personal_data == "shown")


def write_all(settings: Settings, run_id: str | None = None, *, show_personal: bool | None = None) -> Path:
    """Write report.html, report.json and findings.csv of a run into the state folder and the index over all runs beside them.

    Returns the path of report.html. The same run gives the same bytes, whenever and how often it is written.
    """
    from recon.report import csv, html, index, json
    from recon.report.files import run_folder, sweep, write

    source, result = load(settings, run_id, show_personal=show_personal)
    sweep(settings.state_dir)
    folder = run_folder(settings.state_dir, result.run.id)
    write(folder / FORMATS["csv"], csv.render(all_findings(settings, source, result)))
    write(folder / FORMATS["json"], json.render(result, _unresolved(settings, source, result)))
    path = write(folder / FORMATS["html"], [html.render(result, most=settings.report.max_findings, index=True)])
    index.write_index(settings)
    return path


def _unresolved(settings: Settings, source: AuditResult, result: Result) -> Iterator[Finding]:
    return (item for item in all_findings(settings, source, result) if item.state != "resolved")
