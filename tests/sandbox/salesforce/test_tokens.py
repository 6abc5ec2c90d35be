"""Signing in, and what happens when a token ends."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from recon.sandbox.salesforce.tokens import JWT_BEARER

USER = "robot@acme-demo.example"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {"iss": "jwt-app", "sub": USER, "aud": "https://login.salesforce.com", "exp": int(time.time()) + 180, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm="RS256")


def ask(place, **form: str):
    return place.session.post(f"{place.url}/services/oauth2/token", data=form, timeout=10)


@pytest.fixture
def jwt_place(place, key: rsa.RSAPrivateKey):
    place.org.add_client("jwt-app", public_key=public(key), username=USER)
    return place


def test_jwt_bearer_gives_a_token_for_the_user(jwt_place, key: rsa.RSAPrivateKey) -> None:
    answer = ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key))
    assert answer.status_code == 200
    body = answer.json()
    assert body["instance_url"] == jwt_place.url
    assert body["token_type"] == "Bearer"
    assert body["id"].startswith(f"https://login.salesforce.com/id/{jwt_place.org.org_id}/005")
    info = jwt_place.get("/services/oauth2/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"}).json()
    assert (info["preferred_username"], info["organization_id"]) == (USER, jwt_place.org.org_id)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"aud": "https://test.salesforce.com"}, "invalid_grant", "audience"),
        ({"exp": 1}, "invalid_grant", "expired"),
        ({"exp": None}, "invalid_grant", "expiration"),
        ({"exp": int(time.time()) + 7200}, "invalid_grant", "too late"),
        ({"sub": "somebody@else.example"}, "invalid_grant", "approved"),
        ({"iss": "nobody"}, "invalid_client_id", "identifier"),
    ],
)
def test_wrong_claims_are_refused(jwt_place, key: rsa.RSAPrivateKey, changes: dict[str, Any], error: str, words: str) -> None:
    answer = ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key, **changes))
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert words in answer.json()["error_description"]


def test_a_strange_key_and_an_unapproved_app_are_refused(jwt_place, key: rsa.RSAPrivateKey) -> None:
    strange = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(strange)).json()["error_description"] == "invalid assertion"
    assert ask(jwt_place, grant_type=JWT_BEARER, assertion="x.y.z").json()["error"] == "invalid_grant"
    jwt_place.org.add_client("jwt-app", public_key=public(key), username=USER, approved=False)
    assert "approved" in ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key)).json()["error_description"]


def test_the_orgs_clock_decides_about_expiry(jwt_place, key: rsa.RSAPrivateKey) -> None:
    jwt_place.org.clock.offset_seconds = 3600
    assert "expired" in ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key)).json()["error_description"]


def test_sandboxes_want_their_own_audience(jwt_place, key: rsa.RSAPrivateKey) -> None:
    jwt_place.org.options["sandbox"] = True
    assert ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key)).status_code == 400
    body = ask(jwt_place, grant_type=JWT_BEARER, assertion=assertion(key, aud="https://test.salesforce.com")).json()
    assert body["id"].startswith("https://test.salesforce.com/")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "recon-app", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_id": "jwt-app", "client_secret": "x"}, "invalid_grant"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_other_ways_in_are_refused(jwt_place, form: dict[str, str], error: str) -> None:
    answer = ask(jwt_place, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_refusals_have_the_vendors_shape(place, shared) -> None:
    import json

    recorded = json.loads((shared / "data/salesforce/restforce_fixtures/auth_error_response.json").read_text())
    assert ask(place, grant_type="password").json().keys() == recorded.keys()
    recorded = json.loads((shared / "data/salesforce/restforce_fixtures/expired_session_response.json").read_text())
    answer = place.get("/limits", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert [entry.keys() for entry in answer.json()] == [entry.keys() for entry in recorded]
    assert answer.json()[0]["errorCode"] == recorded[0]["errorCode"] == "INVALID_SESSION_ID"


def test_tokens_end(place) -> None:
    assert place.get("/limits").status_code == 200
    place.org.clock.offset_seconds = 7201
    assert place.get("/limits").status_code == 401
    place.sign_in()
    assert place.get("/limits").status_code == 200


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_token_can_be_ended_after_some_calls(place, calls: int) -> None:
    place.faults.on("GET", "expire_token", after=calls)
    assert [place.get("/limits").status_code for _ in range(calls + 2)] == [200] * calls + [401, 401]
    place.sign_in()
    assert place.get("/limits").status_code == 200


def test_the_token_endpoint_can_refuse(place) -> None:
    place.faults.on("oauth2/token", "token_refused", error="invalid_client", description="no")
    answer = ask(place, grant_type="client_credentials", client_id="recon-app", client_secret="not-a-real-secret")
    assert answer.json() == {"error": "invalid_client", "error_description": "no"}


def test_versions_need_no_token(place, shared) -> None:
    import json

    answer = place.session.get(f"{place.url}/services/data", headers={"Authorization": ""}, timeout=10)
    recorded = json.loads((shared / "data/salesforce/restforce_fixtures/services_data_success_response.json").read_text())
    assert answer.json()[0].keys() == recorded[0].keys()
    labels = {entry["version"]: entry["label"] for entry in answer.json()}
    assert labels == labels | {"58.0": "Summer '23", "66.0": "Spring '26", "67.0": "Summer '26", "68.0": "Winter '27"}
    assert place.get("/services/data/v57.0/limits").status_code == 404
    assert place.get("/services/data/v30.0/limits").status_code == 410
