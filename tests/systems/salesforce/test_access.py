"""Tokens and the checks of ``recon doctor``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recon.errors import AuthError, ConfigError
from recon.sandbox.salesforce.schema import FieldSpec


@pytest.fixture
def bearer(world: Any, key_pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings of the JWT bearer flow."""
    monkeypatch.setenv("SF_KEY", key_pair[0])
    world.org.add_client("jwt-app", public_key=key_pair[1], username="jwt@acme-demo.example")
    return {"client_id": "jwt-app", "client_secret": None, "username": "jwt@acme-demo.example", "private_key": "env:SF_KEY"}


def findings(world: Any, **settings: Any) -> dict[str, tuple[str, str]]:
    return {check.subject: (check.level, f"{check.message} {check.hint}") for check in world.open(settings=settings).checks()}


def test_jwt_bearer_signs_in(world: Any, bearer: dict[str, Any]) -> None:
    assert world.open(settings=bearer).facts().account_id == world.org.org_id


@pytest.mark.parametrize("hours", [-5, -1, -0.1, 0.1, 1, 24])
def test_a_wrong_clock_here_is_corrected_by_the_orgs(world: Any, bearer: dict[str, Any], hours: float) -> None:
    world.shift = timedelta(hours=hours)
    extractor = world.open(settings=bearer)
    assert extractor.facts().account_id == world.org.org_id
    assert extractor.clock_skew == pytest.approx(-hours * 3600, abs=2)
    assert {check.subject: check.level for check in extractor.checks()}["clock"] == "warn"


def test_watermarks_follow_the_orgs_clock(world: Any) -> None:
    world.shift = timedelta(hours=3)
    extractor = world.open()
    proof = world.prove(extractor, "order", world.read(extractor, "order"))
    assert proof.watermark.isoformat() == "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize(
    ("error", "description", "advice"),
    [
        ("invalid_client_id", "client identifier invalid", "Check client_id"),
        ("invalid_client", "invalid client credentials", "Check client_secret"),
        ("invalid_grant", "user hasn't approved this consumer", "permission set"),
        ("invalid_grant", "audience is invalid", "login_url"),
        ("invalid_grant", "expired assertion", "clock"),
        ("invalid_grant", "no client credentials user enabled", "Run As"),
        ("inactive_user", "user is inactive", "Activate"),
        ("something_new", "secret words", "policies"),
    ],
)
def test_a_refused_token_says_what_to_change(world: Any, error: str, description: str, advice: str) -> None:
    world.faults.on("token", "token_refused", times=None, error=error, description=description)
    with pytest.raises(AuthError, match=advice) as caught:
        world.open().facts()
    assert "secret words" not in str(caught.value) and caught.value.exit_code == 5
    assert len(world.requests()) == 1


def test_wrong_secrets_are_access_errors(world: Any, bearer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SF_SECRET", "another secret")
    with pytest.raises(AuthError, match="client secret is not the app's"):
        world.open().facts()
    with pytest.raises(AuthError, match="audience"):
        world.open(settings={**bearer, "login_url": "https://test.salesforce.com"}).facts()
    monkeypatch.setenv("SF_KEY", "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqh\n-----END PRIVATE KEY-----")
    with pytest.raises(ConfigError, match="RSA private key"):
        world.open(settings=bearer).facts()
    monkeypatch.delenv("SF_KEY")
    with pytest.raises(ConfigError, match="SF_KEY"):
        world.open(settings=bearer)


def test_doctor_is_content_with_a_sound_org(world: Any) -> None:
    found = findings(world, org_id=world.org.org_id)
    for subject in ("api_version", "credentials", "org_id", "clock", "api_calls"):
        assert found[subject][0] == "ok", found[subject]
    assert found["mapping"][0] == "ok"


def test_doctor_names_what_the_org_does_not_show(world: Any) -> None:
    world.org.hide("Order", "Shopify_Order_Id__c")
    world.org.hide("Order", "Shop_Total__c")
    world.org.hide("Order_Refund__c")
    found = findings(world)
    assert found["mapping.orders.external_id"][0] == "fail" and "field-level security" in found["mapping.orders.external_id"][1]
    assert found["mapping.orders.total"][0] == "warn"
    assert found["mapping.refunds"][0] == "fail"
    assert found["org_id"][0] == "warn" and world.org.org_id in found["org_id"][1]


def test_doctor_warns_of_keys_that_are_not_keys(world: Any) -> None:
    found = findings(world)
    assert found["mapping.refunds.external_id"][0] == "warn" and "an External ID and unique" in found["mapping.refunds.external_id"][1]


@pytest.mark.parametrize(
    ("version", "level", "word"),
    [("66.0", "ok", "68.0"), ("58.0", "warn", "years old"), ("50.0", "fail", "58.0 to 68.0"), ("99.0", "fail", "68.0")],
)
def test_doctor_looks_at_the_api_version(world: Any, version: str, level: str, word: str) -> None:
    found = world.open(settings={"api_version": version})
    check = next(check for check in found.checks() if check.subject == "api_version")
    assert check.level == level and word in f"{check.message} {check.hint}"


def test_doctor_ends_with_refused_credentials(world: Any) -> None:
    world.faults.on("token", "token_refused", times=None, error="invalid_client", description="")
    checks = list(world.open().checks())
    assert checks[-1].subject == "credentials" and checks[-1].level == "fail"


@pytest.mark.fault("salesforce", 36)
def test_doctor_notices_another_org_and_a_sandbox(build: Any) -> None:
    world = build(sandbox=True)
    found = findings(world, org_id="00D000000000001", login_url="https://test.salesforce.com")
    assert found["org_id"][0] == "fail" and found["production"][0] == "warn"


def test_doctor_proposes_external_ids_and_chooses_none(world: Any) -> None:
    world.org.define(
        "Product2",
        [
            FieldSpec("Shopify_Variant_Id__c", "text", length=32, external_id=True, unique=True),
            FieldSpec("Shopify_Sku_Key__c", "text", length=32),
        ],
    )
    extractor = world.open()
    check = next(check for check in extractor.checks() if check.subject == "proposal.products")
    assert check.level == "warn"
    assert check.message.index("Product2.Shopify_Variant_Id__c (external id, unique") < check.message.index("Product2.Shopify_Sku_Key__c")
    mapping = extractor.facts().mapping
    assert mapping is not None and "external_id" not in mapping["products"][0]["fields"]


def test_doctor_tells_of_a_budget_that_runs_low(build: Any) -> None:
    world = build(daily_limit=1000)
    world.open().facts()
    for _ in range(19):
        world.open().client.http.host.budget = None
    from recon.sandbox.salesforce import limits

    for _ in range(930):
        limits.spend(world.org)
    assert findings(world)["api_calls"][0] == "warn"
