"""Notices through Apprise, which knows about a hundred services more; an extra."""

from __future__ import annotations

from recon.config.secrets import resolve
from recon.config.settings import NotifySettings
from recon.errors import ConfigError, RetriableError
from recon.report.notify.mail import text
from recon.report.notify.notice import Notice
from recon.systems.redact import register_secret


def send(notice: Notice, target: NotifySettings, key: str) -> None:
    """Hand it to the service that the address names, such as ``ntfy://…``; RetriableError where that says no, without a reason."""
    try:
        import apprise
    except ImportError as error:
        raise ConfigError(
            f"{key} is of kind apprise, but the notify extra is not installed.", "Install salesforce-recon[notify]."
        ) from error
    address = resolve(target.url or "", f"{key}.url")
    register_secret(address)
    service = apprise.Apprise()
    if not service.add(address):
        raise ConfigError(f"The address named by {key}.url is none that Apprise knows.", "See Apprise's list of services.")
    if not service.notify(title=notice.subject, body=text(notice), body_format=apprise.NotifyFormat.TEXT):
        raise RetriableError(f"The service of {key} did not take the notice.", "Check the address.")
