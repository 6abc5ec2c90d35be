"""People who look like one and are two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from recon.sandbox.merchant.integration import copy_person
from recon.sandbox.merchant.picks import Pick
from recon.sandbox.merchant.world import World


def father_and_son(world: World, cause: str) -> None:
    """They bear one name and live in one house with one telephone; only the suffix tells them apart."""
    for father in Pick(world, cause).people(2, lambda one: one.phone is not None and one.email is not None and one.last.isalpha()):
        father.last = f"{father.last} Sen."
        world.person_row(father).update(LastName=father.last, Name=f"{father.first} {father.last}")
        box, _, host = (father.email or "").partition("@")
        son = replace(
            father, gid=world.ids.gid("Customer"), last=father.last.replace(" Sen.", " jun."), email=f"junior.{box}@{host}", phone=None,
            address=replace(father.address), created=world.days_ago(45), updated=world.days_ago(44), sms_state="NOT_SUBSCRIBED",
            consent_at=world.days_ago(45), orders=0, spent=0, tags=(),
        )  # fmt: skip
        world.people.customers.append(son)
        world.taken.add(son.key)
        copy_person(world, son, timedelta(seconds=25))
