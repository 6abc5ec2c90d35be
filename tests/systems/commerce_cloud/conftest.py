"""A small instance, served, and what reads it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import reading as contract_reading
from extractor_contract import Stand

from recon.config.settings import Limits
from recon.sandbox.commerce_cloud import Running, Shop, records, serve
from recon.sandbox.commerce_cloud.impex import export
from recon.sandbox.tls import Certs
from recon.systems.base import Chunk, Context, Proof, Window
from recon.systems.commerce_cloud import Settings, open_system
from recon.systems.commerce_cloud.extractor import Instance

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CLIENT, SECRET = "audit-client-7f3a", "s3cret/+of-the-client"
IMPEX = "/on/demandware.servlet/webdav/Sites/Impex/src/recon"
SITES = ("Nordhaus", "Outlet")


def when(age_hours: float) -> datetime:
    return NOW - timedelta(hours=age_hours)


def order(number: int, site: str = "Nordhaus", *, age: float | None = None, **more: Any) -> dict[str, Any]:
    age = (60 - number) * 5.0 if age is None else age
    gross = number % 2 == 1
    items = [
        records.item(1, "MUG-1", 2, Decimal("12.50"), gross=gross, rate=Decimal("0.19"), discount=Decimal("2.50")),
        records.item(2, "MUG-2", 1, Decimal("13.10"), gross=gross, rate=Decimal("0.19")),
    ]
    freight = [records.shipping(Decimal("4.90"), Decimal("0.78"), gross=gross, rate=Decimal("0.19"))]
    where = records.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE")
    person = {"guest": False, "customerNo": f"{number % 7:08}", "email": f"buyer{number}@example.com", "customerName": "Ida Brandt"}
    return records.order(
        f"{number:08}", site, items, freight=freight, gross=gross, number=number, created=when(age + 2), modified=when(age),
        customer=person, billing=where, remoteHost="192.0.2.7", c_score=3, **more,
    )  # fmt: skip


def fill(shop: Shop) -> None:
    shop.load("orders", [order(number) for number in range(1, 41)])
    shop.load("orders", [order(number, "Outlet") for number in range(41, 46)])
    shop.load("orders", [order(90, status="created"), order(91, status="failed")])
    shop.load("catalogs", [{"id": "master", "name": {"default": "Everything"}, "online": True}])
    goods = [
        records.product(f"MUG-{n}", f"Mug {n}", created=when(900 - n), price=Decimal("12.50"), master={"masterId": "MUGS"})
        for n in range(25)
    ]
    above = records.product("MUGS", "Mugs", created=when(950), kind="master", variants=[f"MUG-{n}" for n in range(25)])
    shop.load("products", [*goods, above])
    shop.load("customer_lists", [{"id": "Nordhaus"}])
    home = {**records.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE"), "phone": "+49 30 23125001"}
    people = [
        records.customer(
            f"{n:08}", "Nordhaus", "Ida", "Brandt", f"c{n}@example.com", created=when(900), addresses=[home], birthday="1980-01-02"
        )
        for n in range(1, 13)
    ]
    shop.load("customers", people)
    shop.load("inventory_lists", [{"id": name, "description": name.title(), "default_in_stock": False} for name in ("berlin", "hamburg")])
    stock = [records.stock(f"MUG-{n}", "berlin", 100 + n, reset=when(99), turnover=n, on_order=2) for n in range(20)]
    shop.load("inventory_records", [*stock, records.stock("VOUCHER", "hamburg", None, reset=when(99))])
    prices = {f"MUG-{n}": Decimal("12.50") for n in range(20)}
    shop.load(
        "price_books", [records.price_book("list-eur", "EUR", prices), records.price_book("sale-eur", "EUR", {"MUG-0": Decimal("9.90")})]
    )


class World:
    """The instance, its server, and readers whose waiting takes no time."""

    def __init__(self, shop: Shop, running: Running, certs: Certs) -> None:
        self.shop, self.running, self.certs = shop, running, certs
        self.waited: list[float] = []
        self.readers: list[Instance] = []

    @property
    def url(self) -> str:
        return self.running.url

    def settings(self, **given: Any) -> Settings:
        api = {
            "url": self.url, "tenant_id": "zzxy_prd", "sites": SITES, "client_id": CLIENT, "client_secret": "env:SFCC_SECRET",
            "account_url": self.url, "instance_url": self.url, "impex": self.url + IMPEX, "ca_bundle": self.certs.ca_file,
        }  # fmt: skip
        return Settings(**{**api, **given})

    def files(self, **given: Any) -> Settings:
        return Settings(**{"impex": str(self.shop.files / "Impex" / "src" / "recon"), **given})

    def reader(self, settings: Settings | None = None, *, limits: Limits | None = None, **given: Any) -> Instance:
        context = Context(name="sfcc", now=self.shop.now, sleep=self._sleep, limits=limits or Limits(attempts=4))
        found = open_system(settings or self.settings(**given), context)
        assert isinstance(found, Instance)
        self.readers.append(found)
        return found

    def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.shop.advance(seconds)

    def window(self, since: datetime | None = None) -> Window:
        return Window(since, self.shop.now())

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.shop.folder / "requests.jsonl").read_text().splitlines()]


class Landed:
    """What the snapshot would have kept of a stream: lines and the last state, whole chunks only."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.lines: list[dict[str, Any]] = []
        self.state: dict[str, Any] | None = None
        self.chunks = 0

    def add(self, chunk: Chunk) -> None:
        raw = list(chunk.lines)
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in raw)
        assert chunk.rows in {None, len(raw)}
        self.raw += raw
        self.lines += [json.loads(line) for line in raw]
        self.state = json.loads(json.dumps(dict(chunk.state)))
        self.chunks += 1

    @property
    def table(self) -> set[bytes]:
        return set(self.raw)


def pour(reader: Instance, name: str, window: Window, landed: Landed | None = None, *, stop_after: int | None = None) -> Landed:
    """Read a stream as the snapshot does; after ``stop_after`` chunks the process is killed."""
    landed = landed or Landed()
    stream = next(stream for stream in reader.streams() if stream.name == name)
    for number, chunk in enumerate(reader.read(stream, window, landed.state), start=1):
        landed.add(chunk)
        if number == stop_after:
            break
    return landed


def prove(reader: Instance, name: str, window: Window, landed: Landed) -> Proof:
    stream = next(stream for stream in reader.streams() if stream.name == name)
    return reader.prove(stream, window, len(landed.lines), landed.state)


@pytest.fixture(scope="session")
def instance_certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def filled_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instance")
    shop = Shop(folder, sites=SITES, now=lambda: NOW)
    shop.add_client(CLIENT, SECRET, ocapi=True)
    fill(shop)
    export(shop)
    shop.close()
    return folder


@pytest.fixture
def world(tmp_path: Path, filled_instance: Path, instance_certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An instance of two sites with 45 orders and whatever belongs to them, served over HTTPS, and its exported files."""
    monkeypatch.setenv("SFCC_SECRET", SECRET)
    shutil.copytree(filled_instance, tmp_path / "instance")
    shop = Shop(tmp_path / "instance", now=lambda: NOW)
    with serve(shop, instance_certs) as running:
        found = World(shop, running, instance_certs)
        yield found
        for reader in found.readers:
            reader.close()
    shop.close()


@pytest.fixture
def pour_stream() -> Callable[..., Landed]:
    return pour


@pytest.fixture
def prove_stream() -> Callable[..., Proof]:
    return prove


@pytest.fixture
def make_order() -> Callable[..., dict[str, Any]]:
    return order


class StandWorld(contract_reading.World):
    """The instance as the contract of all extractors asks it."""

    def __init__(self, shop: Shop, running: Running, certs: Certs) -> None:
        super().__init__(shop)
        self.shop, self.url, self.certs, self.faults = shop, running.url, certs, shop.faults

    def settings(self, **changes: Any) -> Settings:
        api = {
            "url": self.url, "tenant_id": "zzxy_prd", "sites": ("Nordhaus",), "client_id": CLIENT, "client_secret": "env:SFCC_SECRET",
            "account_url": self.url, "instance_url": self.url, "impex": self.url + IMPEX, "ca_bundle": self.certs.ca_file, "page_size": 5,
        }  # fmt: skip
        return Settings(**{**api, **changes})

    def limits(self) -> Limits:
        return Limits(attempts=4)


class InstanceStand(Stand):
    """Orders of one site; everything else comes beside them, people and prices from files."""

    world: StandWorld
    lists = r"GET .*/orders\?"
    anything = r"GET /checkout|GET /s/|product-search|PROPFIND|\.xml"
    posts = (r"POST /dwsso/oauth2/access_token", r"POST /product/products/v1/organizations/\w+/product-search", r"PROPFIND /on/.*")
    secrets = (SECRET,)

    def fill(self, count: int, *, texts: Sequence[str] = (), amount: str = "24.90") -> None:
        shop = self.world.shop
        shop.load("orders", [self.order(n, texts[n - 1] if texts else "Ida", amount) for n in range(1, count + 1)])
        shop.load("customer_lists", [{"id": "Nordhaus"}])
        if count:
            home = records.address("Ida", "Brandt", "Lindenweg 1", "Berlin", "10115", "DE")
            born = {"addresses": [home], "created": when(900)}
            shop.load("customers", [records.customer(f"{n}", "Nordhaus", "Ida", "Brandt", f"c{n}@example.com", **born) for n in (1, 2)])
            shop.load("products", [records.product(f"MUG-{n}", "Mug", created=when(900 - n), price=Decimal(9)) for n in range(3)])
            shop.load("inventory_lists", [{"id": "berlin", "description": "Berlin", "default_in_stock": False}])
            shop.load("inventory_records", [records.stock(f"MUG-{n}", "berlin", 5, reset=when(99)) for n in range(3)])
            shop.load("price_books", [records.price_book("list-eur", "EUR", {"MUG-1": Decimal("12.50")})])
        export(shop)

    def order(self, number: int, text: str = "Ida", amount: str = "24.90", at: datetime | None = None) -> dict[str, Any]:
        made = at or NOW - timedelta(days=9, minutes=number)
        where = records.address(text, "Brandt", "Lindenweg 1", "Berlin", "10115", "DE")
        person = {"guest": True, "email": f"buyer{number}@example.com"}
        items = [records.item(1, "MUG-1", 1, Decimal("24.90"), gross=True)]
        return records.order(f"{number:06}", "Nordhaus", items, created=made, billing=where, customer=person, number=number) | {
            "orderTotal": Decimal(amount)
        }

    def add(self, number: int) -> None:
        self.world.shop.place(self.order(number, at=self.world.now()))

    def touch(self, number: int) -> None:
        self.world.shop.update("orders", f"{number:06}", {"exportStatus": "ready"}, owner="Nordhaus")

    def remove(self, number: int) -> None:
        self.world.shop.delete("orders", f"{number:06}", "Nordhaus")

    def key_again(self, number: int) -> str:
        return f"{number:06}"

    def number_of(self, line: dict[str, Any]) -> int:
        return int(line["orderNo"])

    def text_of(self, line: dict[str, Any]) -> str | None:
        return str(line["billingAddress"]["firstName"])

    def key(self, stream: str, line: dict[str, Any]) -> Any:
        names = ("orderNo", "product_id", "@customer-no", "@product-id", "id", "@pricebook-id")
        return tuple(line[name] for name in names if name in line)

    def digest(self) -> str:
        return contract_reading.digest(self.world.folder / "instance.sqlite", ["docs", "meta", "clients"])

    def forbid(self) -> tuple[str, ...]:
        self.world.shop.add_client(CLIENT, SECRET, scopes=("sfcc.orders",), ocapi=True)
        return ("sfcc.products",)

    def heal(self) -> None:
        super().heal()
        self.world.shop.add_client(CLIENT, SECRET, ocapi=True)

    def lose(self) -> None:
        self.plant("GET .*/orders", "hidden", times=None)

    def end_token(self, after: int) -> bool:
        self.plant("GET /checkout", "token_expired", after=after)
        return True


@pytest.fixture
def stand(tmp_path: Path, instance_certs: Certs, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstanceStand]:
    """An instance without orders, read in pages of five."""
    monkeypatch.setenv("SFCC_SECRET", SECRET)
    shop = Shop(tmp_path / "instance", now=lambda: NOW)
    shop.add_client(CLIENT, SECRET, ocapi=True)
    with serve(shop, instance_certs) as running:
        world = StandWorld(shop, running, instance_certs)
        yield InstanceStand(world)
        world.close()
    shop.close()
