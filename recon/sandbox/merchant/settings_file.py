"""recon.toml of the demo, commented as an example of a real one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recon.sandbox.merchant.doors import quoted
from recon.sandbox.merchant.integration import SHOP_BOOK, WHOLESALE_BOOK
from recon.sandbox.merchant.org import renamed_book, renamed_field

MARK = "# Written by `recon demo`;"
"""How the file begins: the demo overwrites nothing that somebody else wrote."""


@dataclass(frozen=True)
class Section:
    """One system of the merchant: what stands in its table, and how the fields begin that its integration added to the org."""

    name: str
    kind: str
    title: str
    settings: str
    prefix: str | None = None


_HEAD = """{mark} it is written anew by every demo. The {count} systems are stand-ins on this machine.
# Check it with `recon config check`, see what can be read with `recon doctor`, audit again with `recon run`.
config_version = 1
title = "Nordhaus (demo)"

[audit]
grace_minutes = 15            # how long the integration may take before a difference counts
fail_on = "high"
recheck_limit = 5000          # differences that are looked at a second time before they are reported
recheck_calls = 2000          # everything that goes wrong here at once is read again before it is reported

"""

_FIX = """# What corrections write where several words of Salesforce mean the same.
[fix.values."fulfillments.status"]
success = "Shipped"

"""

_MAPPING = """# Which object and field holds what. Keys are recon's names, values are API names of the org.
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
ship_street = "ShippingStreet"
ship_city = "ShippingCity"
ship_postal_code = "ShippingPostalCode"
ship_country = "ShippingCountry"
bill_street = "BillingStreet"
bill_city = "BillingCity"
bill_postal_code = "BillingPostalCode"
bill_country = "BillingCountry"
last_synced_at = "Last_Synced_At__c"
original_order_id = "OriginalOrderId"
note = "Service_Note__c"

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
orders_count = "Lifetime_Orders__c"

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

# Businesses are accounts, and what somebody gets every month is an object of its own.
[systems.salesforce.mapping.companies]
object = "Account"
where_field = "IsPersonAccount"
where_values = ["false"]

[systems.salesforce.mapping.companies.fields]
external_id = "Shopify_Company_Id__c"
name = "Name"
price_list = "Price_List__c"

[systems.salesforce.mapping.subscriptions]
object = "Subscription__c"

[systems.salesforce.mapping.subscriptions.fields]
external_id = "Shopify_Subscription_Id__c"
customer_id = "Customer__c"
status = "Status__c"
next_billing_at = "Next_Billing__c"
amount = "Amount__c"
currency = "CurrencyIsoCode"

[systems.salesforce.mapping.products]
object = "Product2"

[systems.salesforce.mapping.products.fields]
external_id = "Shopify_Variant_Id__c"
sku = "StockKeepingUnit"
barcode = "Barcode__c"
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

[systems.salesforce.mapping.fulfillments]
object = "Order_Shipment__c"

[systems.salesforce.mapping.fulfillments.fields]
external_id = "Shopify_Fulfillment_Id__c"
order_id = "Order__c"
status = "Status__c"
tracking_number = "Tracking_Number__c"
carrier = "Carrier__c"
quantity = "Units__c"
shipped_at = "Shipped_At__c"

[systems.salesforce.mapping.fulfillments.values.status]
Announced = "pending"
Shipped = "success"
Delivered = "success"
Cancelled = "cancelled"

[systems.salesforce.mapping.returns]
object = "Order_Return__c"

[systems.salesforce.mapping.returns.fields]
external_id = "Shopify_Return_Id__c"
order_id = "Order__c"
status = "Status__c"
total_quantity = "Units__c"
created_at = "Opened_At__c"
closed_at = "Closed_At__c"

# Where the integration says what it could not write: a field of the order, and an object of its own for all else.
[[systems.salesforce.mapping.write_errors]]
object = "Order"

[systems.salesforce.mapping.write_errors.fields]
message = "Sync_Error__c"
occurred_at = "Sync_Error_At__c"

[[systems.salesforce.mapping.write_errors]]
object = "Integration_Error__c"

[systems.salesforce.mapping.write_errors.fields]
message = "Message__c"
target_id = "Record_Id__c"
target_type = "Record_Type__c"
occurred_at = "Happened_At__c"
is_resolved = "Resolved__c"

# Who writes in the name of every shop; what another user changes is not the owner's.
[systems.salesforce.mapping.writers]
"Shop Integration" = "shop"
"Integration" = "shop"        # who makes recon's own corrections: it writes the owner's values
"""


def settings_of(sections: Sequence[Section], org: Section, *, usual: bool, ownership: str = "") -> str:
    """The file for a merchant with these systems; ``usual`` where it is one Shopify shop alone, ``ownership`` where there is an ERP."""
    count = {2: "two"}.get(len(sections) + 1, str(len(sections) + 1))
    parts = [_HEAD.format(mark=MARK, count=count), _FIX, *(f"{ownership}\n" if ownership else "",)]
    parts += [_titled("the shop" if usual else section.title, section) for section in sections]
    prefixes = {section.name: section.prefix for section in sections if section.prefix}
    parts += [_titled("the org", org), _MAPPING if usual else _shared(prefixes, with_erp=bool(ownership))]
    return "".join(parts)


def _titled(what: str, section: Section) -> str:
    line = f"# --- {what} ".ljust(118, "-")
    return f'{line}\n[systems.{section.name}]\nkind = "{section.kind}"\ntitle = {quoted(section.title)}\n{section.settings}\n'


def org_section(url: str, ca: str, client: str, secret: str, org_id: str) -> Section:
    """The org; all but the title, the name and the kind are TOML values."""
    settings = f"""url = {url}
ca_bundle = {ca}
client_id = {client}
client_secret = {secret}
org_id = {org_id}
production = true             # recon reads only; corrections would ask for a special word here
"""
    return Section("salesforce", "salesforce", "Nordhaus Salesforce", settings)


def settings_text(workspace: Path, urls: Mapping[str, str], domain: str, clients: tuple[str, str], org_id: str) -> str:
    """The file of the usual demo; ``urls`` of shop, storage and salesforce, ``clients`` of shop and org."""
    from recon.sandbox.merchant import shopify

    ca, folder = quoted(str(workspace / "ca.pem")), workspace / "secrets"
    secrets = [quoted(f"file:{folder / name}") for name in ("shopify-client-secret", "salesforce-client-secret")]
    shop = shopify.settings(domain, urls["shop"], urls["storage"], ca, clients[0], secrets[0])
    org = org_section(quoted(urls["salesforce"]), ca, quoted(clients[1]), secrets[1], quoted(org_id))
    return settings_of([Section("shop", "shopify", shopify.TITLE, shop)], org, usual=True)


# -- several shops in one org -------------------------------------------------------------------------------------------

_EXTERNAL_ID = re.compile(r'external_id = "(Shopify_\w+)"\n')


_ERP_IDS = {"products": "Erp_Item_Number__c", "locations": "Erp_Warehouse__c"}


def _shared(prefixes: Mapping[str, str], *, with_erp: bool) -> str:
    """The mapping where every shop has fields of its own for its ids: system → how they begin."""
    blocks = _MAPPING.replace('number = "Shopify_Order_Number__c"', f'number = "{renamed_field("Shopify_Order_Number__c", "")}"')
    return "\n\n".join(_of_several(block, prefixes, _ERP_IDS if with_erp else {}) for block in blocks.split("\n\n"))


def _of_several(block: str, prefixes: Mapping[str, str], erp_ids: Mapping[str, str]) -> str:
    table = re.match(r"\[systems\.salesforce\.mapping\.(\w+)\.", block)
    name, found = table[1] if table else "", _EXTERNAL_ID.search(block)
    if name == "orders" and found:
        block += '\nstore = "Store__c"'
    elif name == "prices" and "fields]" in block:
        block += '\nstore = "Pricebook2.Name"        # every shop has price books of its own'
    elif name == "prices":
        return _books(prefixes)
    elif name == "write_errors" and "target_id" in block:
        return block + '\nstore = "Store__c"\n\n' + _stores(name, prefixes)
    elif name == "inventory_levels":
        block = block.rstrip("\n") + '\navailable = "Quantity_Available__c"'
    ids = {system: renamed_field(found[1], prefix) for system, prefix in prefixes.items()} if found else {}
    if table and name in erp_ids:
        ids["erp"] = erp_ids[name]
    if not ids:
        return block
    head = f"[systems.salesforce.mapping.{name}."
    lines = "".join(f'\n{system} = "{field}"' for system, field in ids.items())
    block = f"{_EXTERNAL_ID.sub('', block)}\n\n{head}external_ids]{lines}"
    if name == "orders":
        block += f"\n\n{_stores(name, prefixes)}"
    return block


def _stores(name: str, prefixes: Mapping[str, str]) -> str:
    """Which shop a word in the field for it means."""
    return f"[systems.salesforce.mapping.{name}.stores]" + "".join(f'\n{prefix} = "{system}"' for system, prefix in prefixes.items())


def _books(prefixes: Mapping[str, str]) -> str:
    lists = {SHOP_BOOK: "default", WHOLESALE_BOOK: WHOLESALE_BOOK}
    books = [(renamed_book(book, prefix), word, system) for system, prefix in prefixes.items() for book, word in lists.items()]
    values = "\n".join(f"{quoted(book)} = {quoted(word)}" for book, word, _ in books)
    stores = "\n".join(f"{quoted(book)} = {quoted(system)}" for book, _, system in books)
    head = "[systems.salesforce.mapping.prices"
    return f"{head}.values.price_list]\n{values}\n\n{head}.stores]\n{stores}"
