"""`recon notify`: who hears of a run, tried out."""

from __future__ import annotations

import dataclasses

import click

from recon.cli._common import emit_json, json_option, talk, with_settings
from recon.config.settings import Settings
from recon.errors import ExitCode, UsageError


@click.group("notify")
def command() -> None:
    """Try out the notices of recon.toml, see what one would say, send those of a run.

    `recon run` sends them itself. See docs/notices.md.
    """


@command.command("test")
@with_settings
@click.argument("name", required=False)
def test(settings: Settings, name: str | None) -> int:
    """Send a test message to NAME, or to every reader of recon.toml.

    Ends with 3 where one could not be reached.
    """
    from recon.report.notify import send_test

    deliveries = [send_test(settings, one) for one in _names(settings, name)]
    for delivery in deliveries:
        talk(delivery.sentence)
    return int(ExitCode.NO_VERDICT if any(delivery.state == "failed" for delivery in deliveries) else ExitCode.CLEAN)


@command.command("preview")
@with_settings
@json_option
@click.argument("name")
@click.option("--run", "run_id", default=None, help="Run to speak of [default: the latest].")
def preview(settings: Settings, as_json: bool, name: str, run_id: str | None) -> None:
    """Print what NAME would be told of a run, and whether it would be; nothing is sent."""
    from recon.report.notify import mail
    from recon.report.notify import preview as make

    due, notice = make(settings, _names(settings, name)[0], run_id)
    if as_json:
        emit_json({"due": due, **dataclasses.asdict(notice)})
        return
    talk("It would be sent." if due else "It would not be sent: nothing changed that concerns this reader.")
    click.echo(f"{notice.subject}\n\n{mail.text(notice)}".rstrip())


@command.command("send")
@with_settings
@click.option("--run", "run_id", default=None, help="Run to speak of [default: the latest].")
@click.option("--again", is_flag=True, help="Also to readers who were told of this run before.")
def send(settings: Settings, run_id: str | None, again: bool) -> int:
    """Send the notices of a run that was not told yet.

    Ends with 3 where a reader could not be reached.
    """
    from recon.report import notify

    _names(settings, None)
    deliveries = notify.send(settings, run_id, again=again)
    for delivery in deliveries:
        talk(delivery.sentence)
    return int(ExitCode.NO_VERDICT if any(delivery.state == "failed" for delivery in deliveries) else ExitCode.CLEAN)


def _names(settings: Settings, name: str | None) -> list[str]:
    if not settings.notify:
        raise UsageError("recon.toml names nobody who hears of runs.", "Add a table such as [notify.ops]; see docs/notices.md.")
    if name is None:
        return list(settings.notify)
    if name not in settings.notify:
        raise UsageError(f"There is no [notify.{name}] in recon.toml.", f"Known: {', '.join(sorted(settings.notify))}.")
    return [name]
