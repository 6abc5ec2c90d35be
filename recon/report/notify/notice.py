"""What a notice says: made of the result object alone, for one reader, and the same words in mail, chat and webhook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from recon.config.settings import SEVERITIES, NotifySettings
from recon.report.model import OPEN_STATES, Finding, Money, Result
from recon.report.words import SYMBOLS, Words, join, plain_amount, plural, when

ITEMS = 10
"""Findings that are named in one notice."""

WORDS = {"new": "new", "updated": "changed", "unchanged": "known", "resolved": "resolved"}


@dataclass(frozen=True)
class Item:
    """One finding as a line: its state in a word, the sentence, the money, and where to look."""

    severity: str
    state: str
    message: str
    money: str
    url: str | None


@dataclass(frozen=True)
class Notice:
    """One message: ``subject`` for a list of mails, ``headline`` and ``detail`` as in the report, and what is behind them."""

    run_id: str
    outcome: str
    subject: str
    headline: str
    detail: str
    counts: tuple[tuple[str, str, str, str], ...]
    """severity with its symbol, open, new, money"""
    items: tuple[Item, ...]
    more: str
    blind: tuple[str, ...]
    foot: str
    link: str | None
    is_test: bool = False


@dataclass(frozen=True)
class Selection:
    """The findings of a run that concern one reader."""

    fresh: tuple[Finding, ...]
    """new, changed or open again since the run before"""
    open: tuple[Finding, ...]
    resolved: tuple[Finding, ...]


def select(result: Result, target: NotifySettings) -> Selection:
    """Findings at or above the reader's severity, about his rules, systems and owners."""
    wanted = SEVERITIES[: SEVERITIES.index(target.severity) + 1]

    def fits(item: Finding) -> bool:
        return (
            item.severity in wanted
            and (not target.rules or any(fnmatchcase(item.rule, pattern) for pattern in target.rules))
            and (not target.systems or item.system in target.systems)
            and (not target.owners or item.owner in target.owners)
        )

    open_ = tuple(item for item in result.findings if item.state in OPEN_STATES and fits(item))
    fresh = tuple(item for item in open_ if item.state != "unchanged")
    return Selection(fresh, open_, tuple(item for item in result.resolved if fits(item)))


def is_due(result: Result, target: NotifySettings, selection: Selection) -> bool:
    """Whether the reader wants to hear of this run. A run without verdict is always news: nobody knows how things stand."""
    if target.when == "always" or result.verdict.outcome == "no_verdict":
        return True
    if target.when == "open":
        return bool(selection.open)
    return bool(selection.fresh or selection.resolved)


def write(result: Result, target: NotifySettings, selection: Selection) -> Notice:
    """The notice about a run for one reader."""
    words = Words(result.run.locale)
    items = [_item(item, words) for item in (*selection.fresh, *(one for one in selection.open if one.state == "unchanged"))][:ITEMS]
    more = len(selection.open) - len(items)
    blind = [rule for rule in result.rules if rule.state in {"error", "not_run"}]
    return Notice(
        run_id=result.run.id,
        outcome=result.verdict.outcome,
        subject=f"recon: {_subject(result, selection, words)} ({result.run.title})",
        headline=result.verdict.sentence,
        detail=" ".join(part for part in (result.verdict.detail, _for_you(target, selection, words)) if part),
        counts=_counts(selection.open, words),
        items=tuple(items),
        more=f"and {words.number(more)} more {plural(more, 'difference')} in the report" if more > 0 else "",
        blind=tuple(f"{rule.title}: {rule.reason or 'the reason was not recorded'}" for rule in blind[:5]),
        foot=f"Run {result.run.id}, as of {when(result.run.as_of)}; personal data is masked.",
        link=target.report_url.replace("{run}", result.run.id) if target.report_url else None,
    )


def example(title: str) -> Notice:
    """A notice that says that it is a test."""
    return Notice(
        run_id="test",
        outcome="clean",
        subject=f"recon: test message ({title})",
        headline="This is a test: notices of recon arrive here.",
        detail="No run is behind it, and nothing has to be done.",
        counts=(),
        items=(),
        more="",
        blind=(),
        foot="Sent by `recon notify test`.",
        link=None,
        is_test=True,
    )


def _subject(result: Result, selection: Selection, words: Words) -> str:
    """The verdict in a few words, since a list of mails shows no more."""
    if result.verdict.outcome == "no_verdict":
        blind = result.totals.rules_not_judged
        return f"no verdict, {words.number(blind)} {plural(blind, 'rule')} could not look" if blind else "no verdict"
    counted = selection.fresh or selection.open
    if not counted:
        return f"{words.number(len(selection.resolved))} resolved" if selection.resolved else "no differences"
    worst = min((item.severity for item in counted), key=SEVERITIES.index)
    count = sum(item.severity == worst for item in counted)
    money = words.sums(_sums(counted), 2)
    return ", ".join([f"{words.number(count)} {'new ' if selection.fresh else ''}{worst}", *money])


def _for_you(target: NotifySettings, selection: Selection, words: Words) -> str:
    """What of it concerns the reader, where he asked for a part."""
    if not (target.rules or target.systems or target.owners):
        return ""
    counts = f"{words.number(len(selection.fresh))} new or changed, {words.number(len(selection.open))} open"
    gone = f", {words.number(len(selection.resolved))} resolved" if selection.resolved else ""
    return f"Of your part: {counts}{gone}."


def _counts(items: Sequence[Finding], words: Words) -> tuple[tuple[str, str, str, str], ...]:
    rows = []
    for severity in SEVERITIES:
        mine = [item for item in items if item.severity == severity]
        if mine:
            new = sum(item.state == "new" for item in mine)
            rows.append(
                (
                    f"{SYMBOLS[severity]} {severity}",
                    words.number(len(mine)),
                    words.number(new) if new else "–",
                    join(words.sums(_sums(mine), 3)) or "–",
                )
            )
    return tuple(rows)


def _sums(items: Sequence[Finding]) -> list[Money]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        if item.amount is not None and item.currency:
            sums[item.currency] += Decimal(item.amount)
    return [Money(currency=currency, amount=plain_amount(amount, currency)) for currency, amount in sorted(sums.items()) if amount]


def _item(item: Finding, words: Words) -> Item:
    money = words.money(item.amount, item.currency) if item.amount is not None else ""
    return Item(
        item.severity,
        "open again" if item.reopened else WORDS.get(item.state, item.state),
        item.message,
        money or "",
        item.url_salesforce or item.url_shop,
    )
