"""What every extractor promises, for Salesforce: by REST queries, and by Bulk API 2.0."""

import pytest
from extractor_contract import CredentialContract, ExtractorContract, Stand, WireContract


class TestRest(WireContract):
    """Queries in the order of (SystemModstamp, Id)."""


class TestBulk(CredentialContract, ExtractorContract):
    """Jobs and their results."""

    @pytest.fixture
    def stand(self, bulk_stand: Stand) -> Stand:
        return bulk_stand
