"""Secrets are named in recon.toml, never written there: ``env:NAME``, ``file:/path`` or ``keyring:service/user``."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel

from recon.errors import ConfigError

_REFERENCE = re.compile(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:[^/]+/.+)$")


def _is_reference(value: str) -> str:
    if not _REFERENCE.match(value):
        # NOTE: the value itself is never repeated; somebody may have pasted the secret.
        raise ValueError("must name a secret and not be one: env:NAME, file:/path or keyring:service/user")
    return value


SecretRef = Annotated[str, AfterValidator(_is_reference)]
"""A reference such as ``env:SF_PRIVATE_KEY``; :func:`resolve` reads what it names."""


def resolve(reference: str, key: str) -> str:
    """Read the secret behind a reference; ``key`` is the setting's name, for the message of a ConfigError."""
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest, "")
        where = f"The environment variable {rest}"
    elif scheme == "file":
        value = _read_file(Path(rest).expanduser(), key)
        where = f"The file {rest}"
    else:
        value = _read_keyring(rest, key)
        where = f"The keyring entry {rest}"
    value = value.strip("\r\n")
    if not value.strip():
        raise ConfigError(f"{where} named by {key} is empty or not set.", "Set it, or name another place.")
    return value


def require(settings: BaseModel, where: str) -> None:
    """Read every secret that these settings name, so that a missing one is said before anything is sent; ConfigError names the key."""
    for key, value in settings:
        if isinstance(value, str) and _REFERENCE.match(value):
            resolve(value, f"{where}.{key}")


def _read_file(path: Path, key: str) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The file {path} named by {key} cannot be read.", "Check that it exists and is text.") from error
    if mode & stat.S_IROTH:
        raise ConfigError(f"The file {path} named by {key} can be read by everybody.", f"Run: chmod 600 {path}")
    return text


def _read_keyring(entry: str, key: str) -> str:
    service, _, user = entry.partition("/")
    try:
        import keyring  # an extra: most servers have no keyring
    except ImportError as error:
        raise ConfigError(f"{key} names a keyring entry, but the keyring extra is not installed.", "Install recon[keyring].") from error
    try:
        return keyring.get_password(service, user) or ""
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"The keyring entry {entry} named by {key} cannot be read.", "Unlock the keyring.") from error
