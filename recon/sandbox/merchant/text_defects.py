"""What people write into free texts and should not. The numbers are those that the card networks publish for tests."""

from __future__ import annotations

from collections.abc import Callable

from recon.sandbox.merchant.ids import tail
from recon.sandbox.merchant.picks import Pick, plain
from recon.sandbox.merchant.world import World

CARDS = ("4111 1111 1111 1111", "5555-5555-5555-4444", "３７８２８２２４６３１０００５", "6011000990139424")
SECRETS = ("Passwort: Sommer2026!", "Reisepass Nr. C01X00T47, bitte beilegen", "my SSN is 078-05-1120")


def buyer_wrote_card_number(world: World, cause: str) -> None:
    """The payment failed, so the buyer wrote the card into the note of the order."""
    for n, order in enumerate(Pick(world, cause).orders(3, plain)):
        order.note = f"Zahlung ging nicht, bitte von {CARDS[n % len(CARDS)]} abbuchen, gültig bis 12/27"
        world.truth.shop("compliance.card_number", cause, tail(order.gid))


def service_typed_card_number(world: World, cause: str) -> None:
    """Service took an order by telephone and typed the card into the note."""
    for n, order in enumerate(Pick(world, cause).orders(3, plain)):
        row = world.order_row(order)
        row["Service_Note__c"] = f"Tel. Bestellung\nKarte:{CARDS[(n + 1) % len(CARDS)]}\nCVC liegt vor"
        world.truth.salesforce("compliance.card_number", cause, row["Id"])


def secrets_in_note(world: World, cause: str) -> None:
    """Service noted what a buyer said on the telephone: a password, a passport, a social security number."""
    for n, order in enumerate(Pick(world, cause).orders(3, plain)):
        row = world.order_row(order)
        row["Service_Note__c"] = SECRETS[n % len(SECRETS)]
        world.truth.salesforce("compliance.personal_data_in_free_text", cause, row["Id"])


def numbers_that_are_no_cards(world: World, cause: str) -> None:
    """Long numbers of all sorts: parcels, accounts, telephones, ids, and sixteen digits whose check digit is wrong."""
    texts = (
        "Paket 00340434161094042557, IBAN DE89 3704 0044 0532 0130 00, Tel. +49 170 1234 5678 90",
        "gid://shopify/Order/4111111111111111 und ORDER-4111111111111111, Kunde 4111 1111 1111 1112",
        "Your password must have eight characters; wir brauchen keinen Ausweis. 349998474121094",
    )
    for n, order in enumerate(Pick(world, cause).orders(3, plain)):
        order.note = texts[n % len(texts)]
        world.order_row(order)["Service_Note__c"] = texts[(n + 1) % len(texts)]


CAUSES: tuple[Callable[[World, str], None], ...] = (buyer_wrote_card_number, service_typed_card_number, secrets_in_note)
NEAR_MISSES: tuple[Callable[[World, str], None], ...] = (numbers_that_are_no_cards,)
