"""What is certain stays, what is not is cut away, whatever happened in between."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import IncompleteError, StoreError
from recon.snapshot.store import Counter, StreamStore
from recon.systems.base import Chunk


def content(path: Path) -> str:
    with path.open("rb") as file:
        return io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True), encoding="utf-8").read()


def page(*ids: str) -> Chunk:
    return Chunk([f'{{"id":"{i}"}}\n'.encode() for i in ids], {"after": ids[-1]}, rows=len(ids))


def test_bytes_beyond_the_certain_ones_are_cut_away(tmp_path: Path) -> None:
    store = StreamStore(tmp_path, "shop", "orders")
    store.add(page("1", "2"))
    part = tmp_path / "shop/orders/part-0000.jsonl.zst"
    with part.open("ab") as file:
        file.write(b"half a frame")
    (tmp_path / "shop/orders/part-0001.csv.zst.part").write_bytes(b"half a file")
    again = StreamStore(tmp_path, "shop", "orders")
    assert again.progress.state == {"after": "2"}
    again.add(page("3"))
    assert content(part) == '{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n'
    assert [entry.rows for entry in again.files()] == [3]
    assert len(list(part.parent.iterdir())) == 1


def test_lost_certain_bytes_are_named(tmp_path: Path) -> None:
    store = StreamStore(tmp_path, "shop", "orders")
    store.add(page("1"))
    (tmp_path / "shop/orders/part-0000.jsonl.zst").write_bytes(b"")
    with pytest.raises(StoreError, match="lost bytes"):
        StreamStore(tmp_path, "shop", "orders")


def test_csv_parts_count_records_and_not_lines(tmp_path: Path) -> None:
    store = StreamStore(tmp_path, "salesforce", "order")
    text = b'Id,Description\n1,"two\nlines, and ""quotes"""\n2,plain\n'
    assert store.add(Chunk([text[:9], text[9:30], text[30:]], {}, rows=2, format="csv")) == (2, 2)
    assert content(tmp_path / "salesforce/order/part-0000.csv.zst").encode() == text


def test_header_alone_is_no_file(tmp_path: Path) -> None:
    store = StreamStore(tmp_path, "salesforce", "order")
    store.add(Chunk([b"Id,Name\n"], {"locator": None}, rows=0, format="csv"))
    assert store.files() == []
    assert store.progress.state == {"locator": None}


def test_cut_last_line_is_refused(tmp_path: Path) -> None:
    store = StreamStore(tmp_path, "shop", "orders")
    with pytest.raises(IncompleteError, match="cut"):
        store.add(Chunk([b'{"id":"1"}\n{"id"'], {}, part=True))
    assert StreamStore(tmp_path, "shop", "orders").files() == []


def test_state_without_lines_is_kept(tmp_path: Path) -> None:
    StreamStore(tmp_path, "shop", "orders").add(Chunk([], {"job": "750"}))
    assert StreamStore(tmp_path, "shop", "orders").progress.state == {"job": "750"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20), max_size=8), st.integers(1, 7))
def test_csv_counter_agrees_with_the_csv_module(values: list[str], block: int) -> None:
    import csv

    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["v"])
    writer.writerows([value] for value in values)
    data = out.getvalue().encode()
    counter = Counter("csv")
    assert b"".join(counter.lines(data[i : i + block] for i in range(0, len(data), block))) == data
    assert counter.rows == len(values)
