"""Exports of shops that are recognised by their header. The rows are made up; the headers are the vendors'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,\
Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,\
Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Zip,Shipping Country,Notes,Cancelled at,Payment Method,\
Refunded Amount,Outstanding Balance,Id,Tags,Source,Lineitem discount
#1001,a@x.test,paid,2026-01-31 14:05:00 +0100,fulfilled,,yes,EUR,90.00,5.00,15.17,95.00,TEN,10.00,DHL,2026-01-31 14:05:00 +0100,2,Mug,25.00,,\
00A,true,true,fulfilled,'01067,DE,"a
note",,Card,0.00,0.00,6001,,web,0.00
#1001,a@x.test,,,,,,,,,,,,,,2026-01-31 14:05:00 +0100,1,Cap,50.00,,0B,true,true,fulfilled,,,,,,,,,,,0.00
#1002,b@x.test,partially_refunded,,,,no,USD,20.00,0.00,0.00,20.00,,0.00,,2026-02-01 09:00:00 +0100,1,Pen,20.00,,C,true,true,pending,,US,,\
2026-02-02 09:00:00 +0100,Card,5.00,0.00,6002,,web,0.00
"""

MAGENTO = """\
"ID","Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)","Status",\
"Billing Address","Shipping Address","Shipping Information","Customer Email","Customer Group","Subtotal","Shipping and Handling",\
"Customer Name","Payment Method","Total Refunded"
"000000012","Main Website","Jan 31, 2026 02:05:00 PM","A B","A B","1,110.0000","1,110.0000","Complete","x","x","Flat Rate","a@x.test",\
"General","1,100.0000","10.0000","A B","checkmo",""
"""

SHOP = '[systems.shop]\nkind = "files"\nside = "shop"\n'


def test_shopifys_order_export_gives_orders_and_lines(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write("orders_export_1.csv", SHOPIFY)
    con = workspace.warehouse(
        SHOP + '[systems.shop.tables]\norders = { path = "orders_export*.csv" }\norder_lines = { path = "orders_export*.csv" }\n'
    )
    orders = rows_of(
        con,
        "select record_id, number_key, status, payment_status, fulfillment_status, currency, subtotal, discount, total, refunded, placed_at, line "
        "from orders order by record_id",
    )
    assert [[str(value) for value in row.values()] for row in orders] == [
        ["6001", "1001", "open", "paid", "fulfilled", "EUR", "100.000000", "10.000000", "95.000000", "0.000000", "2026-01-31 13:05:00", "2"],
        ["6002", "1002", "cancelled", "partially_refunded", "unfulfilled", "USD", "20.000000", "0.000000", "20.000000", "5.000000",
         "2026-02-01 08:00:00", "5"],
    ]  # fmt: skip
    lines = con.execute("select record_id, order_id, sku, quantity, currency, line from order_lines order by record_id").fetchall()
    assert [[str(value) for value in row] for row in lines] == [
        ["6001/1", "6001", "00A", "2.0000", "EUR", "2"],
        ["6001/2", "6001", "0B", "1.0000", "EUR", "4"],
        ["6002/1", "6002", "C", "1.0000", "USD", "5"],
    ]


def test_magentos_order_grid_gives_orders(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write("export.csv", MAGENTO)
    con = workspace.warehouse(
        SHOP + 'currency = "EUR"\ntime_zone = "Europe/Berlin"\n[systems.shop.tables]\norders = { path = "export.csv" }\n'
    )
    orders = rows_of(con, "select record_id, number_key, status, raw_status, subtotal, shipping, total, currency, placed_at from orders")
    assert [str(value) for value in orders[0].values()] == [
        "000000012", "12", "completed", "Complete", "1100.000000", "10.000000", "1110.000000", "EUR", "2026-01-31 13:05:00",
    ]  # fmt: skip


def test_recon_toml_wins_over_what_is_recognised(workspace: Any) -> None:
    workspace.write("orders_export_1.csv", SHOPIFY)
    con = workspace.warehouse(
        SHOP + '[systems.shop.tables.orders]\npath = "orders_export_1.csv"\ncolumns = { record_id = "Id", number = "Name" }\n'
        'repeats = "first"\nfill_down = ["Id"]\nfill_by = "Name"\n'
    )
    assert con.execute("select record_id, total from orders order by 1").fetchall() == [("6001", None), ("6002", None)]


def test_what_is_not_recognised_is_said_with_its_columns(workspace: Any) -> None:
    workspace.write("x.csv", "a,b\n1,2\n")
    _, manifest = workspace.snapshot(SHOP + '[systems.shop.tables]\norders = { path = "x.csv" }\n')
    stream = manifest.systems[0].streams[0]
    assert not stream.complete
    assert "no export that recon recognises" in (stream.reason or "") and "a, b" in (stream.reason or "")


CUSTOMERS = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address City,Default Address Zip,Default Address Country Code,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Tags
'7000000000001,Ida,Beispiel,Ida@Example.com,yes,,Hauptstr. 1,Berlin,01067,DE,'+491701234567,no,119.90,2,vip
'7000000000002,Max,Muster,,no,,,,,,,no,0.00,0,
"""

PRODUCTS = """Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Gift Card,Status
tee,Tee,true,Size,S,TEE-S,shopify,deny,19.90,24.90,'4006381333931,https://cdn.example.com/1.png,false,active
tee,,,,M,TEE-M,shopify,deny,19.90,,,,,
tee,,,,,,,,,,,https://cdn.example.com/2.png,,
card,Gift card,true,Title,Default Title,GC,,continue,50.00,,,,true,draft
"""


def test_shopifys_customer_export_gives_customers(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write("customers_export.csv", CUSTOMERS)
    con = workspace.warehouse(SHOP + 'currency = "EUR"\n[systems.shop.tables]\ncustomers = { path = "customers_export.csv" }\n')
    query = "select record_id, email_key, phone, postal_code, country, email_consent, sms_consent, orders_count, total_spent from customers"
    first, second = rows_of(con, f"{query} order by 1")
    assert [str(value) for value in first.values()] == [
        "7000000000001", "ida@example.com", "+491701234567", "01067", "DE", "subscribed", "not_subscribed", "2", "119.900000",
    ]  # fmt: skip
    assert (second["record_id"], second["email_key"], second["email_consent"]) == ("7000000000002", None, "not_subscribed")


def test_shopifys_product_export_gives_variants_and_prices_without_its_rows_of_images(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write("products_export.csv", PRODUCTS)
    con = workspace.warehouse(
        SHOP + '[systems.shop.tables]\nproducts = { path = "products_export.csv" }\nprices = { path = "products_export.csv" }\n'
    )
    products = rows_of(con, "select record_id, product_id, sku, title, status, is_tracked, is_gift_card from products order by 1")
    assert [tuple(row.values()) for row in products] == [
        ("card/1", "card", "GC", "Gift card", "draft", False, True),
        ("tee/1", "tee", "TEE-S", "Tee", "active", True, False),
        ("tee/2", "tee", "TEE-M", "Tee", "active", True, False),
    ]
    prices = rows_of(con, "select variant_id, sku_key, amount, compare_at from prices order by 1")
    assert [tuple(map(str, row.values())) for row in prices] == [
        ("card/1", "GC", "50.000000", "None"),
        ("tee/1", "TEE-S", "19.900000", "24.900000"),
        ("tee/2", "TEE-M", "19.900000", "None"),
    ]


@pytest.mark.parametrize(
    "names",
    [
        "Incoming,Unavailable,Committed,Available,On hand",
        "Incoming (not editable),Unavailable (not editable),Committed (not editable),Available (not editable),On hand (current)",
    ],
)
def test_shopifys_inventory_export_gives_levels_and_places(workspace: Any, rows_of: Callable[..., Any], names: str) -> None:
    head = f"Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Bin name,{names}\n"
    workspace.write(
        "stock.csv", head + "tee,Tee,Size,S,TEE-S,,,Hamburg,,0,1,2,5,8\ntee,,Size,S,TEE-S,,,Berlin,,,,,not stocked,not stocked\n"
    )
    con = workspace.warehouse(
        SHOP + '[systems.shop.tables]\ninventory_levels = { path = "stock.csv" }\nlocations = { path = "stock.csv" }\n'
    )
    levels = rows_of(
        con, "select record_id, sku_key, location_id, on_hand, available, committed, incoming from inventory_levels order by 1"
    )
    assert [tuple(map(str, row.values())) for row in levels] == [
        ("tee/1", "TEE-S", "Hamburg", "8.0000", "5.0000", "2.0000", "0.0000"),
        ("tee/2", "TEE-S", "Berlin", "None", "None", "None", "None"),
    ]
    assert [row["name"] for row in rows_of(con, "select name from locations order by 1")] == ["Berlin", "Hamburg"]
