"""Exports of real orgs by other tools: read as hand-made snapshots with a mapping of their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SEEDS = {
    "account": "sf_account_data.csv",
    "contact": "sf_contact_data.csv",
    "order": "sf_order_data.csv",
    "product2": "sf_product_2_data.csv",
    "opportunity": "sf_opportunity_data.csv",
    "opportunitylineitem": "sf_opportunity_line_item_data.csv",
}
NAMES = {
    "id": "Id",
    "is_deleted": "IsDeleted",
    "created_date": "CreatedDate",
    "created_by_id": "CreatedById",
    "system_modstamp": "SystemModstamp",
}
"""That tool renames fields; the mapping says the rest."""

MAPPING = {
    "orders": [
        {"object": "Order", "fields": {"number": "order_number", "status": "status", "total": "total_amount", "customer_id": "account_id",
                                       "placed_at": "effective_date", "country": "billing_country_code", "original_order_id": "original_order_id"}},
        {"object": "Opportunity", "fields": {"number": "name", "status": "stage_name", "total": "amount", "customer_id": "account_id", "placed_at": "close_date"}},
    ],
    "order_lines": [{"object": "OpportunityLineItem", "fields": {"order_id": "opportunity_id", "product_id": "product_2_id", "quantity": "quantity",
                                                                 "unit_price": "unit_price", "total": "total_price"}}],
    "customers": [
        {"object": "Account", "kind": "account", "fields": {"company": "name", "phone": "phone", "country": "billing_country"}},
        {"object": "Contact", "kind": "contact", "fields": {"email": "email", "first_name": "first_name", "last_name": "last_name", "phone": "phone",
                                                            "account_id": "account_id", "country": "mailing_country", "email_opt_out": "has_opted_out_of_email"}},
    ],
    "products": [{"object": "Product2", "fields": {"sku": "product_code", "title": "name", "is_active": "is_active"}}],
}  # fmt: skip


def export(file: Path) -> tuple[str, int]:
    """The file as it is, but for the names in its first line and for rows that the export tool itself wrote too short or too long."""
    with file.open(encoding="utf-8", newline="") as stream:
        header, *records = csv.reader(stream)
    whole = [record for record in records if len(record) == len(header)]
    lines = [[NAMES.get(name, name) for name in header], *whole]
    return "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines) + "\n", len(whole)


def test_a_replica_of_a_real_org_stages_whole(staged: Callable[..., Any], shared: Path) -> None:
    folder = shared / "data" / "salesforce" / "fivetran_seeds"
    texts = {stream: export(folder / name) for stream, name in SEEDS.items()}
    system = {"name": "org", "kind": "salesforce", "side": "salesforce", "currency": "USD", "mapping": MAPPING}
    con = staged({**system, "streams": {stream: text for stream, (text, _) in texts.items()}})
    counts = {
        table: con.execute(f"select count(*) from {table}").fetchone()[0] for table in ("orders", "order_lines", "customers", "products")
    }
    assert counts == {
        "orders": texts["order"][1] + texts["opportunity"][1],
        "order_lines": texts["opportunitylineitem"][1],
        "customers": texts["account"][1] + texts["contact"][1],
        "products": texts["product2"][1],
    }
    assert all(count > 0 for count in counts.values())
    found = con.execute("select distinct length(record_id), currency from orders where object = 'Order'").fetchall()
    assert found == [(18, "USD")]
    assert con.execute("select count(*) from orders where object = 'Order' and total is null").fetchone() == (0,)


@pytest.mark.parametrize("name", ["comma", "comma_wrapped_values"])
def test_a_csv_of_the_vendors_own_tool_stages(staged: Callable[..., Any], shared: Path, name: str) -> None:
    text = (shared / "data" / "salesforce" / "sf_cli_data" / f"test-files__csv__{name}.csv").read_text(encoding="utf-8-sig")
    records = list(csv.DictReader(text.splitlines()))
    body = "\n".join(["Id," + text.splitlines()[0]] + [f"{n:018}," + line for n, line in enumerate(text.splitlines()[1:])]) + "\n"
    mapping = {"customers": [{"object": "Account", "kind": "account", "fields": {"company": "Name", "phone": "Phone"}}]}
    con = staged({"name": "org", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": {"account": body}})
    assert [row[0] for row in con.execute("select company from customers order by line").fetchall()] == [
        record["NAME"] for record in records
    ]


def test_records_of_the_vendors_own_tool_stage(staged: Callable[..., Any], shared: Path) -> None:
    folder = shared / "data" / "salesforce" / "sf_cli_data"
    records = [
        {"Id": f"{n:018}", **{key: str(value) for key, value in record.items() if isinstance(value, str | int | float)}}
        for n, record in enumerate(
            record
            for file in ("contacts-only-1", "contacts-only-2")
            for record in json.loads((folder / f"api__data__tree__test-files__{file}.json").read_text(encoding="utf-8"))["records"]
        )
    ]
    columns = sorted({key for record in records for key in record})
    mapping = {
        "customers": [
            {"object": "Contact", "kind": "contact", "fields": {"last_name": "LastName", "first_name": "FirstName", "email": "Email"}}
        ]
    }
    stream = {"rows": records, "columns": columns, "entities": ["customers"]}
    con = staged({"name": "org", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": {"contact": stream}})
    # NOTE: these files spell it Lastname; Salesforce does not care about the case of a field name, and neither does the mapping.
    names = [next(value for key, value in record.items() if key.lower() == "lastname") for record in records]
    assert [row[0] for row in con.execute("select last_name from customers order by record_id").fetchall()] == names
