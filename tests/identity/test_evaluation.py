"""How well matching does where the truth is known, and that nothing but the records decides.

FEBRL 1–4 and pseudopeople's census and tax forms come from PyPI by scripts/evaluation.sh; the household-rich customers are our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.people import write
from recon.cli import run
from recon.errors import UsageError
from recon.warehouse import build
from recon.warehouse.engine import connect
from recon.warehouse.identity.evaluate import Evaluation, evaluate

DATA = Path(__file__).parents[2] / ".venv/evaluation/data"
THERE = pytest.mark.skipif(not (DATA / "tax.parquet").is_file(), reason="scripts/evaluation.sh could not get the data sets")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("people") / "people.parquet", 50_000, seed=5)


@pytest.fixture(scope="module")
def measured(people: Path) -> Evaluation:
    return evaluate([people], threads=2)


def test_households_and_businesses_are_not_merged(measured: Evaluation) -> None:
    certain, both = measured.tiers
    assert certain.precision >= 0.992
    assert measured.other_given == 0
    assert both.precision >= 0.96
    assert both.recall >= 0.86


def test_nearly_every_true_pair_is_compared(measured: Evaluation) -> None:
    assert measured.reached >= 0.99 * measured.true_pairs


@THERE
@pytest.mark.parametrize("files", [["febrl1"], ["febrl2"], ["febrl3"], ["febrl4a", "febrl4b"]])
def test_febrl(files: list[str]) -> None:
    both = evaluate([DATA / f"{name}.parquet" for name in files], threads=2).tiers[1]
    assert both.precision >= 0.999
    assert both.recall >= 0.985


@THERE
def test_census_against_tax_forms() -> None:
    both = evaluate([DATA / "census.parquet", DATA / "tax.parquet"], threads=2).tiers[1]
    assert both.precision >= 0.993
    assert both.recall >= 0.85


def _groups(people: Path, order: str, threads: int, prefix: str = "", take: int = 20_000) -> list[Any]:
    with connect(None, threads=threads, locked=False) as con:
        build.create_model(con)
        con.execute(
            "insert into systems by name select 'shop' as system, 'shopify' as kind, 'shop' as side "
            "union all select 'salesforce', 'salesforce', 'salesforce'"
        )
        con.execute(
            "insert into customers by name select case when cast(right(record_id, 1) as integer) % 2 = 0 then 'shop' else 'salesforce' end "
            f"as system, '{prefix}' || record_id as record_id, first_name, last_name, "
            "email_key(email) as email_key, phone as phone_key, address1, postal_key(postal_code) as postal_key "
            f"from (select * from read_parquet('{people}') order by record_id limit {take}) order by {order}"
        )
        build.match(con)
        found = con.execute(
            "select list(record_id order by record_id), any_value(certainty), any_value(reasons) from customer_clusters "
            "group by cluster_id order by 1"
        ).fetchall()
        rest = [
            con.execute(f"select * from {name} order by all").fetchall()
            for name in ("identity_pairs", "customer_survivors", "related_groups", "shared_values")
        ]
    return [found, *rest]


def test_the_order_of_records_and_the_number_of_threads_change_nothing(people: Path) -> None:
    first = _groups(people, "record_id", 1)
    assert all(first)  # every table holds something
    assert _groups(people, "hash(record_id)", 2) == first
    assert _groups(people, "record_id desc", 4) == first


def test_other_ids_give_the_same_groups(people: Path) -> None:
    plain = [ids for ids, *_ in _groups(people, "record_id", 2, take=5000)[0]]
    renamed = [[one.removeprefix("x-") for one in ids] for ids, *_ in _groups(people, "record_id desc", 2, prefix="x-", take=5000)[0]]
    assert renamed == plain


def test_a_file_without_its_label_or_of_no_known_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("first_name,last_name\nAda,Byron\n")
    (tmp_path / "a.xml").write_text("<a/>")
    assert run(["identity", "evaluate", str(tmp_path / "a.csv")]) == 2
    assert run(["identity", "evaluate", str(tmp_path / "a.xml")]) == 2
    assert run(["identity", "evaluate", str(tmp_path / "none.csv")]) == 2


def test_a_labelled_file_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["person,first_name,last_name,email"]
    rows += ["1,Ada,Byron,ada.byron77@x.example", "1,ADA,Byron,Ada.Byron77@x.example", "2,Charles,Babbage,ada.byron77@x.example"]
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n")
    assert run(["identity", "evaluate", "--json", str(tmp_path / "a.csv")]) == 0
    said = capsys.readouterr().out
    assert '"true_pairs": 1' in said
    assert said.count('"precision": 1.0') == 2
    assert said.count('"recall": 1.0') == 2


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        (["1,Robert", "2,Bob"], 1),
        (["1,William", "1,Wiliam", "2,William"], 0),  # father and son of one name, and a slip of the hand
        (["1,Robert", "1,Bob"], 0),
    ],
)
def test_different_given_names_are_those_of_people_not_of_records(tmp_path: Path, records: list[str], wanted: int) -> None:
    rest = "Byron,ada.byron77@x.example,+493012345678,Lindenweg 12,10115"
    lines = [f"{record},{rest}" for record in records] + [f"{n},Ypsilon{n},Zett{n},y{n}@y.example,,," for n in range(10, 300)]
    (tmp_path / "a.csv").write_text("\n".join(["person,first_name,last_name,email,phone,address1,postal_code", *lines]) + "\n")
    found = evaluate([tmp_path / "a.csv"], threads=1)
    assert found.tiers[0].pairs == len(records) * (len(records) - 1) // 2
    assert found.other_given == wanted


def test_the_generator_keeps_to_its_seed(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.parquet", 2000, seed) for n, seed in enumerate((1, 1, 2))]
    hashes = [duckdb.connect().execute(f"select sum(hash(p)) from read_parquet('{file}') as p").fetchall() for file in files]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,record_id,last_name\n1,7,Byron\n1,7,Byron\n", "have the record_id 7"),
        ("person,last_name\n,Byron\n", "No record says in column person"),
        ("person,last_name\n", "No record says in column person"),
        ("person,record_id,size\n1,7,9\n", "no column that could be compared"),
        ("", "has no column person"),
    ],
)
def test_a_file_that_would_be_measured_wrongly_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UsageError, match=said):
        evaluate([tmp_path / "a.csv"], threads=1)


def test_a_file_of_other_letters_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("person,last_name\n1,Müller\n1,Müller\n".encode("latin-1"))
    with pytest.raises(UsageError, match="cannot be read as csv"):
        evaluate([tmp_path / "a.csv"], threads=1)


def test_what_is_not_looked_at_and_what_cannot_be_a_share_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes("\ufeffPerson;Last_Name;birth_date;E-Mail\n1;Byron;31.12.1985;x\n2;King;;y\n".encode())
    assert run(["identity", "evaluate", str(tmp_path / "a.csv")]) == 0
    out, err = capsys.readouterr()
    assert "Columns that are not looked at: E-Mail." in err
    assert "1 birth_date cannot be read as a day" in err
    assert "2 records, 0 pairs of one person" in err
    assert out.count("–") == 4
