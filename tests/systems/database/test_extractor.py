"""What every extractor promises, for databases."""

from __future__ import annotations

from typing import Any

import pytest
from extractor_contract import ExtractorContract, Stand
from reading import pour, prove

from recon.errors import IncompleteError, ReconError


class TestExtractor(ExtractorContract):
    """One SELECT for each table, in one transaction."""

    @pytest.mark.fault("database", 6)
    def test_a_record_that_is_counted_and_does_not_come_is_no_proof(self, full: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        reader = full.reader()
        count = reader.engine.count
        monkeypatch.setattr(reader.engine, "count", lambda *given: count(*given) + 1)
        landed = pour(reader, full.main, full.window())
        proof = prove(reader, full.main, full.window(), landed)
        assert not proof.complete
        assert "counts 13" in proof.reason

    @pytest.mark.fault("database", 5)
    def test_a_connection_that_ends_while_rows_come_leaves_nothing_half(self, full: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
        reader = full.reader()
        rows = reader.engine.rows

        def cut(connection: Any, *given: Any) -> Any:
            connection.close()
            return rows(connection, *given)

        with monkeypatch.context() as patched, pytest.raises(ReconError) as caught:
            patched.setattr(reader.engine, "rows", cut)
            pour(reader, full.main, full.window())
        assert not isinstance(caught.value, IncompleteError)
        full.assert_whole()
