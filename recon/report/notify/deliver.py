"""Who hears of a run: one message per run and reader, tried several times, and never a reason for the audit to fail."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from recon.config.settings import NotifySettings, Settings
from recon.errors import ReconError, RetriableError, SourceError
from recon.report import FORMATS, load
from recon.report.files import run_folder, write
from recon.report.model import Result
from recon.report.notify import mail, notice, webhook
from recon.snapshot.files import make_directory
from recon.systems.redact import redact

WAITS = (1.0, 4.0, 16.0)
"""Seconds before each further try."""

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Delivery:
    """What became of one reader's notice."""

    name: str
    state: Literal["sent", "quiet", "already_sent", "failed"]
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The same for a person."""
        said = {
            "sent": "was told.",
            "quiet": "was not told: nothing changed that concerns it.",
            "already_sent": "was told of this run before.",
            "failed": f"could not be told. {self.reason}",
        }
        return f"{self.name} {said[self.state]}"


def send(settings: Settings, run_id: str | None = None, *, again: bool = False, sleep: Sleep = time.sleep) -> list[Delivery]:
    """Tell every reader of recon.toml about a run (the latest without ``run_id``) what concerns him.

    A reader who was told of this run is not told again unless ``again``. A notice that fails is part of the answer and raises nothing.
    """
    targets = {name: target for name, target in settings.notify.items() if target.enabled}
    if not targets:
        return []
    result = load(settings, run_id, show_personal=False)[1]
    return [_deliver(settings, name, target, result, again, sleep) for name, target in targets.items()]


def send_test(settings: Settings, name: str, *, sleep: Sleep = time.sleep) -> Delivery:
    """Send a message that says that it is a test."""
    return _try(name, lambda: _hand_over(notice.example(settings.title), settings.notify[name], name, None), sleep)


def preview(settings: Settings, name: str, run_id: str | None = None) -> tuple[bool, notice.Notice]:
    """Whether this reader would be told of a run, and the message; nothing is sent."""
    target, result = settings.notify[name], load(settings, run_id, show_personal=False)[1]
    selection = notice.select(result, target)
    return notice.is_due(result, target, selection), notice.write(result, target, selection)


def _deliver(settings: Settings, name: str, target: NotifySettings, result: Result, again: bool, sleep: Sleep) -> Delivery:
    told = _told_file(settings, result.run.id, name)
    if told.exists() and not again:
        return Delivery(name, "already_sent")
    selection = notice.select(result, target)
    if not notice.is_due(result, target, selection):
        return Delivery(name, "quiet")
    message = notice.write(result, target, selection)
    report = run_folder(settings.state_dir, result.run.id) / FORMATS["html"]
    delivery = _try(name, lambda: _hand_over(message, target, name, report), sleep)
    if delivery.state == "sent":
        _remember(told)
    return delivery


def _told_file(settings: Settings, run_id: str, name: str) -> Path:
    return settings.state_dir / "notices" / run_id / f"{name}.json"


def _remember(path: Path) -> None:
    make_directory(path.parent.parent)
    write(path, [json.dumps({"sent_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}).encode()])


def _hand_over(message: notice.Notice, target: NotifySettings, name: str, report: Path | None) -> None:
    key = f"notify.{name}"
    if target.kind == "email":
        mail.send(message, target, key, report)
    elif target.kind == "apprise":
        from recon.report.notify import other

        other.send(message, target, key)
    else:
        webhook.send(message, target, key, int(time.time()))


def _try(name: str, attempt: Callable[[], None], sleep: Sleep) -> Delivery:
    reason = ""
    for wait in _tries():
        if wait:
            sleep(wait)
        try:
            attempt()
        except RetriableError as error:
            reason = str(error)
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, TimeoutError, ConnectionError) as error:
            reason = f"The mail server of notify.{name} cannot be reached ({type(error).__name__}). Check host and port."
        except smtplib.SMTPResponseException as error:
            reason = f"The mail server of notify.{name} answered {error.smtp_code}. {_mail_hint(error.smtp_code)}"
            if error.smtp_code >= 500:
                break
        except (smtplib.SMTPException, OSError) as error:
            return Delivery(
                name, "failed", f"The mail server of notify.{name} did not take the notice ({type(error).__name__}). Check its settings."
            )
        except ReconError as error:
            return Delivery(name, "failed", redact(str(error)))
        except Exception as error:  # noqa: BLE001 - whatever a service's library throws, the audit goes on
            return Delivery(name, "failed", f"An unexpected {type(error).__name__} stopped the notice.")
        else:
            return Delivery(name, "sent")
    return Delivery(name, "failed", redact(reason))


def _mail_hint(code: int) -> str:
    if code in {530, 534, 535}:
        return "Check user and password."
    return "Check sender and readers." if code >= 500 else "It may take the notice later."


def _tries() -> Iterator[float]:
    yield 0.0
    yield from WAITS


__all__ = ["Delivery", "SourceError", "preview", "send", "send_test"]
