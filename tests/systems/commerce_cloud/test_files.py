"""Exported XML from a folder or WebDAV: streamed, complete, and no way in for anything else."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.errors import SourceError
from recon.systems.commerce_cloud.impex import File, Folder, Impex
from recon.systems.commerce_cloud.xml import Reader, Unfit

Pour = Callable[..., Any]
STREAMS = {"orders_xml": 45, "customers_xml": 12, "catalog_xml": 26, "inventory_xml": 23, "pricebooks_xml": 23}
ORDERS = "http://www.demandware.com/xml/impex/order/2006-10-31"
CUSTOMERS = "http://www.demandware.com/xml/impex/customer/2006-10-31"


def orders(*inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<orders xmlns="{ORDERS}">{"".join(inner)}</orders>'


def one_order(number: str, status: str = "NEW", **attributes: str) -> str:
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<order order-no="{number}"{extra}><currency>EUR</currency><status><order-status>{status}</order-status></status></order>'


def records(text: str | bytes, size: int = 7) -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    return list(Reader().records(data[start : start + size] for start in range(0, len(data), size)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


@pytest.fixture
def lines(world: Any, pour_stream: Pour, folder: Path) -> Callable[..., list[dict[str, Any]]]:
    def read(name: str, **given: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = pour_stream(world.reader(world.files(impex=str(folder), **given)), name, world.window()).lines
        return found

    return read


# -- a folder and WebDAV --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["folder", "webdav"])
def test_all_files_of_an_instance_are_read(world: Any, pour_stream: Pour, prove_stream: Pour, place: str) -> None:
    api = {"orders": "impex", "products": "impex", "inventory": "impex"}
    reader = world.reader(world.files() if place == "folder" else world.settings(**api))
    assert {stream.name for stream in reader.streams()} == set(STREAMS)
    for name, size in STREAMS.items():
        landed = pour_stream(reader, name, world.window())
        assert len(landed.lines) == size, name
        proof = prove_stream(reader, name, world.window(), landed)
        assert proof.complete, proof.reason
    if place == "webdav":
        fetched = [entry["path"] for entry in world.requests() if entry["method"] == "GET"]
        assert len(fetched) == len(set(fetched)) == 6
    assert reader.facts().api_version == "impex"


def test_webdav_and_folder_bring_the_same(world: Any, pour_stream: Pour) -> None:
    far = world.reader(orders="impex", products="impex", inventory="impex")
    near = world.reader(world.files(sites=("Nordhaus", "Outlet")))
    for name in STREAMS:
        assert pour_stream(far, name, world.window()).lines == pour_stream(near, name, world.window()).lines


def test_reading_goes_on_after_any_file(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    whole = pour_stream(world.reader(world.files()), "orders_xml", world.window())
    assert whole.chunks == 2
    cut = pour_stream(world.reader(world.files()), "orders_xml", world.window(), stop_after=1)
    reader = world.reader(world.files())
    landed = pour_stream(reader, "orders_xml", world.window(), cut)
    assert landed.raw == whole.raw
    assert prove_stream(reader, "orders_xml", world.window(), landed).complete


def test_files_that_come_while_reading_make_it_incomplete(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    settings = world.files()
    reader = world.reader(settings)
    landed = pour_stream(reader, "customers_xml", world.window())
    (Path(settings.impex) / "orders-new.xml").write_text(orders(one_order("1")))
    proof = prove_stream(reader, "customers_xml", world.window(), landed)
    assert not proof.complete
    assert "changed, came or went" in proof.reason


def test_a_folder_that_is_not_there_and_one_without_files(world: Any, folder: Path) -> None:
    with pytest.raises(SourceError, match="there is no folder"):
        world.reader(world.files(impex=str(folder / "nothing"))).streams()
    reader = world.reader(world.files(impex=str(folder)))
    assert reader.streams() == ()
    assert "No file of orders lies in impex" in reader.not_covered()["orders"]
    assert {check.level for check in reader.checks()} == {"warn", "ok"}


def test_a_link_out_of_the_folder_is_not_followed(world: Any, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(orders(one_order("1")))
    (folder / "orders.xml").symlink_to(outside)
    assert world.reader(world.files(impex=str(folder))).streams() == ()


def test_a_file_that_is_being_written_is_not_believed(world: Any, pour_stream: Pour) -> None:
    world.shop.faults.on(r"GET .*customers-Nordhaus\.xml", "status", times=None, status=404)
    with pytest.raises(SourceError, match="does not know the file"):
        world.reader(orders="none", products="none", inventory="none").streams()


# -- records --------------------------------------------------------------------------------------------------------------------


def test_packed_files_are_read(lines: Any, folder: Path) -> None:
    (folder / "orders.xml.gz").write_bytes(gzip.compress(orders(one_order("1"), one_order("2")).encode()))
    assert [line["@order-no"] for line in lines("orders_xml")] == ["1", "2"]


def test_files_lie_in_the_order_of_their_time_stamps(lines: Any, folder: Path) -> None:
    names = ["20261123-153000_orders.xml", "20261122153000123_orders.xml", "2026-11-24T01-02-03-orders.xml", "20261123-orders.xml"]
    for n, name in enumerate(names):
        (folder / name).write_text(orders(one_order(str(n))))
        os.utime(folder / name, (1_700_000_000 - n, 1_700_000_000 - n))
    assert [line["@order-no"] for line in lines("orders_xml")] == ["1", "3", "0", "2"]
    assert lines("orders_xml")[2]["@exported"] == "2026-11-23T15:30:00.000Z"
    assert [line["@order-no"] for line in lines("orders_xml", impex_whole=("orders",))] == ["2"]


def test_deleted_records_say_so(lines: Any, folder: Path) -> None:
    (folder / "orders.xml").write_text(orders('<order order-no="0007" mode="delete"/>', one_order("8")))
    assert [line.get("@mode") for line in lines("orders_xml")] == ["delete", None]


def test_passwords_and_private_data_are_dropped_on_read(world: Any, pour_stream: Pour) -> None:
    settings = world.files()
    text = next(Path(settings.impex).glob("customers*.xml")).read_text()
    assert "encryptionScheme" in text
    raw = b"".join(b"".join(pour_stream(world.reader(settings), name, world.window()).raw) for name in ("customers_xml", "orders_xml"))
    for word in (b"password", b"scrypt", b"birthday", b"1980-01-02", b"192.0.2.7", b"c2NyeXB0"):
        assert word not in raw
    assert b"c1@example.com" in raw


def test_card_and_account_data_are_dropped_on_read() -> None:
    secret = (
        "<payments><payment><credit-card><card-type>VISA</card-type><card-number>4111111111111111</card-number>"
        "<card-holder>Ida Brandt</card-holder><card-token>tok-1</card-token></credit-card><amount>3.00</amount></payment>"
        "<payment><bank-transfer><account-number>DE00</account-number></bank-transfer><amount>4.10</amount></payment></payments>"
    )
    (found,) = records(orders(f'<order order-no="1">{secret}<remoteHost>192.0.2.1</remoteHost></order>'))
    assert found.value == {
        "@order-no": "1",
        "payments": {"payment": [{"credit-card": {"card-type": "VISA"}, "amount": "3.00"}, {"bank-transfer": {}, "amount": "4.10"}]},
    }


def test_text_is_kept_as_it_is() -> None:
    (found,) = records(
        orders('<order order-no="00012"><currency>EUR</currency><created-by>A &amp; B &#xE9;&#x1F600;<![CDATA[<x>]]></created-by></order>')
    )
    assert found.value["created-by"] == "A & B é\U0001f600<x>"
    assert found.value["@order-no"] == "00012"


def test_other_encodings_are_read() -> None:
    text = orders('<order order-no="1"><created-by>Müller</created-by></order>')
    latin = text.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    wide = text.replace("UTF-8", "UTF-16").encode("utf-16")
    assert records(latin)[0].value == records(wide)[0].value == records(text)[0].value


def test_only_what_recon_toml_names_is_kept(world: Any, pour_stream: Pour) -> None:
    settings = world.files(inventory_lists=("hamburg",), price_books=("sale-eur",), customer_lists=("Other",), catalogs=("master",))
    reader = world.reader(settings)
    stock = pour_stream(reader, "inventory_xml", world.window()).lines
    assert [line["@product-id"] for line in stock if line["@element"] == "record"] == ["VOUCHER"]
    prices = pour_stream(reader, "pricebooks_xml", world.window()).lines
    assert {line["@pricebook-id"] for line in prices} == {"sale-eur"}
    assert {line["currency"] for line in prices} == {"EUR"}
    assert pour_stream(reader, "customers_xml", world.window()).lines == []
    assert len(pour_stream(reader, "catalog_xml", world.window()).lines) == 26


def test_the_folder_tells_the_site_where_there_are_several(lines: Any, folder: Path) -> None:
    (folder / "sites" / "Outlet").mkdir(parents=True)
    (folder / "sites" / "Outlet" / "orders.xml").write_text(orders(one_order("1")))
    (folder / "orders.xml").write_text(orders(one_order("2")))
    found = {line["@order-no"]: line["@site"] for line in lines("orders_xml", sites=("Nordhaus", "Outlet"))}
    assert found == {"1": "Outlet", "2": None}
    assert {line["@site"] for line in lines("orders_xml", sites=("Nordhaus",))} == {"Nordhaus"}


def test_files_of_other_kinds_are_left_alone(lines: Any, folder: Path) -> None:
    (folder / "preferences.xml").write_text('<preferences xmlns="http://www.demandware.com/xml/impex/preferences/2007-03-31"/>')
    (folder / "notes.txt").write_text("nothing")
    (folder / "orders.xml").write_text(orders(one_order("1")))
    assert len(lines("orders_xml")) == 1


# -- broken and hostile files ---------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE = {
    "entity bomb": orders("<order order-no='1'><created-by>&b;</created-by></order>").replace("\n", f"\n{LAUGHS}"),
    "file of this machine": orders("<order order-no='1'><created-by>&f;</created-by></order>").replace(
        "\n", '\n<!DOCTYPE o [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    ),
    "type from elsewhere": orders(one_order("1")).replace("\n", '\n<!DOCTYPE orders SYSTEM "https://example.com/x.dtd">'),
    "cut": orders(one_order("1"), one_order("2"))[:-60],
    "not well formed": orders("<order order-no='1'><currency></order>"),
    "unknown entity": orders("<order order-no='1'><created-by>&f;</created-by></order>"),
    "wrong bytes": orders(one_order("1")).encode().replace(b"EUR", b"E\xff\xfeR"),
    "unknown encoding": orders(one_order("1")).replace("UTF-8", "x-klingon"),
    "too deep": orders(f"<order order-no='1'>{'<a>' * 40}{'</a>' * 40}</order>"),
    "empty": "",
    "no XML": "order_no;total\n1;2\n",
}


@pytest.mark.fault("commerce_cloud", 11)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_and_named(world: Any, folder: Path, pour_stream: Pour, kind: str) -> None:
    content = HOSTILE[kind]
    (folder / "20261120_orders.xml").write_text(orders(one_order("0")))
    (folder / "20261123_orders.xml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SourceError, match=r"20261123_orders\.xml cannot be read: it") as caught:
        pour_stream(world.reader(world.files(impex=str(folder))), "orders_xml", world.window())
    assert "EUR" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_broken_file_whose_name_tells_nothing_stops_everything(world: Any, folder: Path) -> None:
    (folder / "data.xml").write_text("<x")
    with pytest.raises(SourceError, match=r"data\.xml cannot be read"):
        world.reader(world.files(impex=str(folder))).streams()


def test_a_snapshot_of_a_broken_file_is_never_called_complete(world: Any, folder: Path, pour_stream: Pour) -> None:
    (folder / "a_orders.xml").write_text(orders(one_order("0")))
    (folder / "b_orders.xml").write_text(HOSTILE["cut"])
    reader = world.reader(world.files(impex=str(folder)))
    stream = next(stream for stream in reader.streams() if stream.name == "orders_xml")
    chunks = reader.read(stream, world.window(), None)
    first = next(chunks)
    assert len(list(first.lines)) == 1
    second = next(chunks)
    with pytest.raises(SourceError):
        list(second.lines)
    assert not reader.prove(stream, world.window(), 1, dict(first.state)).complete


def test_packed_bombs_and_cut_archives_are_refused(world: Any, folder: Path, pour_stream: Pour) -> None:
    (folder / "orders.xml.gz").write_bytes(gzip.compress(orders(one_order("1"), " " * 60_000_000).encode()))
    with pytest.raises(SourceError, match="unpacks to more than"):
        pour_stream(world.reader(world.files(impex=str(folder))), "orders_xml", world.window())
    (folder / "orders.xml.gz").write_bytes(gzip.compress(orders(*(one_order(str(n)) for n in range(999))).encode())[:-30])
    with pytest.raises(SourceError, match="ends in the middle"):
        pour_stream(world.reader(world.files(impex=str(folder))), "orders_xml", world.window())


def test_a_file_above_the_limit_is_refused(world: Any, folder: Path, pour_stream: Pour) -> None:
    (folder / "orders.xml").write_text(orders(*(one_order(str(n)) for n in range(12_000))))
    reader = world.reader(world.files(impex=str(folder)), limits=Limits(bulk_bytes=2**20))
    with pytest.raises(SourceError, match="larger than 1 MiB"):
        pour_stream(reader, "orders_xml", world.window())


def test_a_record_without_end_is_refused() -> None:
    def blocks() -> Iterator[bytes]:
        yield orders().removesuffix("</orders>").encode() + b"<order order-no='1'><created-by>"
        for _ in range(40):
            yield b"x" * 2**20

    with pytest.raises(Unfit, match="larger than any honest one"):
        list(Reader().records(blocks()))


def test_a_huge_file_needs_no_more_memory_than_a_record(folder: Path) -> None:
    path = folder / "orders.xml"
    one = one_order("1").encode() * 1_000
    with path.open("wb") as stream:
        stream.write(orders().removesuffix("</orders>").encode())
        for _ in range(60):
            stream.write(one)
        stream.write(b"</orders>")
    impex = Impex(Folder(folder, "sfcc"), "sfcc", 2**40)
    (file,) = impex.of("orders")
    tracemalloc.start()
    count = sum(1 for _ in impex.records(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000
    assert path.stat().st_size > 6_000_000
    assert peak < 3_000_000


# -- what WebDAV answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<html>log in</html>",
        '<!DOCTYPE x [<!ENTITY a "b">]><D:multistatus xmlns:D="DAV:"/>',
        '<D:multistatus xmlns:D="DAV:"><D:response>',
        "",
    ],
)
def test_an_answer_that_is_no_folder_is_refused(world: Any, body: str) -> None:
    world.shop.faults.on("PROPFIND", "status", times=None, status=207, body=body, headers={"Content-Type": "application/xml"})
    with pytest.raises(SourceError, match="not answered with a list of files"):
        world.reader(orders="none", products="none", inventory="none").streams()


def test_a_folder_cannot_lead_elsewhere(world: Any) -> None:
    front = "/on/demandware.servlet/webdav/Sites/Impex/src/recon"
    hrefs = [
        f"{front}/",
        f"{front}/../secrets/orders.xml",
        "https://evil.example/orders.xml",
        "/other/orders.xml",
        f"{front}/a/b/orders.xml",
    ]
    entries = "".join(f"<D:response><D:href>{href}</D:href></D:response>" for href in hrefs)
    body = f'<D:multistatus xmlns:D="DAV:">{entries}</D:multistatus>'
    world.shop.faults.on("PROPFIND", "status", times=None, status=207, body=body, headers={"Content-Type": "application/xml"})
    reader = world.reader(orders="none", products="none", inventory="none")
    assert reader.streams() == ()
    assert {entry["path"] for entry in world.requests() if entry["method"] != "POST"} == {f"{front}/"}


def test_a_time_stamp_is_found_in_a_name() -> None:
    from datetime import UTC, datetime

    changed = datetime(2020, 1, 1, tzinfo=UTC)

    def written(name: str) -> datetime:
        return File(name, name, 1, changed).written

    assert written("a/20261123153000_x.xml") == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert written("20261399_x.xml") == changed
    assert written("20260231_x.xml") == changed
    assert written("customers-123456789012.xml") == changed
    assert json.dumps(File("x", "x", 1, changed).mark)
