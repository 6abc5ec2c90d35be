"""Certificates are verified, always."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from recon.errors import ConfigError, SourceError
from recon.systems.http import Http


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, path


@pytest.fixture
def serve(authority: tuple[trustme.CA, Path]) -> Iterator[Any]:
    running: list[tuple[_Server, threading.Thread]] = []

    def start(name: str, maximum: ssl.TLSVersion | None = None) -> str:
        server = _Server(("127.0.0.1", 0), _Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority[0].issue_cert(name).configure_cert(tls)
        if maximum:
            tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1_2, maximum
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"https://localhost:{server.server_address[1]}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_bundle_is_trusted(serve: Any, authority: tuple[trustme.CA, Path], context: Any) -> None:
    with Http(context, serve("localhost"), kind="shopify", ca_bundle=authority[1]) as session:
        assert session.request("GET", "/").data == {}


def test_an_unknown_authority_is_refused_at_once(serve: Any, context: Any, waits: Any) -> None:
    with Http(context, serve("localhost"), kind="shopify") as session, pytest.raises(SourceError, match="not trusted"):
        session.request("GET", "/")
    assert not waits


def test_a_certificate_for_another_name_is_refused(serve: Any, authority: tuple[trustme.CA, Path], context: Any) -> None:
    with (
        Http(context, serve("elsewhere.example"), kind="shopify", ca_bundle=authority[1]) as session,
        pytest.raises(SourceError, match="not trusted"),
    ):
        session.request("GET", "/")


def test_a_missing_bundle_is_a_mistake_of_the_configuration(context: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ca_bundle"):
        Http(context, "https://localhost", kind="shopify", ca_bundle=tmp_path / "none.pem")


def test_a_bundle_without_certificates_trusts_nobody(serve: Any, context: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    with Http(context, serve("localhost"), kind="shopify", ca_bundle=empty) as session, pytest.raises(SourceError, match="not trusted"):
        session.request("GET", "/")
