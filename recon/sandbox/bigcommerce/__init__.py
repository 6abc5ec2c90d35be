"""A stand-in of a BigCommerce store: V2 and V3 REST with token, scopes, quota and paging, and B2B Edition's companies, over real HTTPS.

:class:`Store` holds the store's records in SQLite, :func:`create_app` serves them.
"""

from recon.sandbox.bigcommerce.app import create_app
from recon.sandbox.bigcommerce.store import ALL_SCOPES, Store

__all__ = ["ALL_SCOPES", "Store", "create_app"]
