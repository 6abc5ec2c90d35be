"""A stand-in of a Salesforce B2C Commerce instance: Account Manager, Admin APIs, OCAPI Data and WebDAV over real HTTPS, durable state.

:class:`Shop` holds the records in SQLite, :func:`serve` serves everything at one origin.
"""

from __future__ import annotations

from recon.sandbox.commerce_cloud.app import Running, create_app, serve
from recon.sandbox.commerce_cloud.shop import ALL_SCOPES, READ_SCOPES, Shop

__all__ = ["ALL_SCOPES", "READ_SCOPES", "Running", "Shop", "create_app", "serve"]
