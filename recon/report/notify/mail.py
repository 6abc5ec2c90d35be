"""Notices by e-mail: HTML and plain text of equal content, the report attached while it is small."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recon import assets
from recon.config.secrets import resolve
from recon.config.settings import NotifySettings
from recon.errors import SourceError
from recon.report.notify.notice import Notice

SECONDS = 15


def compose(notice: Notice, target: NotifySettings, report: Path | None) -> EmailMessage:
    """The mail; ``report`` is attached where it is there and no larger than the reader's limit."""
    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"] = target.sender
    message["To"] = ", ".join(target.to)
    message["Date"] = formatdate(usegmt=True)
    domain = parseaddr(target.sender or "")[1].partition("@")[2] or "localhost"
    message["Message-ID"] = make_msgid(idstring=notice.run_id, domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's out-of-office answers
    attached = report is not None and report.is_file() and report.stat().st_size <= target.attach_kb * 1024
    message.set_content(text(notice, attached=attached))
    message.add_alternative(_environment().get_template("mail.html").render(notice=notice, attached=attached), subtype="html")
    if attached and report is not None:
        message.add_attachment(report.read_bytes(), maintype="text", subtype="html", filename=f"recon-{notice.run_id}.html")
    return message


def text(notice: Notice, *, attached: bool = False) -> str:
    """The notice as plain text."""
    lines = [notice.headline, notice.detail, ""]
    lines += [f"  {severity}: {count} open, {new} new, {money} affected" for severity, count, new, money in notice.counts]
    lines += [""] if notice.counts else []
    lines += [
        f"- {item.state}: {item.message}{f' ({item.money})' if item.money else ''}{f' {item.url}' if item.url else ''}"
        for item in notice.items
    ]
    lines += [notice.more] if notice.more else []
    lines += ["", "Could not look:", *(f"- {line}" for line in notice.blind)] if notice.blind else []
    lines += [""] if notice.items or notice.blind else []
    lines += [f"Report: {notice.link}"] if notice.link else []
    lines += ["The report is attached."] if attached else []
    return "\n".join([*lines, notice.foot, ""])


def send(notice: Notice, target: NotifySettings, key: str, report: Path | None) -> None:
    """Hand the mail to the server; SourceError where it is refused, ``smtplib`` and ``OSError`` where the server cannot be reached."""
    password = resolve(target.password, f"{key}.password") if target.password else None
    with _connected(target) as server:
        if target.user and password:
            server.login(target.user, password)
        refused = server.send_message(compose(notice, target, report))
    if refused:
        raise SourceError(f"The mail server took the message for some readers of {key} and refused {len(refused)}.", "Check `to`.")


@contextmanager
def _connected(target: NotifySettings) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=str(target.ca_bundle) if target.ca_bundle else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    host = target.host or ""
    if target.security == "tls":
        with smtplib.SMTP_SSL(host, target.port or 465, timeout=SECONDS, context=context) as server:
            yield server
        return
    with smtplib.SMTP(host, target.port or 587, timeout=SECONDS) as server:
        if target.security == "starttls":
            server.starttls(context=context)
        yield server


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(assets.folder("reports")), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
