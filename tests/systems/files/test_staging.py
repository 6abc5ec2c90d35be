"""From files to canonical tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

HEAD = """
[systems.erp]
kind = "files"
currency = "EUR"
time_zone = "Europe/Berlin"
"""

GERMAN = (
    HEAD
    + """
decimal = ","
thousands = "."
date_format = ["dd.mm.yyyy HH:MM", "dd.mm.yyyy"]
encoding = "cp1252"
[systems.erp.tables.orders]
path = "exports/orders-*.csv"
columns = { record_id = "Order No", number = "Order No", email = "E-Mail", total = "Summe", status = "Status", placed_at = "Datum" }
values.status = { "Storniert" = "cancelled", "Offen" = "open" }
"""
)


def test_german_files_stage_with_leading_zeros_decimal_commas_and_local_times(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write(
        "exports/orders-1.csv",
        "Order No;E-Mail;Summe;Status;Datum\r\n00042;Jörg@x.test;1.234,50;Offen;31.01.2026 14:05\r\n".encode("cp1252"),
    )
    workspace.write("exports/orders-2.csv", 'Order No;Datum;Summe;E-Mail;Status\n="00043";01.07.2026;12,50-;;Storniert\n'.encode("cp1252"))
    con = workspace.warehouse(GERMAN)
    orders = rows_of(
        con, "select record_id, email, total, currency, status, raw_status, placed_at, placed_date, file, line from orders order by 1"
    )
    assert [tuple(map(str, row.values())) for row in orders] == [
        ("00042", "Jörg@x.test", "1234.500000", "EUR", "open", "Offen", "2026-01-31 13:05:00", "None", "exports/orders-1.csv", "2"),
        ("00043", "None", "-12.500000", "EUR", "cancelled", "Storniert", "None", "2026-07-01", "exports/orders-2.csv", "2"),
    ]
    coverage = dict(con.execute("select coalesce(field, '*'), complete from coverage where entity = 'orders'").fetchall())
    assert coverage["*"] is True
    assert coverage["tax"] is False and "total" not in coverage and "created_at" not in coverage


def test_ids_of_fifteen_characters_are_not_taken_for_salesforce_ids(workspace: Any) -> None:
    workspace.write("o.csv", "id,total\nABCDE1234567890,1\n")
    con = workspace.warehouse(HEAD + '[systems.erp.tables.orders]\npath = "o.csv"\ncolumns = { record_id = "id", total = "total" }\n')
    assert con.execute("select record_id from orders").fetchall() == [("ABCDE1234567890",)]


def test_every_table_stages(workspace: Any) -> None:
    workspace.write("l.csv", "id,order,sku,qty,price\nL1,O1,00A,2,1.50\n")
    workspace.write("c.csv", "id,mail,first,last,land\n1,A@B.test,Ann,Lee,Deutschland\n")
    workspace.write("p.csv", "id,sku,name,active\n1,00A,Mug,yes\n")
    workspace.write("s.csv", "sku,place,stock\n00A,W1,3.5\n")
    workspace.write("w.csv", "id,name\nW1,Main\n")
    workspace.write("r.csv", "id,order,amount,at\nR1,O1,-3.00,2026-03-01T10:00:00Z\n")
    workspace.write("f.csv", "id,order,track,at\nF1,O1,001,2026-03-01\n")
    con = workspace.warehouse(
        HEAD
        + """
[systems.erp.tables]
order_lines = { path = "l.csv", columns = { record_id = "id", order_id = "order", sku = "sku", quantity = "qty", unit_price = "price" } }
customers = { path = "c.csv", columns = { record_id = "id", email = "mail", first_name = "first", last_name = "last", country = "land" } }
products = { path = "p.csv", columns = { record_id = "id", sku = "sku", title = "name", is_active = "active" } }
prices = { path = "l.csv", columns = { record_id = "sku", sku = "sku", amount = "price" } }
inventory_levels = { path = "s.csv", columns = { record_id = ["sku", "place"], sku = "sku", location_id = "place", on_hand = "stock" } }
locations = { path = "w.csv", columns = { record_id = "id", name = "name" } }
refunds = { path = "r.csv", columns = { record_id = "id", order_id = "order", amount = "amount", created_at = "at" } }
fulfillments = { path = "f.csv", columns = { record_id = "id", order_id = "order", tracking_number = "track", shipped_at = "at" } }
"""
    )

    def one(query: str) -> tuple[Any, ...]:
        return tuple(str(value) for value in con.execute(query).fetchone())

    assert one("select sku_key, quantity, current_quantity, refunded_quantity, unit_price, currency from order_lines") == (
        "00A", "2.0000", "2.0000", "0.0000", "1.500000", "EUR",
    )  # fmt: skip
    assert one("select email_key, name_key, country, state from customers") == ("a@b.test", "ann lee", "DE", "enabled")
    assert one("select sku, title, status from products") == ("00A", "Mug", "active")
    assert one("select price_list, sku_key, min_quantity, amount from prices") == ("default", "00A", "1.0000", "1.500000")
    since = "select p.held_since, c.readable, c.absent from prices as p, coverage as c where c.entity = 'prices' and c.field = 'held_since'"
    assert one(since) == ("None", "False", "True"), "no column says when a price was changed"
    assert one("select record_id, sku_key, location_id, on_hand from inventory_levels") == ("00A/W1", "00A", "W1", "3.5000")
    assert one("select amount, money_moved, created_at from refunds") == ("3.000000", "True", "2026-03-01 10:00:00")
    assert one("select tracking_number, shipped_at from fulfillments") == ("001", "2026-02-28 23:00:00")
    assert one("select name, is_active from locations") == ("Main", "True")
    assert con.execute("select distinct side from systems").fetchall() == [("erp",)]
    assert con.execute("select readable, reason from coverage where entity = 'deletions'").fetchone() == (
        False,
        "Files do not tell what was deleted.",
    )


def test_payments_returns_lines_companies_and_subscriptions_stage(workspace: Any, rows_of: Callable[..., Any]) -> None:
    workspace.write(
        "pay.csv", "id,order,amount,at,art\nZ1,O1,12.50,2026-03-01T10:00:00Z,\nZ2,O1,-2.50,2026-03-02T10:00:00Z,\nZ3,O1,9,,void\n"
    )
    workspace.write("ret.csv", "id,order,state,qty,gone\nT1,O1,Offen,2,\nT2,O1,Canceled,1,yes\n")
    workspace.write("retl.csv", "id,ret,line,qty\n1,T1,L1,-2\n")
    workspace.write("refl.csv", "id,ref,line,qty,amount,tax\n1,R1,L1,-1,-9.99,-1.60\n")
    workspace.write("fl.csv", "id,note,line,qty,gone\n1,F1,L1,1.5,\n2,F1,L2,1,yes\n")
    workspace.write("co.csv", "id,name,list,limit\n00017,Muster GmbH,B2B,5000\n")
    workspace.write("sub.csv", "id,customer,next,every,amount,state\nS1,1,2026-04-01,1 month,9.90,Active\n")
    con = workspace.warehouse(
        HEAD
        + """
[systems.erp.tables.payments]
path = "pay.csv"
columns = { record_id = "id", order_id = "order", amount = "amount", processed_at = "at", kind = "art" }
[systems.erp.tables.returns]
path = "ret.csv"
columns = { record_id = "id", order_id = "order", status = "state", total_quantity = "qty", is_deleted = "gone" }
values.status = { "Offen" = "open" }
[systems.erp.tables.return_lines]
path = "retl.csv"
columns = { record_id = "id", return_id = "ret", line_id = "line", quantity = "qty" }
[systems.erp.tables.refund_lines]
path = "refl.csv"
columns = { record_id = "id", refund_id = "ref", line_id = "line", quantity = "qty", amount = "amount", tax = "tax" }
[systems.erp.tables.fulfillment_lines]
path = "fl.csv"
columns = { record_id = "id", fulfillment_id = "note", line_id = "line", quantity = "qty", is_deleted = "gone" }
[systems.erp.tables.companies]
path = "co.csv"
columns = { record_id = "id", name = "name", price_list = "list", credit_limit = "limit" }
[systems.erp.tables.subscriptions]
path = "sub.csv"
columns = { record_id = "id", customer_id = "customer", next_billing_at = "next", interval = "every", amount = "amount", status = "state" }
"""
    )

    def told(query: str) -> list[tuple[str, ...]]:
        return [tuple(str(value) for value in row.values()) for row in rows_of(con, query)]

    assert told("select record_id, kind, status, amount, currency, processed_at from payments order by 1") == [
        ("Z1", "sale", "success", "12.500000", "EUR", "2026-03-01 10:00:00"),
        ("Z2", "refund", "success", "2.500000", "EUR", "2026-03-02 10:00:00"),
        ("Z3", "void", "success", "9.000000", "EUR", "None"),
    ]
    assert told("select record_id, status, raw_status, total_quantity, deleted_at is null from returns order by 1") == [
        ("T1", "open", "Offen", "2.0000", "True"),
        ("T2", "cancelled", "Canceled", "1.0000", "False"),
    ]
    assert told("select return_id, line_id, quantity, direction from return_lines") == [("T1", "L1", "2.0000", "in")]
    assert told("select refund_id, line_id, quantity, amount, tax, currency from refund_lines") == [
        ("R1", "L1", "1.0000", "9.990000", "1.600000", "EUR"),
    ]
    assert told("select fulfillment_id, line_id, quantity from fulfillment_lines") == [("F1", "L1", "1.5000")]
    assert told("select record_id, name, price_list, credit_limit, currency from companies") == [
        ("00017", "Muster GmbH", "B2B", "5000.000000", "EUR"),
    ]
    assert told("select customer_id, status, next_billing_at, interval, amount from subscriptions") == [
        ("1", "active", "2026-03-31 22:00:00", "1 month", "9.900000"),
    ]
    whole = dict(con.execute("select entity, complete from coverage where field is null and system = 'erp'").fetchall())
    assert all(whole[table] for table in ("payments", "returns", "return_lines", "refund_lines", "fulfillment_lines", "companies"))
    lacking = con.execute("select field from coverage where entity = 'payments' and field is not null order by 1").fetchall()
    assert [field for (field,) in lacking] == ["expires_at", "gateway", "is_test", "parent_id"]


def test_the_side_may_be_the_shops(workspace: Any) -> None:
    workspace.write("o.csv", "id,total\n1,1\n")
    text = HEAD + 'side = "shop"\n[systems.erp.tables.orders]\npath = "o.csv"\ncolumns = { record_id = "id", total = "total" }\n'
    assert workspace.warehouse(text).execute("select side from systems").fetchall() == [("shop",)]


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "json", "parquet", "xlsx", "csv.gz", "csv.zst"])
def test_real_invoices_stage_from_every_format_with_their_identities(form: str, workspace: Any, shared: Path) -> None:
    """412 invoices, each of which equals the sum of its lines exactly; 59 customers, 3,503 tracks."""
    data = json.loads((shared / "data/erp_chinook/ChinookData.json").read_text(encoding="utf-8-sig"), parse_float=Decimal)
    for name in ("Invoice", "InvoiceLine", "Customer", "Track"):
        store(workspace, name, data[name], form)
    con = workspace.warehouse(
        HEAD.replace("Europe/Berlin", "America/Edmonton")
        + f"""
[systems.erp.tables.orders]
path = "Invoice.{form}"
columns = {{ record_id = "InvoiceId", customer_id = "CustomerId", placed_at = "InvoiceDate", total = "Total", country = "BillingCountry" }}
[systems.erp.tables.order_lines]
path = "InvoiceLine.{form}"
[systems.erp.tables.order_lines.columns]
record_id = "InvoiceLineId"
order_id = "InvoiceId"
product_id = "TrackId"
quantity = "Quantity"
unit_price = "UnitPrice"
[systems.erp.tables.customers]
path = "Customer.{form}"
columns = {{ record_id = "CustomerId", email = "Email", first_name = "FirstName", last_name = "LastName", phone = "Phone" }}
[systems.erp.tables.products]
path = "Track.{form}"
columns = {{ record_id = "TrackId", title = "Name" }}
"""
    )
    assert con.execute("select count(*), sum(total) from orders").fetchone() == (412, Decimal("2328.60"))
    unequal = """
        select count(*) from orders as o
        where o.total is distinct from (select sum(l.quantity * l.unit_price) from order_lines as l where l.order_id = o.record_id)
    """
    assert con.execute(unequal).fetchone() == (0,)
    assert con.execute("select count(*), count(distinct email_key), count(phone_key) from customers").fetchone()[:2] == (59, 59)
    assert con.execute("select count(*) from order_lines as l inner join products as p on l.variant_id = p.record_id").fetchone() == (2240,)
    assert con.execute("select count(*) from orders as o inner join customers as c on o.customer_id = c.record_id").fetchone() == (412,)
    assert con.execute("select min(placed_at) from orders").fetchone()[0].isoformat() == "2021-01-01T07:00:00"
    assert con.execute("select bool_and(complete) from coverage where field is null and rows > 0").fetchone() == (True,)


def store(workspace: Any, name: str, records: list[dict[str, Any]], form: str) -> None:
    import csv
    import gzip
    import io

    import polars as pl
    import zstandard

    names = list(records[0])
    if form.startswith(("csv", "tsv")):
        out = io.StringIO()
        writer = csv.DictWriter(out, names, delimiter="\t" if form == "tsv" else ",")
        writer.writeheader()
        writer.writerows(records)
        data = out.getvalue().encode()
        data = gzip.compress(data) if form.endswith("gz") else zstandard.compress(data) if form.endswith("zst") else data
        workspace.write(f"{name}.{form}", data)
    elif form in {"json", "ndjson"}:
        texts = [json.dumps(record, default=float) for record in records]
        workspace.write(f"{name}.{form}", "[" + ",".join(texts) + "]" if form == "json" else "\n".join(texts) + "\n")
    elif form == "parquet":
        schema = {key: pl.Decimal(10, 2) if key in {"Total", "UnitPrice"} else None for key in names}
        pl.DataFrame(records, schema_overrides={key: kind for key, kind in schema.items() if kind}).write_parquet(
            workspace.folder / f"{name}.parquet"
        )
    else:
        write_workbook(workspace.folder / f"{name}.xlsx", [names, *([record[key] for key in names] for record in records)])


def write_workbook(path: Path, rows: list[list[Any]]) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="the library that writes workbooks is not installed")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value is not None:
                    (sheet.write_number if isinstance(value, int | Decimal) else sheet.write_string)(
                        number, place, value if isinstance(value, int | str) else float(value)
                    )
