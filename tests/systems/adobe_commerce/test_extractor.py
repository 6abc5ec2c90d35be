"""What every extractor promises, for Adobe Commerce: one's own shop and the cloud service."""

import pytest
from extractor_contract import CredentialContract, Stand, WireContract


class TestShop(WireContract):
    """Lists by their key, prices and salable quantities by product."""


class TestService(CredentialContract):
    """Tokens of the cloud service end after an hour, and new ones are asked for."""

    @pytest.fixture
    def stand(self, service_stand: Stand) -> Stand:
        return service_stand
