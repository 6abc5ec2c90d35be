"""Notices in Slack and Microsoft Teams, in the words of their incoming webhooks."""

from __future__ import annotations

from typing import Any

from recon.report.markdown import escaped
from recon.report.notify.notice import Item, Notice

_LONG = 2800
"""Slack refuses a text of more than 3,000 characters in one block."""


def slack(notice: Notice) -> dict[str, Any]:
    """Body of an incoming webhook with blocks; ``text`` is what a phone shows.

    Source: Slack, incoming webhooks and Block Kit (section, context). Only &, < and > have to be escaped in mrkdwn.
    """
    blocks = [_section(f"*{_mrkdwn(notice.headline)}*\n{_mrkdwn(notice.detail)}")]
    if notice.counts:
        blocks.append(
            _section("\n".join(f"{_mrkdwn(s)}: *{count}* open, {new} new, {_mrkdwn(money)}" for s, count, new, money in notice.counts))
        )
    if notice.items:
        blocks.append(_section("\n".join([*map(_slack_line, notice.items), *([_mrkdwn(notice.more)] if notice.more else [])])))
    if notice.blind:
        blocks.append(_section("*Could not look*\n" + "\n".join(f"• {_mrkdwn(line)}" for line in notice.blind)))
    if notice.link:
        blocks.append(_section(f"<{_mrkdwn(notice.link)}|Open the report>"))
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": _mrkdwn(notice.foot)}]})
    return {"text": _mrkdwn(notice.subject), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text if len(text) <= _LONG else text[: _LONG - 1] + "…"}}


def _slack_line(item: Item) -> str:
    link = f" <{_mrkdwn(item.url)}|open>" if item.url else ""
    return f"• {item.state}: {_mrkdwn(item.message)}{f' ({item.money})' if item.money else ''}{link}"


def _mrkdwn(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(notice: Notice) -> dict[str, Any]:
    """Body of a Teams workflow ("when a webhook request is received") with an adaptive card of version 1.4.

    Source: Microsoft, incoming webhooks with Workflows and adaptive cards; TextBlock understands a part of Markdown.
    """
    body: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": escaped(notice.headline), "weight": "bolder", "size": "medium", "wrap": True},
        {"type": "TextBlock", "text": escaped(notice.detail), "wrap": True},
    ]
    if notice.counts:
        body.append(
            {
                "type": "FactSet",
                "facts": [{"title": s, "value": f"{count} open, {new} new, {money}"} for s, count, new, money in notice.counts],
            }
        )
    lines = [
        f"- {item.state}: {escaped(item.message)}{f' ({item.money})' if item.money else ''}{f' [open]({item.url})' if item.url else ''}"
        for item in notice.items
    ]
    if lines:
        body.append({"type": "TextBlock", "text": "\n".join([*lines, *([f"- {notice.more}"] if notice.more else [])]), "wrap": True})
    if notice.blind:
        body.append(
            {"type": "TextBlock", "text": "Could not look:\n" + "\n".join(f"- {escaped(line)}" for line in notice.blind), "wrap": True}
        )
    body.append({"type": "TextBlock", "text": escaped(notice.foot), "isSubtle": True, "wrap": True, "size": "small"})
    card: dict[str, Any] = {"type": "AdaptiveCard", "version": "1.4", "body": [part for part in body if part.get("text") != ""]}
    if notice.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the report", "url": notice.link}]
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}
