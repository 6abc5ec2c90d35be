"""What a run says on the terminal: the same sentence and the same numbers as the report."""

from __future__ import annotations

from recon.config.settings import Settings
from recon.report import second
from recon.report.model import Result, Rule
from recon.report.words import SYMBOLS, Words, join, plural

RULES = 12
"""Rules that are listed; the report has them all."""

NAMED = 3
"""Rules that are named where one reason kept several from looking."""


def summarise(settings: Settings, run_id: str | None = None) -> list[str]:
    """Lines for stderr about a run in history: verdict and a short table."""
    from recon.report import load

    return lines(load(settings, run_id)[1])


def lines(result: Result) -> list[str]:
    """Verdict, open findings by severity, the worst rules, and what could not be looked at."""
    words, totals = Words(result.run.locale), result.totals
    said = ["", result.verdict.sentence, *([result.verdict.detail] if result.verdict.detail else [])]
    failed = [rule for rule in result.rules if rule.state == "findings"]
    blind = [rule for rule in result.rules if rule.state in {"error", "not_run"}]
    if failed:
        width = max(len(rule.title) for rule in failed[:RULES])
        first = result.run.previous_run_id is None  # then everything is new, and the column says nothing
        said += ["", f"  {'severity':10}  {'open':>7}  {'' if first else 'new':>7}  rule"]
        for rule in failed[:RULES]:
            name = f"{SYMBOLS[rule.severity]} {rule.severity}"
            counts = f"{words.number(rule.counts.open):>7}  {'' if first else words.number(rule.counts.new) if rule.counts.new else '–':>7}"
            said.append(f"  {name:10}  {counts}  {rule.title.ljust(width)}  {rule.id}")
            said += [f"  {'':10}  {'':7}  {'':7}  ↳ {cause.sentence}" for cause in rule.causes]
        if len(failed) > RULES:
            more = sum(rule.counts.open for rule in failed[RULES:])
            said.append(f"  {'':10}  {words.number(more):>7}  {'':7}  in {len(failed) - RULES} more {plural(len(failed) - RULES, 'rule')}")
    said += _blind_lines(blind)
    said += [f"  {sentence}" for sentence in second.sentences(result.second_look, words)]
    said += [f"  {note}" for note in result.run.notes]
    quiet = f"{words.number(totals.rules_clean)} {plural(totals.rules_clean, 'rule')} found nothing" if totals.rules_clean else ""
    idle = sum(rule.state == "clean" and rule.checked == 0 for rule in result.rules)
    nothing = f"{words.number(idle)} {plural(idle, 'rule')} had nothing to look at" if idle else ""
    waived = f"{words.number(totals.waived)} waived" if totals.waived else ""
    tail = ", ".join(part for part in (quiet, nothing, waived) if part)
    return [*said, *([f"  {tail}."] if tail else []), ""]


def _blind_lines(blind: list[Rule]) -> list[str]:
    """One line per reason: a system that was down takes many rules with it, and its reason is said once."""
    by_reason: dict[str, list[str]] = {}
    for rule in blind:
        by_reason.setdefault(rule.reason or "The reason was not recorded.", []).append(rule.id)
    said = []
    for reason, ids in by_reason.items():
        names = ids if len(ids) <= NAMED + 1 else [*ids[:NAMED], f"{len(ids) - NAMED} more rules"]
        said.append(f"  could not look: {join(names)}: {reason}")
    return said
