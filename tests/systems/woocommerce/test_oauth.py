"""A site that checks signatures over plain HTTP; the signatures themselves are tested in tests/systems/test_oauth1.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from recon.errors import AuthError
from recon.sandbox.woocommerce import create_app


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def plain(world: Any) -> Iterator[str]:
    """The same site without TLS."""
    server = make_server("127.0.0.1", 0, create_app(world.shop, world.faults), server_class=_Threaded, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_site_without_tls_is_read_by_signatures(world: Any, plain: str, pour_stream: Any, prove_stream: Any) -> None:
    reader = world.reader(url=plain, ca_bundle=None, look_up=0, page_size=60)
    assert reader.facts().currency == "EUR"
    landed = pour_stream(reader, "orders", world.window())
    assert prove_stream(reader, "orders", world.window(), landed).complete
    assert len(landed.ids) == 230
    assert not any("consumer_secret" in entry["query"] or "cs_" in entry["query"] for entry in world.requests())


def test_a_repeated_request_is_signed_anew(world: Any, plain: str, pour_stream: Any) -> None:
    world.faults.on("GET .*/orders", "lost_answer", times=2, after=1)
    landed = pour_stream(world.reader(url=plain, ca_bundle=None, look_up=0), "orders", world.window())
    assert len(landed.ids) == 230


def test_a_wrong_clock_is_corrected_by_the_sites_own(world: Any, plain: str) -> None:
    reader = world.reader(url=plain, ca_bundle=None)
    reader.client.http.host._now = lambda: world.shop.now().replace(year=2025)
    assert reader.facts().currency == "EUR"


def test_a_wrong_secret_is_said(world: Any, plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_TEST_WOO_SECRET", "cs_wrong_secret_value")
    with pytest.raises(AuthError, match="secret"):
        world.reader(url=plain, ca_bundle=None).facts()
