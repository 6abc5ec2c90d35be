"""The one sentence on top: is it fine, is it worse than last time, how much money is affected, could everything be looked at."""

from __future__ import annotations

from recon.report.model import Outcome, Rule, Run, SystemInfo, Totals, Verdict
from recon.report.words import Words, join, plural, since


def write(outcome: Outcome, *, run: Run, totals: Totals, rules: list[Rule], systems: list[SystemInfo], words: Words) -> Verdict:
    """Sentence and detail for an outcome. "Clean" is only said where every rule that is switched on could look."""
    first = run.previous_run_id is None
    if outcome == "no_verdict":
        detail = " ".join(filter(None, (_found(first, run, totals, words), _carried(totals, words))))
        return Verdict(outcome=outcome, sentence=_could_not_look(totals, rules, systems, words), detail=detail)
    if outcome == "clean" and not totals.rules_clean:
        return Verdict(outcome=outcome, sentence="Nothing was compared.", detail="No rule had anything to look at.")
    if outcome == "clean":
        return Verdict(outcome=outcome, sentence=_clean(run, totals, words), detail=_quiet_detail(first, totals, rules, words))
    sentence = _found(first, run, totals, words)
    detail = "This is the first run: there is nothing to compare with yet." if first else _still_open(totals, words)
    return Verdict(outcome=outcome, sentence=sentence, detail=detail)


def _carried(totals: Totals, words: Words) -> str:
    """Findings that are neither open nor resolved, since nobody looked."""
    if not totals.unknown:
        return ""
    was = plural(totals.unknown, "finding of earlier runs was", "findings of earlier runs were")
    return f"{words.number(totals.unknown)} {was} not looked at again and may still be there."


def _count(number: int, severity: str, words: Words, prefix: str = "") -> str:
    return " ".join(part for part in (words.number(number), prefix, severity) if part)


def _found(first: bool, run: Run, totals: Totals, words: Words) -> str:
    if totals.open == 0:
        return ""
    affected = _affected(totals, words)
    if first:
        affected = affected.removesuffix(" in all")
        counts = [_count(tile.open, tile.severity, words) for tile in totals.tiles if tile.open][:2]
        shown = sum(tile.open for tile in [tile for tile in totals.tiles if tile.open][:2])
        return f"{join(counts)} {plural(shown, 'difference')}{affected}."
    resolved = f"; {words.number(totals.resolved)} resolved" if totals.resolved else ""
    last = since(run.previous_started_at, run.started_at)
    worst = next((tile for tile in totals.tiles if tile.new), None)
    if worst is None:
        changed = f", {words.number(totals.updated)} of them changed" if totals.updated else ""
        is_open = plural(totals.open, "difference is", "differences are")
        return f"Nothing new since {last}; {words.number(totals.open)} {is_open} still open{changed}{affected}{resolved}."
    return f"{_count(worst.new, worst.severity, words, 'new')} {plural(worst.new, 'difference')} since {last}{affected}{resolved}."


def _affected(totals: Totals, words: Words) -> str:
    return f", {join(words.sums(totals.amounts, 3))} affected in all" if totals.amounts else ""


def _still_open(totals: Totals, words: Words) -> str:
    counts = [_count(tile.open, tile.severity, words) for tile in totals.tiles if tile.open]
    return " ".join(filter(None, (f"Open in all: {join(counts)}.", _carried(totals, words))))


def _clean(run: Run, totals: Totals, words: Words) -> str:
    compared = f" among {words.number(totals.records_checked)} comparisons" if totals.records_checked else ""
    last = f"; {words.number(totals.resolved)} resolved since {since(run.previous_started_at, run.started_at)}" if totals.resolved else ""
    return f"No differences{compared}{last}."


def _quiet_detail(first: bool, totals: Totals, rules: list[Rule], words: Words) -> str:
    parts = [f"{words.number(totals.rules_clean)} {plural(totals.rules_clean, 'rule')} looked and found nothing."]
    if totals.waived:
        parts.append(f"{words.number(totals.waived)} waived {plural(totals.waived, 'difference is', 'differences are')} listed below.")
    if carried := _carried(totals, words):
        parts.append(carried)
    off = sum(rule.state == "disabled" for rule in rules)
    if off:
        parts.append(f"{words.number(off)} {plural(off, 'rule is', 'rules are')} switched off.")
    if first:
        parts.append("This is the first run.")
    return " ".join(parts)


def _could_not_look(totals: Totals, rules: list[Rule], systems: list[SystemInfo], words: Words) -> str:
    blind = totals.rules_not_judged
    partial = [system.name for system in systems if not system.complete]
    if blind:
        judged = sum(rule.state != "disabled" for rule in rules)
        text = f"No verdict: {words.number(blind)} of {words.number(judged)} rules could not be judged"
        return text + (f", because {join(partial)} {plural(len(partial), 'was', 'were')} not read completely." if partial else ".")
    if partial:
        return f"No verdict: {join(partial)} {plural(len(partial), 'was', 'were')} not read completely."
    return "No verdict: not everything could be looked at."
