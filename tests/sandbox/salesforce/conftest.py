"""A small org behind HTTPS, and a client that is nobody's but the test's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import FieldSpec, Org, create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

CLIENT, SECRET, USER = "recon-app", "not-a-real-secret", "recon@acme-demo.example"
VERSION = "66.0"


@dataclass
class Place:
    """The org, its address, and a signed-in session."""

    org: Org
    faults: Faults
    certs: Certs
    url: str
    session: requests.Session
    ids: dict[str, Any]

    @property
    def base(self) -> str:
        return f"{self.url}/services/data/v{VERSION}"

    def sign_in(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        answer = self.session.post(f"{self.url}/services/oauth2/token", data=form, timeout=10)
        token = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        url = f"{self.url}{path}" if path.startswith("/services") else f"{self.base}{path}"
        return self.session.request(method, url, timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.call("GET", path, **kwargs)

    def query(self, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        answer = self.get("/queryAll" if deleted else "/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        records = found["records"]
        while not found["done"]:
            found = self.get(found["nextRecordsUrl"]).json()
            records += found["records"]
        return records

    def refused(self, soql: str) -> str:
        answer = self.get("/query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]["errorCode"]


def new_org(folder: Path, **options: Any) -> Org:
    org = Org(folder, person_accounts=True, multi_currency=True, currencies=["EUR", "USD"], **options)
    org.define(
        "Order",
        [
            FieldSpec("Shopify_Order_Id__c", "text", length=32, external_id=True, unique=True),
            FieldSpec("Payment_Status__c", "picklist", picklist=("paid", "refunded"), restricted=True, track=True),
            FieldSpec("Shop_Total__c", "currency", precision=18, scale=2),
            FieldSpec("Is_Test__c", "checkbox"),
        ],
    )
    org.define("OrderItem", [FieldSpec("Shopify_Line_Id__c", "text", length=32, external_id=True)])
    org.define("Contact", [FieldSpec("Shopify_Customer_Id__c", "text", length=32, external_id=True)])
    org.define("Account", [FieldSpec("Shopify_Customer_Id__c", "text", length=32, external_id=True, unique=True)])
    org.define("Product2", [FieldSpec("Shopify_Variant_Id__c", "text", length=32, external_id=True)])
    refund = [
        FieldSpec("Order__c", "reference", reference_to=("Order",), cascade=True, nillable=False),
        FieldSpec("Amount__c", "currency"),
        FieldSpec("Shopify_Refund_Id__c", "text", length=32, external_id=True),
    ]
    org.define("Order_Refund__c", refund)
    org.add_client(CLIENT, SECRET, username=USER)
    return org


def fill(org: Org) -> dict[str, Any]:
    ids: dict[str, Any] = {}
    ids["account"] = org.load("Account", [{"Name": "Nordwind GmbH", "BillingCity": "Kiel", "BillingCountry": "DE"}, {"Name": "Süd AG"}])
    person = {"LastName": "Nowak", "FirstName": "Ida", "PersonEmail": "ida@example.org", "Shopify_Customer_Id__c": "71"}
    ids["person"] = org.load("Account", [person])[0]
    ids["contact"] = org.load(
        "Contact", [{"LastName": "Falk", "FirstName": "Jo", "Email": "jo@example.org", "AccountId": ids["account"][0]}]
    )[0]
    ids["product"] = org.load("Product2", [{"Name": f"Mug {n}", "StockKeepingUnit": f"MUG-{n}", "IsActive": True} for n in range(3)])
    book = org.standard_pricebook_id
    ids["entry"] = org.load(
        "PricebookEntry", [{"Pricebook2Id": book, "Product2Id": one, "UnitPrice": "12.50", "IsActive": True} for one in ids["product"]]
    )
    order = {
        "AccountId": ids["account"][0],
        "EffectiveDate": "2026-11-01",
        "Status": "Draft",
        "Pricebook2Id": book,
        "Shop_Total__c": "25.00",
    }
    own = [{"Shopify_Order_Id__c": f"100{n}", "CreatedDate": f"2026-11-0{n + 1}T10:00:00Z"} for n in range(4)]
    ids["order"] = org.load("Order", [{**order, **one} for one in own])
    lines = [{"OrderId": ids["order"][0], "PricebookEntryId": ids["entry"][n], "Quantity": n + 1, "UnitPrice": "12.50"} for n in range(2)]
    ids["line"] = org.load("OrderItem", lines)
    return ids


@contextmanager
def served(folder: Path, certs: Certs) -> Iterator[Place]:
    org = new_org(folder)
    ids = fill(org)
    faults = Faults()
    session = requests.Session()
    session.trust_env = False
    session.verify = str(certs.ca_file)
    with Server(create_app(org, faults), certs) as server, session:
        place = Place(org, faults, certs, server.url, session, ids)
        place.sign_in()
        yield place
    org.close()


@pytest.fixture
def place(tmp_path: Path, certs: Certs) -> Iterator[Place]:
    """An org of the test's own."""
    with served(tmp_path / "org", certs) as place:
        yield place


@pytest.fixture(scope="module")
def shop_window(tmp_path_factory: pytest.TempPathFactory, certs: Certs) -> Iterator[Place]:
    """An org that all tests of a module share: look, do not touch."""
    with served(tmp_path_factory.mktemp("org"), certs) as place:
        yield place


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))
