"""A stand-in of a WooCommerce site: the REST API wc/v3 over real HTTPS, for versions 8.2 to 11, with records in SQLite.

:class:`Shop` holds the records, :func:`create_app` serves them, :func:`serve` runs both.
"""

from recon.sandbox.woocommerce.app import Running, create_app, serve
from recon.sandbox.woocommerce.shop import KINDS, Shop

__all__ = ["KINDS", "Running", "Shop", "create_app", "serve"]
