"""What stands where somebody was forgotten (`recon forget`), so that nobody takes it for a value."""

from __future__ import annotations

import re

FORGOTTEN = re.compile(r"Forgotten[a-z]{6}|forgotten\.[a-z]{6}@forgotten\.invalid")
"""Never made of what was there; the letters tell two forgotten persons apart."""
