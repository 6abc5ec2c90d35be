"""Reading files: every mistake names file, line and column; nothing is skipped; a run that stopped goes on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import zstandard

from recon.errors import ConfigError, SourceError
from recon.systems.base import Window
from recon.systems.files import extractor as files_extractor

HEAD = '[systems.erp]\nkind = "files"\ncurrency = "EUR"\ntime_zone = "Europe/Berlin"\n'
ORDERS = '[systems.erp.tables.orders]\npath = "o*"\ncolumns = { record_id = "id", total = "total", placed_at = "at" }\n'


def records(workspace: Any, more: str = "", head: str = "") -> list[dict[str, Any]]:
    reader = workspace.extractor(HEAD + head + ORDERS + more)
    chosen = reader.settings.tables.orders
    return list(reader.records("orders", reader.files(chosen)))


@pytest.mark.parametrize(
    ("name", "content", "more", "message"),
    [
        ("o.csv", "id,total,at\n1,x,2026-01-01\n", "", "o.csv, line 2, column 'total', holds no number; it looks like “a”."),
        ("o.csv", 'id,total,at\n1,1,2026-01-01\n2,"1,50",\n', "", 'column \'total\', holds no number; it looks like “9,99”. If that is the decimal'),
        ("o.csv", "id,total,at\n1.5E+11,1,\n", "", "line 2, column 'id', was shortened by a spreadsheet"),
        ("o.csv", "id,total,at\n1,1,\n,2,\n", "", "line 3, column 'id', is blank"),
        ("o.csv", "id,total,at\n1,1,\n1,2,\n", "", "o.csv, line 3 has the same id as o.csv, line 2"),
        ("o.csv", "id,total,at\n1,1\n", "", "o.csv, line 2, has 2 cells where the header names 3"),
        ("o.csv", 'id,total,at\n"1,1,\n', "", "not well-formed"),
        ("o.csv", "id,sum,at\n1,1,\n", "", "o.csv has no column 'total'. Correct recon.toml; the file has: id, sum, at."),
        ("o.csv", "id,total,Total,at\n1,1,1,\n", "", "o.csv has 2 columns 'total'"),
        ("o.csv", "id,total,at\nä,1,\n".encode("cp1252"), "", "o.csv, line 2, is not utf-8. Say its encoding"),
        ("o.csv", "", "", "does not name columns"),
        ("o.dat", "id,total,at\n", "", "no ending that tells its format"),
        ("o.json", "{}", "", "holds no list of records at its top"),
        ("o.json", '[{"id": 1, "total": 1, "at": {"x": 1}}]', "", "o.json, record 1, column 'at', holds a list or an object"),
        ("o.json", '[{"id": 1, "total": 1}]', "", "No record of o.json has 'at'"),
        ("o.ndjson", '{"id": 1}\n{"id": 2', "", "o.ndjson, line 2, is not valid JSON"),
        ("o.ndjson", '{"id": 1, "total": NaN, "at": null}\n', "", "not valid JSON"),
        ("o.parquet", b"PAR1 no", "", "cannot be read as Parquet"),
        ("o.xlsx", b"PK no", "", "o.xlsx cannot be read"),
        ("o.csv.gz", b"\x1f\x8b no", "", "o.csv.gz cannot be read"),
        ("x.csv", "", "", "No file matches o*"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_place(workspace: Any, name: str, content: str | bytes, more: str, message: str) -> None:
    pytest.importorskip("python_calamine", reason="the extra for workbooks is not installed")
    workspace.write(name, content)
    with pytest.raises(SourceError) as caught:
        records(workspace, more)
    assert message in str(caught.value)


def test_encodings_delimiters_and_marks(workspace: Any) -> None:
    text = "id\tTOTAL\tat\tname\n1\t2\t2026-01-01\tä\n"
    for content, more in [
        (b"\xef\xbb\xbf" + text.encode(), ""),
        (text.encode("utf-16"), ""),
        (text.encode("cp1252"), 'encoding = "cp1252"\n'),
        (text.replace("\t", ";").replace("\n", "\r\n").encode(), ""),
        (("Report of today\n\n" + text).encode(), "header_row = 3\n"),
        (text.replace("\t", "^").encode(), 'delimiter = "^"\n'),
    ]:
        workspace.write("o.csv", content)
        assert [(row["Id"], row["total"], row["placed_at"]) for row in records(workspace, more)] == [("1", "2", "2026-01-01")]


def test_a_quoted_line_break_does_not_shift_the_lines_after_it(workspace: Any) -> None:
    workspace.write("o.csv", 'id,note,total,at\n1,"two\nlines",1,\n\n2,,1,\n')
    assert [(row["Id"], row["@line"]) for row in records(workspace)] == [("1", "2"), ("2", "5")]


def test_json_keeps_numbers_exact_and_reaches_inside(workspace: Any) -> None:
    workspace.write("o.json", '{"data": {"orders": [{"key": {"id": 900719925474099}, "total": 10.10, "at": "2026-01-01T00:00:00Z"}]}}')
    more = '[systems.erp.tables.orders]\npath = "o.json"\nroot = "data.orders"\ncolumns = { record_id = "key.id", total = "total", placed_at = "at" }\n'
    reader = workspace.extractor(HEAD + more)
    found = list(reader.records("orders", reader.files(reader.settings.tables.orders)))
    assert [(row["Id"], row["total"]) for row in found] == [("900719925474099", "10.10")]


def test_rows_sums_words_and_repeats_as_recon_toml_says(workspace: Any) -> None:
    workspace.write("o1.csv", "id,net,tax,kind\n1,10.00,1.90,INV\n2,5.00,,INV\n2,9.00,9.00,INV\n3,1.00,0.19,OFFER\n")
    workspace.write("o2.csv", "id,net,tax,kind\n2,7.00,1.33,INV\n")
    text = HEAD + (
        '[systems.erp.tables.orders]\npath = "o*.csv"\ncolumns = { record_id = "id", is_test = "kind" }\nsums = { total = ["net", "tax"], subtotal = ["net", "-tax"] }\n'
        'where = { kind = "INV" }\nvalues = { is_test = { INV = "false" } }\nrepeats = "last"\ndefaults = { channel = "erp" }\n'
    )
    con = workspace.warehouse(text)
    assert [
        tuple(map(str, row)) for row in con.execute("select record_id, total, subtotal, is_test, channel from orders order by 1").fetchall()
    ] == [
        ("1", "11.900000", "8.100000", "False", "erp"),
        ("2", "8.330000", "5.670000", "False", "erp"),
    ]


def test_workbooks_keep_types_and_name_cells_with_errors(workspace: Any) -> None:
    pytest.importorskip("python_calamine", reason="the extra for workbooks is not installed")
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="the library that writes workbooks is not installed")
    from datetime import datetime

    def write(*rows: tuple[Any, ...]) -> None:
        with xlsxwriter.Workbook(str(workspace.folder / "o.xlsx"), {"default_date_format": "dd.mm.yyyy hh:mm"}) as book:
            book.add_worksheet("Cover")
            sheet = book.add_worksheet("Orders")
            for number, row in enumerate([("id", "total", "at"), *rows]):
                for place, value in enumerate(row):
                    if value == "#DIV/0!":
                        sheet.write_formula(number + 3, place + 1, "=1/0", None, value)
                    elif isinstance(value, str):
                        sheet.write_string(number + 3, place + 1, value)
                    else:
                        sheet.write(number + 3, place + 1, value)

    more = 'sheet = "Orders"\ndecimal = ","\nthousands = "."\ndate_format = "dd.mm.yyyy"\n'
    write(("00012", 1.234, datetime(2026, 1, 31, 14, 5)), (1001, "1.234,00", "01.02.2026"), ("3", 0.1 + 0.2, None))  # noqa: DTZ001
    assert [(row["Id"], row["total"], row["placed_at"], row["@line"]) for row in records(workspace, more)] == [
        ("00012", "1.234", "2026-01-31T13:05:00.000000Z", "5"),
        ("1001", "1234.00", "2026-02-01", "6"),
        ("3", "0.3", None, "7"),
    ]
    write(("1", "#DIV/0!", None))
    with pytest.raises(SourceError, match="row 5, column 'total', holds a spreadsheet error"):
        records(workspace, more)
    write((1234567890123456789, 1, None))
    with pytest.raises(SourceError, match="row 5, column 'id', holds a number of more digits"):
        records(workspace, more)
    with pytest.raises(SourceError, match="has no sheet 'Lines'"):
        records(workspace, more.replace("Orders", "Lines"))


def test_a_file_that_cannot_be_read_makes_its_table_incomplete_and_no_other(workspace: Any) -> None:
    workspace.write("o.csv", "id,total,at\n1,x,\n")
    workspace.write("c.csv", "id\n1\n")
    _, manifest = workspace.snapshot(HEAD + ORDERS + '[systems.erp.tables.customers]\npath = "c.csv"\ncolumns = { record_id = "id" }\n')
    streams = {stream.name: stream for stream in manifest.systems[0].streams}
    assert (streams["orders"].complete, streams["customers"].complete, streams["originals"].complete) == (False, True, True)
    assert "o.csv, line 2, column 'total'" in (streams["orders"].reason or "")


def test_files_land_as_they_are(workspace: Any) -> None:
    content = b"id,total,at\r\n1,1.00,\r\n"
    workspace.write("o 1.csv", content)
    folder, manifest = workspace.snapshot(HEAD + ORDERS)
    stream = next(stream for stream in manifest.systems[0].streams if stream.name == "originals")
    assert (stream.format, stream.records, stream.entities) == ("file", 1, [])
    landed = folder / stream.files[0].path
    assert landed.name == "part-0000.o_1.csv.zst"
    assert zstandard.decompress(landed.read_bytes(), max_output_size=1000) == content
    assert stream.files[0].sha256 == hashlib.sha256(landed.read_bytes()).hexdigest()


@pytest.mark.parametrize("change", ["grow", "touch", "new", "gone"])
def test_files_that_change_while_they_are_read_are_no_proof(workspace: Any, change: str) -> None:
    path = workspace.write("o1.csv", "id,total,at\n1,1,\n")
    workspace.write("o2.csv", "id,total,at\n2,1,\n")
    reader = workspace.extractor(HEAD + ORDERS)
    stream = next(stream for stream in reader.streams() if stream.name == "orders")
    window = Window(None, reader.context.now())
    chunks = list(reader.read(stream, window, None))
    assert reader.prove(stream, window, 2, chunks[-1].state).complete
    alter(path, change)
    proof = reader.prove(stream, window, 2, chunks[-1].state)
    assert not proof.complete and proof.reason == "Files changed, came or went while they were read."
    with pytest.raises(SourceError, match="changed while they were read"):
        list(reader.read(stream, window, chunks[-1].state))


def alter(path: Path, change: str) -> None:
    if change == "grow":
        path.write_text(path.read_text() + "3,1,\n")
    elif change == "touch":
        os.utime(path, ns=(1, 1))
    elif change == "new":
        path.with_name("o3.csv").write_text("id,total,at\n4,1,\n")
    else:
        path.unlink()


def test_reading_goes_on_after_every_chunk_with_the_same_records(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_extractor, "BLOCK", 2)
    workspace.write("o1.csv", "id,total,at\n1,1,\n2,1,\n3,1,\n")
    workspace.write("o2.csv", "id,total,at\n4,1,\n5,1,\n")
    reader = workspace.extractor(HEAD + ORDERS)
    stream = reader.streams()[0]
    window = Window(None, reader.context.now())
    chunks = list(reader.read(stream, window, None))
    whole = [line for chunk in chunks for line in chunk.lines]
    assert len(chunks) == 3 and len(whole) == 5
    for place, chunk in enumerate(chunks):
        after = [line for later in reader.read(stream, window, chunk.state) for line in later.lines]
        assert [line for earlier in chunks[: place + 1] for line in earlier.lines] + after == whole


def test_doctor_tries_the_first_rows_of_every_table(workspace: Any) -> None:
    workspace.write("o.csv", "id,total,at\n1,x,\n")
    reader = workspace.extractor(HEAD + ORDERS + '[systems.erp.tables.customers]\npath = "c.csv"\ncolumns = { record_id = "id" }\n')
    checks = list(reader.checks())
    assert [check.level for check in checks] == ["fail", "fail"]
    workspace.write("o.csv", "id,total,at\n1,1,\n")
    workspace.write("c.csv", "id\n1\n")
    assert [check.level for check in reader.checks()] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[systems.erp.tables.orders]\npath = "o"\ncolumns = { record_id = "id", totl = "x" }\n', "totl"),
        ('[systems.erp.tables.orders]\npath = "o"\ncolumns = { total = "x" }\n', "must say which column is record_id"),
        ('[systems.erp.tables.order]\npath = "o"\n', "Did you mean orders?"),
        ('time_zone = "Berlin"\n[systems.erp.tables]\n', "time zone"),
        ('decimal = ","\nthousands = ","\n[systems.erp.tables]\n', "must differ"),
        ('encoding = "klingon"\n[systems.erp.tables]\n', "is no encoding"),
        ('date_format = "tomorrow"\n[systems.erp.tables]\n', "must be made of"),
    ],
)
def test_mistakes_in_recon_toml_are_named(workspace: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.settings('[systems.erp]\nkind = "files"\n' + text)
    assert message in str(caught.value)
