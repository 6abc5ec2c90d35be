"""Groups of customers in the history show people side by side: those in which somebody stands who is forgotten go."""

from __future__ import annotations

import json
from pathlib import Path

from recon.audit import history
from recon.forget import places
from recon.forget.eraser import Eraser, Value
from recon.forget.person import Person

ROWS = [
    ("r1", "duplicates", 1, "f1", [("salesforce", "003A"), ("salesforce", "003B")], {"label": "ada@x.example"}),
    ("r1", "related", 1, None, [("salesforce", "003A"), ("salesforce", "003C")], {"fields": [{"field": "last_name", "values": ["Byron"]}]}),
    (
        "r2",
        "related",
        1,
        None,
        [("salesforce", "003D"), ("salesforce", "003E")],
        {"fields": [{"field": "email", "values": ["eve@x.example"]}]},
    ),
    ("r2", "related", 2, None, [("shop", "8"), ("shop", "9")], {"fields": [{"field": "email", "values": ["ADA@x.example", None]}]}),
    ("r2", "shared_values", 1, None, [], {"kind": "email", "value": "info@firm.example"}),
]


def test_groups_in_which_he_stands_go_and_no_others(tmp_path: Path) -> None:
    with history.opened(tmp_path, write=True) as store:
        for run_id, kind, place, finding, records, document in ROWS:
            held = [{"system": system, "record_id": record_id} for system, record_id in records]
            store.connection.execute(
                "insert into customer_groups values (?, ?, ?, ?, ?, ?)", [run_id, kind, place, finding, held, json.dumps(document)]
            )
    person = Person(("ada@x.example",), (), customers={("salesforce", "003A")})
    eraser = Eraser.of([Value("ada@x.example", "email", hard=True)], [])
    found, runs = places.erase_history(tmp_path, person, eraser, write=False)
    assert (sum(one.count for one in found), runs) == (3, {"r1", "r2"})
    places.erase_history(tmp_path, person, eraser, write=True)
    with history.opened(tmp_path) as store:
        left = store.connection.execute("select run_id, kind, place from customer_groups order by all").fetchall()
    assert left == [("r2", "related", 1), ("r2", "shared_values", 1)]
    assert b"ada@x" not in (tmp_path / history.FILE_NAME).read_bytes().lower()
    assert places.erase_history(tmp_path, person, eraser, write=True) == ([], set())
