"""What looks like a fault of a customer's data and is none: nothing here may be reported."""

from __future__ import annotations

from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def name_in_other_spelling(world: World, cause: str) -> None:
    """Umlauts written out, capitals, and a second given name that went into the family name."""
    for n, person in enumerate(Pick(world, cause).people(2, lambda one: bool(set(one.first + one.last) & set("äöü")))):
        row = world.person_row(person)
        row["FirstName"], row["LastName"] = person.first.translate(_UMLAUTS), person.last.translate(_UMLAUTS)
        if n % 2:
            row["FirstName"], row["LastName"] = None, f"{person.first} {person.last}".upper()


def number_in_other_dress(world: World, cause: str) -> None:
    """The number as people say it."""
    for person in Pick(world, cause).people(2, lambda one: (one.phone or "").startswith("+49") and one.address.country == "DE"):
        number = (person.phone or "").removeprefix("+49")
        world.person_row(person)["Phone"] = f"(0{number[:2]}) {number[2:]}"


def street_in_other_spelling(world: World, cause: str) -> None:
    """An address service wrote the street in its own way."""
    for person in Pick(world, cause).people(2, lambda one: one.address.address1.startswith("Hafenstraße")):
        house = person.address.address1.rpartition(" ")[2]
        world.person_row(person)["PersonMailingStreet"] = f"HAFENSTR. {house}"
