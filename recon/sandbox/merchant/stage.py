"""The demo merchant on its stage: both stand-ins served over HTTPS on loopback, and a workspace that knows how to read them."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from recon.errors import UsageError
from recon.sandbox.faults import Faults
from recon.sandbox.merchant import truth
from recon.sandbox.merchant.build import Merchant, build
from recon.sandbox.merchant.org import CURRENCIES, load_org
from recon.sandbox.merchant.settings_file import MARK, settings_text
from recon.sandbox.salesforce import Org
from recon.sandbox.server import Server
from recon.sandbox.shopify import Shop
from recon.sandbox.tls import Certs
from recon.snapshot.lock import WorkspaceLock

DOMAIN = "nordhaus-demo.myshopify.com"
SHOPIFY_CLIENT, SALESFORCE_CLIENT = "recon-demo-shop-app", "recon-demo-org-app"
AUDITOR = "recon.audit@merchant.example.com"


def real_time() -> datetime:
    """The present."""
    return datetime.now(UTC)


class Stage:
    """Serves a merchant in a workspace folder; a context manager.

    ``rebuild`` True makes the merchant anew, with its year ending now; otherwise what lies in the folder is served again.
    Raises UsageError where the folder holds a recon.toml that somebody else wrote, LockedError where it is served already.
    """

    def __init__(
        self, workspace: Path, *, orders: int = 3000, seed: int = 7, defects: bool = True, rebuild: bool = True,
        now: Callable[[], datetime] = real_time,
    ) -> None:  # fmt: skip
        self.workspace = workspace.resolve()
        self.config = self.workspace / "recon.toml"
        self.folder = self.workspace / "sandbox"
        self._made = self.folder / "merchant.json"
        self._refuse_strangers()
        _private_folder(self.workspace)
        _private_folder(self.folder)
        self.merchant: Merchant | None = None
        with ExitStack() as opened:
            # NOTE: a lock of the stand-ins' own folder: `recon run` takes that of the workspace while they are served.
            opened.enter_context(WorkspaceLock(self.folder, "recon demo or sandbox"))
            if rebuild or not self._made.exists():
                self.merchant = self._make(orders, seed, defects, now)
            self.shop = Shop(self.folder / "shop", now=now)
            opened.callback(self.shop.close)
            self.org = Org(self.folder / "salesforce", now=now)
            opened.callback(self.org.close)
            self._open_doors()
            certs = Certs(self.folder / "certs")
            self._serve(certs, opened)
            self._write_workspace(certs)
            self._opened = opened.pop_all()

    def _refuse_strangers(self) -> None:
        if self.config.exists() and not self.config.read_text(encoding="utf-8", errors="replace").startswith(MARK):
            raise UsageError(f"{self.config} was not written by recon demo.", "Name another folder with --workspace.")

    def _make(self, orders: int, seed: int, defects: bool, now: Callable[[], datetime]) -> Merchant:
        merchant = build(seed, orders, now(), defects=defects)
        self._made.unlink(missing_ok=True)
        for name in ("shop", "salesforce"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        load_org(self.folder / "salesforce", merchant.org, now).close()
        shop = Shop(
            self.folder / "shop", domain=DOMAIN, name="Nordhaus", time_zone="Europe/Berlin", currency="EUR",
            presentment_currencies=CURRENCIES, taxes_included=True, now=now,
        )  # fmt: skip
        for kind, documents in merchant.shop.items():
            shop.load(kind, documents)
        shop.close()
        truth.write(self.workspace / "truth.json", merchant.truth)
        (self.workspace / "truth.json").chmod(0o600)
        _private_file(self._made, json.dumps({"seed": seed, "orders": orders, "defects": defects, "made_at": now().isoformat()}))
        return merchant

    def _open_doors(self) -> None:
        """Give the auditor its credentials; secrets lie in files that only their owner can read."""
        folder = self.workspace / "secrets"
        _private_folder(folder)
        self.shop.add_client(SHOPIFY_CLIENT, _secret(folder / "shopify-client-secret"))
        self.org.add_client(SALESFORCE_CLIENT, _secret(folder / "salesforce-client-secret"), username=AUDITOR)

    def _serve(self, certs: Certs, opened: ExitStack) -> None:
        from recon.sandbox.salesforce.app import create_app as org_app
        from recon.sandbox.shopify import create_app as shop_app
        from recon.sandbox.shopify import create_storage_app

        shop_faults, org_faults = Faults(), Faults()
        ports = self._known_ports()
        self._servers = {
            "shop": _server(shop_app(self.shop, shop_faults), certs, ports.get("shop")),
            "storage": _server(create_storage_app(self.shop, shop_faults), certs, ports.get("storage")),
            "salesforce": _server(org_app(self.org, org_faults), certs, ports.get("salesforce")),
        }
        self.shop.set_storage_url(self.urls["storage"])
        _private_file(self.folder / "ports.json", json.dumps({name: server.port for name, server in self._servers.items()}))
        for server in self._servers.values():
            opened.enter_context(server)

    def _known_ports(self) -> dict[str, int]:
        """The ports of the last time, so that recon.toml stays right between runs."""
        try:
            ports: dict[str, int] = json.loads((self.folder / "ports.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return ports

    def _write_workspace(self, certs: Certs) -> None:
        shutil.copyfile(certs.ca_file, self.workspace / "ca.pem")
        (self.workspace / "ca.pem").chmod(0o600)
        _private_file(self.config, settings_text(self.workspace, self.urls, DOMAIN, (SHOPIFY_CLIENT, SALESFORCE_CLIENT), self.org.org_id))

    @property
    def urls(self) -> dict[str, str]:
        """Addresses of shop, storage (results of bulk operations) and salesforce."""
        return {name: server.url for name, server in self._servers.items()}

    def wait(self) -> None:
        """Serve until the user interrupts."""
        self._servers["shop"].wait()

    def stop(self) -> None:
        """End the servers and close the files."""
        self._opened.close()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _server(app: object, certs: Certs, port: int | None) -> Server:
    if port is not None:
        try:
            return Server(app, certs, port=port)  # type: ignore[arg-type]
        except OSError:
            pass  # somebody else has the port now
    return Server(app, certs)  # type: ignore[arg-type]


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _private_file(path: Path, text: str) -> None:
    """Write a file that only its owner can read, also where it exists with other rights."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def _secret(path: Path) -> str:
    """The secret in a file, made where there is none."""
    if not path.exists():
        _private_file(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text(encoding="utf-8").strip()
