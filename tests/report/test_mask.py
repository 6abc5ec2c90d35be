"""Personal data: masked unless asked for, everywhere."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest

from recon.audit import result as audit
from recon.report import csv, html, mask
from recon.report import json as report_json
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]
SECRETS = ("anna.secret@example.com", "+49 171 99887766", "Geheimweg 17b", "0171 445566", "jürgen@müller.example")


def with_secrets(source: audit.AuditResult) -> audit.AuditResult:
    """Personal data in every text field of a finding."""
    mail, phone, street, national, umlaut = SECRETS
    item = dataclasses.replace(
        source.findings[0],
        label=mail,
        message=f"Customer {mail} of {street} has phone {phone}, and {umlaut} too.",
        diff=(
            audit.Difference("email", mail, umlaut),
            audit.Difference("phone", phone, national),
            audit.Difference("address1", street, None),
            audit.Difference("note", f"call {phone}", mail),
        ),
        evidence={"shipping_street": street, "contact": {"mobile": national, "more": [mail]}, "text": f"{street} {national}"},
    )
    return dataclasses.replace(
        source, findings=(item, *source.findings[1:]), resolved=(dataclasses.replace(item, state="resolved", finding_id="gone"),)
    )


def everything(source: audit.AuditResult, *, show: bool) -> str:
    """All files of a run as one text, the packed data of the page included."""
    import base64
    import gzip

    result = build(source, show_personal=show)
    page = html.render(result).decode()
    packed = page.partition('id="payload">')[2].partition("<")[0]
    data = gzip.decompress(base64.b64decode(packed)).decode()
    return (
        page
        + json.dumps(json.loads(data), ensure_ascii=False)
        + b"".join([*report_json.render(result), *csv.render([*result.findings, *result.resolved])]).decode()
    )


@pytest.mark.parametrize("secret", SECRETS)
def test_no_file_holds_personal_data(merchant: Merchant, secret: str) -> None:
    text = everything(with_secrets(merchant(0.1)), show=False)
    assert secret not in text
    assert "masked: e-mail addresses" in text


@pytest.mark.parametrize("secret", SECRETS)
def test_all_of_it_is_shown_when_asked_for(merchant: Merchant, secret: str) -> None:
    text = everything(with_secrets(merchant(0.1)), show=True)
    assert secret in text
    assert "SHOWN" in text


def test_what_remains_lets_a_person_recognise_the_record(merchant: Merchant) -> None:
    item = build(with_secrets(merchant(0.1))).findings[0]
    assert item.label == "a…@example.com"
    assert item.message == "Customer a…@example.com of G… has phone +49…66, and j…@müller.example too."
    assert [(entry.shop, entry.salesforce) for entry in item.diff[:3]] == [
        ("a…@example.com", "j…@müller.example"),
        ("+49…66", "…66"),
        ("G…", None),
    ]


def test_values_that_look_the_same_when_masked_are_told_apart(merchant: Merchant) -> None:
    source = merchant(0.1)
    diff = (audit.Difference("email", "anna@example.com", "anne@example.com"),)
    item = dataclasses.replace(source.findings[0], message="anna@example.com is anne@example.com in Salesforce.", diff=diff)
    found = next(f for f in build(dataclasses.replace(source, findings=(item,))).findings)
    assert (found.diff[0].shop, found.diff[0].salesforce) == ("a…@example.com (1)", "a…@example.com (2)")
    assert found.message == "a…@example.com (1) is a…@example.com (2) in Salesforce."


def test_a_difference_that_masking_hides_is_said(merchant: Merchant) -> None:
    source = merchant(0.1)
    item = dataclasses.replace(source.findings[0], diff=(audit.Difference("note", "write anna@example.com", "write anne@example.com"),))
    entry = build(dataclasses.replace(source, findings=(item,))).findings[0].diff[0]
    assert entry.shop == entry.salesforce == "write a…@example.com"
    assert entry.note == "They differ in the masked part."


@pytest.mark.parametrize(
    "text",
    [
        "Order #1001 totals 119.90 EUR",
        "801Qy00000000061AA",
        "5400000000001",
        "2026-11-23T09:00:00Z",
        "SKU-00-1234-5678",
        "a…@example.com",
        "+ 1 more",
        "ratio 00:15",
    ],
)
def test_ids_amounts_and_times_are_left_alone(text: str) -> None:
    assert mask.text(text) == text


def test_masking_twice_changes_nothing() -> None:
    for secret in SECRETS:
        once = mask.text(secret)
        assert mask.text(once) == once


def test_fields_about_consent_are_no_personal_data() -> None:
    assert mask.kind_of("email_consent") is None
    assert mask.kind_of("email_opt_out") is None
    assert mask.kind_of("PersonMailingStreet") == "street"
    assert mask.kind_of("phone_key") == "phone"
