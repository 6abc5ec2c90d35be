"""Reading a whole instance over HTTPS: complete, resumable, unharmed by what platforms and networks do meanwhile."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from recon.errors import AuthError, QuotaError, ReconError, RetriableError, SourceError
from recon.sandbox.commerce_cloud import orders as stand_in
from recon.sandbox.commerce_cloud.shop import stamp
from recon.systems.base import Window
from recon.systems.commerce_cloud import extractor

Pour = Callable[..., Any]
ALL = ["orders", "products", "inventory_lists", "inventory", "customers_xml", "pricebooks_xml"]
SIZES = {"orders": 45, "products": 26, "inventory_lists": 2, "inventory": 21, "customers_xml": 12, "pricebooks_xml": 23}
FILES = {"orders_xml": 45, "customers_xml": 12, "catalog_xml": 26, "inventory_xml": 23, "pricebooks_xml": 23}
KEYS = ("orderNo", "id", "product_id", "@customer-no", "@product-id")


def key(line: dict[str, Any]) -> Any:
    name = next((name for name in KEYS if name in line), "")
    return line.get("@pricebook-id"), line.get("inventory_list_id"), line.get(name)


def numbers(landed: Any) -> list[str]:
    return sorted(line["orderNo"] for line in landed.lines)


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of every list at 20 instead of 10,000, for us and for the platform."""
    monkeypatch.setattr(extractor, "CEILING", 20)
    monkeypatch.setattr(stand_in, "WINDOW", 20)


def test_a_full_read_is_complete_proven_and_brings_nothing_twice(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader(page_size=7)
    assert [stream.name for stream in reader.streams()] == ALL
    for name in ALL:
        landed = pour_stream(reader, name, world.window())
        keys = [key(line) for line in landed.lines]
        assert len(keys) == len(set(keys)) == SIZES[name], name
        proof = prove_stream(reader, name, world.window(), landed)
        assert proof.complete, (name, proof.reason)
        assert proof.expected in {None, SIZES[name]}
    assert reader.calls == len(world.requests())


@pytest.mark.parametrize("name", ["orders", "products", "inventory"])
def test_reading_goes_on_after_any_chunk(world: Any, pour_stream: Pour, prove_stream: Pour, name: str) -> None:
    off = {"orders": "none", "products": "none", "inventory": "none", "impex": None, name: "api"}
    given: dict[str, Any] = {"page_size": 13, **({"catalogs": ("master",)} if name == "products" else {}), **off}
    whole = pour_stream(world.reader(**given), name, world.window())
    assert whole.chunks > 3
    for stop in range(1, whole.chunks + 1):
        cut = pour_stream(world.reader(**given), name, world.window(), stop_after=stop)
        reader = world.reader(**given)
        landed = pour_stream(reader, name, world.window(), cut)
        assert landed.table == whole.table, stop
        assert prove_stream(reader, name, world.window(), landed).complete, stop


def test_facts_need_no_more_than_tokens(world: Any) -> None:
    facts = world.reader(title="Our shop").facts()
    assert (facts.account_id, facts.title, facts.record_url_template) == ("f_ecom_zzxy_prd", "Our shop", "")
    assert {entry["path"] for entry in world.requests()} == {"/dwsso/oauth2/access_token"}


# -- the list that ends ---------------------------------------------------------------------------------------------------------


def test_more_than_ten_thousand_orders_are_read_by_windows(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    start = world.shop.now() - timedelta(days=40)
    slim = ({"orderNo": f"B{n:06}", "siteId": "Outlet", "status": "new"} for n in range(10_400))
    times = [(stamp(start + timedelta(minutes=n)), stamp(start + timedelta(minutes=2 * n))) for n in range(10_400)]
    made = ({**one, "creationDate": born, "lastModified": changed} for one, (born, changed) in zip(slim, times, strict=True))
    world.shop.load("orders", made)
    reader = world.reader(sites=("Outlet",))
    landed = pour_stream(reader, "orders", world.window())
    assert len(set(numbers(landed))) == len(landed.lines) == 10_405
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert (proof.complete, proof.expected) == (True, 10_405)
    asked = [parse_qs(entry["query"]) for entry in world.requests() if entry["path"].endswith("/orders")]
    assert all(int(query["offset"][0]) + int(query["limit"][0]) <= 10_000 for query in asked)
    assert all(query["sortOrder"] == ["asc"] and query["siteId"] == ["Outlet"] for query in asked)
    assert len(asked) < 140  # twice 53 pages, and what the halving costs


@pytest.mark.usefixtures("small_windows")
def test_windows_are_halved_as_often_as_needed(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader(page_size=7)
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.lines) == 45
    assert prove_stream(reader, "orders", world.window(), landed).complete
    assert {entry["status"] for entry in world.requests()} == {200, 207}


@pytest.mark.usefixtures("small_windows")
def test_a_second_with_too_many_orders_is_said_and_the_rest_is_read(
    world: Any, pour_stream: Pour, prove_stream: Pour, make_order: Callable[..., dict[str, Any]]
) -> None:
    world.shop.load("orders", [{**make_order(number, "Outlet", age=30.0), "orderNo": f"X{number}"} for number in range(100, 130)])
    reader = world.reader(page_size=7)
    landed = pour_stream(reader, "orders", world.window())
    assert {number for number in numbers(landed) if number.startswith("0")} == {f"{n:08}" for n in range(1, 46)}
    assert len([number for number in numbers(landed) if number.startswith("X")]) == 20
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert not proof.complete
    assert "one second hold more than" in proof.reason


def test_checkouts_that_never_became_orders_are_in_no_list(world: Any, pour_stream: Pour) -> None:
    assert not {"00000090", "00000091"} & set(numbers(pour_stream(world.reader(), "orders", world.window())))


def test_numbers_keep_their_zeros_and_amounts_every_digit(world: Any, pour_stream: Pour) -> None:
    landed = pour_stream(world.reader(), "orders", world.window())
    assert b'"orderNo":"00000001"' in landed.raw[0]
    assert re.search(rb'"orderTotal":40\.5[,}]', landed.raw[0])


# -- changes while reading ----------------------------------------------------------------------------------------------------


@pytest.mark.fault("commerce_cloud", 7)
def test_what_changes_while_reading_takes_nobody_else_with_it(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader(page_size=7)
    landed = pour_stream(reader, "orders", world.window(), stop_after=2)
    for number in (2, 4, 6):  # the oldest move to the end of the list, so that all behind them move forward
        world.shop.update("orders", f"{number:08}", {"status": "completed"}, owner="Nordhaus")
    landed = pour_stream(reader, "orders", world.window(), landed)
    assert set(numbers(landed)) == {f"{n:08}" for n in range(1, 46)}
    newest = {line["orderNo"]: line["status"] for line in landed.lines}
    assert [newest[f"{n:08}"] for n in (2, 4, 6)] == ["completed"] * 3
    assert prove_stream(reader, "orders", world.window(), landed).complete


def test_what_vanishes_while_reading_takes_nobody_else_with_it(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    for name, kind, owner in (("products", "products", ""), ("inventory", "inventory_records", "berlin")):
        reader = world.reader(page_size=7)
        size = len(pour_stream(world.reader(), name, world.window()).lines)
        landed = pour_stream(reader, name, world.window(), stop_after=1)
        gone = [line.get("product_id") or line["id"] for line in landed.lines][:2]
        for one in gone:
            world.shop.delete(kind, one, owner)
        landed = pour_stream(reader, name, world.window(), landed)
        assert len({key(line) for line in landed.lines}) == size
        assert prove_stream(reader, name, world.window(), landed).complete


def test_a_new_order_is_found_by_its_creation_though_the_index_did_not_know_its_change(
    world: Any, pour_stream: Pour, make_order: Any
) -> None:
    reader = world.reader(page_size=7, sites=("Outlet",))
    landed = pour_stream(reader, "orders", world.window(), stop_after=2)
    late = {**make_order(60, "Outlet", age=300.0), "lastModified": stamp(world.shop.now() - timedelta(days=80))}
    world.shop.load("orders", [late])
    landed = pour_stream(reader, "orders", world.window(), landed)
    assert "00000060" in numbers(landed)


def test_a_delta_brings_what_changed(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    since = world.shop.now() - timedelta(hours=100)
    world.shop.update("orders", "00000003", {"status": "cancelled"}, owner="Nordhaus")
    world.shop.advance(60)
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window(since))
    found = set(numbers(landed))
    assert "00000003" in found
    assert "00000002" not in found
    assert found >= {f"{n:08}" for n in range(40, 46)}
    proof = prove_stream(reader, "orders", world.window(since), landed)
    assert (proof.complete, proof.expected) == (True, None)
    asked = [entry["query"] for entry in world.requests() if "lastModifiedDateFrom" in entry["query"]]
    assert any(parse_qs(query)["lastModifiedDateFrom"] == [stamp(since - timedelta(minutes=15))] for query in asked)


# -- quota and trouble --------------------------------------------------------------------------------------------------------


def test_the_platforms_load_slows_reading_down(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(page_size=7, sites=("Outlet",))
    reader.streams()
    world.shop.faults.on("GET .*/orders", "load", times=2, level=85)
    world.shop.faults.on("GET .*/orders", "load", times=1, after=0, level=95)
    pour_stream(reader, "orders", world.window())
    pauses = [wait for wait in world.waited if wait > 0.45]
    assert any(0.4 < wait < 1.1 for wait in pauses)
    assert any(wait > 29 for wait in pauses)
    assert not any(entry["status"] == 503 for entry in world.requests())


def test_a_platform_at_its_limit_is_asked_again(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(sites=("Outlet",))
    reader.streams()
    world.shop.faults.on("GET .*/orders", "load", level=100)
    assert len(pour_stream(reader, "orders", world.window()).lines) == 5
    assert [entry["status"] for entry in world.requests()].count(503) == 1


@pytest.mark.fault("commerce_cloud", 1)
def test_a_wait_that_is_asked_for_is_kept(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(sites=("Outlet",))
    reader.streams()
    world.shop.faults.on("GET .*/orders", "throttled", times=2, seconds=17)
    assert len(pour_stream(reader, "orders", world.window()).lines) == 5
    assert sum(wait >= 17 for wait in world.waited) == 2


TROUBLE: dict[str, dict[str, Any]] = {
    "503 as a page": {"action": "status", "status": 503},
    "502": {"action": "status", "status": 502},
    "504 after a minute": {"action": "status", "status": 504},
    "page instead of data": {"action": "html_200"},
    "nothing instead of data": {"action": "empty_200"},
    "connection reset": {"action": "reset"},
    "cut": {"action": "truncate"},
    "broken gzip": {"action": "bad_gzip"},
    "page twice": {"action": "duplicate_page", "after": 2},
    "token ended": {"action": "token_expired", "times": 1},
    "last of a page hidden": {"action": "hidden", "times": 1},
}


@pytest.mark.fault("commerce_cloud", 2, 3, 4, 5, 6, 8)
@pytest.mark.parametrize("kind", TROUBLE)
@pytest.mark.parametrize("name", ["orders", "products", "inventory"])
def test_passing_trouble_leaves_no_trace(world: Any, pour_stream: Pour, prove_stream: Pour, name: str, kind: str) -> None:
    trouble = dict(TROUBLE[kind])
    match = {"orders": "GET .*/orders", "products": "POST .*/product-search", "inventory": "GET .*/product_inventory_records"}[name]
    if kind == "last of a page hidden" and name != "orders":
        return
    reader = world.reader(page_size=7)
    reader.streams()
    # the two requests that are struck are neighbours, and neither is the first
    world.shop.faults.on(match, trouble.pop("action"), after=trouble.pop("after", 2), times=trouble.pop("times", 2), **trouble)
    landed = pour_stream(reader, name, world.window())
    assert len({key(line) for line in landed.lines}) == SIZES[name]
    assert prove_stream(reader, name, world.window(), landed).complete


def test_answers_above_ten_megabytes_are_asked_for_in_smaller_pages(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.largest_answer = 20_000
    reader = world.reader(page_size=40)
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.lines) == 45
    assert prove_stream(reader, "orders", world.window(), landed).complete
    limits = {parse_qs(entry["query"])["limit"][0] for entry in world.requests() if entry["status"] == 500}
    assert "40" in limits


def test_a_record_that_cannot_be_answered_is_stepped_over_and_said(
    world: Any, pour_stream: Pour, prove_stream: Pour, make_order: Any
) -> None:
    world.shop.load("orders", [{**make_order(20), "customerOrderReference": "x" * 40_000}])
    world.shop.largest_answer = 30_000
    reader = world.reader(page_size=8)
    landed = pour_stream(reader, "orders", world.window())
    assert set(numbers(landed)) == {f"{n:08}" for n in range(1, 46) if n != 20}
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert not proof.complete
    assert "too large" in proof.reason


def test_tokens_are_renewed_before_they_end(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(page_size=7)
    pour_stream(reader, "orders", world.window(), stop_after=2)
    for _ in range(3):
        world.shop.advance(1_700)
        reader.client.host.clock.sleep(0)
        reader.client.host.clock._skipped += 1_700
        reader._try(extractor.ORDERS)
    assert not any(entry["status"] == 401 for entry in world.requests())
    assert sum(entry["path"].endswith("/access_token") for entry in world.requests()) > 4


def test_a_token_that_is_refused_twice_ends_the_read_with_what_to_do(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.streams()
    world.shop.faults.on("GET .*/orders", "token_expired", times=None)
    with pytest.raises(AuthError, match="fresh token is refused"):
        pour_stream(reader, "orders", world.window())


def test_trouble_that_stays_is_an_error_that_can_be_tried_again(world: Any) -> None:
    world.shop.faults.on("POST .*/access_token", "status", times=None, status=500)
    with pytest.raises(RetriableError):
        world.reader().facts()
    assert len(world.requests()) == 4


def test_a_budget_of_calls_ends_the_read(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(page_size=2)
    reader.streams()
    reader.client.host.budget = 2
    with pytest.raises(QuotaError):
        pour_stream(reader, "orders", world.window())


# -- rights -------------------------------------------------------------------------------------------------------------------


def test_a_scope_that_is_missing_closes_one_stream_and_says_so(world: Any) -> None:
    world.shop.add_client("audit-client-7f3a", "s3cret/+of-the-client", scopes=("sfcc.orders",), ocapi=False)
    reader = world.reader()
    assert [stream.name for stream in reader.streams()] == ["orders", "customers_xml", "pricebooks_xml"]
    why = reader.not_covered()
    assert "scope" in why["products"]
    assert "may not read stock" in why["inventory_levels"]
    assert "may not read inventory lists" in why["locations"]
    assert "prices" not in why
    assert "refunds" in why["refunds"]
    checks = {check.subject: check for check in reader.checks()}
    assert (checks["Orders"].level, checks["Products"].level, checks["Stock"].level) == ("ok", "warn", "warn")
    assert "sfcc.products" in checks["Products"].hint
    assert "fail" not in {check.level for check in checks.values()}


def test_another_tenant_is_refused(world: Any) -> None:
    reader = world.reader(tenant_id="abcd_prd")
    assert "orders" not in {stream.name for stream in reader.streams()}
    assert "abcd_prd" in reader.not_covered()["orders"]


def test_a_wrong_password_is_an_error_of_access(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFCC_SECRET", "something-else")
    reader = world.reader()
    with pytest.raises(AuthError, match="does not know the API client"):
        reader.facts()
    assert [check.level for check in reader.checks()] == ["fail"]


def test_a_site_and_an_inventory_list_that_do_not_exist_are_named(world: Any) -> None:
    with pytest.raises(SourceError, match="no site Suedhaus"):
        world.reader(sites=("Nordhaus", "Suedhaus")).streams()
    with pytest.raises(SourceError, match="no inventory list paris"):
        world.reader(inventory_lists=("paris",)).streams()


def test_a_signed_assertion_instead_of_a_password(world: Any, pour_stream: Pour, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    world.shop.add_client("signing-client", public_keys=[public], ocapi=True)
    monkeypatch.setenv("SFCC_KEY", private)
    reader = world.reader(client_id="signing-client", client_secret=None, private_key="env:SFCC_KEY")
    assert len(pour_stream(reader, "orders", world.window()).lines) == 45


def test_a_client_of_its_own_for_ocapi_and_files(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.shop.add_client("audit-client-7f3a", "s3cret/+of-the-client")
    world.shop.add_client("ocapi-client", "another-secret", scopes=(), ocapi=True)
    monkeypatch.setenv("SFCC_OTHER", "another-secret")
    reader = world.reader(ocapi_client_id="ocapi-client", ocapi_client_secret="env:SFCC_OTHER")
    assert [stream.name for stream in reader.streams()] == ALL


def test_without_files_customers_are_not_covered(world: Any) -> None:
    reader = world.reader(impex=None)
    assert "files only" in reader.not_covered()["customers"]
    assert {check.subject: check.level for check in reader.checks()}["customers"] == "warn"


def test_doctor_speaks_of_access_files_clock_and_cost(world: Any) -> None:
    checks = {check.subject: check for check in world.reader().checks()}
    assert {check.level for check in checks.values()} == {"ok"}
    assert "26 products" in checks["cost"].message
    assert "21 inventory" in checks["cost"].message


def test_an_order_is_looked_for_once_more_before_it_is_called_deleted(world: Any) -> None:
    reader = world.reader()
    first, *_ = reader.again("orders", "number")
    (look,) = reader.reread(first, "number", ["00000042", "99999999"])
    assert {key: fate.state for key, fate in look.fates.items()} == {"00000042": "here", "99999999": "gone"}


# -- nothing but reads, no secrets -----------------------------------------------------------------------------------------------


def test_nothing_but_reads_is_ever_sent(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    for name in ALL:
        prove_stream(reader, name, world.window(), pour_stream(reader, name, world.window()))
    list(reader.checks())
    posts = {entry["path"] for entry in world.requests() if entry["method"] == "POST"}
    assert posts == {"/dwsso/oauth2/access_token", "/product/products/v1/organizations/f_ecom_zzxy_prd/product-search"}
    assert {entry["method"] for entry in world.requests()} == {"GET", "POST", "PROPFIND"}
    assert not any(re.search("jobs|executions", entry["path"]) for entry in world.requests())
    organization = "/checkout/orders/v1/organizations/f_ecom_zzxy_prd/orders"
    for method, path in (
        ("PUT", f"{organization}/00000001/export-status"), ("PATCH", f"{organization}/00000001"), ("POST", organization),
        ("POST", "/s/-/dw/data/v25_6/jobs/sfcc-site-archive-export/executions"), ("DELETE", "/on/demandware.servlet/webdav/Sites/Impex/x"),
        ("MKCOL", "/on/demandware.servlet/webdav/Sites/Impex/x"), ("PROPPATCH", "/on/demandware.servlet/webdav/Sites/Impex/x"),
    ):  # fmt: skip
        before = len(world.requests())
        for session in (reader.client.api, reader.client.instance, reader.client.dav, reader.client.account):
            assert session is not None
            with pytest.raises(SourceError, match="mere read"):
                session.request(method, path, json={"status": "exported"})
        assert len(world.requests()) == before


def test_only_scopes_that_read_are_asked_for(world: Any) -> None:
    sent: list[str] = []
    reader = world.reader()
    send = reader.client.account.send

    def spy(request: Any, **more: Any) -> Any:
        sent.append(request.body if isinstance(request.body, str) else (request.body or b"").decode())
        return send(request, **more)

    reader.client.account.send = spy  # type: ignore[method-assign]
    reader.streams()
    scopes = [parse_qs(body).get("scope", [""])[0] for body in sent]
    assert sorted(scopes) == ["", "SALESFORCE_COMMERCE_API:zzxy_prd sfcc.orders", "SALESFORCE_COMMERCE_API:zzxy_prd sfcc.products"]


def test_no_error_and_no_log_holds_secrets_or_people(world: Any, pour_stream: Pour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[ReconError] = []
    window = Window(None, world.shop.now())
    for action, more in (("token_expired", {}), ("status", {"status": 500}), ("status", {"status": 400}), ("scope_missing", {})):
        world.shop.faults.clear()
        reader = world.reader()
        reader.streams()
        world.shop.faults.on("GET .*/orders", action, times=None, **more)
        with pytest.raises(ReconError) as caught:
            for _ in range(3):
                pour_stream(reader, "orders", window)
                raise AssertionError("an error was expected")
        errors.append(caught.value)
    text = caplog.text + json.dumps([str(error) for error in errors])
    assert "s3cret" not in text
    assert "buyer" not in text
    tokens = [row[0] for row in world.shop.rows("select token from tokens")]
    assert not any(token in text for token in tokens)


def test_payment_data_and_machines_do_not_land(world: Any, pour_stream: Pour) -> None:
    raw = b"".join(pour_stream(world.reader(), "orders", world.window()).raw)
    for word in (b"192.0.2.7", b"c_score", b"maskedNumber", b"holder"):
        assert word not in raw
    first = datetime.fromisoformat(json.loads(raw.split(b"\n")[0])["lastModified"])
    assert first.tzinfo is not None
