"""Made-up buyers: customers, guests, households, businesses; names of many scripts and some that break careless programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from recon.sandbox.merchant.ids import Ids, seeded
from recon.sandbox.merchant.life import Address, Company, Customer
from recon.sandbox.merchant.outlet import ONLY, Outlet

_GIVEN = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elif",
    "Felix",
    "Greta",
    "Hannes",
    "Ida",
    "Jonas",
    "Katrin",
    "Leon",
    "Mara",
    "Nils",
    "Olga",
    "Paul",
    "Rosa",
    "Samir",
    "Tilda",
    "Urs",
    "Vera",
    "Willem",
    "Yara",
    "Zoe",
    "Amélie",
    "Björn",
    "Chloé",
    "Dagny",
    "Émile",
    "Frida",
    "Gaël",
    "Håkon",
    "Inês",
    "Jürgen",
    "Kaspar",
    "Lotte",
    "Mehmet",
    "Noor",
    "Oskar",
    "Pilar",
    "Quentin",
    "Renée",
    "Søren",
    "Théo",
    "Ulla",
    "Viggo",
    "Wanda",
    "Xenia",
)
_FAMILY = (
    "Adler",
    "Baumann",
    "Castel",
    "Dreyer",
    "Eklund",
    "Fischer",
    "Grünwald",
    "Hartog",
    "Iversen",
    "Jansen",
    "Köhler",
    "Lindqvist",
    "Moreau",
    "Nowak",
    "Olsen",
    "Petit",
    "Quist",
    "Rousseau",
    "Schäfer",
    "Thorsen",
    "Ullrich",
    "Vogt",
    "Weber",
    "Ximenes",
    "Yilmaz",
    "Zeller",
    "Ahlberg",
    "Brandt",
    "Couture",
    "Dubois",
    "Engel",
    "Ferreira",
    "Gross",
    "Hoekstra",
    "Imhof",
    "Juhl",
    "Krämer",
    "Lacroix",
    "Meister",
    "Nyström",
    "Oberle",
    "Pfeiffer",
    "Reuter",
    "Sandoval",
    "Tanner",
    "Unger",
    "Visser",
    "Winkler",
    "Zimmer",
    "Bergström",
    "Dahl",
    "Ebner",
    "Falk",
    "Gallo",
    "Huber",
)

AWKWARD = (
    ("Siobhán", "O'Brien"),
    ("Łukasz", "Świątek"),
    ("明", "李"),
    ("محمد", "العربي"),
    ("Ada 🦊", "Fuchs"),
    (unicodedata.normalize("NFD", "Zoë"), unicodedata.normalize("NFD", "Brontë-Müller")),
    (unicodedata.normalize("NFC", "Zoé"), unicodedata.normalize("NFC", "Küçük")),
    ("Maximiliane Philippa Theodora", "von der Hohenstein-Wolkenburg zu Unterniederalpfen"),
    ("=cmd|'/C calc'!A0", "@SUM(1+1)"),
    ("<b>Bold</b>", "<img src=x onerror=alert(1)>"),
    ("Null", "Undefined"),
    ("Jean-Luc", "d’Arc"),
    ("सीता", "शर्मा"),
    ("João", "Gonçalves; DROP TABLE"),
    ("ﬁona", "Straße"),
    ("Renée\u200b", "Zéro-Width"),
)
"""Names that have broken exports, reports and comparisons; given names first."""

_STREETS = ("Lindenweg", "Hafenstraße", "Am Alten Markt", "Rue du Port", "Kerkstraat", "High Street", "Rosengasse", "Quai Neuf", "Elm Road")

_HOUSES = 240
"""The highest number of a street among the buyers of one shop; those of the next shop live further out."""

COUNTRIES = ("DE", "DE", "DE", "DE", "DE", "AT", "NL", "FR", "GB", "GB", "US", "US", "JP", "KW")
"""Where buyers live, by weight."""

_CITIES = {
    "DE": ("Berlin", "10115", None),
    "AT": ("Wien", "1010", None),
    "NL": ("Utrecht", "3511 AB", None),
    "FR": ("Lyon", "69001", None),
    "GB": ("Leeds", "LS1 4AP", None),
    "US": ("Portland", "97205", "OR"),
    "JP": ("大阪市", "530-0001", "JP-27"),
    "KW": ("Kuwait City", "13001", None),
}

_COMPANIES = (
    "Nordlicht Ladenbau", "Café Morgenrot", "Atelier Beauregard", "Hofgut Sonnental", "Kanal & Söhne", "Papier Peters", "Studio Vijf",
    "Bürobedarf Ost", "Marché Vert", "Gasthof Drei Linden", "Helling Logistik", "Werkstatt West",
)  # fmt: skip


@dataclass
class People:
    """Everybody who buys or could buy."""

    customers: list[Customer] = field(default_factory=list)
    guests: list[Customer] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    households: list[tuple[Customer, Customer]] = field(default_factory=list)
    """(customer, guest under the same e-mail address but another name)"""


_PHONES = {"DE": 5000, "GB": 1100, "FR": 1000, "US": 800}
"""How many numbers the free ranges of a country have."""


class _Phones:
    """Numbers from the ranges that regulators keep free for films and books; each is given out once."""

    def __init__(self, outlet: Outlet) -> None:
        # NOTE: one shop may use them up; several shops share them out.
        self._left = {country: iter(outlet.numbers(count)) for country, count in _PHONES.items()}

    def take(self, country: str) -> str | None:
        """The next number of a country in E.164, or None where there is no such range (or it is used up)."""
        n = next(self._left.get(country, iter(())), None)
        if n is None:
            return None
        if country == "DE":
            area = ("3023125", "4066969", "2214710", "8999998", "6990009")[n % 5]
            return f"+49{area}{n // 5:03d}"
        if country == "GB":
            return f"+4420794600{n:02d}" if n < 100 else f"+447700900{n - 100:03d}"
        if country == "FR":
            return f"+33199001{n:03d}"
        area = ("212", "503", "415", "312", "617", "206", "303", "404")[n % 8]
        return f"+1{area}55501{n // 8:02d}"


def make_people(seed: int, orders: int, midnight: datetime, ids: Ids, outlet: Outlet = ONLY) -> People:
    """Customers for a shop of so many orders; ``midnight`` is the beginning of today."""
    rng = seeded(seed, "people")
    phones = _Phones(outlet)
    first = 1_000_000 * outlet.place
    people = People()
    count = max(120, orders * 55 // 100)
    awkward = _awkward(outlet)
    for n in range(count):
        name = next(awkward, None) if n % 40 == 7 or n < len(AWKWARD) else None
        name = name or (rng.choice(_GIVEN), rng.choice(_FAMILY))
        people.customers.append(_customer(rng, n, name, midnight, phones, ids, first))
    contacts, guests = (first + _beyond(count, usual) for usual in (9_000, 50_000))
    people.companies = [_company(rng, n, _called(name, outlet), midnight, phones, ids, contacts) for n, name in enumerate(_COMPANIES)]
    people.customers += [customer for company in people.companies for _, customer in company.contacts]
    _special_states(people.customers[:count], midnight)
    people.guests = [_guest(rng, n, midnight, phones, guests) for n in range(max(60, orders // 10))]
    _houses_of_their_own(seeded(seed, "houses"), [*people.customers, *people.guests], outlet)
    _households(rng, people, midnight)
    return people


def _beyond(customers: int, usual: int) -> int:
    """Where the numbers in e-mail addresses of others begin: nobody shares an address with a customer by chance."""
    return usual if customers <= usual else usual + 500_000


def _awkward(outlet: Outlet) -> Iterator[tuple[str, str]]:
    """Each of these names, and each given name with another's family name, is borne by one person of all shops: two people of so rare a
    name in one town would rightly be taken for one."""
    many = len(AWKWARD)
    names = [(AWKWARD[n][0], AWKWARD[(n + shift) % many][1]) for shift in range(many) for n in range(many)]
    return iter(names[outlet.place :: outlet.of])


def _houses_of_their_own(rng: Random, everybody: Iterable[Customer], outlet: Outlet) -> None:
    """Two people of one name never live in one house by chance, whichever shop they buy from: anybody would take them for one."""
    taken: set[tuple[str, ...]] = set()
    for one in everybody:
        one.address = _further_out(one.address, outlet)
        while one.address.address1 and (one.last, one.address.country, one.address.address1) in taken:
            one.address = _further_out(replace(one.address, address1=_street(rng)), outlet)
        taken.add((one.last, one.address.country, one.address.address1))


def _further_out(where: Address, outlet: Outlet) -> Address:
    street, _, number = where.address1.rpartition(" ")
    return replace(where, address1=f"{street} {int(number) + _HOUSES * outlet.place}") if street else where


def _called(company: str, outlet: Outlet) -> str:
    """Another business in every shop."""
    return company if outlet.place == 0 else f"{company} {outlet.places[0][1]}"


def _email(first: str, last: str, n: int, host: str = "example.com") -> str:
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").encode("ascii", "ignore").decode().lower()
    kept = "".join(letter for letter in plain if letter.isalnum() or letter == ".").strip(".") or "buyer"
    return f"{kept[:40].strip('.')}.{n}@{host}"


def address(rng: Random, country: str, phone: str | None = None, company: str | None = None) -> Address:
    """An address in a country; the house exists only here."""
    city, code, province = _CITIES[country]
    return Address(_street(rng), city, code, country, province, phone, company)


def _street(rng: Random) -> str:
    return f"{rng.choice(_STREETS)} {rng.randint(1, _HOUSES)}"


def _customer(rng: Random, n: int, name: tuple[str, str], midnight: datetime, phones: _Phones, ids: Ids, start: int) -> Customer:
    country = rng.choice(COUNTRIES)
    phone = phones.take(country) if rng.random() < 0.6 else None
    created = midnight - timedelta(days=400 - (n * 37) % 390, seconds=rng.randint(0, 80_000))
    email_state = rng.choices(("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED", "PENDING"), (45, 35, 15, 5))[0]
    sms_state = rng.choices(("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED"), (20, 65, 15))[0] if phone else "NOT_SUBSCRIBED"
    # NOTE: a buyer of the stores may leave a phone number only.
    email = None if phone and rng.random() < 0.04 else _email(*name, start + n, rng.choice(("example.com", "example.org", "example.net")))
    return Customer(
        gid=ids.gid("Customer"), first=name[0], last=name[1], email=email, phone=phone,
        address=address(rng, country, phone), created=created, updated=created + timedelta(days=1),
        email_state=email_state if email else "NOT_SUBSCRIBED", sms_state=sms_state, consent_at=created + timedelta(minutes=1),
        tags=("vip",) if n % 50 == 3 else (), locale={"GB": "en", "US": "en", "FR": "fr", "NL": "nl", "JP": "ja"}.get(country, "de"),
    )  # fmt: skip


def _company(rng: Random, n: int, name: str, midnight: datetime, phones: _Phones, ids: Ids, start: int) -> Company:
    created = midnight - timedelta(days=390 - n * 5)
    where = address(rng, "DE", company=name)
    company = Company(ids.gid("Company"), ids.gid("CompanyLocation"), name, f"B{2000 + n}", where, created)
    for k in range(2 + n % 2):
        first, last = rng.choice(_GIVEN), rng.choice(_FAMILY)
        person = Customer(
            gid=ids.gid("Customer"), first=first, last=last, email=_email(first, last, start + 10 * n + k, "example.net"),
            phone=phones.take("DE"), address=address(rng, "DE", None, name), created=created, updated=created + timedelta(hours=5),
            email_state="NOT_SUBSCRIBED", company=company, tags=("b2b",),
        )  # fmt: skip
        company.contacts.append((ids.gid("CompanyContact"), person))
    return company


def _guest(rng: Random, n: int, midnight: datetime, phones: _Phones, start: int) -> Customer:
    first, last = rng.choice(_GIVEN), rng.choice(_FAMILY)
    country = rng.choice(COUNTRIES)
    phone = phones.take(country) if n % 3 == 0 else None
    where = address(rng, country, phone)
    return Customer(
        None,
        first,
        last,
        _email(first, last, start + n),
        None,
        where,
        midnight - timedelta(days=360),
        midnight - timedelta(days=360),
    )


def _special_states(customers: list[Customer], midnight: datetime) -> None:
    """Redacted customers have lost name and addresses; merged ones are no longer listed. Neither counts as missing."""
    for n, customer in enumerate(customers):
        if n % 170 == 60:
            customer.redacted, customer.first, customer.last = True, "", ""
            customer.email = customer.phone = None
            customer.email_state, customer.sms_state = "NOT_SUBSCRIBED", "REDACTED"
            customer.address = Address("", "", "", customer.address.country)
            customer.updated = midnight - timedelta(days=20)
        elif n % 170 == 90:
            customer.merged = True


def _households(rng: Random, people: People, midnight: datetime) -> None:
    """People who share an e-mail address (customer and guest) or a phone number (two customers), with different given names."""
    ordinary = [one for one in people.customers if one.email and not (one.redacted or one.merged or one.company)]
    for customer in ordinary[30 : 30 + max(8, len(ordinary) // 60)]:
        first = next(name for name in _GIVEN if name != customer.first and rng.random() < 0.5)
        guest = Customer(
            None, first, customer.last, customer.email, None, customer.address, midnight - timedelta(days=300), customer.created
        )
        people.households.append((customer, guest))
    with_phone = [one for one in ordinary[100:] if one.phone]
    for one, other in zip(with_phone[0:16:2], with_phone[1:16:2], strict=False):
        if one.first != other.first:
            other.phone, other.sms_state, other.address.phone = None, "NOT_SUBSCRIBED", one.phone
