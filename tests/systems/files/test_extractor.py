"""What every extractor promises, for files; where files differ from servers, what holds for them instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from extractor_contract import ExtractorContract, Stand
from reading import pour, prove

from recon.errors import IncompleteError, SourceError


class TestExtractor(ExtractorContract):
    """Tables of files."""

    @pytest.mark.fault("files", 7)
    @pytest.mark.parametrize("after", [1, 2])
    def test_what_moves_while_pages_are_read_is_neither_lost_nor_doubled(self, full: Stand, after: int) -> None:
        """No block of a changed file may stand beside one of the file before."""
        landed = pour(full.reader(), full.main, full.window(), stop_after=after)
        full.touch(2)
        full.remove(1)
        with pytest.raises((IncompleteError, SourceError), match="changed while they were read"):
            pour(full.reader(), full.main, full.window(), landed)

    @pytest.mark.fault("files", 6)
    def test_a_record_that_is_counted_and_does_not_come_is_no_proof(self, full: Stand) -> None:
        reader = full.reader()
        landed = pour(reader, full.main, full.window())
        full.add(13)
        proof = prove(reader, full.main, full.window(), landed)
        assert not proof.complete
        assert proof.reason.endswith(".")

    @pytest.mark.fault("files", 3)
    @pytest.mark.parametrize("content", [b"", b"<html><form>Log in</form></html>", b"{}", b"\x00\x00\x00", b"id\n", b"\xff\xfe"])
    def test_a_file_of_something_else_is_an_error_and_no_empty_table(self, full: Stand, content: bytes) -> None:
        (full.world.folder / "orders.csv").write_bytes(content)
        with pytest.raises(SourceError) as caught:
            pour(full.reader(), full.main, full.window())
        assert "orders.csv" in str(caught.value)

    @pytest.mark.fault("files", 4)
    def test_a_file_that_was_cut_is_noticed_wherever_a_row_lacks_cells(self, full: Stand) -> None:
        path: Path = full.world.folder / "orders.csv"
        whole = path.read_bytes()
        noticed = 0
        for cut in range(len(whole) - 30, len(whole)):
            path.write_bytes(whole[:cut])
            reader = full.reader()
            try:
                landed = pour(reader, full.main, full.window())
            except SourceError as error:
                assert "orders.csv" in str(error)
                noticed += 1
                continue
            assert len(landed.lines) <= 12 and all(line["email"] for line in landed.lines[:11])
        assert noticed

    @pytest.mark.fault("files", 5)
    def test_a_file_that_vanishes_is_named(self, full: Stand) -> None:
        landed = pour(full.reader(), full.main, full.window(), stop_after=1)
        (full.world.folder / "orders.csv").unlink()
        with pytest.raises(SourceError, match=r"orders\.csv"):
            pour(full.reader(), full.main, full.window(), landed)

    @pytest.mark.fault("files", 11)
    def test_lines_in_any_order_give_the_same_records(self, full: Stand) -> None:
        before = pour(full.reader(), full.main, full.window()).lines
        full.rows = dict(reversed(full.rows.items()))  # type: ignore[attr-defined]
        full.changed()  # type: ignore[attr-defined]
        after = pour(full.reader(), full.main, full.window()).lines
        assert sorted(line["Id"] for line in after) == sorted(line["Id"] for line in before)

    @pytest.mark.fault("files", 8)
    def test_a_file_that_may_not_be_read_is_named(self, full: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        opened = Path.open

        def refused(path: Path, *args: object, **options: object) -> object:
            if path.name == "orders.csv":
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *args, **options)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refused)
        with pytest.raises(SourceError, match=r"orders\.csv"):
            pour(full.reader(), full.main, full.window())
