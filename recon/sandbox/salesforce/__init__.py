"""A stand-in of one Salesforce org: real HTTPS, its own describe, a real SOQL parser, records that survive a restart.

What it is for: reading, auditing and (later) correcting an org can be tried, broken on purpose and proved without one.
It refuses what it does not know, with the vendor's own error codes, rather than guess.
"""

from __future__ import annotations

from recon.sandbox.salesforce.app import create_app
from recon.sandbox.salesforce.org import DEFAULTS, Org
from recon.sandbox.salesforce.schema import FieldSpec

__all__ = ["DEFAULTS", "FieldSpec", "Org", "create_app"]
