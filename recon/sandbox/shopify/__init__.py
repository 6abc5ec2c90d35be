"""A stand-in of a Shopify store: Admin GraphQL, tokens, bulk operations and their result files over real HTTPS.

:class:`Shop` holds the store's records in SQLite, :func:`create_app` serves its Admin API and
:func:`create_storage_app` the result files of bulk operations; :func:`serve` runs both.
"""

from recon.sandbox.shopify.access import ALL_SCOPES
from recon.sandbox.shopify.app import Running, create_app, serve
from recon.sandbox.shopify.shop import Shop
from recon.sandbox.shopify.storage import create_storage_app

__all__ = ["ALL_SCOPES", "Running", "Shop", "create_app", "create_storage_app", "serve"]
