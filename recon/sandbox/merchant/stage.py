"""The demo merchant on its stage: every system a stand-in over HTTPS on loopback, and a workspace that knows how to read them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from recon.errors import UsageError
from recon.sandbox.faults import Faults
from recon.sandbox.merchant import erp, truth
from recon.sandbox.merchant.doors import Doors, Opened, private_file, private_folder, quoted
from recon.sandbox.merchant.erp_file import Books, SQLiteBooks
from recon.sandbox.merchant.mix import Whole, build_mix, is_usual
from recon.sandbox.merchant.org import load_org
from recon.sandbox.merchant.platforms import ERP, FIRST, Platform, chosen, shops
from recon.sandbox.merchant.settings_file import MARK, Section, org_section, settings_of
from recon.sandbox.salesforce import Org
from recon.snapshot.lock import WorkspaceLock

SALESFORCE_CLIENT = "recon-demo-org-app"
AUDITOR = "recon.audit@merchant.example.com"


def real_time() -> datetime:
    """The present."""
    return datetime.now(UTC)


class Stage:
    """Serves a merchant in a workspace folder; a context manager.

    ``platforms`` are kinds of shops, "database" for an ERP, or "all"; ``books`` is where the ERP lies. With ``late`` something is still to
    happen in the org, see :meth:`arrive`.
    ``rebuild`` True makes the merchant anew, with its year ending now; otherwise
    what lies in the folder is served again, with the platforms that it has.
    Raises UsageError where the folder holds a recon.toml that somebody else wrote, LockedError where it is served already.
    """

    def __init__(
        self, workspace: Path, *, platforms: Iterable[str] = (FIRST,), orders: int = 3000, seed: int = 7, defects: bool = True,
        late: bool = False, rebuild: bool = True, now: Callable[[], datetime] = real_time, books: Books | None = None,
    ) -> None:  # fmt: skip
        self.kinds = chosen(platforms)
        self.workspace = workspace.resolve()
        self.config = self.workspace / "recon.toml"
        self.folder = self.workspace / "sandbox"
        self._made = self.folder / "merchant.json"
        self._refuse_strangers()
        private_folder(self.workspace)
        private_folder(self.folder)
        self.merchant: Whole | None = None
        self._books = books or SQLiteBooks(self.folder)
        with ExitStack() as opened:
            # NOTE: a lock of the stand-ins' own folder: `recon run` takes that of the workspace while they are served.
            opened.enter_context(WorkspaceLock(self.folder, "recon demo or sandbox"))
            if rebuild or not self._made.exists():
                self.merchant = self._make(orders, seed, defects, now, late)
            else:
                self.kinds = tuple(json.loads(self._made.read_text(encoding="utf-8")).get("platforms", (FIRST,)))
            self._doors = Doors(self.workspace, now, opened)
            self._open()
            self._doors.remember()
            self._opened = opened.pop_all()

    def _refuse_strangers(self) -> None:
        if self.config.exists() and not self.config.read_text(encoding="utf-8", errors="replace").startswith(MARK):
            raise UsageError(f"{self.config} was not written by recon demo.", "Name another folder with --workspace.")

    def _make(self, orders: int, seed: int, defects: bool, now: Callable[[], datetime], late: bool) -> Whole:
        merchant = build_mix(self.kinds, seed, orders, now(), defects=defects, late=late)
        self._made.unlink(missing_ok=True)
        modules = self._modules()
        for name in ("salesforce", *(module.SYSTEM for module in shops().values())):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        prefixes = () if is_usual(self.kinds) else [module.PREFIX for module in modules.values()]
        load_org(self.folder / "salesforce", merchant.late.hold_back(merchant.org), now, prefixes).close()
        for kind, module in modules.items():
            made = module.make(self.folder / module.SYSTEM, merchant.shops.pop(kind), now)
            if made is not None:
                made.close()
        if merchant.erp:
            self._books.fill(merchant.erp)
        truth.write(self.workspace / "truth.json", merchant.truth)
        (self.workspace / "truth.json").chmod(0o600)
        about = {"platforms": self.kinds, "seed": seed, "orders": orders, "defects": defects, "made_at": now().isoformat()}
        private_file(self._made, json.dumps(about))
        return merchant

    def _open(self) -> None:
        """Serve every stand-in, give the auditor its credentials, and write down how to read them."""
        sections = []
        self.systems: dict[str, Opened] = {}
        for kind, module in self._modules().items():
            opened = self.systems[module.SYSTEM] = module.open_up(self.folder / module.SYSTEM, self._doors)
            sections.append(Section(module.SYSTEM, kind, module.TITLE, opened.settings, module.PREFIX))
        with_erp = ERP in self.kinds
        if with_erp:
            sections.append(Section(erp.SYSTEM, ERP, erp.TITLE, self._books.settings + erp.SETTINGS))
            self.systems[erp.SYSTEM] = Opened(self._books, self._books.settings, {erp.SYSTEM: self._books.place})
        org = self._open_org()
        shutil.copyfile(self._doors.certs.ca_file, self.workspace / "ca.pem")
        (self.workspace / "ca.pem").chmod(0o600)
        private_file(self.config, settings_of(sections, org, usual=is_usual(self.kinds), ownership=erp.OWNERSHIP if with_erp else ""))

    def _modules(self) -> dict[str, Platform]:
        return {kind: shops()[kind] for kind in self.kinds if kind != ERP}

    def _open_org(self) -> Section:
        from recon.sandbox.salesforce.app import create_app

        self.org = self._doors.closing(Org(self.folder / "salesforce", now=self._doors.now))
        secret, reference = self._doors.secret("salesforce-client-secret")
        self.org.add_client(SALESFORCE_CLIENT, secret, username=AUDITOR)
        url = self._doors.serve("salesforce", create_app(self.org, Faults()))
        self.systems["salesforce"] = Opened(self.org, "", {"salesforce": url})
        return org_section(quoted(url), self._doors.ca, quoted(SALESFORCE_CLIENT), reference, quoted(self.org.org_id))

    @property
    def shop(self) -> Any:
        """The stand-in of the first shop."""
        return next(iter(self.systems.values())).system

    @property
    def urls(self) -> dict[str, str]:
        """Addresses by system; "storage" is where a Shopify shop keeps results of bulk operations."""
        return {name: server.url for name, server in self._doors.servers.items()}

    @property
    def places(self) -> list[tuple[str, str]]:
        """The same as a person reads it."""
        return [place for opened in self.systems.values() for place in opened.places.items()]

    def arrive(self) -> None:
        """Let happen in the org what was on its way: a merchant is audited while its integration works."""
        if self.merchant:
            self.merchant.late.happen(self.org, self.merchant.org)

    def wait(self) -> None:
        """Serve until the user interrupts."""
        self._doors.servers["salesforce"].wait()

    def stop(self) -> None:
        """End the servers and close the files."""
        self._opened.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
