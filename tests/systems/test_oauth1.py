"""Signatures, against published vectors."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from recon.systems import oauth1

PRINTER = oauth1.Credentials("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")


def field(header: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', header)
    assert found
    return unquote(found.group(1))


def test_the_photo_of_the_specification() -> None:
    """OAuth Core 1.0, appendix A.5."""
    header = oauth1.authorization(
        PRINTER,
        "GET",
        "http://photos.example.net/photos?file=vacation.jpg&size=original",
        timestamp=1191242096,
        nonce="kllo9940pd9333jh",
        signature_method="HMAC-SHA1",
    )
    assert header.startswith("OAuth ")
    assert field(header, "oauth_signature") == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="


def test_the_base_string_of_the_rfc() -> None:
    """RFC 5849, section 3.4.1.1, with the parameters of 3.4.1.3.1."""
    header = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
    ]
    form = [("c2", ""), ("a3", "2 q")]
    text = oauth1.base_string("post", "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", [*header, *form])
    assert text == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26"
        "oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
        "oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_the_hash_of_the_other_method() -> None:
    """RFC 4231, test case 2: the key is ``Jefe``, which a consumer secret cannot be alone; so the key is built by hand."""
    import base64
    import hashlib
    import hmac

    digest = hmac.new(b"Jefe", b"what do ya want for nothing?", oauth1.METHODS["HMAC-SHA256"]).hexdigest()
    assert digest == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    expected = base64.b64encode(hmac.new(b"a%26b&c%2Fd", b"text", hashlib.sha256).digest()).decode()
    assert oauth1.signature("text", "a&b", "c/d") == expected


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("abcABC123", "abcABC123"),
        ("-._~", "-._~"),
        ("%", "%25"),
        ("+", "%2B"),
        ("&=*", "%26%3D%2A"),
        (" ", "%20"),
        ("ü/☃", "%C3%BC%2F%E2%98%83"),
    ],
)
def test_percent_encoding(text: str, encoded: str) -> None:
    assert oauth1.encode(text) == encoded
    assert oauth1.query_pairs(oauth1.encode_query([(text, text)])) == [(text, text)]


def test_ports_that_are_not_usual_are_signed() -> None:
    assert oauth1.base_string("GET", "https://shop.example:8443/a", []).split("&")[1] == "https%3A%2F%2Fshop.example%3A8443%2Fa"
    assert oauth1.base_string("GET", "https://shop.example:443", []).split("&")[1] == "https%3A%2F%2Fshop.example%2F"


def test_every_signature_has_a_nonce_of_its_own() -> None:
    first, second = (oauth1.authorization(PRINTER, "GET", "https://shop.example/", timestamp=1) for _ in range(2))
    assert field(first, "oauth_nonce") != field(second, "oauth_nonce")
    assert field(first, "oauth_signature_method") == "HMAC-SHA256"


def test_secrets_are_not_shown() -> None:
    assert "kd94hf93k423kf44" not in repr(PRINTER)
    with pytest.raises(ValueError, match="no signature method"):
        oauth1.signature("x", "y", method="PLAINTEXT")


def test_consumer_credentials_alone() -> None:
    header = oauth1.authorization(oauth1.Credentials("key", "secret"), "GET", "https://shop.example/", timestamp=1)
    assert "oauth_token=" not in header
