"""What orgs on the Salesforce core have in common as the contract of all extractors fills them: REST, Bulk API and records of Order."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from extractor_contract import Stand
from reading import Landed, World, digest, prove, stream_of

from recon.config.settings import Limits
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import Org
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.base import Proof, Window

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
"""The org's present when a test begins"""


class OrgWorldBase(World):
    """An org, its faults, and extractors for it."""

    def __init__(self, org: Org, faults: Faults, server: Server, certs: Certs) -> None:
        super().__init__(org)
        self.org, self.faults, self.server, self.certs = org, faults, server, certs

    def now(self) -> datetime:
        return self.org.clock()

    def advance(self, seconds: float) -> None:
        self.org.clock.offset_seconds += seconds

    def sleep(self, seconds: float) -> None:
        """Waiting moves no clock here: tests name times of records."""
        self.slept.append(seconds)

    def read(
        self,
        reader: Any,
        name: str,
        *,
        since: datetime | None = None,
        state: Mapping[str, Any] | None = None,
        chunks: int | None = None,
    ) -> Landed:
        """What a stream gives from a state on, without what came before it."""
        landed = Landed()
        for chunk in reader.read(stream_of(reader, name), Window(since, NOW), state):
            landed.add(chunk)
            if chunks is not None and landed.chunks >= chunks:
                break
        return landed

    def prove(self, reader: Any, name: str, landed: Landed, *, since: datetime | None = None, rows: int | None = None) -> Proof:
        return prove(reader, name, Window(since, NOW), landed, rows=rows)


class OrgStandBase(Stand):
    """An org whose main stream are its orders; a platform says which fields they have and what lies around them."""

    world: Any
    orders: list[str]
    lists = r"GET \S+/queryAll\?.*FROM(\+|%20)Order(\+|%20)(WHERE.*)?ORDER|GET \S+/query/\w"
    anything = r"(GET|POST) /services/data/"
    posts = (r"POST /services/data/v[\d.]+/(jobs/query|composite)", "POST /services/oauth2/token")
    refusal: Any = ({"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"},)
    threshold = 10**9

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.size = 5
        self.heal()

    def more(self) -> dict[str, Any]:
        """Settings of this stand."""
        return {"org_id": self.world.org.org_id}

    def order(self, number: int, text: str = "a@example.com", amount: str = "24.90") -> dict[str, Any]:
        """Fields of one order."""
        raise NotImplementedError

    def reader(self, limits: Limits | None = None) -> Any:
        own = {"bulk_threshold": self.threshold, "api_share": 1.0}
        return self.world.reader((limits or Limits(read_seconds=5)).model_copy(update=own), **self.more())

    def settings(self) -> Any:
        return self.world.settings(**self.more())

    def add(self, number: int) -> None:
        self.world.org.load("Order", [self.order(number)])

    def touch(self, number: int) -> None:
        self.world.org.change("Order", self.orders[number - 1], {"Description": "changed"})

    def remove(self, number: int) -> None:
        self.world.org.purge("Order", self.orders[number - 1])

    def key_again(self, number: int) -> str:
        return self.orders[number - 1]

    def digest(self) -> str:
        path = self.world.folder / "org.sqlite"
        with sqlite3.connect(path, timeout=10) as con:
            names = [row[0] for row in con.execute("select name from sqlite_master where type = 'table' and name glob 'o_*'")]
        con.close()
        return digest(path, [*(f'"{name}"' for name in names), "definitions", "clients"])

    def wrote(self) -> list[Any]:
        return self.world.org.effects()

    def heal(self) -> None:
        super().heal()
        self.plant("GET .*/query", "short_page", times=None, rows=self.size)

    def end_token(self, after: int) -> bool:
        self.plant(self.anything, "expire_token", after=after)
        return True

    def lose(self) -> None:
        if self.threshold:
            self.plant("GET .*/queryAll", "missing_rows", count=1)
        else:
            self.plant("results", "bulk_short", times=None, count=1)
