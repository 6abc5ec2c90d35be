"""Throw-away certificates, so that clients of the stand-ins verify HTTPS exactly as they do with the vendors."""

from __future__ import annotations

import contextlib
import os
import ssl
from pathlib import Path

import trustme

HOSTS = ("localhost", "127.0.0.1", "::1")


class Certs:
    """A certificate authority of its own in ``folder``, and one certificate for the loopback names.

    Both are made on first use and reused afterwards. ``ca_file`` is what a client puts into ``ca_bundle``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self.chain_file = folder / "localhost.pem"
        if not (self.ca_file.exists() and self.chain_file.exists()):
            self._make()

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="recon sandbox")
        leaf = authority.issue_cert(*HOSTS)
        chain = leaf.private_key_pem.bytes() + b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        _write(self.chain_file, chain, 0o600)
        _write(self.ca_file, authority.cert_pem.bytes(), 0o644)

    def server_context(self) -> ssl.SSLContext:
        """What a server needs to speak TLS as localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain_file)
        return context

    def client_context(self) -> ssl.SSLContext:
        """What a client needs that trusts these certificates and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write under another name and rename: a second process never sees half a key."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(data)
    temporary.replace(path)
