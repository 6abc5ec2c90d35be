"""The part of recon.toml that describes stores."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from recon.systems import registry
from recon.systems.b2b_commerce import Settings

BASE = {"kind": "b2b_commerce", "url": "https://acme.my.salesforce.com", "client_id": "x", "client_secret": "env:SECRET"}


def test_it_is_a_shop() -> None:
    assert registry.side("b2b_commerce") == "shop"
    assert registry.settings_models()["b2b_commerce"] is Settings
    assert Settings.model_validate({**BASE, "stores": ["Retail", "0ZE000000000001"]}).stores == ("Retail", "0ZE000000000001")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stores": ["Retail", "Retail"]}, "once"),
        ({"stores": [" "]}, "once"),
        ({"url": "https://login.salesforce.com"}, "My Domain"),
        ({"client_secret": None}, "client_secret"),
        ({"username": "a@example.com"}, "both"),
        ({"mapping": {}}, "mapping"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate({**BASE, **change})
