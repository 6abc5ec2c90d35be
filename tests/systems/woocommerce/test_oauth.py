"""Signatures: known vectors, and a site that checks them over plain HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from recon.errors import AuthError
from recon.sandbox.woocommerce import create_app
from recon.systems.woocommerce.oauth import authorization, base_string, signature

RFC = {
    "oauth_consumer_key": "9djdj82h48djs9d2",
    "oauth_token": "kkk9d7dh3k39sjv7",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": "137131201",
    "oauth_nonce": "7d8f3e4a",
    "c2": "",
    "a3": "2 q",
}


def test_the_base_string_is_that_of_the_standard() -> None:
    """Example of RFC 5849, section 3.4.1.1."""
    found = base_string("POST", "http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", RFC)
    assert found == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26"
        "oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201"
        "%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_signatures_are_those_of_known_examples() -> None:
    """The photos request of OAuth Core 1.0, appendix A.5.2, and test cases 1 and 2 of RFC 4231 through the key's form."""
    base = (
        "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3D"
        "kllo9940pd9333jh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096%26oauth_token%3Dnnch734d00sl2jdk%26"
        "oauth_version%3D1.0%26size%3Doriginal"
    )
    assert signature(base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00", "HMAC-SHA1") == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="


def test_the_same_request_is_signed_the_same_way_and_another_one_is_not() -> None:
    one = authorization("GET", "http://localhost/a?x=1", "ck", "cs", nonce="n", timestamp=1)
    assert one == authorization("GET", "http://localhost/a?x=1", "ck", "cs", nonce="n", timestamp=1)
    assert one != authorization("GET", "http://localhost/a?x=2", "ck", "cs", nonce="n", timestamp=1)
    assert "cs" not in one.split("oauth_signature=")[0]


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
