"""Which lists the stand-in has, which rights open them and what must be installed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """A list below /V1. ``key`` is the field of the records by which they are kept; ``module`` what must be installed."""

    kind: str
    path: str
    right: str
    key: str = "entity_id"
    module: str = ""
    null_when_empty: bool = False
    one: str = ""
    """address of a single record, before its key"""


LISTS = (
    Route("orders", "orders", "Magento_Sales::actions_view", one="orders"),
    Route("invoices", "invoices", "Magento_Sales::sales_invoice", one="invoices"),
    Route("shipments", "shipments", "Magento_Sales::shipment", one="shipment"),
    Route("creditmemos", "creditmemos", "Magento_Sales::sales_creditmemo", one="creditmemo"),
    Route("returns", "returns", "Magento_Rma::magento_rma", module="commerce", one="returns"),
    Route("customers", "customers/search", "Magento_Customer::customer", key="id", one="customers"),
    Route("customer_groups", "customerGroups/search", "Magento_Customer::group", key="id"),
    Route("products", "products", "Magento_Catalog::products", key="id"),
    Route("sources", "inventory/sources", "Magento_InventoryApi::source", key="source_code", module="msi"),
    Route("source_items", "inventory/source-items", "Magento_InventoryApi::source", key="", module="msi"),
    Route("companies", "company", "Magento_Company::index", key="id", module="b2b", null_when_empty=True),
    Route("company_credits", "companyCredits", "Magento_CompanyCredit::index", key="id", module="b2b", null_when_empty=True),
    Route("shared_catalogs", "sharedCatalog", "Magento_SharedCatalog::list", key="id", module="b2b", null_when_empty=True),
)
BY_PATH = {route.path: route for route in LISTS}
BY_KIND = {route.kind: route for route in LISTS}

PRICES = {
    "products/base-prices-information": "base_prices",
    "products/special-price-information": "special_prices",
    "products/tier-prices-information": "tier_prices",
}
PRICE_RIGHT = "Magento_Catalog::catalog"
SALABLE = "inventory/export-stock-salable-qty/website/"
SALABLE_RIGHT = "Magento_InventoryApi::stock"
STOCK_ITEM = "stockItems/"
STOCK_ITEM_RIGHT = "Magento_Catalog::catalog_inventory"
STORE_RIGHT = "Magento_Backend::store"
STORE = {"store/websites": "websites", "store/storeViews": "views", "store/storeConfigs": "configs"}

ALL_RIGHTS = frozenset({route.right for route in LISTS} | {PRICE_RIGHT, SALABLE_RIGHT, STOCK_ITEM_RIGHT, STORE_RIGHT})

KINDS = (*BY_KIND, *PRICES.values(), "salable", "stock_items")
"""What can be loaded."""
