"""Which objects are read, with which fields, and which table each of them fills.

Names of objects and fields are the vendor's (Object Reference for the Salesforce Platform, version 67). A field that an org lacks or
hides is left out of the query; what that costs the audit stands in ``means``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recon.systems.base import By

COMMERCE = "The org has no B2B or D2C Commerce, or the integration user may not read its objects."
MANAGEMENT = "The org has no Order Management, or the integration user may not read its objects."
SELLABLE = "products.extra"
"""Canonical column that says whether a product can be bought"""
SUMMARIES = "The org has neither Order Management nor Commerce, or the integration user may not read order summaries."


@dataclass(frozen=True)
class Reading:
    """One object. ``store`` is the path to the web store by which rows are chosen where ``stores`` names some.

    ``entities``: a table that several streams fill together is first in one of them only, so that no single count is taken for its own.
    """

    name: str
    source: str
    title: str
    entities: tuple[str, ...]
    fields: tuple[str, ...]
    store: str = ""
    """path to the id of the web store, such as ``Order.SalesStoreId``"""
    whole: bool = False
    """True where amounts are computed from other records: they change without a new time stamp, so only a full read sees them"""
    personal: tuple[str, ...] = ()
    means: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """field → canonical columns that are unknown without it"""
    licence: str = ""
    """why the object may be absent"""

    @property
    def is_store_table(self) -> bool:
        """Whether the object exists for stores only."""
        return self.licence == COMMERCE and bool(self.store)


_PERSON = ("PersonEmail", "PersonMobilePhone", "PersonMailingStreet", "PersonMailingCity", "PersonMailingState", "PersonMailingPostalCode",
           "PersonMailingCountry", "PersonHasOptedOutOfEmail")  # fmt: skip


def _sells(*fields: str) -> Mapping[str, tuple[str, ...]]:
    """Fields without which nobody can tell whether a buyer may see and buy a product."""
    return dict.fromkeys(fields, (SELLABLE,))


READINGS: tuple[Reading, ...] = (
    Reading(
        "web_stores", "WebStore", "Web stores", (),
        ("Name", "Type", "SupportedCurrencies", "PricingStrategy", "LocationId", "DefaultTaxLocaleType", "OrderLifeCycleType",
        "OrderActivationStatus"),
        store="Id", licence=COMMERCE,
    ),
    Reading(
        "orders", "Order", "Orders", ("orders", "deletions"),
        ("OrderNumber", "OrderReferenceNumber", "Name", "Status", "StatusCode", "Type", "EffectiveDate", "OrderedDate", "AccountId",
         "BillToContactId", "BillingEmailAddress", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry",
         "ShippingStreet", "ShippingCity", "ShippingPostalCode", "ShippingCountry", "Pricebook2Id", "PoNumber", "TotalAmount",
         "TotalTaxAmount", "GrandTotalAmount", "TaxLocaleType", "OriginalOrderId", "IsReductionOrder", "RelatedOrderId", "RelatedOrderType",
         "SalesStoreId", "SalesChannelId", "ActivatedDate", "Description"),
        store="SalesStoreId",
        personal=("BillingEmailAddress", "BillingStreet", "BillingPostalCode", "ShippingStreet", "ShippingPostalCode", "Description"),
        means={
            "TotalTaxAmount": ("orders.tax",), "GrandTotalAmount": ("orders.total", "orders.current_total"),
            "AccountId": ("orders.customer_id",), "OrderNumber": ("orders.number", "orders.number_key"),
        },
    ),
    Reading(
        "order_items", "OrderItem", "Order lines", ("order_lines", "orders"),
        ("OrderId", "Product2Id", "PricebookEntryId", "Quantity", "UnitPrice", "ListPrice", "TotalPrice", "TotalLineAmount",
         "TotalAdjustmentAmount", "TotalTaxAmount", "Type", "TypeCode", "LineNumber", "OrderItemNumber", "OriginalOrderItemId",
         "RelatedOrderItemId", "Description"),
        store="Order.SalesStoreId",
        means={
            "TotalLineAmount": ("orders.subtotal", "orders.discount"), "TotalAdjustmentAmount": ("orders.discount", "order_lines.discount"),
            "Quantity": ("order_lines.quantity",), "UnitPrice": ("order_lines.unit_price",), "Product2Id": ("order_lines.sku",),
        },
    ),
    Reading(
        "order_summaries", "OrderSummary", "Order summaries", ("order_lines", "orders"),
        ("OrderNumber", "OriginalOrderId", "Status", "OrderLifeCycleType", "ExternalReferenceIdentifier", "OrderedDate", "AccountId",
         "BillToContactId", "BillingEmailAddress", "TotalAmount", "TotalTaxAmount", "GrandTotalAmount", "SalesStoreId", "SalesChannelId",
         "SourceProcess", "SourceOrderSummaryId", "TaxLocaleType"),
        store="OriginalOrder.SalesStoreId", whole=True,
        personal=("BillingEmailAddress",),
        means={"GrandTotalAmount": ("orders.current_total",), "Status": ("orders.status",), "OrderLifeCycleType": ("orders.is_managed",)},
        licence=SUMMARIES,
    ),
    Reading(
        "order_item_summaries", "OrderItemSummary", "Summaries of order lines", ("orders", "order_lines"),
        ("OrderSummaryId", "OriginalOrderItemId", "Product2Id", "StockKeepingUnit", "ProductCode", "LineNumber", "Type", "TypeCode",
         "Status", "Name", "Quantity", "QuantityOrdered", "QuantityCanceled", "QuantityReturned", "QuantityFulfilled", "UnitPrice",
         "TotalLineAmount",
         "TotalAdjustmentAmount", "TotalPrice", "TotalTaxAmount"),
        store="OrderSummary.OriginalOrder.SalesStoreId", whole=True,
        means={
            "Quantity": ("order_lines.current_quantity",), "QuantityReturned": ("order_lines.refunded_quantity",),
            "QuantityFulfilled": ("order_lines.fulfilled_quantity", "orders.fulfillment_status"),
        },
        licence=SUMMARIES,
    ),
    Reading(
        "order_payment_summaries", "OrderPaymentSummary", "Summaries of payments", ("refunds", "orders"),
        ("OrderSummaryId", "Method", "Type", "AuthorizationAmount", "AuthorizationReversalAmount", "CapturedAmount", "PendingCaptureAmount",
         "RefundedAmount", "PendingRefundAmount", "BalanceAmount"),
        store="OrderSummary.OriginalOrder.SalesStoreId", whole=True,
        means={
            "AuthorizationAmount": ("orders.authorized",), "CapturedAmount": ("orders.payment_status", "orders.authorized"),
            "RefundedAmount": ("orders.payment_status",),
        },
        licence=SUMMARIES,
    ),
    Reading(
        "payment_groups", "PaymentGroup", "Payment groups", ("refunds", "payments"), ("SourceObjectId",), licence=MANAGEMENT,
    ),
    Reading(
        "payment_authorizations", "PaymentAuthorization", "Authorisations", ("payments",),
        ("PaymentGroupId", "OrderPaymentSummaryId", "Amount", "Status", "ProcessingMode", "Date", "ExpirationDate", "Balance"),
        licence=MANAGEMENT,
    ),
    Reading(
        "payments", "Payment", "Payments", ("payments",),
        ("PaymentGroupId", "PaymentAuthorizationId", "OrderPaymentSummaryId", "Amount", "Status", "Type", "ProcessingMode", "Date"),
        licence=MANAGEMENT,
    ),
    Reading(
        "refunds", "Refund", "Refunds", ("payments", "refunds", "orders"),
        ("PaymentGroupId", "OrderPaymentSummaryId", "Amount", "Status", "Type", "ProcessingMode", "Date", "Comments"),
        means={"Amount": ("refunds.amount",), "Status": ("refunds.money_moved",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "credit_memos", "CreditMemo", "Credit memos", (),
        ("ReferenceEntityId", "CreditMemoNumber", "CreditDate", "Status", "TotalAmount", "TotalTaxAmount", "TotalAmountWithTax"),
        licence=MANAGEMENT,
    ),
    Reading(
        "fulfillment_orders", "FulfillmentOrder", "Fulfilment orders", ("fulfillments", "fulfillment_lines"),
        ("FulfillmentOrderNumber", "OrderId", "OrderSummaryId", "FulfilledFromLocationId", "Status", "StatusCategory", "Type", "IsReship",
         "ActivatedDate", "ClosedDate"),
        means={"StatusCategory": ("fulfillments.status",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "fulfillment_order_items", "FulfillmentOrderLineItem", "Lines of fulfilment orders", ("fulfillment_lines", "fulfillments"),
        ("FulfillmentOrderId", "OrderItemId", "OrderItemSummaryId", "Product2Id", "Quantity", "OriginalQuantity", "RejectedQuantity"),
        means={"Quantity": ("fulfillment_lines.quantity",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "shipments", "Shipment", "Shipments", ("fulfillment_lines", "fulfillments"),
        ("FulfillmentOrderId", "OrderSummaryId", "TrackingNumber", "Provider", "Status", "ActualDeliveryDate"),
        means={"TrackingNumber": ("fulfillments.tracking_number",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "return_orders", "ReturnOrder", "Return orders", ("returns", "return_lines"),
        ("ReturnOrderNumber", "OrderId", "OrderSummaryId", "Status", "StatusCategory", "LifeCycleType", "GrandTotalAmount"),
        means={"Status": ("returns.status",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "return_order_items", "ReturnOrderLineItem", "Lines of return orders", ("return_lines", "returns"),
        ("ReturnOrderId", "OrderItemId", "OrderItemSummaryId", "Product2Id", "QuantityReturned", "QuantityReceived", "QuantityExpected",
         "ReasonForReturn", "RepaymentMethod", "Type", "TypeCode"),
        means={"QuantityReturned": ("return_lines.quantity",)},
        licence=MANAGEMENT,
    ),
    Reading(
        "contacts", "Contact", "Contacts", ("customers", "deletions"),
        ("AccountId", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "MailingStreet", "MailingCity", "MailingState",
         "MailingPostalCode", "MailingCountry", "HasOptedOutOfEmail", "IsPersonAccount", "MasterRecordId"),
        personal=("FirstName", "LastName", "Email", "Phone", "MobilePhone", "MailingStreet", "MailingCity", "MailingPostalCode"),
        means={
            "Email": ("customers.email",), "Phone": ("customers.phone",), "HasOptedOutOfEmail": ("customers.email_consent",),
            "LastName": ("customers.last_name",),
        },
    ),
    Reading(
        "accounts", "Account", "Accounts", ("companies", "customers", "deletions"),
        ("Name", "FirstName", "LastName", "Phone", "AccountNumber", "ParentId", "BillingCountry", "IsPersonAccount", "PersonContactId",
         "MasterRecordId", *_PERSON),
        personal=("Name", "FirstName", "LastName", "Phone", *_PERSON[:6]),
        means={"Name": ("companies.name",)},
    ),
    Reading(
        "buyer_accounts", "BuyerAccount", "Buyer accounts", ("customers", "companies"),
        ("BuyerId", "BuyerStatus", "CommerceType", "CreditLimit", "CreditStatus", "IsActive"),
        means={"CreditLimit": ("companies.credit_limit",), "BuyerStatus": ("companies.status",)},
        licence=COMMERCE,
    ),
    Reading("buyer_groups", "BuyerGroup", "Buyer groups", ("prices", "companies"), ("Name", "Description"), licence=COMMERCE),
    Reading("buyer_group_members", "BuyerGroupMember", "Members of buyer groups", ("customers", "companies"),
            ("BuyerGroupId", "BuyerId"), licence=COMMERCE),
    Reading("web_store_buyer_groups", "WebStoreBuyerGroup", "Buyer groups of stores", ("products", "prices"),
            ("WebStoreId", "BuyerGroupId"), store="WebStoreId", means=_sells("WebStoreId", "BuyerGroupId"), licence=COMMERCE),
    Reading("web_store_catalogs", "WebStoreCatalog", "Catalogues of stores", ("prices", "products"),
            ("SalesStoreId", "ProductCatalogId"), store="SalesStoreId", means=_sells("SalesStoreId", "ProductCatalogId"), licence=COMMERCE),
    Reading("web_store_pricebooks", "WebStorePricebook", "Price books of stores", ("products", "prices"),
            ("WebStoreId", "Pricebook2Id", "IsActive"), store="WebStoreId", means=_sells("WebStoreId", "Pricebook2Id", "IsActive"),
            licence=COMMERCE),
    Reading("buyer_group_pricebooks", "BuyerGroupPricebook", "Price books of buyer groups", ("products", "prices"),
            ("BuyerGroupId", "Pricebook2Id", "Priority", "IsActive"), means=_sells("BuyerGroupId", "Pricebook2Id", "IsActive"),
            licence=COMMERCE),
    Reading("entitlement_policies", "CommerceEntitlementPolicy", "Entitlement policies", ("prices", "products"),
            ("Name", "IsActive", "CanViewProduct", "CanViewPrice"), means=_sells("IsActive", "CanViewProduct", "CanViewPrice"),
            licence=COMMERCE),
    Reading("entitlement_products", "CommerceEntitlementProduct", "Entitled products", ("prices", "products"),
            ("PolicyId", "ProductId"), means=_sells("PolicyId", "ProductId"), licence=COMMERCE),
    Reading("entitlement_buyer_groups", "CommerceEntitlementBuyerGroup", "Entitled buyer groups", ("prices", "products"),
            ("PolicyId", "BuyerGroupId"), means=_sells("PolicyId", "BuyerGroupId"), licence=COMMERCE),
    Reading("categories", "ProductCategory", "Categories", ("prices", "products"), ("Name", "CatalogId", "ParentCategoryId"),
            means=_sells("CatalogId"), licence=COMMERCE),
    Reading("category_products", "ProductCategoryProduct", "Products in categories", ("prices", "products"),
            ("ProductCategoryId", "ProductId", "CatalogId"), means=_sells("ProductCategoryId", "ProductId"), licence=COMMERCE),
    Reading("product_attributes", "ProductAttribute", "Variations", ("prices", "products"), ("ProductId", "VariantParentId"),
            licence=COMMERCE),
    Reading(
        "products", "Product2", "Products", ("order_lines", "products", "prices", "inventory_levels", "deletions"),
        ("Name", "ProductCode", "StockKeepingUnit", "IsActive", "IsArchived", "ProductClass", "Type", "Family"),
        means={"StockKeepingUnit": ("products.sku", "order_lines.sku", "prices.sku_key"), "IsActive": ("products.status",)},
    ),
    Reading("pricebooks", "Pricebook2", "Price books", ("companies", "prices"), ("Name", "IsActive", "IsStandard", "IsArchived")),
    Reading(
        "pricebook_entries", "PricebookEntry", "Prices", ("prices", "deletions"),
        ("Pricebook2Id", "Product2Id", "UnitPrice", "UseStandardPrice", "IsActive"),
        means={"UnitPrice": ("prices.amount",)},
    ),
    Reading("locations", "Location", "Locations", ("locations",), ("Name", "LocationType", "ExternalReference", "IsInventoryLocation"),
            licence="The org keeps no locations, or the integration user may not read them."),
    Reading(
        "product_items", "ProductItem", "Stock", ("inventory_levels",), ("Product2Id", "LocationId", "QuantityOnHand"),
        means={"QuantityOnHand": ("inventory_levels.on_hand",)},
        licence="The org keeps no stock as product items; Omnichannel Inventory is a service of its own, which is not read.",
    ),
)  # fmt: skip
"""In the order in which they are read."""

NEVER = {
    "refund_lines": "A refund is an amount here; which goods it is for stands on the return order.",
    "subscriptions": "Subscriptions of Subscription Management are not read.",
    "field_changes": "Histories are read from the org that is audited, not from the store.",
}
"""Tables that this platform does not fill"""

LICENSED = (
    "fulfillments", "fulfillment_lines", "returns", "return_lines", "refunds", "payments", "companies", "locations", "inventory_levels",
)  # fmt: skip
"""Tables whose objects come with a licence (Order Management, B2B, Field Service) that not every store has"""

_OF_ORDER: Mapping[str, str] = {
    "orders": "Id",
    "order_items": "OrderId",
    "order_summaries": "OriginalOrderId",
    "order_item_summaries": "OrderSummary.OriginalOrderId",
    "order_payment_summaries": "OrderSummary.OriginalOrderId",
}

AGAIN: Mapping[tuple[str, By], Mapping[str, str]] = {
    ("orders", "id"): _OF_ORDER,
    ("order_lines", "id"): {"order_items": "Id", "order_item_summaries": "OriginalOrderItemId"},
    ("refunds", "order"): {"refunds": "OrderPaymentSummary.OrderSummary.OriginalOrderId"},
    ("fulfillments", "order"): {"fulfillment_orders": "OrderId", "fulfillment_order_items": "FulfillmentOrder.OrderId"},
    ("returns", "order"): {"return_orders": "OrderId", "return_order_items": "ReturnOrder.OrderId"},
    ("customers", "id"): {"contacts": "Id", "accounts": "Id"},
    ("companies", "id"): {"accounts": "Id", "buyer_accounts": "BuyerId"},
    ("products", "id"): {"products": "Id"},
    ("prices", "id"): {"pricebook_entries": "Id"},
    ("inventory_levels", "id"): {"product_items": "Id"},
    ("locations", "id"): {"locations": "Id"},
}
"""(canonical table, kind of key) → stream → the field in which the key stands, for a second look at single records"""
