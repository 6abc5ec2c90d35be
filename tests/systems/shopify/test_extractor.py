"""What every extractor promises, for Shopify: page by page, and by bulk operations."""

import pytest
from extractor_contract import CredentialContract, ExtractorContract, Stand, WireContract


class TestPages(WireContract):
    """The Admin GraphQL API."""


class TestBulk(CredentialContract, ExtractorContract):
    """Bulk operations and the storage of their results."""

    @pytest.fixture
    def stand(self, bulk_stand: Stand) -> Stand:
        return bulk_stand
