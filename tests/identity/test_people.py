"""Who is one person, and who is not however alike they look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recon.warehouse.identity.decisions import Decision

Put = Callable[..., None]
Tier = Callable[..., str | None]
Groups = Callable[..., list[list[str]]]

HOME = {"street": "Lindenweg 12", "postal": "10115"}
MAIL, PHONE = "ada.byron77@x.example", "+493012345678"


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (("Ada Byron", {"mail": MAIL}), ("Ada Byron", {"mail": MAIL}), "certain"),
        (("Ada Byron", {"phone": PHONE}), ("ADA BYRON", {"phone": PHONE}), "certain"),
        (("Robert Byron", {"mail": MAIL}), ("Bob Byron", {"mail": MAIL}), "certain"),
        (("Friederike Byron", {"mail": MAIL}), ("Friedreike Byron", {"mail": MAIL}), "certain"),
        (("Jürgen Müller", {"mail": MAIL}), ("Juergen Mueller", {"mail": MAIL}), "certain"),
        (("Byron Ada", {"mail": MAIL}), ("Ada Byron", {"mail": MAIL}), "certain"),
        (("Ada Byron", {"mail": MAIL}), ("Ada Byron-King", {"mail": MAIL}), "certain"),
        (("Ada Byron", {"mail": "a.b.yron@gmail.com"}), ("Ada Byron", {"mail": "abyron+shop@googlemail.com"}), "certain"),
        (("A. Byron", {"mail": MAIL}), ("Ada Byron", {"mail": MAIL}), "likely"),
        (("Ada Byron", {"mail": MAIL, **HOME}), ("Ada Lovelace", {"mail": MAIL, **HOME}), "likely"),
        (("Ada Byron", HOME), ("Ada Byron", HOME), "likely"),
        (("Ada Byron", {**HOME, "mail": MAIL}), ("Ada Byron", {**HOME, "mail": "other@y.example"}), "likely"),
        (("Ada Byron", {}), ("Ada Byron", {}), "review"),
        (("Ada Byron", {**HOME, "born": "1950-01-02"}), ("Ada Byron", {**HOME, "born": "1965-01-02"}), "review"),
        (("Ada Byron", {**HOME, "born": "1950-01-02"}), ("Ada Byron", {**HOME, "born": "1964-12-31"}), "likely"),
        (("Ada Byron", {**HOME, "born": "1950-01-02"}), ("Ada Byron", HOME), "likely"),
        (("Ada Byron", {**HOME, "born": "1900-01-01", "mail": MAIL}), ("Ada Byron", {**HOME, "born": "1985-5-6", "mail": MAIL}), "likely"),
        (("Ada Byron", {**HOME, "mail": MAIL}), ("Charles Byron", {**HOME, "mail": MAIL}), "related household"),
        (("Andrea Byron", {**HOME, "mail": MAIL}), ("Andreas Byron", {**HOME, "mail": MAIL}), "related household"),
        (("Maria Byron", {"phone": PHONE, "mail": MAIL}), ("Mario Byron", {"phone": PHONE, "mail": MAIL}), "related household"),
        (("Ada Byron", {"phone": PHONE, **HOME}), ("Ada Babbage", {"phone": PHONE, **HOME}), "related household"),
        (
            ("Robert Byron", {"last_name": "Byron jr", "mail": MAIL, **HOME}),
            ("Robert Byron", {"last_name": "Byron Sen.", "mail": MAIL, **HOME}),
            "related household",
        ),
        (
            ("Ada Byron", {"company": "Engines Ltd", "phone": PHONE, **HOME}),
            ("Charles Babbage", {"company": "Engines Limited", "phone": PHONE, **HOME}),
            "related colleagues",
        ),
        (("Ada Byron", {"mail": "info@firm.example"}), ("Ada Byron", {"mail": "info@firm.example"}), "review"),
        (("Ada Byron", {"mail": "noemail@firm.example"}), ("Ada Byron", {"mail": "noemail@firm.example"}), "review"),
        (("Ada Byron", HOME), ("Ada Byron", {**HOME, "street": "Lindenweg 98"}), "review"),
    ],
)  # fmt: skip
def test_a_pair(put: Put, tier: Tier, first: Any, second: Any, wanted: str) -> None:
    for number in range(30):
        put(f"Y{number}", f"Ypsilon{number} Zett{number}", postal="10115")
    put("A", first[0], **first[1])
    put("B", second[0], **second[1])
    assert tier() == wanted


@pytest.mark.parametrize(("sister", "wanted"), [("Michelle Byron", "likely"), ("Julia Byron", "certain")])
def test_a_box_of_a_family_does_not_tell_a_slip_from_a_sister(put: Put, tier: Tier, sister: str, wanted: str) -> None:
    put("A", "Julia Byron", mail=MAIL, **HOME)
    put("B", "Julisa Byron", mail=MAIL, **HOME)
    put("C", sister, mail=MAIL, **HOME)
    assert tier() == wanted


def test_a_number_of_ones_own_tells_it(put: Put, tier: Tier) -> None:
    put("A", "Julia Byron", mail=MAIL, phone=PHONE, **HOME)
    put("B", "Julisa Byron", mail=MAIL, phone=PHONE, **HOME)
    put("C", "Michelle Byron", mail=MAIL, **HOME)
    assert tier() == "certain"


def test_a_name_and_its_short_form_make_no_family(put: Put, tier: Tier) -> None:
    put("A", "Robert Byron", mail=MAIL, **HOME)
    put("B", "Bob Byron", mail=MAIL, **HOME)
    put("C", "Bob Byron", mail=MAIL, **HOME)
    assert tier() == "certain"


def test_the_number_of_a_switchboard_is_nobodys(put: Put, tier: Tier, model: Any) -> None:
    for number in range(41):
        put(f"Y{number}", f"Ypsilon{number} Zett{number}", phone=PHONE)
    put("A", "Ada Byron", phone=PHONE)
    put("B", "Ada Byron", phone=PHONE)
    assert tier() == "review"
    assert model.execute("select kind, value, records, reason from shared_values where kind = 'phone'").fetchall() == [
        ("phone", PHONE, 43, "too many records")
    ]


def test_offices_and_placeholders_are_reported(put: Put, groups: Groups, model: Any) -> None:
    for number in range(3):
        put(f"A{number}", "Front Desk", mail="info@firm.example")
        put(f"B{number}", "Walk-in Customer", mail="walk-in@till.example")
        put(f"C{number}", "Anna Amazon", mail=f"x{number}@marketplace.amazon.de")
    assert groups() == []
    assert model.execute("select value, records, reason from shared_values where kind = 'email' order by value").fetchall() == [
        ("info@firm.example", 3, "box of an office"),
        ("walk-in@till.example", 3, "placeholder"),
    ]


def test_a_family_is_one_related_group_and_its_doubles_are_not_counted_as_relatives(put: Put, groups: Groups, model: Any) -> None:
    put("A", "Ada Byron", mail=MAIL, **HOME)
    put("B", "Ada Byron", mail=MAIL, **HOME)
    put("C", "Charles Byron", mail=MAIL, **HOME)
    put("D", "Edgar Byron", mail=MAIL, **HOME)
    put("17", "Edgar Byron", system="shop", mail=MAIL, **HOME)
    put("E", "Mary Babbage", company="Engines Ltd", phone=PHONE, street="Werkweg 3", postal="20095")
    put("F", "Henry Smith", company="Engines Limited", phone=PHONE, street="Werkweg 3", postal="20095")
    put("G", "Gustav Holst", mail="gustav.holst@z.example")
    put("H", "Gustav Holst", mail="gustav.holst@z.example")
    groups()
    found = model.execute(
        "select group_id, relation, list(record_id order by record_id) from related_groups where system = 'salesforce' "
        "group by all order by 1"
    ).fetchall()
    assert found == [("salesforce:A", "household", ["A", "B", "C", "D"]), ("salesforce:E", "colleagues", ["E", "F"])]
    assert model.execute("select count(*) from related_groups where system = 'shop'").fetchall() == [(0,)]


def test_no_chain_joins_two_people_whom_a_veto_keeps_apart(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL, **HOME)
    put("B", "A. Byron", mail=MAIL, **HOME)
    put("C", "Alan Byron", mail=MAIL, phone=PHONE, **HOME)
    assert [len(group) for group in groups()] == [2]


def test_a_chain_without_contradiction_is_one_person(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL, phone=PHONE)
    put("C", "Ada Byron", phone=PHONE)
    assert groups() == [["A", "B", "C"]]


def test_records_of_one_customer_id_are_one_person(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", external_id="17", mail="one@x.example")
    put("B", "Ada Byron", external_id="#17", mail="two@y.example")
    put("c17", "Ada Byron", system="shop")
    assert groups() == [["A", "B"]]


def test_shop_and_salesforce_meet_in_one_group(put: Put, groups: Groups, model: Any) -> None:
    put("17", "Ada Byron", system="shop", mail=MAIL)
    put("A", "Ada Byron", external_id="17", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL)
    assert groups() == [["17", "A", "B"]]
    assert model.execute("select record_id, reason from customer_survivors where system = 'salesforce'").fetchall() == [
        ("A", "it carries the id of the shop's customer")
    ]


def pairs_across(model: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = model.execute(
        "select record_id, other_id, tier, is_ambiguous from identity_pairs where system <> other_system and tier <> 'related' order by all"
    ).fetchall()
    return rows


def test_a_record_that_two_people_elsewhere_resemble_alike_joins_neither(put: Put, groups: Groups, model: Any) -> None:
    put("17", "A. Byron", system="shop", mail=MAIL)
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Alan Byron", mail=MAIL)
    assert groups() == []
    assert pairs_across(model) == [("A", "17", "review", True), ("B", "17", "review", True)]
    assert model.execute("select reasons from identity_pairs where is_ambiguous limit 1").fetchall() == [
        (["same e-mail address", "initial of the name", "somebody else of that system is nearly as likely"],)
    ]


def test_whoever_leads_by_three_bits_is_the_one(put: Put, groups: Groups, model: Any) -> None:
    put("17", "A. Byron", system="shop", mail=MAIL, phone=PHONE)
    put("A", "Ada Byron", mail=MAIL, phone=PHONE)
    put("B", "Alan Byron", mail=MAIL)
    assert groups() == [["17", "A"]]
    assert not any(is_ambiguous for *_, is_ambiguous in pairs_across(model))


def test_two_records_of_one_person_are_no_rivals(put: Put, groups: Groups, model: Any) -> None:
    put("17", "A. Byron", system="shop", mail=MAIL)
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL)
    assert groups() == [["17", "A", "B"]]
    assert not any(is_ambiguous for *_, is_ambiguous in pairs_across(model))


def test_a_persons_word_ends_the_doubt(put: Put, groups: Groups, model: Any) -> None:
    put("17", "A. Byron", system="shop", mail=MAIL)
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Alan Byron", mail=MAIL)
    assert groups([Decision(first="shop:17", second="salesforce:A", verdict="not-same")]) == [["17", "B"]]


@pytest.mark.parametrize(
    ("second", "inner", "rivals"),
    [
        (701, "true, false, 500", [(1, 2), (1, 3)]),
        (700, "true, false, 500", []),  # a lead of three bits is enough
        (1000, "false, true, 500", [(1, 2), (1, 3)]),
        (1000, "false, false, -201", [(1, 2), (1, 3)]),
        (1000, "false, false, -200", []),  # they may be one person
    ],
)
def test_the_lead_in_bits(model: Any, second: int, inner: str, rivals: list[tuple[int, int]]) -> None:
    from recon.warehouse.identity import lists, stages

    with stages.attached(model):
        model.execute(
            "create table identity.edges as select 1 as a, 2 as b, 'likely' as tier, 1000 as score "
            f"union all select 1, 3, 'certain', {second} union all select 2, 4, 'likely', 900; "
            "create table identity.edges_all as select *, false as is_ambiguous, ['same name'] as reasons from identity.edges; "
            "create table identity.people as select rid, case rid when 1 then 1 else 2 end as place from range(1, 5) as t (rid); "
            "create table identity.decided (a integer, b integer, is_same boolean); "
            "create table identity.inner_scores as "
            f"select 2 as a, 3 as b, * from (values ({inner})) as t (is_apart, is_decided_apart, score)"
        )
        model.execute((lists.folder() / "rivals.sql").read_text())
        assert model.execute("select rid, partner from identity.rivals order by all").fetchall() == rivals
        left = model.execute("select a, b from identity.edges order by all").fetchall()
        assert left == [pair for pair in [(1, 2), (1, 3), (2, 4)] if pair not in rivals]
        assert model.execute("select a, b from identity.edges_all where tier = 'review' and is_ambiguous order by all").fetchall() == rivals


def test_deleted_merged_and_redacted_records_are_nobody(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL, deleted_at="2026-11-01 00:00:00")
    put("C", "Ada Byron", mail=MAIL, merged_into="A")
    put("D", "Ada Byron", mail=MAIL, state="redacted")
    assert groups() == []


def test_a_business_and_its_double(put: Put, tier: Tier) -> None:
    put("A", None, company="Nordlicht Ladenbau GmbH", phone=PHONE, **HOME)
    put("B", None, company="Nordlicht Ladenbau", phone=PHONE, **HOME)
    assert tier() == "certain"


def test_a_business_is_not_the_person_behind_it(put: Put, groups: Groups) -> None:
    put("A", None, company="Ada Byron", phone=PHONE, mail=MAIL, **HOME)
    put("B", "Ada Byron", phone=PHONE, mail=MAIL, **HOME)
    assert groups() == []


def test_a_name_in_one_field_is_taken_apart(put: Put, tier: Tier, model: Any) -> None:
    put("A", "Ada Byron", mail=MAIL)
    model.execute(
        "insert into customers by name select 'salesforce' as system, 'B' as record_id, 'Ada Byron' as last_name, ? as email_key", [MAIL]
    )
    assert tier() == "certain"


def test_twins_with_addresses_of_their_own_are_two(put: Put, tier: Tier) -> None:
    put("A", "Ada Byron", born="1985-12-10", mail=MAIL, **HOME)
    put("B", "Eva Byron", born="1985-12-10", mail="eva@y.example", **HOME)
    assert tier() == "related household"


def test_a_persons_word_goes_before_everything(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL)
    put("C", "Charles Babbage")
    apart = Decision(first="salesforce:A", second="salesforce:B", verdict="not-same")
    same = Decision(first="salesforce:C", second="salesforce:A", verdict="same")
    assert groups([apart]) == []
    assert groups([same]) == [["A", "B", "C"]]
    assert groups([apart, same]) == [["A", "C"]]


def test_the_strictest_consent_survives(put: Put, groups: Groups, model: Any) -> None:
    put("A", "Ada Byron", mail=MAIL, email=MAIL, email_consent="subscribed", updated_at="2026-11-02 00:00:00")
    put("B", "Ada Byron", mail=MAIL, email=MAIL, email_consent="unsubscribed", phone=PHONE, updated_at="2026-11-01 00:00:00")
    groups()
    fields = model.execute("select unnest(fields) as f from customer_survivors").fetchall()
    assert {row[0]["field"]: (row[0]["value"], row[0]["record_id"], row[0]["reason"]) for row in fields}["email_consent"] == (
        "unsubscribed",
        "B",
        "the strictest of the records",
    )


def decision(first: str, second: str, verdict: str = "not-same") -> Decision:
    return Decision.model_validate({"first": f"salesforce:{first}", "second": f"salesforce:{second}", "verdict": verdict})


def test_a_decision_goes_on_with_the_record_into_which_one_was_merged(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL, merged_into="L", state="merged")
    put("L", "Ada Byron", mail=MAIL, merged_into="M", state="merged")
    put("M", "Ada Byron", mail=MAIL)
    put("B", "Ada Byron", mail=MAIL)
    assert groups() == [["B", "M"]]
    assert groups([decision("A", "B")]) == []
    assert groups([decision("A", "B", "same"), decision("L", "B")]) == []  # the nearer one counts
    assert groups([decision("A", "B"), decision("M", "B", "same")]) == [["B", "M"]]
    assert groups([decision("A", "M")]) == [["B", "M"]]  # somebody merged them after all


def test_a_record_that_was_merged_into_itself_ends_nothing(put: Put, groups: Groups) -> None:
    put("A", "Ada Byron", mail=MAIL, merged_into="B", state="merged")
    put("B", "Ada Byron", mail=MAIL, merged_into="A", state="merged")
    put("C", "Ada Byron", mail=MAIL)
    put("D", "Ada Byron", mail=MAIL)
    assert groups([decision("A", "C"), decision("gone", "C", "same")]) == [["C", "D"]]


def test_a_decision_may_name_the_short_form_of_an_id(put: Put, groups: Groups) -> None:
    put("003Q0000000dupAIAQ", "Ada Byron", mail=MAIL)
    put("003Q0000000dupBIAQ", "Ada Byron", mail=MAIL)
    assert groups([decision("003Q0000000dupA", "003Q0000000dupBIAQ")]) == []


def test_two_businesses_behind_one_door_are_no_household(put: Put, tier: Tier) -> None:
    put("A", None, company="Stadtwerke Ost AG", phone=PHONE, **HOME)
    put("B", None, company="Cafe Ost", phone=PHONE, **HOME)
    assert tier() == "related shared contact"
