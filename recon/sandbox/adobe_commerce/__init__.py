"""A stand-in for an Adobe Commerce shop: REST lists with searchCriteria, three ways in, durable state, documented traps."""

from __future__ import annotations

from recon.sandbox.adobe_commerce.app import Running, create_app, create_ims_app, serve
from recon.sandbox.adobe_commerce.routes import ALL_RIGHTS
from recon.sandbox.adobe_commerce.shop import Shop

__all__ = ["ALL_RIGHTS", "Running", "Shop", "create_app", "create_ims_app", "serve"]
