"""The page of one traced record; like the report it needs no network and no scripts."""

from __future__ import annotations

from recon.report import html, view
from recon.report.trace import Trace
from recon.report.words import Words


def render(made: Trace, locale: str) -> bytes:
    """The page as bytes; the same trace gives the same bytes."""
    return html.page("trace.html", Words(locale), {"trace": made, "title_of": view.title_of})
