"""recon.toml of the demo, commented as an example of a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

MARK = "# Written by `recon demo`;"
"""How the file begins: the demo overwrites nothing that somebody else wrote."""

_TEXT = """{mark} it is written anew by every demo. The two systems are stand-ins on this machine.
# Check it with `recon config check`, see what can be read with `recon doctor`, audit again with `recon run`.
config_version = 1
title = "Nordhaus (demo)"

[audit]
grace_minutes = 15            # how long the integration may take before a difference counts
fail_on = "high"

# --- the shop -------------------------------------------------------------------------------------------------------
[systems.shop]
kind = "shopify"
title = "Nordhaus web shop"
shop = {domain}
url = {shop_url}              # a real shop needs no url and no ca_bundle
ca_bundle = {ca}
result_hosts = [{storage}]    # where results of bulk operations may come from
client_id = {shop_client}
client_secret = {shop_secret}

# --- the org --------------------------------------------------------------------------------------------------------
[systems.salesforce]
kind = "salesforce"
title = "Nordhaus Salesforce"
url = {org_url}
ca_bundle = {ca}
client_id = {org_client}
client_secret = {org_secret}
org_id = {org_id}
production = true             # recon reads only; corrections would ask for a special word here

# Which object and field holds what. Keys are recon's names, values are API names of the org.
[systems.salesforce.mapping.orders]
object = "Order"

[systems.salesforce.mapping.orders.fields]
external_id = "Shopify_Order_Id__c"
number = "Shopify_Order_Number__c"
customer_id = "AccountId"
contact_id = "BillToContactId"
email = "Buyer_Email__c"
status = "Status"
payment_status = "Payment_Status__c"
fulfillment_status = "Fulfillment_Status__c"
currency = "CurrencyIsoCode"
presentment_currency = "Presentment_Currency__c"
subtotal = "Shop_Subtotal__c"
discount = "Shop_Discount__c"
shipping = "Shop_Shipping__c"
tax = "Shop_Tax__c"
duties = "Shop_Duties__c"
tip = "Shop_Tip__c"
total = "Shop_Total__c"
current_total = "Shop_Current_Total__c"
refunded = "Shop_Refunded__c"
is_test = "Is_Test__c"
channel = "Sales_Channel__c"
placed_at = "Placed_At__c"
cancelled_at = "Cancelled_At__c"
last_synced_at = "Last_Synced_At__c"
original_order_id = "OriginalOrderId"

[systems.salesforce.mapping.orders.values.status]
Draft = "open"
Activated = "open"
Completed = "completed"
Cancelled = "cancelled"
Expired = "expired"

[systems.salesforce.mapping.order_lines]
object = "OrderItem"

[systems.salesforce.mapping.order_lines.fields]
external_id = "Shopify_Line_Id__c"
order_id = "OrderId"
product_id = "Product2Id"
sku = "Product2.StockKeepingUnit"
quantity = "Quantity"
unit_price = "UnitPrice"
total = "TotalPrice"

# Consumers are person accounts …
[[systems.salesforce.mapping.customers]]
object = "Account"
kind = "person_account"
where_field = "IsPersonAccount"
where_values = ["true"]

[systems.salesforce.mapping.customers.fields]
external_id = "Shopify_Customer_Id__c"
email = "PersonEmail"
phone = "Phone"
first_name = "FirstName"
last_name = "LastName"
address1 = "PersonMailingStreet"
city = "PersonMailingCity"
postal_code = "PersonMailingPostalCode"
country = "PersonMailingCountry"
email_opt_out = "PersonHasOptedOutOfEmail"
sms_consent = "SMS_Consent__c"

# … and buyers of businesses are contacts under the account of their business.
[[systems.salesforce.mapping.customers]]
object = "Contact"
kind = "contact"
where_field = "IsPersonAccount"
where_values = ["false"]

[systems.salesforce.mapping.customers.fields]
external_id = "Shopify_Customer_Id__c"
email = "Email"
phone = "Phone"
first_name = "FirstName"
last_name = "LastName"
address1 = "MailingStreet"
city = "MailingCity"
postal_code = "MailingPostalCode"
country = "MailingCountry"
account_id = "AccountId"
email_opt_out = "HasOptedOutOfEmail"
sms_consent = "SMS_Consent__c"

[systems.salesforce.mapping.products]
object = "Product2"

[systems.salesforce.mapping.products.fields]
external_id = "Shopify_Variant_Id__c"
sku = "StockKeepingUnit"
title = "Name"
is_active = "IsActive"

[systems.salesforce.mapping.prices]
object = "PricebookEntry"

[systems.salesforce.mapping.prices.fields]
price_list = "Pricebook2.Name"
product_id = "Product2Id"
amount = "UnitPrice"
currency = "CurrencyIsoCode"
is_active = "IsActive"

[systems.salesforce.mapping.prices.values.price_list]
"Shopify Price Book" = "default"      # the shop's own prices

[systems.salesforce.mapping.locations]
object = "Location"

[systems.salesforce.mapping.locations.fields]
external_id = "ExternalReference"
name = "Name"

[systems.salesforce.mapping.inventory_levels]
object = "ProductItem"

[systems.salesforce.mapping.inventory_levels.fields]
product_id = "Product2Id"
location_id = "LocationId"
on_hand = "QuantityOnHand"

[systems.salesforce.mapping.refunds]
object = "Order_Refund__c"

[systems.salesforce.mapping.refunds.fields]
external_id = "Shopify_Refund_Id__c"
order_id = "Order__c"
amount = "Amount__c"
currency = "CurrencyIsoCode"
created_at = "Refunded_At__c"
"""


def settings_text(workspace: Path, urls: Mapping[str, str], domain: str, clients: tuple[str, str], org_id: str) -> str:
    """The file for a workspace; ``urls`` of shop, storage and salesforce, ``clients`` of shop and org."""

    def quoted(value: str) -> str:
        # NOTE: a JSON string is a TOML basic string too.
        return json.dumps(value, ensure_ascii=False)

    return _TEXT.format(
        mark=MARK,
        domain=quoted(domain),
        shop_url=quoted(urls["shop"]),
        storage=quoted(urls["storage"].removeprefix("https://")),
        org_url=quoted(urls["salesforce"]),
        ca=quoted(str(workspace / "ca.pem")),
        shop_client=quoted(clients[0]),
        org_client=quoted(clients[1]),
        shop_secret=quoted(f"file:{workspace / 'secrets' / 'shopify-client-secret'}"),
        org_secret=quoted(f"file:{workspace / 'secrets' / 'salesforce-client-secret'}"),
        org_id=quoted(org_id),
    )
