"""Exports of shops that are recognised by their header. The rows are made up; the headers are the vendors'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
