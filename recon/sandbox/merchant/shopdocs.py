"""The shop's records as documents in the shape of its GraphQL API, connections as plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import (
    Address,
    Company,
    Customer,
    Hold,
    Level,
    Line,
    Location,
    Order,
    Product,
    Refund,
    Return,
    Shipment,
    Variant,
    stamp,
)
from recon.sandbox.merchant.money import SHOP_CURRENCY, euros, money, money_bag, shop_text

Doc = dict[str, Any]

_bag = lru_cache(maxsize=65_536)(money_bag)
"""Documents share equal amounts; nobody changes them."""


def _moment(value: datetime | None) -> str | None:
    return stamp(value) if value else None


def location_doc(location: Location, created: datetime) -> Doc:
    """A location."""
    return {
        "id": location.gid,
        "legacyResourceId": tail(location.gid),
        "name": location.name,
        "isActive": location.active,
        "isFulfillmentService": False,
        "fulfillsOnlineOrders": location.active,
        "shipsInventory": location.active,
        "createdAt": stamp(created),
        "updatedAt": stamp(created + timedelta(days=1)),
        "deactivatedAt": None if location.active else stamp(created + timedelta(days=1)),
        "address": {
            "address1": "Am Kai 1",
            "city": location.city,
            "provinceCode": None,
            "countryCode": location.country,
            "zip": location.zip,
        },
    }


def product_doc(product: Product) -> Doc:
    """A product with its variants."""
    return {
        "id": product.gid, "legacyResourceId": tail(product.gid), "title": product.title, "status": product.status,
        "handle": f"product-{tail(product.gid)}", "vendor": "Nordhaus", "productType": product.kind, "isGiftCard": product.gift_card,
        "createdAt": stamp(product.created), "updatedAt": stamp(product.updated), "tags": [product.kind],
        "variants": [_variant_doc(variant, n) for n, variant in enumerate(product.variants, 1)],
    }  # fmt: skip


def _variant_doc(variant: Variant, position: int) -> Doc:
    return {
        "id": variant.gid,
        "legacyResourceId": tail(variant.gid),
        "sku": variant.sku,
        "barcode": variant.barcode,
        "title": variant.title,
        "price": shop_text(euros(variant.price)),
        "compareAtPrice": None if variant.compare_at is None else shop_text(euros(variant.compare_at)),
        "taxable": not variant.product.gift_card,
        "position": position,
        "createdAt": stamp(variant.created),
        "updatedAt": stamp(variant.updated),
        "inventoryQuantity": sum(level.available for level in variant.levels),
        "inventoryPolicy": "DENY",
        "selectedOptions": [{"name": "Variante", "value": variant.title}],
        "inventoryItem": {
            "id": variant.item_gid,
            "sku": variant.sku,
            "tracked": variant.tracked,
            "requiresShipping": variant.tracked,
            "unitCost": None,
        },
    }


def inventory_doc(variant: Variant) -> Doc:
    """An inventory item with its levels."""
    return {
        "id": variant.item_gid, "legacyResourceId": tail(variant.item_gid), "sku": variant.sku, "tracked": variant.tracked,
        "requiresShipping": variant.tracked, "unitCost": None, "createdAt": stamp(variant.created), "updatedAt": stamp(variant.updated),
        "variants": [{"id": variant.gid}],
        "inventoryLevels": [_level_doc(level) for level in variant.levels],
    }  # fmt: skip


def _level_doc(level: Level) -> Doc:
    quantities = {
        "available": level.available, "on_hand": level.on_hand, "committed": level.committed, "incoming": level.incoming, "reserved": 0,
        "damaged": 0, "safety_stock": level.safety, "quality_control": 0,
    }  # fmt: skip
    return {
        "id": level.gid,
        "isActive": level.active,
        "createdAt": stamp(level.updated - timedelta(days=300)),
        "updatedAt": stamp(level.updated),
        "location": {"id": level.location.gid},
        "quantities": [{"name": name, "quantity": quantity} for name, quantity in quantities.items()],
    }


def price_list_doc(gid: str, catalog: str, variants: Iterable[Variant]) -> Doc:
    """The wholesale list: 30 % below the shop's price as a rule, and the fixed prices of the products in it."""
    prices: list[Doc] = [
        {
            "__typename": "PriceListPrice", "originType": "FIXED", "price": money(variant.wholesale), "compareAtPrice": None,
            "variant": {"id": variant.gid}, "quantityPriceBreaks": [],
        }
        for variant in variants
        if variant.wholesale is not None
    ]  # fmt: skip
    return {
        "id": gid, "name": "Wholesale EU", "currency": SHOP_CURRENCY, "fixedPricesCount": len(prices),
        "parent": {"adjustment": {"type": "PERCENTAGE_DECREASE", "value": 30.0}},
        "catalog": {"__typename": "CompanyLocationCatalog", "id": catalog, "title": "Wholesale", "status": "ACTIVE"},
        "prices": prices,
    }  # fmt: skip


def _address_doc(address: Address, gid: str | None, customer: Customer | None) -> Doc:
    doc: Doc = {
        "name": None if customer is None else f"{customer.first} {customer.last}", "company": address.company, "address1": address.address1,
        "address2": None, "city": address.city, "provinceCode": address.province, "countryCodeV2": address.country, "zip": address.zip,
        "phone": address.phone,
    }  # fmt: skip
    if gid is not None and customer is not None:
        doc |= {"id": gid, "firstName": customer.first, "lastName": customer.last, "province": address.province}
    return doc


def customer_doc(customer: Customer) -> Doc:
    """A customer; consent comes with the default e-mail address and phone number."""
    number = tail(customer.gid or "")
    address = f"gid://shopify/MailingAddress/9{number}"
    asked = _moment(customer.consent_at)
    email = phone = None
    if customer.email:
        email = {"emailAddress": customer.email, "marketingState": customer.email_state, "marketingOptInLevel": "SINGLE_OPT_IN",
                 "marketingUpdatedAt": asked, "validFormat": True}  # fmt: skip
    if customer.phone or customer.redacted:
        phone = {"phoneNumber": customer.phone or "", "marketingState": customer.sms_state, "marketingUpdatedAt": asked,
                 "smsMarketingConsent": {"state": customer.sms_state.replace("NOT_", "NEVER_"), "updatedAt": asked}}  # fmt: skip
    has_address = bool(customer.address.address1)
    profiles = [
        {"id": gid, "isMainContact": n == 0, "company": {"id": company.gid}}
        for company in [customer.company]
        if company is not None
        for n, (gid, person) in enumerate(company.contacts)
        if person is customer
    ]
    return {
        "id": customer.gid, "legacyResourceId": number, "createdAt": stamp(customer.created), "updatedAt": stamp(customer.updated),
        "firstName": customer.first or None, "lastName": customer.last or None, "state": "ENABLED" if customer.orders else "DISABLED",
        "verifiedEmail": bool(customer.email), "taxExempt": False, "tags": list(customer.tags), "locale": customer.locale,
        "dataSaleOptOut": False, "numberOfOrders": str(customer.orders), "amountSpent": money(customer.spent),
        "defaultEmailAddress": email, "defaultPhoneNumber": phone, "defaultAddress": {"id": address} if has_address else None,
        "companyContactProfiles": profiles,
        "addressesV2": [_address_doc(customer.address, address, customer)] if has_address else [],
    }  # fmt: skip


def company_doc(company: Company) -> Doc:
    """A business with its place and people."""
    where = {"address1": company.address.address1, "address2": None, "city": company.address.city, "zoneCode": None,
             "countryCode": company.address.country, "zip": company.address.zip}  # fmt: skip
    born = stamp(company.created)
    return {
        "id": company.gid,
        "name": company.name,
        "externalId": company.number,
        "note": None,
        "createdAt": born,
        "updatedAt": born,
        "customerSince": born,
        "totalSpent": money(sum(person.spent for _, person in company.contacts)),
        "locations": [
            {
                "id": company.location_gid,
                "name": "Zentrale",
                "externalId": None,
                "phone": None,
                "currency": SHOP_CURRENCY,
                "createdAt": born,
                "updatedAt": born,
                "billingAddress": where,
                "shippingAddress": where,
            },
        ],
        "contacts": [
            {"id": gid, "isMainContact": n == 0, "title": None, "createdAt": born, "updatedAt": born, "customer": {"id": person.gid}}
            for n, (gid, person) in enumerate(company.contacts)
        ],
    }


class OrderDoc:
    """One order as a document; a class only because every amount needs the order's two currencies."""

    def __init__(self, order: Order) -> None:
        self.order = order

    def bag(self, cents: int) -> Doc:
        """Both sides of an amount."""
        return _bag(cents, self.order.presentment)

    def document(self) -> Doc:
        """Everything the shop shows of the order."""
        return self._head() | self._people() | self._amounts() | self._parts()

    def _head(self) -> Doc:
        order = self.order
        return {
            "id": order.gid,
            "legacyResourceId": tail(order.gid),
            "name": order.name,
            "number": order.number,
            "confirmationNumber": f"C{order.number * 7919 % 10**7:07d}",
            "poNumber": None,
            "createdAt": stamp(order.placed),
            "processedAt": stamp(order.placed),
            "updatedAt": stamp(order.updated),
            "closedAt": _moment(order.closed),
            "cancelledAt": _moment(order.cancelled),
            "cancelReason": "CUSTOMER" if order.cancelled else None,
            "test": order.test,
            "edited": order.edited is not None,
            "closed": order.closed is not None,
            "confirmed": True,
            "taxesIncluded": order.tax_included,
            "dutiesIncluded": False,
            "taxExempt": False,
            "estimatedTaxes": False,
            "sourceName": order.source,
            "sourceIdentifier": None,
            "tags": list(order.tags),
            "currencyCode": SHOP_CURRENCY,
            "presentmentCurrencyCode": order.presentment,
            "displayFinancialStatus": financial_status(order),
            "displayFulfillmentStatus": fulfillment_status(order),
            "returnStatus": self._return_status(),
            "paymentGatewayNames": [self._gateway()],
            "discountCodes": [order.code] if order.code else [],
        }

    def _people(self) -> Doc:
        order, buyer = self.order, self.order.buyer
        contact = next((gid for gid, person in (buyer.company.contacts if buyer.company else ()) if person is buyer), None)
        where = _address_doc(order.address, None, buyer)
        company = buyer.company and {
            "__typename": "PurchasingCompany", "company": {"id": buyer.company.gid}, "location": {"id": buyer.company.location_gid},
            "contact": {"id": contact},
        }  # fmt: skip
        return {
            "email": buyer.email,
            "phone": buyer.phone,
            "customer": None if order.guest else {"id": buyer.gid},
            "app": {
                "id": "gid://shopify/App/580111",
                "name": {"pos": "Point of Sale", "web": "Online Store"}.get(order.source, "Draft Orders"),
            },
            "note": order.note,
            "retailLocation": {"id": order.location.gid} if order.location else None,
            "purchasingEntity": company,
            "billingAddress": where,
            "shippingAddress": None if order.location else where,
        }

    def _amounts(self) -> Doc:
        order, bag = self.order, self.bag
        saved = order.shipping_before_discount - order.shipping
        duties = bag(order.duties) if order.duties else None
        net = order.received - order.refunded
        current_goods = 0 if order.cancelled else sum(line.net(line.current) for line in order.lines)
        rest = 0 if order.cancelled else 1
        current_shipping = rest * max(0, order.shipping - sum(refund.shipping for refund in order.refunds))
        current_tax = rest * sum(line.tax_of(line.current) for line in order.lines) + (order.shipping_tax if current_shipping else 0)
        current_discount = rest * sum(
            line.discount - line.discount * (line.quantity - line.current) // line.quantity for line in order.lines
        )
        return {
            "originalTotalPriceSet": bag(order.total),
            "totalPriceSet": bag(order.total),
            "currentTotalPriceSet": bag(order.current_total),
            "subtotalPriceSet": bag(order.subtotal - order.discount),
            "currentSubtotalPriceSet": bag(current_goods),
            "totalDiscountsSet": bag(order.discount + saved),
            "currentTotalDiscountsSet": bag(current_discount),
            "cartDiscountAmountSet": bag(order.discount),
            "totalTaxSet": bag(order.tax),
            "currentTotalTaxSet": bag(current_tax),
            "totalShippingPriceSet": bag(order.shipping),
            "currentShippingPriceSet": bag(current_shipping),
            "originalTotalDutiesSet": duties,
            "currentTotalDutiesSet": duties if rest else None,
            "originalTotalAdditionalFeesSet": None,
            "currentTotalAdditionalFeesSet": None,
            "totalTipReceivedSet": bag(order.tip),
            "totalReceivedSet": bag(order.received),
            "totalRefundedSet": bag(order.refunded),
            "netPaymentSet": bag(net),
            "totalOutstandingSet": bag(0 if order.cancelled else order.current_total + (order.rounding if order.paid else 0) - net),
            "refundDiscrepancySet": bag(0),
            "totalCashRoundingAdjustment": {"paymentSet": bag(order.rounding), "refundSet": bag(0)},
            "taxLines": [self._tax(rate, amount) for rate, amount in self._taxes().items() if amount],
        }

    def _taxes(self) -> dict[int, int]:
        sums: dict[int, int] = {}
        for line in self.order.first_lines:
            sums[line.rate] = sums.get(line.rate, 0) + line.tax
        top = max(sums, default=0)
        sums[top] = sums.get(top, 0) + self.order.shipping_tax
        return sums

    def _tax(self, rate: int, amount: int) -> Doc:
        title = {"US": "Sales tax", "GB": "VAT"}.get(self.order.address.country, "MwSt.")
        return {"title": title, "rate": rate / 1000, "priceSet": self.bag(amount)}

    def _parts(self) -> Doc:
        order = self.order
        return {
            "lineItems": [self._line(line) for line in order.lines],
            "shippingLines": self._shipping_lines(),
            "transactions": list(self._transactions()),
            "refunds": [self._refund(refund) for refund in order.refunds],
            "fulfillments": [_shipment_doc(order, shipment) for shipment in order.shipments],
            "returns": [self._return(one) for one in order.returns],
        }

    def _line(self, line: Line) -> Doc:
        bag = self.bag
        net = line.net(line.quantity)
        index = {"index": 0, "targetType": "LINE_ITEM", "__typename": "DiscountCodeApplication"}
        allocated = [{"allocatedAmountSet": bag(line.discount), "discountApplication": index}] if line.discount else []
        open_units = 0 if self.order.cancelled else max(0, line.current - line.shipped)
        return {
            "id": line.gid,
            "name": line.title,
            "title": line.variant.product.title if line.variant else line.title,
            "variantTitle": line.variant.title if line.variant else None,
            "sku": line.sku,
            "vendor": "Nordhaus",
            "quantity": line.quantity,
            "currentQuantity": 0 if self.order.cancelled else line.current,
            "unfulfilledQuantity": open_units,
            "nonFulfillableQuantity": 0,
            "refundableQuantity": 0 if self.order.cancelled else line.current,
            "isGiftCard": line.gift_card,
            "requiresShipping": not line.gift_card,
            "taxable": line.rate > 0,
            "product": {"id": line.variant.product.gid} if line.variant else None,
            "variant": {"id": line.variant.gid} if line.variant else None,
            "lineItemGroup": None,
            "sellingPlan": None,
            "originalUnitPriceSet": bag(line.unit),
            "originalTotalSet": bag(line.goods),
            "discountedTotalSet": bag(net),
            "priceAfterAllDiscountsBeforeTaxesSet": bag(net - (line.tax if self.order.tax_included else 0)),
            "discountAllocations": allocated,
            "taxLines": [self._tax(line.rate, line.tax)] if line.tax else [],
            "duties": [],
        }

    def _shipping_lines(self) -> list[Doc]:
        order, bag = self.order, self.bag
        if order.location or not order.shipping_before_discount:
            return []
        taxes = [self._tax(max(line.rate for line in order.lines), order.shipping_tax)] if order.shipping_tax else []
        return [{
            "id": f"gid://shopify/ShippingLine/4{tail(order.gid)}", "title": "Standard", "code": "standard", "source": "shopify",
            "isRemoved": False, "originalPriceSet": bag(order.shipping_before_discount), "discountedPriceSet": bag(order.shipping),
            "currentDiscountedPriceSet": bag(order.shipping), "taxLines": taxes,
        }]  # fmt: skip

    def _gateway(self) -> str:
        if not self.order.paid and self.order.hold is None:
            return "Bank Deposit"
        return "cash" if self.order.rounding else "bogus" if self.order.test else "shopify_payments"

    def _transactions(self) -> Iterator[Doc]:
        order = self.order
        number = 610_000_000_000 + order.number * 10
        if order.hold is not None:
            yield from self._promised(order.hold, number)
        paid = order.received if order.hold is None else 0
        for part, gateway in ((order.gift_card_paid, "gift_card"), (paid - order.gift_card_paid, self._gateway())):
            if part > 0:
                rounding = order.rounding if gateway == "cash" else 0
                yield self._transaction(
                    f"gid://shopify/OrderTransaction/{number}", "SALE", "SUCCESS", gateway, order.placed, part, rounding
                )
                number += 1
        if not order.paid and order.hold is None and order.total:
            yield self._transaction(
                f"gid://shopify/OrderTransaction/{number}", "SALE", "PENDING", self._gateway(), order.placed, order.total
            )
        for refund in order.refunds:
            yield from self._refund_transactions(refund)

    def _promised(self, hold: Hold, number: int) -> Iterator[Doc]:
        """What was authorised, and what came of it."""
        if not self.order.total:
            return
        first = f"gid://shopify/OrderTransaction/{number}"
        made = self._transaction(first, "AUTHORIZATION", "SUCCESS", self._gateway(), self.order.placed, self.order.total)
        yield made | {"authorizationExpiresAt": stamp(hold.expires)}
        later = [("CAPTURE", *part) for part in hold.captured] + ([("VOID", hold.released, self.order.total)] if hold.released else [])
        for n, (kind, moment, amount) in enumerate(later, number + 1):
            made = self._transaction(f"gid://shopify/OrderTransaction/{n}", kind, "SUCCESS", self._gateway(), moment, amount)
            yield made | {"parentTransaction": {"id": first}}

    def _transaction(self, gid: str, kind: str, status: str, gateway: str, moment: datetime, amount: int, rounding: int = 0) -> Doc:
        return {
            "id": gid, "kind": kind, "status": status, "test": self.order.test, "gateway": gateway, "createdAt": stamp(moment),
            "processedAt": stamp(moment), "amountSet": self.bag(amount), "amountRoundingSet": self.bag(rounding), "parentTransaction": None,
        }  # fmt: skip

    def _refund_transactions(self, refund: Refund) -> list[Doc]:
        if refund.status is None or refund.amount == 0:
            return []
        return [self._transaction(refund.transaction, "REFUND", refund.status, self._gateway(), refund.created, refund.amount)]

    def _refund(self, refund: Refund) -> Doc:
        bag, moment, number = self.bag, stamp(refund.created), tail(refund.gid)
        shipping = [
            {
                "id": f"gid://shopify/RefundShippingLine/5{number}",
                "shippingLine": {"id": f"gid://shopify/ShippingLine/4{tail(self.order.gid)}"},
                "subtotalAmountSet": bag(refund.shipping),
                "taxAmountSet": bag(refund.shipping_tax),
            }
        ]
        adjustment = [
            {
                "id": f"gid://shopify/OrderAdjustment/6{number}",
                "reason": "REFUND_DISCREPANCY",
                "amountSet": bag(-refund.adjustment),
                "taxAmountSet": bag(0),
            }
        ]
        return {
            "id": refund.gid,
            "legacyResourceId": number,
            "createdAt": moment,
            "processedAt": moment,
            "updatedAt": moment,
            "note": refund.note,
            "totalRefundedSet": bag(refund.amount),
            "return": {"id": refund.return_gid} if refund.return_gid else None,
            "duties": [],
            "refundLineItems": [self._refund_line(line) for line in refund.lines],
            "refundShippingLines": shipping if refund.shipping else [],
            "orderAdjustments": adjustment if refund.adjustment else [],
            "transactions": self._refund_transactions(refund),
        }

    def _refund_line(self, line: Any) -> Doc:
        return {
            "id": line.gid,
            "quantity": line.quantity,
            "restockType": line.restock,
            "restocked": line.restock != "NO_RESTOCK",
            "location": None,
            "lineItem": {"id": line.line.gid},
            "priceSet": self.bag(line.line.unit),
            "subtotalSet": self.bag(line.subtotal),
            "totalTaxSet": self.bag(line.tax),
        }

    def _return_status(self) -> str:
        if not self.order.returns:
            return "NO_RETURN"
        return "RETURNED" if all(one.closed for one in self.order.returns) else "IN_PROGRESS"

    def _return(self, one: Return) -> Doc:
        shipped = {id(line): gid for shipment in self.order.shipments for gid, line, _ in shipment.lines}
        done = 0 if one.closed is None else 1
        return {
            "id": one.gid,
            "name": one.name,
            "status": one.status,
            "createdAt": stamp(one.created),
            "closedAt": _moment(one.closed),
            "totalQuantity": sum(quantity for _, _, quantity in one.lines),
            "returnLineItems": [
                {
                    "__typename": "ReturnLineItem",
                    "id": gid,
                    "quantity": quantity,
                    "refundedQuantity": quantity * done,
                    "fulfillmentLineItem": {"id": shipped[id(line)], "lineItem": {"id": line.gid}},
                }
                for gid, line, quantity in one.lines
            ],
            "exchangeLineItems": [
                {
                    "__typename": "ExchangeLineItem",
                    "id": gid,
                    "quantity": line.quantity,
                    "variantId": line.variant.gid if line.variant else None,
                    "lineItems": [{"id": line.gid}],
                }
                for gid, line in one.exchanged
            ],
            "refunds": [{"id": refund.gid} for refund in self.order.refunds if refund.return_gid == one.gid],
        }


def financial_status(order: Order) -> str:
    """Where the money is, in the shop's words."""
    if not order.paid:
        return unpaid_status(order)
    if order.refunded <= 0:
        return "PAID"
    return "REFUNDED" if order.refunded >= order.received else "PARTIALLY_REFUNDED"


def unpaid_status(order: Order) -> str:
    """What is told of money that did not come."""
    if order.cancelled:
        return "VOIDED"
    if order.hold is None:
        return "PENDING"
    return "VOIDED" if order.hold.released else "EXPIRED" if order.hold.lapsed else "AUTHORIZED"


def fulfillment_status(order: Order) -> str:
    """What was shipped, in the shop's words."""
    shipped = sum(line.shipped for line in order.lines)
    waiting = 0 if order.cancelled else sum(max(0, line.current - line.shipped) for line in order.lines)
    if not shipped:
        return "UNFULFILLED"
    return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"


def _shipment_doc(order: Order, shipment: Shipment) -> Doc:
    status = "CANCELLED" if shipment.cancelled else "SUCCESS"
    shown = "CANCELED" if shipment.cancelled else "DELIVERED" if shipment.delivered else "IN_TRANSIT"
    return {
        "id": shipment.gid,
        "name": f"{order.name}-F{shipment.number}",
        "status": status,
        "displayStatus": shown,
        "createdAt": stamp(shipment.created),
        "updatedAt": stamp(shipment.delivered or shipment.created),
        "deliveredAt": _moment(shipment.delivered),
        "totalQuantity": sum(quantity for _, _, quantity in shipment.lines),
        "location": {"id": shipment.location.gid},
        "trackingInfo": [{"company": "DHL", "number": shipment.tracking}],
    }


def fulfillment_order_doc(order: Order, locations: list[Location]) -> Doc:
    """What is to be shipped of an order, with the parcels that were sent."""
    where = order.location or locations[order.number % 2]
    number = tail(order.gid)
    waiting = 0 if order.cancelled else sum(max(0, line.current - line.shipped) for line in order.lines)
    status = "CLOSED" if order.cancelled or not waiting else "IN_PROGRESS" if order.shipments else "OPEN"
    lines = [
        {
            "id": f"gid://shopify/FulfillmentOrderLineItem/{8_000_000 + order.number}{n:02d}",
            "totalQuantity": 0 if order.cancelled else line.sold,
            "remainingQuantity": 0 if order.cancelled else max(0, line.current - line.shipped), "lineItem": {"id": line.gid},
        }
        for n, line in enumerate(order.lines)
    ]  # fmt: skip
    return {
        "id": f"gid://shopify/FulfillmentOrder/7{number}",
        "orderId": order.gid,
        "status": status,
        "requestStatus": "UNSUBMITTED",
        "createdAt": stamp(order.placed),
        "updatedAt": stamp(order.updated),
        "fulfillAt": stamp(order.placed),
        "assignedLocation": {"location": {"id": where.gid}, "name": where.name},
        "lineItems": lines,
        "fulfillments": [
            _shipment_doc(order, shipment)
            | {
                "fulfillmentLineItems": [
                    {"id": gid, "quantity": quantity, "lineItem": {"id": line.gid}} for gid, line, quantity in shipment.lines
                ]
            }
            for shipment in order.shipments
        ],
    }


def destroyed_doc(n: int, subject: str, kind: str, moment: datetime) -> Doc:
    """The trace that a deletion leaves for a year."""
    return {
        "__typename": "BasicEvent", "id": f"gid://shopify/BasicEvent/{90_000_000 + n}", "action": "destroy", "createdAt": stamp(moment),
        "message": "deleted", "subjectId": subject, "subjectType": kind,
    }  # fmt: skip
