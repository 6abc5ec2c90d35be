"""What every extractor promises, for WooCommerce."""

from extractor_contract import WireContract


class TestExtractor(WireContract):
    """Every list of the REST API, page by page in the order of ids."""
