"""What the parser takes, what it refuses, and what queries mean."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.sandbox.salesforce.soql import Comparison, parse
from recon.sandbox.salesforce.values import Problem

GOOD = [
    "SELECT Id FROM Order",
    "select id, account.owner.name from order o where o.status = 'Draft'",
    "SELECT COUNT() FROM Order WHERE TotalAmount > 10",
    "SELECT Status, COUNT(Id) n, SUM(TotalAmount) FROM Order GROUP BY Status",
    "SELECT Id FROM Order WHERE (Status = 'a' OR Status = 'b') AND NOT Name LIKE 'x%'",
    "SELECT Id FROM Order WHERE Status IN ('a','b') AND Name NOT IN ('c')",
    "SELECT Id FROM Order WHERE SystemModstamp >= 2026-11-01T00:00:00Z AND SystemModstamp < 2026-11-01T00:00:00.000+01:00",
    "SELECT Id FROM Order WHERE EffectiveDate = 2026-11-01 ORDER BY CreatedDate DESC NULLS LAST, Id LIMIT 5 OFFSET 2000",
    "SELECT Id FROM Order WHERE EffectiveDate = LAST_N_DAYS:30 AND CreatedDate > YESTERDAY",
    "SELECT Id FROM Order WHERE Name = 'O\\'Brien' AND Description = null AND IsDeleted = FALSE",
    "SELECT Id FROM Order WHERE NOT (Status = 'a')",
    "SELECT Order.Id FROM Order",
    "SELECT Group, Limit, Type FROM Order ORDER BY Type",
]

BAD = [
    "",
    "SELECT",
    "SELECT FROM Order",
    "SELECT * FROM Order",
    "SELECT Id",
    "SELECT Id FROM",
    "SELECT Id, FROM Order",
    "SELECT Id FROM Order WHERE",
    "SELECT Id FROM Order WHERE Status",
    "SELECT Id FROM Order WHERE Status == 'a'",
    'SELECT Id FROM Order WHERE Status = "a"',
    "SELECT Id FROM Order WHERE Status = 'a",
    "SELECT Id FROM Order WHERE Status = 'a' AND Name = 'b' OR Name = 'c'",
    "SELECT Id FROM Order WHERE Status IN ()",
    "SELECT Id FROM Order WHERE Id IN (SELECT OrderId FROM OrderItem)",
    "SELECT Id, (SELECT Id FROM OrderItems) FROM Account",
    "SELECT FIELDS(ALL) FROM Order LIMIT 200",
    "SELECT Id FROM Order, Account",
    "SELECT Id FROM Order LIMIT many",
    "SELECT Id FROM Order LIMIT -1",
    "SELECT Id FROM Order; DELETE FROM Order",
    "SELECT Id FROM Order -- all of them",
    "SELECT COUNT(), Id FROM Order",
    "SELECT COUNT() FROM Order ORDER BY Id",
    "SELECT SUM() FROM Order",
    "SELECT Name, COUNT(Id) FROM Order",
    "SELECT Id FROM Order WHERE Name = 'a\\q'",
    "SELECT Id FROM Order HAVING Id = 'x'",
    "UPDATE Order SET Name = 'x'",
]


@pytest.mark.parametrize("soql", GOOD)
def test_known_queries_are_parsed(soql: str) -> None:
    assert parse(soql).source.lower() == "order"


@pytest.mark.parametrize("soql", BAD)
def test_everything_else_is_malformed(soql: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(soql)
    assert caught.value.code == "MALFORMED_QUERY"


def test_offset_and_length_have_limits() -> None:
    for soql, code in (
        ("SELECT Id FROM Order OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT " + "x" * 100_000, "QUERY_TOO_COMPLICATED"),
    ):
        with pytest.raises(Problem) as caught:
            parse(soql)
        assert caught.value.code == code


def quoted(text: str) -> str:
    table = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    return "'" + "".join(table.get(letter, letter) for letter in text) + "'"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_quoting(text: str) -> None:
    where = parse(f"SELECT Id FROM Order WHERE Name = {quoted(text)}").where
    assert isinstance(where, Comparison)
    assert where.literal.text == text


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_no_text_breaks_the_parser(text: str) -> None:
    for soql in (text, f"SELECT {text} FROM Order", f"SELECT Id FROM Order WHERE {text}"):
        try:
            parse(soql)
        except Problem as problem:
            assert problem.code in {"MALFORMED_QUERY", "INVALID_FIELD", "NUMBER_OUTSIDE_VALID_RANGE"}


def test_a_record_looks_like_the_vendors(shop_window) -> None:
    soql = (
        "SELECT Id, TotalAmount, CreatedDate, Is_Test__c, Account.Name, BillToContact.Email FROM Order WHERE Shopify_Order_Id__c = '1000'"
    )
    (record,) = shop_window.query(soql)
    order, account = shop_window.ids["order"][0], shop_window.ids["account"][0]
    assert record == {
        "attributes": {"type": "Order", "url": f"/services/data/v66.0/sobjects/Order/{order}"},
        "Id": order,
        "TotalAmount": 37.5,
        "CreatedDate": "2026-11-01T10:00:00.000+0000",
        "Is_Test__c": False,
        "Account": {"attributes": {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{account}"}, "Name": "Nordwind GmbH"},
        "BillToContact": None,
    }


def test_compound_fields_are_objects(shop_window) -> None:
    first, second = shop_window.query("SELECT BillingAddress FROM Account WHERE Name IN ('Nordwind GmbH', 'Süd AG') ORDER BY Name")
    assert first["BillingAddress"]["city"] == "Kiel"
    assert set(first["BillingAddress"]) == {"street", "city", "state", "postalCode", "country", "latitude", "longitude", "geocodeAccuracy"}
    assert second["BillingAddress"] is None


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Shopify_Order_Id__c = '1001'", "1"),
        ("Shopify_Order_Id__c != '1001'", "023"),
        ("Status = 'DRAFT'", "0123"),
        ("Name = null", "0123"),
        ("Name != 'x'", "0123"),
        ("Name = ''", "0123"),
        ("NOT Name = 'x'", "0123"),
        ("Name NOT IN ('x', 'y')", "0123"),
        ("Name IN ('x', null)", "0123"),
        ("Name LIKE '%'", ""),
        ("Shopify_Order_Id__c LIKE '100_'", "0123"),
        ("Shopify_Order_Id__c LIKE '100\\_'", ""),
        ("Shop_Total__c = 25", "0123"),
        ("Shop_Total__c > 24.99 AND Shop_Total__c <= 25.00", "0123"),
        ("TotalAmount > 37", "0"),
        ("CreatedDate >= 2026-11-02T11:00:00+01:00", "123"),
        ("CreatedDate > 2026-11-02T10:00:00Z AND CreatedDate < 2026-11-04T10:00:00Z", "2"),
        ("EffectiveDate = 2026-11-01 AND Is_Test__c = false", "0123"),
        ("Account.Name = 'nordwind gmbh' AND (Shopify_Order_Id__c = '1000' OR Shopify_Order_Id__c = '1003')", "03"),
        ("OriginalOrder.Name = null", "0123"),
        ("CreatedDate = LAST_N_DAYS:3650", "0123"),
        ("CreatedDate > TODAY", ""),
    ],
)
def test_conditions_mean_what_they_do_at_the_vendor(shop_window, where: str, expected: str) -> None:
    found = shop_window.query(f"SELECT Id FROM Order WHERE {where} ORDER BY Shopify_Order_Id__c")
    assert [record["Id"] for record in found] == [shop_window.ids["order"][int(n)] for n in expected]


def test_ids_of_fifteen_characters_find_records(shop_window) -> None:
    order = shop_window.ids["order"][0]
    assert shop_window.query(f"SELECT Id FROM Order WHERE Id = '{order[:15]}'")[0]["Id"] == order
    assert shop_window.query(f"SELECT Id FROM OrderItem WHERE OrderId IN ('{order[:15]}')")
    assert shop_window.refused("SELECT Id FROM Order WHERE Id = 'abc'") == "INVALID_QUERY_FILTER_OPERATOR"


def test_order_limit_and_offset(shop_window) -> None:
    ids = shop_window.ids["order"]
    assert [one["Id"] for one in shop_window.query("SELECT Id FROM Order ORDER BY CreatedDate DESC LIMIT 2 OFFSET 1")] == [ids[2], ids[1]]
    names = [one["FirstName"] for one in shop_window.query("SELECT FirstName FROM Contact ORDER BY FirstName NULLS LAST")]
    assert names == ["Ida", "Jo"]


def test_aggregates(shop_window) -> None:
    count = shop_window.get("/query", params={"q": "SELECT COUNT() FROM Order WHERE Status = 'Draft'"}).json()
    assert count == {"totalSize": 4, "done": True, "records": []}
    rows = shop_window.query("SELECT OrderId, COUNT(Id) lines, SUM(TotalPrice), MAX(Quantity) FROM OrderItem GROUP BY OrderId")
    attributes = {"type": "AggregateResult"}
    assert rows == [{"attributes": attributes, "OrderId": shop_window.ids["order"][0], "lines": 2, "expr0": 37.5, "expr1": 2.0}]
    assert shop_window.query("SELECT COUNT(BillToContactId) FROM Order")[0]["expr0"] == 0
    assert shop_window.query("SELECT COUNT_DISTINCT(Status) s, MIN(CreatedDate) FROM Order")[0]["expr0"] == "2026-11-01T10:00:00.000+0000"


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Basket", "INVALID_TYPE"),
        ("SELECT Basket FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Basket = 1", "INVALID_FIELD"),
        ("SELECT Basket.Name FROM Order", "INVALID_FIELD"),
        ("SELECT Account.Basket FROM Order", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Order ORDER BY Description", "INVALID_FIELD"),
        ("SELECT COUNT(Id) FROM Order GROUP BY CreatedDate", "INVALID_FIELD"),
        ("SELECT SUM(Name) FROM Order", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Status = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Shop_Total__c = '1'", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE Is_Test__c = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM OrderHistory WHERE NewValue = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE TotalAmount LIKE '1%'", "INVALID_FIELD"),
        ("SELECT Id FROM Order WHERE AccountId > '0017Q0000000001'", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_describe_rules_what_may_be_asked(shop_window, soql: str, code: str) -> None:
    assert shop_window.refused(soql) == code


def test_deleted_records_are_shown_to_query_all_only(place) -> None:
    order = place.ids["order"][3]
    assert place.call("DELETE", f"/sobjects/Order/{order}").status_code == 204
    assert len(place.query("SELECT Id FROM Order")) == 3
    deleted = [one for one in place.query("SELECT Id, IsDeleted FROM Order", deleted=True) if one["IsDeleted"]]
    assert [one["Id"] for one in deleted] == [order]


def test_numbers_are_exact_and_large_ones_have_exponents(place) -> None:
    place.org.load(
        "Order", [{"Shopify_Order_Id__c": "big", "Shop_Total__c": "12345678901234.56", "EffectiveDate": "2026-01-01", "Status": "Draft"}]
    )
    answer = place.get("/query", params={"q": "SELECT Shop_Total__c FROM Order WHERE Shopify_Order_Id__c = 'big'"})
    assert '"Shop_Total__c":1.234567890123456E13' in answer.text
    assert answer.json()["records"][0]["Shop_Total__c"] == float(Decimal("12345678901234.56"))
    assert place.query("SELECT SUM(Shop_Total__c) total FROM Order WHERE Shop_Total__c < 100")[0]["total"] == 100.0


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_texts_come_back_as_they_were_loaded(tmp_path_factory, names: list[str]) -> None:
    import json

    from recon.sandbox.salesforce import Org
    from recon.sandbox.salesforce.query import fetch, matching_ids, plan, record_writer

    org = Org(tmp_path_factory.mktemp("org"))
    org.load("Account", [{"Name": name} for name in names])
    made, _, _ = plan(org, "SELECT Name FROM Account ORDER BY Id", all_rows=False)
    write = record_writer(made.columns, "Account", "66.0")
    shown = [json.loads(write(row))["Name"] for row in fetch(org, made, matching_ids(org, made))]
    for name in names:
        made, _, _ = plan(org, f"SELECT Id FROM Account WHERE Name = {quoted(name)}", all_rows=False)
        assert matching_ids(org, made)
    org.close()
    assert shown == names


NAMES = st.sampled_from([None, "a", "B", "b%", "c_d", "\\"])
TOTALS = st.sampled_from([None, "0", "1.5", "2", "-3"])
ROWS = st.lists(st.tuples(NAMES, TOTALS, st.booleans()), min_size=1, max_size=6)


def leaf(names: list[str | None], operator: str) -> tuple[str, object]:
    """A condition on the name, in SOQL and in Python; texts compare regardless of case, an absent one equals null only."""
    folded = {name and name.lower() for name in names}
    shown = ["null" if name is None else quoted(name) for name in names]
    if operator in {"=", "!="}:
        wanted = names[0] and names[0].lower()
        same = lambda row: (row[0] and row[0].lower()) == wanted  # noqa: E731
        return f"Name {operator} {shown[0]}", same if operator == "=" else (lambda row: not same(row))
    inside = lambda row: (row[0] and row[0].lower()) in folded  # noqa: E731
    return f"Name {operator} ({', '.join(shown)})", inside if operator == "IN" else (lambda row: not inside(row))


def number(operator: str, value: str) -> tuple[str, object]:
    compare = {"<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__, "=": Decimal.__eq__}[operator]
    return f"Shop_Total__c {operator} {value}", lambda row: row[1] is not None and compare(Decimal(row[1]), Decimal(value))


LEAVES = st.one_of(
    st.builds(leaf, st.lists(NAMES, min_size=1, max_size=3), st.sampled_from(["=", "!=", "IN", "NOT IN"])),
    st.builds(number, st.sampled_from(["<", "<=", ">", ">=", "="]), st.sampled_from(["0", "1.50", "2", "-3.0"])),
    st.just(("Is_Test__c = TRUE", lambda row: row[2])),
)


def joined(word: str, parts: list[tuple[str, object]]) -> tuple[str, object]:
    every = all if word == "AND" else any
    return f" {word} ".join(f"({soql})" for soql, _ in parts), lambda row: every(holds(row) for _, holds in parts)


def negated(part: tuple[str, object]) -> tuple[str, object]:
    return f"NOT ({part[0]})", lambda row: not part[1](row)


CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)), st.builds(negated, inner)
    ),
    max_leaves=6,
)


@given(ROWS, CONDITIONS)
@settings(max_examples=150, deadline=None)
def test_any_condition_finds_what_it_says(shop_window, rows, condition) -> None:
    from recon.sandbox.salesforce.query import matching_ids, plan

    org = shop_window.org
    soql, holds = condition
    with pytest.raises(ZeroDivisionError), org.store.transaction():
        org.store.run('delete from "o_Order"')
        made = org.load("Order", [{"Name": name, "Shop_Total__c": total, "Is_Test__c": test} for name, total, test in rows])
        built, _, _ = plan(org, f"SELECT Id FROM Order WHERE {soql}", all_rows=False)
        assert matching_ids(org, built) == [one for one, row in zip(made, rows, strict=True) if holds(row)]
        raise ZeroDivisionError  # undo
