"""What every extractor promises, for stores on the Salesforce core: by REST queries, and by Bulk API 2.0."""

import pytest
from extractor_contract import CredentialContract, ExtractorContract, Stand, WireContract


class TestRest(WireContract):
    """Queries in the order of (SystemModstamp, Id)."""

    @pytest.fixture
    def stand(self, request: pytest.FixtureRequest, stand: Stand) -> Stand:
        if not hasattr(ExtractorContract, request.function.__name__):
            request.getfixturevalue("few")  # faults strike again and again, each time at a new extractor
        return stand


class TestBulk(CredentialContract, ExtractorContract):
    """Jobs and their results."""

    @pytest.fixture
    def stand(self, few: None, bulk_stand: Stand) -> Stand:
        return bulk_stand
