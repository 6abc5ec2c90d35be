"""The HTTP layer against a real server on loopback."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from recon.errors import AuthError, QuotaError, RetriableError, SourceError
from recon.systems import http as layer
from recon.systems.http import Again, Http, ReadingPost, Write

Make = Callable[..., Http]


@pytest.fixture
def make(server: Any, context: Any) -> Iterator[Make]:
    sessions: list[Http] = []

    def build(base: str = "", **options: Any) -> Http:
        sessions.append(Http(context, base or server.url, kind=options.pop("kind", "shopify"), **options))
        return sessions[-1]

    yield build
    for session in sessions:
        session.close()


def test_json_keeps_every_digit(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply('{"total": 1.005, "id": 12345678901234567890123}')]
    assert make().request("GET", "/x").data == {"total": Decimal("1.005"), "id": 12345678901234567890123}
    assert make(parse_float=str).request("GET", "/x").json() == {"total": "1.005", "id": 12345678901234567890123}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520])
@pytest.mark.fault("wire", 1, 2)
def test_transient_statuses_are_tried_again(server: Any, answers: Any, make: Make, waits: Any, status: int) -> None:
    server.script = [answers.reply("<html>down</html>", status, "text/html"), answers.reply('{"ok": true}')]
    assert make().request("GET", "/x").data == {"ok": True}
    assert len(server.seen) == 2 and waits


@pytest.mark.fault("wire", 2)
def test_five_attempts_and_no_more(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply("{}", 503)]
    with pytest.raises(RetriableError, match="GET /x was answered with status 503"):
        make().request("GET", "/x?token=geheim")
    assert len(server.seen) == 5


def test_a_server_that_is_always_busy_is_given_up(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply("{}", 429, Retry_After="1")]
    with pytest.raises(RetriableError, match="status 429"):
        make().request("GET", "/x")
    assert len(server.seen) == 20


@pytest.mark.parametrize("status", [400, 404, 405, 409, 422])
def test_other_refusals_are_final(server: Any, answers: Any, make: Make, status: int) -> None:
    server.script = [answers.reply('{"message": "customer@example.com"}', status)]
    with pytest.raises(SourceError) as caught:
        make().request("GET", "/x")
    assert len(server.seen) == 1 and "example.com" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_missing_rights_are_access_errors(server: Any, answers: Any, make: Make, status: int) -> None:
    server.script = [answers.reply("{}", status)]
    with pytest.raises(AuthError):
        make().request("GET", "/x")


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("7", 7, 7.5), ("0", 0, 0.5), ("1000000000", 300, 300.5), ("soon", 0.4, 1.1), ("-5", 0.4, 1.1), ("9" * 400, 300, 300.5)],
)
@pytest.mark.fault("wire", 1)
def test_retry_after_is_obeyed_within_reason(
    server: Any, answers: Any, make: Make, waits: Any, value: str, low: float, high: float
) -> None:
    server.script = [answers.reply("{}", 429, Retry_After=value), answers.reply("{}")]
    make().request("GET", "/x")
    assert low <= waits[0] <= high if waits else low == 0


@pytest.mark.fault("wire", 1)
def test_retry_after_as_a_date_is_read_by_the_servers_clock(server: Any, answers: Any, context: Any, make: Make, waits: Any) -> None:
    there = datetime.now(UTC) + timedelta(hours=1)
    context.now = lambda: there - timedelta(hours=1)
    late = answers.reply("{}", 503, Retry_After=format_datetime(there + timedelta(seconds=40), usegmt=True))

    def send(handler: Any) -> None:
        handler.date_time_string = lambda timestamp=None: format_datetime(there, usegmt=True)
        late(handler)

    server.script = [send, answers.reply("{}")]
    session = make()
    session.request("GET", "/x")
    assert 38 <= waits[0] <= 41.5


@pytest.mark.fault("wire", 1)
def test_nobody_sends_while_the_host_asked_for_a_pause(server: Any, answers: Any, make: Make) -> None:
    session = make()
    server.on_request = session.host.clock.now
    server.script = [answers.reply("{}", 429, Retry_After="30"), answers.reply("{}")]
    session.request("GET", "/first")
    threads = [threading.Thread(target=session.request, args=("GET", f"/{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, *others = [request["at"] for request in server.seen]
    assert len(others) == 5 and min(others) - first >= 30


def test_the_total_deadline_ends_waiting(server: Any, answers: Any, make: Make, waits: Any) -> None:
    server.script = [answers.reply("{}", 503, Retry_After="250")]
    with pytest.raises(RetriableError):
        make().request("GET", "/x")
    assert sum(waits) <= 600 and len(server.seen) == 3


@pytest.mark.fault("wire", 3)
def test_a_body_can_ask_for_another_try(server: Any, answers: Any, make: Make, waits: Any) -> None:
    def throttled(answer: Any) -> None:
        if "errors" in (answer.data or {}):
            raise Again("was throttled", wait=2, everyone=True, free=True)

    server.script = [answers.reply('{"errors": ["THROTTLED"]}')] * 9 + [answers.reply('{"data": 1}')]
    assert make(classify=throttled).request("GET", "/x").data == {"data": 1}
    assert len(server.seen) == 10


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>login</html>", "text/html"),
        ("", "application/json"),
        ('{"a": [1, 2', "application/json"),
        ('{"a": NaN}', "application/json"),
        ('{"a": 1}', ""),
    ],
)
@pytest.mark.fault("wire", 2, 3)
def test_what_is_no_json_is_never_taken_for_data(server: Any, answers: Any, make: Make, body: str, content_type: str) -> None:
    server.script = [answers.reply(body, 200, content_type), answers.reply('{"a": 1}')]
    assert make().request("GET", "/x").data == {"a": 1}
    server.script = [answers.reply(body, 200, content_type)]
    with pytest.raises(RetriableError):
        make().request("GET", "/x")


@pytest.mark.fault("wire", 4)
def test_every_cut_of_a_body_is_noticed(server: Any, answers: Any, make: Make) -> None:
    whole = json.dumps({"orders": [{"id": n, "name": f"#{n}"} for n in range(3)]}).encode()
    packed = gzip.compress(whole)
    session = make()
    for data, headers in [(whole, {}), (packed, {"Content_Encoding": "gzip"})]:
        for length in range(0, len(data), 3):
            server.script = [
                answers.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%s\r\n" % _head(headers, len(data)) + data[:length]),
                answers.reply(data, **headers),
            ]
            assert session.request("GET", "/x").data == json.loads(whole)


@pytest.mark.fault("wire", 4)
def test_a_compressed_body_cut_behind_a_proxy_is_noticed(server: Any, answers: Any, make: Make) -> None:
    packed = gzip.compress(json.dumps({"rows": list(range(500))}).encode())
    wrong_sum = packed[:-8] + bytes(4) + packed[-4:]
    for damaged in (packed[:-8], packed[:40], wrong_sum, packed[:30] + b"\xff" + packed[31:]):
        server.script = [answers.reply(damaged, Content_Encoding="gzip"), answers.reply(packed, Content_Encoding="gzip")]
        assert make().request("GET", "/x").data == {"rows": list(range(500))}


def test_gzip_of_several_members_and_deflate_are_read(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply(gzip.compress(b'{"a":') + gzip.compress(b" 1}"), Content_Encoding="gzip")]
    assert make().request("GET", "/x").data == {"a": 1}
    server.script = [answers.reply(zlib.compress(b'{"a": 1}'), Content_Encoding="deflate")]
    assert make().request("GET", "/x").data == {"a": 1}


@pytest.mark.fault("wire", 4)
def test_a_chunked_body_without_its_end_is_fetched_again(server: Any, answers: Any, make: Make) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.script = [answers.raw(head + b'8\r\n{"a": 1}\r\n'), answers.reply('{"a": 2}')]
    assert make().request("GET", "/x").data == {"a": 2}


@pytest.mark.fault("wire", 5)
def test_a_server_that_dribbles_is_given_up_at_the_deadline(server: Any, answers: Any, make: Make) -> None:
    def slow(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            threading.Event().wait(0.05)

    server.script = [slow]
    with pytest.raises(RetriableError, match="too slowly"):
        make().request("GET", "/x", deadline=0.4)


@pytest.mark.fault("wire", 5)
def test_a_silent_server_is_given_up(server: Any, make: Make) -> None:
    server.script = [lambda handler: threading.Event().wait(3)]
    with pytest.raises(RetriableError, match="in time"):
        make().request("GET", "/x", deadline=1.5)


def test_bombs_are_not_unpacked(server: Any, answers: Any, make: Make) -> None:
    bomb = gzip.compress(b"[" + b" " * (40 * 2**20) + b"]")
    server.script = [answers.reply(bomb, Content_Encoding="gzip")]
    with pytest.raises(SourceError, match="200 times"):
        make().request("GET", "/x")
    server.script = [answers.reply(gzip.compress(bomb), Content_Encoding="gzip, gzip")]
    with pytest.raises(SourceError, match="not asked for"):
        make().request("GET", "/x")
    assert len(server.seen) == 2


def test_a_page_may_not_be_larger_than_the_limit(server: Any, answers: Any, context: Any, make: Make) -> None:
    context.limits = context.limits.model_copy(update={"page_bytes": 70_000})
    server.script = [answers.reply(b"[" + b" " * 80_000 + b"]")]
    with pytest.raises(SourceError, match="larger than"):
        make().request("GET", "/x")


@pytest.mark.parametrize("depth", [65, 5_000, 200_000])
def test_deep_json_is_refused(server: Any, answers: Any, make: Make, depth: int) -> None:
    server.script = [answers.reply("[" * 64 + "]" * 64)]
    make().request("GET", "/x")
    server.script = [answers.reply("[" * depth + "]" * depth)]
    with pytest.raises(SourceError, match="nested"):
        make().request("GET", "/x")


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
def test_redirects_are_not_followed(server: Any, answers: Any, make: Make, status: int) -> None:
    server.script = [answers.reply("{}", status, Location="http://169.254.169.254/latest/meta-data")]
    with pytest.raises(SourceError, match="redirected"):
        make().request("GET", "/x")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/x",
        "https://evil.example/x",
        "//evil.example/x",
        "http://127.0.0.1:1/x",
        "http://user@{host}/x",
        "http:\\\\evil.example",
    ],
)
def test_next_links_stay_on_the_host(server: Any, answers: Any, make: Make, link: str) -> None:
    server.script = [answers.reply()]
    with pytest.raises(SourceError, match="another host"):
        make().request("GET", link.format(host=server.url.removeprefix("http://")))
    assert not server.seen


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_but_reads_is_sent(server: Any, answers: Any, make: Make, method: str) -> None:
    server.script = [answers.reply()]
    session = make(reading_posts=[ReadingPost("/graphql", lambda body: b"mutation" not in body)])
    for send in (lambda: session.request(method, "/orders", json={}), lambda: getattr(session, method.lower())(f"{server.url}/orders")):
        with pytest.raises(SourceError, match="mere read"):
            send()
    with pytest.raises(SourceError, match="mere read"):
        session.request("POST", "/graphql", json={"query": "mutation { x }"})
    with pytest.raises(SourceError, match="mere read"):
        session.request("POST", "/graphql/../orders/graphql", json={})
    assert not server.seen
    session.request("POST", "/graphql", json={"query": "{ shop }"})
    assert [entry["method"] for entry in server.seen] == ["POST"]


def test_only_salesforce_may_be_written_and_a_write_is_never_repeated(server: Any, answers: Any, make: Make) -> None:
    with pytest.raises(ValueError, match="Salesforce"):
        make(writes=[Write("PATCH", "/x")])
    server.script = [answers.reply("{}", 503)]
    with pytest.raises(RetriableError):
        make(kind="salesforce", writes=[Write("PATCH", "/x")]).request("PATCH", "/x", json={})
    assert len(server.seen) == 1


def test_a_session_that_may_write_sends_nothing_but_the_writes_it_named(server: Any, make: Make) -> None:
    session = make(kind="salesforce", writes=[Write("PATCH", "/x")])
    for method, path in (("DELETE", "/x"), ("PATCH", "/x/y"), ("POST", "/x")):
        with pytest.raises(SourceError, match="mere read"):
            session.request(method, path, json={})
    assert not server.seen


def test_plain_http_is_for_this_machine_only(make: Make) -> None:
    with pytest.raises(SourceError, match="https"):
        make("http://shop.example")


def test_calls_are_counted_and_budgeted(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply()]
    session = make()
    session.host.budget = 2
    session.request("GET", "/x")
    session.request("GET", "/x")
    with pytest.raises(QuotaError):
        session.request("GET", "/x")
    assert session.calls == len(server.seen) == 2


def test_the_servers_clock_is_compared(server: Any, answers: Any, context: Any, make: Make) -> None:
    context.now = lambda: datetime.now(UTC) - timedelta(minutes=5)
    server.script = [answers.reply()]
    session = make()
    assert session.host.skew is None
    session.request("GET", "/x")
    assert session.host.skew is not None and 297 < session.host.skew < 303
    assert abs(session.host.server_now() - datetime.now(UTC)) < timedelta(seconds=3)


def test_connections_are_kept(server: Any, answers: Any, make: Make) -> None:
    ports: list[int] = []

    def note(handler: Any) -> None:
        ports.append(handler.client_address[1])
        answers.reply()(handler)

    server.script = [note]
    session = make()
    for _ in range(5):
        session.request("GET", "/x")
    assert len(set(ports)) == 1


def test_cookies_and_netrc_never_get_in(server: Any, answers: Any, make: Make, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.script = [answers.reply("{}", Set_Cookie="a=b")]
    session = make()
    session.request("GET", "/x")
    session.request("GET", "/x")
    assert not {"Cookie", "Authorization"} & set(server.seen[1]["headers"])


@pytest.mark.fault("wire", 4, 10)
def test_a_download_is_whole_or_fetched_again(server: Any, answers: Any, make: Make) -> None:
    data = "".join(f'{n},"a\nb\u2028c"\r\n' for n in range(50_000)).encode()
    packed = gzip.compress(data)
    cut = answers.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n%s\r\n" % _head({"Content_Encoding": "gzip"}, len(packed)) + packed[:5000]
    )
    server.script = [cut, cut, answers.reply(packed, 200, "text/csv", Content_Encoding="gzip", X_Count="50000")]
    with make().download("/file", expect="csv") as file:
        assert b"".join(file.lines()) == b"".join(file.blocks()) == data
        assert file.size == len(data) and file.headers["x-count"] == "50000"
    assert len(server.seen) == 3


def test_a_download_that_is_a_web_page_is_refused(server: Any, answers: Any, make: Make) -> None:
    server.script = [answers.reply("<html>", 200, "text/html")]
    with pytest.raises(RetriableError, match="web page"):
        make().download("/file", expect="csv")
    server.script = [answers.reply("{}", 404)]
    with pytest.raises(SourceError, match="404"):
        make().download("/file")


def test_result_files_come_from_listed_hosts_and_without_credentials(server: Any, answers: Any, make: Make) -> None:
    session = make("http://127.0.0.2:9", result_hosts=["127.0.0.1"])
    session.auth_headers["X-Token"] = "geheim"
    server.script = [answers.reply(b"x", 200, "application/jsonl")]
    with pytest.raises(SourceError, match="not expected"), closing(session.download(f"{server.url}/file")):
        pass  # plain http never, not even from this machine
    assert not server.seen


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/f", "http://storage.example/f", "https://storage.example:444/f", "https://user@storage.example/f",
        "https://storage.example.evil.example/f", "ftp://storage.example/f",
    ],
)  # fmt: skip
def test_result_files_of_other_places_are_refused(make: Make, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(layer.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.216.34", 443))])
    session = make("https://shop.example", result_hosts=["storage.example"])
    assert session._result_url("https://storage.example/f") == "https://storage.example/f"
    with pytest.raises(SourceError, match="not expected"):
        session.download(url)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "127.0.0.1", "192.168.1.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "0.0.0.0", "fc00::1"]
)
def test_a_listed_host_that_resolves_to_a_private_address_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(layer.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    session = make("https://shop.example", result_hosts=["storage.example"])
    with pytest.raises(SourceError, match="not expected"):
        session.download("https://storage.example/f")


@pytest.mark.fault("wire", 1)
def test_half_of_all_answers_may_be_429(server: Any, answers: Any, make: Make) -> None:
    import random

    dice = random.Random(7)
    good, busy = answers.reply(), answers.reply("{}", 429, Retry_After="1")
    server.script = [lambda handler: (busy if dice.random() < 0.5 else good)(handler)]  # noqa: PLW0108 - thrown anew each time
    session = make()
    for n in range(2000):
        assert session.request("GET", f"/{n}").data == {}


def _head(headers: dict[str, str], length: int) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in [*lines, f"Content-Length: {length}"]).encode()
