"""Causes that strike what Salesforce knows of a customer: name, number, address, erasure, deletion."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.life import Address, Customer
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World


def _drift(world: World, rule: str, cause: str, person: Customer) -> None:
    world.truth.shop(rule, cause, tail(person.gid or ""), world.account_of[person.key])


def _never_bought(world: World) -> set[str]:
    """Keys of customers without any order: only they can be deleted, and nothing else tells of them."""
    buyers = {order.buyer.key for order in world.orders}
    return {one.key for one in world.people.customers if one.key not in buyers}


def name_not_followed(world: World, cause: str) -> None:
    """The customer married and changed the name in the shop; the integration only updates names of new customers."""
    for n, person in enumerate(Pick(world, cause).people(3, lambda one: bool(one.first and one.last))):
        person.last, person.updated = ("Neumark", "Hollander", "Sommerfeld")[n], world.days_ago(6)
        _drift(world, "customer.name_drift", cause, person)


def number_not_followed(world: World, cause: str) -> None:
    """A new phone number in the shop, which the integration does not listen to."""
    chosen = Pick(world, cause).people(2, lambda one: one.phone is not None and one.phone.startswith("+49") and one.address.country == "DE")
    for n, person in enumerate(chosen):
        # NOTE: numbers of a range that the regulator keeps free for films and books, like all others of the merchant.
        person.phone = person.address.phone = f"+49176040690{3 * world.outlet.place + n:02d}"
        person.updated = world.days_ago(5)
        _drift(world, "customer.phone_drift", cause, person)


def number_wiped(world: World, cause: str) -> None:
    """Somebody tidied up in Salesforce and emptied the field."""
    for person in Pick(world, cause).people(2, lambda one: one.phone is not None):
        world.person_row(person)["Phone"] = None
        _drift(world, "customer.phone_drift", cause, person)


def moved_house(world: World, cause: str) -> None:
    """The customer moved; the shop knows the new address, Salesforce the old one."""
    for n, person in enumerate(Pick(world, cause).people(3, lambda one: bool(one.address.address1))):
        person.address = replace(person.address, address1=f"Am Neuen Ufer {7 + n + 3 * world.outlet.place}")
        person.updated = world.days_ago(11)
        _drift(world, "customer.address_drift", cause, person)


def erasure_not_followed(world: World, cause: str) -> None:
    """The shop erased a customer on request; nobody told Salesforce."""
    silent = _never_bought(world)
    for person in Pick(world, cause).people(2, lambda one: one.key in silent and one.email is not None):
        person.redacted, person.first, person.last, person.email, person.phone = True, "", "", None, None
        person.email_state, person.sms_state = "NOT_SUBSCRIBED", "REDACTED"
        person.address, person.updated = Address("", "", "", person.address.country), world.days_ago(13)
        _drift(world, "customer.erased_still_present", cause, person)


def customer_deleted_in_shop(world: World, cause: str) -> None:
    """An account was deleted in the shop, which at best leaves an event; Salesforce keeps the person with an id that leads nowhere."""
    silent = _never_bought(world)
    for person in Pick(world, cause).people(2, lambda one: one.key in silent and one.email is not None):
        world.people.customers.remove(person)
        world.deleted.append((person.gid or "", "CUSTOMER", world.days_ago(16)))
        world.truth.salesforce("customer.missing_in_shop", cause, world.account_of[person.key])


def id_of_nobody(world: World, cause: str) -> None:
    """A migration wrote the customer ids of the shop's former platform; the records are found by their e-mail addresses."""
    for n, person in enumerate(Pick(world, cause).people(3, lambda one: one.email is not None)):
        # NOTE: ids of a number that no shop of the merchant reaches.
        world.person_row(person)["Shopify_Customer_Id__c"] = str(48_000_000_000_000 + 10 * world.outlet.place + n)
        _drift(world, "customer.unlinked", cause, person)


def guest_though_known(world: World, cause: str) -> None:
    """Somebody with an account did not sign in and ordered as a guest under the same address; the integration found the account."""
    chosen = Pick(world, cause).orders(3, lambda one: plain(one) and not one.guest and _has_account(world, one.buyer))
    # NOTE: no later cause may give the buyer another name in Salesforce, which would make somebody else of the guest.
    world.taken.update(order.buyer.key for order in chosen)
    for order in chosen:
        order.guest = True
        world.taken.add(order.buyer.key)  # whose name has to stay what it is
        order.buyer.orders, order.buyer.spent = order.buyer.orders - 1, order.buyer.spent - order.total
    for key in dict.fromkeys(order.buyer.key for order in chosen):
        world.truth.shop("customer.guest_has_account", cause, tail(key))


def _has_account(world: World, person: Customer) -> bool:
    ordinary = person.gid is not None and person.email is not None and not (person.company or person.redacted or person.merged)
    return ordinary and person.key not in world.taken


def read_in_another_encoding(world: World, cause: str) -> None:
    """An export took UTF-8 for Windows-1252 on its way into Salesforce."""
    chosen = Pick(world, cause).people(2, lambda one: bool(set(one.first + one.last) & set("äöü")) and bool(one.address.address1))
    for n, person in enumerate(chosen):
        row = world.person_row(person)
        row["FirstName"], row["LastName"] = _misread(person.first), _misread(person.last)
        if n == 0:
            person.address = replace(person.address, address1=f"Südliche Münchner Straße {9 + world.outlet.place}")
            row["PersonMailingStreet"] = _misread(person.address.address1)
        _drift(world, "customer.damaged_text", cause, person)


def _misread(text: str) -> str:
    return text.encode().decode("cp1252")


def names_swapped(world: World, cause: str) -> None:
    """A form maps the given name to the family name and the other way round."""
    for person in Pick(world, cause).people(3, lambda one: bool(one.first and one.last) and one.first.isalpha() and one.last.isalpha()):
        world.person_row(person).update(FirstName=person.last, LastName=person.first)
        _drift(world, "customer.damaged_text", cause, person)


def street_cut_off(world: World, cause: str) -> None:
    """The integration keeps a street in forty characters."""
    for n, person in enumerate(Pick(world, cause).people(3, lambda one: bool(one.address.address1))):
        house = 50 + n + 3 * world.outlet.place
        person.address = replace(person.address, address1=f"Innere Wiener Allee {house}, Seitengebäude, Aufgang C, 3. Stock links")
        world.person_row(person)["PersonMailingStreet"] = person.address.address1[:40]
        _drift(world, "customer.damaged_text", cause, person)


def walk_in_buyers(world: World, cause: str) -> None:
    """The till demands an e-mail address and gets a made-up one; a form of the website was tried out and never tidied up."""
    made = (("Kunde", "Walk-in", "none@example.com"), ("Kunde", "Walk-in", "none@example.com"), ("Test", "Test", "test@example.org"))
    for first, last, email in made:
        row = {"IsPersonAccount": True, "FirstName": first, "LastName": last, "Name": f"{first} {last}", "PersonEmail": email,
               "CurrencyIsoCode": "EUR"}  # fmt: skip
        world.truth.salesforce("customer.damaged_text", cause, world.add("Account", row, world.days_ago(70)))
    world.done[cause] += len(made)


def counted_twice(world: World, cause: str) -> None:
    """Accounts were merged by hand, and the flow that counts orders never looks at them again."""
    counts = Counter(order.buyer.key for order in world.orders if not order.guest)
    busy = {order.buyer.key for order in world.orders if order.age < 3}
    for person in Pick(world, cause).people(3, lambda one: counts[one.key] > 0 and one.key not in busy):
        world.person_row(person)["Lifetime_Orders__c"] = 2 * counts[person.key] + 1
        _drift(world, "customer.value_drift", cause, person)
