"""What becomes of an instance's records in the canonical tables, whether they come by API or as exported XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.sandbox.commerce_cloud import Shop, records
from recon.sandbox.commerce_cloud.impex import export
from recon.sandbox.commerce_cloud.shop import text_of
from recon.systems.base import Context, Window
from recon.systems.commerce_cloud import Settings, streams
from recon.systems.commerce_cloud.extractor import Instance
from recon.systems.exact import dump

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CENT = Decimal("0.01")
Table = Callable[..., list[dict[str, Any]]]


def order(number: str, *, gross: bool = True, items: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    rate = Decimal("0.19")
    goods = items or [
        records.item(1, "MUG-1", 2, Decimal("12.50"), gross=gross, rate=rate, discount=Decimal("2.50")),
        records.item(2, "MUG-2", 1, Decimal("13.10"), gross=gross, rate=rate),
    ]
    freight = [records.shipping(Decimal("4.90"), Decimal("0.78"), gross=gross, rate=rate, discount=Decimal("1.00"))]
    person = {"guest": False, "customerNo": "00000004", "email": " Ida@Example.com ", "customerName": "Ida Brandt"}
    given = {"customer": person, "modified": AT + timedelta(hours=3), **more}
    return records.order(number, "Nordhaus", goods, freight=freight, gross=gross, created=AT, **given)


def landed(order: dict[str, Any]) -> dict[str, Any]:
    """As the API's answer lands."""
    return streams.landed_order(json.loads(text_of(order)))


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """Lines of the streams of files, from XML that is written here: a text for each file's name."""

    def read(texts: dict[str, str] | None = None, shop: Shop | None = None, **given: Any) -> dict[str, list[dict[str, Any]]]:
        folder = tmp_path / "exports"
        folder.mkdir(exist_ok=True)
        for name, text in (texts or {}).items():
            (folder / name).write_text(text)
        settings = Settings(**{"impex": str(shop.files / "Impex" / "src" / "recon" if shop else folder), **given})
        reader = Instance(settings, Context(name="sfcc", now=lambda: AT, sleep=lambda _: None, limits=_Limits()))
        found = {}
        for stream in reader.streams():
            chunks = reader.read(stream, Window(None, AT), None)
            found[stream.name] = [json.loads(line) for chunk in chunks for line in chunk.lines]
        reader.close()
        return found

    return read


class _Limits:
    """Limits that a folder needs"""

    def __init__(self) -> None:
        from recon.config.settings import Limits

        self.__dict__.update(Limits().model_dump())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = Shop(tmp_path / "instance", now=lambda: AT)
    yield found
    found.close()


@pytest.fixture
def table(staged: Callable[..., Any], rows_of: Callable[..., list[dict[str, Any]]]) -> Table:
    """Rows of a canonical table, by id, for an instance with these streams."""
    built: dict[str, Any] = {}

    def rows(name: str, **given: Any) -> list[dict[str, Any]]:
        key = json.dumps(given, sort_keys=True)
        if key not in built:
            data = {stream: b"".join(map(dump, lines)) for stream, lines in given.items()}
            built[key] = staged({"name": "sfcc", "kind": "commerce_cloud", "streams": {f"{s}.jsonl": d for s, d in data.items()}})
        return rows_of(built[key], f"select * from {name} order by record_id")

    return rows


def one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def identity(row: dict[str, Any]) -> Decimal:
    """What the total must be by the model."""
    tax = Decimal(0) if row["tax_included"] else row["tax"]
    return row["subtotal"] - row["discount"] + row["shipping"] + tax + row["duties"] + row["tip"] + row["rounding"]  # type: ignore[no-any-return]


# -- orders ---------------------------------------------------------------------------------------------------------------------


def test_an_order_with_prices_including_tax(table: Table) -> None:
    row = one(table("orders", orders=[landed(order("00000101"))]))
    assert (row["subtotal"], row["discount"], row["shipping"], row["total"]) == tuple(
        Decimal(amount) for amount in ("38.10", "2.50", "3.90", "39.50")
    )
    assert identity(row) == row["total"]
    assert (row["record_id"], row["number"], row["number_key"]) == ("00000101", "00000101", "101")
    assert (row["customer_id"], row["is_guest"], row["email_key"], row["country"]) == ("00000004", False, "ida@example.com", "DE")
    assert (row["tax_included"], row["store"], row["channel"], row["gateway"]) == (True, "Nordhaus", "storefront", "CREDIT_CARD")
    assert row["placed_at"] == row["created_at"] == AT.replace(tzinfo=None)
    assert row["updated_at"] == (AT + timedelta(hours=3)).replace(tzinfo=None)
    assert (row["refunded"], row["current_total"], row["is_edited"]) == (None, None, None)


def test_an_order_with_prices_without_tax(table: Table) -> None:
    row = one(table("orders", orders=[landed(order("00000101", gross=False))]))
    assert row["tax_included"] is False
    assert identity(row) == row["total"]
    assert row["total"] > Decimal("39.50")


def test_statuses(table: Table) -> None:
    words = {"new": "open", "open": "open", "completed": "completed", "cancelled": "cancelled", "replaced": "cancelled", "odd": None}
    given = [landed(order(f"{n:08}", status=status)) for n, status in enumerate([*words, "created", "failed"], start=1)]
    found = table("orders", orders=given)
    assert [row["status"] for row in found] == [*words.values(), "draft", "draft"]
    assert [row["raw_status"] for row in found] == [*words, "created", "failed"]
    placed = {row["record_id"] for row in found if row["status"] != "draft"}
    assert {row["order_id"] for row in table("order_lines", orders=given)} == placed
    assert found[3]["cancelled_at"] == found[3]["updated_at"]
    assert found[0]["cancelled_at"] is None


def test_a_guest_has_a_number_but_is_no_customer(table: Table) -> None:
    person = {"guest": True, "customerNo": "0002352", "email": "guest@example.com"}
    row = one(table("orders", orders=[landed(order("1", customer=person))]))
    assert (row["customer_id"], row["is_guest"]) == (None, True)


def test_one_number_in_two_sites(table: Table) -> None:
    given = [landed(order("7")), {**landed(order("7")), "siteId": "Outlet"}, landed(order("8"))]
    assert [row["record_id"] for row in table("orders", orders=given)] == ["8", "Nordhaus/7", "Outlet/7"]
    assert {row["order_id"] for row in table("order_lines", orders=given)} == {"8", "Nordhaus/7", "Outlet/7"}


def test_the_newest_version_of_an_order_counts(table: Table) -> None:
    later = order("1", status="completed", modified=AT + timedelta(days=1))
    assert one(table("orders", orders=[landed(later), landed(order("1"))]))["status"] == "completed"


def test_an_anonymised_order_is_an_order(table: Table) -> None:
    bare = {key: value for key, value in landed(order("1")).items() if key not in {"customerInfo", "billingAddress", "shipments"}}
    row = one(table("orders", orders=[bare]))
    assert (row["email"], row["customer_id"], row["country"], row["is_guest"]) == (None, None, None, True)
    assert identity(row) == row["total"]


def test_addresses_of_one_place_and_of_several(table: Table) -> None:
    made = order("1")
    home = {"address1": "Lindenweg 1", "address2": "3. OG", "city": "Berlin", "postalCode": "10115", "countryCode": "DE"}
    first = {**made["shipments"][0], "shippingAddress": home}
    same = {**first, "shipmentId": "later"}
    other = {**same, "shippingAddress": {**home, "address1": "Alte Gasse 3"}}
    made |= {"billingAddress": home, "shipments": [first, same]}
    row = one(table("orders", orders=[landed(made)]))
    for kind in ("ship", "bill"):
        parts = [row[f"{kind}_{part}"] for part in ("street", "city", "postal_code", "country")]
        assert parts == ["Lindenweg 1, 3. OG", "Berlin", "10115", "DE"]
    row = one(table("orders", orders=[landed(made | {"shipments": [first, other]})]))
    assert (row["ship_street"], row["ship_postal_code"], row["bill_street"], row["country"]) == (None, None, "Lindenweg 1, 3. OG", "DE")


def test_lines_options_bundles_and_bonuses(table: Table) -> None:
    rate = Decimal(0)
    phone = records.item(1, "PHONE", 2, Decimal("100.00"), gross=True, rate=rate)
    phone["optionItems"] = [
        {"optionId": "warranty", "optionValueId": "3y", "productId": "WARRANTY-3", "itemText": "3 years", "basePrice": Decimal("10"),
         "netPrice": Decimal("20"), "tax": 0, "grossPrice": Decimal("20")},
        {"optionId": "engraving", "optionValueId": "none", "productId": "NONE", "basePrice": 0, "netPrice": 0, "tax": 0, "grossPrice": 0},
    ]  # fmt: skip
    kit = records.item(2, "KIT", 1, Decimal("30.00"), gross=True, rate=rate)
    kit["bundledProductItems"] = [
        {"productId": "MUG-1", "quantity": 1, "grossPrice": 0, "netPrice": 0},
        {"productId": "MUG-2", "quantity": 2},
    ]
    gift = records.item(3, "PEN", 1, Decimal("5.00"), gross=True, rate=rate, discount=Decimal("5.00"), bonusProductLineItem=True)
    made = order("1", items=[phone, kit, gift])
    made |= {"productTotal": Decimal("250.00"), "orderTotal": Decimal("253.90")}
    lines = table("order_lines", orders=[landed(made)])
    assert [(row["record_id"], row["sku"], row["quantity"], row["total"]) for row in lines] == [
        ("1/1", "PHONE", 2, Decimal(200)), ("1/1/warranty", "WARRANTY-3", 2, Decimal(20)), ("1/2", "KIT", 1, Decimal(30)), ("1/3", "PEN", 1, 0),
    ]  # fmt: skip
    assert [row["parent_line_id"] for row in lines] == [None, "1/1", None, None]
    assert sorted(row["line_no"] for row in lines) == [1, 2, 3, 4]
    row = one(table("orders", orders=[landed(made)]))
    assert (row["subtotal"], row["discount"]) == (Decimal(255), Decimal(5))
    assert identity(row) == row["total"]


def test_a_sold_gift_certificate_and_one_that_pays(table: Table) -> None:
    made = order("1")
    certificate = {
        "itemText": "Gift",
        "basePrice": Decimal("50"),
        "netPrice": Decimal("50"),
        "tax": 0,
        "grossPrice": Decimal("50"),
        "shipmentId": "me",
    }
    paid = [
        {"paymentMethodId": "GIFT_CERTIFICATE", "paymentTransaction": {"amount": Decimal("20.00")}},
        {"paymentMethodId": "CREDIT_CARD", "paymentTransaction": {"amount": made["orderTotal"] + 30}},
    ]
    made |= {"giftCertificateItems": [certificate], "orderTotal": made["orderTotal"] + 50, "paymentInstruments": paid}
    row = one(table("orders", orders=[landed(made)]))
    assert (row["gift_card"], row["gateway"]) == (Decimal(20), "GIFT_CERTIFICATE")
    assert identity(row) == row["total"]
    lines = table("order_lines", orders=[landed(made)])
    assert [(line["record_id"], line["is_gift_card"]) for line in lines] == [("1/1", False), ("1/2", False), ("1/gc1", True)]
    assert [row["record_id"] for row in table("payments", orders=[landed(made)])] == ["1/1", "1/2"]


def test_positions_that_repeat_are_counted_instead(table: Table) -> None:
    items = [records.item(1, sku, 1, Decimal("5.00"), gross=True) for sku in ("A", "B")]
    assert [row["record_id"] for row in table("order_lines", orders=[landed(order("1", items=items))])] == ["1/1", "1/2"]


def test_only_shipments_that_left_are_fulfillments(table: Table) -> None:
    made = order("1", shipped="part_shipped")
    made["shipments"] = [
        {**made["shipments"][0], "shippingStatus": "shipped", "trackingNumber": "00340434"},
        {**made["shipments"][0], "shipmentId": "later", "shippingStatus": "not_shipped"},
    ]
    made["productItems"][1]["shipmentId"] = "later"
    found = one(table("fulfillments", orders=[landed(made)]))
    assert (found["record_id"], found["order_id"], found["status"], found["tracking_number"]) == ("1/me", "1", "success", "00340434")
    line = one(table("fulfillment_lines", orders=[landed(made)]))
    assert (line["fulfillment_id"], line["line_id"], line["quantity"]) == ("1/me", "1/1", 2)
    assert [row["fulfilled_quantity"] for row in table("order_lines", orders=[landed(made)])] == [2, 0]
    assert one(table("orders", orders=[landed(made)]))["fulfillment_status"] == "partial"


# -- files ----------------------------------------------------------------------------------------------------------------------

SAME = {
    "orders": ("raw_status", "status", "payment_status", "fulfillment_status", "subtotal", "discount", "shipping", "tax", "total", "currency",
               "tax_included", "customer_id", "email_key", "is_guest", "country", "channel", "store", "gateway", "placed_at", "created_at",
               "gift_card", "number_key", "created_by"),
    "order_lines": ("order_id", "line_no", "sku", "quantity", "fulfilled_quantity", "unit_price", "discount", "tax", "total", "title",
                    "tax_included", "is_gift_card", "parent_line_id", "currency"),
    "payments": ("order_id", "gateway", "amount", "currency", "processed_at"),
    "fulfillments": ("order_id", "status", "tracking_number", "carrier"),
    "fulfillment_lines": ("fulfillment_id", "line_id", "quantity"),
}  # fmt: skip


def test_files_and_api_give_the_same_rows(shop: Shop, table: Table, files: Any) -> None:
    made = [
        order(f"{n:08}", gross=n % 2 == 0, status=status, shipped=shipped, paid=n % 3 > 0)
        for n, (status, shipped) in enumerate([("new", "not_shipped"), ("completed", "shipped"), ("cancelled", "part_shipped")] * 3)
    ]
    shop.load("orders", made)
    export(shop)
    exported = files(shop=shop, sites=("Nordhaus",))["orders_xml"]
    for name, columns in SAME.items():
        by_api = table(name, orders=[landed(entry) for entry in made])
        by_file = table(name, orders_xml=exported)
        assert by_api
        assert [{key: row[key] for key in ("record_id", *columns)} for row in by_api] == [
            {key: row[key] for key in ("record_id", *columns)} for row in by_file
        ], name
        assert all(identity(row) == row["total"] for row in by_file) if name == "orders" else True


ORDER_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<orders xmlns="http://www.demandware.com/xml/impex/order/2006-10-31">
  <order order-no="00000009">
    <order-date>2026-11-20T11:00:00.000+01:00</order-date>
    <created-by>storefront</created-by>
    <currency>EUR</currency>
    <taxation>net</taxation>
    <customer>
      <customer-no>00000004</customer-no>
      <customer-name>Ida Brandt</customer-name>
      <customer-email>ida@example.com</customer-email>
      <billing-address><last-name>Brandt</last-name><country-code>de</country-code></billing-address>
    </customer>
    <status>
      <order-status>REPLACED</order-status>
      <shipping-status>SHIPPED</shipping-status>
      <confirmation-status>CONFIRMED</confirmation-status>
      <payment-status>PART_PAID</payment-status>
    </status>
    <channel-type>CallCenter</channel-type>
    <replacement-order-no>00000010</replacement-order-no>
    <replaced-order-no>00000008</replaced-order-no>
    <product-lineitems>
      <product-lineitem>
        <net-price>20.00</net-price><tax>1.80</tax><gross-price>21.80</gross-price><base-price>10.00</base-price>
        <lineitem-text>Mug</lineitem-text><tax-basis>20.00</tax-basis>
        <position>1.0</position><product-id>MUG-1</product-id><product-name>Mug</product-name><quantity unit="">2.0</quantity>
        <tax-rate>0.1</tax-rate><shipment-id>00000001</shipment-id>
        <option-lineitems>
          <option-lineitem>
            <net-price>5.00</net-price><tax>0.50</tax><gross-price>5.50</gross-price><base-price>2.50</base-price>
            <lineitem-text>Print</lineitem-text><option-id>print</option-id><value-id>name</value-id><product-id>PRINT</product-id>
          </option-lineitem>
        </option-lineitems>
        <gift>true</gift>
        <gift-message>only for you</gift-message>
        <price-adjustments>
          <price-adjustment>
            <net-price>-2.00</net-price><tax>-0.20</tax><gross-price>-2.20</gross-price><promotion-id>sale</promotion-id>
          </price-adjustment>
        </price-adjustments>
      </product-lineitem>
    </product-lineitems>
    <shipping-lineitems>
      <shipping-lineitem>
        <net-price>4.00</net-price><tax>0.40</tax><gross-price>4.40</gross-price>
        <shipment-id>00000001</shipment-id><tax-rate>0.1</tax-rate>
      </shipping-lineitem>
    </shipping-lineitems>
    <shipments>
      <shipment shipment-id="00000001">
        <status><shipping-status>SHIPPED</shipping-status></status>
        <tracking-number>00340434</tracking-number>
        <shipping-address><last-name>Brandt</last-name><country-code>AT</country-code></shipping-address>
      </shipment>
    </shipments>
    <totals>
      <merchandize-total><net-price>23.00</net-price><tax>2.10</tax><gross-price>25.10</gross-price></merchandize-total>
      <adjusted-merchandize-total><net-price>22.00</net-price><tax>2.00</tax><gross-price>24.00</gross-price></adjusted-merchandize-total>
      <shipping-total><net-price>4.00</net-price><tax>0.40</tax><gross-price>4.40</gross-price></shipping-total>
      <adjusted-shipping-total><net-price>4.00</net-price><tax>0.40</tax><gross-price>4.40</gross-price></adjusted-shipping-total>
      <order-total><net-price>26.00</net-price><tax>2.40</tax><gross-price>28.40</gross-price></order-total>
    </totals>
    <payments>
      <payment>
        <gift-certificate><giftcertificate-id>SECRET-CODE</giftcertificate-id></gift-certificate>
        <amount>8.40</amount><transaction-id>t1</transaction-id><transaction-type>CAPTURE</transaction-type>
      </payment>
      <payment>
        <credit-card><card-type>VISA</card-type><card-number>411111</card-number></credit-card>
        <amount>20.00</amount><transaction-type>AUTH</transaction-type>
      </payment>
    </payments>
    <custom-attributes><custom-attribute attribute-id="score">3</custom-attribute></custom-attributes>
  </order>
  <order order-no="00000011"/>
</orders>
"""


def test_an_order_of_a_file_with_everything(table: Table, files: Any) -> None:
    lines = files({"orders.xml": ORDER_FILE})["orders_xml"]
    assert "SECRET-CODE" not in json.dumps(lines)
    assert "only for you" not in json.dumps(lines)
    first, bare = table("orders", orders_xml=lines)
    assert (first["status"], first["raw_status"], first["original_order_id"]) == ("cancelled", "replaced", "00000008")
    assert json.loads(first["extra"])["replaced_by"] == "00000010"
    assert (first["payment_status"], first["fulfillment_status"]) == ("partially_paid", "fulfilled")
    assert (first["subtotal"], first["discount"], first["shipping"], first["tax"]) == (Decimal(25), Decimal(3), Decimal(4), Decimal("2.40"))
    assert identity(first) == first["total"] == Decimal("28.40")
    assert (first["country"], first["channel"], first["gift_card"]) == ("AT", "callcenter", Decimal("8.40"))
    assert first["placed_at"] == datetime(2026, 11, 20, 10, 0)  # noqa: DTZ001 -- the model's times are UTC without a mark
    assert (bare["record_id"], bare["total"], bare["status"]) == ("00000011", None, None)
    found = table("order_lines", orders_xml=lines)
    assert [(row["record_id"], row["sku"], row["quantity"], row["discount"], row["total"], row["tax"]) for row in found] == [
        ("00000009/1", "MUG-1", 2, Decimal(2), Decimal(18), Decimal("1.60")), ("00000009/1/print", "PRINT", 2, 0, Decimal(5), Decimal("0.50")),
    ]  # fmt: skip
    assert [(row["gateway"], row["kind"], row["amount"]) for row in table("payments", orders_xml=lines)] == [
        ("GIFT_CERTIFICATE", "capture", Decimal("8.40")), ("CREDIT_CARD", "authorization", Decimal(20)),
    ]  # fmt: skip
    assert first["authorized"] == Decimal(20)
    assert one(table("fulfillments", orders_xml=lines))["tracking_number"] == "00340434"


def test_what_files_say_of_authorised_money(table: Table, files: Any) -> None:
    cases: list[tuple[tuple[str, ...], str, Decimal | None]] = [
        (("AUTH",), "NOT_PAID", Decimal("28.40")), (("AUTH",), "PAID", Decimal(0)), (("AUTH_REVERSAL",), "NOT_PAID", Decimal(0)),
        (("CAPTURE", "AUTH"), "PART_PAID", Decimal("18.40")), (("CAPTURE",), "NOT_PAID", Decimal(0)), ((), "NOT_PAID", None),
    ]  # fmt: skip
    head, _, rest = ORDER_FILE.partition("<order ")
    before, after = f"<order {rest[: rest.index('<order ')]}".split("<payments>")
    orders = ""
    for number, (said, paid, _) in enumerate(cases, 100):
        payments = "".join(
            f"<payment><custom-method><method-name>X</method-name></custom-method><amount>{'10.00' if kind == 'CAPTURE' else '28.40'}</amount>"
            f"<transaction-type>{kind}</transaction-type></payment>"
            for kind in said
        )
        one_order = f"{before}<payments>{payments}{after[after.index('</payments>') :]}"
        orders += one_order.replace("00000009", f"00000{number}").replace("PART_PAID", paid)
    lines = files({"orders.xml": f"{head}{orders}</orders>"})["orders_xml"]
    assert [row["authorized"] for row in table("orders", orders_xml=lines)] == [left for _, _, left in cases]


def test_our_order_file_fits_the_vendors_schema(shared: Path) -> None:
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(shared / "contracts" / "commerce_cloud" / "xsd" / "order.xsd"))
    document = etree.fromstring(ORDER_FILE.encode())
    assert schema.validate(document), schema.error_log


def test_a_later_file_wins_and_deletes(table: Table, files: Any) -> None:
    space = "http://www.demandware.com/xml/impex/order/2006-10-31"

    def text(*inner: str) -> str:
        return f'<orders xmlns="{space}">{"".join(inner)}</orders>'

    def entry(number: str, status: str) -> str:
        return f'<order order-no="{number}"><status><order-status>{status}</order-status></status></order>'

    lines = files({
        "20261122-100000-orders.xml": text('<order order-no="1" mode="delete"/>', entry("2", "COMPLETED")),
        "20261121-100000-orders.xml": text(entry("1", "NEW"), entry("2", "NEW"), entry("3", "CREATED"), entry("4", "FAILED")),
    })["orders_xml"]  # fmt: skip
    rows = table("orders", orders_xml=lines)
    assert [(row["record_id"], row["status"], row["deleted_at"]) for row in rows] == [
        ("1", None, datetime(2026, 11, 22, 10, 0)), ("2", "completed", None),  # noqa: DTZ001
        ("3", "draft", None), ("4", "draft", None),
    ]  # fmt: skip


# -- people and goods -----------------------------------------------------------------------------------------------------------

CUSTOMERS = """<?xml version="1.0" encoding="UTF-8"?>
<customer-list xmlns="http://www.demandware.com/xml/impex/customer/2006-10-31" list-id="{list}">
  <customer customer-no="00000001">
    <credentials><login>ida@example.com</login><password encrypted="true" encryptionScheme="scrypt">x</password>
      <enabled-flag>false</enabled-flag></credentials>
    <profile><first-name>Ida</first-name><last-name>Brandt</last-name><email>Ida@Example.com</email>
      <phone-home>030 23125001</phone-home><creation-date>2026-01-02T03:04:05.000Z</creation-date></profile>
    <addresses>
      <address address-id="old" preferred="false"><city>Bonn</city><country-code>DE</country-code></address>
      <address address-id="home" preferred="true"><company-name>Brandt GmbH</company-name><address1>Lindenweg 1</address1>
        <city>Berlin</city><postal-code>10115</postal-code><country-code>DE</country-code><phone>1</phone></address>
    </addresses>
  </customer>
  <customer customer-no="00000002" mode="delete"/>
</customer-list>
"""


def test_customers_of_a_list(table: Table, files: Any) -> None:
    lines = files({"customers.xml": CUSTOMERS.format(list="Nordhaus")})["customers_xml"]
    ida, gone = table("customers", customers_xml=lines)
    assert (ida["record_id"], ida["email_key"], ida["phone_key"], ida["state"]) == (
        "00000001",
        "ida@example.com",
        "+493023125001",
        "disabled",
    )
    assert (ida["city"], ida["postal_key"], ida["country"], ida["company"]) == ("Berlin", "10115", "DE", "Brandt GmbH")
    assert (ida["email_consent"], ida["is_guest"]) == (None, False)
    assert gone["deleted_at"] is not None


def test_one_number_in_two_lists(table: Table, files: Any) -> None:
    lines = files({f"customers-{name}.xml": CUSTOMERS.format(list=name) for name in ("Nordhaus", "Outlet")})["customers_xml"]
    assert [row["record_id"] for row in table("customers", customers_xml=lines)][:2] == ["Nordhaus/00000001", "Nordhaus/00000002"]


CATALOG = """<?xml version="1.0" encoding="UTF-8"?>
<catalog xmlns="http://www.demandware.com/xml/impex/catalog/2006-10-31" catalog-id="master">
  <product product-id="MUGS">
    <display-name xml:lang="x-default">Mugs</display-name>
    <variations>
      <variants><variant product-id="MUG-1"/><variant product-id="MUG-2" default="true"/></variants>
      <variation-groups><variation-group product-id="BLUE-MUGS"/></variation-groups>
    </variations>
  </product>
  <product product-id="BLUE-MUGS"><display-name xml:lang="x-default">Blue mugs</display-name></product>
  <product product-id="MUG-1">
    <ean>4012345678901</ean><upc/>
    <display-name xml:lang="de">Becher</display-name><display-name xml:lang="x-default">Mug</display-name>
    <online-flag>true</online-flag><online-flag site-id="Outlet">false</online-flag>
  </product>
  <product product-id="MUG-2"><display-name xml:lang="de">Becher 2</display-name><online-flag>false</online-flag></product>
  <product product-id="SET"><product-set-products><product-set-product product-id="MUG-1"/></product-set-products></product>
  <product product-id="KIT"><bundled-products><bundled-product product-id="MUG-1"><quantity>2</quantity></bundled-product></bundled-products></product>
  <product product-id="OLD" mode="delete"/>
</catalog>
"""


def test_products_of_a_catalogue(table: Table, files: Any) -> None:
    lines = files({"catalog.xml": CATALOG})["catalog_xml"]
    rows = {row["record_id"]: row for row in table("products", catalog_xml=lines)}
    assert set(rows) == {"MUG-1", "MUG-2", "KIT", "OLD"}
    assert (rows["MUG-1"]["title"], rows["MUG-1"]["status"], rows["MUG-1"]["barcode"]) == ("Mug", "active", "4012345678901")
    assert (rows["MUG-1"]["product_id"], rows["MUG-1"]["sku_key"], rows["KIT"]["product_id"]) == ("MUGS", "MUG-1", "KIT")
    assert (rows["MUG-2"]["title"], rows["MUG-2"]["status"]) == ("Becher 2", "draft")
    assert rows["OLD"]["deleted_at"] is not None


def test_products_of_the_api(table: Table) -> None:
    kinds = {"item": "ITEM", "master": "MASTER", "variationGroup": "GROUP", "set": "SET", "variant": "VARIANT", "bundle": "KIT"}
    made = [records.product(sku, sku.title(), created=AT, kind=kind, price=Decimal("9.90")) for kind, sku in kinds.items()]
    lines = [streams.landed_product(json.loads(text_of({**one, "longDescription": {"default": "x"}}))) for one in made]
    assert "longDescription" not in lines[0]
    assert [row["record_id"] for row in table("products", products=lines)] == ["ITEM", "KIT", "VARIANT"]
    prices = table("prices", products=lines)
    assert [(row["record_id"], row["price_list"], row["amount"], row["currency"]) for row in prices] == [
        (f"default/{sku}", "default", Decimal("9.90"), "EUR") for sku in ("ITEM", "KIT", "VARIANT")
    ]


PRICES = """<?xml version="1.0" encoding="UTF-8"?>
<pricebooks xmlns="http://www.demandware.com/xml/impex/pricebook/2006-10-31">
  <pricebook>
    <header pricebook-id="list-eur"><currency>EUR</currency><display-name xml:lang="x-default">List</display-name></header>
    <price-tables>
      <price-table product-id="MUG-1"><amount quantity="1">12.50</amount><amount quantity="10">11.25</amount></price-table>
      <price-table product-id="MUG-2"><online-from>2026-12-01T00:00:00.000Z</online-from><amount>9.90</amount></price-table>
      <price-table product-id="MUG-3"><percentage quantity="1">10</percentage></price-table>
      <price-table product-id="MUG-4" mode="delete"/>
    </price-tables>
  </pricebook>
  <pricebook>
    <header pricebook-id="sale-kwd"><currency>KWD</currency><online-flag>false</online-flag></header>
    <price-tables><price-table product-id="MUG-1"><amount quantity="1">1.005</amount></price-table></price-tables>
  </pricebook>
</pricebooks>
"""


def test_price_books(table: Table, files: Any) -> None:
    lines = files({"pricebooks.xml": PRICES}, default_price_book="list-eur")["pricebooks_xml"]
    found = table("prices", pricebooks_xml=lines)
    assert [(row["record_id"], row["price_list"], row["min_quantity"], row["amount"], row["currency"]) for row in found] == [
        ("list-eur/MUG-1/1", "default", 1, Decimal("12.50"), "EUR"),
        ("list-eur/MUG-1/10", "default", 10, Decimal("11.25"), "EUR"),
        ("list-eur/MUG-2/1/20261201000000", "default", 1, Decimal("9.90"), "EUR"),
        ("sale-kwd/MUG-1/1", "sale-kwd", 1, Decimal("1.005"), "KWD"),
    ]
    assert [row["is_active"] for row in found] == [True, True, True, False]
    assert found[2]["valid_from"] == datetime(2026, 12, 1)  # noqa: DTZ001
    shown = [streams.landed_product(json.loads(text_of(records.product("MUG-1", "Mug", created=AT, price=Decimal("1")))))]
    assert (
        len(table("prices", pricebooks_xml=lines, products=shown)) == 4
    )  # the shop's own book is named, so the site's price is not needed


INVENTORY = """<?xml version="1.0" encoding="UTF-8"?>
<inventory xmlns="http://www.demandware.com/xml/impex/inventory/2007-05-31">
  <inventory-list>
    <header list-id="berlin"><default-instock>false</default-instock><description>Berlin</description></header>
    <records>
      <record product-id="MUG-1"><allocation>100.0</allocation><allocation-timestamp>2026-11-01T00:00:00.000Z</allocation-timestamp>
        <perpetual>false</perpetual><ats>93.0</ats><on-order>2.0</on-order><turnover>5.0</turnover></record>
      <record product-id="VOUCHER"><allocation>0</allocation><perpetual>true</perpetual><on-order>0</on-order></record>
      <record product-id="GONE" mode="delete"/>
    </records>
  </inventory-list>
</inventory>
"""


def test_stock_by_file_and_by_api(table: Table, files: Any) -> None:
    exported = files({"inventory.xml": INVENTORY})["inventory_xml"]
    by_file = table("inventory_levels", inventory_xml=exported)
    record = json.loads(text_of(records.stock("MUG-1", "berlin", 100, reset=AT, turnover=5, on_order=2)))
    endless = json.loads(text_of(records.stock("VOUCHER", "berlin", None, reset=AT)))
    by_api = table("inventory_levels", inventory=[record, endless])
    columns = ("record_id", "variant_id", "sku_key", "location_id", "on_hand", "committed", "is_infinite")
    live = [row for row in by_file if row["deleted_at"] is None]
    assert [[row[key] for key in columns] for row in live] == [[row[key] for key in columns] for row in by_api]
    assert (by_api[0]["on_hand"], by_api[0]["available"], by_file[1]["available"]) == (95, 93, 93)
    assert [row["record_id"] for row in by_file] == ["GONE/berlin", "MUG-1/berlin", "VOUCHER/berlin"]
    listed = {"id": "berlin", "description": "Berlin", "last_modified": "2026-11-01T00:00:00Z"}
    for given in ({"inventory_xml": exported}, {"inventory_lists": [listed]}):
        place = one(table("locations", **given))
        assert (place["record_id"], place["name"], place["code"], place["is_active"]) == ("berlin", "Berlin", "berlin", True)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("customerlist2.xsd", CUSTOMERS.format(list="Nordhaus")),
        ("catalog.xsd", CATALOG),
        ("pricebook.xsd", PRICES),
        ("inventory.xsd", INVENTORY),
    ],
)
def test_our_files_fit_the_vendors_schemas(shared: Path, schema: str, text: str) -> None:
    from lxml import etree

    judge = etree.XMLSchema(etree.parse(shared / "contracts" / "commerce_cloud" / "xsd" / schema))
    assert judge.validate(etree.fromstring(text.encode())), judge.error_log


# -- the vendor's own examples --------------------------------------------------------------------------------------------------


def test_the_vendors_example_orders_stage(shared: Path, table: Table) -> None:
    folder = shared / "data" / "commerce_cloud" / "scapi_orders_admin"
    single = json.loads(next(folder.glob("*OrderGet.json")).read_text())
    several = json.loads(next(folder.glob("*OrdersGet.json")).read_text())["data"]
    rows = table("orders", orders=[streams.landed_order(single)])
    row = one(rows)
    assert (row["record_id"], row["number_key"], row["total"], row["tax_included"]) == ("00000410", "410", Decimal("110.24"), False)
    assert (row["is_guest"], row["customer_id"], row["store"]) == (True, None, "ShoppingSite")
    line = one(table("order_lines", orders=[streams.landed_order(single)]))
    assert (line["record_id"], line["sku"], line["total"]) == ("00000410/1", "701643632930", Decimal(99))
    assert table("orders", orders=[streams.landed_order(entry) for entry in several])


def test_the_vendors_example_products_stage(shared: Path, table: Table) -> None:
    folder = shared / "data" / "commerce_cloud" / "scapi_products_admin"
    hits = json.loads(next(folder.glob("*_ProductSearchResult.json")).read_text())["hits"]
    assert table("products", products=[streams.landed_product(hit) for hit in hits]) == []  # a master and a variation group


def test_a_real_site_archive_stages(shared: Path, table: Table, files: Any) -> None:
    folder = shared / "data" / "commerce_cloud" / "site_archive_b2c_cli"
    lines = files({path.name: path.read_text() for path in folder.glob("*.xml")})
    assert set(lines) == {"catalog_xml", "inventory_xml", "pricebooks_xml"}
    product = one(table("products", catalog_xml=lines["catalog_xml"]))
    assert (product["sku"], product["title"], product["status"]) == ("test-product-001", "Sample Test Product", "active")
    price = one(table("prices", pricebooks_xml=lines["pricebooks_xml"]))
    assert (price["price_list"], price["amount"], price["currency"]) == ("test-usd-pricebook", Decimal("19.99"), "USD")
    level = one(table("inventory_levels", inventory_xml=lines["inventory_xml"]))
    assert (level["location_id"], level["on_hand"], level["is_infinite"]) == ("test-inventory", 100, False)
