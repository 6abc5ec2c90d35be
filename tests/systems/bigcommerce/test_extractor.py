"""What every extractor promises, for BigCommerce."""

from extractor_contract import WireContract


class TestExtractor(WireContract):
    """Orders of V2 by id, customers and prices of V3 by cursor, everything else by page."""
