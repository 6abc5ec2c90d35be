"""Which of the merchant's shops a world is: what keeps its ids, people, goods and places apart from those of the others."""

from __future__ import annotations

from dataclasses import dataclass

PLACES = (
    (("Berlin Mitte", "Berlin", "10115", "DE"), ("Lager Hamburg", "Hamburg", "20457", "DE"),
     ("Amsterdam Store", "Amsterdam", "1012 AB", "NL"), ("München (closed)", "München", "80331", "DE")),
    (("Wien Neubau", "Wien", "1070", "AT"), ("Lager Graz", "Graz", "8010", "AT"),
     ("Utrecht Store", "Utrecht", "3511 AB", "NL"), ("Linz (closed)", "Linz", "4020", "AT")),
    (("Köln Ehrenfeld", "Köln", "50823", "DE"), ("Lager Bremen", "Bremen", "28195", "DE"),
     ("Rotterdam Store", "Rotterdam", "3011 AA", "NL"), ("Essen (closed)", "Essen", "45127", "DE")),
    (("Leipzig Zentrum", "Leipzig", "04109", "DE"), ("Lager Rostock", "Rostock", "18055", "DE"),
     ("Den Haag Store", "Den Haag", "2511 CS", "NL"), ("Ulm (closed)", "Ulm", "89073", "DE")),
    (("Freiburg Altstadt", "Freiburg", "79098", "DE"), ("Lager Mannheim", "Mannheim", "68159", "DE"),
     ("Eindhoven Store", "Eindhoven", "5611 AZ", "NL"), ("Trier (closed)", "Trier", "54290", "DE")),
    (("Dresden Neustadt", "Dresden", "01097", "DE"), ("Lager Kiel", "Kiel", "24103", "DE"),
     ("Haarlem Store", "Haarlem", "2011 RD", "NL"), ("Jena (closed)", "Jena", "07743", "DE")),
)  # fmt: skip
"""Store, warehouse, store abroad and a closed one, for each shop: name, city, postal code, country."""


@dataclass(frozen=True)
class Outlet:
    """The ``place``-th of ``of`` shops; the first of one is the demo as it usually is."""

    place: int = 0
    of: int = 1

    @property
    def alone(self) -> bool:
        """Whether there is no other shop."""
        return self.of == 1

    @property
    def places(self) -> tuple[tuple[str, str, str, str], ...]:
        """Names of its locations, which no other shop has."""
        known = PLACES[self.place % len(PLACES)]
        turn = self.place // len(PLACES)
        return known if turn == 0 else tuple((f"{name} {turn + 1}", city, code, country) for name, city, code, country in known)

    @property
    def letter(self) -> str:
        """Ends the SKUs of what only this shop sells."""
        return chr(ord("R") + self.place) if self.place < 9 else f"R{self.place}"

    def numbers(self, count: int) -> range:
        """This shop's part of so many things that can be given out once."""
        return range(count * self.place // self.of, count * (self.place + 1) // self.of)


ONLY = Outlet()
