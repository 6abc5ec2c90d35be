"""What every extractor promises, for B2C Commerce."""

from extractor_contract import WireContract


class TestExtractor(WireContract):
    """Orders by windows of time, products by creation, stock list by list, people and prices from files."""
