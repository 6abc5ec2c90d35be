"""Causes that strike business customers as such, and what only looks so."""

from __future__ import annotations

from datetime import timedelta

from recon.sandbox.merchant.ids import seeded, tail
from recon.sandbox.merchant.life import Address, Company
from recon.sandbox.merchant.world import World


def _new(world: World, name: str, number: int, minutes: int) -> Company:
    """A business that was let in so many minutes ago and has not bought yet."""
    where = Address("Gewerbepark 4", "Berlin", "10115", "DE", company=name)
    made = world.now - timedelta(minutes=minutes)
    company = Company(world.ids.gid("Company"), world.ids.gid("CompanyLocation"), name, f"B{number}", where, made)
    world.people.companies.append(company)
    return company


def _some(world: World, cause: str, amount: int) -> list[Company]:
    """Copied businesses that no other cause has."""
    free = [one for one in world.people.companies if one.gid in world.account_of and one.gid not in world.taken]
    chosen = seeded(world.seed, cause).sample(free, amount)
    world.taken.update(one.gid for one in chosen)
    world.done[cause] += amount
    return chosen


def company_never_sent(world: World, cause: str) -> None:
    """A rule in Salesforce refuses accounts without an industry, which the shop does not ask for."""
    for n, name in enumerate(("Neuland Baumarkt", "Ostwind Hostel")):
        company = _new(world, f"{name} {world.outlet.letter}", 2900 + n, 60 * 24 * 20)
        world.truth.shop("company.missing_in_salesforce", cause, tail(company.gid))
        world.done[cause] += 1


def company_list_not_followed(world: World, cause: str) -> None:
    """Sales moved the business to another price list in its own account; the shop still sells from the old one."""
    for company in _some(world, cause, 2):
        account = world.account_of[company.gid]
        world.row("Account", account)["Price_List__c"] = "Retail EU"
        world.truth.shop("company.price_list_drift", cause, tail(company.gid), account)


def account_opened_again(world: World, cause: str) -> None:
    """Sales did not find the account and opened another one of the same name; neither has the id of the shop."""
    for company in _some(world, cause, 2):
        first = world.account_of[company.gid]
        world.row("Account", first)["Shopify_Company_Id__c"] = None
        world.copy("Account", first, world.days_ago(30), Name=company.name.lower())
        world.truth.shop("integrity.missing_external_id", cause, tail(company.gid))


def company_known_by_name(world: World, cause: str) -> None:
    """An account that sales made before the business bought: it has no id, and its name in capitals."""
    for company in _some(world, cause, 2):
        row = world.row("Account", world.account_of[company.gid])
        row.update(Shopify_Company_Id__c=None, Name=company.name.upper())


def company_just_made(world: World, cause: str) -> None:
    """A business of the last minutes, which is still on its way."""
    _new(world, f"Eben Erst {world.outlet.letter}", 2990, 4)
    world.done[cause] += 1
