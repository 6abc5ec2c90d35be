"""Causes that strike customers: missing, doubled, unlinked, stale addresses, lost consent."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.life import Customer
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def sync_stopped(world: World, cause: str) -> None:
    """For one day no new customer was copied."""
    buyers = {order.buyer.key for order in world.orders}
    for n, person in enumerate(Pick(world, cause).people(8, lambda one: one.key not in buyers and one.email is not None)):
        person.created = world.days_ago(33) + timedelta(hours=7, minutes=41 * n)
        person.updated, person.consent_at = person.created + timedelta(minutes=3), person.created + timedelta(minutes=2)
        world.forget_person(person)
        world.truth.shop("customer.missing_in_salesforce", cause, tail(person.gid or ""))


def copy_of_account(world: World, person: Customer, created: datetime, **changes: object) -> str:
    """A second person account, without the shop's id."""
    return world.copy("Account", world.account_of[person.key], created, Shopify_Customer_Id__c=None, **changes)


def _duplicate(world: World, cause: str, person: Customer, extras: list[str]) -> None:
    world.truth.salesforce("customer.duplicate_in_salesforce", cause, min([world.account_of[person.key], *extras]))


def created_twice(world: World, cause: str) -> None:
    """The same retry that doubles orders doubles customers; one was tried three times."""
    for n, person in enumerate(Pick(world, cause).people(6, lambda one: one.email is not None)):
        extras = [copy_of_account(world, person, person.created + timedelta(minutes=2 + k)) for k in range(2 if n == 0 else 1)]
        _duplicate(world, cause, person, extras)


def address_written_otherwise(world: World, cause: str) -> None:
    """A form in Salesforce made a second record of the same person: other case of the address, other spelling of the accents."""
    for person in Pick(world, cause).people(5, lambda one: one.email is not None):
        extra = copy_of_account(
            world, person, world.days_ago(15), PersonEmail=f" {(person.email or '').upper()}",
            FirstName=unicodedata.normalize("NFD", person.first).upper(), LastName=unicodedata.normalize("NFC", person.last), Phone=None,
        )  # fmt: skip
        _duplicate(world, cause, person, [extra])


def phone_written_otherwise(world: World, cause: str) -> None:
    """The call centre made a second record with the number as people say it, and without an e-mail address."""
    shared = {one.phone or one.address.phone for one in world.people.customers if not one.phone}
    rng = seeded(world.seed, cause)
    chosen = Pick(world, cause).people(
        4, lambda one: one.phone is not None and one.phone.startswith("+49") and one.phone not in shared and one.address.country == "DE"
    )
    for person in chosen:
        number = (person.phone or "").removeprefix("+49")
        spoken = rng.choice((f"0{number[:2]} / {number[2:]}", f"0049 {number}", f"(0{number[:2]}) {number[2:5]}-{number[5:]}"))
        extra = copy_of_account(world, person, world.days_ago(8), PersonEmail=None, Phone=spoken)
        _duplicate(world, cause, person, [extra])


def address_not_followed(world: World, cause: str) -> None:
    """The customer changed the e-mail address in the shop."""
    for person in Pick(world, cause).people(6, lambda one: one.email is not None):
        local, _, host = (person.email or "").partition("@")
        person.email, person.updated = f"{local}.new@{host}", world.days_ago(9)
        _email_drift(world, cause, person)


def address_wiped(world: World, cause: str) -> None:
    """A flow in Salesforce emptied the field."""
    for person in Pick(world, cause).people(3, lambda one: one.email is not None):
        row = world.person_row(person)
        row["PersonEmail"] = None
        row["LastModifiedById"] = list(world.org["User"])[-1]
        _email_drift(world, cause, person)


def _email_drift(world: World, cause: str, person: Customer) -> None:
    world.truth.shop("customer.email_drift", cause, tail(person.gid or ""), world.account_of[person.key])


def _consent(world: World, cause: str, person: Customer) -> None:
    person.consent_at = person.updated = world.days_ago(4)
    world.truth.shop("customer.consent_drift", cause, tail(person.gid or ""), world.account_of[person.key])


def unsubscribe_not_followed(world: World, cause: str) -> None:
    """Unsubscribed in the shop; Salesforce may still write. One of them also stopped text messages."""
    for person in Pick(world, cause).people(6, lambda one: one.email_state == "SUBSCRIBED"):
        person.email_state = "UNSUBSCRIBED"
        if person.sms_state == "SUBSCRIBED":
            person.sms_state = "UNSUBSCRIBED"
        _consent(world, cause, person)


def subscribe_not_followed(world: World, cause: str) -> None:
    """Subscribed again in the shop; Salesforce keeps silent towards somebody who wants to hear."""
    for person in Pick(world, cause).people(4, lambda one: one.email_state == "UNSUBSCRIBED" and one.sms_state != "SUBSCRIBED"):
        person.email_state = "SUBSCRIBED"
        _consent(world, cause, person)


def text_consent_not_followed(world: World, cause: str) -> None:
    """Text messages were stopped in the shop."""
    for person in Pick(world, cause).people(4, lambda one: one.sms_state == "SUBSCRIBED" and one.phone is not None):
        person.sms_state = "UNSUBSCRIBED"
        _consent(world, cause, person)


def customer_without_id(world: World, cause: str) -> None:
    """The id of the shop was never written; the record is found by its e-mail address."""
    for person in Pick(world, cause).people(5, lambda one: one.email is not None):
        world.person_row(person)["Shopify_Customer_Id__c"] = None
        world.truth.shop("integrity.missing_external_id", cause, tail(person.gid or ""), world.account_of[person.key])
