"""Objects of B2B and D2C Commerce, of Order Management and of payments, in the notation of :mod:`recon.sandbox.salesforce.objects`.

An org has them where its options say ``commerce`` (stores, buyers, entitlements) or ``order_management`` (fulfilment, returns, payments);
summaries come with either licence. Fields follow the vendor's describe of version 60 where one is known (stores, catalogues,
fulfilment orders, return orders, payments), and the Object Reference of version 67 for the rest (summaries, entitlements, price book
assignments). Key prefixes are not documented for most of them.
"""

from __future__ import annotations

from typing import Any

ORDER_PLUS = """
    OrderedDate datetime ncuk
    SalesStoreId reference ncuk -> WebStore
    SalesChannelId reference ncuk -> SalesChannel
    BillingEmailAddress email ncuk
    BillingPhoneNumber phone ncuk
    RelatedOrderId reference nck -> Order
    RelatedOrderType picklist nckR = ChangeOrder,SupplementalOrder,TransferOrder
    TaxLocaleType picklist nckR = Net,Gross,Automatic
    TotalTaxAmount currency(18,2) nck
    GrandTotalAmount currency(18,2) nck
"""

ORDER_ITEM_PLUS = """
    Type picklist ncuk = Order Product,Delivery Charge,Fee
    TypeCode picklist nckR = Product,Charge
    LineNumber int nck
    TotalLineAmount currency(18,2) nck
    TotalAdjustmentAmount currency(18,2) nck
    TotalTaxAmount currency(18,2) nck
    RelatedOrderItemId reference nck -> OrderItem
"""

WEB_STORE = """
    OwnerId reference cud -> Group|User
    Name string(255) cuN
    Type picklist cu = B2B,B2C,B2CE
    DefaultLanguage picklist ncu = en_US,de
    PricingStrategy picklist ncu = LowestPrice,Priority
    SupportedCurrencies textarea ncumFSG
    OptionsGuestCheckoutEnabled boolean cudSG
    LocationId reference ncu -> Location
    DefaultTaxLocaleType picklist ncu = Net,Gross,Automatic
    OrderLifeCycleType picklist ncu = MANAGED,UNMANAGED
    OrderActivationStatus picklist ncu = Draft,Activated
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

BUYER_GROUP = """
    OwnerId reference cud -> Group|User
    Name string(255) cuN
    Description string(255) ncu
    LastViewedDate datetime n
    LastReferencedDate datetime n
"""

WEB_STORE_BUYER_GROUP = """
    Name string(255) aGN
    WebStoreId reference cD -> WebStore
    BuyerGroupId reference cu -> BuyerGroup
"""

WEB_STORE_CATALOG = """
    Name string(255) aGN
    SalesStoreId reference cD -> WebStore
    ProductCatalogId reference cu -> ProductCatalog
"""

WEB_STORE_PRICEBOOK = """
    Name string(255) aGN
    WebStoreId reference cD -> WebStore
    Pricebook2Id reference cu -> Pricebook2
    IsActive boolean cud
"""

BUYER_GROUP_PRICEBOOK = """
    Name string(255) aGN
    BuyerGroupId reference cD -> BuyerGroup
    Pricebook2Id reference cu -> Pricebook2
    Priority int ncu
    IsActive boolean cud
"""

BUYER_GROUP_MEMBER = """
    Name string(255) aGN
    OwnerId reference cud -> Group|User
    BuyerGroupId reference c -> BuyerGroup
    BuyerId reference c -> Account
"""

BUYER_ACCOUNT = """
    Name string(255) cuN
    OwnerId reference cud -> Group|User
    BuyerId reference cD -> Account
    BuyerStatus picklist(40) ncu = Active,Inactive,Pending
    CommerceType picklist(40) ncu = Buyer,Seller
    CreditLimit currency(18,2) ncu
    CreditStatus picklist(40) ncu = Good,Review,Blocked
    CurrentBalance currency(18,2) ncu
    MinimumOrderLimit currency(18,2) ncu
    MaximumOrderLimit currency(18,2) ncu
    IsActive boolean cud
"""

ENTITLEMENT_POLICY = """
    OwnerId reference cud -> Group|User
    Name string(255) cuN
    Description string(255) ncu
    IsActive boolean cud
    CanViewProduct boolean cud
    CanViewPrice boolean cud
"""

ENTITLEMENT_PRODUCT = """
    Name string(255) aGN
    PolicyId reference cD -> CommerceEntitlementPolicy
    ProductId reference c -> Product2
"""

ENTITLEMENT_BUYER_GROUP = """
    Name string(255) aGN
    PolicyId reference cD -> CommerceEntitlementPolicy
    BuyerGroupId reference c -> BuyerGroup
"""

PRODUCT_CATALOG = """
    OwnerId reference cud -> Group|User
    Name string(255) cuN
    NumberOfCategories int n
"""

PRODUCT_CATEGORY = """
    Name string(255) cuN
    CatalogId reference cD -> ProductCatalog
    ParentCategoryId reference ncu -> ProductCategory
    SortOrder int ncu
    IsNavigational boolean cud
"""

PRODUCT_CATEGORY_PRODUCT = """
    Name string(255) aGN
    ProductCategoryId reference cD -> ProductCategory
    ProductId reference c -> Product2
    IsPrimaryCategory boolean cud
    CatalogId reference c -> ProductCatalog
"""

PRODUCT_ATTRIBUTE = """
    Name string(255) aGN
    ProductId reference c -> Product2
    VariantParentId reference ncu -> Product2
"""

SALES_CHANNEL = """
    OwnerId reference cud -> Group|User
    SalesChannelName string(255) cuN
    Type picklist ncu = Online,Store,Marketplace
"""

ORDER_SUMMARY = """
    OwnerId reference cud -> Group|User
    OrderNumber string(255) cuiN
    OriginalOrderId reference c -> Order
    AccountId reference nc -> Account
    BillToContactId reference nc -> Contact
    BillingEmailAddress email ncu
    Status picklist ncut = Created,Approved,Waiting to Fulfill,Fulfilled,Returned,Canceled,Activated,Closed
    OrderLifeCycleType picklist(40) cR = MANAGED,UNMANAGED
    ExternalReferenceIdentifier string(255) nciu
    OrderedDate datetime nc
    SalesChannelId reference nc -> SalesChannel
    SalesStoreId reference nc -> WebStore
    SourceProcess picklist ncR = Standard,OrderOnBehalf,Exchange
    SourceOrderSummaryId reference nc -> OrderSummary
    TotalAmount currency(18,2) nc
    TotalTaxAmount currency(18,2) nc
    GrandTotalAmount currency(18,2) nc
    Pricebook2Id reference nc -> Pricebook2
    TaxLocaleType picklist ncR = Net,Gross,Automatic
"""

ORDER_ITEM_SUMMARY = """
    Name string(255) cuiN
    OrderSummaryId reference cD -> OrderSummary
    OriginalOrderItemId reference nc -> OrderItem
    Product2Id reference c -> Product2
    StockKeepingUnit string(180) nc
    ProductCode string(255) nc
    LineNumber int nc
    Type picklist ncR = Order Product,Delivery Charge,Fee
    TypeCode picklist ncR = Product,Charge
    Status picklist cR = ORDERED,ALLOCATED,FULFILLED,CANCELED,RETURNED,PARTIALLYFULFILLED,PARTIALLYALLOCATED,RETURNINITIATED,RESHIPPED,PAID
    Quantity double(18,2) c
    QuantityOrdered double(18,2) c
    QuantityCanceled double(18,2) c
    QuantityReturned double(18,2) c
    QuantityReturnInitiated double(18,2) c
    QuantityAllocated double(18,2) c
    QuantityFulfilled double(18,2) c
    UnitPrice currency(18,2) nc
    ListPrice currency(18,2) nc
    TotalLineAmount currency(18,2) nc
    TotalAdjustmentAmount currency(18,2) nc
    TotalPrice currency(18,2) nc
    TotalTaxAmount currency(18,2) nc
"""

ORDER_PAYMENT_SUMMARY = """
    OwnerId reference cud -> Group|User
    Method string(255) cuiN
    OrderSummaryId reference cD -> OrderSummary
    Type string(255) c
    AuthorizationAmount currency(18,2) nc
    AuthorizationReversalAmount currency(18,2) nc
    CapturedAmount currency(18,2) nc
    PendingCaptureAmount currency(18,2) nc
    RefundedAmount currency(18,2) nc
    PendingRefundAmount currency(18,2) nc
    BalanceAmount currency(18,2) nc
"""

FULFILLMENT_ORDER = """
    OwnerId reference cud -> Group|User
    FulfillmentOrderNumber string(255) aGN
    AccountId reference ncu -> Account
    OrderId reference nc -> Order
    OrderSummaryId reference ncO -> OrderSummary
    FulfilledFromLocationId reference ncu -> Location
    FulfilledToName string(255) cu
    ItemCount double(18,2) n
    Status picklist cu = Draft,Allocated,Assigned,Pickpack,Fulfilled,Cancelled,Rejected,Printed
    StatusCategory picklist cu = DRAFT,ACTIVATED,FULFILLING,CLOSED,CANCELLED,REJECTED
    Type picklist ncu = Warehouse,Retail Store,In Store Pickup,Supplier,Download,Email
    TotalAmount currency(18,2) nc
    TotalTaxAmount currency(18,2) nc
    GrandTotalAmount currency(18,2) nc
    IsReship boolean cud
    ActivatedDate datetime nc
    ClosedDate datetime nc
"""

FULFILLMENT_ORDER_LINE = """
    FulfillmentOrderLineItemNumber string(255) aGN
    FulfillmentOrderId reference cD -> FulfillmentOrder
    OrderItemId reference nc -> OrderItem
    OrderItemSummaryId reference ncO -> OrderItemSummary
    Product2Id reference nc -> Product2
    Quantity double(18,2) cu
    OriginalQuantity double(18,2) cu
    TotalPrice currency(18,2) nc
    IsReship boolean cud
    RejectedQuantity double(18,2) ncu
"""

SHIPMENT = """
    OwnerId reference cud -> Group|User
    ShipmentNumber string(255) aGN
    SourceLocationId reference ncu -> Location
    ShipToName string(255) cu
    TotalItemsQuantity double(18,2) nc
    FulfillmentOrderId reference ncuO -> FulfillmentOrder
    OrderSummaryId reference ncuO -> OrderSummary
    TrackingNumber string(255) ncuO
    Provider picklist(40) ncuO = DHL,UPS,FedEx
    Status picklist(40) ncuO = Shipped,Delivered,In Transit
    ActualDeliveryDate datetime ncuO
"""

RETURN_ORDER = """
    OwnerId reference cud -> Group|User
    ReturnOrderNumber string(255) aGN
    AccountId reference ncu -> Account
    ContactId reference ncu -> Contact
    OrderId reference ncu -> Order
    OrderSummaryId reference ncuO -> OrderSummary
    Status picklist ncu = Draft,Submitted,Approved,Canceled,Closed,Pending Exchange
    StatusCategory picklist ncu = Draft,Activated,Closed,Canceled,Pending
    Description textarea(32000) ncuG
    TotalAmount currency(18,2) nc
    TotalTaxAmount currency(18,2) nc
    GrandTotalAmount currency(18,2) nc
    LifeCycleType picklist nc = MANAGED,UNMANAGED
"""

RETURN_ORDER_LINE = """
    ReturnOrderLineItemNumber string(255) aGN
    ReturnOrderId reference cD -> ReturnOrder
    OrderItemId reference ncu -> OrderItem
    OrderItemSummaryId reference ncuO -> OrderItemSummary
    Product2Id reference ncu -> Product2
    QuantityReturned double(18,2) cu
    QuantityReceived double(18,2) ncu
    QuantityExpected double(18,2) ncu
    ReasonForReturn picklist ncu = Damaged,Defective,Duplicate Order,Wrong Item,Wrong Quantity,Not Satisfied,Outdated,Other
    RepaymentMethod picklist ncu = Replace,Refund,Credit,Return
    Type picklist ncu = Order Product,Delivery Charge,Fee
    TypeCode picklist ncu = Product,Charge
"""

PAYMENT_GROUP = """
    PaymentGroupNumber string(255) aGN
    SourceObjectId reference ncu -> Order
"""

PAYMENT_AUTHORIZATION = """
    PaymentAuthorizationNumber string(255) aGN
    PaymentGroupId reference ncu -> PaymentGroup
    OrderPaymentSummaryId reference ncuO -> OrderPaymentSummary
    AccountId reference ncu -> Account
    Amount currency(18,2) c
    Status picklist cu = Draft,Processed,Canceled,Pending,Failed
    ProcessingMode picklist cu = Salesforce,External
    Date datetime ncu
    ExpirationDate datetime ncu
    Balance currency(18,2) nc
"""

PAYMENT = """
    PaymentNumber string(255) aGN
    PaymentGroupId reference ncu -> PaymentGroup
    PaymentAuthorizationId reference ncu -> PaymentAuthorization
    OrderPaymentSummaryId reference ncuO -> OrderPaymentSummary
    AccountId reference ncu -> Account
    Amount currency(18,2) c
    Status picklist cu = Draft,Processed,Canceled,Pending,Failed
    Type picklist cu = Sale,Capture
    ProcessingMode picklist cu = Salesforce,External
    Date datetime ncu
    GatewayRefNumber string(255) ncu
"""

REFUND = """
    RefundNumber string(255) aGN
    PaymentGroupId reference ncu -> PaymentGroup
    OrderPaymentSummaryId reference ncuO -> OrderPaymentSummary
    AccountId reference ncu -> Account
    Amount currency(18,2) c
    Status picklist cu = Draft,Processed,Canceled,Pending,Failed
    Type picklist cu = Referenced,NonReferenced
    ProcessingMode picklist cu = Salesforce,External
    Comments textarea(1000) ncuLG
    Date datetime ncu
"""

CREDIT_MEMO = """
    OwnerId reference cud -> Group|User
    DocumentNumber string(255) aGN
    CreditMemoNumber string(255) ncu
    BillingAccountId reference c -> Account
    ReferenceEntityId reference nc -> Invoice|Order
    CreditDate date c
    Status picklist cu = Draft,Pending,Posted,Canceled,Error,Voided
    TotalAmount currency(18,2) nc
    TotalTaxAmount currency(18,2) nc
    TotalAmountWithTax currency(18,2) nc
"""

COMMERCE: dict[str, Any] = {"feature": "commerce"}
SELLING: dict[str, Any] = {"feature": "selling", "deletable": False}
MANAGEMENT: dict[str, Any] = {"feature": "order_management"}

TABLES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "WebStore": ("0ZE", WEB_STORE, COMMERCE),
    "BuyerGroup": ("0ZI", BUYER_GROUP, COMMERCE),
    "WebStoreBuyerGroup": ("8Br", WEB_STORE_BUYER_GROUP, COMMERCE),
    "WebStoreCatalog": ("0ZF", WEB_STORE_CATALOG, COMMERCE),
    "WebStorePricebook": ("8Wp", WEB_STORE_PRICEBOOK, COMMERCE),
    "BuyerGroupPricebook": ("0ZJ", BUYER_GROUP_PRICEBOOK, COMMERCE),
    "BuyerGroupMember": ("0ZM", BUYER_GROUP_MEMBER, COMMERCE),
    "BuyerAccount": ("0ZB", BUYER_ACCOUNT, COMMERCE),
    "CommerceEntitlementPolicy": ("1Ce", ENTITLEMENT_POLICY, COMMERCE),
    "CommerceEntitlementProduct": ("1Cp", ENTITLEMENT_PRODUCT, COMMERCE),
    "CommerceEntitlementBuyerGroup": ("1Cg", ENTITLEMENT_BUYER_GROUP, COMMERCE),
    "ProductCatalog": ("0ZS", PRODUCT_CATALOG, COMMERCE),
    "ProductCategory": ("0ZG", PRODUCT_CATEGORY, COMMERCE),
    "ProductCategoryProduct": ("0ZH", PRODUCT_CATEGORY_PRODUCT, COMMERCE),
    "ProductAttribute": ("0vo", PRODUCT_ATTRIBUTE, COMMERCE),
    "SalesChannel": ("0bI", SALES_CHANNEL, {"feature": "selling"}),
    "OrderSummary": ("1Os", ORDER_SUMMARY, SELLING),
    "OrderItemSummary": ("10u", ORDER_ITEM_SUMMARY, SELLING),
    "OrderPaymentSummary": ("0bM", ORDER_PAYMENT_SUMMARY, SELLING),
    "FulfillmentOrder": ("0a3", FULFILLMENT_ORDER, MANAGEMENT),
    "FulfillmentOrderLineItem": ("0a4", FULFILLMENT_ORDER_LINE, MANAGEMENT),
    "Shipment": ("0OB", SHIPMENT, MANAGEMENT),
    "ReturnOrder": ("0lx", RETURN_ORDER, MANAGEMENT),
    "ReturnOrderLineItem": ("0ly", RETURN_ORDER_LINE, MANAGEMENT),
    "PaymentGroup": ("0aP", PAYMENT_GROUP, MANAGEMENT),
    "PaymentAuthorization": ("0aA", PAYMENT_AUTHORIZATION, MANAGEMENT),
    "Payment": ("0aQ", PAYMENT, MANAGEMENT),
    "Refund": ("0aX", REFUND, MANAGEMENT),
    "CreditMemo": ("50g", CREDIT_MEMO, MANAGEMENT),
}  # fmt: skip
"""object → key prefix, fields, and what differs from an ordinary object"""

WITHOUT_CURRENCY = frozenset(
    {"BuyerGroup", "WebStoreBuyerGroup", "WebStoreCatalog", "WebStorePricebook", "BuyerGroupPricebook", "BuyerGroupMember",
     "ProductCatalog", "ProductCategory", "ProductCategoryProduct", "ProductAttribute", "SalesChannel", "PaymentGroup",
     "FulfillmentOrderLineItem", "ReturnOrderLineItem"}
)  # fmt: skip
