"""Findings into one result object, and from it HTML, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the renderers are only imported when something is rendered, so that --help is quick
    from recon.audit.result import AuditResult
    from recon.config.settings import Settings
    from recon.report.model import Finding, Result

__all__ = ["FORMATS", "all_findings", "load", "render", "write_all"]

FORMATS = {
    "html": "report.html",
    "json": "report.json",
    "csv": "findings.csv",
    "xlsx": "findings.xlsx",
    "parquet": "findings.parquet",
    "ndjson": "findings.ndjson",
    "markdown": "summary.md",
    "junit": "junit.xml",
}
"""Format → name of its file in the folder of a run."""

ALWAYS = ("csv", "json", "html")
"""Formats that every run writes; the others are made when asked for."""


def render(settings: Settings, form: str, source: AuditResult, result: Result, *, index: bool = False) -> Iterable[bytes]:
    """A run in one of :data:`FORMATS`, in pieces; lists hold every finding, also those beyond the limit of one page."""
    from recon.report import csv, html, json, junit, markdown, ndjson, parquet, xlsx

    if form == "html":
        return [html.render(result, most=settings.report.max_findings, index=index)]
    if form == "markdown":
        return [markdown.render(result)]
    if form == "junit":
        return [junit.render(result)]
    everything = all_findings(settings, source, result)
    if form == "json":
        return json.render(result, (item for item in everything if item.state != "resolved"))
    if form == "xlsx":
        return xlsx.render(result, everything)
    return {"csv": csv.render, "parquet": parquet.render, "ndjson": ndjson.render}[form](everything)


def load(settings: Settings, run_id: str | None = None, *, show_personal: bool | None = None) -> tuple[AuditResult, Result]:
    """A run from history (the latest without ``run_id``) and its result object.

    Raises UsageError for a run that history does not have and StoreError where it cannot be read.
    """
    from recon.audit import history
    from recon.report import corrections
    from recon.report.result import build

    source = history.load(settings.state_dir, run_id, limit=settings.report.max_findings)
    result = build(source, settings.report, show_personal=show_personal)
    found = corrections.of_run(settings.state_dir, source, show_personal=result.run.personal_data == "shown")
    return source, corrections.attach(result, found, settings.state_dir)


def all_findings(settings: Settings, source: AuditResult, result: Result) -> Iterator[Finding]:
    """Every finding of the run in its public form, also those beyond the limit of one page."""
    from recon.audit import history
    from recon.report import corrections
    from recon.report.result import stream

    if len(result.findings) >= source.findings_total and len(result.resolved) >= source.resolved_total:
        return iter([*result.findings, *result.resolved])
    shown = result.run.personal_data == "shown"
    found = corrections.of_run(settings.state_dir, source, show_personal=shown)
    return map(found.told, stream(source, history.stream(settings.state_dir, source.run.id), show_personal=shown))


def write_all(settings: Settings, run_id: str | None = None, *, show_personal: bool | None = None, also: Iterable[str] = ()) -> Path:
    """Write report.html, report.json and findings.csv of a run into the state folder and the index over all runs beside them.

    ``also`` names more of :data:`FORMATS`. Returns the path of report.html. The same run gives the same bytes, whenever and how often
    it is written.
    """
    from recon.report import index
    from recon.report.files import run_folder, sweep, write

    source, result = load(settings, run_id, show_personal=show_personal)
    sweep(settings.state_dir)
    folder = run_folder(settings.state_dir, result.run.id)
    for form in dict.fromkeys((*ALWAYS, *also)):
        write(folder / FORMATS[form], render(settings, form, source, result, index=True))
    index.write_index(settings)
    return folder / FORMATS["html"]
