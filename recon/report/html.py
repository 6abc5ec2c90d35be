"""report.html: one file that opens from mail, disk or a share, without network, and is readable without scripts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from recon import assets
from recon.report import view
from recon.report.model import OPEN_STATES, Finding, Result
from recon.report.second import GONE, sentences
from recon.report.words import SYMBOLS, Words, clock, day, glued, plural, when

ROWS = 25
"""Findings of a rule that are written into the page; the others are drawn by the script when asked for."""


def render(result: Result, *, most: int = 20000, index: bool = False) -> bytes:
    """The page of one run; ``most`` findings are embedded, worst first. The same result gives the same bytes.

    ``index`` True links to the list of runs, for a page that stays in the state folder.
    """
    words = Words(result.run.locale)
    embedded = result.findings[:most]
    resolved = result.resolved[: max(0, most - len(embedded))]
    groups = {one.finding_id: one for one in result.identity.duplicates} if result.identity else {}
    rows = {item.finding_id: view.row(item, words, groups.get(item.finding_id)) for item in [*embedded, *resolved]}
    values = {
        "index": index,
        "result": result,
        "rows": _by_rule(embedded, rows),
        "top": [rows[key] for key in result.totals.top if key in rows],
        "resolved": [rows[item.finding_id] for item in resolved],
        "waived": [rows[item.finding_id] for item in embedded if item.state == "waived"],
        "embedded": len(embedded),
        "payload": _payload(result, list(rows.values())),
        "matrix": view.matrix(result)[0],
        "one_sided": view.matrix(result)[1],
        "gaps": view.gaps(result),
        "agreement": {(item.entity, item.shop_system): item for item in result.match},
        "unfolded": view.open_rules(result.rules),
        "second": list(sentences(result.second_look, words)),
        "related": [view.card(one, words) for one in result.identity.related[:ROWS]] if result.identity else [],
        "causes": view.causes(result.rules),
        "expiring": view.expiring(result),
        "by_recon": sum(item.corrected_by is not None for item in resolved),
        "ROWS": ROWS,
    }
    return page("report.html", words, values, run=result.run.id)


def _by_rule(findings: list[Finding], rows: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in findings:
        if item.state in OPEN_STATES or item.state == "unknown":
            found[item.rule].append(rows[item.finding_id])
    return found


def _payload(result: Result, rows: list[dict[str, Any]]) -> str:
    """Findings for the script: gzip, then base64. Nothing in it can end the element that holds it."""
    data = {
        "locale": result.run.locale.replace("_", "-"),
        "run": result.run.id,
        "rules": {rule.id: rule.title for rule in result.rules},
        "systems": {system.name: system.title or system.name for system in result.systems},
        "titles": view.TITLES,
        "planned": view.PLANNED,
        "tags": view.TAGS,
        "objects": view.objects(result),
        "findings": [view.slim(item) for item in rows],
    }
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(assets.folder("reports")),
        autoescape=True,  # NOTE: select_autoescape() goes by the file's name; here nothing is ever left unescaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(SYMBOLS=SYMBOLS, GONE=GONE, PLANNED=view.PLANNED, TAGS=view.TAGS, SOON=view.SOON)
    environment.globals.update(spark=view.spark, within_of=view.within, title_of=view.title_of, plural=plural)
    environment.filters.update(when=when, clock=clock, day=day, glued=glued)
    return environment


def page(name: str, words: Words, values: dict[str, Any], run: str = "") -> bytes:
    """A template with its style and script inlined and allowed by their hashes."""
    folder = assets.folder("reports")
    style = (folder / "report.css").read_text(encoding="utf-8")
    if name in {"index.html", "trace.html"}:
        style += (folder / "pages.css").read_text(encoding="utf-8")
    if run:
        # NOTE: the foot of printed pages can only be given in CSS; a run id with other characters is left out.
        style += f'\n@page {{ @bottom-left {{ content: "recon {run if re.fullmatch(r"[A-Za-z0-9_.-]+", run) else ""}"; }} }}\n'
    script = (folder / "report.js").read_text(encoding="utf-8") if name == "report.html" else ""
    policy = f"default-src 'none'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'"
    if script:
        policy += f"; script-src '{_digest(script)}'"
    text = _environment().get_template(name).render(words=words, style=Markup(style), script=Markup(script), policy=policy, **values)  # noqa: S704 - our own files
    return text.encode("utf-8", "replace")  # a lone surrogate has no UTF-8 form


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
