"""The HTTPS server, the faults around it and what it keeps."""

from __future__ import annotations

import gzip
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import urllib3

from recon.sandbox.control import Clock, RequestLog
from recon.sandbox.faults import Fault, Faults, faulty
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs


def app(environ, start_response):
    """Answers with what was asked; /big is chunked."""
    if environ["PATH_INFO"] == "/big":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"x" * 1000] * 100)
    if environ["PATH_INFO"] == "/none":
        start_response("204 No Content", [])
        return []
    body = json.dumps({"path": environ["PATH_INFO"], "body": environ["wsgi.input"].read().decode(), "n": next(COUNT)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


COUNT = iter(range(10**9))


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certs = Certs(folder / "certs")
        self.faults = Faults(folder / "faults.json")
        self.log = RequestLog(folder / "requests.jsonl")
        self.clock = Clock(folder / "clock.json", now=lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
        self.server = Server(faulty(app, self.faults, self.log, self.clock), self.certs)
        self.url = self.server.url
        self.session = requests.Session()
        self.session.trust_env = False  # a CA bundle in the environment would win over verify
        self.session.verify = str(self.certs.ca_file)

    def get(self, path: str, **kwargs) -> requests.Response:
        return self.session.get(self.url + path, timeout=10, **kwargs)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    with place.server, place.session:
        yield place


def test_certificates_are_verified_and_reused(place: Place) -> None:
    assert place.get("/a").json()["path"] == "/a"
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(place.url + "/a", timeout=10)
    before = place.certs.ca_file.read_bytes()
    assert Certs(place.folder / "certs").ca_file.read_bytes() == before
    assert place.certs.chain_file.stat().st_mode & 0o077 == 0


def test_a_connection_carries_many_requests(place: Place) -> None:
    with urllib3.PoolManager(ssl_context=place.certs.client_context(), maxsize=1) as pool:
        for _ in range(5):
            assert pool.request("GET", place.url + "/a").status == 200
        assert len(pool.request("GET", place.url + "/big").data) == 100_000
        assert pool.request("GET", place.url + "/none").status == 204
        assert pool.request("POST", place.url + "/a", body=b"hi").json()["body"] == "hi"
        assert pool.request("HEAD", place.url + "/a").data == b""
        pieces = iter([b"ab", b"cd"])
        assert pool.request("POST", place.url + "/a", body=pieces, chunked=True).json()["body"] == "abcd"
        assert pool.connection_from_url(place.url).num_connections == 1


def test_a_silent_client_blocks_nobody(place: Place) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", place.server.port)):
        assert place.get("/a", headers={"Connection": "close"}).status_code == 200


def test_many_threads_at_once(place: Place) -> None:
    seen: list[int] = []

    def work() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(place.certs.ca_file)
            seen.extend(session.get(place.url + "/a", timeout=10).status_code for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 40
    assert sorted(line["id"] for line in place.log.list()) == list(range(1, 41))


def test_a_status_fault_answers_in_place_of_the_application(place: Place) -> None:
    place.faults.on("GET /a", "status", status=429, body={"errors": "later"}, headers={"Retry-After": "3"}, times=2, after=1)
    assert [place.get("/a").status_code for _ in range(4)] == [200, 429, 429, 200]
    place.faults.on("GET /a", "status", status=429, body={"errors": "later"}, headers={"Retry-After": "3"})
    answer = place.get("/a")
    assert answer.headers["Retry-After"] == "3"
    assert answer.json() == {"errors": "later"}


def test_pages_that_are_not_the_answer(place: Place) -> None:
    place.faults.on("^GET /a$", "html_200")
    place.faults.on("^GET /b$", "empty_200")
    html = place.get("/a")
    assert html.status_code == 200
    assert html.headers["Content-Type"].startswith("text/html")
    assert place.get("/b").content == b""
    assert place.get("/a").json()["path"] == "/a"


@pytest.mark.parametrize(
    ("action", "path"), [("reset", "/a"), ("reset", "/big"), ("truncate", "/a"), ("truncate", "/big"), ("lost_answer", "/a")]
)
def test_cut_answers_are_errors_to_the_client(place: Place, action: str, path: str) -> None:
    place.faults.on(path, action)
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        place.get(path)
    assert place.get(path).status_code == 200


def test_truncation_at_every_byte_is_seen(place: Place) -> None:
    size = len(place.get("/a").content)
    for count in range(size):
        place.faults.on("/a", "truncate", bytes=count)
        with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            place.get("/a")


def test_a_lost_answer_was_still_worked_for(place: Place) -> None:
    first = place.get("/a").json()["n"]
    place.faults.on("/a", "lost_answer")
    with pytest.raises(requests.exceptions.ConnectionError):
        place.get("/a")
    assert place.get("/a").json()["n"] == first + 2
    assert [line["status"] for line in place.log.list()] == [200, 0, 200]


def test_a_broken_gzip_body_has_a_wrong_checksum(place: Place) -> None:
    place.faults.on("/big", "bad_gzip")
    raw = place.session.get(place.url + "/big", stream=True, timeout=10).raw.read(decode_content=False)
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(raw)


def test_a_slow_answer_arrives_whole(place: Place) -> None:
    place.faults.on("/a", "slow", bytes=10, pause=0.01)
    began = time.monotonic()
    assert place.get("/a").json()["path"] == "/a"
    assert time.monotonic() - began > 0.02


def test_a_hanging_answer_ends_without_a_byte(place: Place) -> None:
    place.faults.on("/a", "hang", seconds=0.05)
    with pytest.raises(requests.exceptions.ConnectionError):
        place.get("/a")


def test_a_duplicate_page_repeats_the_last_answer(place: Place) -> None:
    place.faults.on("/a", "duplicate_page", after=1)
    assert place.get("/a").json() == place.get("/a").json() != place.get("/a").json()


def test_headers_can_be_changed(place: Place) -> None:
    place.faults.on("/a", "headers", headers={"Date": "Mon, 23 Nov 2026 08:00:00 GMT"})
    assert place.get("/a").headers["Date"] == "Mon, 23 Nov 2026 08:00:00 GMT"


def test_platform_faults_wait_for_their_platform(place: Place) -> None:
    place.faults.on("^801", "row_lock", times=2)
    assert place.get("/a").status_code == 200
    taken = [place.faults.take("row_lock", target) is not None for target in ("001x", "801a", "801b", "801c")]
    assert taken == [False, True, True, False]


def test_chance_depends_on_the_seed_only() -> None:
    def drawn(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Fault("x", "y", times=None, chance=0.5, seed=seed))
        return [faults.take("y", "x") is not None for _ in range(50)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 10 < sum(drawn(1)) < 40


def test_faults_and_requests_survive_a_restart(place: Place) -> None:
    place.faults.on("/a", "status", times=5)
    place.get("/a")
    again = Faults(place.folder / "faults.json")
    assert [(fault.struck, fault.times) for fault in again.list()] == [(1, 5)]
    log = RequestLog(place.folder / "requests.jsonl")
    assert log.list() == place.log.list()
    assert log.new_id() == 2


def test_everything_is_controlled_over_http(place: Place) -> None:
    control = place.url + "/__sandbox__/"
    added = place.session.post(control + "faults", json=[{"match": "/a", "action": "status", "args": {"status": 500}}], timeout=10)
    assert added.json() == {"ids": [1]}
    assert place.get("/a?x=1").status_code == 500
    assert place.get("/__sandbox__/faults").json()[0]["struck"] == 1
    assert place.session.delete(control + "faults", timeout=10).json() == []
    assert [(line["path"], line["query"], line["status"]) for line in place.get("/__sandbox__/requests").json()] == [("/a", "x=1", 500)]
    moved = place.session.post(control + "clock", json={"offset_seconds": 3600}, timeout=10).json()
    assert moved["now"].startswith("2026-11-23T10:00")
    assert Clock(place.folder / "clock.json").offset_seconds == 3600
    for sent in ({"match": "(", "action": "status"}, {"action": "x"}, {"match": "a", "action": "b", "colour": 1}):
        assert place.session.post(control + "faults", json=sent, timeout=10).status_code == 400
    assert place.session.delete(control + "requests", timeout=10).json() == []


def test_a_bad_expression_is_refused() -> None:
    with pytest.raises(re.error):
        Faults().on("(", "status")


def test_tls_is_recent(place: Place) -> None:
    context = place.certs.server_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
