"""Databases: typed cells stay exact, nothing can be written, and what is read is all there is."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.errors import AuthError, ConfigError, RetriableError, SourceError
from recon.systems.base import Window

INVOICES = """
[systems.erp.tables.orders]
select = '''
select InvoiceId as record_id, CustomerId as customer_id, InvoiceDate as placed_at, Total as total, BillingCountry as country from Invoice;
'''
[systems.erp.tables.order_lines]
select = "select * from InvoiceLine"
columns = { record_id = "InvoiceLineId", order_id = "InvoiceId", product_id = "TrackId", quantity = "Quantity", unit_price = "UnitPrice" }
[systems.erp.tables.customers]
select = "select CustomerId as record_id, Email as email, FirstName as first_name, LastName as last_name, Phone as phone from Customer"
"""

ONE = '[systems.erp.tables.orders]\nselect = "{}"\n'


def load(server: Any, name: str, kinds: dict[str, str], records: list[dict[str, Any]]) -> None:
    server.execute(f"drop table if exists {name}")
    server.execute(f"create table {name} ({', '.join(f'{column} {kind}' for column, kind in kinds.items())})")
    marks = ", ".join(["%s"] * len(kinds))
    server.execute(
        f"insert into {name} ({', '.join(kinds)}) values ({marks})", [[record[column] for column in kinds] for record in records]
    )


def test_real_invoices_stage_with_their_identities(database: Any, workspace: Any, shared: Path) -> None:
    """412 invoices, each of which equals the sum of its lines exactly."""
    data = json.loads((shared / "data/erp_chinook/ChinookData.json").read_text(encoding="utf-8-sig"), parse_float=Decimal)
    text, money = "varchar(200)", "numeric(10, 2)"
    stamp = {"postgresql": "timestamp", "mariadb": "datetime", "sqlite": "text"}[database.engine]
    invoice = {"InvoiceId": "int", "CustomerId": "int", "InvoiceDate": stamp, "BillingCountry": text, "Total": money}
    load(database, "Invoice", invoice, data["Invoice"])
    line = {"InvoiceLineId": "int", "InvoiceId": "int", "TrackId": "int", "UnitPrice": money, "Quantity": "int"}
    load(database, "InvoiceLine", line, data["InvoiceLine"])
    load(database, "Customer", {"CustomerId": "int", "Email": text, "FirstName": text, "LastName": text, "Phone": text}, data["Customer"])
    con = workspace.warehouse(database.settings(INVOICES))
    assert con.execute("select count(*), sum(total) from orders").fetchone() == (412, Decimal("2328.60"))
    unequal = """
        select count(*) from orders as o
        where o.total is distinct from (select sum(l.quantity * l.unit_price) from order_lines as l where l.order_id = o.record_id)
    """
    assert con.execute(unequal).fetchone() == (0,)
    assert con.execute("select count(*) from order_lines").fetchone() == (2240,)
    assert con.execute("select count(*) from orders as o inner join customers as c on o.customer_id = c.record_id").fetchone() == (412,)
    assert con.execute("select first_name from customers where record_id = '1'").fetchone() == ("Luís",)
    assert con.execute("select min(placed_at) from orders").fetchone()[0].isoformat() == "2020-12-31T23:00:00"
    complete = con.execute(
        "select entity, complete, rows, expected_rows from coverage where field is null and rows > 0 order by 1"
    ).fetchall()
    assert complete == [("customers", True, 59, 59), ("order_lines", True, 2240, 2240), ("orders", True, 412, 412)]


def test_cells_stay_exact_and_moments_are_in_utc(server: Any, workspace: Any) -> None:
    postgres = server.engine == "postgresql"
    server.execute("drop table if exists t")
    server.execute(
        "create table t (id bigint, code varchar(20), big decimal(30, 6), naive "
        + ("timestamp, aware timestamptz, flag boolean)" if postgres else "datetime, aware timestamp null, flag bit(1))")
    )
    server.execute("insert into t values (900719925474099, '00042', 12345678901234567890.123456, '2026-07-01 12:00:00', '2026-07-01 12:00:00', "
                   + ("true)" if postgres else "1)"))  # fmt: skip
    select = "select id as record_id, code as number, big as total, naive as cancelled_at, aware as updated_at, flag as is_test from t"
    con = workspace.warehouse(server.settings(ONE.format(select)))
    row = con.execute("select record_id, number, total, cancelled_at, updated_at, is_test from orders").fetchone()
    assert [str(value) for value in row] == [
        "900719925474099", "00042", "12345678901234567890.123456", "2026-07-01 10:00:00", "2026-07-01 03:00:00", "True",
    ]  # fmt: skip


def test_an_empty_table_is_complete(database: Any, workspace: Any) -> None:
    database.execute("drop table if exists void")
    database.execute("create table void (id int, total numeric(10, 2))")
    _, manifest = workspace.snapshot(database.settings(ONE.format("select id as record_id, total from void")))
    stream = manifest.systems[0].streams[0]
    assert (stream.complete, stream.records, stream.proof.expected, stream.reason) == (True, 0, 0, None)


def test_nothing_can_be_written_even_by_one_who_may(database: Any, workspace: Any) -> None:
    database.execute("drop table if exists fence")
    database.execute("create table fence (id int)")
    more = ONE.format("select id as record_id from fence")
    reader = workspace.extractor(database.settings(more))
    if database.engine != "sqlite":
        reader_of = {"postgresql": "fence to reader", "mariadb": "erp.fence to reader@'127.0.0.1'"}
        database.execute(f"grant insert on {reader_of[database.engine]}")
    with pytest.raises(SourceError, match=r"(?i)read.?only") as caught, reader.engine.opened() as connection:
        connection.cursor().execute("insert into fence values (1)")
    assert not isinstance(caught.value, AuthError)
    assert next(iter(database.execute("select count(*) from fence")))[0] == 0
    if database.engine == "mariadb":
        assert [check.level for check in reader.checks() if check.subject == "rights"] == ["warn"]
        database.execute("revoke insert on erp.fence from reader@'127.0.0.1'")


def test_a_run_that_stopped_begins_the_table_anew(database: Any, workspace: Any) -> None:
    database.execute("drop table if exists many")
    database.execute("create table many (id int)")
    database.execute("insert into many values (%s)", [[number] for number in range(5000)])
    reader = workspace.extractor(database.settings(ONE.format("select id as record_id from many")))
    stream, window = reader.streams()[0], Window(None, reader.context.now())
    cut = next(reader.read(stream, window, None))
    lines = iter(cut.lines)
    assert next(lines)
    lines.close()
    assert cut.state == {}
    chunk = next(reader.read(stream, window, cut.state))
    assert b"".join(chunk.lines).count(b"\n") == 5000
    assert reader.prove(stream, window, 5000, chunk.state).complete
    assert not reader.prove(stream, window, 4999, chunk.state).complete
    assert list(reader.read(stream, window, chunk.state)) == []
    assert reader.estimate(stream, window).rows == 5000


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("select nope as record_id from dual_table", "the database answers with error"),
        ("select 1 as id", "gives a column 'id', which orders has not"),
        ("select 1 as total", "gives no record_id"),
        ("select 1 as record_id union all select 1", "has the same id as row 1"),
        ("select 1 as record_id, 'x' as total", "row 1 of the SELECT of orders, column 'total', holds no number; it looks like “a”"),
    ],
)
def test_mistakes_in_a_select_are_named(database: Any, workspace: Any, select: str, message: str) -> None:
    text = database.settings(ONE.format(select))
    _, manifest = workspace.snapshot(text)
    stream = manifest.systems[0].streams[0]
    assert not stream.complete and message in (stream.reason or "")
    assert "fail" in [check.level for check in workspace.extractor(text).checks()]


@pytest.mark.fault("database", 8)
def test_a_wrong_password_is_said_without_it(server: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "hunter2hunter2")
    with pytest.raises(AuthError, match="refuses reader") as caught:
        workspace.snapshot(server.settings(ONE.format("select 1 as record_id")))
    assert "hunter2" not in str(caught.value)


def test_the_servers_certificate_is_checked(server: Any, workspace: Any) -> None:
    select = ONE.format("select 1 as record_id")
    text = server.settings(select, tls=f'ca_bundle = "{server.ca}"').replace('host = "127.0.0.1"', 'host = "localhost"')
    _, manifest = workspace.snapshot(text)
    assert manifest.complete
    for wrong in (text.replace("localhost", "127.0.0.1"), server.settings(select, tls="").replace("127.0.0.1", "localhost")):
        check = next(iter(workspace.extractor(wrong).checks()))
        assert check.level == "fail" and "cannot be reached" in check.message


@pytest.mark.fault("database", 8)
def test_a_missing_right_is_a_matter_of_access(server: Any, workspace: Any) -> None:
    server.execute("drop table if exists secret")
    if server.engine == "postgresql":
        server.execute("create table secret (id int)")
        server.execute("revoke all on secret from reader")
        select = "select id as record_id from secret"
    else:
        select = "select user as record_id from mysql.user"
    with pytest.raises(AuthError, match="Check user, password and SELECT rights"):
        workspace.snapshot(server.settings(ONE.format(select)))


def test_a_host_that_does_not_answer_may_be_tried_again(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "x")
    for engine, library in (("postgresql", "psycopg"), ("mysql", "pymysql")):
        pytest.importorskip(library, reason="the extra for this database is not installed")
        text = f'[systems.erp]\nkind = "database"\nengine = "{engine}"\nhost = "127.0.0.1"\nport = 1\ndatabase = "d"\nuser = "u"\ntls = "off"\n'
        with pytest.raises(RetriableError, match="cannot be reached"):
            list(next(workspace.extractor(text + ONE.format("select 1 as record_id")).read(*stream_of())).lines)


def stream_of() -> tuple[Any, ...]:
    from datetime import UTC, datetime

    from recon.systems.base import Stream

    return Stream("orders", ("orders",), "SELECT", "Orders"), Window(None, datetime.now(UTC)), None


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("delete from x", "must be one SELECT"),
        ("select 1; drop table x", "without a second statement"),
        ("/* select */ update x set a = 1", "must be one SELECT"),
    ],
)
def test_only_one_select_is_taken(workspace: Any, select: str, message: str) -> None:
    base = '[systems.erp]\nkind = "database"\nengine = "mysql"\nhost = "h"\ndatabase = "d"\nuser = "u"\n'
    with pytest.raises(ConfigError, match=message):
        workspace.settings(base + ONE.format(select))
    assert workspace.settings(base + ONE.format("select ';' as record_id -- one; two")).systems["erp"].at == ("h", 3306)


# -- SQLite --------------------------------------------------------------------------------------------------------------


def test_in_sqlite_text_and_whole_numbers_are_exact_and_a_short_binary_number_is_its_decimal(sqlite: Any, workspace: Any) -> None:
    sqlite.execute("drop table if exists t")
    sqlite.execute("create table t (id integer, code text, big text, cents integer, price real, aware text, naive text, flag integer)")
    sqlite.execute(
        "insert into t values (900719925474099, '00042', '12345678901234567890.123456', 123456789012, 12.9, '2026-07-01T12:00:00+09:00', "
        "'2026-07-01 12:00:00', 1)"
    )
    select = (
        "select id as record_id, code as number, big as total, printf('%d.%02d', cents / 100, cents % 100) as subtotal, price as tax, "
        "naive as cancelled_at, aware as updated_at, flag as is_test from t"
    )
    con = workspace.warehouse(sqlite.settings(ONE.format(select)))
    row = con.execute("select record_id, number, total, subtotal, tax, cancelled_at, updated_at, is_test from orders").fetchone()
    assert [str(value) for value in row] == [
        "900719925474099", "00042", "12345678901234567890.123456", "1234567890.120000", "12.900000", "2026-07-01 10:00:00",
        "2026-07-01 03:00:00", "True",
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["0.1 + 0.2", "1e300 * 1e10"])
def test_in_sqlite_a_number_that_is_no_exact_decimal_is_refused(sqlite: Any, workspace: Any, number: str) -> None:
    _, manifest = workspace.snapshot(sqlite.settings(ONE.format(f"select 1 as record_id, {number} as total")))
    stream = manifest.systems[0].streams[0]
    assert not stream.complete and "is no exact decimal" in (stream.reason or "")


def test_a_file_that_is_no_database_is_named(workspace: Any) -> None:
    (workspace.folder / "notes.txt").write_text("no database at all, only text that is long enough to be one page\n" * 40)
    for name, code in (("notes.txt", "NOTADB"), ("gone.sqlite", "CANTOPEN")):
        base = f'[systems.erp]\nkind = "database"\nengine = "sqlite"\nfile = "{name}"\n'
        reader = workspace.extractor(base + ONE.format("select 1 as record_id"))
        check = next(iter(reader.checks()))
        assert check.level == "fail" and f"{name} cannot be opened (SQLITE_{code})" in check.message
    assert not (workspace.folder / "gone.sqlite").exists()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('engine = "sqlite"\n', "engine sqlite needs file"),
        ('engine = "sqlite"\nfile = "x"\nhost = "h"\n', "it has no host"),
        ('engine = "oracle"\nhost = "h"\nuser = "u"\n', "engine oracle needs database"),
        ('engine = "mysql"\nhost = "h"\nuser = "u"\ndatabase = "d"\nfile = "x"\n', "engine mysql has no file"),
    ],
)
def test_each_engine_says_what_it_needs(workspace: Any, keys: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        workspace.settings(f'[systems.erp]\nkind = "database"\n{keys}{ONE.format("select 1 as record_id")}')


def test_a_slow_select_ends_at_its_deadline(sqlite: Any, workspace: Any) -> None:
    endless = (
        "with recursive n as (select 1 as record_id union all select record_id + 1 from n) select record_id from n where record_id < 0"
    )
    text = "[limits]\ndeadline_seconds = 10\n" + sqlite.settings(ONE.format(endless))
    reader = workspace.extractor(text)
    reader.context.limits.deadline_seconds = 0
    with pytest.raises(SourceError, match="SQLITE_INTERRUPT"):
        list(next(reader.read(*stream_of())).lines)
