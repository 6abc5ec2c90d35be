"""summary.md: the verdict in at most twenty lines, for a pull request, a job summary or a chat."""

from __future__ import annotations

import re

from recon.report.model import Result, Rule
from recon.report.words import SYMBOLS, Words, join, plural

LINES = 20
RULES = 8

_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#+!|~@-])")


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, link, mention or line end of its own."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def render(result: Result) -> bytes:
    """The page; never more than :data:`LINES` lines."""
    words = Words(result.run.locale)
    lines = [f"**{escaped(result.verdict.sentence)}**"]
    if result.verdict.detail:
        lines += ["", escaped(result.verdict.detail)]
    failed = [rule for rule in result.rules if rule.state == "findings"]
    if failed:
        lines += ["", "| severity | open | new | affected | rule |", "|---|---:|---:|---:|---|"]
        lines += [_line(rule, words) for rule in failed[:RULES]]
    if len(failed) > RULES:
        more = sum(rule.counts.open for rule in failed[RULES:])
        lines += ["", f"{words.number(more)} more in {len(failed) - RULES} other {plural(len(failed) - RULES, 'rule')}."]
    blind = [rule.id for rule in result.rules if rule.state in {"error", "not_run"}]
    if blind:
        names = [f"`{name}`" for name in blind[:3]] + ([f"{len(blind) - 3} more"] if len(blind) > 3 else [])
        lines += ["", f"Could not look: {join(names)}."]
    lines += ["", f"Run `{result.run.id}`, as of {result.run.as_of or 'unknown'}, exit code {result.run.exit_code}."]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _line(rule: Rule, words: Words) -> str:
    money = ", ".join(words.sums(rule.amounts, 2)) or "–"
    new = words.number(rule.counts.new) if rule.counts.new else "–"
    return f"| {SYMBOLS[rule.severity]} {rule.severity} | {words.number(rule.counts.open)} | {new} | {money} | {escaped(rule.title)} |"
