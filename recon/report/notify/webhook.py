"""Notices to an address of the merchant's own, signed, and the one way by which any webhook is called."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import requests

from recon import __version__
from recon.config.secrets import resolve
from recon.config.settings import NotifySettings
from recon.errors import ConfigError, RetriableError, SourceError
from recon.report.notify import chat
from recon.report.notify.notice import Notice
from recon.systems.redact import register_secret

SECONDS = (10, 30)
"""To connect, and between two bytes."""

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def body(notice: Notice, kind: str) -> bytes:
    """What is posted: JSON in the words of the receiver; the generic one is ``recon.notice/1``."""
    if kind == "slack":
        data = chat.slack(notice)
    elif kind == "teams":
        data = chat.teams(notice)
    else:
        data = {"schema": "recon.notice/1", **asdict(notice)}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signature(secret: str, moment: int, payload: bytes) -> str:
    """``v1=`` and the HMAC-SHA256 over ``<timestamp>.<body>`` in hexadecimal, so that an old message cannot be sent again later."""
    return "v1=" + hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()


def send(notice: Notice, target: NotifySettings, key: str, moment: int) -> None:
    """Post it once. RetriableError where trying again may help, SourceError where it is refused; the address is never named."""
    address = resolve(target.url or "", f"{key}.url")
    register_secret(address)
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigError(f"The address named by {key}.url does not begin with https://.", "Copy it whole from the receiver.")
    payload = body(notice, target.kind)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"recon/{__version__}", "X-Recon-Run": notice.run_id}
    if target.secret:
        headers |= {
            "X-Recon-Timestamp": str(moment),
            "X-Recon-Signature": signature(resolve(target.secret, f"{key}.secret"), moment, payload),
        }
    _post(address, payload, headers, str(target.ca_bundle) if target.ca_bundle else True, key)


def _post(address: str, payload: bytes, headers: dict[str, str], verify: Any, key: str) -> None:
    try:
        answer = requests.post(address, data=payload, headers=headers, timeout=SECONDS, allow_redirects=False, verify=verify, stream=True)
    except (requests.Timeout, requests.ConnectionError) as error:
        reason = "its certificate is not trusted" if isinstance(error, requests.exceptions.SSLError) else "it cannot be reached"
        raise RetriableError(f"The receiver of {key} did not take the notice: {reason}.", "Check the address.") from error
    except requests.RequestException as error:
        raise SourceError(f"The receiver of {key} did not take the notice ({type(error).__name__}).", "Check the address.") from error
    with answer:
        if answer.status_code in _LATER:
            raise RetriableError(f"The receiver of {key} answered {answer.status_code}.", "It may take the notice later.")
        if not 200 <= answer.status_code < 300:
            raise SourceError(f"The receiver of {key} refused the notice with {answer.status_code}.", "Check the address and its rights.")
