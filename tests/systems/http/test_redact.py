"""No secret reaches a log, in whatever form."""

from __future__ import annotations

import base64
import io
import json
import logging
import string
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.systems import redact

SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=12, max_size=40).filter(
    lambda text: text.strip() == text and "*" not in text
)
AROUND = st.text(string.ascii_letters + string.digits + " ", max_size=12)


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_forms", set())
    monkeypatch.setattr(redact, "_pattern", None)


@given(SECRETS, AROUND, AROUND)
@pytest.mark.fault("wire", 35)
def test_every_form_of_a_secret_is_masked(secret: str, before: str, after: str) -> None:
    redact._forms.clear()
    redact.register_secret(secret)
    for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert form not in redact.redact(f"{before} {form} {after}")


@given(SECRETS, st.binary(max_size=10), st.binary(max_size=10))
def test_a_secret_inside_base64_is_masked(secret: str, before: bytes, after: bytes) -> None:
    redact._forms.clear()
    redact.register_secret(secret)
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    cleaned = redact.redact(f"value={encoded} end")
    for start in range(len(encoded) - 3):
        try:
            assert secret.encode() not in base64.b64decode(
                cleaned.removeprefix("value=").removesuffix(" end")[start:] + "==", validate=False
            )
        except ValueError:
            continue
    assert encoded not in cleaned


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("GET https://shop.example/x?access_token=abc123&q=anna HTTP/1.1", "anna"),
        ("https://user:pa55word@shop.example/", "pa55word"),
        ("Authorization: Bearer 00Dxx0000001gPL!AQ4AQFvWkqR", "AQ4AQFvWkqR"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ('{"access_token": "shpat_0123456789"}', "shpat_0123456789"),
        ("X-Shopify-Access-Token: shpat_0123456789", "shpat_0123456789"),
        ("client_secret=abcdefgh&x=1", "abcdefgh"),
        ('"GET /services/data/v66.0/query?q=SELECT+Name HTTP/1.1" 200', "SELECT"),
    ],
)
@pytest.mark.fault("wire", 35)
def test_what_looks_like_a_credential_is_masked(text: str, gone: str) -> None:
    assert gone not in redact.redact(text)


@pytest.mark.parametrize("text", ["Is that so? Yes.", "orders/part-0001.jsonl.zst", "https://shop.example/admin/api", "50 % of 3 > 2"])
def test_ordinary_text_stays(text: str) -> None:
    assert redact.redact(text) == text


@pytest.mark.fault("wire", 35)
def test_every_handler_is_covered_even_one_added_later() -> None:
    redact.install()
    redact.install()
    redact.register_secret("sehr-geheimes-wort")
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    try:
        logger.warning("token %s at %s", "sehr-geheimes-wort", "https://h/x?q=1")
        logger.warning("broken %d format", "sehr-geheimes-wort")
        try:
            int("sehr-geheimes-wort")
        except ValueError:
            logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    text = out.getvalue()
    assert "sehr-geheimes-wort" not in text and "?q=1" not in text
    assert "ValueError: invalid literal" in text and "Traceback" in text


def test_lines_of_a_key_are_masked_one_by_one() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7VJTU\n-----END PRIVATE KEY-----\n"
    redact.register_secret(key)
    assert "AASCBKcwggSjAgEAAoIBAQC7VJTU" not in redact.redact("line AASCBKcwggSjAgEAAoIBAQC7VJTU of it")
