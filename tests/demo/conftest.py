from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recon.sandbox.merchant.build import Merchant, build

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def merchant() -> Merchant:
    return build(7, 600, NOW)


@pytest.fixture(scope="session")
def usual() -> Merchant:
    return build(7, 3000, NOW)
